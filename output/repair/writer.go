package repair

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A writer writes the JSON of a reading and notes what was repaired.
type writer struct {
	out     []byte
	path    []step
	repairs []Repair
	quiet   bool   // no repairs are noted
	tie     *Error // the first place that can be read in several ways
}

// A step leads from a value to one inside it.
type step struct {
	name  string
	index int // if name is "" and it is not a member
	item  bool
}

func (w *writer) pointer() string {
	var b strings.Builder
	for _, s := range w.path {
		b.WriteByte('/')
		if s.item {
			b.WriteString(strconv.Itoa(s.index))
		} else {
			b.WriteString(pointerEscapes.Replace(s.name))
		}
	}
	return b.String()
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// repaired notes that the bytes of out from start on stand for those of src.
func (w *writer) repaired(kind Kind, at int, from string, start int) {
	if w.quiet {
		return
	}
	w.repairs = append(w.repairs, Repair{
		Kind: kind, Pointer: w.pointer(), Offset: at,
		From: short(from), To: short(string(w.out[start:])),
	})
}

// maxShort bounds the texts of a [Repair], in bytes.
const maxShort = 60

func short(s string) string {
	if len(s) <= maxShort {
		return strings.Clone(s)
	}
	end := maxShort - len("…")
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// quote appends s as a string of JSON.
func quote(out []byte, s string) []byte {
	const digits = "0123456789abcdef"
	out = append(out, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		out = append(out, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, `\n`...)
		case '\r':
			out = append(out, `\r`...)
		case '\t':
			out = append(out, `\t`...)
		default:
			out = append(out, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	out = append(out, s[start:]...)
	return append(out, '"')
}
