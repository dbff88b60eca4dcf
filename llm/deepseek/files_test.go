package deepseek_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// png is the smallest picture that the server takes for one.
const png = "\x89PNG\r\n\x1a\n"

func TestUpload(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{Text: "A fish."})
	before := time.Now().Add(-time.Second)
	name := `snail "fish" 狮子鱼.PNG`
	f, err := c.Upload(t.Context(), deepseek.Upload{Name: name, Content: strings.NewReader(png), Lifetime: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if f.Name != name || f.Size != 8 || f.Purpose != deepseek.PurposeImage || f.Created.Before(before) || f.Created.After(time.Now()) || f.Expires != f.Created.Add(time.Hour) {
		t.Errorf("file is %+v", f)
	}
	if want := (llm.Blob{ID: f.ID, Name: name, MIMEType: "image/png"}); !reflect.DeepEqual(f.Blob(), want) {
		t.Errorf("blob is %+v, want %+v", f.Blob(), want)
	}
	again, err := c.File(t.Context(), f.ID)
	if err != nil || *again != *f {
		t.Errorf("file is %+v, %v, want %+v", again, err, f)
	}
	// The blob is what a message needs, and only of a model that sees.
	req := &llm.Request{Messages: []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("What is this?"), f.Blob()}}}}
	generate(t, c, req)
	if got := server.Requests()[2].Messages[0].Blobs; len(got) != 1 || got[0].ID != f.ID {
		t.Errorf("blobs are %+v", got)
	}
	req.Model = "deepseek-v4-pro"
	if _, err := llm.Generate(t.Context(), c, req); !errors.Is(err, llm.ErrInvalid) {
		t.Errorf("a model without eyes: %v", err)
	}
	if err := c.DeleteFile(t.Context(), f.ID); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"delete": c.DeleteFile(t.Context(), f.ID), "file": second(c.File(t.Context(), f.ID))} {
		e, ok := errors.AsType[*llm.Error](err)
		if !ok || e.Status != 404 || !errors.Is(err, llm.ErrInvalid) || !strings.Contains(e.Message, f.ID) || strings.Contains(e.Message, "base URL") {
			t.Errorf("%s of a file that is gone: %v", what, err)
		}
	}
}

// second returns the error of a call.
func second[T any](_ T, err error) error { return err }

// Whatever the content is, all of it arrives, with its length where that is known.
func TestUploadContents(t *testing.T) {
	data := []byte(png + strings.Repeat("x", 100_000))
	path := filepath.Join(t.TempDir(), "a.png")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	open := func() *os.File {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	half := open()
	half.Seek(50_000, io.SeekStart)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() { w.Write(data); w.Close() }()
	for name, test := range map[string]struct {
		content io.Reader
		want    []byte
		known   bool
	}{
		"bytes":        {bytes.NewReader(data), data, true},
		"buffer":       {bytes.NewBuffer(data), data, true},
		"file":         {open(), data, true},
		"half a file":  {half, data[50_000:], true},
		"pipe":         {r, data, false},
		"reader":       {io.MultiReader(bytes.NewReader(data)), data, false},
		"byte by byte": {iotest.OneByteReader(bytes.NewReader(data)), data, false},
		"data and end": {iotest.DataErrReader(bytes.NewReader(data)), data, false},
		"nothing":      {io.MultiReader(), nil, false},
	} {
		var got []byte
		var fields []string
		var length int64
		c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: transport(func(r *http.Request) *http.Response {
			length = r.ContentLength
			form, err := r.MultipartReader()
			if err != nil {
				t.Error(err)
				return nil
			}
			for {
				part, err := form.NextPart()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Error(err)
					break
				}
				b, _ := io.ReadAll(part)
				if part.FormName() == "file" {
					got = b
					fields = append(fields, "file="+part.FileName())
				} else {
					fields = append(fields, part.FormName()+"="+string(b))
				}
			}
			if n, err := r.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("%s: %d bytes more, %v", name, n, err)
			}
			return canned{"application/json", `{"id":"file-api-1"}`}.response()
		})}}
		_, err := c.Upload(t.Context(), deepseek.Upload{Content: test.content, Purpose: deepseek.PurposeText, Lifetime: 720 * time.Hour})
		want := []string{"purpose=text_recognition", "expires_after[anchor]=created_at", "expires_after[seconds]=2592000", "file=file"}
		if err != nil || !bytes.Equal(got, test.want) || !slices.Equal(fields, want) {
			t.Errorf("%s: %d bytes of %d with %q, %v", name, len(got), len(test.want), fields, err)
		}
		if known := length > int64(len(data)/2); known != test.known {
			t.Errorf("%s: the length is sent as %d", name, length)
		}
	}
}

