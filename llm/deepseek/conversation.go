package deepseek

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/internal/wire"
)

// conversations are those of which requests were sent lately: an agent sends the
// same one again and again, with a few messages more each time.
var conversations = memo[*conversation]{limit: 64 << 20}

// A conversation is messages that were found to keep the rules of the API, and
// what they are encoded to. It does not change, whatever becomes of the messages:
// what it knows of them is immutable.
type conversation struct {
	marks []mark // one for each message
	atoms []atom // what the messages are made of
	bytes []byte // what they are encoded to, after a [
	json  int    // the first that is known to have the word in it, counted from 1; or 0

	taken atomic.Bool // what the slices have room for, after their ends, is another's
}

// A mark is where a message ends.
type mark struct {
	atoms, bytes int
	texts        int  // bytes of the strings in atoms
	open         bool // what comes next is under a rule that depends on what is before
}

// An atom is a piece of a message. Messages of the same atoms are encoded to the
// same bytes, and keep the same rules.
type atom struct {
	kind atomKind
	text string
}

type atomKind byte

const (
	atomRole atomKind = iota // begins a message
	atomText
	atomReasoning
	atomCall // the id; begins a call
	atomName
	atomArgs
	atomResult // the id; begins a result
	atomContent
	atomBlob // the type; begins a blob
	atomFile
	atomData
	atomURL
	atomID
	atomDetail
)

// atoms calls f for what m is made of as far as the API is concerned, until f
// returns false, and reports whether it was called for everything. Only atomData
// has data, in place of a text.
func atoms(m *llm.Message, f func(kind atomKind, text string, data []byte) bool) bool {
	if !f(atomRole, string(m.Role), nil) {
		return false
	}
	for _, p := range m.Parts {
		ok := false
		switch p := p.(type) {
		case llm.Text:
			ok = f(atomText, string(p), nil)
		case llm.Reasoning:
			ok = f(atomReasoning, p.Text, nil)
		case llm.ToolCall:
			ok = f(atomCall, p.ID, nil) && f(atomName, p.Name, nil) && f(atomArgs, p.Args, nil)
		case llm.ToolResult:
			ok = f(atomResult, p.ID, nil)
			for _, c := range p.Content {
				text, isText := c.(llm.Text)
				ok = ok && isText && f(atomContent, string(text), nil)
			}
		case llm.Blob:
			ok = f(atomBlob, p.MIMEType, nil) && f(atomFile, p.Name, nil) && f(atomData, "", p.Data) &&
				f(atomURL, p.URL, nil) && f(atomID, p.ID, nil) && f(atomDetail, p.Detail, nil)
		}
		if !ok {
			return false // or it is a part that breaks a rule
		}
	}
	return true
}

// A recollection is what is known of the messages of a request.
type recollection struct {
	hash   uint64
	best   *conversation                       // nil if there is none
	from   int                                 // how many messages are those of best, which are checked and encoded
	end    int                                 // how many shall be kept; 0 if the request begins a conversation
	others [maxSiblings]*memory[*conversation] // that are not needed any more
}

// maxTail is how many messages a conversation may lose at the end and still be
// taken for the same one: what was said for a single request.
const maxTail = 4

// recall looks for the messages of a request with these settings.
func recall(messages []llm.Message, s wire.Settings) (r recollection) {
	end := len(messages)
	if end > 0 && messages[end-1].Role == llm.RoleAssistant {
		end-- // what the reply continues is encoded in another way
	}
	reply := slices.IndexFunc(messages[:end], func(m llm.Message) bool { return m.Role == llm.RoleAssistant })
	if reply < 0 {
		return r // perhaps nothing ever follows
	}
	r.hash, r.end = hashOf(messages[:reply+1], s), end
	for i, e := range conversations.find(r.hash) {
		n := e.value.common(messages[:end])
		if n > r.from {
			r.best, r.from = e.value, n
			e.use()
		}
		if len(e.value.marks)-n <= maxTail {
			r.others[i] = e
		}
	}
	return r
}

var seed = maphash.MakeSeed()

// hashOf returns a hash of messages, and of the settings that decide what they are
// encoded to. Of what is long it takes the ends.
func hashOf(messages []llm.Message, s wire.Settings) uint64 {
	const end = 64
	var h maphash.Hash
	h.SetSeed(seed)
	maphash.WriteComparable(&h, [...]bool{s.OpenAI, s.Responses, s.Reasoning, s.Blank})
	for i := range messages {
		atoms(&messages[i], func(kind atomKind, text string, data []byte) bool {
			maphash.WriteComparable(&h, [...]int{int(kind), len(text), len(data)})
			if len(text) > 2*end {
				h.WriteString(text[:end])
				text = text[len(text)-end:]
			}
			h.WriteString(text)
			return true
		})
	}
	return h.Sum64()
}

