package langchaingo

import (
	"container/list"
	"reflect"
	"slices"
	"sync"

	"github.com/hadal-go/hadal/llm"
)

// A recall keeps replies, in order of their use. The zero value is empty.
type recall struct {
	mu    sync.Mutex
	used  list.List           // of *reply, the last used first
	known map[string][]*reply // by key, the newest last
	size  int                 // bytes
}

// A reply is what a model wrote. It does not change.
type reply struct {
	message llm.Message // as it goes back: arguments that are no object are in one
	calls   []llm.ToolCall
	user    string
	before  digest   // the conversation
	keys    []string // ids of the calls, or else what was said and the text
	wrapped bool     // arguments were no object
	size    int
	at      *list.Element
}

// newReply returns what is to be kept of a response, or nil if nothing is.
func newReply(h *history, resp llm.Message) *reply {
	r := &reply{
		message: llm.Message{Role: llm.RoleAssistant, Parts: make(llm.Parts, 0, len(resp.Parts))},
		calls:   resp.ToolCalls(),
		user:    h.user,
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
			r.size += 2*len(part.Args) + 256
			args := object(part.Args)
			r.wrapped = r.wrapped || args != part.Args
			part.Args = args
			r.keys = append(r.keys, callKey(part.ID))
			p = part
		}
		r.message.Parts = append(r.message.Parts, p)
	}
	if len(r.calls) == 0 {
		if !resp.HasReasoning() {
			return nil
		}
		r.keys = []string{h.textKey(resp.Text())}
	}
	return r
}

func callKey(id string) string { return "call " + id }

// textKey returns the key of a reply without calls that comes next.
func (h *history) textKey(text string) string {
	d := h.said.message(llm.Assistant(text))
	return "text " + string(d[:])
}

// finds reports whether call is one of r, as it was or as the functions agent
// leaves it.
func (r *reply) finds(call llm.ToolCall) bool {
	for _, c := range r.calls {
		if c.ID == call.ID && c.Name == call.Name && (c.Args == call.Args || object(c.Args) == call.Args || bare(c.Args) == call.Args) {
			return true
		}
	}
	return false
}

// args returns the arguments of a call that r finds, as the model wrote them.
func (r *reply) args(call llm.ToolCall) string {
	for _, c := range r.calls {
		if c.ID == call.ID && c.Name == call.Name {
			return c.Args
		}
	}
	return call.Args
}

// add keeps r, which may be nil, and forgets replies that are over the limit.
func (k *recall) add(r *reply, limit int) {
	if r == nil || r.size > limit {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, old := range k.known[r.keys[0]] {
		if old.before == r.before && reflect.DeepEqual(old.message, r.message) {
			k.used.MoveToFront(old.at) // a response cache may be in play
			return
		}
	}
	if k.known == nil {
		k.known = map[string][]*reply{}
	}
	for _, key := range r.keys {
		k.known[key] = append(k.known[key], r)
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

// unique is how long an id is that no two calls have. Some servers count the
// calls of each reply from zero.
const unique = 16

// byCall returns the reply that a call is of, or nil if it is not known or not
// certain.
func (k *recall) byCall(h *history, call llm.ToolCall) *reply {
	return k.find(callKey(call.ID), h.before, len(call.ID) >= unique, func(r *reply) bool {
		return r.user == h.user && r.finds(call)
	})
}

// byText returns the reply without calls that has the text, likewise.
func (k *recall) byText(h *history, text string) *reply {
	return k.find(h.textKey(text), h.before, true, func(*reply) bool { return true })
}

// find returns the reply with the key for which ok holds: the newest of those
// that came after the same conversation, or else, if that will do, the only one.
func (k *recall) find(key string, before digest, only bool, ok func(*reply) bool) *reply {
	k.mu.Lock()
	defer k.mu.Unlock()
	var found *reply
	n := 0
	for _, r := range slices.Backward(k.known[key]) {
		if !ok(r) {
			continue
		}
		n++
		if found = r; r.before == before {
			n, only = 1, true
			break
		}
	}
	if n != 1 || !only {
		return nil
	}
	k.used.MoveToFront(found.at)
	return found
}