// An endless upload takes no more memory than a short one, and ends at the limit.
func TestUploadLimits(t *testing.T) {
	var sent int64
	c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: doer(func(r *http.Request) (*http.Response, error) {
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r.Body, make([]byte, 1<<20))
		if sent += n; err != nil {
			return nil, err
		}
		return canned{"application/json", `{"id":"file-api-1"}`}.response(), nil
	})}}
	zeros := endless{}
	for _, test := range []struct {
		content io.Reader
		purpose deepseek.Purpose
		sent    int64 // in MiB; no more than that, and no less by one
		ok      bool
	}{
		{zeros, "", 64, false},
		{zeros, deepseek.PurposeImage, 64, false},
		{zeros, deepseek.PurposeLayout, 100, false},
		{io.LimitReader(zeros, 64<<20), "", 65, true},
		{io.LimitReader(zeros, 64<<20+1), "", 64, false},
		{bytes.NewReader(make([]byte, 64<<20+1)), "", 0, false},
	} {
		sent = 0
		_, err := c.Upload(t.Context(), deepseek.Upload{Content: test.content, Purpose: test.purpose})
		if test.ok != (err == nil) || err != nil && !(errors.Is(err, llm.ErrTooLarge) && errors.Is(err, llm.ErrInvalid)) {
			t.Errorf("%d MiB of %q: %v", test.sent, test.purpose, err)
		}
		if sent > test.sent<<20+1000 || sent < (test.sent-1)<<20 {
			t.Errorf("%d bytes were sent, want at most %d MiB", sent, test.sent)
		}
	}
}

// An endless reader has zeros.
type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A doer is a transport that may fail.
type doer func(*http.Request) (*http.Response, error)

func (d doer) RoundTrip(r *http.Request) (*http.Response, error) { return d(r) }

func TestUploadRules(t *testing.T) {
	c, server := serve(t)
	ok := func() io.Reader { return strings.NewReader(png) }
	for words, u := range map[string]deepseek.Upload{
		"no content":               {},
		"content is empty":         {Content: strings.NewReader("")},
		`purpose "batch"`:          {Content: ok(), Purpose: "batch"},
		"without its directory":    {Content: ok(), Name: "/etc/passwd"},
		"without its directory, ":  {Content: ok(), Name: `..\a.png`},
		"at most 512 characters":   {Content: ok(), Name: strings.Repeat("é", 513)},
		"512 characters of UTF-8":  {Content: ok(), Name: "a\xff"},
		"controls a terminal":      {Content: ok(), Name: "a\r\nb"},
		"lifetime of a file is 59": {Content: ok(), Lifetime: 59 * time.Minute},
		"is 720h0m1s":              {Content: ok(), Lifetime: 720*time.Hour + time.Second},
		"is -1h0m0s":               {Content: ok(), Lifetime: -time.Hour},
		"is 1h0m0.5s":              {Content: ok(), Lifetime: time.Hour + time.Second/2},
	} {
		words = strings.TrimSuffix(words, ", ")
		if _, err := c.Upload(t.Context(), u); !errors.Is(err, llm.ErrInvalid) || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want ErrInvalid with %q", err, words)
		}
	}
	for _, id := range []string{"", ".", "..", "../models", "a/b", "a%2fb", "a?b", "a#b", "a b", "文", "a\n", strings.Repeat("a", 257)} {
		for what, err := range map[string]error{"file": second(c.File(t.Context(), id)), "delete": c.DeleteFile(t.Context(), id)} {
			if !errors.Is(err, llm.ErrInvalid) || !strings.Contains(err.Error(), "is not the ID of a file") || len(err.Error()) > 300 {
				t.Errorf("%s %q: %v", what, id, err)
			}
		}
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want none", n)
	}
}

