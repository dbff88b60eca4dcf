// Package websearch lets a model search the web, by DeepSeek's search engine, by a
// SearXNG server, or by any other engine that a function can ask.
//
//	web := &websearch.Web{} // DeepSeek, with the key in $DEEPSEEK_API_KEY
//	set := tools.Set{web.Tool(), new(fetch.Fetcher).Tool()}
//
//	own := &websearch.Web{Engine: (&websearch.SearXNG{BaseURL: "http://localhost:8080"}).Search}
//
// An engine is a function from a [Query] to hits, so that chain.Fallback,
// chain.Retry and the like make one engine of others, and another provider takes
// one function; the example of [Web] has one.
//
// [Web.Search] is for programs: it has the hits as values. [Web.Tool] is for models:
// it has them as numbered text.
//
// # Threats
//
// What a search finds was written by strangers, some of whom write for models that
// search. The server that finds it may be hostile as well, or be in trouble. So
//
//   - each text is one line, without markup, characters of control and direction, and
//     those that no one sees; it cannot pass for another hit, or for the end of them;
//   - URLs that are not plain ones of http or https are dropped with their hits, and
//     so is a hit whose URL is there already;
//   - texts, hits, replies and time are bounded, replies after decompression;
//   - a reply has to pass package gate before anything is made of it;
//   - a [SearXNG] connects to the server of its BaseURL and to nothing else, whatever
//     a reply says or the query makes the server do;
//   - errors of this package hold no URL, header or key, and no word of a reply.
//
// What remains: the words may lie, and say "do this". The result tells the model that
// others wrote it, which helps and proves nothing; the policy of the tool tells the
// agent, which can then refuse a tool that would do harm. And to search is to send: the
// query goes to the engine, with whatever the model puts in it.
package websearch

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// A Web is the web as an engine finds it. The zero value searches by DeepSeek with the
// key in the environment. It is safe for concurrent use if its engine is, as long as its
// fields stay as they are, and may be copied.
type Web struct {
	// Engine finds the hits, best first. If nil, DeepSeek(nil). It gets a query that is
	// clean and complete: Text is one line, Count and Page are at least 1. What it
	// returns need not be clean. One that has no pages returns nothing for a Page over 1.
	Engine func(context.Context, Query) ([]Hit, error)
	// Max is how many hits a search has at most, up to 50. 0 is 8.
	Max int
	// Snippet bounds the snippet of a hit, in characters. 0 is 600, which has room for
	// the summaries of DeepSeek; those of others are shorter.
	Snippet int
	// Language is that of queries that name none, such as "de".
	Language string
	// Timeout bounds a search. 0 is 30 seconds, negative is none.
	Timeout time.Duration
}

const (
	defaultMax     = 8
	defaultSnippet = 600
	defaultTimeout = 30 * time.Second
)

// Search returns what the engine finds, best first, or nothing. It is a Func. If q.Count
// is zero or over w.Max, it is w.Max.
//
// The texts of a hit are single lines, cut to size, and plain: what was markup is gone.
// The URL is absolute, of http or https, in ASCII, and no two are of one page. That is
// all that can be said of them: they are the writing of strangers.
//
// A query that breaks a rule is an *[Error] of the class [ErrQuery]; what the engine
// returns as an error is returned as it is, but for the end of w.Timeout, which is an
// *Error that wraps [context.DeadlineExceeded].
func (w *Web) Search(ctx context.Context, q Query) ([]Hit, error) {
	if q.Count == 0 || q.Count > w.max() {
		q.Count = w.max()
	}
	q.Language = cmp.Or(q.Language, w.Language)
	q, err := q.normal()
	if err != nil {
		return nil, err
	}
	engine := w.Engine
	if engine == nil {
		engine = DeepSeek(nil)
	}
	timed := ctx
	if t := w.timeout(); t > 0 {
		var cancel context.CancelFunc
		timed, cancel = context.WithTimeout(ctx, t)
		defer cancel()
	}
	hits, err := engine(timed, q)
	switch {
	case err != nil && ctx.Err() == nil && errors.Is(timed.Err(), context.DeadlineExceeded):
		return nil, &Error{Err: &failure{"it took longer than " + w.timeout().String(), errors.Join(context.DeadlineExceeded, err)}}
	case err != nil:
		return nil, err
	}
	return shape(hits, q.Count, w.snippet()), nil
}

func (w *Web) max() int {
	if w.Max <= 0 {
		return defaultMax
	}
	return min(w.Max, maxCount)
}

func (w *Web) snippet() int {
	if w.Snippet <= 0 {
		return defaultSnippet
	}
	return w.Snippet
}

func (w *Web) timeout() time.Duration { return cmp.Or(w.Timeout, defaultTimeout) }
