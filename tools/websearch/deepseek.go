package websearch

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm/deepseek"
)

// The limits of DeepSeek's search.
const (
	deepSeekText  = 128 // characters, operators included
	deepSeekCount = 50
)

// DeepSeek returns an engine that is DeepSeek's, see [deepseek.Client.Search]. If c is
// nil, it is a client with the key in the environment. The engine is safe for concurrent
// use.
//
// The text of a query may have up to 128 characters, operators included; Language and
// Within become operators, unless there are such in the text. Hits have the summary as
// their snippet. There are up to 50 of them, with all pages. A search that finds
// something is billed. Errors are of type *llm.Error, but for a query that is too long.
//
// See https://api-docs.deepseek.com/guides/search.
func DeepSeek(c *deepseek.Client) func(context.Context, Query) ([]Hit, error) {
	if c == nil {
		c = &deepseek.Client{}
	}
	return func(ctx context.Context, q Query) ([]Hit, error) {
		q, err := q.normal()
		if err != nil {
			return nil, err
		}
		text, err := deepSeekQuery(q)
		if err != nil {
			return nil, err
		}
		first, last := (q.Page-1)*q.Count, min(q.Page*q.Count, deepSeekCount)
		if first >= last {
			return nil, nil
		}
		found, err := c.Search(ctx, deepseek.Search{Query: text, Count: last})
		if err != nil {
			return nil, err
		}
		var hits []Hit
		for _, h := range found[min(first, len(found)):] {
			hits = append(hits, Hit{Title: h.Title, URL: h.URL, Snippet: cmp.Or(h.Summary, h.Snippet, h.Content), Date: h.Date})
		}
		return hits, nil
	}
}

// deepSeekQuery returns the text of q with operators for the rest of it.
func deepSeekQuery(q Query) (string, error) {
	operators := ""
	if language, _, _ := strings.Cut(q.Language, "-"); language != "" && !strings.Contains(" "+q.Text, " lang:") {
		operators += " lang:" + strings.ToLower(language)
	}
	if since := q.Within.since(time.Now()); !since.IsZero() && !strings.Contains(" "+q.Text, " after:") {
		operators += " after:" + since.Format(time.DateOnly)
	}
	if n, most := utf8.RuneCountInString(q.Text), deepSeekText-len(operators); n > most {
		return "", &Error{Engine: "DeepSeek", Advice: fmt.Sprintf("it has %d characters, and %d is the most: search for the few words that matter", n, most), Err: ErrQuery}
	}
	return q.Text + operators, nil
}

// since returns when a period that ends now has begun; zero if it is no period.
func (p Period) since(now time.Time) time.Time {
	switch p {
	case Day:
		return now.AddDate(0, 0, -1)
	case Week:
		return now.AddDate(0, 0, -7)
	case Month:
		return now.AddDate(0, -1, 0)
	case Year:
		return now.AddDate(-1, 0, 0)
	}
	return time.Time{}
}
