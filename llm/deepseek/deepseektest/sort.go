package deepseektest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

var labelsForm = regexp.MustCompile(`(?i)\bone of (?:these|the following) (?:labels|topics|categories|classes)\b[^\n]*:\n+((?:[^\n]*\S[^\n]*(?:\n|$))+)`)

// sort returns the label that fits what the user says, if a system message asks for
// one of a list.
func (c *conversation) sort() (label, why string) {
	for _, m := range c.req.Messages {
		found := labelsForm.FindStringSubmatch(m.Content)
		if m.Role != llm.RoleSystem || found == nil {
			continue
		}
		var schema struct {
			Enum []string `json:"enum"`
		}
		for line := range strings.Lines(found[1]) {
			schema.Enum = append(schema.Enum, strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "- ")))
		}
		text, err := json.Marshal(schema)
		if err != nil {
			return "", ""
		}
		f := newFiller(c, text, c.source())
		value, _ := f.fill(f.root, "", field{node: new(node)})
		if json.Unmarshal(value, &label) != nil {
			return "", ""
		}
		return label, fmt.Sprintf("Rule: the label of %d that the words speak for.", len(schema.Enum))
	}
	return "", ""
}
