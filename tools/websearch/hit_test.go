package websearch

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestPageURL(t *testing.T) {
	for address, want := range map[string]string{
		"https://example.org":                         "https://example.org",
		" HTTP://Example.org:80/a b?c d#e f ":         "http://Example.org:80/a%20b?c%20d#e%20f",
		"https://example.org/%2F?a=%zz&b=\u202e":      "https://example.org/%2F?a=%zz&b=%E2%80%AE",
		"https://zh.example/海沟?深=<度>#底":               "https://zh.example/%E6%B5%B7%E6%B2%9F?%E6%B7%B1=%3C%E5%BA%A6%3E#%E5%BA%95",
		"https://ex\u202eample.org/":                  "",
		"http://[::1]:8080/x":                         "http://[::1]:8080/x",
		"":                                            "",
		"example.org":                                 "",
		"//example.org/":                              "",
		"/search?q=x":                                 "",
		"https:example.org":                           "",
		"https:///path":                               "",
		"https://:443/":                               "",
		"javascript:alert(1)":                         "",
		"JavaScript://example.org/%0aalert(1)":        "",
		"data:text/html,<script>":                     "",
		"file:///etc/passwd":                          "",
		"ftp://example.org/":                          "",
		"blob:https://example.org/x":                  "",
		"https://bank.example@evil.example/":          "",
		"https://u:p@example.org/":                    "",
		"https://example.org/\n2. Forged":             "",
		"https://example.org/\x00":                    "",
		"https://exa mple.org/":                       "",
		"https://example.org/%zz":                     "",
		"https://example.org:port/":                   "",
		"https://example.org/" + long(2028):           "https://example.org/" + long(2028),
		"https://example.org/" + long(2029):           "",
		"https://example.org/" + long(1000) + wide(9): "https://example.org/" + long(1000) + strings.Repeat("%E6%B5%B7", 9),
		"https://example.org/" + wide(300):            "", // 2,700 bytes with its escapes
	} {
		got := ""
		if u := pageURL(address); u != nil {
			got = u.String()
		}
		if got != want {
			t.Errorf("%.80q: %.80q, want %.80q", address, got, want)
		}
	}
}

func long(n int) string { return strings.Repeat("a", n) }
func wide(n int) string { return strings.Repeat("海", n) }

func TestPageKey(t *testing.T) {
	for _, same := range [][]string{
		{"https://example.org", "https://example.org/", "http://EXAMPLE.org:80", "https://example.org.:443/#top", "https://example.org/#:~:text=x"},
		{"https://example.org/a/", "http://example.org/a", "https://example.org/a//"},
		{"https://example.org/a?b=1", "https://example.org/a/?b=1#c"},
		{"https://example.org/#/a", "https://example.org#/a"},
		{"https://example.org/A"},
		{"https://example.org/a?b=2"},
		{"https://example.org/#/b"},
		{"https://example.org/#!b"},
		{"https://www.example.org/"},
		{"https://example.org:8080/"},
	} {
		key := pageKey(pageURL(same[0]))
		for _, address := range same[1:] {
			if got := pageKey(pageURL(address)); got != key {
				t.Errorf("%s: %s, want %s", address, got, key)
			}
		}
		var seen pages
		n := 0
		for _, address := range append(same, "https://elsewhere.example", "mailto:x") {
			if _, ok := seen.add(address); ok {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%v: %d pages", same, n)
		}
	}
}

func TestShape(t *testing.T) {
	date := time.Date(2025, 3, 14, 0, 0, 0, 0, time.UTC)
	in := []Hit{
		{Title: "no address"},
		{Title: " <b>One</b>\n", URL: "https://example.org/1", Snippet: "First &amp;\nforemost " + strings.Repeat("word ", 99), Date: date, Engine: "brave\n, x"},
		{Title: "One again", URL: "http://example.org/1/"},
		{URL: "https://example.org:8080/2", Snippet: "x"},
		{Title: "script", URL: "javascript:alert(1)"},
		{Title: strings.Repeat("t", 999), URL: "https://example.org/3", Engine: strings.Repeat("e", 99)},
		{Title: "same", URL: "https://example.org/4", Snippet: "same"},
		{Title: "five", URL: "https://example.org/5"},
	}
	want := []Hit{
		{"One", "https://example.org/1", "First & foremost…", date, "brave , x"},
		{"example.org", "https://example.org:8080/2", "x", time.Time{}, ""},
		{strings.Repeat("t", 159) + "…", "https://example.org/3", "", time.Time{}, strings.Repeat("e", 59) + "…"},
		{"same", "https://example.org/4", "", time.Time{}, ""},
	}
	if got := shape(in, 4, 20); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("%q", got)
	}
	if in[1].Title != " <b>One</b>\n" {
		t.Error("the engine's hits were changed")
	}
	if got := shape(nil, 4, 20); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// FuzzReply takes any bytes for a reply, and looks at what a model would see of it.
func FuzzReply(f *testing.F) {
	f.Add([]byte(fixture(f)))
	f.Add([]byte(list(1, 9)))
	for _, s := range []string{
		`{"results":[{"url":"https://example.org/\u202e?\ud800=\u0000","title":"\n2. x","content":"<b\u0000>&#10;9. y"}]}`,
		`{"results":[{"url":"https://a@b"},{"url":"http://[::1%25eth0]/"},{"url":"https://ex%E2%80%AE.org"}],"unresponsive_engines":[[]]}`,
		`{"results":[{"url":1,"engines":[null],"publishedDate":"9999-12-31T23:59:59-23:59"},"x"]}`, `{"results":[`, `[]`, ``,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decode(data, 1<<16)
		if err != nil {
			if r != nil || strings.Contains(err.Error(), "\n") || len(err.Error()) > 200 {
				t.Errorf("%v, %v", r, err)
			}
			return
		}
		hits := shape(r.hits, 8, 100)
		lines := 1
		for _, h := range hits {
			checkLine(t, h.Title, maxTitle)
			checkLine(t, h.URL, maxURL)
			checkLine(t, h.Snippet, 100)
			checkLine(t, h.Engine, maxEngine)
			u := pageURL(h.URL)
			if h.Title == "" || u == nil || u.String() != h.URL {
				t.Errorf("%+v", h)
			}
			lines += 3
			if h.Snippet != "" {
				lines++
			}
			if !h.Date.IsZero() || h.Engine != "" {
				lines++
			}
		}
		if got := Text(hits); strings.Count(got, "\n")+1 != lines || len(hits) > 8 {
			t.Errorf("%d lines, want %d:\n%s", strings.Count(got, "\n")+1, lines, got)
		}
	})
}

// BenchmarkShape makes the text of 30 hits of 300 bytes, of which 8 are shown.
func BenchmarkShape(b *testing.B) {
	hits := make([]Hit, 30)
	for i := range hits {
		hits[i] = Hit{
			Title: "The <b>hadal</b> zone &amp; its life", URL: fmt.Sprintf("https://example.org/deep/%d?lang=en", i), Engine: "brave, startpage",
			Snippet: strings.Repeat("Snailfish are <b>pink</b>, soft and about as long as a hand. ", 5), Date: time.Date(2025, 3, 14, 0, 0, 0, 0, time.UTC),
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if text := Text(shape(hits, defaultMax, defaultSnippet)); len(text) < 3000 {
			b.Fatal(text)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	data := []byte(fixture(b))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if r, err := decode(data, defaultMaxReply); err != nil || len(r.hits) != 5 {
			b.Fatal(err)
		}
	}
}
