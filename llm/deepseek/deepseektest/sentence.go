package deepseektest

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A sentence is a piece of a text that can be quoted by itself.
type sentence struct {
	text    string
	heading bool
	section int // sentences between two headings or blank lines have the same
}

// sentences splits a text, English or Chinese: at the ends of sentences, and at
// lines that are headings or items of a list.
func sentences(text string) []sentence {
	var list []sentence
	section, blank := 0, false
	var open strings.Builder // lines of a paragraph, which may be broken anywhere
	flush := func() {
		for s := range splitLine(open.String()) {
			list = append(list, sentence{text: s, section: section})
		}
		open.Reset()
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			flush()
			blank = true
			continue
		}
		heading, item := isHeading(line), isItem(line)
		if heading || item || blank {
			flush()
		}
		if (blank || heading) && len(list) > 0 {
			section++
		}
		blank = false
		if heading {
			list = append(list, sentence{text: strings.Trim(line, "#*= :："), heading: true, section: section})
			continue
		}
		if item {
			line = itemText(line)
		}
		// A line that goes on in lower case is part of what came before it.
		labelled := isLabelled(line) && (open.Len() == 0 || !unicode.IsLower(rune1(line)))
		if open.Len() > 0 && !strings.ContainsFunc(line[:min(3, len(line))], isHan) {
			open.WriteByte(' ')
		}
		open.WriteString(line)
		if item || labelled {
			flush()
		}
	}
	flush()
	return list
}

// splitLine yields the sentences of a paragraph.
func splitLine(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start := 0
		for i, r := range s {
			end := i + utf8.RuneLen(r)
			if end < i || !endsSentence(s, i, end, r) {
				continue
			}
			for end < len(s) && strings.ContainsRune("\"')]”’」』）", rune1(s[end:])) {
				_, n := utf8.DecodeRuneInString(s[end:])
				end += n
			}
			if end <= start {
				continue
			}
			if t := strings.TrimSpace(s[start:end]); t != "" && !yield(t) {
				return
			}
			start = end
		}
		if t := strings.TrimSpace(s[min(start, len(s)):]); t != "" {
			yield(t)
		}
	}
}

func rune1(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// abbreviations end with a full stop that does not end a sentence.
var abbreviations = []string{"mr", "mrs", "ms", "dr", "prof", "st", "no", "nr", "vs", "etc", "inc", "ltd", "e.g", "i.e", "approx", "ca", "fig", "jan", "feb", "aug", "sept", "oct", "nov", "dec"}

func endsSentence(s string, i, end int, r rune) bool {
	switch r {
	case '。', '！', '？', '；':
		return true
	case '.', '!', '?':
	default:
		return false
	}
	next := rune1(s[end:])
	if end < len(s) && !unicode.IsSpace(next) && !strings.ContainsRune("\"')”’", next) {
		return false
	}
	if r != '.' {
		return true
	}
	word := s[strings.LastIndexAny(s[:i], " \n(")+1 : i]
	return utf8.RuneCountInString(word) > 1 && !slices.Contains(abbreviations, strings.ToLower(word)) || strings.Trim(word, "0123456789") == "" && word != ""
}

// isHeading reports whether a line is a heading: marked as one, or short and
// without an end.
func isHeading(line string) bool {
	if strings.HasPrefix(line, "#") {
		return true
	}
	if isItem(line) || isLabelled(line) || utf8.RuneCountInString(line) > 60 {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(line)
	if strings.ContainsRune(".!?。！？；;,，、：:\"”)）", last) {
		return false
	}
	if strings.ContainsFunc(line, isHan) {
		return utf8.RuneCountInString(line) <= 16
	}
	return unicode.IsUpper(rune1(line)) && len(strings.Fields(line)) <= 8
}

// isItem reports whether a line is an item of a list.
func isItem(line string) bool { return itemText(line) != line }

// itemText returns an item of a list without the mark before it, and any other
// line as it is.
func itemText(line string) string {
	for _, mark := range []string{"- ", "* ", "• ", "·"} {
		if rest, ok := strings.CutPrefix(line, mark); ok {
			return strings.TrimSpace(rest)
		}
	}
	rest := strings.TrimLeft(line, "0123456789")
	if len(line)-len(rest) > 3 { // a year, at the end of a sentence
		return line
	}
	for _, mark := range []string{". ", ") ", "、"} {
		if text, ok := strings.CutPrefix(rest, mark); ok && rest != line {
			return strings.TrimSpace(text)
		}
	}
	return line
}

// isLabelled reports whether a line has the form "label: value".
func isLabelled(line string) bool { return len(labelsOf(line)) > 0 }

// instructions are how sentences begin that tell a model what to do.
var instructions = []string{"you ", "your ", "answer", "always", "never", "do not", "don't", "be ", "reply", "respond", "use ", "please", "if ", "keep ", "write ", "extract", "return ", "classify", "summarize", "summarise", "你", "请", "不要", "必须", "回答", "使用"}

func isInstruction(s string) bool {
	s = strings.ToLower(s)
	return slices.ContainsFunc(instructions, func(p string) bool { return strings.HasPrefix(s, p) })
}

// splitQuestion tells the question of a message from the text that it is about.
func splitQuestion(message string) (question, text string) {
	list := sentences(message)
	if len(list) == 0 {
		return "", ""
	}
	at := -1
	for i, s := range list {
		if isQuestion(s.text) {
			at = i
		}
	}
	if at < 0 && len(list) > 1 { // an instruction, which stands first or last
		for _, i := range []int{0, len(list) - 1} {
			if isInstruction(list[i].text) || wantsSummary(list[i].text) {
				at = i
				break
			}
		}
		if at < 0 && len(list) > 3 {
			return "", message
		}
	}
	if at < 0 {
		return message, ""
	}
	question = list[at].text
	before, after, _ := strings.Cut(message, question)
	return question, before + "\n\n" + after
}

// isQuestion reports whether s asks something.
func isQuestion(s string) bool {
	s = strings.TrimRight(s, " \"')”’」』）")
	if strings.HasSuffix(s, "?") || strings.HasSuffix(s, "？") {
		return true
	}
	first, _, _ := strings.Cut(strings.ToLower(s), " ")
	return slices.Contains([]string{"who", "what", "when", "where", "why", "which", "how", "tell", "name", "list", "explain", "describe"}, first)
}

// summaryWords ask for a summary.
var summaryWords = []string{"summar", "overview", "tl;dr", "main point", "key point", "in short", "总结", "概括", "摘要", "概述", "大意", "小结"}

func wantsSummary(s string) bool {
	s = strings.ToLower(s)
	return slices.ContainsFunc(summaryWords, func(w string) bool { return strings.Contains(s, w) })
}
