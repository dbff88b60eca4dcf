package main

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// A fault is something that goes wrong, and the requests with which it does. It
// is written as settings with commas between them, see settings.
type fault struct {
	status     int
	message    string
	retryAfter time.Duration
	raw        bool // the body is wire
	wire       string
	cut        string // cut, reset, stall or end
	cutAfter   int    // bytes; -1 is before the first, header included
	delay      time.Duration
	pace       time.Duration
	trickle    int
	keepAlive  int
	empty      bool
	finish     string
	noDone     bool
	noUsage    bool
	usageApart bool

	path  string
	after int
	times int
	every int
	share float64
}

const (
	chatPath      = "/chat/completions"
	responsesPath = "/responses" // where requests with a schema go
)

// parseFault parses what String returns, and the settings in any order. It does
// not read files.
func parseFault(spec string) (fault, error) {
	var f fault
	seen := make(map[string]bool)
	for more := true; more; {
		var item string
		name, _, _ := strings.Cut(strings.TrimLeft(spec, " "), "=")
		if s := settingOf(name); s != nil && s.rest {
			item, more = strings.TrimLeft(spec, " "), false // the text may have commas
		} else {
			item, spec, more = strings.Cut(spec, ",")
			item = strings.TrimSpace(item)
		}
		name, value, given := strings.Cut(item, "=")
		s := settingOf(name)
		switch {
		case item == "":
			return f, errors.New("a setting is missing: " + known())
		case s == nil:
			return f, fmt.Errorf("there is no %q: %s", name, known())
		case seen[name]:
			return f, fmt.Errorf("%s is there twice", name)
		}
		seen[name] = true
		if err := s.set(&f, value, given); err != nil {
			return f, fmt.Errorf("%s: %w", name, err)
		}
	}
	return f, f.check()
}

// check reports settings that have no meaning together.
func (f *fault) check() error {
	what := false
	for _, s := range settings {
		what = what || !s.which && s.text(f) != ""
	}
	replaced := ""
	switch {
	case !what:
		return errors.New("it says which requests, but not what goes wrong: " + known())
	case f.status == 0 && f.message != "":
		return errors.New("message goes with status")
	case f.status == 0 && f.retryAfter != 0:
		return errors.New("retry-after goes with status")
	case f.every != 0 && f.share != 0:
		return errors.New("every and share both say which requests")
	case f.status != 0:
		replaced = "status"
	case f.raw:
		replaced = "wire"
	}
	for _, s := range settings {
		if !s.model || s.text(f) == "" {
			continue
		}
		if replaced != "" {
			return fmt.Errorf("%s is for a reply of the model, and %s takes its place", s.name, replaced)
		}
		if f.path != "" && !ofModel(f.path) {
			return fmt.Errorf("%s is for a reply of the model: path is %s, %s or /completions, not %s", s.name, chatPath, responsesPath, f.path)
		}
	}
	if f.usageApart && f.path == responsesPath {
		return fmt.Errorf("usage-apart is for chunks, and a stream of %s has none", responsesPath)
	}
	return nil
}

// String returns the settings of f.
func (f fault) String() string {
	var list []string
	for _, s := range settings {
		if text := s.text(&f); text != "" {
			list = append(list, text)
		}
	}
	return strings.Join(list, ",")
}

// at reports whether f is for requests to a path.
func (f *fault) at(path string) bool {
	own := cmp.Or(f.path, chatPath)
	return path == own || strings.HasSuffix(own, "/") && strings.HasPrefix(path, own)
}

// hits reports whether f is for the n-th request to its path, the first being 1.
func (f *fault) hits(n int) bool {
	n -= f.after
	switch {
	case n < 1 || f.times > 0 && n > f.times:
		return false
	case f.every > 0:
		return n%f.every == 0
	case f.share > 0:
		return rand.New(rand.NewPCG(uint64(n), 0)).Float64() < f.share // by lot, and the same in every run
	}
	return true
}

// cuts are the ways to end a reply early.
var cuts = map[string]deepseektest.Cut{
	"cut": deepseektest.CutClose, "reset": deepseektest.CutReset, "stall": deepseektest.CutStall, "end": deepseektest.CutEnd,
}

// over returns a reply with which f went wrong. The body is that of wire.
func (f *fault) over(reply deepseektest.Reply, body []byte) deepseektest.Reply {
	reply.Status, reply.Message, reply.RetryAfter = f.status, f.message, f.retryAfter
	if f.raw {
		reply.Wire = body
	}
	reply.Delay, reply.Pace, reply.Trickle, reply.KeepAlive = f.delay, f.pace, f.trickle, f.keepAlive
	reply.Cut, reply.CutAfter = cuts[f.cut], f.cutAfter
	if f.empty {
		reply.Text, reply.ToolCalls = "", nil
	}
	if f.finish != "" {
		reply.Finish = llm.FinishReason(f.finish)
	}
	reply.NoDone, reply.NoUsage, reply.UsageApart = f.noDone, f.noUsage, f.usageApart
	return reply
}

// ofModel reports whether it is a model that answers at a path.
func ofModel(path string) bool {
	return path == chatPath || path == responsesPath || path == "/completions"
}

// plainPath returns a path without the part that says which version of the API
// is meant.
func plainPath(path string) string {
	for _, prefix := range []string{"/v1/", "/beta/"} {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			return "/" + rest
		}
	}
	return path
}
