package websearch

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hadal-go/hadal/output/gate"
)

// A reply is a page of hits from a SearXNG server.
type reply struct {
	hits   []Hit
	silent int // engines that did not answer
}

// body is a reply as the server writes it. All that is not here is passed over.
type body struct {
	Results      []result `json:"results"`
	Unresponsive []any    `json:"unresponsive_engines"` // each a name and why
}

type result struct {
	URL     string   `json:"url"`
	Title   string   `json:"title"`
	Content string   `json:"content"`
	Engine  string   `json:"engine"`
	Engines []string `json:"engines"`
	Date    string   `json:"publishedDate"`
	PubDate string   `json:"pubdate"` // the same, of older servers
}

// decode reads a reply of at most most bytes. The error wraps ErrReply and says what is
// wrong in words that hold nothing of it.
//
// A member of the wrong type is left out, as is what depends on it: one engine of many
// that writes a number for a date is no reason to lose what the others found.
func decode(data []byte, most int) (*reply, error) {
	if len(data) > most {
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrReply, most)
	}
	if start := bytes.TrimLeft(data, " \t\r\n"); len(start) == 0 || start[0] != '{' {
		return nil, fmt.Errorf("%w: it is no JSON object; is there another program at BaseURL?", ErrReply)
	}
	var b body
	err := gate.Limits{Bytes: most, Depth: 64, Nodes: 1 << 18}.Decode(data, &b)
	if e, ok := errors.AsType[*gate.Error](err); ok && e.Rule != gate.WrongType {
		return nil, fmt.Errorf("%w: %w", ErrReply, e.Rule)
	}
	if b.Results == nil { // as it is too if it is no list
		return nil, fmt.Errorf("%w: it has no results; is there another program at BaseURL?", ErrReply)
	}
	r := &reply{hits: make([]Hit, len(b.Results)), silent: len(b.Unresponsive)}
	for i, h := range b.Results {
		engine := strings.Join(slices.DeleteFunc(h.Engines, func(s string) bool { return s == "" }), ", ")
		r.hits[i] = Hit{Title: h.Title, URL: h.URL, Snippet: h.Content, Date: date(cmp.Or(h.Date, h.PubDate)), Engine: cmp.Or(engine, h.Engine)}
	}
	return r, nil
}

// date reads a date as Python writes it; zero if it is none.
func date(s string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}
