package llm

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"log/slog"
	"time"
)

// LevelContent is the level at which [Log] writes the messages of requests and
// replies. It is below [slog.LevelDebug], so that turning on debugging does not
// show what people say.
const LevelContent = slog.LevelDebug - 4

// Log returns middleware that writes one record to l for each request once it
// is over: [slog.LevelInfo] for a reply, for a loop that was left early and for
// a context that was cancelled, [slog.LevelError] for a failure. The record has
// the model, why the reply ended, the token counts, the time until the first
// chunk ("first") and until the end ("elapsed"), what the provider calls the
// reply, and the status of a failure; but no content, unless l is enabled for
// [LevelContent].
func Log(l *slog.Logger) Middleware {
	return func(m Model) Model {
		return ModelFunc(func(ctx context.Context, req *Request) iter.Seq2[*Chunk, error] {
			return func(yield func(*Chunk, error) bool) {
				record := logRecord{log: l, req: req, start: time.Now(), first: -1}
				if l.Enabled(ctx, LevelContent) {
					l.Log(ctx, LevelContent, "llm request", "request", req)
					record.reply = new(Response)
				}
				defer record.write(ctx)
				for chunk, err := range m.Stream(ctx, req) {
					record.add(chunk, err)
					if !yield(chunk, err) {
						record.left = true
						return
					}
				}
			}
		})
	}
}

// A logRecord collects what is to be logged of a request.
type logRecord struct {
	log   *slog.Logger
	req   *Request
	start time.Time

	first time.Duration // until the first chunk; negative if there is none
	last  Chunk         // ID, Model, Finish and Usage as far as they are known
	err   error
	left  bool      // the caller wanted no more
	reply *Response // the whole reply, if its content is logged
}

func (r *logRecord) add(c *Chunk, err error) {
	if err != nil {
		r.err = err
		return
	}
	if c == nil {
		return // a mistake of the model, which is not Log's to report
	}
	if r.first < 0 {
		r.first = time.Since(r.start)
	}
	l := &r.last
	l.ID, l.Model = cmp.Or(c.ID, l.ID), cmp.Or(c.Model, l.Model)
	l.Finish, l.Usage = cmp.Or(c.Finish, l.Finish), cmp.Or(c.Usage, l.Usage)
	if r.reply != nil {
		r.reply.Add(c)
	}
}

func (r *logRecord) write(ctx context.Context) {
	level, attrs := slog.LevelInfo, make([]slog.Attr, 0, 10)
	if r.err == nil && r.last.Finish == "" && !r.left {
		r.err = truncated()
	}
	if model := cmp.Or(r.last.Model, r.req.Model); model != "" {
		attrs = append(attrs, slog.String("model", model))
	}
	attrs = append(attrs, slog.Int("messages", len(r.req.Messages)))
	if n := Attempt(ctx); n > 1 {
		attrs = append(attrs, slog.Int("attempt", n))
	}
	switch {
	case r.err != nil:
		if !errors.Is(r.err, context.Canceled) {
			level = slog.LevelError
		}
		attrs = append(attrs, slog.Any("err", r.err))
		if e, ok := errors.AsType[*Error](r.err); ok && e.Status != 0 {
			attrs = append(attrs, slog.Int("status", e.Status))
		}
	case r.last.Finish == "":
		attrs = append(attrs, slog.Bool("abandoned", true))
	default:
		attrs = append(attrs, slog.String("finish", string(r.last.Finish)))
	}
	if r.last.ID != "" {
		attrs = append(attrs, slog.String("id", r.last.ID))
	}
	if u := r.last.Usage; u != nil {
		attrs = append(attrs, slog.Group("usage",
			"input", u.Input, "cached", u.Cached, "output", u.Output, "reasoning", u.Reasoning, "estimated", u.Estimated))
	}
	if r.first >= 0 {
		attrs = append(attrs, slog.Duration("first", r.first))
	}
	attrs = append(attrs, slog.Duration("elapsed", time.Since(r.start)))
	r.log.LogAttrs(ctx, level, "llm", attrs...)
	if r.reply != nil {
		r.reply.flush()
		r.log.Log(ctx, LevelContent, "llm reply", "reply", r.reply)
	}
}
