package prompt

import (
	"strconv"
	"strings"
)

const (
	maxText      = 1 << 20 // bytes of a template
	maxNesting   = 100     // blocks and parentheses in one another; functions in a pipeline
	maxVariables = 1000    // of a template: the parser looks through all of them for each
)

// A source is the text of a template or a partial.
type source struct{ name, text string }

// line returns the line of a byte of the text, from 1.
func (src *source) line(pos int) int {
	return 1 + strings.Count(src.text[:min(max(pos, 0), len(src.text))], "\n")
}

// A scan goes through a text before the parser, which is recursive, to see that it
// is not too deep. It need not find what is wrong with a text, which the parser will.
type scan struct {
	src       *source
	pos       int
	blocks    []int // for each open block how many {{end}} closes: one more for each {{else if}}
	depth     int   // their sum
	variables int
	defined   []definition
}

// A definition is a {{define}} or {{block}}.
type definition struct {
	name string
	pos  int
}

// run goes through the text.
func (s *scan) run() error {
	text := s.src.text
	if len(text) > maxText {
		return &Error{s.src.name, 0, problem(ErrLimit, "a template of %d bytes, where %d are allowed", len(text), maxText)}
	}
	for {
		n := strings.Index(text[s.pos:], "{{")
		if n < 0 {
			return nil
		}
		start := s.pos + n
		s.pos = start + 2
		if rest := text[s.pos:]; len(rest) > 1 && rest[0] == '-' && isSpace(rest[1]) {
			s.pos += 2
		}
		if strings.HasPrefix(text[s.pos:], "/*") {
			n := strings.Index(text[s.pos+2:], "*/")
			if n < 0 {
				return nil
			}
			s.pos += 2 + n + 2
			continue
		}
		what := s.action()
		switch {
		case s.depth > maxNesting || what == tooDeep:
			return &Error{s.src.name, s.src.line(start), problem(ErrLimit, "more than %d blocks and parentheses in one another", maxNesting)}
		case s.variables > maxVariables:
			return &Error{s.src.name, s.src.line(start), problem(ErrLimit, "more than %d variables", maxVariables)}
		case what == broken:
			return nil
		}
	}
}

// What became of an action.
type outcome uint8

const (
	closed outcome = iota
	tooDeep
	broken // it does not parse
)

// action goes through an action, to behind its end.
func (s *scan) action() outcome {
	switch word := s.word(); word {
	case "if", "with", "range":
		s.open()
	case "define", "block":
		s.open()
		s.space()
		from := s.pos
		if s.pos < len(s.src.text) && s.quoted(s.src.text[s.pos]) {
			if name, err := strconv.Unquote(s.src.text[from:s.pos]); err == nil {
				s.defined = append(s.defined, definition{name, from})
			}
		} else {
			s.pos = from
		}
	case "else":
		if next := s.word(); (next == "if" || next == "with") && len(s.blocks) > 0 {
			s.blocks[len(s.blocks)-1]++
			s.depth++
		}
	case "end":
		if n := len(s.blocks); n > 0 {
			s.depth -= s.blocks[n-1]
			s.blocks = s.blocks[:n-1]
		}
	}
	parens := 0
	for text := s.src.text; s.pos < len(text); {
		switch c := text[s.pos]; c {
		case '"', '\'', '`':
			if !s.quoted(c) {
				return broken
			}
			continue
		case '(':
			if parens++; s.depth+parens > maxNesting {
				return tooDeep
			}
		case ')':
			parens--
		case '=', ',':
			s.variables++
		case '}':
			if strings.HasPrefix(text[s.pos:], "}}") {
				s.pos += 2
				return closed
			}
		}
		s.pos++
	}
	return broken
}

// open counts a block.
func (s *scan) open() {
	s.blocks = append(s.blocks, 1)
	s.depth++
}

// space goes behind spaces.
func (s *scan) space() {
	for s.pos < len(s.src.text) && isSpace(s.src.text[s.pos]) {
		s.pos++
	}
}

// word returns the word at the position, behind spaces, and goes behind it.
func (s *scan) word() string {
	s.space()
	from := s.pos
	for s.pos < len(s.src.text) {
		c := s.src.text[s.pos]
		if c|0x20 < 'a' && (c < '0' || c > '9') && c != '_' || c|0x20 > 'z' && c < 0x80 {
			break
		}
		s.pos++
	}
	return s.src.text[from:s.pos]
}

// quoted goes behind what stands in quotes. It returns false if it does not end.
func (s *scan) quoted(quote byte) bool {
	text := s.src.text
	if quote != '"' && quote != '\'' && quote != '`' {
		return false
	}
	for s.pos++; s.pos < len(text); s.pos++ {
		switch c := text[s.pos]; {
		case c == quote:
			s.pos++
			return true
		case c == '\\' && quote != '`':
			s.pos++
		case c == '\n' && quote != '`':
			return false
		}
	}
	return false
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
