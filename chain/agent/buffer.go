package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"
)

// A Buffer is a [Store] that keeps runs in memory: for tests, and for servers whose runs
// wait for a person and need not outlive the process. The zero value has none and is
// ready for use. It keeps records as JSON, so that they come back as from a disk, and a
// run that is loaded shares nothing with it.
//
// It grows until runs are deleted. It is safe for concurrent use, and must not be copied
// after the first use.
type Buffer struct {
	mu   sync.Mutex
	runs map[string]*buffered
}

// A buffered run is what a Buffer has of it. Only its end changes.
type buffered struct {
	log     [][]byte
	changed time.Time
}

// Append implements [Store].
func (b *Buffer) Append(ctx context.Context, id string, at int, recs ...Record) error {
	return storeError("saving", id, b.append(ctx, id, at, recs))
}

func (b *Buffer) append(ctx context.Context, id string, at int, recs []Record) error {
	if err := ended(ctx); err != nil || len(recs) == 0 {
		return err
	}
	if err := storable(id); err != nil {
		return err
	}
	lines := make([][]byte, len(recs))
	for i := range recs {
		var err error
		if lines[i], err = json.Marshal(recs[i]); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	run := b.runs[id]
	if run == nil {
		run = new(buffered)
	}
	if at != len(run.log) {
		return conflict(at, len(run.log))
	}
	run.log = append(run.log, lines...)
	run.changed = time.Now()
	if b.runs == nil {
		b.runs = make(map[string]*buffered)
	}
	b.runs[id] = run
	return nil
}

// Load implements [Store].
func (b *Buffer) Load(ctx context.Context, id string) (*Run, error) {
	run, err := b.load(ctx, id)
	return run, storeError("loading", id, err)
}

func (b *Buffer) load(ctx context.Context, id string) (*Run, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	run := b.runs[id]
	if run == nil {
		b.mu.Unlock()
		return nil, ErrNotFound
	}
	lines := run.log
	b.mu.Unlock()
	log := make([]Record, len(lines))
	for i, line := range lines {
		if err := runGate.Decode(line, &log[i]); err != nil {
			return nil, fmt.Errorf("record %d: %w", i, err)
		}
	}
	return Restore(id, log)
}

// Runs returns a sequence of the runs that there are when it is ranged over, the one that
// was last appended to first. Runs of agents that are tools are among them: their ID is
// that of the call, which has a slash. The only error is that of a context that has
// ended, as the last pair.
func (b *Buffer) Runs(ctx context.Context) iter.Seq2[Stored, error] {
	type entry struct {
		id string
		buffered
	}
	return func(yield func(Stored, error) bool) {
		var list []entry
		b.mu.Lock()
		for id, run := range b.runs {
			list = append(list, entry{id, *run})
		}
		b.mu.Unlock()
		slices.SortFunc(list, func(x, y entry) int {
			return cmp.Or(y.changed.Compare(x.changed), cmp.Compare(x.id, y.id))
		})
		for _, e := range list {
			var rec Record
			err := ended(ctx)
			if err != nil {
				yield(Stored{}, storeError("listing", e.id, err))
				return
			}
			if err = runGate.Decode(e.log[0], &rec); err != nil {
				yield(Stored{}, storeError("listing", e.id, err))
				return
			}
			if !yield(Stored{ID: e.id, Changed: e.changed, Header: rec.Header, Began: rec.At}, nil) {
				return
			}
		}
	}
}

// Delete removes a run. If there is none, the error wraps [ErrNotFound].
func (b *Buffer) Delete(ctx context.Context, id string) error {
	if err := ended(ctx); err != nil {
		return storeError("deleting", id, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.runs[id] == nil {
		return storeError("deleting", id, ErrNotFound)
	}
	delete(b.runs, id)
	return nil
}
