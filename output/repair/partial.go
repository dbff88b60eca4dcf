package repair

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/hadal-go/hadal/output/gate"
	"github.com/hadal-go/hadal/output/schema"
)

// A Partial reads a text that still grows, such as the reply of a model as it
// comes in. The zero value with a Schema is ready.
//
// It knows of each value what no further text can change: a string grows, an
// object gets members and an array gets items; a number, a literal, a value of an
// enum, a string with a format and whatever has to become another value is absent
// until it is complete. As [Parse] does, it looks for the value in the prose,
// fences and reasoning around it, goes by the schema, and forgives what models do
// to JSON. Where it would have to guess it waits. For a valid object or array it
// ends with the value that Parse returns; of any other text Parse on the whole
// has the last word, and may know more. A number or a word that stands alone is
// for Parse.
//
// A value that turns out not to be what the schema wants gives way to the next in
// the text: what is known starts over.
//
// Reading n bytes in k parts takes time in proportion to n and k. A Partial must
// not be copied after the first Write, and not be used by several goroutines at
// once.
type Partial struct {
	Schema *schema.Schema // if nil, any JSON value; not to be changed after the first Write

	stream *stream
	size   int    // bytes that were written
	tail   string // the beginning of a character
	odd    bool   // the last bytes were not UTF-8
	err    error
}

// Write adds to the text, which may be cut anywhere, even within a character. It
// returns how much of it was read, and a nil error if that was all. The error is
// an [*Error] with a [*gate.Error]: the text is longer than [gate.DefaultBytes],
// or nested deeper than [gate.DefaultDepth], or holds more than
// [gate.DefaultNodes] values. After that what is known stays, and each further
// Write returns the same error.
func (p *Partial) Write(text string) (n int, err error) {
	if p.err != nil {
		return 0, p.err
	}
	if p.stream == nil {
		p.stream = newStream(p.Schema)
	}
	n = len(text)
	if p.size+n > gate.DefaultBytes {
		n = gate.DefaultBytes - p.size
		p.err = &Error{Offset: gate.DefaultBytes, Err: &gate.Error{Rule: gate.TooLarge, Offset: gate.DefaultBytes}}
	}
	text = p.whole(text[:n])
	p.stream.cut = p.tail != ""
	p.stream.read(text)
	p.size += n
	if rule := p.stream.beyond; rule != "" {
		at := p.size - len(p.tail) - len(p.stream.text)
		n -= min(n, p.size-at)
		p.err = &Error{Offset: at, Err: &gate.Error{Rule: rule, Offset: at}}
	}
	return n, p.err
}

// JSON returns the fullest value that is known so far, or nil if there is none
// yet. It is one sound value, but what the schema requires may be absent. It is
// valid until the next Write and must not be changed.
func (p *Partial) JSON() json.RawMessage {
	if p.stream == nil {
		return nil
	}
	return p.stream.json()
}

// whole returns the next whole characters of the text. As in [Parse], bytes that
// are not UTF-8 become U+FFFD.
func (p *Partial) whole(text string) string {
	if p.tail == "" && !p.odd && utf8.ValidString(text) {
		return text
	}
	text, p.tail = p.tail+text, ""
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		odd := r == utf8.RuneError && size == 1
		switch {
		case odd && !utf8.FullRuneInString(text[i:]):
			p.tail = text[i:]
			return b.String()
		case !odd:
			b.WriteString(text[i : i+size])
		case !p.odd:
			b.WriteRune(utf8.RuneError)
		}
		p.odd = odd
		i += size
	}
	return b.String()
}
