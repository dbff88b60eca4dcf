package deepseek

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A memo keeps what was made of earlier requests, for those that have the same in
// them again. Nothing depends on it but how long a request takes. All of this
// package shares it, as a Client may be copied, and what is kept has nothing of
// the client's.
type memo[T any] struct {
	limit int // bytes of memory

	mu      sync.Mutex
	kept    map[uint64][]*memory[T] // by a hash; a list is replaced, and never changed
	size    int                     // of all that is kept
	watched bool
	swept   time.Time
}

// A memory is a value in a memo.
type memory[T any] struct {
	value T
	size  int         // about
	used  atomic.Bool // since the memo was swept
	idle  time.Time   // since when it was found unused
}

const (
	memoryCost  = 4 << 10 // of a memory, whatever its size, so that their number is bounded, too
	maxSiblings = 4       // memories of one hash
	maxIdle     = 10 * time.Minute
	sweepEvery  = time.Minute
)

// find returns what is kept under a hash.
func (m *memo[T]) find(hash uint64) []*memory[T] {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kept[hash]
}

// use notes that a memory was of use.
func (e *memory[T]) use() {
	if !e.used.Load() { // so that what all use stays in their caches
		e.used.Store(true)
	}
}

// put keeps a value of the given size, in place of some others.
func (m *memo[T]) put(hash uint64, others []*memory[T], value T, size int) {
	size += memoryCost
	if size > m.limit/2 {
		return
	}
	e := &memory[T]{value: value, size: size}
	e.used.Store(true)
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []*memory[T]
	for _, l := range m.kept[hash] {
		if slices.Contains(others, l) {
			m.size -= l.size
			continue
		}
		list = append(list, l)
	}
	if len(list) == maxSiblings {
		m.size -= list[0].size
		list = list[1:]
	}
	m.size += size
	for other, l := range m.kept { // which begins anywhere
		if m.size <= m.limit {
			break
		}
		if other != hash {
			m.drop(other, l)
		}
	}
	for m.size > m.limit {
		m.size -= list[0].size
		list = list[1:]
	}
	if m.kept == nil {
		m.kept = make(map[uint64][]*memory[T])
	}
	m.kept[hash] = append(list, e)
	if !m.watched {
		m.watched = true
		m.watch()
	}
}

func (m *memo[T]) drop(hash uint64, list []*memory[T]) {
	for _, e := range list {
		m.size -= e.size
	}
	delete(m.kept, hash)
}

// sweep drops what has not been used for long. It reports whether anything is
// left.
func (m *memo[T]) sweep(now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now.Sub(m.swept) >= sweepEvery {
		m.swept = now
		expired := func(e *memory[T]) bool { return e.expired(now) }
		for hash, list := range m.kept {
			if !slices.ContainsFunc(list, expired) {
				continue
			}
			m.drop(hash, list)
			if list = slices.DeleteFunc(slices.Clone(list), expired); len(list) > 0 {
				m.kept[hash] = list
			}
			for _, e := range list {
				m.size += e.size
			}
		}
	}
	m.watched = len(m.kept) > 0
	return m.watched
}

func (e *memory[T]) expired(now time.Time) bool {
	if e.used.Swap(false) || e.idle.IsZero() {
		e.idle = now
	}
	return now.Sub(e.idle) >= maxIdle
}

// watch sweeps after each garbage collection while anything is kept. There is one
// every two minutes at least, unless the program turns them off; and no timer
// and no goroutine is needed.
func (m *memo[T]) watch() {
	runtime.AddCleanup(&garbage{}, func(m *memo[T]) {
		if m.sweep(time.Now()) {
			m.watch()
		}
	}, m)
}

// garbage has a pointer so that it is not allocated together with what lives on.
type garbage struct{ _ *byte }
