package deepseektest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	draftForm    = regexp.MustCompile(`(?i)\b(?:draft|write|compose)\b.*\b(?:reply|answer|response)\b|(?:起草|草拟|写)[^。？]*(?:回复|回信|答复)`)
	greetingForm = regexp.MustCompile(`^(?:(?:Dear|Hello|Hi|Good (?:morning|day|evening))\b[^,.]{0,40}(?:, |,$)|(?:您好|你好|尊敬的[^，：]{1,20})[，：])`)
)

// draft returns a letter in reply to the mail that came with the question, of what
// the system messages say about each thing that it asks for. If the question is
// another, or there is no mail, the letter is empty.
func (c *conversation) draft() (letter, why string) {
	if !draftForm.MatchString(c.question) || !isMail(c.matter) {
		return "", ""
	}
	mail := own(tidy(c.matter))
	var labels []label
	for line := range strings.Lines(mail) {
		labels = append(labels, labelsOf(strings.TrimSpace(line))...)
	}
	from, _ := bestLabel(labels, labelWords("from"), nil)
	subject, _ := bestLabel(labels, labelWords("subject"), nil)
	var facts []string
	for _, ask := range append([]string{subject}, asked(mail)...) {
		if found, _ := best(c.facts, ask, 1); found != nil && !slices.Contains(facts, found[0].text) {
			facts = append(facts, found[0].text)
		}
	}
	why = fmt.Sprintf("Rule: a letter is made of what the instructions say about the mail: %d sentences of %d.", len(facts), len(c.facts))
	name := ""
	for _, l := range party(from) {
		if l.name == "name" {
			name = " " + l.value
		}
	}
	if c.chinese = strings.ContainsFunc(body(mail), isHan); c.chinese { // whatever the language of the question
		if facts == nil {
			facts = []string{"我们会尽快核实并回复您。"}
		}
		return fmt.Sprintf("%s，您好：\n\n感谢您关于“%s”的来信。%s如有其他问题，请再与我们联系。\n\n此致\n敬礼", strings.TrimSpace(name), subject, strings.Join(facts, "")), why
	}
	if facts == nil {
		facts = []string{"A colleague will look into it and write to you."}
	}
	return fmt.Sprintf("Dear%s,\n\nthank you for your mail about “%s”. %s\n\nKind regards", name, subject, strings.Join(facts, " ")), why
}
