package exec

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// literal is text that means something to a shell, a loader of programs or a terminal,
// and is to arrive as it is.
var literal = []string{
	"; rm -rf .", "&& touch pwned", "|| touch pwned", "| touch pwned", "& touch pwned", "$(touch pwned)", "`touch pwned`",
	"${IFS}touch${IFS}pwned", "> pwned", ">> pwned", "< /etc/passwd", "<(touch pwned)", "2>&1 > pwned", "$HOME", "${PATH}", "%PATH%", "%COMSPEC%",
	"!!", "~", "~root", "*", "?", "[a-z]*", "{a,b}", "**/*", "a\nb", "touch pwned\n", "\r\ntouch pwned", "a\tb", "a b", " ", "", "'", `"`, `\`, `\"`, `a\\"b`,
	`'; touch pwned; '`, `"; touch pwned; "`, `" & touch pwned & "`, "^& touch pwned", "#", "\x1b[2J", "\x7f", "\u202egpj.exe", "é", "日本", "\U0001f4a5", "\u200b",
	"/etc/passwd", "../../etc/passwd", "/bin/sh", "LD_PRELOAD=x.so", "PATH=/tmp", "+%s", "@file", "=x", "x-", "\u2010rf", "\u2212rf", "\uff0drf",
}

// TestLiteral holds that what a shell would take for an order is an argument.
func TestLiteral(t *testing.T) {
	r := runner(t)
	set := mustTools(t, r)
	for group := range slices.Chunk(literal, 10) {
		args := slices.DeleteFunc(slices.Clone(group), func(s string) bool { return isOption(s, onWindows) })
		var want strings.Builder
		want.WriteString("exit code 0\nstdout:")
		for _, s := range args {
			want.WriteString("\n" + strconv.Quote(s))
		}
		if got, isErr := call(t, set, "echo", argsOf(t, args...)); got != want.String() || isErr {
			t.Errorf("%s\nwant: %s", got, want.String())
		}
	}
	if list := names(t, r.Dir); len(list) != 0 {
		t.Errorf("there are files: %v", list)
	}
}

// TestAttacks holds that calls which are not permitted do nothing, and that the model is
// told why.
func TestAttacks(t *testing.T) {
	r := runner(t)
	marker := filepath.Join(t.TempDir(), "ran")
	for i, p := range r.Programs {
		switch p.Name {
		case "echo":
			r.Programs[i].Options = []string{"-n", "--since=*", "-q*"}
		case "both":
			r.Programs[i].Check = func(args []string) error {
				if slices.Contains(args, "secret") {
					return errors.New(`leave out "secret"`)
				}
				args[0] = "changed" // its own copy
				return nil
			}
		}
	}
	r.MaxInput = 100
	set := mustTools(t, r)
	many := func(n int, s string) []string { return slices.Repeat([]string{s}, n) }
	jsonOf := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	type attack struct{ name, args, want string }
	var list []attack
	for _, name := range []string{
		"Echo", "ECHO", "echo ", " echo", "echo\n", "echo\x00", "./echo", "../echo", "/bin/sh", "sh", "bash", "/bin/echo", `C:\Windows\System32\cmd.exe`, "cmd",
		"echo;sh", "echo|sh", "$(echo)", "ech", "echoo", "", "echo/../sh", "\u0435cho", "child", self(t),
	} {
		list = append(list, attack{name, argsOf(t, marker), "error: there is no tool "})
	}
	for _, option := range []string{
		"-", "--", "---", "-x", "-nx", "-n=1", "--n", "-rf", "--output=/tmp/pwned", "--since", "--SINCE=1", "--sinc=1", "-N", "--upload-pack=touch pwned", "-c core.pager=sh", "-oProxyCommand=sh", "-\n", "-\u200b", "-exec",
	} {
		list = append(list, attack{"echo", argsOf(t, option), "error: echo was not run: the option " + quote(option) + " is not permitted, only -n, --since=*, -q*"})
		list = append(list, attack{"echo", argsOf(t, "-n", "fine", option), "error: echo was not run: the option " + quote(option)})
	}
	list = append(list,
		attack{"echo", argsOf(t, "--\u200b"), "error: echo was not run: the option "},
		attack{"echo", argsOf(t, "--", "-rf"), `error: echo was not run: the option -- is not permitted`},
		attack{"env", argsOf(t, "-u"), "error: env was not run: the option -u is not permitted, nor is any other argument that begins with a hyphen"},
		attack{"echo", `{"args":["a\u0000b"]}`, "error: echo was not run: argument 1 has a NUL byte"},
		attack{"echo", `{"args":["a","\u0000"]}`, "error: echo was not run: argument 2 has a NUL byte"},
		attack{"echo", argsOf(t, many(65, "x")...), "error: echo was not run: 65 arguments are more than the 64"},
		attack{"echo", argsOf(t, many(10_000, "x")...), "error: echo was not run: 10000 arguments are more"},
		attack{"echo", argsOf(t, strings.Repeat("x", 32<<10+1)), "error: echo was not run: its arguments have more than the 32768 bytes"},
		attack{"echo", argsOf(t, strings.Repeat("x", 1<<20)), "error: echo was not run: its arguments have more"},
		attack{"echo", argsOf(t, many(33, strings.Repeat("x", 1000))...), "error: echo was not run: its arguments have more"},
		attack{"echo", `{"args":["x"],"input":"y"}`, "error: the arguments do not fit the schema"},
		attack{"upper", jsonOf(map[string]string{"input": strings.Repeat("x", 101)}), "error: upper was not run: 101 bytes of input are more than the 100"},
		attack{"upper", jsonOf(map[string]string{"input": strings.Repeat("x", 1<<20)}), "error: upper was not run: 1048576 bytes of input"},
		attack{"both", argsOf(t, "a", "secret"), `error: both was not run: leave out "secret"`},
	)
	for _, args := range []string{
		`{"args":"; touch pwned"}`, `{"args":{"0":"x"}}`, `{"args":[["x"]]}`, `{"args":[1]}`, `{"args":[null]}`, `{"args":[true]}`, `["x"]`, `"x"`, `1`,
		`{"args":["a"],"args":["b"]}`, `{"args":["a"],"Args":["-rf"]}`, `{"ARGS":["-rf"]}`, `{"args":["a"],"env":{"PATH":"/tmp"}}`, `{"args":["a"],"dir":"/"}`, `{"args":["a"],"cwd":"/"}`,
		`{"args":["a"],"path":"/bin/sh"}`, `{"args":["a"],"program":"/bin/sh"}`, `{"args":["a"],"timeout":-1}`, `{"args":["a"]`, `{"args":["a"`, `{"args":["a"]} {"args":["b"]}`, `{"args":["a"]};touch pwned`,
		`{'args':['a']}`, "{\"args\":[\"\xff\"]}", strings.Repeat("[", 100_000), "touch pwned", "$(touch pwned)",
	} {
		list = append(list, attack{"echo", args, "error: the arguments "})
	}
	if len(list) < 60 {
		t.Errorf("only %d attacks", len(list))
	}
	for _, a := range list {
		got, isErr := call(t, set, a.name, a.args)
		if !isErr || !strings.HasPrefix(got, a.want) || strings.Contains(got, r.Dir) {
			t.Errorf("%q %.100s: %.300s\nwant: %s", a.name, a.args, got, a.want)
		}
	}
	if got, isErr := call(t, set, "both", argsOf(t, "x")); isErr || got != "exit code 1\nstdout:\nfine\nstderr:\nnot so fine" {
		t.Errorf("%s", got)
	}
	if list := names(t, r.Dir); len(list) != 0 {
		t.Errorf("there are files: %v", list)
	}
}

// TestRefused is the same for code.
func TestRefused(t *testing.T) {
	r := runner(t)
	for _, c := range []Command{
		{Program: "Echo"}, {Program: self(t)}, {Program: "/bin/sh"}, {Program: ""}, {Program: strings.Repeat("x", 1<<20)}, {Program: "echo", Args: []string{"-x"}},
		{Program: "echo", Args: []string{"a\x00b"}}, {Program: "echo", Input: "x"}, {Program: "echo", Args: make([]string, 65)},
	} {
		result, err := r.Run(t.Context(), c)
		e, ok := errors.AsType[*Error](err)
		if result != nil || !ok || !errors.Is(err, ErrDenied) || e.Program != c.Program || len(e.Error()) > 500 || strings.Contains(e.Error(), filepath.Dir(self(t))) && c.Program != self(t) {
			t.Errorf("%.50q: %v, %v", c.Program, result, err)
		}
	}
	_, err := (&Runner{Dir: r.Dir, Programs: []Program{child(t, "echo"), child(t, "exit")}}).Run(t.Context(), Command{Program: "/bin/sh"})
	if want := `"/bin/sh" is none of the programs that may be run: echo, exit`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestEnvironment holds that what is in the environment of this process is not in that
// of a program.
func TestEnvironment(t *testing.T) {
	t.Setenv("DEEPSEEK_API_KEY", "sk-canary")
	t.Setenv("LD_LIBRARY_PATH", "/tmp")
	r := runner(t)
	if got, isErr := call(t, mustTools(t, r), "env", `{}`); got != "exit code 0\n(no output)" || isErr {
		t.Errorf("%s", got)
	}
	r = runner(t)
	r.Env = []string{"LANG=C", "A=1=2", "A=3", "EMPTY="}
	set := mustTools(t, r)
	r.Env[0] = "LANG=changed"
	if got, isErr := call(t, set, "env", `{}`); got != "exit code 0\nstdout:\nLANG=C\nA=3\nEMPTY=" || isErr {
		t.Errorf("%s", got)
	}
}

// TestSwap holds that a program whose file was replaced or written to is not run, and
// that a link which is turned elsewhere changes nothing.
func TestSwap(t *testing.T) {
	file := copySelf(t, "program.exe")
	link := filepath.Join(t.TempDir(), "link.exe")
	if err := os.Symlink(file, link); err != nil {
		t.Skipf("this test needs symbolic links: %v", err)
	}
	r := &Runner{Dir: t.TempDir(), Programs: []Program{{Name: "argv0", Path: link, Args: []string{"child", "argv0"}, Unasked: true}}}
	set := mustTools(t, r)
	good := "exit code 0\nstdout:\n" + link
	if got, isErr := call(t, set, "argv0", `{}`); got != good || isErr {
		t.Fatalf("%s", got)
	}
	evil := filepath.Join(t.TempDir(), "evil.exe")
	if err := os.WriteFile(evil, []byte("#!/bin/sh\necho pwned\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(evil, link); err != nil {
		t.Fatal(err)
	}
	if got, isErr := call(t, set, "argv0", `{}`); got != good || isErr {
		t.Errorf("after the link was turned: %s", got)
	}
	refused := func(how string) {
		t.Helper()
		o := set.Do(t.Context(), llm.ToolCall{Name: "argv0", Args: `{}`})
		if !errors.Is(o.Err, ErrChanged) || strings.Contains(o.Err.Error(), filepath.Dir(file)) {
			t.Errorf("%s: %v", how, o.Err)
		}
		if result, err := r.Run(t.Context(), Command{Program: "argv0"}); result != nil || !errors.Is(err, ErrChanged) {
			t.Errorf("%s: %v, %v", how, result, err)
		}
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	restored := func() {
		t.Helper()
		if err := errors.Join(os.Chmod(file, 0o755), os.Chtimes(file, time.Time{}, info.ModTime())); err != nil {
			t.Fatal(err)
		}
		if got, isErr := call(t, set, "argv0", `{}`); got != good || isErr {
			t.Errorf("restored: %s", got)
		}
	}
	if !onWindows {
		if err := os.Chmod(file, 0o700); err != nil {
			t.Fatal(err)
		}
		refused("other permissions")
		restored()
	}
	if err := os.Chtimes(file, time.Time{}, info.ModTime().Add(1)); err != nil {
		t.Fatal(err)
	}
	if now, err := os.Stat(file); err != nil || !now.ModTime().Equal(info.ModTime()) { // finer than some systems tell
		refused("other time")
	}
	restored()
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(f, "more")
	f.Close()
	if err := os.Chtimes(file, time.Time{}, info.ModTime()); err != nil {
		t.Fatal(err)
	}
	refused("other size")
	if err := os.Rename(evil, file); err != nil {
		t.Fatal(err)
	}
	refused("replaced")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	refused("removed")
}

// TestFolderSwap is the same for the folder.
func TestFolderSwap(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "dir")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	r := &Runner{Dir: dir, Programs: []Program{child(t, "dir")}}
	if _, err := r.Run(t.Context(), Command{Program: "dir"}); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir, dir+"2"); err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{"gone", "another"} {
		if result, err := r.Run(t.Context(), Command{Program: "dir"}); result != nil || !errors.Is(err, ErrChanged) {
			t.Errorf("%s: %v, %v", how, result, err)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
