package demotest

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the files that outputs are compared with")

// Golden compares an output with what is in a file, which it rewrites with -update.
func Golden(t *testing.T, file, got string) {
	t.Helper()
	Rewrite(t, file, []byte(got))
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant what is in %s:\n%s", got, file, want)
	}
}

// Rewrite writes an output to a file with -update, and does nothing without.
func Rewrite(t *testing.T, file string, got []byte) {
	t.Helper()
	if !*update {
		return
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, got, 0o644)); err != nil {
		t.Fatal(err)
	}
}

var (
	bills     = regexp.MustCompile(`about \d+ tokens in, \d+ of them cached; \d+ out, \d+ of them reasoning; [\d.]+m?s\]`)
	addresses = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	results   = regexp.MustCompile(`(?m)(?:^ {2,}\w+(?: \S+)?: .*\n){2,}`)
)

// Masked returns an output without what differs from run to run: what it took, the
// address of the stand-in, and the order of the results of calls that ran at once.
func Masked(out string) string {
	out = bills.ReplaceAllString(out, "BILL]")
	out = addresses.ReplaceAllString(out, "ADDRESS")
	return results.ReplaceAllStringFunc(out, func(s string) string {
		lines := strings.SplitAfter(s, "\n")
		slices.Sort(lines)
		return strings.Join(lines, "")
	})
}
