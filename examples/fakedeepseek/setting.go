package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// A setting is a word of a fault, with or without a value.
type setting struct {
	name, value string // the value as the help shows it
	about       string
	which       bool // it says which requests, not what goes wrong
	model       bool // it is for the replies of the model alone
	rest        bool // the value is all that follows, commas too
	kind
}

// A kind is how a setting is read and written.
type kind struct {
	set func(f *fault, value string, given bool) error
	get func(f *fault) (value string, ok bool)
}

// settings are all there are, in the order of String: what takes the rest comes
// last.
var settings = []*setting{
	{name: "status", value: "=429", about: "an error of this status, from 400 to 599", kind: number(400, 599, func(f *fault) *int { return &f.status })},
	{name: "retry-after", value: "=2s", about: "with status: the client may try again after this time", kind: duration(func(f *fault) *time.Duration { return &f.retryAfter })},
	{name: "delay", value: "=2s", about: "nothing is sent for this time, not even a header", kind: duration(func(f *fault) *time.Duration { return &f.delay })},
	{name: "pace", value: "=50ms", about: "the time between the chunks of a stream, or the pieces of trickle", kind: duration(func(f *fault) *time.Duration { return &f.pace })},
	{name: "trickle", value: "=3", about: "the body comes in pieces of so many bytes", kind: number(1, math.MaxInt32, func(f *fault) *int { return &f.trickle })},
	{name: "keep-alive", value: "=10", about: "so many comments or blank lines come before the reply", kind: number(1, 1_000_000, func(f *fault) *int { return &f.keepAlive })},
	{name: "cut", value: "[=1200]", about: "the connection is closed after so many bytes of the body, or before the header", kind: cut("cut")},
	{name: "reset", value: "[=1200]", about: "the same, and the connection is reset", kind: cut("reset")},
	{name: "stall", value: "[=1200]", about: "the same, but nothing more is said, and nothing closed", kind: cut("stall")},
	{name: "end", value: "[=1200]", about: "the same, as if the body were complete; or it is empty", kind: cut("end")},
	{name: "empty", about: "the model says nothing", model: true, kind: word(func(f *fault) *bool { return &f.empty })},
	{name: "finish", value: "=length", about: "the reason why it ended, such as length or content_filter", model: true, kind: text(func(f *fault) *string { return &f.finish })},
	{name: "no-done", about: "the stream lacks its end: [DONE], or the last event of /responses", model: true, kind: word(func(f *fault) *bool { return &f.noDone })},
	{name: "no-usage", about: "there is no usage", model: true, kind: word(func(f *fault) *bool { return &f.noUsage })},
	{name: "usage-apart", about: "the usage of a stream has a chunk of its own, without choices", model: true, kind: word(func(f *fault) *bool { return &f.usageApart })},

	{name: "path", value: "=/models", about: "requests to this path, if not to /chat/completions; /files/ is all below it", which: true, kind: path()},
	{name: "after", value: "=2", about: "but for the first two", which: true, kind: number(0, math.MaxInt32, func(f *fault) *int { return &f.after })},
	{name: "for", value: "=3", about: "and then three of them, if not all", which: true, kind: number(1, math.MaxInt32, func(f *fault) *int { return &f.times })},
	{name: "every", value: "=5", about: "of those every fifth", which: true, kind: number(1, math.MaxInt32, func(f *fault) *int { return &f.every })},
	{name: "share", value: "=0.2", about: "or of those one in five, by lot: the same in every run", which: true, kind: share()},

	{name: "message", value: "=TEXT", about: "with status: what the error says; must be last, as the text may have commas", rest: true, kind: text(func(f *fault) *string { return &f.message })},
	{name: "wire", value: "=TEXT", about: "the body as it is, or wire=@FILE what is in a file; must be last, too", rest: true, kind: wire()},
}

// settingOf returns the setting of a name, or nil.
func settingOf(name string) *setting {
	for _, s := range settings {
		if s.name == name {
			return s
		}
	}
	return nil
}

// text returns the setting as it is written, or "" if f does not have it.
func (s *setting) text(f *fault) string {
	value, ok := s.get(f)
	switch {
	case !ok:
		return ""
	case value == "" && !s.rest:
		return s.name
	}
	return s.name + "=" + value
}

