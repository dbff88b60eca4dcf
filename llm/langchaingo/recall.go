package langchaingo

import (
	"container/list"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/hadal-go/hadal/llm"
)

// A recall keeps replies, in order of their use. The zero value is empty.
type recall struct {
	mu    sync.Mutex
	used  list.List           // of *reply, the last used first
	known map[digest][]*reply // by key, the newest last
	size  int                 // bytes
}

// A reply is what a model wrote. It does not change.
type reply struct {
	message llm.Message // as it goes back: arguments that are no object are in one
	keys    []digest    // of the calls, or else of the text
	before  digest      // the conversation
	wrapped bool        // arguments were no object
	size    int
	at      *list.Element
}

// newReply returns what is to be kept of a response, or nil if nothing is.
func newReply(h *history, resp llm.Message) *reply {
	r := &reply{
		message: llm.Message{Role: llm.RoleAssistant, Parts: make(llm.Parts, 0, len(resp.Parts))},
		before:  h.before,
		size:    512,
	}
	for _, p := range resp.Parts {
		switch part := p.(type) {
		case llm.Text:
			r.size += len(part)
		case llm.Reasoning:
			r.size += len(part.Text)
		case llm.ToolCall:
			r.keys = append(r.keys, h.callKey(part))
			args := object(part.Args)
			r.wrapped = r.wrapped || args != part.Args
			part.Args = args
			r.size += len(part.ID) + len(part.Name) + len(args) + 256
			p = part
		}
		r.message.Parts = append(r.message.Parts, p)
	}
	if len(r.keys) == 0 {
		if !resp.HasReasoning() {
			return nil
		}
		r.keys = []digest{h.textKey(resp.Text())}
	}
	return r
}

// call returns the call that has the key, as the model wrote it.
func (r *reply) call(key digest) (llm.ToolCall, bool) {
	if r == nil {
		return llm.ToolCall{}, false
	}
	i := slices.Index(r.keys, key)
	if i < 0 {
		return llm.ToolCall{}, false
	}
	return r.message.ToolCalls()[i], true
}

// callKey returns what a call is known by that comes next: by itself if it has an
// id of its own, or else together with the conversation.
func (h *history) callKey(c llm.ToolCall) digest {
	d := h.before
	if unique(c) {
		d = h.whose
	}
	return h.digest(d, func(b []byte) []byte { return appendTexts(b, "call", c.ID, c.Name, bare(c.Args)) })
}

// unique reports whether no other call has the id: some servers count the calls
// of each reply from zero, with or without the name of the tool.
func unique(c llm.ToolCall) bool {
	return len(strings.Replace(c.ID, c.Name, "", 1)) >= 16
}

// textKey returns what a reply without calls is known by that comes next. What a
// memory leaves out between what one user said, and so may be another's, does not
// count only if it is known who the user is.
func (h *history) textKey(text string) digest {
	d := h.before
	if h.user != "" {
		d = h.said
	}
	return h.digest(d, func(b []byte) []byte { return appendTexts(b, "text", text) })
}

// add keeps r, which may be nil, and forgets replies that are over the limit.
func (k *recall) add(r *reply, limit int) {
	if r == nil || r.size > limit {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	others := 0
	for _, old := range k.known[r.keys[0]] {
		if old.before != r.before {
			continue
		}
		if reflect.DeepEqual(old.message, r.message) {
			k.used.MoveToFront(old.at) // a response cache may be in play
			return
		}
		others++
	}
	if others > 1 {
		return // which is which cannot be told anyway
	}
	if k.known == nil {
		k.known = map[digest][]*reply{}
	}
	for i, key := range r.keys {
		if !slices.Contains(r.keys[:i], key) {
			k.known[key] = append(k.known[key], r)
		}
	}
	r.at = k.used.PushFront(r)
	for k.size += r.size; k.size > limit; {
		k.forget(k.used.Back().Value.(*reply))
	}
}

func (k *recall) forget(r *reply) {
	k.used.Remove(r.at)
	k.size -= r.size
	for _, key := range r.keys {
		k.known[key] = slices.DeleteFunc(k.known[key], func(other *reply) bool { return other == r })
		if len(k.known[key]) == 0 {
			delete(k.known, key)
		}
	}
}

// find returns the reply with the key, or of several the one that came after the
// same conversation, or nil if that is not certain.
func (k *recall) find(key, before digest) *reply {
	k.mu.Lock()
	defer k.mu.Unlock()
	var found *reply
	n := 0
	list := k.known[key]
	for _, r := range list {
		if len(list) == 1 || r.before == before {
			k.used.MoveToFront(r.at) // also those that are in doubt, so that they stay so
			found = r
			n++
		}
	}
	if n != 1 {
		return nil
	}
	return found
}
