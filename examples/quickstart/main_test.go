package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/examples/internal/demotest"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func TestMain(m *testing.M) { deepseektest.Main(m) }

// said runs the program through the stand-in.
func said(t *testing.T, dir string, questions ...string) string {
	t.Helper()
	service, err := demo.StandIn(0)
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	var out strings.Builder
	if err := run(t.Context(), service, dir, questions, &out); err != nil {
		t.Error(err)
	}
	return demotest.Masked(out.String())
}

// TestGolden holds all that the program shows.
func TestGolden(t *testing.T) {
	demotest.Golden(t, "testdata/golden.txt", said(t, "docs"))
}

// TestQuestions asks what README and the comment of the program suggest, and more.
func TestQuestions(t *testing.T) {
	for _, tt := range []struct{ questions, facts string }{
		{"Which dive was the deepest?|And what was the pressure there?", "Limiting Factor: 10925 m|1127.5"},
		{"奋斗者号比蛟龙号深多少米？|那里的压力有多大？", "差: 3847 米|deepsea.zh.md|1125.8"},
		{"What is the average depth of the dives to the Challenger Deep?", "average: 10911.8333 m|dives.csv"},
		{"How many years after the Trieste did James Cameron go down?", "2012 - 1960 = 52|hadal.md"},
		{"Why does no fish live below 8,400 metres?|And who was the first at the bottom?", "TMAO|Don Walsh"},
		{"How many litres of petrol did the Trieste carry?", "85,000 litres|craft.md"},
		{"What is the capital of France?", "I found nothing that fits this."},
	} {
		out := said(t, "docs", strings.Split(tt.questions, "|")...)
		for fact := range strings.SplitSeq(tt.facts, "|") {
			if !strings.Contains(out, fact) {
				t.Errorf("%s: no %q in:\n%s", tt.questions, fact, out)
			}
		}
	}
}

// TestFolder holds that any folder will do.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cat.txt"), []byte("The cat is called Tom. It is nine years old.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := said(t, dir); !strings.Contains(out, "> What are these documents about?") || !strings.Contains(out, "Tom") {
		t.Errorf("got:\n%s", out)
	}
}

// TestRefused holds that an answer that does not fit goes back to the model, and that a
// reply that breaks off is asked for again.
func TestRefused(t *testing.T) {
	server := deepseektest.NewServer(t,
		deepseektest.Reply{Text: "Once upon a time there was a fish.", CutAfter: 1200},
		deepseektest.Reply{ToolCalls: []llm.ToolCall{{Name: "answer", Args: `{"answer":"","figures":[],"sources":[]}`}}},
		deepseektest.Reply{ToolCalls: []llm.ToolCall{{Name: "answer", Args: `{"answer":"Tom.","figures":[{"name":"age","value":9,"unit":"years"}],"sources":["cat.txt"]}`}}},
	)
	service := &demo.Service{Client: &deepseek.Client{BaseURL: server.URL()}}
	var out strings.Builder
	if err := run(t.Context(), service, t.TempDir(), []string{"Who?"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"[retry: ", "  answer: error: ", "\nTom.\n\n  age: 9 years\n  from cat.txt\n", "[3 model calls, 2 tool calls]"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
}

// TestLimit holds that an agent that does not come to an end is ended.
func TestLimit(t *testing.T) {
	server := deepseektest.NewServer(t, deepseektest.Reply{Func: func(r deepseektest.Request) deepseektest.Reply {
		if r.ToolChoice == llm.ToolNone {
			return deepseektest.Reply{Text: "I do not know yet."}
		}
		return deepseektest.Reply{ToolCalls: []llm.ToolCall{{Name: "calc", Args: `{"expression":"` + strings.Repeat("1+", len(r.Messages)) + `1"}`}}}
	}})
	service := &demo.Service{Client: &deepseek.Client{BaseURL: server.URL()}}
	var out strings.Builder
	err := run(t.Context(), service, t.TempDir(), []string{"Who?"}, &out)
	if !errors.Is(err, agent.ErrLimit) || !strings.Contains(out.String(), "I do not know yet.") {
		t.Errorf("%v after:\n%s", err, out.String())
	}
}

func TestPressure(t *testing.T) {
	for depth, bar := range map[float64]float64{0: 0, 100: 10.06, 4000: 406.13, 10935: 1128.56} {
		p, err := pressure(t.Context(), Depth{depth})
		if err != nil || p.Bar != bar {
			t.Errorf("%v m: %+v, %v; want %v bar", depth, p, err, bar)
		}
	}
}

// TestElsewhere holds that the documents come along where the repository is not.
func TestElsewhere(t *testing.T) {
	want, err := os.ReadFile("docs/dives.csv")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	dir, cleanup, err := open(documents)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "dives.csv"))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	cleanup()
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after cleanup: %v", err)
	}
	if _, _, err := open("examples/quickstart/none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want %v", err, os.ErrNotExist)
	}
	if err := os.WriteFile("file.md", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := open("file.md"); err == nil || !strings.Contains(err.Error(), "give the folder") {
		t.Errorf("of a file: %v", err)
	}
}

// TestCalls runs the program as README says, and from its own folder.
func TestCalls(t *testing.T) {
	call := demotest.Call{Stdout: "  difference: 3847 metres\n  from hadal.md, dives.csv\n"}
	for _, dir := range []string{"../..", ".", t.TempDir()} {
		demotest.Run(t, dir, call)
	}
	demotest.Run(t, ".", demotest.Call{Args: []string{"-folder", "none"}, Code: 1, Stderr: "quickstart: none: file does not exist"})
}

// TestInterrupt holds that Ctrl-C ends the program while it waits for the model.
func TestInterrupt(t *testing.T) {
	out, code := demotest.Interrupt(t, "sk-test")
	if code != 130 || !strings.HasSuffix(out, "\nstopped\n") {
		t.Errorf("code %d, output:\n%s", code, out)
	}
}