// known says what settings there are.
func known() string {
	var what, which []string
	for _, s := range settings {
		if s.which {
			which = append(which, s.name)
			continue
		}
		what = append(what, s.name)
	}
	return "what goes wrong is one of " + strings.Join(what, ", ") + "; which requests, " + strings.Join(which, ", ")
}

// list writes what settings there are, and what they are for.
func list(w io.Writer, which bool) {
	for _, s := range settings {
		if s.which == which {
			fmt.Fprintf(w, "  %-17s %s\n", s.name+s.value, s.about)
		}
	}
}

func number(min, max int, field func(*fault) *int) kind {
	return kind{
		set: func(f *fault, value string, _ bool) error {
			n, err := strconv.Atoi(value)
			switch {
			case err == nil && n >= min && n <= max:
				*field(f) = n
				return nil
			case max == math.MaxInt32:
				return fmt.Errorf("%q is not a number from %d on", value, min)
			}
			return fmt.Errorf("%q is not a number from %d to %d", value, min, max)
		},
		get: func(f *fault) (string, bool) { return strconv.Itoa(*field(f)), *field(f) != 0 },
	}
}

func duration(field func(*fault) *time.Duration) kind {
	return kind{
		set: func(f *fault, value string, _ bool) error {
			d, err := time.ParseDuration(value)
			if err != nil || d <= 0 {
				return fmt.Errorf("%q is not a time such as 2s or 50ms", value)
			}
			*field(f) = d
			return nil
		},
		get: func(f *fault) (string, bool) {
			text := field(f).String()
			for _, zero := range []string{"m0s", "h0m"} {
				if strings.HasSuffix(text, zero) {
					text = text[:len(text)-2] // 1h, not 1h0m0s
				}
			}
			return text, *field(f) != 0
		},
	}
}

func word(field func(*fault) *bool) kind {
	return kind{
		set: func(f *fault, _ string, given bool) error {
			if given {
				return errors.New("it takes no value")
			}
			*field(f) = true
			return nil
		},
		get: func(f *fault) (string, bool) { return "", *field(f) },
	}
}

func text(field func(*fault) *string) kind {
	return kind{
		set: func(f *fault, value string, _ bool) error {
			if value == "" {
				return errors.New("it needs a value")
			}
			*field(f) = value
			return nil
		},
		get: func(f *fault) (string, bool) { return *field(f), *field(f) != "" },
	}
}

// cut is the kind of the ways to end a reply early, of which there can be one.
func cut(name string) kind {
	return kind{
		set: func(f *fault, value string, given bool) error {
			if f.cut != "" {
				return fmt.Errorf("there is %s already", f.cut)
			}
			f.cut, f.cutAfter = name, -1
			if !given {
				return nil
			}
			return number(1, math.MaxInt32, func(f *fault) *int { return &f.cutAfter }).set(f, value, given)
		},
		get: func(f *fault) (string, bool) {
			if f.cutAfter < 0 {
				return "", f.cut == name
			}
			return strconv.Itoa(f.cutAfter), f.cut == name
		},
	}
}

func path() kind {
	k := text(func(f *fault) *string { return &f.path })
	set := k.set
	k.set = func(f *fault, value string, given bool) error {
		if !strings.HasPrefix(value, "/") {
			return fmt.Errorf("%q does not begin with a slash", value)
		}
		return set(f, plainPath(value), given)
	}
	return k
}

func share() kind {
	return kind{
		set: func(f *fault, value string, _ bool) error {
			x, err := strconv.ParseFloat(value, 64)
			if err != nil || !(x > 0 && x <= 1) {
				return fmt.Errorf("%q is not a share such as 0.2, which is one in five", value)
			}
			f.share = x
			return nil
		},
		get: func(f *fault) (string, bool) { return strconv.FormatFloat(f.share, 'g', -1, 64), f.share != 0 },
	}
}

func wire() kind {
	return kind{
		set: func(f *fault, value string, given bool) error {
			if !given {
				return errors.New("it needs a value, or wire= for a body that is empty")
			}
			f.raw, f.wire = true, value
			return nil
		},
		get: func(f *fault) (string, bool) { return f.wire, f.raw },
	}
}
