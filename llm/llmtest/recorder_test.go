package llmtest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/llm/llmtest"
)

// serve returns a transport whose responses have the body.
func serve(body io.Reader) http.RoundTripper {
	return transport(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(body)}, nil
	})
}

// record returns the file of a recording, and what the client saw.
func record(t *testing.T, base http.RoundTripper, get func(*http.Client) answer) (string, answer) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.http")
	rec := &llmtest.Recording{File: file, Record: true, Base: base}
	got := get(&http.Client{Transport: rec})
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	return file, got
}

// replay returns what a client sees of a file.
func replay(t *testing.T, file string, get func(*http.Client) answer) answer {
	t.Helper()
	rec := &llmtest.Recording{File: file, Base: offline(t)}
	got := get(&http.Client{Transport: rec})
	if err := rec.Close(); err != nil {
		t.Error(err)
	}
	return got
}

func get(client *http.Client) answer {
	return post(context.Background(), client, "http://127.0.0.1/", "")
}

// How a reply ends early is recorded, and ends it when it is played back.
func TestBreaks(t *testing.T) {
	dropped := &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	slow := &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}
	for _, tt := range []struct {
		err     error
		want    string
		is      error
		timeout bool
		alone   bool // is recorded also where there is no response
	}{
		{io.ErrUnexpectedEOF, "unexpected EOF", io.ErrUnexpectedEOF, false, true},
		{io.EOF, "EOF", io.EOF, false, true},
		{fmt.Errorf("read: %w", dropped), "connection reset", syscall.ECONNRESET, false, true},
		{slow, "timeout", os.ErrDeadlineExceeded, true, true},
		{timeout{}, "timeout", os.ErrDeadlineExceeded, true, true},
		{errors.New("stream error: INTERNAL_ERROR"), "stream error: INTERNAL_ERROR", nil, false, false},
		{errors.New("-- end --\n"), `\-- end --\n`, nil, false, false},
		{errors.New(""), "error", nil, false, false},
	} {
		check := func(err error) {
			t.Helper()
			var to interface{ Timeout() bool }
			if err == nil || tt.is != nil && !errors.Is(err, tt.is) || errors.As(err, &to) && to.Timeout() != tt.timeout {
				t.Errorf("%v is played back as %v", tt.err, err)
			}
		}
		if tt.err != io.EOF { // which is the proper end of a body
			file, got := record(t, serve(io.MultiReader(strings.NewReader("half"), iotest.ErrReader(tt.err))), get)
			if got.body != "half" || got.err != tt.err.Error() {
				t.Errorf("%v: the client saw %+v", tt.err, got)
			}
			if text := read(t, file); !strings.HasSuffix(text, "\nhalf\n-- error --\n"+tt.want+"\n-- end --\n") {
				t.Errorf("%v: the file is\n%s", tt.err, text)
			}
			resp, err := (&http.Client{Transport: &llmtest.Recording{File: file}}).Post("http://127.0.0.1/", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if string(body) != "half" {
				t.Errorf("%v: played back is %q", tt.err, body)
			}
			check(err)
		}
		if !tt.alone {
			continue
		}
		file, _ := record(t, transport(func(*http.Request) (*http.Response, error) { return nil, tt.err }), get)
		if text := read(t, file); !strings.HasSuffix(text, "POST /\n-- error --\n"+tt.want+"\n-- end --\n") {
			t.Errorf("%v: the file is\n%s", tt.err, text)
		}
		_, err := (&http.Client{Transport: &llmtest.Recording{File: file}}).Post("http://127.0.0.1/", "", nil)
		check(err)
	}
}

type timeout struct{}

func (timeout) Error() string { return "no answer" }
func (timeout) Timeout() bool { return true }

