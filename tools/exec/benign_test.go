package exec

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestBenign holds that what is permitted is done, and what the model is told of it.
func TestBenign(t *testing.T) {
	r := runner(t)
	real, err := filepath.EvalSymlinks(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range r.Programs {
		switch p.Name {
		case "echo":
			r.Programs[i].Options = []string{"-n", "-v", "--since=*", "-q*", "--"}
		case "both":
			r.Programs[i].Options = []string{"-*"}
		}
	}
	r.MaxOutput = 100
	set := mustTools(t, r)
	out := func(text string) string { return "exit code 0\nstdout:\n" + text }
	echo := func(args ...string) string {
		var b strings.Builder
		for _, a := range args {
			fmt.Fprintf(&b, "\n%q", a)
		}
		return "exit code 0\nstdout:" + b.String()
	}
	input := func(s string, args ...string) string {
		data, err := json.Marshal(arguments{args, s})
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	bytes := func(s string) string { return argsOf(t, hex.EncodeToString([]byte(s))) }
	list := []struct{ name, args, want string }{
		{"echo", argsOf(t, "hello"), echo("hello")},
		{"echo", argsOf(t, "a", "b", "c"), echo("a", "b", "c")},
		{"echo", argsOf(t, "-n", "x"), echo("-n", "x")},
		{"echo", argsOf(t, "-n", "-v"), echo("-n", "-v")},
		{"echo", argsOf(t, "--since=yesterday"), echo("--since=yesterday")},
		{"echo", argsOf(t, "--since="), echo("--since=")},
		{"echo", argsOf(t, "-q5"), echo("-q5")},
		{"echo", argsOf(t, "-q"), echo("-q")},
		{"echo", argsOf(t, "--", "file"), echo("--", "file")},
		{"echo", argsOf(t, "a-b", "x--y"), echo("a-b", "x--y")},
		{"echo", argsOf(t, "two words"), echo("two words")},
		{"echo", argsOf(t, "日本語", "ü"), echo("日本語", "ü")},
		{"echo", argsOf(t, ""), echo("")},
		{"echo", argsOf(t), "exit code 0\n(no output)"},
		{"echo", `{}`, "exit code 0\n(no output)"},
		{"echo", `{"args": []}`, "exit code 0\n(no output)"},
		{"echo", `{"args": null}`, "exit code 0\n(no output)"},
		{"echo", ` { "args" : [ "a" ] } `, echo("a")},
		{"echo", `{"args": ["\u00e9\n"]}`, echo("é\n")},
		{"env", `{}`, "exit code 0\n(no output)"},
		{"dir", `{}`, out(real + " <nil>")},
		{"upper", input("quiet"), out("QUIET")},
		{"upper", input("one\ntwo\n"), out("ONE\nTWO")},
		{"upper", input("ünïcode"), out("ÜNÏCODE")},
		{"upper", `{}`, "exit code 0\n(no output)"},
		{"upper", input(strings.Repeat("a", 200<<10)), out("[the first 204700 of 204800 bytes are missing]\n" + strings.Repeat("A", 100))},
		{"line", input("first\nsecond\n"), out(`"first\n" <nil>`)},
		{"line", input("first\n" + strings.Repeat("x", 200<<10)), out(`"first\n" <nil>`)},
		{"line", `{}`, out(`"" EOF`)},
		{"exit", argsOf(t, "0"), "exit code 0\n(no output)"},
		{"exit", argsOf(t, "1"), "exit code 1\n(no output)"},
		{"exit", argsOf(t, "42"), "exit code 42\n(no output)"},
		{"both", `{}`, "exit code 0\nstdout:\nfine\nstderr:\nnot so fine"},
		{"both", argsOf(t, "--anything", "-x"), "exit code 2\nstdout:\nfine\nstderr:\nnot so fine"},
		{"count", argsOf(t, "3"), out("0\n1\n2")},
		{"count", argsOf(t, "1000"), out("[the first 3790 of 3890 bytes are missing]\n975\n976\n977\n978\n979\n980\n981\n982\n983\n984\n985\n986\n987\n988\n989\n990\n991\n992\n993\n994\n995\n996\n997\n998\n999")},
		{"bytes", bytes("\x1b[31mred\x1b[0m\r\nline\rover"), out("red\nline\nover")},
		{"bytes", bytes("caf\xe9"), out("caf\ufffd")},
		{"bytes", bytes("PNG\x00\x01\x02"), out("[6 bytes that are not text]")},
		{"bytes", bytes(strings.Repeat("\x00", 300)), out("[300 bytes that are not text]")},
		{"bytes", bytes(strings.Repeat("é", 75) + "x"), out("[the first 52 of 151 bytes are missing]\n" + strings.Repeat("é", 49) + "x")},
	}
	if len(list) < 30 {
		t.Errorf("only %d tasks", len(list))
	}
	for _, tt := range list {
		if got, isErr := call(t, set, tt.name, tt.args); got != tt.want || isErr {
			t.Errorf("%s %.100s: %q, %v\nwant: %q", tt.name, tt.args, got, isErr, tt.want)
		}
	}
}

// TestFlood holds that a program which writes without end is stopped, in bounded memory.
func TestFlood(t *testing.T) {
	r := runner(t)
	r.MaxOutput, r.MaxWritten, r.Timeout = 2048, 1<<20, -1
	result, err := r.Run(t.Context(), Command{Program: "flood"})
	if result == nil || !errors.Is(err, ErrFlood) {
		t.Fatalf("%v, %v", result, err)
	}
	if want := "flood was stopped, as it wrote more than 1048576 bytes: ask it for less"; err.Error() != want {
		t.Errorf("%v", err)
	}
	total := int64(0)
	for _, o := range []Output{result.Stdout, result.Stderr} {
		if len(o.Data) > 2048 || strings.Trim(string(o.Data), "y\n") != "" {
			t.Errorf("%d bytes", len(o.Data))
		}
		total += int64(len(o.Data)) + o.Missing
	}
	if total <= 1<<20 {
		t.Errorf("stopped after %d bytes", total)
	}
	o := mustTools(t, r).Do(t.Context(), toolCall("flood"))
	text := textOf(o)
	if !o.Result.IsError || o.Err != nil || !strings.Contains(text, " bytes are missing]\n") || !strings.HasSuffix(text, "\nerror: flood was stopped, as it wrote more than 1048576 bytes: ask it for less") {
		t.Errorf("%.200s … %v", text, o.Err)
	}
}

// TestTimeout holds what the tool says when the time is over.
func TestTimeout(t *testing.T) {
	d, r := listen(t), runner(t)
	r.Timeout = 1
	got, isErr := call(t, mustTools(t, r), "hold", argsOf(t, d.addr()))
	want := "error: hold did not end within 1ns and was stopped: it may have done some or all of its work"
	if !strings.HasSuffix(got, want) || !isErr {
		t.Errorf("%q, %v", got, isErr)
	}
}