// Header may say what chats are made of; a form is none the less a form.
func TestUploadWithContentType(t *testing.T) {
	c, server := serve(t)
	c.Header = http.Header{"content-type": {"application/json; charset=utf-8"}}
	if _, err := c.Upload(t.Context(), deepseek.Upload{Content: strings.NewReader(png)}); err != nil {
		t.Error(err)
	}
	generate(t, c, llm.Prompt("Hi"))
	if got := server.Requests()[1].Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("the content type of a chat is %s", got)
	}
}

// What is wrong with the content is said as such, and is not worth another try.
func TestUploadContentFails(t *testing.T) {
	boom := errors.New("boom")
	for name, test := range map[string]struct {
		content io.Reader
		want    error
	}{
		"at once":           {iotest.ErrReader(boom), boom},
		"in the middle":     {io.MultiReader(strings.NewReader(strings.Repeat(png, 1<<17)), iotest.ErrReader(boom)), boom},
		"as if unreachable": {iotest.ErrReader(&llm.Error{Err: llm.ErrUnavailable}), llm.ErrUnavailable},
		"as if cancelled":   {iotest.ErrReader(context.Canceled), context.Canceled},
	} {
		c, server := serve(t)
		_, err := c.Upload(t.Context(), deepseek.Upload{Content: test.content})
		e, ok := errors.AsType[*llm.Error](err)
		if !ok || !errors.Is(err, test.want) || e.Temporary() || !strings.Contains(e.Message, "could not be read") {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(server.Requests()); n > 1 {
			t.Errorf("%s: %d requests", name, n)
		}
	}
	c, _ := serve(t)
	f, err := os.Create(filepath.Join(t.TempDir(), "b.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.WriteString(strings.Repeat(png, 1<<17))
	f.Seek(0, io.SeekStart)
	c.HTTP = &http.Client{Transport: doer(func(r *http.Request) (*http.Response, error) {
		f.Truncate(1000) // between the look at its size and the reading
		_, err := io.Copy(io.Discard, r.Body)
		return nil, err
	})}
	_, err = c.Upload(t.Context(), deepseek.Upload{Content: f})
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "1000 bytes in place of 1048576") {
		t.Errorf("a file that is cut meanwhile: %v", err)
	}
}

// A context that ends stops an upload whose content hangs, and the clocks do.
func TestUploadHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		defer w.Close()
		c := &deepseek.Client{APIKey: "sk-test", Clocks: deepseek.Clocks{First: time.Minute}, HTTP: &http.Client{Transport: doer(func(r *http.Request) (*http.Response, error) {
			go io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}}
		start := time.Now()
		_, err := c.Upload(t.Context(), deepseek.Upload{Content: r})
		if !errors.Is(err, llm.ErrStalled) || time.Since(start) != time.Minute {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Upload(ctx, deepseek.Upload{Content: r}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
	})
}

// It does so with net/http, too, which waits for a Read of what it sends.
func TestUploadHangsOverHTTP(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		begun := make(chan bool, 1)
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Body.Read(make([]byte, 1))
			begun <- true
			io.Copy(io.Discard, r.Body)
		}))
		server.EnableHTTP2 = http2
		server.StartTLS()
		r, w := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-begun
			cancel()
		}()
		c := &deepseek.Client{APIKey: "sk-test", BaseURL: server.URL, HTTP: server.Client()}
		if _, err := c.Upload(ctx, deepseek.Upload{Content: r}); !errors.Is(err, context.Canceled) {
			t.Errorf("HTTP/2 %v: error is %v", http2, err)
		}
		if _, err := w.Write([]byte(png)); err != nil {
			t.Errorf("HTTP/2 %v: the Read that is under way ends with %v", http2, err)
		}
		w.Close()
		server.Close()
	}
}

