package llmtest_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm/llmtest"
)

// A fakeTest is a test that may fail.
type fakeTest struct {
	testing.TB
	name     string
	failed   bool
	skipped  bool
	text     strings.Builder
	cleanups []func()
}

func (f *fakeTest) Helper()                    {}
func (f *fakeTest) Name() string               { return f.name }
func (f *fakeTest) Failed() bool               { return f.failed }
func (f *fakeTest) Skipped() bool              { return f.skipped }
func (f *fakeTest) Cleanup(g func())           { f.cleanups = append(f.cleanups, g) }
func (f *fakeTest) Logf(s string, args ...any) { fmt.Fprintf(&f.text, s+"\n", args...) }
func (f *fakeTest) Error(args ...any)          { f.failed = true; fmt.Fprintln(&f.text, args...) }
func (f *fakeTest) Fatal(args ...any)          { f.Error(args...); panic(f) }
func (f *fakeTest) Fatalf(s string, args ...any) {
	f.Fatal(fmt.Sprintf(s, args...))
}

// runTest runs a test to its end, and returns whether it failed, and its output.
func runTest(name string, test func(f *fakeTest)) (failed bool, text string) {
	f := &fakeTest{name: name}
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(f) {
				panic(p)
			}
		}()
		test(f)
	}()
	for i := range f.cleanups {
		f.cleanups[len(f.cleanups)-1-i]()
	}
	return f.failed, f.text.String()
}

const again = "; to record it: LLMTEST_RECORD='hand\\.http' go test -run '^TestA$/^b\\+'\\''s$'"

func TestReplay(t *testing.T) {
	t.Setenv("LLMTEST_RECORD", "")
	file := write(t, two)
	list := func(client *http.Client) {
		send(client, must(http.NewRequest("GET", "https://example.com/models?limit=2", nil)))
	}
	chat := func(client *http.Client) {
		post(t.Context(), client, "https://example.com/chat", `{"model":"deepseek-flash","messages":[{"role":"user","content":"Why is the sky blue?"}]}`)
	}
	missed := "llmtest: " + file + ":3: POST /chat was recorded, but did not come" + again + "\n"
	for _, tt := range []struct {
		name string
		test func(*fakeTest)
		want string // "" if the test passes
	}{
		{"all came", func(f *fakeTest) { client := llmtest.Replay(f, file); list(client); chat(client) }, ""},
		{"one did not come", func(f *fakeTest) { list(llmtest.Replay(f, file)) }, missed},
		{"one did not come, but the test is over", func(f *fakeTest) { list(llmtest.Replay(f, file)); f.Fatal("wrong") }, "wrong\n"},
		{"one did not come, but the test is skipped", func(f *fakeTest) { list(llmtest.Replay(f, file)); f.skipped = true }, ""},
		{"one is not there", func(f *fakeTest) {
			client := llmtest.Replay(f, file)
			list(client)
			chat(client)
			list(client)
		}, "llmtest: request not recorded: GET /models?limit=2: it came more often than the 1 in " + file + again + "\n"},
		{"no file", func(f *fakeTest) { llmtest.Replay(f, filepath.Join(filepath.Dir(file), "gone", "hand.http")) },
			"llmtest: there is no recording " + filepath.Join(filepath.Dir(file), "gone", "hand.http") + ": file does not exist" + again + "\n"},
		{"a bad file", func(f *fakeTest) { llmtest.Replay(f, write(t, "hello\n")) }, `: line 1: the first line is not "llmtest recording 1"` + "\n"},
	} {
		failed, text := runTest("TestA/b+'s", tt.test)
		if failed != (tt.want != "") || !strings.HasSuffix(text, tt.want) || tt.want == "" && text != "" {
			t.Errorf("%s: failed %v with\n%swant\n%s", tt.name, failed, text, tt.want)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestRecordOnDemand(t *testing.T) {
	made := "llmtest recording 1\n\n-- request --\nPOST /\n-- response --\n200\n\nnew\n-- end --\n"
	wrong := func(f *fakeTest, client *http.Client) { get(client); f.Fatal("wrong") }
	asks := func(f *fakeTest, client *http.Client) { get(client) }
	for _, tt := range []struct {
		name, pattern string
		base          http.RoundTripper
		test          func(*fakeTest, *http.Client)
		file, want    string // want is "" if the test passes
	}{
		{"by name", `hand\.http`, serve(strings.NewReader("new")), asks, made, ""},
		{"all", ".", serve(strings.NewReader("new")), asks, made, ""},
		{"in a directory", "/hand.http$", serve(strings.NewReader("new")), asks, made, ""},
		{"another", "other", offline(t), func(*fakeTest, *http.Client) {}, two, "did not come"},
		{"no expression", "(", offline(t), nil, two, "llmtest: $LLMTEST_RECORD: error parsing regexp"},
		{"the test fails", ".", serve(strings.NewReader("new")), wrong, made, "wrong"},
		{"the server is away", ".", transport(func(*http.Request) (*http.Response, error) { return nil, errBoom }), asks, two, "hand.http is not recorded: POST /: boom"},
		{"nothing is asked", ".", offline(t), func(*fakeTest, *http.Client) {}, two, "hand.http is not recorded: there was no request"},
		{"skipped", ".", offline(t), func(f *fakeTest, _ *http.Client) { f.skipped = true }, two, ""},
	} {
		t.Setenv("LLMTEST_RECORD", tt.pattern)
		file := write(t, two)
		failed, text := runTest("TestA", func(f *fakeTest) {
			client := (&llmtest.Recording{File: file, Base: tt.base}).Client(f)
			tt.test(f, client)
		})
		if failed != (tt.want != "") || !strings.Contains(text, tt.want) {
			t.Errorf("%s: failed %v with %s", tt.name, failed, text)
		}
		if got := read(t, file); got != tt.file {
			t.Errorf("%s: the file is\n%s", tt.name, got)
		}
		if got := strings.Contains(text, "llmtest: recorded "+file); got != (tt.file == made) {
			t.Errorf("%s: says that it recorded: %v", tt.name, got)
		}
	}
	// The environment is for tests.
	t.Setenv("LLMTEST_RECORD", ".")
	rec := &llmtest.Recording{File: write(t, two), Base: offline(t)}
	if got := send(&http.Client{Transport: rec}, must(http.NewRequest("GET", "http://example.com/models?limit=2", nil))); got.body != "list" {
		t.Errorf("got %+v", got)
	}
	if err := os.Remove(rec.File); err != nil {
		t.Fatal(err)
	}
}
