package deepseektest

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"
)

// The limits on the web tools.
const (
	maxQuery   = 128
	maxHits    = 50
	manyHits   = 10 // if the request does not say
	maxPageURL = 8192
)

// A hit is a page that was found, as the service writes it.
type hit struct {
	Score     float64 `json:"rerank_score"`
	Title     string  `json:"title"`
	URL       string  `json:"url"`
	Snippet   string  `json:"snippet"`
	Summary   string  `json:"summary"`
	Content   string  `json:"content"`
	SiteName  string  `json:"site_name"`
	SiteIcon  string  `json:"site_icon"`
	Date      string  `json:"date"`
	Authority int     `json:"authority"`
}

// search answers POST /v1/tools/search.
func (e *exchange) search() *apiError {
	e.record()
	var args struct {
		Query        *string `json:"query"`
		Count        *int64  `json:"count"`
		Content      bool    `json:"need_content"`
		Question     *string `json:"ori_question"`
		Localization string  `json:"localization"`
	}
	if err := decode(e.req.Body, &args); err != nil {
		return err
	}
	count := int64(manyHits)
	if args.Count != nil {
		count = *args.Count
	}
	switch {
	case args.Query == nil:
		return invalid("missing field 'query'")
	case strings.TrimSpace(*args.Query) == "":
		return invalid("'query' must not be blank")
	case utf8.RuneCountInString(*args.Query) > maxQuery:
		return invalid("'query' must be 1 to %d characters", maxQuery)
	case count < 1 || count > maxHits:
		return invalid("'count' must be between 1 and %d", maxHits)
	case args.Question != nil && (*args.Question == "" || utf8.RuneCountInString(*args.Question) > maxQuery):
		return invalid("'ori_question' must be 1 to %d characters", maxQuery)
	}
	if args.Localization != "" {
		if _, err := netip.ParseAddr(args.Localization); err != nil {
			return invalid("'localization' must be a valid IP address")
		}
	}
	hits := find(*args.Query)
	hits = hits[:min(len(hits), int(count))]
	if !args.Content {
		for i := range hits {
			hits[i].Content = ""
		}
	}
	return e.writeValue(struct {
		Results []hit `json:"results"`
	}{hits})
}

// fetch answers POST /v1/tools/fetch.
func (e *exchange) fetch() *apiError {
	e.record()
	var args struct {
		URL *string `json:"url"`
	}
	if err := decode(e.req.Body, &args); err != nil {
		return err
	}
	if args.URL == nil {
		return invalid("missing field 'url'")
	}
	u, err := url.Parse(*args.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || utf8.RuneCountInString(*args.URL) > maxPageURL {
		return invalid("'url' must be a valid HTTP or HTTPS URL")
	}
	u.Fragment = ""
	for _, d := range corpus {
		if d.url == u.String() {
			return e.writeValue(struct {
				Title   string `json:"title"`
				Content string `json:"content"`
			}{d.title, d.markdown()})
		}
	}
	return &apiError{status: http.StatusNotFound, message: "failed to fetch URL"}
}

// writeValue answers with v as JSON.
func (e *exchange) writeValue(v any) *apiError {
	b, err := json.Marshal(v)
	if err != nil {
		return &apiError{status: http.StatusInternalServerError, message: err.Error()}
	}
	writeJSON(e.w, http.StatusOK, b)
	return nil
}
