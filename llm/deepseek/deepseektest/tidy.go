package deepseektest

import (
	"regexp"
	"strings"
)

var (
	spacedForm = regexp.MustCompile(`\b(?:[A-Za-z] ){3,}[A-Za-z]\b`)
	hanForm    = regexp.MustCompile(`(^|[^\p{Han}])(\p{Han})[ 　]{1,4}(\p{Han})(?:[ 　]{1,4}(\p{Han}))?([^\p{Han}]|$)`)
	commaForm  = regexp.MustCompile(`([\p{L}\p{N}]) +([,;])`)
	leaderForm = regexp.MustCompile(`\s*(?:\.{4,}|…{2,})\s*`)
)

// tidy returns a text as it was meant where a scanner or a typist left traces:
// letters and digits of full width, words that are spaced out, an O among the
// digits of a number, dots that lead to an amount.
func tidy(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９', r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ', r == '－', r == '／':
			return r - '０' + '0'
		case r == '\r', r == '\ufeff':
			return -1
		case r == '\u00a0':
			return ' '
		}
		return r
	}, text)
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(tidyLine(line))
	}
	return b.String()
}

func tidyLine(line string) string {
	line = spacedForm.ReplaceAllStringFunc(line, func(s string) string { return strings.ReplaceAll(s, " ", "") })
	line = hanForm.ReplaceAllString(line, "$1$2$3$4$5")
	line = commaForm.ReplaceAllString(line, "$1$2")
	line = leaderForm.ReplaceAllString(line, "    ")
	return zeros(line)
}

// zeros returns a line with an O for a 0 put right, in words that are otherwise
// of digits.
func zeros(line string) string {
	if !strings.ContainsAny(line, "Oo") {
		return line
	}
	at := 0
	for at < len(line) {
		end := at
		for end < len(line) && (isWord(line[end]) || strings.IndexByte(".,/-", line[end]) >= 0) {
			end++
		}
		if end == at {
			at++
			continue
		}
		if word := line[at:end]; strings.Trim(word, "0123456789Oo.,/-") == "" && strings.ContainsAny(word, "0123456789") {
			line = line[:at] + strings.NewReplacer("O", "0", "o", "0").Replace(word) + line[end:]
		}
		at = end
	}
	return line
}
