package llmtest

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// miss says how a request that is not in the file differs from those that are.
func (r *Recording) miss(live *exchange) error {
	times := 0
	for _, ex := range r.tape.exchanges {
		if ex.same(live, like) {
			times++
		}
	}
	live = r.hidden(live)
	err := fmt.Errorf("%w: %s %s", ErrNotRecorded, live.method, live.target)
	var near *exchange
	var best [3]int
	for _, ex := range r.tape.exchanges {
		if s := ex.likeness(live); near == nil || slices.Compare(s[:], best[:]) > 0 {
			near, best = ex, s
		}
	}
	switch {
	case near == nil:
		return fmt.Errorf("%w: %s has no requests; %s", err, r.File, r.again())
	case times > 0:
		return fmt.Errorf("%w: it came more often than the %d in %s; %s", err, times, r.File, r.again())
	}
	what, at, a, b := near.difference(live)
	return fmt.Errorf("%w\n\tthe nearest, %s:%d, differs in its %s at byte %d\n\trecorded: %s\n\tcame:     %s\n\t%s",
		err, r.File, near.line, what, at, a, b, r.again())
}

// likeness returns how much a request is like another, the most important first.
func (ex *exchange) likeness(live *exchange) [3]int {
	var s [3]int
	if ex.target == live.target {
		s[0] = 2
	} else if a, _, _ := strings.Cut(ex.target, "?"); strings.HasPrefix(live.target+"?", a+"?") {
		s[0] = 1
	}
	if ex.method == live.method {
		s[1] = 1
	}
	short := min(len(ex.body), len(live.body))
	head := common(ex.body, live.body)
	tail := 0
	for tail < short-head && ex.body[len(ex.body)-1-tail] == live.body[len(live.body)-1-tail] {
		tail++
	}
	s[2] = head + tail - max(len(ex.body), len(live.body))
	return s
}

// common returns the length of the common beginning.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// difference returns in what, and where, two requests differ first, and what
// stands there.
func (ex *exchange) difference(live *exchange) (what string, at int, a, b string) {
	what, a, b = "body", ex.body, live.body
	if ex.method != live.method {
		what, a, b = "method", ex.method, live.method
	} else if ex.target != live.target {
		what, a, b = "path", ex.target, live.target
	}
	at = common(a, b)
	return what, at, excerpt(a, at), excerpt(b, at)
}

// excerpt returns what is before and after a place, in one line.
func excerpt(s string, at int) string {
	const before, after = 40, 60
	from, to := max(0, at-before), min(len(s), at+after)
	for from > 0 && !utf8.RuneStart(s[from]) {
		from--
	}
	for to < len(s) && !utf8.RuneStart(s[to]) {
		to++
	}
	text := escape(s[from:to])
	if from > 0 {
		text = "…" + text
	}
	if to < len(s) {
		return text + "…"
	}
	return text + " (end)"
}
