package websearch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/output/gate"
)

// TestFaults lets a server do what it should not.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name      string
		header    string // name: value
		status    int
		body      string
		class     error
		text      string
		temporary bool
	}{
		{"JSON is off", "", 403, "<!doctype html><h1>Forbidden</h1>", ErrStatus, "the server refused with status 403 Forbidden: it answers in JSON only if its settings.yml lists json under search.formats, which is off by default", false},
		{"limiter", "Retry-After: 60", 429, "", ErrStatus, "the server refused with status 429 Too Many Requests: its limiter takes this for a robot: list this machine under pass_ip in its limiter.toml; try again in 1m0s", true},
		{"limiter, long", "Retry-After: 99999999999999999999", 429, "", ErrStatus, "the server refused with status 429 Too Many Requests: its limiter takes this for a robot: list this machine under pass_ip in its limiter.toml", true},
		{"login", "", 401, "", ErrStatus, "the server refused with status 401 Unauthorized: it wants to know who asks: set the Header", false},
		{"unknown engine", "", 400, "", ErrStatus, "the server refused with status 400 Bad Request: it does not know a category, an engine or the language", false},
		{"wrong path", "", 404, "", ErrStatus, "the server refused with status 404 Not Found: there is no search at BaseURL, which must be where the start page is", false},
		{"broken", "", 500, `{"results":[]}`, ErrStatus, "the server refused with status 500 Internal Server Error", true},
		{"proxy", "Retry-After: -1", 502, "", ErrStatus, "the server refused with status 502 Bad Gateway", true},
		{"no content", "", 204, "", ErrStatus, "the server refused with status 204 No Content", false},
		{"partial", "", 206, `{"results":[]}`, ErrStatus, "the server refused with status 206 Partial Content", false},
		{"unheard of", "", 599, "", ErrStatus, "the server refused with status 599", true},
		{"empty", "", 200, "", ErrReply, "the reply is not one of SearXNG: it is no JSON object; is there another program at BaseURL?", false},
		{"page", "Content-Type: text/html", 200, "<!doctype html><title>Login</title>", ErrReply, "the reply is not one of SearXNG: it is no JSON object; is there another program at BaseURL?", false},
		{"list", "", 200, "[]", ErrReply, "the reply is not one of SearXNG: it is no JSON object; is there another program at BaseURL?", false},
		{"another API", "", 200, `{"data":[]}`, ErrReply, "the reply is not one of SearXNG: it has no results; is there another program at BaseURL?", false},
		{"no list", "", 200, `{"results":{"url":"https://example.org"}}`, ErrReply, "the reply is not one of SearXNG: it has no results; is there another program at BaseURL?", false},
		{"null", "", 200, `{"results":null}`, ErrReply, "the reply is not one of SearXNG: it has no results; is there another program at BaseURL?", false},
		{"cut JSON", "", 200, `{"results":[{"url":"https://exam`, gate.Truncated, "the reply is not one of SearXNG: gate: unexpected end", false},
		{"NaN", "", 200, `{"results":[{"score":NaN}]}`, gate.Syntax, "the reply is not one of SearXNG: gate: invalid syntax", false},
		{"two values", "", 200, `{"results":[]}{}`, gate.TrailingData, "the reply is not one of SearXNG: gate: trailing data", false},
		{"duplicate", "", 200, `{"results":[],"results":[{"url":"https://evil.example"}]}`, gate.DuplicateName, "the reply is not one of SearXNG: gate: duplicate name", false},
		{"folded", "", 200, `{"results":[],"RESULTS":[{"url":"https://evil.example"}]}`, gate.FoldedName, "the reply is not one of SearXNG: gate: name differs from another only in case", false},
		{"no UTF-8", "", 200, "{\"results\":[{\"title\":\"\xff\"}]}", gate.InvalidUTF8, "the reply is not one of SearXNG: gate: invalid UTF-8", false},
		{"deep", "", 200, `{"results":` + strings.Repeat("[", 1e6), gate.TooDeep, "the reply is not one of SearXNG: gate: too deep", false},
		{"too deep by one", "", 200, `{"results":[],"x":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`, gate.TooDeep, "the reply is not one of SearXNG: gate: too deep", false},
		{"many values", "", 200, `{"results":[],"x":[` + strings.Repeat("0,", 1<<18) + `0]}`, gate.TooManyNodes, "the reply is not one of SearXNG: gate: too many values", false},
		{"huge", "", 200, `{"results":[],"x":"` + strings.Repeat("x", 5<<20) + `"}`, ErrReply, "the reply is not one of SearXNG: it has more than 4194304 bytes", false},
		{"gzip bomb", "Content-Encoding: gzip", 200, bomb(), ErrReply, "the reply is not one of SearXNG: it has more than 4194304 bytes", false},
		{"no gzip", "Content-Encoding: gzip", 200, `{"results":[]}`, nil, "the connection broke off", true},
		{"twice gzip", "Content-Encoding: gzip, gzip", 200, bomb(), ErrReply, "the reply is not one of SearXNG: it is no JSON object; is there another program at BaseURL?", false},
		{"too short", "Content-Length: 100", 200, `{"results":[]}`, io.ErrUnexpectedEOF, "the connection broke off", true},
		{"headers", "X: " + strings.Repeat("x", 100<<10), 200, `{"results":[]}`, nil, "the connection broke off", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if name, value, ok := strings.Cut(tt.header, ": "); ok {
					w.Header().Set(name, value)
				}
				w.WriteHeader(tt.status)
				io.WriteString(w, tt.body)
			})
			hits, err := s.Search(t.Context(), Query{Text: "x"})
			e, ok := errors.AsType[*Error](err)
			if !ok || hits != nil || tt.class != nil && !errors.Is(err, tt.class) || err.Error() != "web search: SearXNG: "+tt.text || e.Temporary() != tt.temporary {
				t.Errorf("%v, %v", hits, err)
			}
			if ok && errors.Is(err, ErrStatus) != (e.Status == tt.status) {
				t.Errorf("status %d", e.Status)
			}
		})
	}
}

