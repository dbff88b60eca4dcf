package llmtest

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// ErrNotRecorded is wrapped by the error of a request that a [Recording] cannot
// answer, as there is no such request in its file, or not as many. The error is an
// [*llm.Error], and not a temporary one.
var ErrNotRecorded = errors.New("request not recorded")

// A Recording is an [http.RoundTripper] that plays back a conversation over
// HTTP from a file, or makes it with a server and writes it to the file. All but
// File may be zero. [Replay] returns an HTTP client with one, for a test.
//
// A request is answered by the first one of the file with the same method, path,
// query and body, byte for byte, that was not used yet. So equal requests get
// their answers in the order of the recording, and different ones may come in
// any order, also at the same time. Where the file has "[hidden]", a request may
// have anything, unless one of the file is its like to the byte. Not compared are
// host and header, and the boundary of a multipart body, which is random. A
// request without its like fails with [ErrNotRecorded] and the difference to the
// nearest one. While it plays back, a Recording never touches the network.
//
// What is recorded is what the client sees, without encodings such as gzip: the
// status, the fields of the header that matter, and the body as it comes, up to
// where it breaks off. Broken replies and lost connections are played back as
// such. The client sees every piece of a reply when it arrives. If it leaves
// before the end, the rest is still read, for 5 seconds and up to 1 MiB, so that
// the file has all of it; where that fails, and where a context ends, the
// recording has nothing more. Played back, such a reply waits there for the
// context to end too, or for 10 seconds.
//
// Secrets do not get into the file. Of a request's header only Accept and
// Content-Type are written. The values of all other fields, user and password of
// the URL, cookies, and Secrets, are replaced by "[hidden]" wherever they appear,
// and so is what has a name such as "key", "token" or "signature": parameters of
// a query or a form, and texts right inside of a JSON object that is a body. They
// are found where the server repeats them, too: as they are, escaped for JSON, a
// URL or HTML, also one in another, in base64 or in hexadecimal, and in pieces
// that members of one name in JSON have one after the other, as in a stream.
// Not found is what has been changed or broken up in other ways, such as the
// numbers of its bytes in logprobs. Exempt are fields that never hold a secret,
// such as User-Agent, and what is too short to be one: under 6 bytes, or under 8
// in a field whose name says nothing. Whatever is encoded so that it cannot be
// looked through, a compressed request or a reply that is not gzip, is not
// recorded.
//
// A Recording is safe for concurrent use, provided its fields do not change. It
// must be closed; [Recording.Client] does that at the end of a test.
//
// # Format
//
// The file is text, made to be read, compared and edited. It begins with its
// version, and lines of comment. Then come the exchanges, each a request and its
// response, as in HTTP itself, or an error in place of one:
//
//	llmtest recording 1
//	# The weather in Oslo, and then the network is gone.
//
//	-- request --
//	POST /chat/completions
//	Accept: application/json
//	Content-Type: application/json
//
//	{"model":"deepseek-flash","messages":[…]}
//	-- response --
//	200
//	Content-Type: application/json
//
//	{"choices":[…]}
//	-- request --
//	GET /user/balance
//	-- error --
//	connection reset
//	-- end --
//
// The newline ahead of a line such as "-- end --" is not part of the body: after
// one that ends in a newline, there is an empty line. A line that could not stand
// as it is, because it looks like one of those, ends in a blank, or has bytes
// that are no text, begins with a backslash and has escapes as in Go, such as \r,
// \x00 and \\. An error that follows a response is where that broke off. It is
// "unexpected EOF", "EOF", "connection reset", "timeout", "left" if it was the
// client that left, or the text of another. Where git changes the ends of lines,
// the line "*.http -text" in .gitattributes keeps it from doing so.
type Recording struct {
	File    string            // by custom in testdata, and ending in .http
	Record  bool              // to make the recording, instead of playing it back
	Base    http.RoundTripper `json:"-"` // makes the requests that are recorded; if nil, one like http.DefaultTransport
	Secrets []string          `json:"-"` // further texts to hide, of any length: keys in bodies, names, private hosts
	Keep    []string          // further fields of headers to write, as far as they are not secret

	started   sync.Once
	startErr  error
	recording bool
	base      http.RoundTripper
	test      string // its name, if there is one

	mu       sync.Mutex
	secrets  secrets
	tape     tape
	failures []error // misses, or why there is no recording
	further  int     // misses that are only counted
	closed   bool
	saved    bool
}

// Replay returns an HTTP client that answers from the named file, for a test:
//
//	client := &deepseek.Client{HTTP: llmtest.Replay(t, "testdata/weather.http")}
//
// It is short for [Recording.Client], which says when the test fails, and how to
// make the file.
func Replay(t testing.TB, file string) *http.Client {
	t.Helper()
	return (&Recording{File: file}).Client(t)
}

