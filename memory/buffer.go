package memory

import (
	"context"
	"iter"
	"slices"
	"sync"
)

// A Buffer is a [Memory] that keeps everything, in memory. The zero value is an
// empty conversation, ready to use. It must not be copied after the first use.
type Buffer struct {
	mu    sync.Mutex
	turns []Turn // all of them
	conversation
}

// Load implements [Memory]. The only error is that of a context that has ended.
func (b *Buffer) Load(ctx context.Context) (History, error) { return copied(b.view(ctx)) }

// view implements viewer.
func (b *Buffer) view(ctx context.Context) (History, error) {
	if err := ended(ctx); err != nil {
		return History{}, failure("load", "", "", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.shown, nil
}

// Append implements [Memory].
func (b *Buffer) Append(ctx context.Context, turn Turn) error {
	if err := turn.Check(); err != nil {
		return err
	}
	if err := ended(ctx); err != nil {
		return failure("append", "", turn.ID, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if known, err := b.place(turn); known || err != nil {
		return err
	}
	turn = turn.clone()
	b.turns = append(b.turns, turn)
	b.add(turn)
	return nil
}

// Turns returns a sequence of all turns there are when it is ranged over, also
// of those that a Summary stands for, oldest first. What is said of the slices of
// a [History] holds for those of a turn. The only error is that of a context
// that has ended, with the zero Turn and as the last pair.
func (b *Buffer) Turns(ctx context.Context) iter.Seq2[Turn, error] {
	return func(yield func(Turn, error) bool) {
		b.mu.Lock()
		turns := b.turns
		b.mu.Unlock()
		for _, t := range turns {
			if err := ended(ctx); err != nil {
				yield(Turn{}, failure("load", "", "", err))
				return
			}
			t.Messages = slices.Clone(t.Messages)
			if !yield(t, nil) {
				return
			}
		}
	}
}

// A conversation is what a store must have at hand of one: what is shown, and
// which turns are known.
type conversation struct {
	known map[string]struct{} // IDs of all turns
	shown History             // others may read it while it is added to: what is in its slices never changes
}

// place reports whether the turn is known, or else why it cannot be next.
func (c *conversation) place(t Turn) (known bool, err error) {
	if _, known := c.known[t.ID]; known {
		return true, nil
	}
	if t.After != c.shown.Last {
		return false, Conflict(t, c.shown.Last)
	}
	return false, nil
}

// add adds a turn, which is the conversation's from now on.
func (c *conversation) add(t Turn) {
	if c.known == nil {
		c.known = map[string]struct{}{}
	}
	if t.Summary {
		c.shown = History{}
	}
	c.known[t.ID] = struct{}{}
	c.shown.Last = t.ID
	c.shown.Turns = append(c.shown.Turns, Mark{ID: t.ID, Start: len(c.shown.Messages), Summary: t.Summary})
	c.shown.Messages = append(c.shown.Messages, t.Messages...)
}

// A viewer is a Memory that shows what Load returns without copying it, to be read
// only.
type viewer interface {
	view(ctx context.Context) (History, error)
}

// copied returns a copy of a view.
func copied(h History, err error) (History, error) {
	h.Messages, h.Turns = slices.Clone(h.Messages), slices.Clone(h.Turns)
	return h, err
}