// bomb is 200 MiB in a few hundred KiB.
func bomb() string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, `{"results":[],"x":"`+strings.Repeat("x", 1<<20))
	z.Close()
	return strings.Repeat(b.String(), 200)
}

func TestMaxReply(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, list(1, 1)) })
	s.MaxReply = len(list(1, 1))
	if hits, err := s.Search(t.Context(), Query{Text: "x"}); err != nil || len(hits) != 1 {
		t.Errorf("%v, %v", hits, err)
	}
	s.MaxReply--
	if _, err := s.Search(t.Context(), Query{Text: "x"}); !errors.Is(err, ErrReply) {
		t.Errorf("%v", err)
	}
}

// TestEndless holds that of a reply without an end no more is read than may be.
func TestEndless(t *testing.T) {
	b := &blank{}
	client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Request: r, Header: http.Header{}, Body: b}, nil
	})}
	s := &SearXNG{HTTP: client, MaxReply: 1000}
	if _, err := s.Search(t.Context(), Query{Text: "x"}); !errors.Is(err, ErrReply) || b.read > 1001 || !b.closed {
		t.Errorf("%v, %d bytes, closed: %v", err, b.read, b.closed)
	}
}

// blank is a body of blanks without an end.
type blank struct {
	read   int
	closed bool
}

