package exec

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

func toolCall(name string, args ...string) llm.ToolCall {
	text := `{}`
	if len(args) > 0 {
		text = `{"args":["` + strings.Join(args, `","`) + `"]}`
	}
	return llm.ToolCall{ID: "call_1", Name: name, Args: text}
}

func textOf(o tools.Outcome) string { return llm.Message{Parts: o.Result.Content}.Text() }

// TestBuild holds what a Runner is refused for.
func TestBuild(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file.exe")
	if err := os.WriteFile(file, []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	exe := self(t)
	good := Program{Name: "good", Path: exe}
	with := func(change func(*Program)) *Runner {
		p := good
		change(&p)
		return &Runner{Dir: dir, Programs: []Program{p}}
	}
	for name, tt := range map[string]struct {
		r    *Runner
		want []string
		is   error
	}{
		"zero":          {&Runner{}, []string{"exec: there are no Programs: list what may be run", "there is no Dir: give the folder that programs run in"}, nil},
		"no programs":   {&Runner{Dir: dir}, []string{"exec: there are no Programs"}, nil},
		"no folder":     {&Runner{Programs: []Program{good}}, []string{"exec: there is no Dir"}, nil},
		"folder gone":   {&Runner{Dir: filepath.Join(dir, "none"), Programs: []Program{good}}, []string{"exec: the folder Dir: "}, fs.ErrNotExist},
		"file as it":    {&Runner{Dir: file, Programs: []Program{good}}, []string{"is not a folder"}, nil},
		"env":           {&Runner{Dir: dir, Programs: []Program{good}, Env: []string{"A=1", "SECRET", "=x", "A=\x00"}}, []string{"element 1 of Env is not", "element 2 of Env is not", "element 3 of Env is not"}, nil},
		"twice":         {&Runner{Dir: dir, Programs: []Program{good, good}}, []string{`tool 1 has the name of tool 0, "good"`}, nil},
		"name":          {with(func(p *Program) { p.Name = "rm -rf" }), []string{`the name "rm -rf" is not of 1 to 64 letters`}, nil},
		"no name":       {with(func(p *Program) { p.Name = "" }), []string{`the name "" is not`}, nil},
		"name is path":  {with(func(p *Program) { p.Name, p.Path = exe, "" }), []string{"the name is a path"}, nil},
		"relative":      {with(func(p *Program) { p.Path = "bin/sh" }), []string{`program 0, "good": the path "bin/sh" is not absolute`}, nil},
		"up":            {with(func(p *Program) { p.Path = "../bin/sh" }), []string{"is not absolute"}, nil},
		"missing":       {with(func(p *Program) { p.Path = filepath.Join(dir, "none.exe") }), []string{`program 0, "good": `}, nil},
		"folder":        {with(func(p *Program) { p.Path = dir }), []string{`program 0, "good": `}, nil},
		"not in PATH":   {with(func(p *Program) { p.Path, p.Name = "", "no-such-program-anywhere" }), []string{"no-such-program-anywhere"}, osexec.ErrNotFound},
		"NUL":           {with(func(p *Program) { p.Args = []string{"a\x00"} }), []string{"one of Args has a NUL byte"}, nil},
		"no option":     {with(func(p *Program) { p.Options = []string{"x"} }), []string{`the option "x" does not begin with a hyphen`}, nil},
		"star":          {with(func(p *Program) { p.Options = []string{"*"} }), []string{`the option "*" does not begin`}, nil},
		"all is told":   {&Runner{Programs: []Program{{Name: "a", Path: "x"}, {Name: "b", Path: "y"}}, Env: []string{"x"}}, []string{"program 0", "program 1", "Dir", "Env"}, nil},
		"no permission": {with(func(p *Program) { p.Path = file }), []string{`program 0, "good"`}, nil},
	} {
		if name == "no permission" && onWindows {
			continue // by the name alone
		}
		for range 2 { // the second says the same
			set, err := tt.r.Tools()
			if err == nil || set != nil {
				t.Errorf("%s: no error", name)
				break
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %v\nwant %s", name, err, want)
				}
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("%s: %v is no %v", name, err, tt.is)
			}
			if strings.Contains(err.Error(), "SECRET") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if result, err := tt.r.Run(t.Context(), Command{Program: "good"}); result != nil || err == nil {
			t.Errorf("%s: Run: %v, %v", name, result, err)
		} else if _, ok := errors.AsType[*Error](err); ok {
			t.Errorf("%s: Run: %v is for a model", name, err)
		}
	}
}

// TestSpecialFiles holds that what gives other rights, or is a batch file, is refused.
func TestSpecialFiles(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{"run.bat": "is a batch file", "run.CMD": "is a batch file", "setuid": "is setuid or setgid", "setgid": "is setuid or setgid"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := map[string]fs.FileMode{"setuid": fs.ModeSetuid, "setgid": fs.ModeSetgid}[name]
		if mode != 0 {
			if err := os.Chmod(file, 0o755|mode); err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(file); err != nil || info.Mode()&mode == 0 {
				continue // the system has no such thing
			}
		}
		_, err := (&Runner{Dir: dir, Programs: []Program{{Name: "x", Path: file}}}).Tools()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLookup holds that a program without a path is found in the PATH of this process,
// once.
func TestLookup(t *testing.T) {
	file := copySelf(t, "printer.exe")
	t.Setenv("PATH", filepath.Dir(file))
	name := "printer.exe"
	r := &Runner{Dir: t.TempDir(), Programs: []Program{{Name: "printer", Path: file, Args: []string{"child", "argv0"}}}}
	if !onWindows {
		name = "printer"
		if err := os.Symlink(file, strings.TrimSuffix(file, ".exe")); err != nil {
			t.Fatal(err)
		}
		r.Programs[0].Path = ""
	}
	set := mustTools(t, r)
	t.Setenv("PATH", t.TempDir())
	if got, want := textOf(set.Do(tools.Approved(t.Context()), toolCall("printer"))), "exit code 0\nstdout:\n"+filepath.Join(filepath.Dir(file), name); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestPolicy(t *testing.T) {
	reads := tools.Reads | tools.ReadsPrivate
	for _, tt := range []struct {
		effect  tools.Effect
		unasked bool
		approve bool
	}{
		{0, false, true}, {0, true, false}, {reads, false, false}, {tools.Reads, true, false}, {tools.ReadsUntrusted, false, false},
		{tools.Writes, false, true}, {tools.WritesOnce | reads, false, true}, {tools.Sends, false, true}, {tools.Sends | reads, true, false}, {1 << 7, false, true},
	} {
		r := &Runner{Dir: t.TempDir(), Programs: []Program{{Name: "x", Path: self(t), Effect: tt.effect, Unasked: tt.unasked}}}
		p := tools.PolicyOf(mustTools(t, r)[0])
		if p.Group == nil || p.Group.Limit != 4 {
			t.Errorf("%v: %v", tt, p.Group)
		}
		p.Group = nil
		want := tools.Policy{Effect: tt.effect, Timeout: 70 * time.Second, MaxResult: 6*16<<10 + 1<<10, KeepTail: true, Approve: tt.approve, Exact: true}
		if p != want {
			t.Errorf("%v: %+v, want %+v", tt, p, want)
		}
	}
	r := &Runner{Dir: t.TempDir(), Programs: []Program{{Name: "x", Path: self(t)}, {Name: "y", Path: self(t)}}, Timeout: -1, Parallel: 2}
	set := mustTools(t, r)
	x, y := tools.PolicyOf(set[0]), tools.PolicyOf(set[1])
	if x.Timeout != -1 || x.Group.Limit != 2 || x.Group != y.Group {
		t.Errorf("%+v, %+v", x, y)
	}
}

func TestSpecs(t *testing.T) {
	const shell = " There is no shell: no quotes, patterns, variables or pipes."
	plain := `{"properties":{"args":{"items":{"type":"string"},"type":"array","description":"the arguments, each as it is"}},"additionalProperties":false,"type":"object"}`
	fed := strings.Replace(plain, `as it is"}`, `as it is"},"input":{"type":"string","description":"what the program reads from stdin"}`, 1)
	for _, tt := range []struct {
		p           Program
		description string
		schema      string
	}{
		{Program{Name: "a"}, `Runs the program a.` + shell + ` No argument may begin with "-".`, plain},
		{Program{Name: "b", About: " Tells the time. "}, `Tells the time.` + shell + ` No argument may begin with "-".`, plain},
		{Program{Name: "c", Options: []string{"-n", "--x=*"}}, `Runs the program c.` + shell + ` Options that it may have, with anything in the place of *: -n, --x=*.`, plain},
		{Program{Name: "d", Options: []string{"-n", "-*"}, Stdin: true}, `Runs the program d.` + shell, fed},
	} {
		tt.p.Path = self(t)
		r := &Runner{Dir: t.TempDir(), Programs: []Program{tt.p}}
		for range 2 {
			spec := mustTools(t, r)[0].Spec()
			if spec.Name != tt.p.Name || spec.Description != tt.description || string(spec.Schema) != tt.schema {
				t.Errorf("%s: %s\n%s\nwant %s\n%s", spec.Name, spec.Description, spec.Schema, tt.description, tt.schema)
			}
		}
	}
}

// TestCopied holds that what the caller does to the slices later changes nothing.
func TestCopied(t *testing.T) {
	options, args := []string{"-n"}, []string{"child", "echo", "first"}
	r := &Runner{Dir: t.TempDir(), Programs: []Program{{Name: "echo", Path: self(t), Args: args, Options: options, Unasked: true}}}
	set := mustTools(t, r)
	options[0], args[2], r.Programs[0].Name = "-x", "changed", "other"
	for range 2 { // appended to what is shared
		if got, isErr := call(t, set, "echo", `{"args":["-n"]}`); got != "exit code 0\nstdout:\n\"first\"\n\"-n\"" || isErr {
			t.Errorf("%s", got)
		}
	}
}

// TestConcurrent runs 50 goroutines on one set.
func TestConcurrent(t *testing.T) {
	r := runner(t)
	r.Parallel = 8
	set := mustTools(t, r)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			id := fmt.Sprint(i)
			if got, want := textOf(set.Do(t.Context(), toolCall("echo", id))), "exit code 0\nstdout:\n\""+id+"\""; got != want {
				t.Errorf("%d: %s", i, got)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%2 == 0 {
				cancel()
			}
			result, err := r.Run(ctx, Command{Program: "exit", Args: []string{id}})
			if i%2 == 0 && (result != nil || !errors.Is(err, context.Canceled)) || i%2 == 1 && (err != nil || result.Code != i) {
				t.Errorf("%d: %v, %v", i, result, err)
			}
		})
	}
	wg.Wait()
	if len(r.built.places) != 0 {
		t.Errorf("%d places are taken", len(r.built.places))
	}
}

func TestDefaults(t *testing.T) {
	for _, n := range []int{0, -1} {
		r := &Runner{Dir: t.TempDir(), Programs: []Program{{Name: "x", Path: self(t)}}, MaxOutput: n, MaxInput: n, MaxArgs: n, MaxArgBytes: n, Parallel: n}
		mustTools(t, r)
		b := r.built
		if b.maxOutput != 16<<10 || b.maxInput != 256<<10 || b.maxArgs != 64 || b.maxArgBytes != 32<<10 || cap(b.places) != 4 || b.maxWritten != 64<<20 || b.timeout != time.Minute {
			t.Errorf("%d: %+v", n, b)
		}
	}
}
