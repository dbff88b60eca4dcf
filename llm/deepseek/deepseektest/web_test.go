package deepseektest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

type hit struct {
	Title, URL, Snippet, Summary, Content, Date string
	Score                                       float64 `json:"rerank_score"`
	Authority                                   int
	SiteName                                    string `json:"site_name"`
	SiteIcon                                    string `json:"site_icon"`
}

// search sends a search, which must succeed.
func search(t *testing.T, s *deepseektest.Server, members string) []hit {
	t.Helper()
	status, body := post(t, s.URL()+"/v1/tools/search", "{"+members+"}")
	var reply struct{ Results []hit }
	if err := json.Unmarshal([]byte(body), &reply); status != 200 || err != nil || reply.Results == nil {
		t.Fatalf("%s: %d %s", members, status, body)
	}
	return reply.Results
}

// names returns the last elements of the URLs.
func names(hits []hit) (list []string) {
	for _, h := range hits {
		list = append(list, h.URL[strings.LastIndexByte(h.URL, '/')+1:])
	}
	return list
}

func TestSearch(t *testing.T) {
	s := deepseektest.NewServer(t)
	hits := search(t, s, `"query":"how deep do snailfish live","count":1,"unknown":[1]`)
	want := hit{
		Title: "Hadal snailfish, the deepest of all fish", URL: "https://museum.example.org/fish/hadal-snailfish",
		Snippet: "Snailfish are pink, soft and about as long as a hand. They have no scales, and through their skin one can see the liver.",
		Date:    "2026-05-04T00:00:00+00:00", Score: 1.67, Authority: 3, SiteName: "Museum of the Sea", SiteIcon: "https://museum.example.org/favicon.ico",
	}
	got := hits[0]
	if !strings.HasPrefix(got.Summary, want.Snippet) {
		t.Errorf("summary is %q", got.Summary)
	}
	if got.Summary = ""; len(hits) != 1 || got != want {
		t.Errorf("hits are %+v, want %+v", hits, want)
	}
	hits = search(t, s, `"query":"snailfish","need_content":true,"ori_question":null,"localization":"2001:db8::1"`)
	if len(hits) != 1 || !strings.HasPrefix(hits[0].Content, "# Hadal snailfish, the deepest of all fish\n\nSnailfish are") {
		t.Errorf("hits are %+v", hits)
	}
	for _, h := range search(t, s, `"query":"the sea 海沟 lang:en,zh","count":50`) {
		date, err := time.Parse(time.RFC3339, h.Date)
		snippet, summary := utf8.RuneCountInString(h.Snippet), utf8.RuneCountInString(h.Summary)
		switch {
		case err != nil || date.IsZero(), h.Score <= 0 || h.Score > 3, h.Authority < 0 || h.Authority > 4, h.Content != "":
			t.Errorf("hit is %+v", h)
		case snippet > 200 || summary > 800, snippet < 50, strings.Contains(h.URL, "zh.") != (summary < 600):
			t.Errorf("%s has a snippet of %d characters and a summary of %d", h.URL, snippet, summary)
		}
	}
}

func TestSearchOperators(t *testing.T) {
	s := deepseektest.NewServer(t)
	for query, want := range map[string][]string{
		"hydrothermal vents":                            {"vents", "whale-fall"},
		"pressure":                                      {"hadal-snailfish", "challenger-deep", "vents"},
		"pressure site:museum.example.org":              {"hadal-snailfish", "vents"},
		"pressure -site:museum.example.org":             {"challenger-deep"},
		"site:news.example.com":                         {"nodules", "bioluminescence-survey"},
		"site:example.com OR site:zh.atlas.example.org": {"nodules", "bioluminescence-survey", "fendouzhe"},
		"site:ample.org":                                nil,
		"lang:zh":                                       {"fendouzhe"},
		"奋斗者号 深度":                                       {"fendouzhe"},
		"lang:fr":                                       nil,
		"after:2026-08-12":                              {"nodules", "bioluminescence-survey"},
		"after:2026-08-13":                              {"nodules"},
		"after:2026-10":                                 {"nodules"},
		"before:2025":                                   {"vents"},
		"before:2024-09-09":                             nil,
		"after:2025 before:2025-08":                     {"fendouzhe", "challenger-deep"},
		"worms":                                         {"bioluminescence-survey", "whale-fall", "vents"},
		"worms -bioluminescence":                        {"whale-fall", "vents"},
		`worms -"open sea"`:                             {"whale-fall", "vents"},
		`"HMS Challenger"`:                              {"challenger-deep", "nodules"},
		`"hms challenger" potatoes`:                     {"nodules", "challenger-deep"},
		`"challenger hms"`:                              nil,
		"after:tomorrow tubeworm":                       {"hadal", "challenger-deep", "vents"}, // "after" is a word
		"lang: tubeworm":                                {"vents"},
		"quantum":                                       nil,
		`"`:                                             {"nodules", "bioluminescence-survey", "hadal-snailfish", "hadal", "whale-fall", "fendouzhe", "challenger-deep", "vents"},
	} {
		b, _ := json.Marshal(query)
		if got := names(search(t, s, `"query":`+string(b))); !slices.Equal(got, want) {
			t.Errorf("%s finds %v, want %v", query, got, want)
		}
	}
	if got := len(search(t, s, `"query":"site:example.org","count":3`)); got != 3 {
		t.Errorf("%d hits, want 3", got)
	}
}

