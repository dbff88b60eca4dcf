package deepseektest

import (
	"regexp"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// isCorrection reports whether a message tells what was wrong with an answer, by
// the places in it, as in "/total: is a string, want a number", or by asking for it
// again. What it quotes is not of the document.
func isCorrection(content string) bool {
	return correctionForm.MatchString(content)
}

var correctionForm = regexp.MustCompile("(?m)(?:^|[\\s\"`'(*])/[A-Za-z_][\\w/~-]*(?:[:\"`' ]|$)|(?i:\\b(?:answer again|corrected)\\b)")

// corrected reports whether the conversation ends with a correction of what the
// rules wrote.
func (c *conversation) corrected() bool {
	n := len(c.req.Messages)
	if n < 2 {
		return false
	}
	last, before := c.req.Messages[n-1], c.req.Messages[n-2]
	return last.Role != llm.RoleAssistant && before.Role == llm.RoleAssistant && isCorrection(last.Content)
}

// slips reports whether a value is written down as it stands in the text, though
// the schema wants it in another form, as a model does that has the schema before
// it as text only: for a first answer. It is put right by one who says so.
func (c *conversation) slips() bool {
	byExample := c.schema != c.example
	return c.json && !c.enforced && !byExample && !c.corrected()
}

// fenced returns JSON as a model puts it that was asked for it in words alone.
func fenced(text string) string {
	return "```json\n" + text + "\n```"
}

// about finds lines of a prompt that speak of the answer, not of the matter.
var (
	about  = regexp.MustCompile(`(?i)\b(?:json|schema)\b`)
	byTool = regexp.MustCompile(`(?m)^.*\b(?:[Cc]all|[Cc]alling|[Uu]se|[Uu]sing) the tool\b.*$`)
)

// matter returns a message without what speaks of the answer: the schema or the
// example in it, the line before that, and to call a tool.
func matter(content, example string) string {
	content = byTool.ReplaceAllString(content, "")
	before, after, found := strings.Cut(content, example)
	if example == "" || !found {
		return content
	}
	before = strings.TrimSpace(before)
	if i := strings.LastIndexByte(before, '\n') + 1; about.MatchString(before[i:]) {
		before = before[:i]
	}
	return before + "\n\n" + after
}
