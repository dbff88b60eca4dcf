package chain_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestWiring holds that a mistake in wiring does not compile. Each file in
// testdata/wiring is a program; the compiler must report the lines with a comment
//
//	// want "part of the message"
//
// and no others. The program ok.go has none, and must build.
func TestWiring(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command here: ", err)
	}
	files, err := filepath.Glob(filepath.Join("testdata", "wiring", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	control := filepath.Join("testdata", "wiring", "ok.go")
	if out, err := buildEach(t, control); err != nil {
		t.Fatalf("a program without mistakes does not build: %v\n%s", err, out)
	}
	files = slices.DeleteFunc(files, func(name string) bool { return name == control })
	if len(files) < 20 {
		t.Fatalf("%d programs, want at least 20", len(files))
	}
	out, err := buildEach(t, files...)
	if err == nil {
		t.Fatal("all the programs with mistakes build")
	}
	got := reportedLines(out)
	for _, name := range files {
		want := wantedLines(t, name)
		base := filepath.Base(name)
		if len(want) == 0 {
			t.Errorf("%s says of no line what the compiler must say", base)
		}
		for line, part := range want {
			if message, ok := got[base][line]; !ok {
				t.Errorf("%s:%d: compiles, want %q", base, line, part)
			} else if !strings.Contains(message, part) {
				t.Errorf("%s:%d: the compiler says\n\t%s\nwant\n\t%s", base, line, message, part)
			}
			delete(got[base], line)
		}
		for line, message := range got[base] {
			t.Errorf("%s:%d: not expected: %s", base, line, message)
		}
	}
	if t.Failed() {
		t.Logf("in all:\n%s", out)
	}
}

// buildEach builds each file as a program of its own, all with one go command,
// which sees each in a folder of its own. It returns what the command prints.
func buildEach(t *testing.T, files ...string) (string, error) {
	t.Helper()
	var overlay struct{ Replace map[string]string }
	overlay.Replace = map[string]string{}
	args := []string{"build", "-gcflags=-e", "-o", os.DevNull, "-overlay", filepath.Join(t.TempDir(), "overlay.json")}
	for _, name := range files {
		file, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		dir := strings.TrimSuffix(file, ".go")
		overlay.Replace[filepath.Join(dir, "main.go")] = file
		args = append(args, dir)
	}
	data, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(args[5], data, 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command("go", args...)
	cmd.Stderr = &stderr
	err = cmd.Run()
	return stderr.String(), err
}

// reportedLines returns what the compiler says of lines, by file and line.
func reportedLines(out string) map[string]map[int]string {
	lines := map[string]map[int]string{}
	for _, m := range regexp.MustCompile(`(?m)^(\S+\.go):(\d+):\d+: (.*)$`).FindAllStringSubmatch(out, -1) {
		name, message := filepath.Base(m[1]), m[3]
		line, _ := strconv.Atoi(m[2])
		if lines[name] == nil {
			lines[name] = map[int]string{}
		}
		if before := lines[name][line]; before != "" {
			message = fmt.Sprint(before, "; ", message)
		}
		lines[name][line] = message
	}
	return lines
}

// wantedLines returns what the comments of a program say of its lines.
func wantedLines(t *testing.T, name string) map[int]string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[int]string{}
	for i, line := range strings.Split(string(text), "\n") {
		_, quoted, ok := strings.Cut(line, "// want ")
		if !ok {
			continue
		}
		if lines[i+1], err = strconv.Unquote(strings.TrimSpace(quoted)); err != nil || lines[i+1] == "" {
			t.Fatalf("%s:%d: %s is no quoted text", name, i+1, quoted)
		}
	}
	return lines
}
