package deepseek_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func TestSearch(t *testing.T) {
	c, server := serve(t)
	hits, err := c.Search(t.Context(), deepseek.Search{Query: `snailfish "Japan Trench"`, Count: 3, Content: true, Question: "Which fish?", IP: netip.MustParseAddr("192.0.2.1")})
	if err != nil || len(hits) != 1 {
		t.Fatalf("hits are %+v, %v", hits, err)
	}
	got := hits[0]
	if !strings.HasPrefix(got.Snippet, "In August 2022 a young snailfish") || !strings.HasPrefix(got.Summary, "Snailfish are pink") || !strings.HasPrefix(got.Content, "# Hadal snailfish") {
		t.Errorf("hit is %+v", got)
	}
	got.Snippet, got.Summary, got.Content = "", "", ""
	want := deepseek.Hit{
		Title: "Hadal snailfish, the deepest of all fish", URL: "https://museum.example.org/fish/hadal-snailfish", Score: 2.33, Authority: 3,
		Date: time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC), Site: "Museum of the Sea", Icon: "https://museum.example.org/favicon.ico",
	}
	if got.Date = got.Date.UTC(); got != want {
		t.Errorf("hit is %+v, want %+v", got, want)
	}
	if hits, err := c.Search(t.Context(), deepseek.Search{Query: "quantum"}); err != nil || len(hits) != 0 {
		t.Errorf("hits are %+v, %v", hits, err)
	}
	for i, want := range []string{
		`{"query":"snailfish \"Japan Trench\"","count":3,"need_content":true,"ori_question":"Which fish?","localization":"192.0.2.1"}`,
		`{"query":"quantum"}`,
	} {
		r := server.Requests()[i]
		if string(r.Body) != want || r.Method != "POST" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("request is %s %s", r.Method, r.Body)
		}
	}
}

func TestSearchRules(t *testing.T) {
	c, server := serve(t)
	long := strings.Repeat("深", 129)
	for words, s := range map[string]deepseek.Search{
		"query is blank":           {},
		"query is blank: ":         {Query: " \n　"},
		"query has 129 characters": {Query: long},
		"of UTF-8":                 {Query: "a\xff"},
		"Count is -1":              {Query: "a", Count: -1},
		"Count is 51":              {Query: "a", Count: 51},
		"question has 129":         {Query: "a", Question: long},
		"question has 2":           {Query: "a", Question: "a\xff"},
		"has a zone":               {Query: "a", IP: netip.MustParseAddr("fe80::1%eth0")},
	} {
		if _, err := c.Search(t.Context(), s); !errors.Is(err, llm.ErrInvalid) || !strings.Contains(err.Error(), strings.TrimSuffix(words, ": ")) {
			t.Errorf("%v, want ErrInvalid with %q", err, words)
		}
	}
	for _, url := range []string{"", "example.org", "//example.org", "ftp://example.org", "https://", "https://:443/", "https:///path", "file:///etc/passwd", "javascript:alert(1)", "https://user@example.org", "https://user:secret@example.org", "https://exa mple.org", "https://example.org/%zz", "https://example.org/\x00", "https://example.org/\xff", "https://example.org/" + strings.Repeat("a", 8192)} {
		_, err := c.Fetch(t.Context(), url)
		if !errors.Is(err, llm.ErrInvalid) || strings.Contains(err.Error(), "secret") || len(err.Error()) > 200 {
			t.Errorf("%.40q: %v, want ErrInvalid", url, err)
		}
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want none", n)
	}
	if _, err := c.Search(t.Context(), deepseek.Search{Query: long[3:], Count: 50, Question: long[3:], IP: netip.MustParseAddr("2001:db8::1")}); err != nil {
		t.Error(err)
	}
}

// The tools are under /v1, whatever the base URL ends in.
func TestToolURLs(t *testing.T) {
	for _, suffix := range []string{"", "/", "/v1", "/v1/", "/beta", "/beta/"} {
		c, server := serve(t)
		c.BaseURL += suffix
		_, searched := c.Search(t.Context(), deepseek.Search{Query: "sea"})
		_, fetched := c.Fetch(t.Context(), "https://museum.example.org/vents")
		r := server.Requests()
		if searched != nil || fetched != nil || r[0].Path != "/v1/tools/search" || r[1].Path != "/v1/tools/fetch" {
			t.Errorf("%q: %v, %v", suffix, searched, fetched)
		}
	}
	var path string
	c := &deepseek.Client{APIKey: "sk-test", BaseURL: "https://gateway.example.com/deepseek/v1", HTTP: &http.Client{Transport: transport(func(r *http.Request) *http.Response {
		path = r.URL.String()
		return canned{"application/json", `{"results":[]}`}.response()
	})}}
	if _, err := c.Search(t.Context(), deepseek.Search{Query: "sea"}); err != nil || path != "https://gateway.example.com/deepseek/v1/tools/search" {
		t.Errorf("%s, %v", path, err)
	}
}

