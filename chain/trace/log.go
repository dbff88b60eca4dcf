package trace

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
)

// Log returns a listener, for [With], that writes the spans that it hears of to l:
// a record at [slog.LevelDebug] when one starts, and one when it ends, with the time
// that it took ("elapsed"), the tokens ("usage") and the money ("cost") that it spent
// itself. That is at [slog.LevelInfo]; or at [slog.LevelWarn] with the error, if the
// step failed in another way than by being cancelled. The ID of a span and of the one
// that it is part of are in "span" and "parent".
//
// Nothing is written of other events, such as what a model says. An error is written
// as it is. The listener is safe for concurrent use. As it has no context, neither
// has what l's handler gets.
func Log(l *slog.Logger) func(Event) {
	lg := &logger{log: l, running: make(map[uint64]*Step)}
	return lg.hear
}

// A logger writes spans to a log.
type logger struct {
	log *slog.Logger

	mu      sync.Mutex
	running map[uint64]*Step // what they spent so far, by the IDs of spans
}

func (l *logger) hear(e Event) {
	switch e := e.(type) {
	case Started:
		l.start(e.Span)
	case Spent:
		l.spend(e)
	case Ended:
		l.end(e, l.take(e.Span))
	}
}

func (l *logger) start(s *Span) {
	l.log.LogAttrs(context.Background(), slog.LevelDebug, "step started", about(s)...)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running[s.ID] = new(Step)
}

func (l *logger) spend(e Spent) {
	if e.Span == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.running[e.Span.ID]; s != nil {
		s.spend(e)
	}
}

// take returns what a span spent, and forgets it.
func (l *logger) take(s *Span) *Step {
	l.mu.Lock()
	defer l.mu.Unlock()
	spent := l.running[s.ID]
	delete(l.running, s.ID)
	return cmp.Or(spent, new(Step))
}

func (l *logger) end(e Ended, spent *Step) {
	level, message, attrs := slog.LevelInfo, "step ended", about(e.Span)
	attrs = append(attrs, slog.Duration("elapsed", e.Elapsed))
	if e.Err != nil {
		attrs = append(attrs, slog.Any("err", e.Err))
		if !errors.Is(e.Err, context.Canceled) {
			level, message = slog.LevelWarn, "step failed"
		}
	}
	if spent.Input != 0 || spent.Output != 0 {
		attrs = append(attrs, slog.Group("usage",
			"input", spent.Input, "cached", spent.Cached, "output", spent.Output, "estimated", spent.Estimated))
	}
	if spent.Cost != 0 {
		attrs = append(attrs, slog.String("cost", dollars(spent.Cost)))
	}
	l.log.LogAttrs(context.Background(), level, message, attrs...)
}

// about returns the attributes that say which span it is.
func about(s *Span) []slog.Attr {
	attrs := make([]slog.Attr, 0, 8)
	attrs = append(attrs, slog.String("category", s.Category))
	if s.Name != "" {
		attrs = append(attrs, slog.String("name", s.Name))
	}
	attrs = append(attrs, slog.Uint64("span", s.ID))
	if s.Parent != 0 {
		attrs = append(attrs, slog.Uint64("parent", s.Parent))
	}
	return attrs
}