func TestFetch(t *testing.T) {
	s := deepseektest.NewServer(t)
	for _, h := range search(t, s, `"query":"lang:en,zh","need_content":true`) {
		status, body := post(t, s.URL()+"/v1/tools/fetch", fmt.Sprintf(`{"url":%q}`, h.URL+"#part"))
		var page struct{ Title, Content string }
		if err := json.Unmarshal([]byte(body), &page); status != 200 || err != nil || page.Title != h.Title || page.Content != h.Content {
			t.Errorf("%s: %d %s", h.URL, status, body)
		}
	}
}

func TestWebRules(t *testing.T) {
	s := deepseektest.NewServer(t)
	long := strings.Repeat("深", 129)
	for _, test := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"/v1/tools/search", `{}`, 400, "missing field 'query'"},
		{"/v1/tools/search", `{"query":null}`, 400, "missing field 'query'"},
		{"/v1/tools/search", `{"query":""}`, 400, "'query' must not be blank"},
		{"/v1/tools/search", `{"query":" \n　"}`, 400, "'query' must not be blank"},
		{"/v1/tools/search", `{"query":"` + long + `"}`, 400, "'query' must be 1 to 128 characters"},
		{"/v1/tools/search", `{"query":"` + long[3:] + `"}`, 200, `{"results":[]}`},
		{"/v1/tools/search", `{"query":5}`, 400, "query: invalid type: number, expected a string"},
		{"/v1/tools/search", `{"query":"sea","count":0}`, 400, "'count' must be between 1 and 50"},
		{"/v1/tools/search", `{"query":"sea","count":51}`, 400, "'count' must be between 1 and 50"},
		{"/v1/tools/search", `{"query":"sea","count":null}`, 200, `"results":[{`},
		{"/v1/tools/search", `{"query":"sea","count":1.5}`, 400, "expected an integer"},
		{"/v1/tools/search", `{"query":"sea","need_content":"yes"}`, 400, "expected a boolean"},
		{"/v1/tools/search", `{"query":"sea","ori_question":""}`, 400, "'ori_question' must be 1 to 128 characters"},
		{"/v1/tools/search", `{"query":"sea","ori_question":"` + long + `"}`, 400, "'ori_question' must be 1 to 128 characters"},
		{"/v1/tools/search", `{"query":"sea","localization":"zh-CN"}`, 400, "'localization' must be a valid IP address"},
		{"/v1/tools/search", `{"query":"sea","query":"lake"}`, 400, "duplicate name"},
		{"/v1/tools/search", `query=sea`, 400, "Failed to deserialize the JSON body"},
		{"/tools/search", `{"query":"sea"}`, 404, "Not Found"},
		{"/beta/tools/search", `{"query":"sea"}`, 404, "Not Found"},
		{"/v1/tools/search/", `{"query":"sea"}`, 404, "Not Found"},
		{"/v1/tools/ocr", `{}`, 404, "Not Found"},
		{"/v1/tools/fetch", `{}`, 400, "missing field 'url'"},
		{"/v1/tools/fetch", `{"url":""}`, 400, "'url' must be a valid HTTP or HTTPS URL"},
		{"/v1/tools/fetch", `{"url":"ftp://example.org/"}`, 400, "'url' must be a valid HTTP or HTTPS URL"},
		{"/v1/tools/fetch", `{"url":"https:///vents"}`, 400, "'url' must be a valid HTTP or HTTPS URL"},
		{"/v1/tools/fetch", `{"url":"https://a:b@museum.example.org/vents"}`, 400, "'url' must be a valid HTTP or HTTPS URL"},
		{"/v1/tools/fetch", `{"url":"https://museum.example.org/` + strings.Repeat("v", 8192) + `"}`, 400, "'url' must be a valid HTTP or HTTPS URL"},
		{"/v1/tools/fetch", `{"url":"https://museum.example.org/vent"}`, 404, "failed to fetch URL"},
		{"/v1/tools/fetch", `{"url":"http://127.0.0.1/"}`, 404, "failed to fetch URL"},
		{"/tools/fetch", `{"url":"https://museum.example.org/vents"}`, 404, "Not Found"},
	} {
		if status, body := post(t, s.URL()+test.path, test.body); status != test.status || !strings.Contains(body, test.want) {
			t.Errorf("%s %.100s: %d %s, want %d %s", test.path, test.body, status, body, test.status, test.want)
		}
	}
	if status, body := do(t, "GET", s.URL()+"/v1/tools/search"); status != 405 {
		t.Errorf("%d %s", status, body)
	}
	r := s.Requests()
	if len(r) != 31 || string(r[0].Body) != "{}" || r[0].Path != "/v1/tools/search" || r[30].Method != "GET" {
		t.Errorf("%d requests: %+v", len(r), r)
	}
}
