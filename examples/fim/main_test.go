package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
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
	return regexp.MustCompile(`[\d.]+[mµ]?s\]`).ReplaceAllString(out, "TIME]")
}

// file writes a file and returns its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// read returns what is in a file.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// script returns a service that fills gaps with a text, and the server it has.
func script(t *testing.T, reply deepseektest.Reply) (*demo.Service, *deepseektest.Server) {
	t.Helper()
	if reply.Usage == nil {
		reply.Usage = &llm.Usage{Input: 20, Output: 3}
	}
	server := deepseektest.NewServer(t, reply)
	return &demo.Service{Client: &deepseek.Client{BaseURL: server.URL()}, About: "A script."}, server
}

func standard(target string) options { return options{target: target, lines: 200, tokens: 512} }

const half = "package p\n\nfunc half(x int) int {\n\treturn \n}\n\nvar a, b, c = 1, 2, 3\n"

func TestRun(t *testing.T) {
	service, server := script(t, deepseektest.Reply{Text: "x /\n\t\t2"})
	name := file(t, "half.go", half)
	var out strings.Builder
	if err := run(t.Context(), service, standard(name+":4"), &out); err != nil {
		t.Fatal(err)
	}
	want := `A script.

The gap is at ` + filepath.ToSlash(name) + `:4:9; the model sees 42 bytes before it and 26 after it.

     1 | package p
     2 | 
     3 | func half(x int) int {
>    4 | 	return x /
>    5 | 		2
     6 | }
     7 | 
     8 | var a, b, c = 1, 2, 3

[20 tokens in, 0 of them cached; 3 out, 0 of them reasoning; TIME]

The file parses with it.
It is not written; -w does that.
`
	if got := masked(out.String()); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := read(t, name); got != half {
		t.Errorf("the file is now:\n%s", got)
	}
	r := server.Requests()[0]
	if r.Prompt+"‸"+r.Suffix != strings.Replace(half, "return ", "return ‸", 1) || r.MaxTokens != 512 || *r.Temperature != 0 || !r.Stream {
		t.Errorf("sent %q and %q, %d tokens, temperature %v", r.Prompt, r.Suffix, r.MaxTokens, *r.Temperature)
	}
}

// TestBundled fills the gap of the file that comes along, by the stand-in, and
// holds that the result is a program, and the right one.
func TestBundled(t *testing.T) {
	service, err := demo.StandIn(0)
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	was := read(t, "testdata/dives.go")
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir()) // the file comes along
	var out strings.Builder
	if err := run(t.Context(), service, standard(""), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"stand-in", "dives.go:24:2;", ">   24 | \t// No language model here: ", "d.Hours > longest.Hours", "The file parses with it.\nIt is not written; -w does that.\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
	t.Chdir(home)
	if got := read(t, "testdata/dives.go"); got != was {
		t.Errorf("the file is now:\n%s", got)
	}

	name := file(t, "dives.go", was)
	o := standard(name)
	o.write = true
	if err := run(t.Context(), service, o, io.Discard); err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := new(types.Config).Check("dives", set, []*ast.File{parsed}, nil); err != nil {
		t.Errorf("%v in:\n%s", err, read(t, name))
	}
}

// TestWrite holds that a file is written as a whole, with its mode and its line
// ends, and through a link.
func TestWrite(t *testing.T) {
	service, _ := script(t, deepseektest.Reply{Text: "1,\n\t2"})
	dir := t.TempDir()
	name := filepath.Join(dir, "list.js")
	if err := os.WriteFile(name, []byte("a = [/*gap*/];\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, 0o750); err != nil {
		t.Fatal(err)
	}
	o := standard(name)
	o.write = true
	if runtime.GOOS != "windows" { // where it takes a right of its own
		o.target = filepath.Join(dir, "link.js")
		if err := os.Symlink("list.js", o.target); err != nil {
			t.Fatal(err)
		}
	}
	was, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	var old *os.File // what has the file open sees all of the old text, not a part of the new one
	if runtime.GOOS != "windows" {
		if old, err = os.Open(name); err != nil {
			t.Fatal(err)
		}
		defer old.Close()
	}
	var out strings.Builder
	if err := run(t.Context(), service, o, &out); err != nil {
		t.Fatal(err)
	}
	if old != nil {
		if got, err := io.ReadAll(old); string(got) != "a = [/*gap*/];\r\n" || err != nil {
			t.Errorf("the open file is now %q, %v", got, err)
		}
	}
	if got, want := read(t, name), "a = [1,\r\n\t2];\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if info, err := os.Stat(name); err != nil || info.Mode() != was.Mode() {
		t.Errorf("mode %v, %v, want %v", info.Mode(), err, was.Mode())
	}
	if info, err := os.Lstat(o.target); err != nil || runtime.GOOS != "windows" && info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is now %v, %v", info.Mode(), err)
	}
	if !strings.HasSuffix(out.String(), "It is written to "+filepath.ToSlash(o.target)+".\n") {
		t.Errorf("got:\n%s", out.String())
	}
	leftovers(t, dir)
}

