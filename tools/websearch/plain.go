package websearch

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain returns what a person would read of s, as one line of at most n characters.
// s is text or HTML; which of them, no engine says for certain. So only what is an
// element of HTML is markup: "vector<int>" stays.
func plain(s string, n int) string {
	if most := max(16<<10, 8*n); len(s) > most { // more than enough, even of escapes
		s = s[:most]
	}
	return cut(oneLine(html.UnescapeString(withoutTags(s))), n)
}

// oneLine returns s as one line of valid UTF-8 without what no one sees.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case isHidden(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

// isHidden reports whether r is a character of control or direction, or one that has no
// looks, by which text is smuggled past a reader. The joiners are kept, which scripts
// and emoji need, and the two selectors of text and emoji.
func isHidden(r rune) bool {
	switch {
	case r < 0x7f:
		return r < ' '
	case r == 0x200c, r == 0x200d, r == 0xfe0e, r == 0xfe0f:
		return false
	case r == 0x34f, r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0, r == 0x17b4, r == 0x17b5, r == 0x2800,
		0xfff0 <= r && r <= 0xfff8, 0xe0000 <= r && r <= 0xe0fff:
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector)
}

// cut returns the first n characters of s, up to the end of a word if there is one near
// by, and a mark if that is not all.
func cut(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	end := 0
	for range n - 1 { // the mark is one
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	if i := strings.LastIndexByte(s[:end], ' '); s[end] != ' ' && i > end*4/5 {
		end = i
	}
	return strings.TrimRight(s[:end], " ") + "…"
}

// maxTag is how long a tag can be. It bounds how far one is looked for.
const maxTag = 1024

// elements are those that engines leave in texts, or that hide text in them; true if
// what is before and after one is not the same word.
var elements = map[string]bool{
	"a": false, "abbr": false, "b": false, "bdi": false, "bdo": false, "cite": false, "code": false, "em": false, "font": false,
	"i": false, "kbd": false, "mark": false, "q": false, "s": false, "small": false, "span": false, "strong": false, "sub": false,
	"sup": false, "tt": false, "u": false, "wbr": false,
	"article": true, "blockquote": true, "br": true, "button": true, "center": true, "div": true, "dd": true, "dl": true, "dt": true,
	"footer": true, "form": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "header": true, "hr": true,
	"iframe": true, "img": true, "input": true, "li": true, "ol": true, "p": true, "picture": true, "pre": true, "script": true,
	"section": true, "style": true, "svg": true, "table": true, "tbody": true, "td": true, "th": true, "thead": true, "tr": true,
	"ul": true, "video": true,
}

// withoutTags returns s without comments and tags of elements, and without what is in a
// script or a style. It takes time linear to the length of s.
func withoutTags(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i:]
		n := min(markup(s, &b), len(s))
		if n == 0 {
			b.WriteByte('<')
			n = 1
		}
		s = s[n:]
	}
}

// markup returns the length of the markup that s, which begins with <, begins with. It
// writes a space to b if the markup is more than a matter of looks.
func markup(s string, b *strings.Builder) int {
	if strings.HasPrefix(s, "<!--") {
		return indexFold(s, "-->") + len("-->")
	}
	rest := strings.TrimPrefix(s[1:], "/")
	n := 0
	for n < len(rest) && (rest[n]|0x20 >= 'a' && rest[n]|0x20 <= 'z' || n > 0 && rest[n] >= '0' && rest[n] <= '9') {
		n++
	}
	name := strings.ToLower(rest[:min(n, 16)])
	apart, ok := elements[name]
	if !ok || n < len(rest) && !strings.ContainsRune(" \t\r\n/>", rune(rest[n])) {
		return 0
	}
	end := strings.IndexByte(s[:min(len(s), maxTag)], '>') + 1
	switch {
	case end == 0 && len(s) > maxTag:
		return 0
	case end == 0: // the text was cut in the middle of it
		return len(s)
	}
	if apart {
		b.WriteByte(' ')
	}
	if (name == "script" || name == "style") && s[1] != '/' {
		return indexFold(s, "</"+name)
	}
	return end
}

// indexFold returns the index of mark in s, in lower or upper case, or else the length
// of s.
func indexFold(s, mark string) int {
	for i := range len(s) - len(mark) + 1 {
		if s[i] == mark[0] && strings.EqualFold(s[i:i+len(mark)], mark) {
			return i
		}
	}
	return len(s)
}
