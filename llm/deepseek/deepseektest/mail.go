package deepseektest

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	headerForm  = regexp.MustCompile(`(?i)^(?:from|to|cc|date|sent|subject|发件人|收件人|抄送|时间|日期|发送时间|主题)\s*[:：]`)
	historyForm = regexp.MustCompile(`(?i)^[\s\-_]*(?:original message|forwarded message|begin forwarded message|原始邮件|转发的?邮件)[\s\-_:：]*$|\bwrote:\s*$|写道[:：]\s*$`)
	askForm     = regexp.MustCompile(`(?i)\b(?:please|could you|can you|would you|could we|can we|shall we|i want|we would like to|i would like to|you must|let me know)\b`)
	askHan      = regexp.MustCompile(`(?:请|麻烦|我想|希望)[^，。；！？]*(?:，并[^，。；！？]*)?`)
)

// isMail reports whether a text begins with the header of a mail.
func isMail(text string) bool {
	n, at := 0, 0
	for line := range strings.Lines(text) {
		if headerForm.MatchString(strings.TrimSpace(line)) {
			n++
		}
		if at++; at > 12 {
			break
		}
	}
	return n >= 2
}

// own returns a mail without those that it quotes or forwards. Of one that adds
// nothing to them, all is its own.
func own(text string) string {
	if !isMail(text) {
		return text
	}
	var b strings.Builder
	said, header := false, true
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		if historyForm.MatchString(trimmed) && !header {
			break
		}
		header = header && (trimmed == "" || headerForm.MatchString(trimmed))
		if strings.HasPrefix(trimmed, ">") {
			continue
		}
		said = said || !header
		b.WriteString(line)
	}
	if !said {
		return text
	}
	return b.String()
}

// body returns a text without the header of a mail.
func body(text string) string {
	if !isMail(text) {
		return text
	}
	for rest := text; ; {
		line, after, more := strings.Cut(rest, "\n")
		line = strings.TrimSpace(line)
		if !more || line != "" && !headerForm.MatchString(line) {
			return rest
		}
		rest = after
	}
}

// asked returns what a text asks its reader to do: the sentences that say so, of
// Chinese ones the part.
func asked(text string) []string {
	var list []string
	for _, s := range sentences(body(text)) {
		switch found := askHan.FindAllString(s.text, -1); {
		case found != nil:
			for _, part := range found {
				if utf8.RuneCountInString(part) > 3 {
					list = append(list, part)
				}
			}
		case askForm.MatchString(s.text):
			list = append(list, s.text)
		}
	}
	return list
}
