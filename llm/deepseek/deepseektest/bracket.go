package deepseektest

import "strings"

// A bracket is an opening bracket, and where in the text it is.
type bracket struct {
	open byte
	at   int
}

// A scan is what is open at the end of a text: brackets, and a string or a
// comment. It knows the strings and comments that most languages share. An
// apostrophe after a letter is one.
type scan struct {
	brackets []bracket
	closers  []byte // that close what was not opened in the text, in order
	quote    byte   // of the string that is open, or 0
	comment  string // "//" or "/*" if one is open
}

var closing = map[byte]byte{'(': ')', '[': ']', '{': '}'}

// read reads a text.
func (s *scan) read(text string) {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case s.comment == "//":
			if c == '\n' {
				s.comment = ""
			}
		case s.comment == "/*":
			if strings.HasPrefix(text[i:], "*/") {
				s.comment = ""
				i++
			}
		case s.quote != 0:
			switch {
			case c == '\\' && s.quote != '`':
				i++
			case c == s.quote, c == '\n' && s.quote != '`':
				s.quote = 0
			}
		case strings.HasPrefix(text[i:], "//") && (i == 0 || text[i-1] != ':'), strings.HasPrefix(text[i:], "/*"):
			s.comment = text[i : i+2]
			i++
		case c == '\'' && i > 0 && isWord(text[i-1]):
		case c == '"' || c == '\'' || c == '`':
			s.quote = c
		case closing[c] != 0:
			if len(s.brackets) < maxBrackets {
				s.brackets = append(s.brackets, bracket{c, i})
			}
		case c == ')' || c == ']' || c == '}':
			s.close(c)
		}
	}
}

// close closes the innermost bracket of the kind, and with it those inside that
// were left open.
func (s *scan) close(c byte) {
	for i := len(s.brackets) - 1; i >= 0; i-- {
		if closing[s.brackets[i].open] == c {
			s.brackets = s.brackets[:i]
			return
		}
	}
	s.closers = append(s.closers, c)
}

// inner returns the innermost bracket that is open, or the zero bracket.
func (s *scan) inner() bracket {
	if n := len(s.brackets); n > 0 {
		return s.brackets[n-1]
	}
	return bracket{}
}

// unclosed returns what must close the brackets and the string that s has open
// and suffix does not close. If there is a suffix, what it leaves open at its
// end is its own affair: it may be cut there.
func (s *scan) unclosed(suffix string) string {
	text := ""
	after := scan{}
	if s.quote != 0 {
		line, _, _ := strings.Cut(suffix, "\n")
		if at := strings.IndexByte(line, s.quote); at >= 0 {
			suffix = suffix[at+1:]
		} else {
			text = string(s.quote)
		}
	}
	after.read(suffix)
	outer := 0 // brackets before this one are closed by the suffix, or beyond it
	if len(after.closers) > 0 {
		for i := len(s.brackets) - 1; i >= 0; i-- {
			if closing[s.brackets[i].open] == after.closers[0] {
				outer = i + 1
				break
			}
		}
	} else if strings.TrimSpace(suffix) != "" {
		outer = len(s.brackets)
	}
	for i := len(s.brackets) - 1; i >= outer; i-- {
		text += string(closing[s.brackets[i].open])
	}
	return text
}
