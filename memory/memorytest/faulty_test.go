package memorytest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
)

// A faulty store breaks one rule, which its name says; with none it keeps them all.
type faulty struct {
	name    string
	writing sync.Mutex
	mu      sync.Mutex
	list    []memory.Turn
	past    int // turns that were there when it was opened
	flat    []llm.Message
}

func (s *faulty) is(name string) bool { return s.name == name }

func (s *faulty) Load(ctx context.Context) (memory.History, error) {
	if ctx.Err() != nil && !s.is("loads without a context") {
		return memory.History{}, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.Clone(s.list)
	switch {
	case s.is("shows the newest hundred only") && len(list) > 100:
		list = list[len(list)-100:]
	case s.is("shows the oldest hundred only") && len(list) > 100:
		list = list[:100]
	case s.is("shows the newest first"):
		slices.Reverse(list)
	case s.is("shows what a Summary stands for"):
		for i := range list {
			list[i].Summary = false
		}
	case s.is("loses the Summary itself"):
		if i := slices.IndexFunc(list, func(t memory.Turn) bool { return t.Summary }); i >= 0 {
			list = list[i+1:]
		}
	}
	h := want(list)
	if s.is("shares its messages") && len(h.Messages) > 0 {
		s.flat = append(s.flat, h.Messages[len(s.flat):]...)
		h.Messages = s.flat
	}
	switch {
	case s.is("marks no turns"):
		h.Turns = nil
	case s.is("marks turns one late") && len(h.Turns) > 0:
		h.Turns[len(h.Turns)-1].Start++
	case s.is("marks no Summary") && len(h.Turns) > 0:
		h.Turns[0].Summary = false
	case s.is("says the wrong Last") && len(h.Turns) > 1:
		h.Last = h.Turns[0].ID
	case s.is("is not empty at first") && h.Last == "":
		h = want([]memory.Turn{turn("welcome", "Hello!")})
	case s.is("mixes up messages under load") && len(h.Messages) > 100:
		h.Messages[50], h.Messages[51] = h.Messages[51], h.Messages[50]
	}
	return h, nil
}

func (s *faulty) Append(ctx context.Context, t memory.Turn) error {
	if ctx.Err() != nil && !s.is("appends without a context") {
		return ctx.Err()
	}
	if err := t.Check(); err != nil && !s.is("takes what is invalid") {
		if s.is("refuses without ErrInvalid") {
			return errors.New("bad turn")
		}
		return err
	}
	if s.is("changes what it is given") {
		s.spoiled(t)
	}
	if s.is("panics on megabytes") && len(t.Messages[0].Text()) > 1<<20 {
		panic("too much")
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, err := s.known(t); known || err != nil {
		return err
	}
	if err := s.follows(t); err != nil {
		return err
	}
	if s.is("looks and then appends") {
		s.mu.Unlock()
		s.writing.Unlock()
		runtime.Gosched()
		s.writing.Lock()
		s.mu.Lock()
	}
	if s.is("appends message by message") {
		return s.slowly(ctx, t)
	}
	if !s.is("shares what it is given") {
		t = clone(t)
	}
	if s.is("shows half turns") {
		s.halfFirst(t)
	}
	if s.is("hands out parts with room") {
		for i := range t.Messages {
			t.Messages[i].Parts = append(t.Messages[i].Parts, nil)[:len(t.Messages[i].Parts)]
		}
	}
	s.list = append(s.list, s.spoiled(t))
	if s.is("forgets what a Summary stands for") && t.Summary {
		s.list = s.list[len(s.list)-1:]
	}
	if s.is("appends every tenth twice") && len(s.list)%10 == 0 {
		s.list = append(s.list, t)
	}
	if s.is("loses every tenth") && len(s.list)%10 == 0 {
		s.list = s.list[:len(s.list)-1]
	}
	return nil
}

// clone returns a copy of t, with what is not UTF-8 in it as it is.
func clone(t memory.Turn) memory.Turn {
	t.Messages = slices.Clone(t.Messages)
	for i := range t.Messages {
		t.Messages[i].Parts = cloneParts(t.Messages[i].Parts)
	}
	return t
}

func cloneParts(parts llm.Parts) llm.Parts {
	parts = slices.Clip(slices.Clone(parts))
	for i, part := range parts {
		switch part := part.(type) {
		case llm.ToolResult:
			part.Content = cloneParts(part.Content)
			parts[i] = part
		case llm.Blob:
			part.Data = bytes.Clone(part.Data)
			parts[i] = part
		}
	}
	return parts
}

func (s *faulty) known(t memory.Turn) (bool, error) {
	list := s.list
	switch {
	case s.is("knows the newest only") && len(list) > 0:
		list = list[len(list)-1:]
	case s.is("knows no turn"):
		list = nil
	case s.is("forgets which turns it knows"):
		list = list[s.past:]
	}
	for _, old := range list {
		switch {
		case old.ID == t.ID, s.is("folds the case of IDs") && strings.EqualFold(old.ID, t.ID), s.is("trims IDs") && strings.TrimSpace(old.ID) == strings.TrimSpace(t.ID),
			s.is("cuts IDs") && old.ID[:min(len(old.ID), 255)] == t.ID[:min(len(t.ID), 255)]:
		default:
			continue
		}
		switch {
		case s.is("says that a turn is known"):
			return true, errors.New("known")
		case s.is("looks at After first") && t.After != s.last():
			return true, memory.Conflict(t, s.last())
		}
		return true, nil
	}
	return false, nil
}

func (s *faulty) last() string {
	if len(s.list) == 0 {
		return ""
	}
	return s.list[len(s.list)-1].ID
}

func (s *faulty) follows(t memory.Turn) error {
	if t.After == s.last() || s.is("takes what does not follow") || s.is("lets any turn begin") && s.last() == "" || s.is("lets a Summary come after any") && t.Summary ||
		s.is("takes what comes after any turn") && slices.ContainsFunc(s.list, func(old memory.Turn) bool { return old.ID == t.After }) {
		return nil
	}
	switch {
	case s.is("refuses without ErrConflict"):
		return fmt.Errorf("%q does not come after %q", t.After, s.last())
	case s.is("refuses without IDs"):
		return memory.ErrConflict
	case s.is("refuses with one ID"):
		return fmt.Errorf("%w: the newest is %q", memory.ErrConflict, s.last())
	case s.is("keeps what it refuses"):
		err := memory.Conflict(t, s.last())
		s.list = append(s.list, t)
		return err
	}
	return memory.Conflict(t, s.last())
}

// halfFirst shows the beginning of a turn before the turn is there.
func (s *faulty) halfFirst(t memory.Turn) {
	whole := s.list
	t.Messages = t.Messages[:1]
	s.list = append(slices.Clone(whole), t)
	s.mu.Unlock()
	for start := time.Now(); time.Since(start) < time.Millisecond; { // however busy the machine is
		runtime.Gosched()
	}
	s.mu.Lock()
	s.list = whole
}

// slowly appends a turn so that its beginning is left if the context ends.
func (s *faulty) slowly(ctx context.Context, t memory.Turn) error {
	whole := t.Messages
	for i := range whole {
		t.Messages = whole[: i+1 : i+1]
		if i == 0 {
			s.list = append(s.list, t)
		}
		s.list[len(s.list)-1] = t
		for range 20 {
			runtime.Gosched()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// spoiled returns t as the store keeps it.
func (s *faulty) spoiled(t memory.Turn) memory.Turn {
	for i := range t.Messages {
		m := &t.Messages[i]
		switch {
		case s.is("makes one text of several"):
			if text := m.Text(); text != "" && len(m.ToolCalls()) == 0 && !m.HasReasoning() && m.Role == llm.RoleAssistant {
				m.Parts = llm.Parts{llm.Text(text)}
			}
		case s.is("makes nil of empty parts") && len(m.Parts) == 0:
			m.Parts = nil
		case s.is("drops messages of tools") && m.Role == llm.RoleTool:
			m.Parts = m.Parts[:0]
		case s.is("takes reminders for system prompts") && m.Role == llm.RoleReminder:
			m.Role = llm.RoleSystem
		case s.is("changes what it is given") && m.Role == llm.RoleAssistant:
			m.Parts = append(m.Parts, llm.Text(""))
		}
		m.Parts = slices.DeleteFunc(slices.Clone(m.Parts), func(p llm.Part) bool {
			r, is := p.(llm.Reasoning)
			return is && (s.is("drops reasoning") || s.is("drops empty reasoning") && r.Text == "") || s.is("drops empty text") && p == llm.Part(llm.Text(""))
		})
		m.Parts = slices.Clip(m.Parts)
		for k, p := range m.Parts {
			m.Parts[k] = s.part(p)
		}
	}
	return t
}

func (s *faulty) part(p llm.Part) llm.Part {
	switch p := p.(type) {
	case llm.Text:
		return llm.Text(s.text(string(p)))
	case llm.ToolCall:
		var v any
		if s.is("writes arguments anew") && json.Unmarshal([]byte(p.Args), &v) == nil {
			data, _ := json.Marshal(v)
			p.Args = string(data)
		}
		if s.is("fills in empty arguments") && p.Args == "" {
			p.Args = "{}"
		}
		return p
	case llm.ToolResult:
		if s.is("drops IsError") {
			p.IsError = false
		}
		if s.is("makes text of results") {
			p.Content = llm.Parts{llm.Text(llm.Message{Parts: p.Content}.Text())}
		}
		return p
	case llm.Blob:
		if s.is("drops the data of blobs") {
			p.Data = nil
		}
		if s.is("makes nil of empty data") && len(p.Data) == 0 {
			p.Data = nil
		}
		return p
	}
	return p
}

func (s *faulty) text(text string) string {
	switch s.name {
	case "trims text":
		return strings.TrimSpace(text)
	case "ends text at NUL":
		text, _, _ = strings.Cut(text, "\x00")
	case "makes one newline of two characters":
		return strings.ReplaceAll(text, "\r\n", "\n")
	case "escapes HTML":
		return strings.ReplaceAll(text, "<", `\u003c`)
	case "composes characters":
		return strings.ReplaceAll(text, "e\u0301", "\u00e9")
	case "drops the byte order mark":
		return strings.TrimPrefix(text, "\ufeff")
	case "drops what is not in the basic plane":
		return strings.Map(func(r rune) rune {
			if r > 0xffff {
				return '?'
			}
			return r
		}, text)
	case "drops what is not UTF-8":
		return strings.ToValidUTF8(text, "")
	case "cuts at a megabyte":
		return text[:min(len(text), 1<<20)]
	}
	return text
}

// A telling store has all its turns to tell.
type telling struct{ *faulty }

func (s telling) Turns(context.Context) iter.Seq2[memory.Turn, error] {
	return func(yield func(memory.Turn, error) bool) {
		s.mu.Lock()
		list := slices.Clone(s.list)
		s.mu.Unlock()
		for i, t := range list {
			switch {
			case s.is("tells only what is shown") && slices.ContainsFunc(list[i+1:], func(t memory.Turn) bool { return t.Summary }):
				continue
			case s.is("tells turns without After"):
				t.After = ""
			case s.is("tells all but an error") && i > 10:
				yield(t, errors.New("enough"))
				return
			}
			if !s.is("tells its own turns") {
				t.Messages = slices.Clone(t.Messages)
			}
			if !yield(t, nil) && !s.is("tells on when it is left") {
				return
			}
		}
	}
}
