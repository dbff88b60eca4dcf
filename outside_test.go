package hadal_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func TestMain(m *testing.M) { deepseektest.Main(m) }

// What README's program may cost whoever builds it.
const (
	maxModules = 2       // linked into it: its own, and this one
	maxSums    = 10      // lines of its go.sum
	maxSize    = 8 << 20 // bytes, stripped
)

// TestOutside builds README's program in a module of its own, holds what it
// takes, and runs it.
func TestOutside(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	var program string
	for _, code := range of(blocks(t, "README.md"), "go") {
		if strings.HasPrefix(code, "package main\n") {
			program = code
		}
	}
	server := deepseektest.NewServer(t)
	dir := t.TempDir()
	outside(t, dir, map[string]string{"main.go": program})
	if err := os.Remove(filepath.Join(dir, "go.sum")); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, environment("DEEPSEEK_BASE_URL="+server.URL(), "GONOSUMDB=*", "GOFLAGS=")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr.Bytes())
		}
		return string(out)
	}
	binary := filepath.Join(dir, "hello.exe")
	run("go", "mod", "tidy")
	run("go", "build", "-ldflags=-s -w", "-o", binary, ".")

	build := run("go", "version", "-m", binary)
	modules := strings.Count(build, "\n\tmod\t") + strings.Count(build, "\n\tdep\t")
	if modules == 0 || modules > maxModules {
		t.Errorf("%d linked modules, want 1 to %d:\n%s", modules, maxModules, build)
	}
	sums, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	lines := bytes.Count(sums, []byte("\n"))
	if lines > maxSums {
		t.Errorf("%d lines of go.sum, want at most %d:\n%s", lines, maxSums, sums)
	}
	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > maxSize {
		t.Errorf("%d bytes, want at most %d", info.Size(), maxSize)
	}
	t.Logf("%d linked modules (at most %d), %d lines of go.sum (at most %d), %.2f MB stripped (at most %d)",
		modules, maxModules, lines, maxSums, float64(info.Size())/(1<<20), maxSize>>20)

	if out := run(binary); strings.TrimSpace(out) == "" {
		t.Error("it printed nothing")
	}
	if n := len(server.Requests()); n != 1 {
		t.Errorf("it sent %d requests, want 1", n)
	}
}
