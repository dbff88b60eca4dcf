package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func TestMain(m *testing.M) { deepseektest.Main(m) }

// masked replaces the times in an output.
func masked(out string) string {
	return regexp.MustCompile(`[\d.]+m?s\]`).ReplaceAllString(out, "TIME]")
}

// document writes a document and returns its path.
func document(t *testing.T, name, text string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestRun(t *testing.T) {
	server := deepseektest.NewServer(t,
		deepseektest.Reply{Reasoning: "Look it up.", Text: "Tom.", Usage: &llm.Usage{Input: 40, Cached: 0, Output: 9, Reasoning: 5}},
		deepseektest.Reply{Reasoning: "Count.", Text: "Nine.", Usage: &llm.Usage{Input: 60, Cached: 40, Output: 7, Reasoning: 3, Estimated: true}},
	)
	service := &demo.Service{Client: &deepseek.Client{BaseURL: server.URL()}, About: "A script."}
	doc := document(t, "cat.md", "The cat is called Tom.\nIt is nine.\n")
	var out strings.Builder
	if err := run(t.Context(), service, doc, []string{"What is its name?", "How old is it?"}, &out); err != nil {
		t.Fatal(err)
	}
	want := `A script.

The document is ` + filepath.ToSlash(doc) + `: 2 lines.

> What is its name?

Reasoning: Look it up.

Tom.

[40 tokens in, 0 of them cached; 9 out, 5 of them reasoning; TIME]

> How old is it?

Reasoning: Count.

Nine.

[about 60 tokens in, 40 of them cached; 7 out, 3 of them reasoning; TIME]

`
	if got := masked(out.String()); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	requests := server.Requests()
	if len(requests) != 2 {
		t.Fatalf("%d requests, want 2", len(requests))
	}
	var said []string
	for _, m := range requests[1].Messages[1:] {
		said = append(said, m.Content)
	}
	if got := strings.Join(said, "|"); got != "What is its name?|Tom.|How old is it?" {
		t.Errorf("the second request says %q", got)
	}
	if !strings.HasSuffix(requests[1].Messages[0].Content, "It is nine.\n") {
		t.Errorf("the second request has no document: %q", requests[1].Messages[0].Content)
	}
}

// TestDocuments has the conversations about the documents that come along.
func TestDocuments(t *testing.T) {
	for doc, facts := range map[string][]string{
		"hadal.md":      {"10,935 metres", "Don Walsh", "1960", "TMAO"},
		"deepsea.zh.md": {"10909米", "1977年", "没有充气的空腔"},
	} {
		service, err := demo.StandIn(0)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := run(t.Context(), service, doc, nil, &out); err != nil {
			t.Error(err)
		}
		if err := service.Close(); err != nil {
			t.Error(err)
		}
		for _, fact := range append(facts, "stand-in", "Reasoning: ", "[about ") {
			if !strings.Contains(out.String(), fact) {
				t.Errorf("%s: no %q in:\n%s", doc, fact, out.String())
			}
		}
	}
}

// TestElsewhere holds that the documents come along where the repository is not.
func TestElsewhere(t *testing.T) {
	want, err := os.ReadFile("deepsea.zh.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	const doc = "examples/quickstart/deepsea.zh.md"
	name, text, err := read(doc)
	if err != nil || name != doc || !bytes.Equal(text, want) {
		t.Errorf("%s, %d bytes, %v", name, len(text), err)
	}
	if _, _, err := read("examples/quickstart/none.md"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want %v", err, os.ErrNotExist)
	}
	if _, _, err := read("hadal.md"); !errors.Is(err, os.ErrNotExist) { // of the user's
		t.Errorf("%v, want %v", err, os.ErrNotExist)
	}
}

func TestPrepared(t *testing.T) {
	if got := prepared("x.md", "A text."); len(got) != 1 || got[0] != "Summarize the document." {
		t.Error(got)
	}
	if got := prepared("x.md", "一篇文章。"); len(got) != 1 || got[0] != "请概括这篇文章。" {
		t.Error(got)
	}
}

// TestBrokenOff holds that a reply that breaks off is shown as far as it came,
// and is an error.
func TestBrokenOff(t *testing.T) {
	server := deepseektest.NewServer(t, deepseektest.Reply{Text: "Once upon a time there was a fish.", CutAfter: 1200})
	service := &demo.Service{Client: &deepseek.Client{BaseURL: server.URL()}}
	var out strings.Builder
	err := run(t.Context(), service, document(t, "x.md", "Fish."), []string{"Tell me."}, &out)
	if !errors.Is(err, llm.ErrTruncated) {
		t.Errorf("%v, want %v", err, llm.ErrTruncated)
	}
	if got := out.String(); !strings.Contains(got, "Once upon") || strings.Contains(got, "tokens in") || !strings.HasSuffix(got, "\n") {
		t.Errorf("got:\n%s", got)
	}
}

func TestNoDocument(t *testing.T) {
	if err := run(t.Context(), &demo.Service{}, "none.md", nil, new(strings.Builder)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want %v", err, os.ErrNotExist)
	}
}

// TestGoRun runs the program as README says, and from its own folder.
func TestGoRun(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	for _, tt := range []struct{ dir, pkg string }{{"../..", "./examples/quickstart"}, {".", "."}} {
		cmd := exec.Command("go", "run", tt.pkg)
		cmd.Dir = tt.dir
		cmd.Env = append(os.Environ(), "DEEPSEEK_API_KEY=", "DEEPSEEK_BASE_URL=", "DEEPSEEK_MODEL=")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, stderr.Bytes())
		}
		for _, want := range []string{"a stand-in at http://127.0.0.1:", "hadal.md: ", "> How deep is the Challenger Deep?\n", "10,935 metres", "Don Walsh"} {
			if !strings.Contains(string(out), want) {
				t.Errorf("in %s: no %q in:\n%s", tt.dir, want, out)
			}
		}
		if strings.Contains(string(out), "\x1b") {
			t.Errorf("in %s: colors, though it is no terminal", tt.dir)
		}
	}
}
