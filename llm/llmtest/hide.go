package llmtest

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// hide returns text without the secrets.
func (s *secrets) hide(text string) string {
	if len(s.texts) == 0 || text == "" {
		return text
	}
	found := s.find(nil, &view{text: []byte(text)})
	at := 0
	for line := range strings.Lines(text) {
		if strings.ContainsAny(line, escapes) {
			v := new(view)
			v.add(line, at)
			found = s.find(found, v)
		}
		at += len(line)
	}
	for _, v := range values(text) {
		found = s.find(found, v)
	}
	slices.SortFunc(found, func(a, b span) int { return cmp.Or(a.from-b.from, b.to-a.to) })
	var b strings.Builder
	end := 0
	for _, f := range found {
		if f.from >= end {
			b.WriteString(text[end:f.from])
			b.WriteString(hidden)
		}
		end = max(end, f.to)
	}
	b.WriteString(text[end:])
	return b.String()
}

// A span is where something stands in a text.
type span struct{ from, to int }

// find adds to list where secrets stand in the text that v is of. One that is in
// several pieces there has several spans.
func (s *secrets) find(list []span, v *view) []span {
	for i := range v.text {
		for n := s.match(v.text[i:]); n > 0; {
			piece := v.span(i)
			for i, n = i+1, n-1; n > 0 && v.span(i).from <= piece.to; i, n = i+1, n-1 {
				piece.to = v.span(i).to
			}
			list = append(list, piece)
		}
	}
	return list
}

// match returns the length of the longest secret that text begins with.
func (s *secrets) match(text []byte) int {
	longest := 0
	for n, forms := range s.forms {
		if forms == nil || n > len(text) {
			continue
		}
		for _, form := range forms[string(text[:n])] {
			if len(form) > longest && bytes.HasPrefix(text, []byte(form)) {
				longest = len(form)
			}
		}
	}
	return longest
}

// forms returns a secret as it may be encoded by who repeats it. Characters that
// are escaped one by one are found without.
func forms(secret string) []string {
	list := []string{secret}
	if len(secret) >= minSecret {
		digits := hex.EncodeToString([]byte(secret))
		list = append(list, digits, strings.ToUpper(digits))
	}
	// Encoded along with what stands around it, a secret begins at one of three
	// places in a group. Where it shares a character with that, it is left out.
	for before := range 3 {
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := enc.EncodeToString([]byte("xx"[:before] + secret))
			first, last := (before*8+5)/6, (before+len(secret))*8/6
			if last-first >= minSecret {
				list = append(list, text[first:last])
			}
		}
	}
	for _, form := range list {
		v := new(view)
		v.add(form, 0)
		if len(v.text) >= min(len(form), minSecret) {
			list = append(list, string(v.text))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// A view is a text, or parts of one, without any escapes: as a secret reads that
// was written into JSON, a URL or HTML, or several of them.
type view struct {
	text  []byte
	spans []span // of each byte in what it is a view of; if nil, the same
}

func (v *view) span(i int) span {
	if v.spans == nil {
		return span{i, i + 1}
	}
	return v.spans[i]
}

// add adds to v what s says, which stands at a place in what v is a view of.
func (v *view) add(s string, at int) {
	for s != "" {
		said, n := decode(s)
		for range len(said) {
			v.spans = append(v.spans, span{at, at + n})
		}
		v.text = append(v.text, said...)
		s, at = s[n:], at+n
	}
}

// escapes are the characters with which decode begins to do something.
const escapes = "\\%&+"

// decode returns the first character of s, however often it is escaped, and the
// number of bytes that stand for it.
func decode(s string) (said string, n int) {
	switch s[0] {
	case '+':
		return " ", 1 // as in a URL
	case '%':
		n = 1
		for strings.HasPrefix(s[n:], "25") && isHex(s[n+2:], 2) { // an escaped %
			n += 2
		}
		if isHex(s[n:], 2) {
			b, _ := hex.DecodeString(s[n : n+2])
			return string(b), n + 2
		}
	case '&':
		if end := strings.IndexByte(s[:min(len(s), 10)], ';'); end > 0 {
			if said = html.UnescapeString(s[:end+1]); len(said) <= utf8.UTFMax {
				return said, end + 1
			}
		}
	case '\\':
		rest := strings.TrimLeft(s, `\`)
		n = len(s) - len(rest)
		if rest == "" {
			return "", n
		}
		if i := strings.IndexByte("bfnrt", rest[0]); i >= 0 {
			return "\b\f\n\r\t"[i : i+1], n + 1
		}
		if r, ok := unit(rest); ok {
			n += 5
			if low, ok := unit(strings.TrimLeft(rest[5:], `\`)); ok && utf16.IsSurrogate(r) {
				r, n = utf16.DecodeRune(r, low), n+len(rest[5:])-len(strings.TrimLeft(rest[5:], `\`))+5
			}
			return string(r), n
		}
		return rest[:1], n + 1
	}
	return s[:1], 1
}

// unit returns the code unit that s begins with, such as u00e9.
func unit(s string) (rune, bool) {
	if s == "" || s[0] != 'u' || !isHex(s[1:], 4) {
		return 0, false
	}
	n, _ := strconv.ParseUint(s[1:5], 16, 16)
	return rune(n), true
}

// isHex reports whether s begins with n hexadecimal digits.
func isHex(s string, n int) bool {
	return len(s) >= n && strings.Trim(s[:n], "0123456789abcdefABCDEF") == ""
}

var member = regexp.MustCompile(`"([^"\\]*)"\s*:\s*"((?:[^"\\]|\\.)*)"`)

// values returns what the members of JSON objects in text that have a name in
// common say when taken together, as the fragments of a stream do.
func values(text string) map[string]*view {
	views := map[string]*view{}
	for _, m := range member.FindAllStringSubmatchIndex(text, -1) {
		name := text[m[2]:m[3]]
		if views[name] == nil {
			views[name] = new(view)
		}
		views[name].add(text[m[4]:m[5]], m[4])
	}
	return views
}