// What cannot be recorded leaves the file as it was.
func TestNotRecorded(t *testing.T) {
	file := write(t, two)
	open := func(client *http.Client) answer {
		_, err := client.Get("http://127.0.0.1/a")
		return answer{err: fmt.Sprint(err)}
	}
	fail := func(err error) http.RoundTripper {
		return transport(func(*http.Request) (*http.Response, error) { return nil, err })
	}
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: timeout{}}
	for _, tt := range []struct {
		base http.RoundTripper
		get  func(*http.Client) answer
		want string
	}{
		{nil, func(*http.Client) answer { return answer{} }, "there was no request"},
		{fail(dial), get, "POST /: dial tcp: no answer"},
		{fail(errors.New("no such host")), get, "POST /: no such host"},
		{serve(strings.NewReader("open")), open, "the reply to GET /a was neither read to its end nor closed"},
		{transport(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Encoding": {"br"}}, Body: http.NoBody}, nil
		}), get, `POST /: llmtest: the reply is encoded as "br", in which secrets cannot be found`},
		{serve(io.LimitReader(zeros{}, 64<<20+1)), get, "llmtest: the body of a reply has more than 67108864 bytes"},
	} {
		rec := &llmtest.Recording{File: file, Record: true, Base: tt.base}
		tt.get(&http.Client{Transport: rec})
		if err := rec.Close(); err == nil || err.Error() != "llmtest: "+file+" is not recorded: "+tt.want {
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
		if read(t, file) != two {
			t.Fatalf("%s: the file has changed", tt.want)
		}
	}
	below := filepath.Join(file, "a.http")
	rec := &llmtest.Recording{File: below, Record: true, Base: serve(strings.NewReader(""))}
	get(&http.Client{Transport: rec})
	if err := rec.Close(); err == nil || !strings.Contains(err.Error(), "is not recorded: mkdir ") {
		t.Errorf("below a file: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// Comments are the reader's own.
func TestCommentsStay(t *testing.T) {
	file := write(t, strings.Replace(two, "\n\n", "\n# Why this is here.\n#\n\n", 1))
	rec := &llmtest.Recording{File: file, Record: true, Base: serve(strings.NewReader("new"))}
	get(&http.Client{Transport: rec})
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	if text := read(t, file); text != "llmtest recording 1\n# Why this is here.\n#\n\n-- request --\nPOST /\n-- response --\n200\n\nnew\n-- end --\n" {
		t.Errorf("the file is\n%s", text)
	}
}

// While a reply is recorded, each piece of it is there when it comes.
func TestRecordingStreams(t *testing.T) {
	next := make(chan string)
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		for piece := range next {
			io.WriteString(w, piece)
			w.(http.Flusher).Flush()
		}
	})
	record(t, nil, func(client *http.Client) answer {
		next := next
		go func() { next <- "first" }()
		resp, err := client.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		for _, piece := range []string{"first", "second", "third"} {
			buf := make([]byte, 100)
			if n, err := resp.Body.Read(buf); err != nil || string(buf[:n]) != piece {
				t.Errorf("got %q, %v, want %q", buf[:n], err, piece)
			}
			switch piece {
			case "first":
				next <- "second"
			case "second":
				next <- "third"
			}
		}
		close(next)
		return answer{}
	})
}

// A reply that the client leaves is recorded to its end, if that comes soon.
func TestLeaving(t *testing.T) {
	some := func(client *http.Client) answer {
		resp, err := client.Post("http://127.0.0.1/", "", nil)
		if err != nil {
			return answer{err: err.Error()}
		}
		defer resp.Body.Close()
		buf := make([]byte, 4)
		n, _ := io.ReadFull(resp.Body, buf)
		return answer{status: resp.StatusCode, body: string(buf[:n])}
	}
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			name string
			body io.ReadCloser
			want string // at the end of the file
			wait time.Duration
		}{
			{"short", io.NopCloser(strings.NewReader("half and half")), "\nhalf and half\n-- end --\n", 0},
			{"broken", io.NopCloser(io.MultiReader(strings.NewReader("half and"), iotest.ErrReader(io.ErrUnexpectedEOF))), "\nhalf and\n-- error --\nunexpected EOF\n-- end --\n", 0},
			{"endless", io.NopCloser(zeros{}), "\n-- error --\nleft\n-- end --\n", 0},
			{"silent", silent("half and"), "\nhalf and\n-- error --\nleft\n-- end --\n", 5 * time.Second},
		} {
			start := time.Now()
			file, got := record(t, transport(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: tt.body}, nil
			}), some)
			if d := time.Since(start); d != tt.wait {
				t.Errorf("%s: it took %v, want %v", tt.name, d, tt.wait)
			}
			text := read(t, file)
			if !strings.HasSuffix(text, tt.want) || len(text) > 5<<20 {
				t.Errorf("%s: the file ends in %q", tt.name, text[max(0, len(text)-100):])
			}
			if again := replay(t, file, some); !reflect.DeepEqual(again, got) {
				t.Errorf("%s: got %+v, want %+v", tt.name, again, got)
			}
		}
	})
}

// silent returns a body that has text, and then waits until it is closed.
func silent(text string) io.ReadCloser {
	r, w := io.Pipe()
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(strings.NewReader(text), r), closer(func() error { w.CloseWithError(errors.New("use of closed connection")); return nil })}
}

type closer func() error

func (f closer) Close() error { return f() }

