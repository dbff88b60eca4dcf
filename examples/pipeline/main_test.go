package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/examples/internal/demotest"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func TestMain(m *testing.M) { deepseektest.Main(m) }

// standIn returns a service that reads by rules.
func standIn(t *testing.T) *demo.Service {
	t.Helper()
	service, err := demo.StandIn(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { service.Close() })
	service.About = "A stand-in."
	return service
}

// script returns a service that answers as told, and its server.
func script(t *testing.T, replies ...deepseektest.Reply) (*demo.Service, *deepseektest.Server) {
	t.Helper()
	server := deepseektest.NewServer(t, replies...)
	return &demo.Service{Client: &deepseek.Client{BaseURL: server.URL(), APIKey: canary}, About: "A script."}, server
}

const canary = "sk-canary0123456789"

// shown returns what the program prints.
func shown(t *testing.T, service *demo.Service, o options) string {
	t.Helper()
	var out strings.Builder
	if err := run(t.Context(), service, o, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return out.String()
}

// masked replaces the times, tokens and costs in an output.
func masked(out string) string {
	for form, mask := range map[string]string{
		`\b[\d.]+(?:ms|µs|s)\b`: "TIME",
		`\$[\d.]+`:              "$$N",
		`\b[\d,.]+k? (tokens in|of them cached|out)`: "N $1",
	} {
		out = regexp.MustCompile(form).ReplaceAllString(out, mask)
	}
	return out
}

// ordered returns an output in which what happened at the same time stands in one
// order: the steps of each document, and after them its replies.
func ordered(out string) string {
	var b strings.Builder
	var steps, replies []string
	inReply := false
	flush := func() {
		slices.Sort(steps)
		slices.Sort(replies)
		b.WriteString(strings.Join(steps, "") + strings.Join(replies, ""))
		steps, replies, inReply = nil, nil, false
	}
	for line := range strings.Lines(out) {
		switch {
		case strings.HasPrefix(line, "  →"), strings.HasPrefix(line, "  ✓"), strings.HasPrefix(line, "  ✗"):
			steps, inReply = append(steps, line), false
		case line == "summary:\n", line == "draft:\n":
			replies, inReply = append(replies, line), true
		case strings.HasPrefix(line, "  topic"), strings.HasPrefix(line, "```"):
			flush()
			b.WriteString(line)
		case inReply:
			replies[len(replies)-1] += line
		case strings.TrimSpace(line) != "":
			b.WriteString(line)
		}
	}
	flush()
	return b.String()
}

// TestRun holds what becomes of all documents that come along: a topic of each
// kind, two replies at once, and the fallback.
func TestRun(t *testing.T) {
	out := shown(t, standIn(t), options{})
	before, _, _ := strings.Cut(out, "```mermaid\n")
	demotest.Golden(t, "testdata/run.txt", masked(ordered(before)))
}

// TestPicture holds that the picture has all steps of a document, within each other,
// with their time, tokens and cost, and the error of the one that failed.
func TestPicture(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"run.mmd", "run.md"} {
		file := filepath.Join(dir, name)
		out := shown(t, standIn(t), options{picture: file, files: []string{"texts/fax.txt"}})
		if !strings.Contains(out, "The picture is in "+file+".\n") || strings.Contains(out, "flowchart") {
			t.Errorf("got:\n%s", out)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, inMarkdown := strings.CutPrefix(string(text), "```mermaid\n")
		if inMarkdown != (name == "run.md") || inMarkdown != strings.HasSuffix(got, "```\n") {
			t.Errorf("%s is\n%s", name, text)
		}
		if !strings.HasPrefix(got, "flowchart ") {
			t.Errorf("%s is\n%s", name, text)
		}
		got = plain(got)
		for _, want := range []string{"fax.txt", "ticket", "ticket, carefully", "summary", "draft", "deepseek-flash", "deepseek-v4-pro", "$0.00", "-->"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in the picture:\n%s", want, got)
			}
		}
	}
}

