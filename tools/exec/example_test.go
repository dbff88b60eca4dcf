package exec_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
	"github.com/hadal-go/hadal/tools/exec"
)

// program returns a file that stands for /usr/bin/git and the like: the binary of these
// tests, which is several programs, as its second argument says.
func program() string {
	file, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	return file
}

// do is what an agent does with a call of its model.
func do(set tools.Set, name, args string) {
	result, err := set.Call(context.Background(), llm.ToolCall{ID: "call_1", Name: name, Args: args})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(llm.Message{Parts: result.Content}.Text())
}

func Example() {
	r := &exec.Runner{
		Dir: os.TempDir(),
		Programs: []exec.Program{{
			Name:    "show",
			About:   "Shows its arguments.",
			Path:    program(),
			Args:    []string{"child", "echo"},
			Options: []string{"-n", "--since=*"},
			Effect:  tools.Reads,
		}},
	}
	set, err := r.Tools()
	if err != nil {
		log.Fatal(err)
	}
	do(set, "show", `{"args": ["-n", "--since=monday", "$(rm -rf .); echo *"]}`)
	do(set, "show", `{"args": ["--output=/etc/passwd"]}`)
	do(set, "sh", `{"args": ["-c", "rm -rf ."]}`)
	// Output:
	// exit code 0
	// stdout:
	// "-n"
	// "--since=monday"
	// "$(rm -rf .); echo *"
	// error: show was not run: the option "--output=/etc/passwd" is not permitted, only -n, --since=*
	// error: there is no tool "sh"
	// The tools are show. Call one of these, or answer without.
}

func ExampleRunner() {
	r := &exec.Runner{
		Dir:       os.TempDir(),
		Env:       []string{"LANG=C"}, // and nothing of the environment of this program
		MaxOutput: 32,
		Programs: []exec.Program{
			{Name: "env", Path: program(), Args: []string{"child", "env"}, Unasked: true},
			{Name: "count", Path: program(), Args: []string{"child", "count"}, Unasked: true},
			{Name: "upper", Path: program(), Args: []string{"child", "upper"}, Unasked: true, Stdin: true},
		},
	}
	set, err := r.Tools()
	if err != nil {
		log.Fatal(err)
	}
	do(set, "env", `{}`)
	do(set, "count", `{"args": ["1000"]}`)
	do(set, "upper", `{"input": "quiet"}`)
	// Output:
	// exit code 0
	// stdout:
	// LANG=C
	// exit code 0
	// stdout:
	// [the first 3858 of 3890 bytes are missing]
	// 992
	// 993
	// 994
	// 995
	// 996
	// 997
	// 998
	// 999
	// exit code 0
	// stdout:
	// QUIET
}

func ExampleRunner_Tools() {
	r := &exec.Runner{
		Dir: os.TempDir(),
		Programs: []exec.Program{
			{Name: "list", Path: program(), Effect: tools.Reads | tools.ReadsPrivate},
			{Name: "format", Path: program(), Effect: tools.Writes},
			{Name: "test", Path: program()},
			{Name: "build", Path: program(), Unasked: true},
		},
	}
	set, err := r.Tools()
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range set {
		p := tools.PolicyOf(t)
		fmt.Printf("%s: %v; a person approves: %v\n", t.Spec().Name, p.Effect, p.Approve)
	}
	_, err = new(exec.Runner).Tools()
	fmt.Println(err)
	// Output:
	// list: reads, reads private data; a person approves: false
	// format: writes; a person approves: true
	// test: unknown; a person approves: true
	// build: unknown; a person approves: false
	// exec: there are no Programs: list what may be run
	// there is no Dir: give the folder that programs run in
}

func ExampleRunner_Run() {
	r := &exec.Runner{Dir: os.TempDir(), Programs: []exec.Program{{Name: "both", Path: program(), Args: []string{"child", "both"}}}}
	result, err := r.Run(context.Background(), exec.Command{Program: "both", Args: []string{"a", "b"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d %q %q\n", result.Code, result.Stdout.Data, result.Stderr.Data)
	// Output:
	// 2 "fine\n" "not so fine\n"
}

func ExampleProgram() {
	p := exec.Program{
		Name: "show",
		Path: program(),
		Args: []string{"child", "echo"},
		Check: func(args []string) error { // what begins with "+" is an order for this one
			for _, a := range args {
				if strings.HasPrefix(a, "+") {
					return errors.New("leave out what begins with a plus")
				}
			}
			return nil
		},
		Effect: tools.Reads,
	}
	set, err := (&exec.Runner{Dir: os.TempDir(), Programs: []exec.Program{p}}).Tools()
	if err != nil {
		log.Fatal(err)
	}
	do(set, "show", `{"args": ["+!touch file"]}`)
	do(set, "show", `{"args": ["file"]}`)
	// Output:
	// error: show was not run: leave out what begins with a plus
	// exit code 0
	// stdout:
	// "file"
}

func ExampleError() {
	r := &exec.Runner{Dir: os.TempDir(), Timeout: 1, Programs: []exec.Program{{Name: "flood", Path: program(), Args: []string{"child", "flood"}}}}
	_, err := r.Run(context.Background(), exec.Command{Program: "flood"})
	fmt.Println(err, errors.Is(err, exec.ErrTimeout))
	_, err = r.Run(context.Background(), exec.Command{Program: "/bin/sh"})
	fmt.Println(err, errors.Is(err, exec.ErrDenied))
	// Output:
	// flood did not end within 1ns and was stopped: it may have done some or all of its work true
	// "/bin/sh" is none of the programs that may be run: flood true
}

func ExampleResult_String() {
	r := &exec.Result{Code: 1, Stdout: exec.Output{Data: []byte("\x1b[31mFAIL\x1b[0m\r\n")}}
	fmt.Println(r)
	// Output:
	// exit code 1
	// stdout:
	// FAIL
}

func ExampleOutput_String() {
	fmt.Println(exec.Output{Data: []byte("the end"), Missing: 93})
	// Output:
	// [the first 93 of 100 bytes are missing]
	// the end
}
