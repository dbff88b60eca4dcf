package deepseektest

import (
	"encoding/json"
	"strconv"

	"github.com/hadal-go/hadal/llm"
)

// A piece is a part of the text or of the reasoning that is sent by itself.
type piece struct {
	Token     string
	Reasoning bool
	logprobs  []llm.Logprob // of the tokens in it
}

// logprobs returns the pieces of the reply: the tokens of the script's
// logprobs if they add up to what is said, else pieces of our own making.
func (a *answer) logprobs() []piece {
	reasoning, text := a.split(a.reasoning, true), a.split(a.text, false)
	return append(reasoning, text...)
}

func (a *answer) split(s string, reasoning bool) []piece {
	var scripted []llm.Logprob
	for _, l := range a.reply.Logprobs {
		if l.Reasoning == reasoning {
			scripted = append(scripted, l)
		}
	}
	var list []piece
	rest := s
	for _, l := range scripted {
		if l.Token == "" || len(rest) < len(l.Token) || rest[:len(l.Token)] != l.Token {
			break
		}
		list = append(list, piece{l.Token, reasoning, []llm.Logprob{l}})
		rest = rest[len(l.Token):]
	}
	if rest == "" && (s != "" || scripted == nil) {
		return list
	}
	list = list[:0]
	for p := range pieces(s) {
		list = append(list, piece{Token: p, Reasoning: reasoning})
	}
	if !a.req.Logprobs {
		return list
	}
	if scripted == nil {
		for i, p := range list {
			list[i].logprobs = []llm.Logprob{{Token: p.Token, Bytes: []byte(p.Token)}}
		}
	} else if len(list) > 0 {
		list[0].logprobs = scripted
	}
	return list
}

// appendLogprobs appends the logprobs of the pieces, or null if the request has
// not asked for any.
func (a *answer) appendLogprobs(b []byte, list []piece) []byte {
	if !a.req.Logprobs {
		return append(b, "null"...)
	}
	b = append(b, `{"content":`...)
	b = a.appendTokens(b, list, false)
	if a.req.Thinking {
		b = append(b, `,"reasoning_content":`...)
		b = a.appendTokens(b, list, true)
	}
	return append(b, '}')
}

func (a *answer) appendTokens(b []byte, list []piece, reasoning bool) []byte {
	start := len(b)
	for _, p := range list {
		if p.Reasoning != reasoning {
			continue
		}
		for _, l := range p.logprobs {
			b = append(b, ',')
			b = appendLogprob(b, l)
			b = append(b, `,"top_logprobs":[`...)
			top := l.Top
			if top == nil && a.req.TopLogprobs > 0 {
				top = []llm.Logprob{l}
			}
			for i, t := range top[:min(len(top), a.req.TopLogprobs)] {
				if i > 0 {
					b = append(b, ',')
				}
				b = append(appendLogprob(b, t), '}')
			}
			b = append(b, "]}"...)
		}
	}
	if len(b) == start {
		return append(b, "null"...)
	}
	b[start] = '['
	return append(b, ']')
}

// appendLogprob appends a logprob without its closing brace.
func appendLogprob(b []byte, l llm.Logprob) []byte {
	b = append(b, `{"token":`...)
	b = appendString(b, l.Token)
	b = append(b, `,"logprob":`...)
	number, err := json.Marshal(l.Logprob)
	if err != nil {
		number = []byte("-9999.0") // infinitely unlikely
	}
	b = append(b, number...)
	b = append(b, `,"bytes":[`...)
	bytes := l.Bytes
	if bytes == nil {
		bytes = []byte(l.Token)
	}
	for i, c := range bytes {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(c), 10)
	}
	return append(b, ']')
}