// A body that is closed while it is read ends that, recorded or played back.
func TestCloseEndsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		interrupt := func(client *http.Client) answer {
			resp, err := client.Post("http://127.0.0.1/", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan answer)
			go func() {
				body, err := io.ReadAll(resp.Body)
				done <- answer{body: string(body), err: fmt.Sprint(err != nil)}
			}()
			synctest.Wait()
			resp.Body.Close()
			return <-done
		}
		file, got := record(t, transport(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: silent("half")}, nil
		}), interrupt)
		if want := (answer{body: "half", err: "true"}); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v", got)
		}
		if text := read(t, file); !strings.HasSuffix(text, "\nhalf\n-- error --\nleft\n-- end --\n") {
			t.Errorf("the file is\n%s", text)
		}
		if again := replay(t, file, interrupt); !reflect.DeepEqual(again, got) {
			t.Errorf("played back: %+v", again)
		}
	})
}

// What a context ended when it was recorded waits for one to end again.
func TestLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		impatient := func(d time.Duration) func(*http.Client) answer {
			return func(client *http.Client) answer {
				ctx, cancel := context.WithTimeout(t.Context(), d)
				defer cancel()
				return post(ctx, client, "http://127.0.0.1/", "")
			}
		}
		none := transport(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		half := transport(func(r *http.Request) (*http.Response, error) {
			in, out := io.Pipe()
			go func() {
				io.WriteString(out, "half")
				<-r.Context().Done()
				out.CloseWithError(r.Context().Err())
			}()
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: in}, nil
		})
		for name, base := range map[string]http.RoundTripper{"none": none, "half": half} {
			file, got := record(t, base, impatient(time.Second))
			if !strings.Contains(got.err, "context deadline exceeded") || !strings.HasSuffix(read(t, file), "\n-- error --\nleft\n-- end --\n") {
				t.Errorf("%s: got %+v, the file is\n%s", name, got, read(t, file))
			}
			start := time.Now()
			if again := replay(t, file, impatient(time.Second)); !reflect.DeepEqual(again, got) || time.Since(start) != time.Second {
				t.Errorf("%s: played back in %v: %+v", name, time.Since(start), again)
			}
			start = time.Now()
			if again := replay(t, file, impatient(time.Hour)); !strings.HasSuffix(again.err, "llmtest: the recording ends here, where the client left when it was made") || time.Since(start) != 10*time.Second {
				t.Errorf("%s: waited for in %v: %+v", name, time.Since(start), again)
			}
		}
		// Nobody needs to ask for a reply of which there is nothing.
		file, _ := record(t, none, impatient(time.Second))
		if err := (&llmtest.Recording{File: file}).Close(); err != nil {
			t.Error(err)
		}
	})
}

// Replies are recorded, and seen, without their compression.
func TestGzip(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, "plain text")
	z.Close()
	asked := ""
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header.Get("Accept-Encoding")
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(packed.Bytes())
	})
	compressing := func(client *http.Client) answer {
		req, err := http.NewRequest("GET", server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", "br, gzip")
		return send(client, req)
	}
	for name, base := range map[string]http.RoundTripper{"by the transport": nil, "by hand": &http.Transport{DisableCompression: true}} {
		file, got := record(t, base, compressing)
		if got.body != "plain text" || got.header["Content-Encoding"] != nil || !strings.Contains(read(t, file), "\nplain text\n") || strings.Contains(asked, "br") {
			t.Errorf("%s: asked for %q, got %+v, the file is\n%s", name, asked, got, read(t, file))
		}
		if again := replay(t, file, compressing); !reflect.DeepEqual(again, got) {
			t.Errorf("%s: played back: %+v", name, again)
		}
	}
	for cut := range packed.Len() {
		_, got := record(t, transport(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Encoding": {"gzip"}}, Body: io.NopCloser(bytes.NewReader(packed.Bytes()[:cut]))}, nil
		}), get)
		if cut > 0 && got.err != "unexpected EOF" {
			t.Errorf("cut at %d: %+v", cut, got)
		}
	}
}

// A redirect is recorded as it is followed.
func TestRedirect(t *testing.T) {
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/new?token=canary-123", http.StatusTemporaryRedirect)
			return
		}
		io.Copy(w, r.Body)
	})
	follow := func(client *http.Client) answer {
		return post(t.Context(), client, server.URL+"/old", "text")
	}
	file, got := record(t, nil, follow)
	if again := replay(t, file, follow); got.body != "text" || !reflect.DeepEqual(again, got) {
		t.Errorf("got %+v and %+v", got, again)
	}
	if text := read(t, file); strings.Contains(text, "canary") || !strings.Contains(text, "Location: /new?token=[hidden]\n") {
		t.Errorf("the file is\n%s", text)
	}
}
