// Package wire knows the bytes of DeepSeek's API: how a request is written,
// how a stream of events and the frames in it are read, and how frames add up
// to the chunks of a reply.
package wire

import (
	"bytes"
	"errors"
	"io"
)

// ErrEventSize is returned by [Events.Next] for an event over the limit.
var ErrEventSize = errors.New("event over the limit on its size")

// Events reads an event stream (text/event-stream) after the rules of the
// WHATWG: https://html.spec.whatwg.org/multipage/server-sent-events.html
type Events struct {
	r    io.Reader
	max  int // bytes in an event
	buf  []byte
	pos  int // start of the next line in buf
	scan int // buf[pos:scan] has no end of line
	end  int // of what was read
	err  error

	begun  bool   // the byte order mark has been looked for
	skipLF bool   // the last line ended in CR, to which an LF may belong
	data   []byte // data of the event that is being read, if it has more than one line or is not in buf
	lines  int    // of data in that event
	name   string // of that event
}

// NewEvents returns a reader of the events in r that are up to limit bytes long.
func NewEvents(r io.Reader, limit int) *Events {
	return &Events{r: r, max: limit, buf: make([]byte, 16<<10)}
}

// Next returns the data of the next event, and its name if it is "error".
// The data is valid until the next call. At the end of the stream the error is
// io.EOF, or io.ErrUnexpectedEOF if that is in the middle of an event.
func (e *Events) Next() (data []byte, name string, err error) {
	e.data, e.lines, e.name = e.data[:0], 0, ""
	for {
		line, err := e.line()
		if err != nil {
			return e.last(err)
		}
		if len(line) == 0 {
			if e.lines > 0 {
				return e.data, e.name, nil
			}
			e.name = ""
			continue
		}
		field, value := line, []byte(nil)
		if before, after, ok := bytes.Cut(line, []byte{':'}); ok {
			field, value = before, after
			if len(value) > 0 && value[0] == ' ' {
				value = value[1:]
			}
		}
		switch string(field) {
		case "data":
			if len(e.data)+len(value) > e.max {
				return nil, "", ErrEventSize
			}
			if e.lines == 0 && e.name == "" && e.blank() {
				return value, "", nil // the usual event: one line, not copied
			}
			if e.lines > 0 {
				e.data = append(e.data, '\n')
			}
			e.data = append(e.data, value...)
			e.lines++
		case "event":
			if e.name = ""; string(value) == "error" {
				e.name = "error"
			}
		}
	}
}

// last returns how the stream ends. A [DONE] that lacks the blank line after it
// still says that all has been sent.
func (e *Events) last(err error) ([]byte, string, error) {
	if err != io.EOF {
		return nil, "", err
	}
	rest := bytes.TrimSpace(e.buf[e.pos:e.end])
	if e.lines == 0 && len(rest) == 0 {
		return nil, "", io.EOF
	}
	if e.lines == 1 && string(e.data) == Done && len(rest) == 0 {
		return e.data, "", nil
	}
	if value, ok := bytes.CutPrefix(rest, []byte("data:")); ok && e.lines == 0 && string(bytes.TrimSpace(value)) == Done {
		e.pos = e.end
		return []byte(Done), "", nil
	}
	return nil, "", io.ErrUnexpectedEOF
}

// Done is the data of the event after the last frame.
const Done = "[DONE]"

// line returns the next line without its end. It is valid until the next call
// of line.
func (e *Events) line() ([]byte, error) {
	for {
		if e.skipLF && e.pos < e.end {
			if e.buf[e.pos] == '\n' {
				e.pos++
			}
			e.skipLF = false
		}
		e.scan = max(e.scan, e.pos)
		if i, n := lineEnd(e.buf[e.scan:e.end]); i >= 0 {
			line := e.buf[e.pos : e.scan+i]
			e.pos = e.scan + i + n
			e.skipLF = n == 1 && e.buf[e.pos-1] == '\r'
			if len(line) > e.max+len("data: ") {
				return nil, ErrEventSize
			}
			return line, nil
		}
		e.scan = e.end
		if e.end-e.pos > e.max+len("data: ") {
			return nil, ErrEventSize
		}
		if err := e.fill(); err != nil {
			return nil, err
		}
	}
}

// lineEnd returns where the first line in b ends, or -1, and the length of the
// end as far as it is in b.
func lineEnd(b []byte) (i, n int) {
	i = bytes.IndexByte(b, '\n')
	head := b
	if i >= 0 {
		head = b[:i]
	}
	if cr := bytes.IndexByte(head, '\r'); cr >= 0 {
		if cr+1 == i {
			return cr, 2
		}
		return cr, 1
	}
	return i, 1
}

// blank consumes the next line if it is in the buffer and empty.
func (e *Events) blank() bool {
	p := e.pos
	if e.skipLF && p < e.end && e.buf[p] == '\n' {
		p++
	}
	if p == e.end || e.buf[p] != '\n' && e.buf[p] != '\r' {
		return false
	}
	e.skipLF = e.buf[p] == '\r'
	e.pos = p + 1
	return true
}

// fill reads more into the buffer, after making room for it.
func (e *Events) fill() error {
	if e.err != nil {
		return e.err
	}
	if e.pos > 0 {
		copy(e.buf, e.buf[e.pos:e.end])
		e.scan, e.end, e.pos = e.scan-e.pos, e.end-e.pos, 0
	}
	if e.end == len(e.buf) {
		larger := make([]byte, min(2*e.end, max(e.end, e.max)+(64<<10)))
		copy(larger, e.buf)
		e.buf = larger
	}
	n, err := 0, error(nil)
	for tries := 0; n == 0 && err == nil; tries++ {
		if tries == 100 {
			err = io.ErrNoProgress
			break
		}
		n, err = e.r.Read(e.buf[e.end:])
	}
	e.end += n
	e.err = err
	if !e.begun {
		e.mark()
	}
	if n == 0 {
		return err
	}
	return nil
}

// mark skips the byte order mark once enough of the stream is there.
func (e *Events) mark() {
	const bom = "\xef\xbb\xbf"
	have := e.buf[:e.end]
	if len(have) < len(bom) && e.err == nil && bytes.HasPrefix([]byte(bom), have) {
		e.scan = 0
		return // the rest of it may follow
	}
	e.begun = true
	if bytes.HasPrefix(have, []byte(bom)) {
		e.pos = len(bom)
	}
}

// Peek returns the first byte of the stream that is not white space, without
// consuming it, or an error if there is none.
func (e *Events) Peek() (byte, error) {
	for {
		for e.pos < e.end {
			switch c := e.buf[e.pos]; c {
			case ' ', '\t', '\r', '\n':
				e.pos++
			default:
				if e.begun {
					return c, nil
				}
				goto more
			}
		}
	more:
		if err := e.fill(); err != nil {
			return 0, err
		}
	}
}

// Rest returns a reader of what has not been consumed. Events must not be used
// any more.
func (e *Events) Rest() io.Reader {
	return io.MultiReader(bytes.NewReader(e.buf[e.pos:e.end]), e.r)
}