// common returns how many messages at the start of both are the same, and leave
// nothing open that the next one is checked against.
func (c *conversation) common(messages []llm.Message) int {
	n := 0
	for start := 0; n < min(len(messages), len(c.marks)); n++ {
		end := c.marks[n].atoms
		if !same(c.atoms[start:end], &messages[n]) {
			break
		}
		start = end
	}
	for n > 0 && c.marks[n-1].open {
		n--
	}
	return n
}

// same reports whether m is made of the atoms. Strings of the same memory are
// not compared byte by byte.
func same(as []atom, m *llm.Message) bool {
	i := 0
	all := atoms(m, func(kind atomKind, text string, data []byte) bool {
		if i == len(as) || as[i].kind != kind || as[i].text != text && (kind != atomData || as[i].text != string(data)) {
			return false
		}
		i++
		return true
	})
	return all && i == len(as)
}

// encode returns what the messages that shall be kept are encoded to, after a [.
// They keep the rules of the API; json is the first that is known to have the word
// in it.
func (r *recollection) encode(messages []llm.Message, s wire.Settings, json int) []byte {
	if r.from == r.end {
		return r.best.bytes[:r.best.marks[r.end-1].bytes]
	}
	next := r.best.extend(messages[:r.end], r.from, s)
	next.json = json
	conversations.put(r.hash, r.others[:], next, next.size())
	return next.bytes
}

// extend returns a conversation of the given messages, of which so many are those
// of c, which may be nil.
func (c *conversation) extend(messages []llm.Message, from int, s wire.Settings) *conversation {
	next := new(conversation)
	var at mark
	if from > 0 {
		at = c.marks[from-1]
		next.marks, next.atoms, next.bytes = c.marks[:from], c.atoms[:at.atoms], c.bytes[:at.bytes]
		if from < len(c.marks) || !c.taken.CompareAndSwap(false, true) {
			next.marks, next.atoms, next.bytes = slices.Clip(next.marks), slices.Clip(next.atoms), slices.Clip(next.bytes)
		}
	}
	size, pieces := 1, 0
	for _, m := range messages[from:] {
		size += wire.MessageSize(m)
		pieces += 1 + len(m.Parts)
	}
	next.bytes = slices.Grow(next.bytes, size+size/16)
	next.atoms = slices.Grow(next.atoms, pieces)
	if from == 0 {
		next.bytes = append(next.bytes, '[')
	}
	next.marks = slices.Grow(next.marks, len(messages)-from)
	for i := from; i < len(messages); i++ {
		m := &messages[i]
		atoms(m, func(kind atomKind, text string, data []byte) bool {
			if kind == atomData {
				text = string(data)
			}
			at.texts += len(text)
			next.atoms = append(next.atoms, atom{kind, text})
			return true
		})
		next.bytes = wire.AppendMessage(next.bytes, *m, s)
		at.atoms, at.bytes = len(next.atoms), len(next.bytes)
		at.open = m.Role == llm.RoleReminder || i+1 < len(messages) && messages[i+1].Role == llm.RoleTool
		next.marks = append(next.marks, at)
	}
	return next
}

// size returns about how much memory c takes, its texts included, which may be
// nobody else's by now.
func (c *conversation) size() int {
	return cap(c.bytes) + 24*cap(c.atoms) + 32*cap(c.marks) + c.marks[len(c.marks)-1].texts
}

// json returns which message is known to be the first that has the word "json" in
// it, counted from 1; or 0.
func (r *recollection) json() int {
	if r.best == nil || r.best.json > r.from {
		return 0
	}
	return r.best.json
}

func mentionsJSON(m llm.Message) bool {
	return slices.ContainsFunc(m.Parts, func(p llm.Part) bool {
		t, ok := p.(llm.Text)
		return ok && containsJSON(string(t))
	})
}

// containsJSON reports whether s contains "json" in any case. It does not copy s.
func containsJSON(s string) bool {
	for {
		i := strings.IndexAny(s, "jJ")
		if i < 0 || len(s)-i < 4 {
			return false
		}
		if strings.EqualFold(s[i:i+4], "json") {
			return true
		}
		s = s[i+1:]
	}
}
