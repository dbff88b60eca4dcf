package deepseektest

import (
	"encoding/json"
	"regexp"
	"strings"
)

// A gap is what a FIM request asks to fill.
type gap struct {
	prompt, suffix string
	line           string // of the prompt's last line, what there is
	rest           string // of the suffix's first line
	open           scan   // what is open at the end of the prompt
	closers        string // what has to be closed in the gap
}

// The rules look at so many bytes on either side of the gap, at so many of white
// space ahead of a line, and at brackets so deep.
const (
	maxAround   = 128 << 10
	maxIndent   = 200
	maxBrackets = 200
)

// What is said where nothing better is known.
const (
	unwritten = "to be written: no language model here"
	unsaid    = "…"
)

// fillGap returns what may stand between prompt and suffix. It looks at the text
// a fixed number of times, however long it is.
func fillGap(prompt, suffix string) string {
	if len(prompt) > maxAround {
		_, prompt, _ = strings.Cut(prompt[len(prompt)-maxAround:], "\n")
	}
	suffix = suffix[:min(len(suffix), maxAround)]
	g := &gap{prompt: prompt, suffix: suffix}
	g.line = prompt[strings.LastIndexByte(prompt, '\n')+1:]
	g.rest, _, _ = strings.Cut(suffix, "\n")
	g.open.read(prompt)
	g.closers = g.open.unclosed(suffix)
	if jsonStart.MatchString(prompt) {
		return g.json()
	}
	if code, ok := newGoGap(g); ok {
		return code.fill()
	}
	return g.text()
}

// first returns the first of the texts that is sound, or "".
func first(texts []string, sound func(string) bool) string {
	for _, text := range texts {
		if sound(text) {
			return text
		}
	}
	return ""
}

// jsonStart tells JSON from code and from Markdown's links.
var jsonStart = regexp.MustCompile(`^\s*[\[{][\s\[{]*(?:"|$|\d[\d\s,.eE+-]*$)`)

// json fills a gap in a JSON text, so that it is whole, or returns "".
func (g *gap) json() string {
	var list []string
	if g.open.quote != 0 {
		list = append(list, unsaid+g.closers)
	}
	list = append(list, g.closers)
	for _, value := range []string{"null", `"` + unsaid + `": null`} {
		list = append(list, value+g.closers, value+",", ", "+value)
	}
	return first(append(list, ","), func(text string) bool { return json.Valid([]byte(g.prompt + text + g.suffix)) })
}

var (
	colonBlock = regexp.MustCompile(`(?:^|\n)[ \t]*(?:(?:async )?def \w.*|class \w.*|for .+ in .+|(?:if|elif|while|with) .+|except.*|else|try|finally):[ \t]*\n?[ \t]*$`)
	braceCode  = regexp.MustCompile(`[{};][ \t]*$`)
)

// text fills a gap in a text of which no more is known than that it may have
// brackets.
func (g *gap) text() string {
	line := strings.TrimSpace(g.line)
	switch {
	case g.open.comment != "" || g.open.quote != 0:
	case g.closers != "" && line != "" && !strings.HasSuffix(line, "{"):
		return g.closers
	case colonBlock.MatchString(g.prompt[max(0, len(g.prompt)-maxIndent):]):
		return g.placed("pass  # " + unwritten)
	case !braceCode.MatchString(strings.TrimRight(g.prompt, " \t\r\n")):
	case strings.Trim(g.rest, " \t\r}") != "": // which is not to be part of the comment
		return "/* " + unwritten + " */" + g.closers
	default:
		return g.placed("// "+unwritten) + g.ends()
	}
	if g.line != "" && !strings.HasSuffix(g.line, " ") {
		return " " + unsaid + g.closers
	}
	return unsaid + g.closers
}

// placed returns lines of code for a block: each on a line of its own, a step
// further in than the line that opens the block.
func (g *gap) placed(lines ...string) string {
	opener := g.line
	step := "\t"
	if strings.TrimSpace(g.line) == "" {
		before := strings.TrimRight(g.prompt, " \t\r\n")
		if b := g.open.inner(); b.open != 0 {
			before = g.prompt[:b.at]
		}
		opener = before[strings.LastIndexByte(before, '\n')+1:]
	}
	if strings.HasPrefix(opener, " ") || strings.HasSuffix(opener, ":") {
		step = "    "
	}
	outer := indentOf(opener)
	indent := outer + step
	if g.line != "" && strings.TrimSpace(g.line) == "" {
		indent = indentOf(g.line)
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
		b.WriteString("\n" + indentOf(line) + "}")
	}
	return b.String()
}

// indentOf returns the white space that a line begins with.
func indentOf(line string) string {
	line = line[:min(len(line), maxIndent)]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}
