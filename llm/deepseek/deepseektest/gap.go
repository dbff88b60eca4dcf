package deepseektest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A gap is what a FIM request asks to fill.
type gap struct {
	prompt, suffix string
	line           string // of the prompt's last line, what there is
	rest           string // of the suffix's first line
	open           scan   // what is open at the end of the prompt
	closers        string // what has to be closed in the gap
}

// A filling is how the gaps of one language are filled: with the first candidate
// that leaves the text sound, or else the first.
type filling interface {
	candidates() []string
	sound(text string) bool
}

// The rules look at so many bytes on either side of the gap, at so many of its
// line, and at brackets so deep.
const (
	maxAround   = 128 << 10
	maxLine     = 200
	maxBrackets = 200
)

// fillGap returns what may stand between prompt and suffix.
func fillGap(prompt, suffix string) string {
	if len(prompt) > maxAround {
		_, prompt, _ = strings.Cut(prompt[len(prompt)-maxAround:], "\n")
	}
	suffix = suffix[:min(len(suffix), maxAround)]
	g := &gap{prompt: prompt, suffix: suffix}
	g.line = prompt[strings.LastIndexByte(prompt, '\n')+1:]
	g.rest, _, _ = strings.Cut(suffix, "\n")
	g.open.read(prompt, 0)
	g.closers = g.open.unclosed(suffix)
	var f filling = textGap{g}
	if j, ok := newJSONGap(g); ok {
		f = j
	} else if code, ok := newGoGap(g); ok {
		f = code
	}
	list := f.candidates()
	for _, text := range list {
		if f.sound(text) {
			return text
		}
	}
	return list[0]
}

// A textGap is a gap in prose, or in a language of which no more is known than
// that it has brackets.
type textGap struct{ *gap }

const (
	unwritten = "to be written: no language model here"
	unsaid    = " …"
)

func (g textGap) candidates() []string {
	var list []string
	for _, rule := range []func() (string, bool){g.series, g.cells, g.repeated} {
		if text, ok := rule(); ok {
			list = append(list, text)
		}
	}
	switch {
	case g.closers != "" && strings.TrimSpace(g.line) != "" && !strings.HasSuffix(strings.TrimSpace(g.line), "{"):
		list = append(list, g.closers)
	case block.MatchString(g.prompt):
		list = append(list, g.placed("pass  # "+unwritten))
	case code.MatchString(g.prompt) && g.open.comment == "" && !heading.MatchString(g.prompt):
		if strings.TrimSpace(g.rest) != "" { // which is not to be part of the comment
			list = append(list, "/* "+unwritten+" */"+g.closers)
			break
		}
		list = append(list, "// "+unwritten+g.ends())
	}
	if strings.HasSuffix(g.line, " ") {
		return append(list, strings.TrimSpace(unsaid))
	}
	return append(list, unsaid)
}

var (
	block   = regexp.MustCompile(`(?m)^[ \t]*(?:(?:async )?def \w.*|class \w.*|for .+ in .+|(?:if|elif|while|with) .+|except.*|else|try|finally):[ \t]*\n?[ \t]*\z`) // of Python
	code    = regexp.MustCompile(`(?m)[{};][ \t]*$|\w\(|\w[ \t]*:?=`)
	heading = regexp.MustCompile(`(?m)^#{1,6} \S`)
)

// sound reports whether the gap closes what has to be closed in it, and nothing
// else.
func (g *gap) sound(text string) bool {
	s := scan{quote: g.open.quote, comment: g.open.comment}
	for _, c := range slices.Backward([]byte(g.closers)) {
		for open, c2 := range closing {
			if c == c2 {
				s.brackets = append(s.brackets, bracket{open: open})
			}
		}
	}
	quote := g.open.quote // that the suffix ends
	if quote != 0 && strings.HasPrefix(g.closers, string(quote)) {
		quote = 0
	}
	s.read(text, 0)
	return len(s.brackets) == 0 && len(s.closers) == 0 && s.quote == quote
}

// repeated returns what followed the end of the line elsewhere, after as many of
// the same words as there are.
func (g *gap) repeated() (string, bool) {
	others := g.prompt[:len(g.prompt)-len(g.line)] + g.suffix
	for i := range g.line {
		if len(g.line)-i > maxLine || i > 0 && isWord(g.line[i]) && isWord(g.line[i-1]) {
			continue // not from the middle of a word
		}
		tail := g.line[i:]
		if !wordPattern.MatchString(tail) {
			break
		}
		if after, ok := following(others, tail); ok {
			text, _, _ := strings.Cut(after, "\n")
			return g.fitted(text), strings.TrimSpace(text) != ""
		}
	}
	return "", false
}

