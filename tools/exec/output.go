package exec

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"
)

// A Result is what became of a program that has run.
type Result struct {
	Code    int           // with which it exited; -1 if a signal ended it
	Signal  string        // that ended it, such as "killed" or "segmentation fault"; else empty
	Stdout  Output        // what it wrote there
	Stderr  Output        // and there
	Held    bool          // a process that has left the group lives on, with the output or the input open
	Elapsed time.Duration // from the start until all was over
}

// String returns the result in words for a model. The first line says how the program
// ended, before anything that the program has a say in. The time is in it from ten
// seconds on, so that what is quick has the same text each time.
func (r *Result) String() string {
	var b strings.Builder
	if r.Signal != "" {
		b.WriteString("ended by a signal: " + r.Signal)
	} else {
		fmt.Fprintf(&b, "exit code %d", r.Code)
	}
	if r.Elapsed >= 10*time.Second {
		fmt.Fprintf(&b, ", after %v", r.Elapsed.Round(100*time.Millisecond))
	}
	if r.Held {
		b.WriteString("\n(something that it started goes on by itself, of which no output is shown)")
	}
	none := true
	for _, s := range []struct {
		name string
		out  Output
	}{{"stdout", r.Stdout}, {"stderr", r.Stderr}} {
		if len(s.out.Data) > 0 || s.out.Missing > 0 {
			b.WriteString("\n" + s.name + ":\n" + strings.TrimSuffix(s.out.String(), "\n"))
			none = false
		}
	}
	if none {
		b.WriteString("\n(no output)")
	}
	return b.String()
}

// An Output is the end of what a program wrote.
type Output struct {
	Data    []byte // as it was written
	Missing int64  // bytes before that which were not kept
}

// String returns the output as text for a model: without escapes and control characters
// of terminals, with LF for all line ends, U+FFFD for what is not UTF-8, and a mark that
// says how much is missing. What is not text at all, since there are NUL bytes in it or
// more than every eighth character is none, is not shown.
func (o Output) String() string {
	text, ok := plain(o.Data)
	total := int64(len(o.Data)) + o.Missing
	switch {
	case !ok:
		return fmt.Sprintf("[%d bytes that are not text]", total)
	case o.Missing > 0:
		return fmt.Sprintf("[the first %d of %d bytes are missing]\n", o.Missing, total) + text
	}
	return text
}

// A tail is a writer that keeps the end of what is written.
type tail struct {
	from  *os.File // where that comes from
	most  int      // bytes that are kept
	count func(n int)
	buf   []byte // at most twice most
	lost  int64  // bytes before buf
}

// Write keeps the end of data.
func (t *tail) Write(data []byte) (int, error) {
	n := len(data)
	t.count(n)
	if n > t.most {
		t.lost += int64(n - t.most)
		data = data[n-t.most:]
	}
	if len(t.buf)+len(data) > 2*t.most {
		drop := len(t.buf) + len(data) - t.most
		t.lost += int64(drop)
		t.buf = t.buf[:copy(t.buf, t.buf[drop:])]
	}
	t.buf = append(t.buf, data...)
	return n, nil
}

// output returns what was kept, from the beginning of a character on.
func (t *tail) output() Output {
	drop := max(len(t.buf)-t.most, 0)
	if t.lost+int64(drop) > 0 {
		for n := drop; n < min(drop+utf8.UTFMax, len(t.buf)); n++ {
			if utf8.RuneStart(t.buf[n]) {
				drop = n
				break
			}
		}
	}
	return Output{bytes.Clone(t.buf[drop:]), t.lost + int64(drop)}
}

// plain returns data as text without what only a terminal understands, or false if it is
// no text.
func plain(data []byte) (text string, ok bool) {
	if bytes.IndexByte(data, 0) >= 0 {
		return "", false
	}
	out := make([]byte, 0, len(data))
	bad := 0
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
			out = utf8.AppendRune(out, r)
		case r == '\x1b', r == '\u0090', 0x98 <= r && r <= 0x9f:
			n = escape(data[i:])
		case r == '\r':
			if i+1 == len(data) || data[i+1] != '\n' {
				out = append(out, '\n')
			}
		case r == '\b': // as in bold letters of manuals
			if _, last := utf8.DecodeLastRune(out); last > 0 && out[len(out)-1] != '\n' {
				out = out[:len(out)-last]
			}
		case r == '\n', r == '\t':
			out = append(out, byte(r))
		case r < ' ', 0x7f <= r && r < 0xa0:
		default:
			out = append(out, data[i:i+n]...)
		}
		i += n
	}
	return string(out), bad < 8 || bad*8 <= utf8.RuneCount(out)
}

// escape returns the length of the sequence of control at the beginning of data: ESC or
// its like and what belongs to it. Of a text for the terminal, such as a title, without an
// end on the same line and near by, it is the beginning alone, so that nobody can hide
// what follows.
func escape(data []byte) int {
	r, n := utf8.DecodeRune(data)
	if r == '\x1b' {
		if len(data) == 1 {
			return 1
		}
		if n = 2; 0x40 <= data[1] && data[1] <= 0x5f { // the same as one of C1
			r = rune(data[1]) + 0x40
		} else if data[1] >= 0x80 || data[1] < ' ' {
			return 1
		}
	}
	switch r {
	case '\x1b': // with letters between, as in ESC ( B
		for n = 1; n < len(data) && n < 8 && 0x20 <= data[n] && data[n] <= 0x2f; n++ {
		}
		if n < len(data) && 0x30 <= data[n] && data[n] <= 0x7e {
			n++
		}
	case 0x9b: // numbers, and a letter
		const most = 64
		for k := n; k < min(len(data), n+most); k++ {
			switch c := data[k]; {
			case 0x40 <= c && c <= 0x7e:
				return k + 1
			case c < 0x20 || c > 0x3f:
				return n
			}
		}
	case 0x90, 0x98, 0x9d, 0x9e, 0x9f: // a text
		const most = 4 << 10
		for k := n; k < min(len(data), n+most) && data[k] != '\n'; k++ {
			switch {
			case data[k] == '\a':
				return k + 1
			case data[k] == '\x1b' && k+1 < len(data) && data[k+1] == '\\':
				return k + 2
			case data[k] == 0xc2 && k+1 < len(data) && data[k+1] == 0x9c:
				return k + 2
			}
		}
	}
	return n
}
