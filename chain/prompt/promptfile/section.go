package promptfile

import (
	"regexp"
	"strings"

	"github.com/hadal-go/hadal/chain/prompt"
)

// A section is a part of the text of a file.
type section struct {
	kind    string // "system", "user", "assistant", "reminder", "history", "examples"
	field   string // of a history
	text    string
	line    int // at which text begins
	heading int // the line; 0 if there is none
}

var (
	heading = regexp.MustCompile(`(?i)^# +(?:(system|user|assistant|reminder|examples)|(history)(?: +([\p{L}_][\p{L}_\p{Nd}.]*))?)[ \t]*$`)
	escaped = regexp.MustCompile(`^\\+# `)
	fence   = regexp.MustCompile("^ {0,3}(```+|~~~+)(.*)$")
)

// split cuts the text after the front matter, which begins at a line of the file,
// into sections.
func (s *source) split(body string, first int) error {
	var open, hidden section // what is being read; a heading inside of the fence
	var text strings.Builder
	var marks string // that opened a fence
	fenced := 0      // the line where
	comment := 0     // the line where one of HTML begins, if it has no end yet
	end := func() error {
		open.text, open.line = trimBlank(text.String(), open.line)
		text.Reset()
		return s.add(open)
	}
	open.line = first
	at := first - 1
	for line := range strings.Lines(body) {
		at++
		bare := strings.TrimSuffix(line, "\n")
		m := heading.FindStringSubmatch(bare)
		if f := fence.FindStringSubmatch(bare); f != nil {
			switch {
			case marks == "" && !(f[1][0] == '`' && strings.Contains(f[2], "`")): // else it is code in a line
				marks, fenced = f[1], at
			case marks != "" && strings.HasPrefix(f[1], marks) && strings.Trim(f[2], " \t") == "":
				marks, hidden = "", section{}
			}
		}
		if marks == "" {
			switch i := strings.LastIndex(bare, "-->"); {
			case comment == 0 && i < 0 && strings.HasPrefix(strings.TrimLeft(bare, " "), "<!--"):
				comment = at
			case i >= 0:
				comment = 0
			}
		}
		switch {
		case m != nil && marks == "" && comment > 0:
			return fail(s.name, comment, prompt.ErrSyntax, "a comment of HTML begins here, with a section in it in line %d: the model would read it; leave it out, or write {{/* … */}}", at)
		case m != nil && marks != "":
			if hidden.line == 0 {
				hidden = section{kind: m[1] + m[2], line: at}
			}
		case m != nil:
			if err := end(); err != nil {
				return err
			}
			open = section{kind: strings.ToLower(m[1] + m[2]), field: m[3], line: at + 1, heading: at}
			continue
		case marks == "" && escaped.MatchString(line) && heading.MatchString(strings.TrimLeft(bare, `\`)):
			line = line[1:]
		}
		text.WriteString(line)
	}
	if hidden.line > 0 {
		return fail(s.name, fenced, prompt.ErrSyntax, "the code that begins here has no end, so %q in line %d begins no section: put a line of %s after it", "# "+hidden.kind, hidden.line, marks)
	}
	if err := end(); err != nil {
		return err
	}
	return s.placeExamples()
}

// add adds a section, or the text before the first, which is no section unless it
// is the only one.
func (s *source) add(sec section) error {
	switch {
	case sec.kind == "history" || sec.kind == "examples":
		if sec.text != "" {
			return fail(s.name, sec.line, prompt.ErrSyntax, "the section %s has a text: it stands for messages from elsewhere; if the heading is meant as text, write \"\\# …\"", sec.kind)
		}
		if sec.kind == "history" && sec.field == "" {
			sec.field = "History"
		}
	case sec.kind != "" && sec.text == "":
		return fail(s.name, sec.heading, prompt.ErrMissing, "the section %s is empty", sec.kind)
	}
	s.sections = append(s.sections, sec)
	return nil
}

// placeExamples sees to it that examples have a section, and what stands before
// the first section is nothing, or all.
func (s *source) placeExamples() error {
	switch lead := &s.sections[0]; {
	case len(s.sections) == 1 && lead.text == "":
		return fail(s.name, 0, prompt.ErrMissing, "the file has no text")
	case len(s.sections) == 1:
		lead.kind = "user"
	case lead.text != "":
		return fail(s.name, lead.line, prompt.ErrSyntax, "there is text before the first section: put a heading such as \"# System\" before it")
	default:
		s.sections = s.sections[1:]
	}
	place, placed, given := -1, false, len(s.examples) > 0
	for i, sec := range s.sections {
		if sec.kind == "examples" {
			if !given {
				return fail(s.name, sec.heading, prompt.ErrMissing, "there are no examples: put some into the front matter; if the heading is meant as text, write \"\\# …\"")
			}
			placed = true
		}
		if place < 0 && sec.kind != "system" {
			place = i
		}
	}
	if given && !placed {
		if place < 0 {
			place = len(s.sections)
		}
		rest := append([]section{{kind: "examples"}}, s.sections[place:]...)
		s.sections = append(s.sections[:place:place], rest...)
	}
	return nil
}

// trimBlank returns text without blank lines at its ends and the newline after the
// last, and the line at which it begins then, if it began at line.
func trimBlank(text string, line int) (string, int) {
	for {
		first, rest, more := strings.Cut(text, "\n")
		if strings.TrimSpace(first) != "" {
			break
		}
		if !more {
			return "", line
		}
		text = rest
		line++
	}
	for {
		i := strings.LastIndexByte(text, '\n')
		if strings.TrimSpace(text[i+1:]) != "" {
			return text, line
		}
		text = text[:i]
	}
}
