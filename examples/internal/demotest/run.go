package demotest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A Call is a way to call a program, and what comes of it.
type Call struct {
	Args           []string
	Code           int    // with which it ends
	Stdout, Stderr string // what its outputs hold; with code 0 and no Stderr, nothing is on that
}

// Run builds the program in the working directory and calls it from dir, without a
// key. The test is skipped with -short.
func Run(t *testing.T, dir string, calls ...Call) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the go command")
	}
	program := filepath.Join(t.TempDir(), "program.exe")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, call := range calls {
		cmd := exec.Command(program, call.Args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "DEEPSEEK_API_KEY=", "DEEPSEEK_BASE_URL=", "DEEPSEEK_MODEL=")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != call.Code {
			t.Errorf("%q: %v, want code %d", call.Args, err, call.Code)
		}
		quiet := call.Code != 0 || call.Stderr != "" || stderr.Len() == 0
		if !quiet || !strings.Contains(stdout.String(), call.Stdout) || !strings.Contains(stderr.String(), call.Stderr) {
			t.Errorf("%q: got:\n%s%s\nwant %q and %q in it", call.Args, &stdout, &stderr, call.Stdout, call.Stderr)
		}
	}
}
