package deepseektest

import (
	"fmt"
	"hash/maphash"
	"sync"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm"
)

// An estimate is in tenths of a token, by the rule of thumb of the
// documentation: 0.3 for an English character, 0.6 for a Chinese one.
const (
	asciiTenths = 3
	otherTenths = 6
	markTenths  = 10 // of one of the marks between messages

	callOverhead = 8    // tokens of what is around a tool call
	imageTokens  = 1024 // the most that an image takes
	smallImage   = 256  // with detail low
)

func tenths(r rune) int {
	if r < utf8.RuneSelf {
		return asciiTenths
	}
	return otherTenths
}

// tokens estimates the tokens of s.
func tokens(s string) int {
	n := 0
	for _, r := range s {
		n += tenths(r)
	}
	return (n + 9) / 10
}

// firstTokens returns the longest beginning of s that is estimated at n tokens
// or fewer.
func firstTokens(s string, n int) string {
	left := 10 * n
	for i, r := range s {
		if left -= tenths(r); left < 0 {
			return s[:i]
		}
	}
	return s
}

// count sets the usage of the answer.
func (a *answer) count(cache *promptCache) {
	p := newPrompt(a.req)
	input, cached := p.tokens(), cache.add(p)
	switch {
	case a.reply.NoUsage:
	case a.reply.Usage != nil:
		a.usage = a.reply.Usage
	default:
		u := llm.Usage{Input: input, Cached: cached, Reasoning: tokens(a.reasoning), Estimated: true}
		u.Output = u.Reasoning + tokens(a.text)
		for _, c := range a.calls {
			u.Output += callOverhead + tokens(c.Name) + tokens(c.Args)
		}
		a.usage = &u
	}
}

func appendUsage(b []byte, u *llm.Usage) []byte {
	b = fmt.Appendf(b, `{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d,"prompt_tokens_details":{"cached_tokens":%d},"completion_tokens_details":{"reasoning_tokens":%d},"prompt_cache_hit_tokens":%d,"prompt_cache_miss_tokens":%d`,
		u.Input, u.Output, u.Total(), u.Cached, u.Reasoning, u.Cached, u.Input-u.Cached)
	if u.Estimated {
		b = append(b, `,"estimated":true`...)
	}
	return append(b, '}')
}

// unitTokens is how much of a prompt is cached at a time.
const unitTokens = 128

// A prompt is a request as the cache sees it: the hash of what there is up to
// the end of each unit.
type prompt struct {
	units  []uint64
	hash   maphash.Hash
	tenths int
}

var seed = maphash.MakeSeed()

// newPrompt renders a request in the order of the real prompt: what is set for
// the whole of it, the tools, then the messages.
func newPrompt(r *Request) *prompt {
	p := new(prompt)
	p.hash.SetSeed(seed)
	p.hash.WriteString(r.User + "\x00" + models[r.Model] + "\x00") // kept apart, and not part of the prompt
	p.mark("begin")
	if r.Thinking {
		p.mark(string(r.Effort))
	}
	for _, t := range r.Tools {
		p.mark("tool")
		p.text(t.Kind + t.Name)
		p.text(t.Description)
		p.text(string(t.Schema))
	}
	if r.Format == llm.FormatJSON {
		p.mark("json")
	}
	if r.Schema != nil {
		p.mark("schema")
		p.text(string(r.Schema))
	}
	for i := range r.Messages {
		p.message(r, &r.Messages[i])
	}
	if r.FIM {
		p.text(r.Prompt)
		p.mark("gap")
		p.text(r.Suffix)
	}
	return p
}

func (p *prompt) message(r *Request, m *Message) {
	p.mark(string(m.Role))
	if m.Reasoning != nil && (len(r.Tools) > 0 || m.Prefix) {
		p.text(*m.Reasoning)
	}
	p.text(m.Content)
	for _, b := range m.Blobs {
		p.blob(b, models[r.Model] == "deepseek-v4-pro")
	}
	for _, c := range m.ToolCalls {
		p.mark("call")
		p.text(c.Name)
		p.text(c.Args)
	}
}

// blob adds an image or a file. A model that does not see is told of it.
func (p *prompt) blob(b llm.Blob, blind bool) {
	if blind {
		p.text("[Unsupported Image]")
		return
	}
	p.mark("blob")
	p.hash.WriteString(b.ID + "\x00" + b.URL + "\x00")
	p.hash.Write(b.Data)
	n := imageTokens
	if b.Detail == "low" {
		n = smallImage
	}
	for range n {
		p.add(10)
	}
}

func (p *prompt) mark(s string) {
	p.hash.WriteByte(0)
	p.hash.WriteString(s)
	p.add(markTenths)
}

func (p *prompt) text(s string) {
	start := 0
	for i, r := range s {
		end := i + utf8.RuneLen(r)
		if r == utf8.RuneError {
			end = i + 1
		}
		if p.tenths/10/unitTokens != (p.tenths+tenths(r))/10/unitTokens {
			p.hash.WriteString(s[start:min(end, len(s))])
			start = min(end, len(s))
		}
		p.add(tenths(r))
	}
	p.hash.WriteString(s[start:])
}

// add counts what was just written, and ends a unit if it is full.
func (p *prompt) add(tenths int) {
	before := p.tenths / 10 / unitTokens
	p.tenths += tenths
	if p.tenths/10/unitTokens != before {
		p.units = append(p.units, p.hash.Sum64())
	}
}

func (p *prompt) tokens() int { return (p.tenths + 9) / 10 }

// A promptCache remembers the units of the latest prompts. The zero value is
// empty.
type promptCache struct {
	mu    sync.Mutex
	seen  map[uint64]int // how many of the recent prompts have the unit
	queue [][]uint64     // units of these prompts, oldest first
	units int            // in queue
}

// The most that the cache remembers: a unit is 128 tokens.
const (
	maxPrompts = 1 << 12
	maxUnits   = 1 << 17
)

// add returns how many tokens of p an earlier prompt began with, and remembers
// p.
func (c *promptCache) add(p *prompt) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	hit := 0
	for hit < len(p.units) && c.seen[p.units[hit]] > 0 {
		hit++
	}
	if c.seen == nil {
		c.seen = make(map[uint64]int)
	}
	for _, u := range p.units {
		c.seen[u]++
	}
	c.queue = append(c.queue, p.units)
	for c.units += len(p.units); len(c.queue) > maxPrompts || c.units > maxUnits && len(c.queue) > 1; {
		for _, u := range c.queue[0] {
			if c.seen[u]--; c.seen[u] == 0 {
				delete(c.seen, u)
			}
		}
		c.units -= len(c.queue[0])
		c.queue = c.queue[1:]
	}
	return hit * unitTokens
}
