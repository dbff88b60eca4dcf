package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/examples/internal/demotest"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/memory"
)

func TestMain(m *testing.M) { deepseektest.Main(m) }

// said has a session with the stand-in.
func said(t *testing.T, o options, lines ...string) string {
	t.Helper()
	service, err := demo.StandIn(0)
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	var out strings.Builder
	o.folder = filepath.Join(o.home, "files")
	if err := run(t.Context(), service, o, strings.NewReader(strings.Join(lines, "\n")), &out); err != nil {
		t.Error(err)
	}
	return strings.ReplaceAll(demotest.Masked(out.String()), filepath.ToSlash(o.home), "HOME")
}

// TestGolden holds two sessions: what was said, noted and written in the first is there
// in the second, and what waited is asked about again.
func TestGolden(t *testing.T) {
	home := t.TempDir()
	out := said(t, options{home: home},
		"Remember that my dog is called Rex.", "y",
		"Write a file plan.md: Dive at nine.", "rather at ten",
		"What is 17 * 23?",
		"/notes",
		"/what",
		"Write a file plan.md: Dive at ten.") // and nobody answers
	out += "=== the second session\n\n" + said(t, options{home: home, resume: true},
		"y",
		"What does plan.md say about the dive?",
		"What is the name of my dog?",
		"/resume", "/quit", "Not said.")
	demotest.Golden(t, "testdata/golden.txt", out)
	if text, err := os.ReadFile(filepath.Join(home, "files", "plan.md")); string(text) != "Dive at ten.\n" {
		t.Errorf("the file: %q, %v", text, err)
	}
}

// TestUnfinished holds that the next session says what the one before left behind, and
// that a question is not lost with the model.
func TestUnfinished(t *testing.T) {
	home := t.TempDir()
	o := options{home: home, folder: filepath.Join(home, "files"), ask: "What is 17 * 23?"}
	server := deepseektest.NewServer(t, deepseektest.Reply{Status: 402})
	var out strings.Builder
	if err := run(t.Context(), &demo.Service{Client: &deepseek.Client{BaseURL: server.URL()}}, o, strings.NewReader(""), &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "[no answer: agent assistant: after 1 model calls and 0 tool calls: deepseek: account out of credit") {
		t.Errorf("got:\n%s", out.String())
	}
	got := said(t, options{home: home}, "/resume")
	for _, want := range []string{"[The last run was not finished: /resume goes on with it.]", "[going on after 1 model calls and 0 tool calls with: What is 17 * 23?]", "17 * 23 = 391."} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

// TestInUse holds that a second assistant with the same home says why it cannot be.
func TestInUse(t *testing.T) {
	home := t.TempDir()
	m := &memory.File{Path: filepath.Join(home, "conversation.jsonl")}
	defer m.Close()
	if _, err := m.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := run(t.Context(), &demo.Service{Client: &deepseek.Client{}}, options{home: home, folder: home, ask: "Hi?"}, strings.NewReader(""), new(strings.Builder))
	if !errors.Is(err, memory.ErrInUse) {
		t.Errorf("%v, want %v", err, memory.ErrInUse)
	}
}

// TestKilled kills the program with no warning while it waits for the user's answer, and
// goes on.
func TestKilled(t *testing.T) {
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("runs the go command, and kills")
	}
	program, home := filepath.Join(t.TempDir(), "program"), t.TempDir()
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	start := func(in string, args ...string) (*exec.Cmd, *bytes.Buffer) {
		cmd := exec.Command(program, append([]string{"-home", home}, args...)...)
		cmd.Env = append(os.Environ(), "DEEPSEEK_API_KEY=", "DEEPSEEK_BASE_URL=", "DEEPSEEK_MODEL=")
		cmd.Stdin = strings.NewReader(in)
		out := new(bytes.Buffer)
		cmd.Stdout, cmd.Stderr = out, out
		return cmd, out
	}
	first, _ := start("")
	first.Args = append(first.Args, "Write a file plan.md: Dive at nine.")
	first.Stdin, first.Stdout = nil, nil
	in, err := first.StdinPipe() // nobody writes to it
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	shown, err := first.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(time.Minute, func() { first.Process.Kill() })
	defer watchdog.Stop()
	var seen []byte
	for buf := make([]byte, 4096); !bytes.Contains(seen, []byte("May it?")); {
		n, err := shown.Read(buf)
		if seen = append(seen, buf[:n]...); err != nil {
			t.Fatalf("%v after:\n%s", err, seen)
		}
	}
	first.Process.Kill()
	first.Wait()
	second, out := start("y\n", "-resume")
	if err := second.Run(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, want := range []string{"[going on after 1 model calls and 0 tool calls with: Write a file plan.md: Dive at nine.]", "→ write_file", "made plan.md: 14 bytes"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	if text, err := os.ReadFile(filepath.Join(home, "files", "plan.md")); string(text) != "Dive at nine.\n" {
		t.Errorf("the file: %q, %v", text, err)
	}
}

// TestInterrupt holds that Ctrl-C ends the program while it waits for the model.
func TestInterrupt(t *testing.T) {
	out, code := demotest.Interrupt(t, "sk-test", "-home", t.TempDir(), "Hi?")
	if code != 130 || !strings.HasSuffix(out, "\nstopped; -resume goes on with what was not finished\n") {
		t.Errorf("code %d, output:\n%s", code, out)
	}
}

// TestCalls holds how it is called, and what it says of what cannot be.
func TestCalls(t *testing.T) {
	home := t.TempDir()
	file := filepath.Join(home, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	demotest.Run(t, ".",
		demotest.Call{Args: []string{"-home", home, "What", "is", "3 + 4?"}, Stdout: "3 + 4 = 7."},
		demotest.Call{Args: []string{"-home", home, "-resume"}, Stdout: "Nothing is left to be finished."},
		demotest.Call{Args: []string{"-home", file}, Code: 1, Stderr: "assistant: mkdir "},
	)
}
