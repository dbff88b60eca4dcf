package main

import (
	"context"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/examples/internal/demotest"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func TestMain(m *testing.M) { deepseektest.Main(m) }

// masked replaces the times in an output.
func masked(out string) string {
	return regexp.MustCompile(`[\d.]+[mµ]?s\]`).ReplaceAllString(out, "TIME]")
}

// TestRun holds all that the program prints: the files with their hashes, which
// examples are chosen, what Lint finds, the messages, and that of the second request
// the cache has the beginning.
func TestRun(t *testing.T) {
	service, err := demo.StandIn(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { service.Close() })
	service.About = "A stand-in."
	var out strings.Builder
	if err := run(t.Context(), service, nil, &out); err != nil {
		t.Fatal(err)
	}
	demotest.Golden(t, "testdata/run.txt", masked(out.String()))
}

const canary = "sk-canary0123456789"

// TestSent holds that what is sent is what is shown, in the order that the cache
// likes: what is constant, what was said, and last what is new.
func TestSent(t *testing.T) {
	server := deepseektest.NewServer(t, deepseektest.Reply{Text: "One."}, deepseektest.Reply{Text: "Two."})
	service := &demo.Service{Client: &deepseek.Client{BaseURL: server.URL(), APIKey: canary}, About: "A script."}
	var out strings.Builder
	if err := run(t.Context(), service, []string{"First?", "{{.Past}} %s?"}, &out); err != nil {
		t.Fatal(err)
	}
	requests := server.Requests()
	if len(requests) != 2 {
		t.Fatalf("%d requests", len(requests))
	}
	var roles []llm.Role
	for _, m := range requests[1].Messages {
		roles = append(roles, m.Role)
		for line := range strings.Lines(m.Content) {
			if !strings.Contains(out.String(), strings.TrimSpace(line)) {
				t.Errorf("sent, but not shown: %q", line)
			}
		}
	}
	if want := []llm.Role{"system", "user", "assistant", "user", "assistant", "user", "assistant", "latest_reminder", "user"}; !slices.Equal(roles, want) {
		t.Errorf("roles are %q, want %q", roles, want)
	}
	if last := requests[1].Messages[8].Content; last != "{{.Past}} %s?" {
		t.Errorf("a value is no template, but it became %q", last)
	}
	if r := requests[1]; r.Model != "deepseek-flash" || r.Effort != llm.EffortLow {
		t.Errorf("model %s, effort %s", r.Model, r.Effort)
	}
	if strings.Contains(out.String(), canary) {
		t.Error("the key is shown")
	}
}

// TestLint holds that the mistake is found in the file that has it, and nothing in
// the others.
func TestLint(t *testing.T) {
	for _, f := range []struct {
		name  string
		found int
	}{{"dated", len(dated.Chat.Lint())}, {"desk", len(desk.Chat.Lint())}, {"langchain", len(langchain.Chat.Lint())}} {
		if (f.found > 0) != (f.name == "dated") {
			t.Errorf("%s: %d findings", f.name, f.found)
		}
	}
}

// TestFails holds that a request that fails ends the program, along with what was
// shown until then.
func TestFails(t *testing.T) {
	server := deepseektest.NewServer(t, deepseektest.Reply{Text: "Once upon a time there was a ferry.", CutAfter: 1200})
	service := &demo.Service{Client: &deepseek.Client{BaseURL: server.URL()}}
	var out strings.Builder
	if err := run(t.Context(), service, nil, &out); !errors.Is(err, llm.ErrTruncated) || !strings.Contains(out.String(), "Once upon") || !strings.HasSuffix(out.String(), "\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, service, nil, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped, but the error is %v", err)
	}
}

// TestGoRun runs the program as its comment says.
func TestGoRun(t *testing.T) {
	demotest.Run(t, t.TempDir(),
		demotest.Call{Stdout: "A bicycle costs 3.50 euros"},
		demotest.Call{Args: []string{"Do dogs travel free?"}, Stdout: "Dogs travel free on a lead"},
		demotest.Call{Args: []string{"-h"}, Stderr: "usage: prompts [question ...]\n"},
		demotest.Call{Args: []string{"-colour"}, Code: 2, Stderr: "usage: prompts [question ...]\n"},
	)
}

// TestInterrupt holds that Ctrl-C ends the program while the server is silent, with
// what there is so far.
func TestInterrupt(t *testing.T) {
	out, code := demotest.Interrupt(t, canary)
	if code != 130 || !strings.HasSuffix(out, "\nstopped\n") || !strings.Contains(out, "Request 1, ") {
		t.Errorf("code %d, want 130 and %q in:\n%s", code, "Request 1, ", out)
	}
	if strings.Contains(out, canary[3:]) {
		t.Errorf("the key in:\n%s", out)
	}
}
