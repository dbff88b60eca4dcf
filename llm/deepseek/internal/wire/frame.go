package wire

import (
	"cmp"
	"slices"

	"github.com/hadal-go/hadal/llm"
)

// A Frame is what a reply consists of on the wire: one event of a stream, or
// the body of a plain reply. A slice that is nil stands for null and for what is
// missing. All slices are valid until the next frame is parsed.
//
// What the Responses endpoint sends is read as the frame that says the same.
type Frame struct {
	ID, Model, Fingerprint []byte
	Error                  []byte // JSON
	Usage                  *llm.Usage
	Choices                int // how many there are; -1 if there is no list of them
	Index                  int // of the last choice

	Content, Reasoning, Title []byte // of the delta, or the message
	Text                      []byte // of a FIM reply, which has neither
	Calls                     []CallDelta
	Logprobs                  []llm.Logprob
	Finish                    []byte

	// Of the Responses endpoint.
	Refusal []byte // what the model says in place of an answer; it is part of Content
	Item    int    // which item of the output the frame is about; -1 if it does not say
	Scope   Scope

	usage llm.Usage
}

// A CallDelta is a fragment of a tool call. Index is -1 if it is missing.
type CallDelta struct {
	Index          int
	ID, Name, Args []byte
}

func (f *Frame) reset() {
	*f = Frame{Choices: -1, Calls: f.Calls[:0], Item: -1}
}

func (p *parser) frame(f *Frame) bool {
	p.space()
	if p.pos == len(p.data) || p.data[p.pos] != '{' {
		return false
	}
	return p.object(func(name []byte) (uint, bool) {
		var ignored []byte
		switch string(name) {
		case "id":
			return 1, p.text(&f.ID)
		case "object":
			return 2, p.text(&ignored)
		case "created":
			if p.checked {
				return 0, true
			}
			var when int
			return 3, p.integer(&when)
		case "model":
			return 4, p.text(&f.Model)
		case "system_fingerprint":
			return 5, p.text(&f.Fingerprint)
		case "choices":
			return 6, p.choices(f)
		case "usage":
			return 7, p.usage(f)
		case "error":
			if p.null() || p.word(`""`) || p.word("false") {
				return 8, true
			}
			if !p.checked {
				return 8, false
			}
			var ok bool
			f.Error, ok = p.raw()
			return 8, ok
		}
		return 0, true
	})
}

func (p *parser) choices(f *Frame) bool {
	if p.null() {
		return true
	}
	f.Choices = 0
	return p.list(func() bool {
		f.Choices++
		return !p.null() && p.object(func(name []byte) (uint, bool) {
			switch string(name) {
			case "index":
				return 1, p.integer(&f.Index)
			case "delta":
				return 2, p.message(f)
			case "message":
				return 3, p.message(f)
			case "logprobs":
				return 4, p.logprobsOf(f)
			case "finish_reason":
				return 5, p.text(&f.Finish)
			case "text": // of a FIM reply
				return 6, p.text(&f.Text)
			}
			return 0, true
		})
	})
}

func (p *parser) message(f *Frame) bool {
	var reasoning []byte
	ok := p.object(func(name []byte) (uint, bool) {
		var ignored []byte
		switch string(name) {
		case "role":
			return 1, p.text(&ignored)
		case "content":
			return 2, p.text(&f.Content)
		case "reasoning_content":
			return 3, p.text(&f.Reasoning)
		case "tool_calls":
			return 4, p.list(func() bool { return p.call(f) })
		case "title":
			return 5, p.text(&f.Title)
		case "reasoning": // what vLLM, Ollama and OpenRouter call it; some say both
			return 6, p.maybeText(&reasoning)
		}
		return 0, true
	})
	if len(f.Reasoning) == 0 && len(reasoning) > 0 {
		f.Reasoning = reasoning
	}
	return ok
}

func (p *parser) call(f *Frame) bool {
	if len(f.Calls) == maxCalls {
		return false
	}
	c := CallDelta{Index: -1}
	ok := !p.null() && p.object(func(name []byte) (uint, bool) {
		var ignored []byte
		switch string(name) {
		case "index":
			return 1, p.integer(&c.Index)
		case "id":
			return 2, p.text(&c.ID)
		case "type":
			return 3, p.text(&ignored)
		case "function":
			return 4, p.object(func(name []byte) (uint, bool) {
				switch string(name) {
				case "name":
					return 1, p.text(&c.Name)
				case "arguments":
					return 2, p.args(&c.Args)
				}
				return 0, true
			})
		}
		return 0, true
	})
	f.Calls = append(f.Calls, c)
	return ok
}

// args reads the arguments of a call. Some servers send an object where JSON in a
// string belongs.
func (p *parser) args(dst *[]byte) bool {
	p.space()
	if p.pos == len(p.data) || p.data[p.pos] != '{' {
		return p.text(dst)
	}
	if !p.checked {
		return false
	}
	var ok bool
	*dst, ok = p.raw()
	return ok
}

