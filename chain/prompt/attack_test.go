package prompt_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/chain/prompt"
)

// A payload is a hostile template and what must become of it with a [atkT] value:
//
//	made unknown        it fails when it is made, with ErrUnknown
//	made unknown|type   one of both
//	run limit           it is made, and fails when it is rendered
//	any missing         it fails at either time
//	out hello           it renders as that text
//	same                it renders as itself
//	safe                it fails, or renders; the canaries and the secret decide
type payload struct{ name, text, want string }

var atkErrors = map[string]error{
	"unknown": prompt.ErrUnknown,
	"type":    prompt.ErrType,
	"limit":   prompt.ErrLimit,
	"syntax":  prompt.ErrSyntax,
	"missing": prompt.ErrMissing,
}

// atkRun runs the payloads, of which there must be at least min, and asserts
// that no method was called and that nothing says a secret.
func atkRun(t *testing.T, min int, list []payload) {
	t.Helper()
	if len(list) < min {
		t.Errorf("%d payloads, want at least %d: who took the others?", len(list), min)
	}
	seen := map[string]bool{}
	for _, p := range list {
		if seen[p.name] {
			t.Errorf("two payloads are called %q", p.name)
		}
		seen[p.name] = true
		t.Run(p.name, func(t *testing.T) {
			in := newAtkT(t)
			atkEnds(t, func() { atkOne(t, p, in) })
			in.silent(t)
		})
	}
}

// atkOne makes and renders the template of p, and checks what comes of it.
func atkOne(t *testing.T, p payload, in atkT) {
	when, what, _ := strings.Cut(p.want, " ")
	tmpl, err := prompt.Parse[atkT](p.text)
	at, out := "made", ""
	if err == nil {
		at = "run"
		tmpl.Limits = prompt.Limits{Output: 1 << 16, Steps: 100_000}
		out, err = tmpl.Render(context.Background(), in)
	} else if tmpl != nil {
		t.Error("Parse returns a template along with the error")
	}
	atkCheckOutcome(t, out, err)
	switch when {
	case "safe":
	case "out", "same":
		if when == "same" {
			what = p.text
		}
		if err != nil || out != what {
			t.Errorf("%s\nis %s, %v\nwant %s", atkCut(p.text), atkCut(out), err, atkCut(what))
		}
	case "made", "run", "any":
		if err == nil {
			t.Fatalf("%s\nrenders as %s\nwant it to fail: %s", atkCut(p.text), atkCut(out), p.want)
		}
		if when != "any" && when != at {
			t.Errorf("%s\nfails when it is %s: %v\nwant %s", atkCut(p.text), at, err, p.want)
		}
		if !atkIs(err, what) {
			t.Errorf("%s\nerror: %v\nwant %s", atkCut(p.text), err, p.want)
		}
	default:
		t.Fatalf("no such expectation: %s", p.want)
	}
}

// atkIs reports whether err is one of the errors that what names.
func atkIs(err error, what string) bool {
	for w := range strings.SplitSeq(what, "|") {
		if atkErrors[w] == nil {
			panic("no such error: " + w)
		}
		if errors.Is(err, atkErrors[w]) {
			return true
		}
	}
	return false
}

// atkCheckOutcome asserts what holds of every outcome of a template of
// hostiles, whatever the template.
func atkCheckOutcome(t *testing.T, out string, err error) {
	t.Helper()
	if strings.Contains(out, atkSecret) {
		t.Errorf("the text tells the secret: %s", atkCut(out))
	}
	if err == nil {
		return
	}
	if out != "" {
		t.Errorf("%s along with the error %v", atkCut(out), err)
	}
	msg := err.Error()
	if strings.Contains(msg, atkSecret) {
		t.Errorf("the error tells the secret: %s", atkCut(msg))
	}
	if strings.Contains(msg, atkShy) {
		t.Errorf("the error tells a value: %s", atkCut(msg))
	}
	if len(msg) > 4096 {
		t.Errorf("an error of %d bytes: %s", len(msg), atkCut(msg))
	}
	e, ok := errors.AsType[*prompt.Error](err)
	if !ok {
		t.Fatalf("a %T, want an *Error: %v", err, err)
	}
	if !atkIs(err, "unknown|type|limit|syntax|missing") && !errors.Is(err, context.Canceled) {
		t.Errorf("the error wraps none of the package's: %v", err)
	}
	if e.Line < 0 || e.Name == "" && e.Line > 0 {
		t.Errorf("an error of no place: %q line %d", e.Name, e.Line)
	}
}

// atkEnds runs f and fails if it panics, or does not end at all. Whatever it
// attacks ends in a fraction of a second; the half minute is for a machine that crawls.
func atkEnds(t *testing.T, f func()) {
	t.Helper()
	done := make(chan any, 1)
	go func() {
		ended := false
		defer func() {
			if r := recover(); r != nil {
				done <- fmt.Sprintf("panic: %s", atkCut(fmt.Sprint(r)))
			} else if !ended {
				done <- nil // by t.Fatal
			}
		}()
		f()
		ended = true
		done <- nil
	}()
	watchdog := time.NewTimer(30 * time.Second)
	defer watchdog.Stop()
	select {
	case r := <-done:
		if r != nil {
			t.Error(r)
		}
	case <-watchdog.C:
		t.Fatal("it does not end")
	}
}

// atkAllocated returns how many bytes f allocates in all, those that the
// collector takes back included.
func atkAllocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// atkCut quotes s, cut short.
func atkCut(s string) string {
	if len(s) > 200 {
		return fmt.Sprintf("%q… (%d bytes)", s[:200], len(s))
	}
	return fmt.Sprintf("%q", s)
}

// atkTimes returns s n times.
func atkTimes(n int, s string) string { return strings.Repeat(s, n) }

// TestAttackHarness shows that the harness sees what it is for: a method that
// is called, and a panic.
func TestAttackHarness(t *testing.T) {
	in := newAtkT(t)
	func() {
		defer func() { _ = recover() }()
		_ = in.Canary.String()
	}()
	if got := in.cage().heard(); len(got) != 1 || got[0] != "String" {
		t.Errorf("heard %q, want String", got)
	}
	if in.cage().alive() {
		t.Error("the file is still there")
	}
	in.cage().open(t)
	in.silent(t)
	for _, want := range []string{"syntax", "type|limit"} {
		if atkIs(prompt.ErrUnknown, want) || !atkIs(&prompt.Error{Err: prompt.ErrLimit}, "type|limit") {
			t.Errorf("atkIs does not tell errors apart: %s", want)
		}
	}
}

// quoted returns s as a constant of a template.
func quoted(s string) string { return strconv.Quote(s) }