// leftovers holds that there are no files but those of the test.
func leftovers(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("left behind: %s", e.Name())
		}
	}
}

// TestNotWritten holds that a file stays as it is where the text is no good, or
// the file has changed.
func TestNotWritten(t *testing.T) {
	for _, tt := range []struct {
		name   string
		reply  deepseektest.Reply
		mode   fs.FileMode
		change string // of the file, while the model answers
		want   string // of the error; if empty, there is none
		shown  string
	}{
		{name: "broken off", reply: deepseektest.Reply{Text: "x / 2 // and so on", CutAfter: 700}, want: "reply ended early"},
		{name: "refused", reply: deepseektest.Reply{Status: 402}, want: "account out of credit"},
		{name: "cut off", reply: deepseektest.Reply{Text: "x / 2", Finish: llm.FinishLength}, want: "not written: the text is cut off at the limit of -tokens"},
		{name: "filtered", reply: deepseektest.Reply{Text: "x / 2", Finish: llm.FinishFilter}, want: `not written: the text is not all: it ended by "content_filter"`},
		{name: "broken", reply: deepseektest.Reply{Text: "x / 2 }"}, want: "not written: the file parses without it, but not with it: half.go:5:1: expected declaration, found '}'"},
		{name: "empty", reply: deepseektest.Reply{}, shown: "The model leaves the gap as it is.\n"},
		{name: "changed", reply: deepseektest.Reply{Text: "x / 2"}, change: half + "\n// More.\n", want: "has changed meanwhile"},
		{name: "read-only", reply: deepseektest.Reply{Text: "x / 2"}, mode: 0o400, want: "is read-only"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name := file(t, "half.go", half)
			expected := cmp.Or(tt.change, half)
			if tt.mode != 0 {
				if err := os.Chmod(name, tt.mode); err != nil {
					t.Fatal(err)
				}
				defer os.Chmod(name, 0o600)
			}
			service, _ := script(t, deepseektest.Reply{Usage: &llm.Usage{}, Func: func(deepseektest.Request) deepseektest.Reply {
				if tt.change != "" {
					if err := os.WriteFile(name, []byte(tt.change), 0o600); err != nil {
						t.Error(err)
					}
				}
				return tt.reply
			}})
			o := standard(name + ":4")
			o.write = true
			var out strings.Builder
			err := run(t.Context(), service, o, &out)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%v, want %q", err, tt.want)
			}
			if !strings.HasSuffix(out.String(), tt.shown) || strings.Contains(out.String(), "It is written") {
				t.Errorf("got:\n%s", out.String())
			}
			if got := read(t, name); got != expected {
				t.Errorf("the file is now:\n%s", got)
			}
			leftovers(t, filepath.Dir(name))
		})
	}
}

// TestShown says what would become of the file, without -w.
func TestShown(t *testing.T) {
	for _, tt := range []struct {
		file, text string
		finish     llm.FinishReason
		want       string
	}{
		{half, "x / 2 }", "", "\nIt would not be written: the file parses without it, but not with it: half.go:5:1: expected declaration, found '}'.\n"},
		{half, "x /", llm.FinishLength, "\nIt would not be written: the text is cut off at the limit of -tokens.\n"},
		{"package p\n\nfunc half(\n\n}\n", "x int)", "", "\nThe file does not parse with it: half.go:5:1: expected declaration, found '}'\nIt is not written; -w does that.\n"},
	} {
		service, _ := script(t, deepseektest.Reply{Text: tt.text, Finish: tt.finish})
		var out strings.Builder
		if err := run(t.Context(), service, standard(file(t, "half.go", tt.file)+":4"), &out); err != nil {
			t.Error(err)
		}
		if !strings.HasSuffix(out.String(), tt.want) {
			t.Errorf("got:\n%s\nwant at its end:\n%s", out.String(), tt.want)
		}
	}
}