// usage reads the token counts. Input includes what was cached, under either of
// the names for it, and Output the reasoning.
func (p *parser) usage(f *Frame) bool {
	if p.null() {
		return true
	}
	u := llm.Usage{Input: -1, Output: -1}
	miss := 0
	ok := p.object(func(name []byte) (uint, bool) {
		var ignored int
		switch string(name) {
		case "prompt_tokens":
			return 1, p.count(&u.Input)
		case "completion_tokens":
			return 2, p.count(&u.Output)
		case "total_tokens":
			return 3, p.count(&ignored)
		case "prompt_cache_hit_tokens":
			return 4, p.count(&u.Cached)
		case "prompt_cache_miss_tokens":
			return 5, p.count(&miss)
		case "prompt_tokens_details":
			return 6, p.object(func(name []byte) (uint, bool) {
				if string(name) == "cached_tokens" {
					cached := 0
					ok := p.count(&cached)
					u.Cached = max(u.Cached, cached)
					return 1, ok
				}
				return 0, true
			})
		case "completion_tokens_details":
			return 7, p.object(func(name []byte) (uint, bool) {
				if string(name) == "reasoning_tokens" {
					return 1, p.count(&u.Reasoning)
				}
				return 0, true
			})
		case "estimated":
			u.Estimated = p.word("true")
			return 8, u.Estimated || p.word("false")
		}
		return 0, true
	})
	if u.Input < 0 && u.Output < 0 {
		return ok // says nothing
	}
	u.Input, u.Output = max(u.Input, u.Cached+miss), max(u.Output, 0)
	f.usage = u
	f.Usage = &f.usage
	return ok
}

// count reads a number of tokens, or null, which leaves dst as it is.
func (p *parser) count(dst *int) bool {
	if p.null() {
		return true
	}
	n := -1
	if !p.integer(&n) || n < 0 {
		return false
	}
	*dst = n
	return true
}

func (p *parser) logprobsOf(f *Frame) bool {
	if !p.logprobs {
		return p.null() || p.checked && p.skip()
	}
	var fim fimLogprobs
	ok := p.object(func(name []byte) (uint, bool) {
		switch string(name) {
		case "content":
			return 1, p.logprobList(&f.Logprobs, false)
		case "reasoning_content":
			return 2, p.logprobList(&f.Logprobs, true)
		case "tokens":
			return 3, p.list(func() bool { return p.appendText(&fim.tokens) })
		case "token_logprobs":
			return 4, p.list(func() bool { return p.appendFloat(&fim.logprobs) })
		case "top_logprobs":
			return 5, p.list(func() bool { return p.tops(&fim.tops) })
		}
		return 0, true
	})
	return ok && fim.add(&f.Logprobs)
}

// fimLogprobs are the log probabilities of a FIM reply, in three lists.
type fimLogprobs struct {
	tokens   []string
	logprobs []float64
	tops     [][]llm.Logprob
}

func (l *fimLogprobs) add(dst *[]llm.Logprob) bool {
	if len(l.logprobs) != len(l.tokens) || len(l.tops) > len(l.tokens) {
		return false
	}
	for i, token := range l.tokens {
		p := llm.Logprob{Token: token, Logprob: l.logprobs[i]}
		if i < len(l.tops) {
			p.Top = l.tops[i]
		}
		*dst = append(*dst, p)
	}
	return true
}

func (p *parser) appendText(dst *[]string) bool {
	var s []byte
	ok := p.text(&s)
	*dst = append(*dst, string(s))
	return ok
}

func (p *parser) appendFloat(dst *[]float64) bool {
	f := 0.0
	ok := p.float(&f)
	*dst = append(*dst, f)
	return ok
}

// tops reads an object of tokens and their log probabilities.
func (p *parser) tops(dst *[][]llm.Logprob) bool {
	var top []llm.Logprob
	ok := p.object(func(name []byte) (uint, bool) {
		l := llm.Logprob{Token: string(name)}
		ok := p.float(&l.Logprob)
		top = append(top, l)
		return anyName, ok
	})
	slices.SortFunc(top, func(a, b llm.Logprob) int {
		return cmp.Or(cmp.Compare(b.Logprob, a.Logprob), cmp.Compare(a.Token, b.Token))
	})
	*dst = append(*dst, top)
	return ok
}

func (p *parser) logprobList(dst *[]llm.Logprob, reasoning bool) bool {
	return p.list(func() bool {
		l := llm.Logprob{Reasoning: reasoning}
		ok := !p.null() && p.object(func(name []byte) (uint, bool) {
			switch string(name) {
			case "token":
				var token []byte
				ok := p.text(&token)
				l.Token = string(token)
				return 1, ok
			case "logprob":
				return 2, p.float(&l.Logprob)
			case "bytes":
				return 3, p.list(func() bool {
					b := -1
					ok := p.integer(&b)
					l.Bytes = append(l.Bytes, byte(b))
					return ok && b >= 0 && b < 256
				})
			case "top_logprobs":
				return 4, p.logprobList(&l.Top, reasoning)
			}
			return 0, true
		})
		*dst = append(*dst, l)
		return ok
	})
}
