package main

import (
	"bytes"
	"context"
	"errors"
	"io"
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

// TestRun has all ways read the letter, by the stand-in.
func TestRun(t *testing.T) {
	service, err := demo.StandIn(0)
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	var out strings.Builder
	if err := run(t.Context(), service, letter, &out); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	at := 0
	for _, want := range []string{
		"stand-in", "The text: Hello, this is Ada Byron.",
		`1. response_format {"type": "json_object"}: llm.FormatJSON`,
		`sent     POST /chat/completions, 2 messages, "response_format": {"type":"json_object"}`,
		`came     {"name":"Ada Byron","email":"ada@example.org","date":"3 March 2026","tickets":2,"price":"1,250.00"}`,
		"checked  that it is a JSON object",
		"json.Unmarshal: json: cannot unmarshal string into Go struct field Booking.price",
		`/date: is the string "3 March 2026", want a date`,
		`2. response_format {"type": "json_schema"}: llm.Request.Schema`,
		`sent     POST /responses, 2 messages, "text": {"format":{"type":"json_schema",`,
		`came     {"name":"Ada Byron","email":"ada@example.org","date":"2026-03-03","tickets":2,"price":1250.00}`,
		"3. output.Extract[Booking]", "sent     POST /responses",
		`came     {"name":"Ada Byron","email":"ada@example.org","date":"2026-03-03","tickets":2,"price":1250}`,
		"4. output.Generator[Booking]{Mode: output.ModeJSON}", "sent     POST /chat/completions, 2 messages", "sent     POST /chat/completions, 4 messages",
		`came     {"name":"Ada Byron","email":"ada@example.org","date":"2026-03-03","tickets":2,"price":1250}`,
		`sent back: /date: is the string "3 March 2026", want a date`,
		`
         json_object        json_schema        Extract            with json_object
name     "Ada Byron"        "Ada Byron"        "Ada Byron"        "Ada Byron"
email    "ada@example.org"  "ada@example.org"  "ada@example.org"  "ada@example.org"
date     "3 March 2026"     "2026-03-03"       "2026-03-03"       "2026-03-03"
tickets  2                  2                  2                  2
price    "1,250.00"         1250.00            1250               1250
`,
	} {
		i := strings.Index(got[at:], want)
		if i < 0 {
			t.Fatalf("no %q at its place in:\n%s", want, got)
		}
		at += i + len(want)
	}
}

// TestPlain holds what a program sees that checks nothing.
func TestPlain(t *testing.T) {
	for _, tt := range []struct{ reply, notes string }{
		{`{"name":"A","date":"2026-03-03","tickets":1}`, ""},
		{" \n ", "json.Unmarshal: unexpected end of JSON input"},
		{`{"name":"A","date":"2026-03-03","tickets":0}`, "the value does not satisfy the schema | /tickets: "},
		{"Sure: {}", "json.Unmarshal: invalid character 'S'"},
	} {
		server := deepseektest.NewServer(t, deepseektest.Reply{Text: tt.reply})
		out, err := ways[0].do(t.Context(), &deepseek.Client{BaseURL: server.URL()}, letter)
		notes := strings.Join(out.notes, " | ")
		if err != nil || !strings.HasPrefix(notes, tt.notes) || tt.notes == "" && notes != "" {
			t.Errorf("%q: %q, %v, want %q", tt.reply, notes, err, tt.notes)
		}
	}
}

// TestFailure holds that the way is named that fails.
func TestFailure(t *testing.T) {
	server := deepseektest.NewServer(t, deepseektest.Reply{Text: "{}"}, deepseektest.Reply{Status: 401})
	err := run(t.Context(), &demo.Service{Client: &deepseek.Client{BaseURL: server.URL()}}, letter, io.Discard)
	if !errors.Is(err, llm.ErrAuth) || !strings.HasPrefix(err.Error(), "json_schema: ") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, &demo.Service{Client: &deepseek.Client{BaseURL: server.URL()}}, letter, io.Discard); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestPrintable holds that nothing that a model writes commands the terminal.
func TestPrintable(t *testing.T) {
	value := `{"name":"A\u001b[0m","date":"2026-03-03","tickets":1}`
	nasty, plain := deepseektest.Reply{Text: "\x1b[31m" + value}, deepseektest.Reply{Text: value}
	server := deepseektest.NewServer(t, nasty, nasty, plain, plain)
	var out strings.Builder
	if err := run(t.Context(), &demo.Service{Client: &deepseek.Client{BaseURL: server.URL()}}, letter, &out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "\x1b") || !strings.Contains(out.String(), "came     \ufffd[31m{") {
		t.Errorf("got:\n%q", out.String())
	}
}

func TestShort(t *testing.T) {
	if got := short("abc"); got != "abc" {
		t.Error(got)
	}
	if got := short(strings.Repeat("深", 121)); got != strings.Repeat("深", 120)+"…" {
		t.Error(got)
	}
}

// TestGoRun runs the program as its comment says.
func TestGoRun(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	program := filepath.Join(t.TempDir(), "responseformat.exe")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, tt := range []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{nil, 0, `date +"3 March 2026" +"2026-03-03" +"2026-03-03" +"2026-03-03"`, "^$"},
		{[]string{"Hello, this is Bo Li. 3 tickets for 5 May 2026, please."}, 0, `date +"5 May 2026" +"2026-05-05" +"2026-05-05"`, "^$"},
		{[]string{"two", "texts"}, 1, "^$", "^responseformat: there is one text to read, not 2: put it in quotes\n$"},
		{[]string{"-x"}, 2, "^$", `usage: responseformat \[text\]`},
	} {
		cmd := exec.Command(program, tt.args...)
		cmd.Env = append(os.Environ(), "DEEPSEEK_API_KEY=", "DEEPSEEK_BASE_URL=", "DEEPSEEK_MODEL=")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != tt.code {
			t.Errorf("%q: %v, want code %d", tt.args, err, tt.code)
		}
		if !regexp.MustCompile(tt.stdout).Match(stdout.Bytes()) || !regexp.MustCompile(tt.stderr).Match(stderr.Bytes()) {
			t.Errorf("%q: got:\n%s%s\nwant %s and %s", tt.args, &stdout, &stderr, tt.stdout, tt.stderr)
		}
	}
}
