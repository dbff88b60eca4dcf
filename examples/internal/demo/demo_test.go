package demo

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func TestMain(m *testing.M) { deepseektest.Main(m) }

// module makes a directory the root of a module, and one below it the working
// directory. It returns the root.
func module(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	below := filepath.Join(root, "examples", "x")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "go.mod"), "module example.com/x\n")
	t.Chdir(below)
	return root
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// unset removes the settings of whoever runs the test.
func unset(t *testing.T) {
	t.Helper()
	for _, name := range []string{"DEEPSEEK_API_KEY", "DEEPSEEK_BASE_URL", "DEEPSEEK_MODEL"} {
		t.Setenv(name, "") // puts it back afterwards
		os.Unsetenv(name)
	}
}

func TestFind(t *testing.T) {
	root := module(t)
	write(t, filepath.Join(root, "a.md"), "")
	write(t, "b.md", "")
	for name, want := range map[string]string{
		"a.md":                      filepath.Join("..", "..", "a.md"),
		"b.md":                      "b.md",
		"examples/x/b.md":           filepath.Join("..", "..", "examples", "x", "b.md"),
		filepath.Join(root, "a.md"): filepath.Join(root, "a.md"),
	} {
		if got, err := Find(name); got != want || err != nil {
			t.Errorf("Find(%q) = %q, %v, want %q", name, got, err, want)
		}
	}
	write(t, filepath.Join(filepath.Dir(root), "outside.md"), "")
	for _, name := range []string{"none.md", "outside.md"} {
		if got, err := Find(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Find(%q) = %q, %v, want %v", name, got, err, fs.ErrNotExist)
		}
	}
}

func TestConnect(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		env        map[string]string
		key, about string
		from       string // the key
	}{
		{name: "nothing", about: "There is no DEEPSEEK_API_KEY, so this talks to a stand-in at http://127.0.0.1:"},
		{name: "key", env: map[string]string{"DEEPSEEK_API_KEY": "sk-env"}, key: "sk-env", about: "Talking to deepseek-flash at api.deepseek.com.", from: "the environment"},
		{name: "file", file: "# mine\nDEEPSEEK_API_KEY='sk-file'\nDEEPSEEK_MODEL=deepseek-v4-pro\n", key: "sk-file", about: "Talking to deepseek-v4-pro at api.deepseek.com.", from: "../../.env"},
		{name: "both", file: "DEEPSEEK_API_KEY=sk-file\n", env: map[string]string{"DEEPSEEK_API_KEY": "sk-env"}, key: "sk-env", about: "Talking to deepseek-flash at api.deepseek.com.", from: "the environment"},
		{name: "switched off", file: "DEEPSEEK_API_KEY=sk-file\n", env: map[string]string{"DEEPSEEK_API_KEY": ""}, about: "There is no DEEPSEEK_API_KEY"},
		{name: "server", env: map[string]string{"DEEPSEEK_BASE_URL": "http://me:secret@127.0.0.1:8080/beta"}, about: "Talking to deepseek-flash at 127.0.0.1:8080."},
		{name: "no address", env: map[string]string{"DEEPSEEK_BASE_URL": "api.example.com"}, about: "Talking to deepseek-flash at what DEEPSEEK_BASE_URL says, which is not an address."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			unset(t)
			root := module(t)
			if tt.file != "" {
				write(t, filepath.Join(root, ".env"), tt.file)
			}
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			service, err := Connect(0)
			if err != nil {
				t.Fatal(err)
			}
			defer service.Close()
			if !strings.HasPrefix(service.About, tt.about) || service.Client.APIKey != tt.key {
				t.Errorf("%q with key %q, want %q with %q", service.About, service.Client.APIKey, tt.about, tt.key)
			}
			if want := tt.key == "" && tt.env["DEEPSEEK_BASE_URL"] == ""; service.KeyFrom != tt.from || service.Simulated() != want {
				t.Errorf("key from %q, want %q; simulated: %v", service.KeyFrom, tt.from, service.Simulated())
			}
		})
	}
}