// plain returns a picture without the way in which its language writes characters.
func plain(picture string) string {
	return regexp.MustCompile(`#\d+;`).ReplaceAllStringFunc(picture, func(s string) string {
		n, _ := strconv.Atoi(strings.Trim(s, "#;"))
		return string(rune(n))
	})
}

func text(s string) deepseektest.Reply {
	return deepseektest.Reply{Text: s, Usage: &llm.Usage{Input: 1000, Cached: 400, Output: 100}}
}

const ticketJSON = `{"topic":"billing","from":{"name":"A\u001b[31m"},"subject":"S","date":"2026-03-05","requests":["R"]}`

// TestFallback holds that the larger model takes over where the first cannot, that
// the replies are shown whole though they arrive at once, what all of it costs, and
// that nothing that a model writes commands the terminal.
func TestFallback(t *testing.T) {
	service, server := script(t, text("I cannot read that."), text(ticketJSON), text("One.\n\x1b[31mTwo."), text("Three.\nFour."))
	out := shown(t, service, options{files: []string{"texts/school.txt"}})
	var asked []string
	for _, r := range server.Requests() {
		asked = append(asked, r.Model)
	}
	if want := []string{"deepseek-flash", "deepseek-v4-pro", "deepseek-flash", "deepseek-flash"}; !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
	for _, want := range []string{
		"  ✗ ticket, ", "  ✓ ticket, carefully, ", "\n\nOne.\n\ufffd[31mTwo.\n\n", "\n\nThree.\nFour.\n\n", "  from      A\ufffd[31m\n", "  desk      sales ledger\n",
		// 3 × (600×150 + 400×3 + 100×600) + 600×660 + 400×22 + 100×1980 nano-dollars
		"4000 tokens in, 1600 of them cached; 400 out; $0.001056 at the prices of " + asOf,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	if strings.Contains(out, "\x1b") || strings.Contains(out, canary) {
		t.Errorf("a command to the terminal, or the key, in:\n%q", out)
	}
}

// TestBatch holds that documents are worked on at once, that one which fails keeps
// no other from its end, and that a journal spares what is done.
func TestBatch(t *testing.T) {
	o := options{n: 4, journal: filepath.Join(t.TempDir(), "done.jsonl"), picture: filepath.Join(t.TempDir(), "run.mmd")}
	service := standIn(t)
	first := shown(t, service, o)
	lines := slices.Sorted(strings.Lines(masked(first)))
	demotest.Golden(t, "testdata/batch.txt", strings.TrimSpace(strings.ReplaceAll(strings.Join(lines, ""), o.picture, "FILE"))+"\n")
	again := shown(t, service, o)
	if !strings.Contains(again, " 0 tokens in") || strings.Count(again, "  ✓ ") != 6 {
		t.Errorf("what is done was done again:\n%s", again)
	}

	mute, _ := script(t, deepseektest.Reply{Status: 401})
	o = options{n: 2, files: []string{"texts/school.txt", "texts/fax.txt"}}
	var out strings.Builder
	err := run(t.Context(), mute, o, &out)
	if !errors.Is(err, llm.ErrAuth) || !strings.HasPrefix(err.Error(), "2 of 2 documents: ") || strings.Count(out.String(), "  ✗ ") != 2 {
		t.Errorf("%v\n%s", err, out.String())
	}
	if strings.Contains(out.String()+err.Error(), canary) {
		t.Error("the key is shown")
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	empty, large := filepath.Join(dir, "empty.txt"), filepath.Join(dir, "large.txt")
	for name, text := range map[string]string{empty: " \n", large: strings.Repeat("x", maxSize+1)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		o    options
		want string
	}{
		{options{files: []string{"none.txt"}}, "none.txt: file does not exist"},
		{options{files: []string{"texts"}}, "texts is a directory"},
		{options{files: []string{empty}}, empty + " is empty"},
		{options{files: []string{large}}, large + " has 262145 bytes, which is more than 262144"},
		{options{files: []string{"texts/school.txt"}, picture: filepath.Join(dir, "none", "run.md")}, "run.md"},
		{options{files: []string{"texts/school.txt"}, journal: filepath.Join(dir, "none", "done.jsonl")}, "done.jsonl"},
	} {
		err := run(t.Context(), standIn(t), tt.o, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %s", tt.o, err, tt.want)
		}
	}
	mute, server := script(t)
	if run(t.Context(), mute, options{picture: filepath.Join(dir, "none", "run.md")}, io.Discard) == nil || len(server.Requests()) > 0 {
		t.Error("there is no place for the picture, and that is found when all is paid for")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, standIn(t), options{}, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped, but the error is %v", err)
	}
}

// TestFile takes a document of the user's.
func TestFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.txt")
	if err := os.WriteFile(file, []byte("From: Ada <ada@lund.example>\nDate: 2026-03-04\nSubject: A lamp\n\nMay I see the lamp?\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := shown(t, standIn(t), options{files: []string{file}})
	for _, want := range []string{filepath.ToSlash(file) + "\n", "  topic     other\n", "  from      Ada <ada@lund.example>\n", "  desk      front office\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}

// TestElsewhere holds that the documents come along where the repository is not.
func TestElsewhere(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"examples/pipeline/texts/fax.txt", "texts/fax.txt"} {
		if d, err := read(name); err != nil || !strings.Contains(d.Text, "Cormorant") {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}

// TestPrompts holds that all prompts say which version they are, and that none
// keeps itself from the cache.
func TestPrompts(t *testing.T) {
	p := prompts
	for _, f := range []struct {
		version, hash string
		findings      int
	}{
		{p.ticket.Version, p.ticket.Hash, len(p.ticket.Chat.Lint())},
		{p.careful.Version, p.careful.Hash, len(p.careful.Chat.Lint())},
		{p.summary.Version, p.summary.Hash, len(p.summary.Chat.Lint())},
		{p.billing.Version, p.billing.Hash, len(p.billing.Chat.Lint())},
		{p.bug.Version, p.bug.Hash, len(p.bug.Chat.Lint())},
	} {
		if f.version == "" || len(f.hash) != 64 || f.findings != 0 {
			t.Errorf("%+v", f)
		}
	}
}

// TestGoRun runs the program as its comment says.
func TestGoRun(t *testing.T) {
	demotest.Run(t, "../..",
		demotest.Call{Stdout: "  ✓ ticket, carefully, "},
		demotest.Call{Args: []string{"examples/pipeline/texts/school.txt"}, Stdout: "flowchart "},
		demotest.Call{Args: []string{"-n", "3"}, Stdout: "  ✓ tuikuan.zh.txt   billing   2026-03-07: 何雨桐, to the sales ledger\n"},
		demotest.Call{Args: []string{"none.txt"}, Code: 1, Stderr: "pipeline: none.txt: file does not exist\n"},
		demotest.Call{Args: []string{"-h"}, Stderr: "usage: pipeline [-n documents] [-journal file] [-o file] [file ...]\n"},
		demotest.Call{Args: []string{"-colour"}, Code: 2, Stderr: "usage: pipeline [-n documents] [-journal file] [-o file] [file ...]\n"},
	)
}

// TestInterrupt holds that Ctrl-C ends the program while the server is silent, with
// what there is so far.
func TestInterrupt(t *testing.T) {
	out, code := demotest.Interrupt(t, canary, "-n", "2")
	if code != 130 || !strings.HasSuffix(out, "\nstopped\n") || !strings.Contains(out, "cancelled") {
		t.Errorf("code %d, want 130 and %q in:\n%s", code, "cancelled", out)
	}
	if strings.Contains(out, canary[3:]) {
		t.Errorf("the key in:\n%s", out)
	}
}