// list returns the files, and the error that ends the list.
func list(t *testing.T, c *deepseek.Client) (ids []string, err error) {
	t.Helper()
	for f, e := range c.Files(t.Context()) {
		if err != nil || (f == nil) != (e != nil) {
			t.Fatalf("%v, %v after %v", f, e, err)
		}
		if err = e; f != nil {
			ids = append(ids, f.ID)
		}
	}
	return ids, err
}

func TestFiles(t *testing.T) {
	for suffix, files := range map[string]int{"": 2001, "/v1": 2, "/beta/": 1000} {
		c, server := serve(t)
		c.BaseURL += suffix
		if ids, err := list(t, c); ids != nil || err != nil {
			t.Errorf("files are %v, %v", ids, err)
		}
		var want []string
		for range files {
			f, err := c.Upload(t.Context(), deepseek.Upload{Content: strings.NewReader(png)})
			if err != nil {
				t.Fatal(err)
			}
			if want = append(want, f.ID); !f.Expires.IsZero() {
				t.Fatalf("expires %v, want never", f.Expires)
			}
		}
		n := len(server.Requests())
		if ids, err := list(t, c); !slices.Equal(ids, want) || err != nil {
			t.Errorf("%d files, %v, want %d", len(ids), err, len(want))
		}
		pages := (files + 999) / 1000
		if got := len(server.Requests()) - n; got != pages {
			t.Errorf("%d pages, want %d", got, pages)
		}
		i := 0
		for range c.Files(t.Context()) { // leaves at the end of the first page
			if i++; i == min(files, 1000) {
				break
			}
		}
		if got := len(server.Requests()) - n - pages; got != 1 {
			t.Errorf("%d more requests for a loop that was left, want 1", got)
		}
	}
}

// A list that goes wrong ends, with one error.
func TestFilesNeverEnds(t *testing.T) {
	file := func(id string) string { return `{"id":"` + id + `","bytes":1,"created_at":1,"filename":"a"}` }
	for name, test := range map[string]struct {
		page  func(n int, after string) string
		files int
		calls int
		words string
	}{
		"one page":      {func(int, string) string { return `{"data":[` + file("a") + `],"has_more":false}` }, 1, 1, ""},
		"the same page": {func(int, string) string { return `{"data":[` + file("a") + `],"has_more":true}` }, 2, 2, "has no end"},
		"a circle": {func(n int, _ string) string {
			return `{"data":[` + file("a"+strconv.Itoa(n%3)) + `],"has_more":true}`
		}, 4, 4, "has no end"},
		"for ever": {func(n int, after string) string {
			if n > 1 && after != "f"+strconv.Itoa(n-1) {
				return "after " + after
			}
			return `{"data":[` + file("f"+strconv.Itoa(n)) + `],"has_more":true}`
		}, 10_001, 10_001, "has no end"},
		"an empty page": {func(int, string) string { return `{"data":[],"has_more":true}` }, 0, 1, "says that there are more"},
		"no data":       {func(int, string) string { return `{"has_more":false}` }, 0, 1, "has no data"},
		"no id": {func(n int, _ string) string {
			return `{"data":[` + file("a") + `,` + file([]string{"", "b", ""}[n]) + `],"has_more":true}`
		}, 2, 2, "has no id of file 1"},
	} {
		calls := 0
		c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: transport(func(r *http.Request) *http.Response {
			calls++
			if q := r.URL.Query(); q.Get("limit") != "1000" || q.Get("order") != "asc" {
				t.Errorf("query is %v", q)
			}
			return canned{"application/json", test.page(calls, r.URL.Query().Get("after"))}.response()
		})}}
		ids, err := list(t, c)
		if len(ids) != test.files || calls != test.calls {
			t.Errorf("%s: %d files in %d calls, want %d in %d", name, len(ids), calls, test.files, test.calls)
		}
		if test.words == "" && err != nil || test.words != "" && (!errors.Is(err, llm.ErrProtocol) || !strings.Contains(err.Error(), test.words)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
