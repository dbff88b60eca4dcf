package agenttest

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
)

// A faulty store breaks one rule, which its name says; with none it keeps them all.
type faulty struct {
	name string
	mu   sync.Mutex
	runs map[string][]agent.Record
	last map[string]*agent.Run
}

func (s *faulty) is(name string) bool { return s.name == name }

// key returns what the store takes the ID of a run for.
func (s *faulty) key(id string) string {
	switch {
	case s.is("folds the case of IDs"):
		return strings.ToLower(id)
	case s.is("trims IDs"):
		return strings.TrimSpace(id)
	case s.is("cuts IDs"):
		return id[:min(len(id), 255)]
	case s.is("takes IDs for paths"):
		return path.Join("/runs", id)
	case s.is("ends IDs at NUL"):
		id, _, _ = strings.Cut(id, "\x00")
	case s.is("makes IDs UTF-8"):
		return strings.ToValidUTF8(id, "\ufffd")
	}
	return id
}

func (s *faulty) Load(ctx context.Context, id string) (*agent.Run, error) {
	if ctx.Err() != nil && !s.is("loads without a context") {
		return nil, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.runs[s.key(id)]
	if len(list) == 0 {
		switch {
		case s.is("has no ErrNotFound"):
			return nil, errors.New("no such run")
		case s.is("loads a run that is none"):
			return &agent.Run{ID: id}, nil
		case s.is("loads a run and ErrNotFound"):
			return &agent.Run{ID: id}, agent.ErrNotFound
		}
		return nil, agent.ErrNotFound
	}
	if r := s.last[id]; r != nil && s.is("hands out one run to all") && len(r.Log) >= len(list) {
		return r, nil
	}
	list = slices.Clone(list)
	switch {
	case s.is("loads the newest hundred only") && len(list) > 100:
		list = append(list[:1], list[len(list)-100:]...)
	case s.is("loads the newest first"):
		slices.Reverse(list[1:])
	case s.is("loads without Restore"):
		return &agent.Run{ID: id, Log: list}, nil
	case s.is("loads under another ID"):
		id += "/copy"
	}
	r, err := agent.Restore(id, list)
	if s.last == nil {
		s.last = make(map[string]*agent.Run)
	}
	s.last[id] = r
	return r, err
}

func (s *faulty) Append(ctx context.Context, id string, at int, recs ...agent.Record) error {
	if ctx.Err() != nil && !s.is("appends without a context") {
		return ctx.Err()
	}
	if len(recs) == 0 && !s.is("makes runs of nothing") {
		if s.is("refuses nothing") {
			return errors.New("no records")
		}
		return nil
	}
	if strings.TrimSpace(id) == "" && !s.is("takes blank IDs") {
		return errors.New("blank")
	}
	if !utf8.ValidString(id) && !s.is("makes IDs UTF-8") {
		return errors.New("not UTF-8")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := s.key(id)
	if err := s.follows(key, at, recs); err != nil {
		return err
	}
	if s.is("looks and then appends") {
		s.mu.Unlock()
		runtime.Gosched()
		s.mu.Lock()
	}
	if s.runs == nil {
		s.runs = make(map[string][]agent.Record)
	}
	if s.is("keeps the slice") && at == 0 {
		s.runs[key] = recs
		return nil
	}
	if s.is("puts batches in front") && len(recs) > 1 && at > 0 {
		s.runs[key] = slices.Concat(s.runs[key][:1], recs, s.runs[key][1:])
		return nil
	}
	kept := s.runs[key]
	for i, rec := range recs {
		if s.is("appends one by one") {
			s.runs[key] = kept
			s.mu.Unlock()
			runtime.Gosched()
			s.mu.Lock()
			if ctx.Err() != nil {
				return ctx.Err()
			}
			kept = s.runs[key]
		}
		rec, ok, err := s.keep(rec, i)
		if err != nil {
			if s.is("keeps half a batch") {
				s.runs[key] = kept
			}
			return err
		}
		if ok {
			kept = append(kept, rec)
		}
	}
	s.runs[key] = kept
	if s.is("changes what it is given") {
		recs[0].At = time.Time{}
	}
	return nil
}

// follows returns why records cannot be appended there.
func (s *faulty) follows(key string, at int, recs []agent.Record) error {
	n := len(s.runs[key])
	switch {
	case at == n:
		return nil
	case s.is("appends at any place"),
		s.is("takes what is too far") && at > n,
		s.is("makes runs that do not begin") && n == 0:
		return nil
	case s.is("writes over the end") && at >= 0 && at < n:
		s.runs[key] = slices.Clone(s.runs[key][:at])
		return nil
	case s.is("takes again what is there") && at >= 0 && at+len(recs) <= n && same(s.runs[key][at], recs[0]):
		return errAgain
	case s.is("has no ErrConflict"):
		return errors.New("conflict")
	case s.is("keeps what it refuses"):
		s.runs[key] = append(s.runs[key], recs...)
	}
	return agent.ErrConflict
}

// errAgain is a conflict that the store above it takes for none.
var errAgain = errors.New("again")

// keep returns a record as the store keeps it, if it does.
func (s *faulty) keep(rec agent.Record, i int) (agent.Record, bool, error) {
	data, err := json.Marshal(rec)
	if err != nil {
		return rec, false, err
	}
	text := string(data)
	swap := func(old ...string) { text = strings.NewReplacer(old...).Replace(text) }
	switch {
	case s.is("loses every tenth of a batch") && i%10 == 9:
		return rec, false, nil
	case s.is("cuts at a megabyte") && len(text) > 1<<20:
		return failed("cut"), true, nil
	case s.is("panics on megabytes") && len(text) > 1<<20:
		panic("too much")
	case s.is("escapes HTML"):
		swap(`\u003c`, "&lt;")
	case s.is("makes one newline of two characters"):
		swap(`\r\n`, `\n`)
	case s.is("ends text at NUL"):
		swap(`\u0000`, "")
	case s.is("composes characters"):
		swap("e\u0301", "\u00e9")
	case s.is("drops the byte order mark"):
		swap("\ufeff", "")
	case s.is("drops what is not in the basic plane"):
		swap("🐙", "?")
	}
	var kept agent.Record
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return rec, false, err
	}
	return s.spoil(kept), true, nil
}

// spoil changes a record, which is a copy.
func (s *faulty) spoil(rec agent.Record) agent.Record {
	switch {
	case s.is("keeps times to the microsecond"):
		rec.At = rec.At.Truncate(time.Microsecond)
	case s.is("drops when an approval expires"):
		rec.Expires = time.Time{}
	case s.is("drops what was used"):
		rec.Used = nil
	case s.is("drops the time that was worked"):
		rec.Elapsed = 0
	case s.is("drops the answer"):
		rec.Value = nil
	}
	if r := rec.Result; r != nil {
		switch {
		case s.is("makes nil of empty parts") && len(r.Content) == 0:
			r.Content = nil
		case s.is("drops IsError"):
			r.IsError = false
		}
	}
	if r := rec.Reply; r != nil {
		r.Parts = slices.DeleteFunc(r.Parts, func(p llm.Part) bool {
			return s.is("drops reasoning that is empty") && p == llm.Part(llm.Reasoning{})
		})
		for i, p := range r.Parts {
			c, ok := p.(llm.ToolCall)
			if ok && s.is("writes arguments anew") {
				var v any
				if json.Unmarshal([]byte(c.Args), &v) == nil {
					data, _ := json.Marshal(v)
					c.Args = string(data)
				}
				r.Parts[i] = c
			}
		}
	}
	if h := rec.Header; h != nil {
		switch {
		case s.is("writes schemas anew") && len(h.Tools) > 0:
			h.Tools[0].Schema = json.RawMessage(`{"type":"object","x":100}`)
		case s.is("forgets settings"):
			h.Settings = llm.Request{}
		}
		for _, m := range h.Input {
			for i, p := range m.Parts {
				b, ok := p.(llm.Blob)
				if ok && s.is("drops the data of blobs") {
					b.Data = nil
					m.Parts[i] = b
				}
			}
		}
	}
	return rec
}

// A listing store is a faulty one that can list its runs and remove them.
type listing struct{ *faulty }

// Append says that what is there was taken.
func (s listing) Append(ctx context.Context, id string, at int, recs ...agent.Record) error {
	err := s.faulty.Append(ctx, id, at, recs...)
	if err == errAgain {
		return nil
	}
	return err
}

// Runs lists the runs.
func (s listing) Runs(ctx context.Context) iter.Seq2[agent.Stored, error] {
	return func(yield func(agent.Stored, error) bool) {
		if ctx.Err() != nil && !s.is("lists without a context") {
			yield(agent.Stored{}, ctx.Err())
			return
		}
		s.mu.Lock()
		runs := maps.Clone(s.runs)
		s.mu.Unlock()
		n := 0
		for id, log := range runs {
			item := agent.Stored{ID: id, Changed: start, Header: log[0].Header, Began: log[0].At}
			n++
			switch {
			case s.is("lists ten runs only") && n > 10:
				return
			case s.is("lists runs without what they began with"):
				item.Header = nil
			case s.is("lists runs without a time"):
				item.Changed = time.Time{}
			case s.is("lists runs for each record"):
				for range log[1:] {
					if !yield(item, nil) {
						return
					}
				}
			}
			if !yield(item, nil) && !s.is("lists on when it is left") {
				return
			}
		}
	}
}

// Delete removes a run.
func (s listing) Delete(ctx context.Context, id string) error {
	if ctx.Err() != nil && !s.is("removes without a context") {
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := s.key(id)
	if s.runs[key] == nil && !s.is("removes what is not there") {
		return agent.ErrNotFound
	}
	for other := range s.runs {
		if s.is("removes by pattern") {
			if ok, _ := path.Match(key, other); ok {
				delete(s.runs, other)
			}
		}
		if s.is("removes what begins alike") && strings.HasPrefix(other, key) {
			delete(s.runs, other)
		}
	}
	if !s.is("removes nothing") {
		delete(s.runs, key)
	}
	return nil
}
