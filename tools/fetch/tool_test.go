package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
	"github.com/hadal-go/hadal/tools/egress"
)

// call runs the tool and returns its text.
func call(t *testing.T, tool tools.Tool, args string) (string, error) {
	t.Helper()
	parts, err := tool.Call(t.Context(), json.RawMessage(args))
	var b strings.Builder
	for _, p := range parts {
		text, ok := p.(llm.Text)
		if !ok {
			t.Fatalf("%T", p)
		}
		b.WriteString(string(text))
	}
	return b.String(), err
}

func TestTool(t *testing.T) {
	s, f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/empty" {
			io.WriteString(w, "<script>render()</script>")
			return
		}
		io.WriteString(w, "<title>T\nURL: http://forged.example</title><p>Hello")
	})
	tool := f.Tool()
	if spec := tool.Spec(); spec.Name != "fetch" || !strings.Contains(string(spec.Schema), `"required":["url"]`) {
		t.Errorf("%+v: %s", spec, spec.Schema)
	}
	got, err := call(t, tool, `{"url": "`+s.URL+`"}`)
	if want := "URL: " + s.URL + "\nTitle: T URL: http://forged.example\n\nHello"; err != nil || !same(got, want) {
		t.Errorf("%s, %v", got, err)
	}
	got, err = call(t, tool, `{"url": "`+s.URL+`/empty"}`)
	if want := "URL: " + s.URL + "/empty\nNote: There is no text on it. It may need a browser.\n\n"; err != nil || !same(got, want) {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := call(t, tool, `{"url": "http://169.254.169.254/"}`); !errors.Is(err, egress.ErrDenied) {
		t.Errorf("%v", err)
	}
	for _, args := range []string{`{}`, `{"url": 1}`, `{"url": "http://example.com", "headers": {"X": "y"}}`, `{"URL": "http://example.com"}`, `{`} {
		if _, err := call(t, tool, args); err == nil {
			t.Errorf("%s is taken", args)
		}
	}
}

func TestPolicy(t *testing.T) {
	for _, tt := range []struct {
		fetcher *Fetcher
		want    tools.Policy
	}{
		{new(Fetcher), tools.Policy{Timeout: 45 * time.Second, MaxResult: 32 << 10}},
		{&Fetcher{Timeout: time.Minute, Part: 1000}, tools.Policy{Timeout: 75 * time.Second, MaxResult: 1000 + 8<<10}},
		{&Fetcher{Timeout: -1}, tools.Policy{Timeout: -1, MaxResult: 32 << 10}},
	} {
		tt.want.Effect = tools.Reads | tools.ReadsUntrusted | tools.Sends
		if got := tools.PolicyOf(tt.fetcher.Tool()); got != tt.want {
			t.Errorf("%+v, want %+v", got, tt.want)
		}
	}
}

// same reports whether got is want, as text or as a JSON string.
func same(got, want string) bool {
	var text string
	return got == want || json.Unmarshal([]byte(got), &text) == nil && text == want
}