// TestBrokenOff holds that what arrived is shown, on lines of its own.
func TestBrokenOff(t *testing.T) {
	service, _ := script(t, deepseektest.Reply{Text: "once upon a time there was a fish", CutAfter: 1200})
	var out strings.Builder
	err := run(t.Context(), service, standard(file(t, "x.txt", "It begins: ")+":1"), &out)
	if !errors.Is(err, llm.ErrTruncated) || demo.Advice(err) == "" {
		t.Errorf("%v, want %v", err, llm.ErrTruncated)
	}
	if got := out.String(); !strings.Contains(got, ">    1 | It begins: once upon") || !strings.HasSuffix(got, "\n") || strings.Contains(got, "tokens in") {
		t.Errorf("got:\n%s", got)
	}
}

// TestTerminal holds that neither the file nor the model commands the terminal.
func TestTerminal(t *testing.T) {
	service, _ := script(t, deepseektest.Reply{Text: "\x1b[2J"})
	var out strings.Builder
	if err := run(t.Context(), service, standard(file(t, "x.txt", "\x1b[31mred\r\n")+":1"), &out); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), ">    1 | �[31mred�[2J\n") || strings.Contains(out.String(), "\x1b") {
		t.Errorf("got:\n%q", out.String())
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestBrokenOutput(t *testing.T) {
	service, _ := script(t, deepseektest.Reply{Text: "x"})
	want := errors.New("closed")
	name := file(t, "x.txt", "a\n")
	o := standard(name + ":1")
	o.write = true
	if err := run(t.Context(), service, o, brokenWriter{want}); !errors.Is(err, want) {
		t.Errorf("%v, want %v", err, want)
	}
	if got := read(t, name); got != "a\n" {
		t.Errorf("the file is now %q", got)
	}
}

func TestInterrupt(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	service, _ := script(t, deepseektest.Reply{Usage: &llm.Usage{}, Func: func(r deepseektest.Request) deepseektest.Reply {
		stop()
		<-r.Context().Done()
		return deepseektest.Reply{}
	}})
	err := run(ctx, service, standard(file(t, "half.go", half)+":4"), io.Discard)
	if !errors.Is(err, context.Canceled) || demo.Advice(err) != "" {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
}

// TestProgram runs the program as README says, with the mistakes that users make.
func TestProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	bin := filepath.Join(t.TempDir(), "fim.exe")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	refusing := deepseektest.NewServer(t, deepseektest.Reply{Status: 401})
	for _, tt := range []struct {
		name, url string
		args      []string
		status    int
		want      string
	}{
		{name: "nothing", want: "The file parses with it.\n"},
		{name: "a file", args: []string{"main.go:80"}, want: "main.go:80:"},
		{name: "two files", args: []string{"a", "b"}, status: 1, want: "fim: there is one gap to fill at a time, not 2\n"},
		{name: "no lines", args: []string{"-lines", "0"}, status: 1, want: "fim: -lines must be positive, and -tokens from 1 to 4096\n"},
		{name: "many tokens", args: []string{"-tokens", "5000"}, status: 1, want: "-tokens from 1 to 4096\n"},
		{name: "write nothing", args: []string{"-w"}, status: 1, want: "fim: -w needs a file: the one that comes along stays as it is\n"},
		{name: "no file", args: []string{"none.go:1"}, status: 1, want: "none.go"},
		{name: "a wrong key", url: refusing.URL(), status: 1, want: "fim: make a key at https://platform.deepseek.com/api_keys and set DEEPSEEK_API_KEY"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command(bin, tt.args...)
			cmd.Env = append(os.Environ(), "DEEPSEEK_API_KEY=", "DEEPSEEK_MODEL=", "DEEPSEEK_BASE_URL="+tt.url)
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			cmd.Run()
			if got := cmd.ProcessState.ExitCode(); got != tt.status || !strings.Contains(out.String(), tt.want) {
				t.Errorf("status %d, want %d and %q in:\n%s", got, tt.status, tt.want, out.String())
			}
		})
	}
}
