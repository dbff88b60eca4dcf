package llmtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/llm/llmtest"
)

// A transport is a server without a network.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// offline fails the test if it is used.
func offline(t *testing.T) http.RoundTripper {
	return transport(func(*http.Request) (*http.Response, error) {
		t.Error("the network was used")
		return nil, errors.New("offline")
	})
}

// An answer is what a client sees of a response.
type answer struct {
	status int
	header http.Header
	body   string
	err    string
}

func post(ctx context.Context, client *http.Client, url, body string) answer {
	req, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader(body))
	if err != nil {
		return answer{err: err.Error()}
	}
	return send(client, req)
}

func send(client *http.Client, req *http.Request) answer {
	resp, err := client.Do(req)
	if err != nil {
		return answer{err: err.Error()}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	r := answer{resp.StatusCode, resp.Header, string(body), ""}
	if err != nil {
		r.err = err.Error()
	}
	return r
}

func newServer(t *testing.T, f http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hand.http")
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRecordAndReplay(t *testing.T) {
	n := 0
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		n++
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("X-Request-Id", fmt.Sprint(n))
		w.Header().Set("X-Other", "x")
		w.WriteHeader(200 + n)
		fmt.Fprintf(w, "%d: %s", n, body)
	})
	file := filepath.Join(t.TempDir(), "new", "dir", "a.http")
	rec := &llmtest.Recording{File: file, Record: true, Base: server.Client().Transport}
	client := &http.Client{Transport: rec}
	var want []answer
	for _, body := range []string{"one", "two", "one"} {
		want = append(want, post(t.Context(), client, server.URL+"/p?q=1", body))
	}
	if want[2].status != 203 || want[2].body != "3: one" || !reflect.DeepEqual(want[2].header, http.Header{"Content-Type": {"text/plain"}, "X-Request-Id": {"3"}}) {
		t.Errorf("while recording, the client sees %+v", want[2])
	}
	if _, err := os.Stat(filepath.Dir(file)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something is written before the end: %v", err)
	}
	for range 2 {
		if err := rec.Close(); err != nil {
			t.Fatal(err)
		}
	}
	server.Close()
	wantText := `llmtest recording 1
# Played back by tests. To record it again, set LLMTEST_RECORD=a\.http for go test.

-- request --
POST /p?q=1

one
-- response --
201
Content-Type: text/plain
X-Request-Id: 1

1: one
-- request --
POST /p?q=1

two
-- response --
202
Content-Type: text/plain
X-Request-Id: 2

2: two
-- request --
POST /p?q=1

one
-- response --
203
Content-Type: text/plain
X-Request-Id: 3

3: one
-- end --
`
	if text := read(t, file); text != wantText {
		t.Errorf("the file is\n%s", text)
	}
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o644 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if list, err := os.ReadDir(filepath.Dir(file)); err != nil || len(list) != 1 {
		t.Errorf("%v beside the file, %v", list, err)
	}

	// Equal requests in the order of the recording, others in any; the host does not count.
	again := &llmtest.Recording{File: file, Base: offline(t)}
	client = &http.Client{Transport: again}
	for _, i := range []int{1, 0, 2} {
		body := []string{"one", "two", "one"}[i]
		if got := post(t.Context(), client, "https://api.example.com/p?q=1", body); !reflect.DeepEqual(got, want[i]) {
			t.Errorf("got %+v\nwant %+v", got, want[i])
		}
	}
	for range 2 {
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := post(t.Context(), client, "https://api.example.com/p?q=1", "one"); !strings.Contains(got.err, "the recording is closed") {
		t.Errorf("after the end: %+v", got)
	}
	if got := post(t.Context(), &http.Client{Transport: rec}, "https://api.example.com/p?q=1", "one"); !strings.Contains(got.err, "the recording is closed") {
		t.Errorf("after the end: %+v", got)
	}
}

const two = `llmtest recording 1

-- request --
POST /chat

{"model":"deepseek-flash","messages":[{"role":"user","content":"Why is the sky blue?"}]}
-- response --
200

blue
-- request --
GET /models?limit=2
-- response --
200

list
-- end --
`

func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	for file, want := range map[string]string{
		filepath.Join(dir, "none.http"): "llmtest: there is no recording " + filepath.Join(dir, "none.http") + ": file does not exist; to record it, set Record",
		dir:                             "llmtest: " + dir + ": read " + dir + ": is a directory",
		write(t, "hello"):               "line 1: the line has no end",
	} {
		rec := &llmtest.Recording{File: file}
		got := post(t.Context(), &http.Client{Transport: rec}, "https://example.com/", "")
		if err := rec.Close(); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(got.err, want) {
			t.Errorf("got %v and %s, want %s", err, got.err, want)
		}
	}
}

// Cancelled, a request is not answered, and takes nothing from the file.
func TestReplayIsCancelled(t *testing.T) {
	rec := &llmtest.Recording{File: write(t, two)}
	client := &http.Client{Transport: rec}
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", "https://example.com/models?limit=2", nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if resp, err := client.Do(req); resp != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", resp, err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	resp, err := client.Do(req.WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	one := make([]byte, 1)
	if n, err := resp.Body.Read(one); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	cancel()
	if n, err := resp.Body.Read(one); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %d, %v", n, err)
	}
	resp.Body.Close()
	resp.Body.Close()
	if n, err := resp.Body.Read(one); n != 0 || err != http.ErrBodyReadAfterClose {
		t.Errorf("after Close: %d, %v", n, err)
	}
}