func TestParts(t *testing.T) {
	var hits atomic.Int32
	s, f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "version %d\n\n", hits.Add(1))
		for i := range 30 {
			fmt.Fprintf(w, "paragraph %02d é\n\n", i)
		}
	})
	f.Part = 200
	var shelf shelf
	var whole []string
	for n := 1; n <= 3; n++ {
		got, err := f.part(t.Context(), &shelf, request{URL: s.URL, Part: n})
		if err != nil {
			t.Fatal(err)
		}
		head, body, _ := strings.Cut(got, "\n\n")
		if want := fmt.Sprintf("URL: %s\nPart: %d of 3", s.URL, n); head != want {
			t.Errorf("%q, want %q", head, want)
		}
		body, mark, more := strings.Cut(body, "\n\n[")
		if more != (n < 3) || more && mark != fmt.Sprintf("The page goes on in part %d of 3.]", n+1) {
			t.Errorf("%q", mark)
		}
		if len(body) > 200 {
			t.Errorf("%d bytes", len(body))
		}
		whole = append(whole, body)
	}
	if hits.Load() != 1 {
		t.Errorf("the page was read %d times for its parts", hits.Load())
	}
	text := strings.Join(whole, "\n\n")
	if !strings.HasPrefix(text, "version 1\n\nparagraph 00") || !strings.HasSuffix(text, "paragraph 29 é") || strings.Count(text, "paragraph") != 30 {
		t.Error(text)
	}
	if got, err := f.part(t.Context(), &shelf, request{URL: s.URL}); err != nil || !strings.Contains(got, "version 2") {
		t.Errorf("the first part is not of the page as it is now: %s, %v", got, err)
	}
	if _, err := f.part(t.Context(), &shelf, request{URL: s.URL, Part: 9}); err == nil || err.Error() != "fetch "+s.URL+": there is no part 9: the page has 3" {
		t.Errorf("%v", err)
	}
	for i := range 10 {
		if _, err := f.part(t.Context(), &shelf, request{URL: s.URL + fmt.Sprint("/", i)}); err != nil {
			t.Fatal(err)
		}
	}
	before := hits.Load()
	if _, err := f.part(t.Context(), &shelf, request{URL: s.URL, Part: 2}); err != nil || hits.Load() != before+1 {
		t.Errorf("a page is kept for ever: %v", err)
	}
}

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		text string
		size int
		want []string
	}{
		{"", 10, []string{""}},
		{"abc", 10, []string{"abc"}},
		{"aaaa\n\nbbbb\nc", 10, []string{"aaaa", "bbbb\nc"}},
		{"aaaaaa\n\nbbbb", 10, []string{"aaaaaa", "bbbb"}},
		{"a\n\nbbbbbbbbbbbb", 10, []string{"a\n\nbbbbbbb", "bbbbb"}},
		{"ééééé", 5, []string{"éé", "éé", "é"}},
		{"\n\n\n\n\n\n\n\n\n\n\n\nx", 4, []string{"", "x"}},
		{"abcdefgh", -1, []string{"abcd", "efgh"}},
	} {
		if got := split(tt.text, tt.size); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tt.want) {
			t.Errorf("%q by %d: %q, want %q", tt.text, tt.size, got, tt.want)
		}
	}
}

// TestShelf holds how long parts are of one page, and that what broke off is a result.
func TestShelf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &Fetcher{Part: 20, Timeout: time.Minute}
		var hits atomic.Int32
		pipes(f, func(conn net.Conn) {
			hits.Add(1)
			readRequest(conn)
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n0123456789\n0123456789\n0123456789")
			io.Copy(io.Discard, conn)
		})
		var shelf shelf
		for i, wait := range []time.Duration{0, shelfAge - time.Second, 2 * time.Second} {
			time.Sleep(wait)
			got, err := f.part(t.Context(), &shelf, request{URL: "http://example.com", Part: 2})
			want := "URL: http://example.com\nPart: 2 of 3\nNote: The rest is missing: it took longer than 1m0s.\n\n0123456789\n\n[The page goes on in part 3 of 3.]"
			if err != nil || got != want {
				t.Errorf("%d: %q, %v", i, got, err)
			}
		}
		if hits.Load() != 2 {
			t.Errorf("the page was read %d times", hits.Load())
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if got, err := f.part(ctx, &shelf, request{URL: "http://example.com"}); got != "" || !errors.Is(err, context.Canceled) {
			t.Errorf("%q, %v", got, err)
		}
	})
}

func TestCutNote(t *testing.T) {
	s, f := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, strings.Repeat("long ", 1000)) })
	f.MaxBytes = 9
	got, err := f.part(t.Context(), new(shelf), request{URL: s.URL})
	if want := "URL: " + s.URL + "\nNote: It is longer than can be read: the rest is missing.\n\nlong long"; err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
}

// TestConcurrent reads pages at once with one tool.
func TestConcurrent(t *testing.T) {
	s, f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<p>"+r.URL.Path)
	})
	f.Robots = true
	tool := f.Tool()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			path := fmt.Sprint("/", i%5)
			got, err := call(t, tool, fmt.Sprintf(`{"url": %q, "part": %d}`, s.URL+path, 1+i%2))
			if i%2 == 0 && (err != nil || !strings.Contains(got, "\n\n"+path) && !strings.Contains(got, `\n\n`+path)) {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
	wg.Wait()
}
