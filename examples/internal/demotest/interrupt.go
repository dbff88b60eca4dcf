// Package demotest is what the tests of the example programs share.
package demotest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// Interrupt builds the program in the working directory, runs it with a key against
// a server that is silent, and presses Ctrl-C once the server has been asked. It
// returns what the program printed, on either output, and its exit code. The test is
// skipped where that cannot be.
func Interrupt(t *testing.T, key string, args ...string) (out string, code int) {
	t.Helper()
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("runs the go command, or a process cannot send another a Ctrl-C here")
	}
	asked := make(chan bool, 100)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // so that the server notices when the client leaves
		asked <- true
		<-r.Context().Done()
	}))
	defer silent.Close()
	program := filepath.Join(t.TempDir(), "program")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "DEEPSEEK_API_KEY="+key, "DEEPSEEK_BASE_URL="+silent.URL, "DEEPSEEK_MODEL=")
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-asked:
	case <-ctx.Done():
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	cmd.Wait() // the exit code says it
	return both.String(), cmd.ProcessState.ExitCode()
}
