package deepseektest

import (
	"fmt"
	"iter"
	"unicode"
	"unicode/utf8"
)

const done = "data: [DONE]\n\n"

// stream returns the reply as the events of a stream.
func (a *answer) stream() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		w := &eventWriter{a: a, yield: yield, more: true}
		w.begin()
		texts := a.logprobs()
		for _, l := range texts {
			if l.Reasoning {
				w.reasoning(l.Token, l)
			}
		}
		for _, l := range texts {
			if !l.Reasoning {
				w.content(l.Token, l)
			}
		}
		for i := range a.calls {
			w.call(i)
		}
		w.end()
	}
}

// An eventWriter makes the events of a stream. After the receiver has had
// enough, it does nothing.
type eventWriter struct {
	a     *answer
	yield func([]byte) bool
	more  bool
	buf   []byte
}

// event sends a chunk with the given delta, a JSON object.
func (w *eventWriter) event(delta func(b []byte) []byte, l *piece) {
	if !w.more {
		return
	}
	b := w.open()
	b = append(b, `,"choices":[{"index":0,"delta":`...)
	b = delta(b)
	b = append(b, `,"logprobs":`...)
	if l != nil {
		b = w.a.appendLogprobs(b, []piece{*l})
	} else {
		b = append(b, "null"...)
	}
	b = append(b, `,"finish_reason":null}]`...)
	if w.a.req.IncludeUsage {
		b = append(b, `,"usage":null`...)
	}
	w.close(b)
}

func (w *eventWriter) open() []byte {
	return w.a.head(append(w.buf[:0], "data: "...), "chat.completion.chunk")
}

func (w *eventWriter) close(b []byte) {
	b = append(b, "}\n\n"...)
	w.buf = b
	w.more = w.yield(b)
}

func (w *eventWriter) begin() {
	w.event(func(b []byte) []byte {
		if w.a.req.Thinking {
			return append(b, `{"role":"assistant","content":null,"reasoning_content":""}`...)
		}
		return append(b, `{"role":"assistant","content":""}`...)
	}, nil)
}

func (w *eventWriter) reasoning(s string, l piece) {
	w.event(func(b []byte) []byte {
		b = append(b, `{"content":null,"reasoning_content":`...)
		return append(appendString(b, s), '}')
	}, &l)
}

func (w *eventWriter) content(s string, l piece) {
	w.event(func(b []byte) []byte {
		b = append(b, `{"content":`...)
		b = appendString(b, s)
		if w.a.req.Thinking {
			b = append(b, `,"reasoning_content":null`...)
		}
		return append(b, '}')
	}, &l)
}

// call sends a tool call: its name first, then its arguments in pieces.
func (w *eventWriter) call(i int) {
	c := w.a.calls[i]
	w.event(func(b []byte) []byte {
		b = append(b, `{"tool_calls":[`...)
		b = appendCall(b, i, c, "")
		return append(b, "]}"...)
	}, nil)
	for s := range pieces(c.Args) {
		w.event(func(b []byte) []byte {
			b = fmt.Appendf(b, `{"tool_calls":[{"index":%d,"function":{"arguments":`, i)
			b = appendString(b, s)
			return append(b, "}}]}"...)
		}, nil)
	}
}

// end sends the last chunk, with the reason for the end and the usage.
func (w *eventWriter) end() {
	if !w.more {
		return
	}
	a := w.a
	b := w.open()
	b = append(b, `,"choices":[{"index":0,"delta":{"content":""`...)
	if a.req.Thinking {
		b = append(b, `,"reasoning_content":null`...)
	}
	b = a.appendTitle(b)
	b = append(b, `},"logprobs":null,"finish_reason":`...)
	b = appendString(b, string(a.finish))
	b = append(b, "}]"...)
	switch {
	case a.usage != nil && !a.reply.UsageApart:
		b = append(b, `,"usage":`...)
		b = appendUsage(b, a.usage)
	case a.req.IncludeUsage:
		b = append(b, `,"usage":null`...)
	}
	w.close(b)
	if a.usage != nil && a.reply.UsageApart && w.more {
		b = append(w.open(), `,"choices":[],"usage":`...)
		w.close(appendUsage(b, a.usage))
	}
	if w.more && !a.reply.NoDone {
		w.yield([]byte(done))
	}
}

// pieces cuts s as a tokenizer might: before a space, after a few letters, and
// between two Chinese characters. A character is never cut.
func pieces(s string) iter.Seq[string] {
	const letters, wide = 6, 2
	return func(yield func(string) bool) {
		start, n := 0, 0
		for i := 0; i < len(s); {
			r, size := utf8.DecodeRuneInString(s[i:])
			most := letters
			if r >= utf8.RuneSelf && !unicode.Is(unicode.Latin, r) {
				most = wide
			}
			if n > 0 && (n >= most || r == ' ' || r == '\n') {
				if !yield(s[start:i]) {
					return
				}
				start, n = i, 0
			}
			i += size
			n++
		}
		if start < len(s) {
			yield(s[start:])
		}
	}
}