// Recorded and played back by many at once, each gets its own.
func TestConcurrentRecording(t *testing.T) {
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for range 3 {
			fmt.Fprintf(w, "%s.", body)
			w.(http.Flusher).Flush()
		}
	})
	file := filepath.Join(t.TempDir(), "a.http")
	for _, rec := range []*llmtest.Recording{{File: file, Record: true}, {File: file, Base: offline(t)}} {
		client := &http.Client{Transport: rec}
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				body := fmt.Sprint(i % 25)
				if got, want := post(t.Context(), client, server.URL, body).body, strings.Repeat(body+".", 3); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		}
		wg.Wait()
		if err := rec.Close(); err != nil {
			t.Fatal(err)
		}
		server.Close()
	}
}

// The boundary of a multipart body is random, and does not count.
func TestMultipart(t *testing.T) {
	upload := func(client *http.Client, boundary, file string) answer {
		body := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n" + file + "\r\n--" + boundary + "--\r\n"
		req, err := http.NewRequest("POST", "http://127.0.0.1/files", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
		return send(client, req)
	}
	file := filepath.Join(t.TempDir(), "a.http")
	sent := ""
	rec := &llmtest.Recording{File: file, Record: true, Base: transport(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		sent = r.Header.Get("Content-Type") + string(body)
		return &http.Response{StatusCode: 200, Body: http.NoBody}, err
	})}
	upload(&http.Client{Transport: rec}, "m123", "m123 \x00")
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	if want := "multipart/form-data; boundary=m123--m123\r\n"; !strings.HasPrefix(sent, want) {
		t.Errorf("sent %q", sent)
	}
	want := `Content-Type: multipart/form-data; boundary=boundary

\--boundary\r
\Content-Disposition: form-data; name="file"\r
\\r
\m123 \x00\r
\--boundary--\r

-- response --
`
	if text := read(t, file); !strings.Contains(text, want) {
		t.Errorf("the file is\n%s", text)
	}
	again := &llmtest.Recording{File: file}
	client := &http.Client{Transport: again}
	if got := upload(client, "m456", "m123 \x01"); !strings.Contains(got.err, "differs in its body") {
		t.Errorf("another file: %+v", got)
	}
	if got := upload(client, "m456", "m123 \x00"); got.status != 200 {
		t.Errorf("another boundary: %+v", got)
	}
}

// A request that cannot be read is not sent, and its body is closed.
func TestUnreadableRequest(t *testing.T) {
	for _, record := range []bool{false, true} {
		for want, body := range map[string]io.Reader{
			"boom": iotest.ErrReader(errBoom),
			"llmtest: the body of a request has more than 67108864 bytes": zeros{},
		} {
			closed := 0
			rec := &llmtest.Recording{File: write(t, two), Record: record, Base: offline(t)}
			req := must(http.NewRequest("POST", "http://example.com/", struct {
				io.Reader
				io.Closer
			}{body, closer(func() error { closed++; return nil })}))
			if _, err := rec.RoundTrip(req); err == nil || err.Error() != want || closed != 1 {
				t.Errorf("got error %v, closed %d times, want %s", err, closed, want)
			}
		}
	}
}

// A request whose body does not come ends with its context.
func TestStalledRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, record := range []bool{false, true} {
			rec := &llmtest.Recording{File: write(t, two), Record: record, Base: offline(t)}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			body, _ := io.Pipe()
			_, err := rec.RoundTrip(must(http.NewRequestWithContext(ctx, "POST", "http://example.com/chat", body)))
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		}
	})
}

// A client that tries again gets one answer after the other, also over HTTP/2
// and with a body whose length is not known.
func TestRetriesOverHTTP2(t *testing.T) {
	n := 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if n++; n == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(429)
		}
		fmt.Fprintf(w, "%s %d %s", r.Proto, n, body)
		if n == 3 {
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	file := filepath.Join(t.TempDir(), "a.http")
	var all [2][]answer
	for i, rec := range []*llmtest.Recording{{File: file, Record: true, Base: server.Client().Transport}, {File: file, Base: offline(t)}} {
		for range 3 {
			body := struct{ io.Reader }{strings.NewReader("x")} // of unknown length
			all[i] = append(all[i], send(&http.Client{Transport: rec}, must(http.NewRequest("POST", server.URL, body))))
		}
		if err := rec.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := all[0]; got[0].status != 429 || got[0].header.Get("Retry-After") != "1" || got[1].body != "HTTP/2.0 2 x" || got[2].body != "HTTP/2.0 3 x" || got[2].err == "" {
		t.Errorf("recorded: %+v", got)
	}
	if !reflect.DeepEqual(all[0], all[1]) {
		t.Errorf("played back: %+v\nwant %+v", all[1], all[0])
	}
}