// The page is fetched by the API: this machine, and the key, go nowhere else.
func TestFetch(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the page was fetched from here, with headers %v", r.Header)
	}))
	defer other.Close()
	c, server := serve(t)
	page, err := c.Fetch(t.Context(), "https://museum.example.org/vents")
	if err != nil || page.URL != "https://museum.example.org/vents" || page.Title != "Hydrothermal vents and the life around them" || !strings.HasPrefix(page.Content, "# Hydrothermal vents") {
		t.Errorf("page is %+v, %v", page, err)
	}
	if got := string(server.Requests()[0].Body); got != `{"url":"https://museum.example.org/vents"}` {
		t.Errorf("request is %s", got)
	}
	_, err = c.Fetch(t.Context(), other.URL+"/?key=secret")
	e, ok := errors.AsType[*llm.Error](err)
	if !ok || e.Status != 404 || e.Temporary() || !strings.Contains(e.Message, "failed to fetch URL: the page is not there") || strings.Contains(e.Error(), "secret") {
		t.Errorf("error is %v", err)
	}
	var args struct{ URL string }
	if err := json.Unmarshal(server.Requests()[1].Body, &args); err != nil || args.URL != other.URL+"/?key=secret" {
		t.Errorf("the URL arrived as %q", args.URL)
	}
}

func TestHits(t *testing.T) {
	c := clientOf(canned{"application/json", `{"results":[{"title":"a","date":"2026-10-20T08:00:00+08:00","authority":-1,"rerank_score":3},{"authority":0,"date":"yesterday"},{"Authority":4,"date":null,"new":[{}]}],"more":1}`})
	hits, err := c.Search(t.Context(), deepseek.Search{Query: "a"})
	want := []deepseek.Hit{{Title: "a", Score: 3, Authority: -1}, {Authority: 0}, {Authority: -1}}
	if err != nil || len(hits) != 3 || !hits[0].Date.Equal(time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)) {
		t.Fatalf("hits are %+v, %v", hits, err)
	}
	hits[0].Date = time.Time{}
	if !reflect.DeepEqual(hits, want) {
		t.Errorf("hits are %+v, want %+v", hits, want)
	}
}

func TestPart(t *testing.T) {
	for _, test := range []struct {
		content   string
		offset, n int
		text      string
		next      int
	}{
		{"", 0, 5, "", 0},
		{"abc", 0, 5, "abc", 0},
		{"abc", 0, 3, "abc", 0},
		{"abc", 0, 2, "ab", 2},
		{"abc", 2, 2, "c", 0},
		{"abc", 3, 2, "", 0},
		{"abc", 9, 2, "", 0},
		{"abc", -1, 2, "", 0},
		{"abc", 0, 0, "a", 1},
		{"abc", 0, -7, "a", 1},
		{"深海鱼", 0, 7, "深海", 6},
		{"深海鱼", 3, 2, "海", 6},
		{"深海鱼", 6, 1, "鱼", 0},
		{"one\ntwo\nthree", 0, 9, "one\ntwo\n", 8},
		{"one\ntwothree", 0, 11, "one\ntwothre", 11},
		{"\n\n\n", 0, 1, "\n", 1},
		{"a\xff\xfe\xfd", 1, 1, "\xff", 2},
	} {
		if text, next := (&deepseek.Page{Content: test.content}).Part(test.offset, test.n); text != test.text || next != test.next {
			t.Errorf("%q from %d, %d bytes: %q and %d, want %q and %d", test.content, test.offset, test.n, text, next, test.text, test.next)
		}
	}
	page := &deepseek.Page{Content: strings.Repeat("深 sea\n— and\xff more\n", 100)}
	for n := range 60 {
		var all strings.Builder
		for offset, parts := 0, 1; ; parts++ {
			text, next := page.Part(offset, n)
			if all.WriteString(text); next == 0 {
				break
			}
			if offset = next; parts > len(page.Content) {
				t.Fatalf("%d bytes at a time: no end", n)
			}
		}
		if all.String() != page.Content {
			t.Errorf("%d bytes at a time: the parts are not the whole", n)
		}
	}
}

func ExampleClient_Search() {
	server, err := deepseektest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client := &deepseek.Client{BaseURL: server.URL()}
	hits, err := client.Search(context.Background(), deepseek.Search{Query: "pressure site:museum.example.org", Count: 2})
	if err != nil {
		log.Fatal(err)
	}
	for _, h := range hits {
		fmt.Println(h.Title, h.Date.Year(), h.URL)
	}
	// Output:
	// Hadal snailfish, the deepest of all fish 2026 https://museum.example.org/fish/hadal-snailfish
	// Hydrothermal vents and the life around them 2024 https://museum.example.org/vents
}

func ExampleClient_Fetch() {
	server, err := deepseektest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client := &deepseek.Client{BaseURL: server.URL()}
	page, err := client.Fetch(context.Background(), "https://museum.example.org/whale-fall")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(page.Title)
	fmt.Println(len(page.Content) > 500)
	// Output:
	// Whale falls
	// true
}

// A long page is read in portions that a model can take.
func ExamplePage_Part() {
	page := &deepseek.Page{Content: "# Whale falls\n\nWhen a whale dies and sinks,\nforty tonnes of food arrive at once.\n"}
	for offset := 0; ; {
		text, next := page.Part(offset, 48)
		fmt.Printf("%q\n", text)
		if offset = next; offset == 0 {
			break
		}
	}
	// Output:
	// "# Whale falls\n\nWhen a whale dies and sinks,\n"
	// "forty tonnes of food arrive at once.\n"
}