// TestConnectError holds that a mistake in .env does not print what is in it.
func TestConnectError(t *testing.T) {
	unset(t)
	root := module(t)
	write(t, filepath.Join(root, ".env"), "DEEPSEEK_API_KEY: 'sk-canary\n")
	if service, err := Connect(0); err == nil {
		service.Close()
		t.Error("no error")
	} else if strings.Contains(err.Error(), "canary") || !strings.Contains(err.Error(), ".env") {
		t.Error(err)
	}
}

func TestStandIn(t *testing.T) {
	service, err := StandIn(time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	text, err := llm.Ask(service.Client, "")(t.Context(), "The cat is nine years old. How old is the cat?")
	if err != nil || !strings.Contains(text, "nine") {
		t.Errorf("%q, %v", text, err)
	}
	if err := service.Close(); err != nil {
		t.Error(err)
	}
	if _, err := llm.Generate(context.Background(), service.Client, llm.Prompt("Hi.")); !errors.Is(err, llm.ErrUnavailable) {
		t.Errorf("after Close: %v", err)
	}
}

func TestScreen(t *testing.T) {
	chunks := []llm.Chunk{
		{HasReasoning: true}, {Reasoning: "Let me "}, {Reasoning: "see."}, {Text: "A \x1b[31mred\x1b[0m"}, {Text: " fish.\r\n"}, {Finish: llm.FinishStop},
	}
	for _, tt := range []struct {
		color bool
		want  string
	}{
		{false, "Reasoning: Let me see.\n\nA �[31mred�[0m fish.�\n\n\n[about 9 tokens in, 4 of them cached; 5 out, 3 of them reasoning; 1.5s]\n\n"},
		{true, "\x1b[2mReasoning: Let me see.\x1b[0m\n\nA �[31mred�[0m fish.�\n\n\n\x1b[2m[about 9 tokens in, 4 of them cached; 5 out, 3 of them reasoning; 1.5s]\x1b[0m\n\n"},
	} {
		var b strings.Builder
		s := NewScreen(&b)
		s.color = tt.color
		for _, c := range chunks {
			s.Show(&c)
		}
		s.End()
		s.Bill(llm.Usage{Input: 9, Cached: 4, Output: 5, Reasoning: 3, Estimated: true}, 1500*time.Millisecond)
		if b.String() != tt.want {
			t.Errorf("color %v:\n%q\nwant\n%q", tt.color, b.String(), tt.want)
		}
	}
}

// TestScreenEnd holds that reasoning that breaks off leaves no style behind.
func TestScreenEnd(t *testing.T) {
	var b strings.Builder
	s := NewScreen(&b)
	s.End()
	s.color = true
	s.Show(&llm.Chunk{Reasoning: "Let"})
	s.End()
	s.End()
	if want := "\x1b[2mReasoning: Let\x1b[0m\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestScreenErr(t *testing.T) {
	want := errors.New("disk full")
	s := NewScreen(brokenWriter{want})
	s.Printf("x")
	s.Printf("y")
	if s.Err() != want {
		t.Errorf("%v, want %v", s.Err(), want)
	}
}

func TestNewScreen(t *testing.T) {
	tty, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a device like a terminal
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	if !IsTerminal(tty) {
		t.Skip("needs a device that looks like a terminal")
	}
	for _, tt := range []struct {
		noColor, term string
		want          bool
	}{{"", "xterm", true}, {"1", "xterm", false}, {"", "dumb", false}} {
		t.Setenv("NO_COLOR", tt.noColor)
		t.Setenv("TERM", tt.term)
		if got := NewScreen(tty).color; got != tt.want {
			t.Errorf("NO_COLOR=%q TERM=%q: color %v, want %v", tt.noColor, tt.term, got, tt.want)
		}
	}
}