// Client returns an HTTP client that uses r in a test, and closes r at its end.
// It is called once, before anything else.
//
// The test fails at once if the file cannot be used, and at the end if a request
// was not in the file, or a request of the file did not come; the latter only if
// the test has not failed already, and was not skipped.
//
// To make the file, or make it again, set $LLMTEST_RECORD to a regular
// expression that matches its name, for a run of the test:
//
//	LLMTEST_RECORD='weather\.http' go test -run '^TestWeather$'
//
// With LLMTEST_RECORD=. every file is made again. The file is then written at the
// end of the test, also if the test failed: its expectations may be older than the
// replies. It stays as it was if something could not be recorded, such as when the
// server cannot be reached. Then, and when there was nothing to record, the test
// fails.
func (r *Recording) Client(t testing.TB) *http.Client {
	t.Helper()
	r.test = t.Name()
	if pattern := os.Getenv(recordEnv); pattern != "" {
		re, err := regexp.Compile(pattern)
		if err != nil {
			t.Fatalf("llmtest: $%s: %v", recordEnv, err)
		}
		r.recording = re.MatchString(filepath.ToSlash(r.File))
	}
	if err := r.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.close(t.Failed() || t.Skipped()); err != nil {
			t.Error(err)
		} else if r.saved {
			t.Logf("llmtest: recorded %s", r.File)
		}
	})
	return &http.Client{Transport: r}
}

// recordEnv is the environment variable that has tests record.
const recordEnv = "LLMTEST_RECORD"

// start reads the file, once.
func (r *Recording) start() error {
	r.started.Do(func() {
		r.recording = r.recording || r.Record
		for _, s := range r.Secrets {
			r.secrets.add(s, 1)
		}
		if r.recording {
			r.base = r.Base
			if d, ok := http.DefaultTransport.(*http.Transport); ok && r.base == nil {
				r.base = d.Clone()
			}
			if r.base == nil {
				r.base = http.DefaultTransport
			}
			return
		}
		t, err := readTape(r.File)
		switch {
		case errors.Is(err, os.ErrNotExist):
			r.startErr = fmt.Errorf("llmtest: there is no recording %s: %w; %s", r.File, os.ErrNotExist, r.again())
		case err != nil:
			r.startErr = fmt.Errorf("llmtest: %s: %w", r.File, err)
		default:
			r.tape = *t
		}
	})
	return r.startErr
}

// again says how to make the recording.
func (r *Recording) again() string {
	if r.test == "" {
		return "to record it, set Record"
	}
	var run []string
	for name := range strings.SplitSeq(r.test, "/") {
		run = append(run, "^"+regexp.QuoteMeta(name)+"$")
	}
	return fmt.Sprintf("to record it: %s=%s go test -run %s", recordEnv, quote(regexp.QuoteMeta(filepath.Base(r.File))), quote(strings.Join(run, "/")))
}

// quote returns s as one word of a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// Format implements [fmt.Formatter]. Whatever the verb, it prints no secret.
func (r *Recording) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, "llmtest.Recording{%s}", r.File)
}

// RoundTrip implements [http.RoundTripper].
func (r *Recording) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := readRequest(req)
	if err != nil {
		return nil, err
	}
	if err := r.start(); err != nil {
		return nil, err
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	ex := r.exchange(req, body)
	if r.recording {
		return r.record(req, body, ex)
	}
	return r.play(req, ex)
}

// Close ends the use of r. Of one that plays back, the error says which requests
// were not in the file, and which of the file did not come. One that records
// writes the file, whole or not at all; the error says why it could not. To
// close r again does nothing. Bodies of replies must be closed before.
func (r *Recording) Close() error { return r.close(false) }

// close closes r. If it is lenient, it does not matter what did not come.
func (r *Recording) close(lenient bool) error {
	if err := r.start(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	if !r.recording {
		if !lenient {
			r.unused()
		}
		return r.failed()
	}
	if t, ok := r.base.(*http.Transport); ok && r.Base == nil {
		t.CloseIdleConnections()
	}
	err := r.save(lenient)
	if err != nil {
		err = fmt.Errorf("llmtest: %s is not recorded: %w", r.File, err)
	}
	return err
}

// maxFailures is how many failures are told of. A test has one reason to fail,
// or two.
const maxFailures = 10

// note keeps err as a failure, once, though what failed may be tried again.
func (r *Recording) note(err error) {
	switch {
	case len(r.failures) == maxFailures:
		r.further++
	case !slices.ContainsFunc(r.failures, func(f error) bool { return f.Error() == err.Error() }):
		r.failures = append(r.failures, err)
	}
}

// failed returns an error of all failures, or nil.
func (r *Recording) failed() error {
	if r.further == 0 {
		return errors.Join(r.failures...)
	}
	return errors.Join(append(r.failures, fmt.Errorf("llmtest: %s: and so on, %d times", r.File, r.further))...)
}