func (b *blank) Read(p []byte) (int, error) {
	if b.read > 1<<26 {
		return 0, io.EOF
	}
	b.read += len(p)
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func (b *blank) Close() error { b.closed = true; return nil }

// TestOddMembers holds that what one engine writes wrongly does not lose what others found.
func TestOddMembers(t *testing.T) {
	r, err := decode([]byte(`{"results":[
		{"url":"https://example.org/1","title":1,"content":null,"engines":"brave","publishedDate":1700000000},
		"x", null, [],
		{"url":["https://example.org/2"],"title":"two"},
		{"url":"https://example.org/3","title":"three","engine":"mojeek","engines":[1,null],"publishedDate":"yesterday","pubdate":"2020-01-02 03:04:05"}
	],"unresponsive_engines":{"brave":1}}`), 4096)
	if err != nil || r.silent != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	got := fmt.Sprintf("%q", shape(r.hits, 9, 99))
	if want := `[{"example.org" "https://example.org/1" "" "0001-01-01 00:00:00 +0000 UTC" ""} {"three" "https://example.org/3" "" "0001-01-01 00:00:00 +0000 UTC" "mojeek"}]`; got != want {
		t.Errorf("%s", got)
	}
}

func TestDate(t *testing.T) {
	for s, want := range map[string]string{
		"":                                 "0001-01-01T00:00:00Z",
		"soon":                             "0001-01-01T00:00:00Z",
		"2025-02-30":                       "0001-01-01T00:00:00Z",
		"2025-03-14":                       "2025-03-14T00:00:00Z",
		"2025-03-14T01:02:03":              "2025-03-14T01:02:03Z",
		"2025-03-14T01:02:03.456789":       "2025-03-14T01:02:03.456789Z",
		"2025-03-14T01:02:03.456789+02:00": "2025-03-14T01:02:03.456789+02:00",
		"2025-03-14T01:02:03Z":             "2025-03-14T01:02:03Z",
		"2025-03-14 01:02:03":              "2025-03-14T01:02:03Z",
		"2025-03-14 01:02:03+00:00":        "2025-03-14T01:02:03Z",
	} {
		if got := date(s).Format(time.RFC3339Nano); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

// TestSlow has a server that sends a byte a second, and an engine that never answers.
func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drip := roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Request: r, Header: http.Header{}, Body: &slow{ctx: r.Context()}}, nil
		})
		w := &Web{Engine: (&SearXNG{HTTP: &http.Client{Transport: drip}}).Search}
		start := time.Now()
		_, err := w.Search(t.Context(), Query{Text: "x"})
		e, ok := errors.AsType[*Error](err)
		if took := time.Since(start); !ok || took != 30*time.Second || !errors.Is(err, context.DeadlineExceeded) || !e.Temporary() || err.Error() != "web search: it took longer than 30s" {
			t.Errorf("after %v: %v", took, err)
		}
		w.Timeout = -1
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start = time.Now()
		if _, err := w.Search(ctx, Query{Text: "x"}); time.Since(start) != time.Hour || err.Error() != "web search: SearXNG: it took too long" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		w = &Web{Timeout: time.Second, Engine: func(ctx context.Context, q Query) ([]Hit, error) {
			<-ctx.Done()
			return nil, errors.New("gave up")
		}}
		if _, err := w.Search(t.Context(), Query{Text: "x"}); err == nil || err.Error() != "web search: it took longer than 1s" {
			t.Errorf("%v", err)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// slow is a body without an end.
type slow struct{ ctx context.Context }

func (s *slow) Read(p []byte) (int, error) {
	select {
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	case <-time.After(time.Second):
		return copy(p, " "), nil
	}
}

func (s *slow) Close() error { return nil }

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for value, want := range map[string]time.Duration{
			"": 0, "x": 0, "7": 7 * time.Second, "-7": 0, "1.5": 0, strconv.Itoa(1 << 30): 24 * time.Hour,
			time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat): 90 * time.Second,
			time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat):       0,
			time.Now().Add(999 * time.Hour).UTC().Format(http.TimeFormat):  24 * time.Hour,
		} {
			if got := retryAfter(&http.Response{Header: http.Header{"Retry-After": {value}}}); got != want {
				t.Errorf("%q: %v, want %v", value, got, want)
			}
		}
	})
}

func TestZeroError(t *testing.T) {
	if e := (&Error{Engine: "Mine", Advice: "ask me"}); e.Error() != "web search: Mine: it failed: ask me" || !e.Temporary() {
		t.Errorf("%v", e)
	}
}