var wordPattern = regexp.MustCompile(`[\pL\pN_]`)

// following returns what follows words in a text, where they do not begin in the
// middle of one.
func following(text, words string) (string, bool) {
	for from := 0; ; {
		i := strings.Index(text[from:], words)
		if i < 0 {
			return "", false
		}
		at := from + i
		from = at + len(words)
		if at == 0 || !isWord(text[at]) || !isWord(text[at-1]) {
			return text[from:], true
		}
	}
}

// fitted returns text without the end of it that stands after the gap already,
// and no further than to a bracket that is not the gap's to close.
func (g *gap) fitted(text string) string {
	if rest := strings.TrimSpace(g.rest); rest != "" {
		text = strings.TrimSuffix(text, rest)
	}
	if g.sound(text) {
		return text
	}
	for i := min(len(text), maxLine) - 1; i > 0; i-- {
		if utf8.RuneStart(text[i]) && strings.IndexByte(")]}\"'", text[i]) >= 0 && g.sound(text[:i]) {
			return text[:i]
		}
	}
	return text
}

// series returns the line that follows the two before the gap as the second of
// them follows the first, or the item of a list after the last one.
func (g *gap) series() (string, bool) {
	before := strings.Split(strings.TrimRight(g.prompt[:len(g.prompt)-len(g.line)], "\n"), "\n")
	last := before[len(before)-1]
	if strings.TrimSpace(last) == "" {
		return "", false
	}
	if len(before) > 1 {
		if text, ok := successor(before[len(before)-2], last); ok {
			if text, ok = strings.CutPrefix(text, g.line); ok {
				return text, text != ""
			}
		}
	}
	if m := listItem.FindStringSubmatch(last); m != nil {
		marker := m[1] + m[2] + m[3]
		if n, err := strconv.Atoi(m[2]); err == nil {
			marker = m[1] + strconv.Itoa(n+1) + m[3]
		}
		if text, ok := strings.CutPrefix(marker+"…", g.line); ok {
			return text, true
		}
	}
	return "", false
}

var listItem = regexp.MustCompile(`^([ \t]*)(\d{1,9}|[-*+])((?:[.)])?[ \t]+(?:\[[ x]\] )?)\S`)

// cells returns what is missing of a row of a table.
func (g *gap) cells() (string, bool) {
	before := strings.Split(strings.TrimRight(g.prompt[:len(g.prompt)-len(g.line)], "\n"), "\n")
	last := strings.TrimSpace(before[len(before)-1])
	if !strings.HasPrefix(last, "|") || !strings.HasSuffix(last, "|") {
		return "", false
	}
	missing := strings.Count(last, "|") - strings.Count(g.line, "|") - strings.Count(g.rest, "|")
	text := strings.Repeat(" … |", max(0, missing))
	if strings.TrimSpace(g.line) == "" {
		text = "|" + strings.TrimSuffix(text, " … |")
	}
	if strings.HasSuffix(g.line, " ") {
		text = strings.TrimPrefix(text, " ")
	}
	return text, missing > 0
}

// placed returns lines of code for a block: each on a line of its own, a step
// further in than the line that opens the block.
func (g *gap) placed(lines ...string) string {
	opener := g.line
	step := "\t"
	if strings.TrimSpace(g.line) == "" {
		before := strings.TrimRight(g.prompt, " \t\n")
		if b := g.open.inner(); b.open != 0 {
			before = g.prompt[:b.at]
		}
		opener = before[strings.LastIndexByte(before, '\n')+1:]
	}
	if strings.HasPrefix(opener, " ") || block.MatchString(g.prompt) {
		step = "    "
	}
	outer := indentOf(opener)
	indent := outer + step
	if g.line != "" && strings.TrimSpace(g.line) == "" {
		indent = g.line
	}
	text := strings.Join(lines, "\n"+indent)
	switch {
	case g.line == "":
		text = indent + text
	case strings.TrimSpace(g.line) != "":
		text = "\n" + indent + text
	}
	if strings.HasPrefix(strings.TrimSpace(g.rest), "}") {
		text += "\n" + outer
	}
	return text
}

// ends returns the closers for the end of a block: each brace is on a line of its
// own, as far in as the line that opens it.
func (g *gap) ends() string {
	if strings.Trim(g.closers, "}") != "" {
		return g.closers
	}
	var b strings.Builder
	for i := range len(g.closers) {
		open := g.open.brackets[len(g.open.brackets)-1-i]
		line := g.prompt[strings.LastIndexByte(g.prompt[:open.at], '\n')+1 : open.at]
		b.WriteString("\n" + indentOf(line[:min(len(line), maxLine)]) + "}")
	}
	return b.String()
}

func indentOf(line string) string {
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}
