package deepseektest

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/hadal-go/hadal/llm"
)

// StandIn returns a reply that is computed from the request by a handful of
// rules, for running without a key. It is no language model, and says so ahead
// of the first text of a conversation, though not in JSON, not before a label,
// and not in a prefix that it continues. It is deterministic. The first rule that fits decides:
//
//   - A FIM request for the body of a Go function is answered with that of the
//     nearest function of the same type, with the words exchanged in which their
//     names, comments and parameters differ, or with zero values to return; a
//     comment ahead says where they are from. JSON becomes whole, by null if need
//     be. Elsewhere brackets that are open are closed, and what is to be written
//     is left to a comment in code, and to "…" in prose. Where Go and JSON would
//     not be sound with any of that, the text is empty.
//   - Where the tools are for work in steps, a step is taken with each reply, see
//     below.
//   - Where there are no results of tools yet, a tool is called if it must be,
//     or if words of its name or description are in the user's last message and
//     its required arguments are too: names after "in" or "for", what is in
//     quotes, numbers, and "label: value".
//   - If the reply is to be JSON, because of the response format, or because
//     there is a JSON Schema in the request or in its messages, its fields are
//     filled with what is found under a label, or beside a word, like the name or
//     the description of the field: in a line or a column, below a heading, in the
//     rows of a table, in the header of a mail, of which what it quotes is left
//     out. It keeps what the schema says of types, required members, enumerations,
//     and limits on numbers, lengths and items. What it does not find it leaves
//     out, or at the simplest value where there has to be one.
//   - After results of tools, these are told, a line for each.
//   - Where a system message asks for one of these labels, and lists them line by
//     line, the answer is one of them, as if it were an enumeration.
//   - A request for a summary is answered with the first sentences of sections.
//   - A request to draft the reply to a mail is answered with a letter, of what the
//     system messages say about what the mail asks for.
//   - Anything else is answered with up to three sentences of the conversation
//     that share most with the question, rare words counting more than frequent
//     ones. If nothing fits, it says so, and what the text is about.
//
// Work in steps is what an agent does that has documents to look into, by a tool that
// reads one by its path and tools that list or search them; or that has a tool, beside
// others, that ends the task with the answer, as its description says; or one that hands
// over to another, handoff_to_sales. What a tool is for is told by its name, its
// description and the names of its parameters. The task is what the user said last; if
// it refers to what was said before ("And …", "the two", "那里"), that counts too. The
// steps, as far as there are the tools, each of them once or twice:
//
//   - Hand the task over to whom its words are about.
//   - Do what the message has all the arguments for: note what is to be remembered,
//     tell the time, have a sum worked out, call a tool by the words of its name.
//   - List the documents and search them for the words of the task; read the two that
//     have most of them, by how few have each, or several that are alike if a total is
//     asked for; read on where a page ends before the words do.
//   - Call a tool that takes numbers, and whose words are in the task, with those found.
//   - Have the sum worked out that the question asks for: how much more, how many years
//     between, how many times, on average, in total, the greatest, the least. The numbers
//     are those of the unit or the column that it speaks of, in the sentences or rows
//     that have its words.
//   - Write what was found to the file that the message names.
//   - End the task: its tool gets the sentences and rows that were found, the numbers,
//     and the paths that they are from, each in the field whose name says so. Without
//     such a tool they are told as text.
//
// Documents of plain text count as text of the conversation: the first 256 KiB of
// each, as long as those that were uploaded are no more than 16 MiB together. For
// images and other files it has no eyes, and says how many there are.
//
// JSON is not always tidy, as it is not from a model. In text it stands in a code
// fence. And where the schema is in the prompt alone, a first answer has dates,
// and numbers with a comma, as the text has them: "3 March 2026", "1,250.00". The
// answer to a message that names such a place, as "/total", or asks for a corrected
// answer, has them as the schema wants them.
//
// It reads English and Chinese, and sees through what scanners do to either: full
// width, words s p a c e d out, an O for a 0. The reasoning, in thinking mode, says which rule
// it was, and why.
func StandIn() Reply {
	return Reply{Func: standIn}
}

func standIn(r Request) Reply {
	if r.FIM {
		return Reply{Text: fillGap(r.Prompt, r.Suffix)}
	}
	c := newConversation(&r)
	reply := c.reply()
	reply.Reasoning = "No language model, but rules. " + reply.Reasoning
	if n := len(r.Messages); n > 0 && r.Messages[n-1].Prefix {
		reply.Text = afterPrefix(r.Messages[n-1].Content, reply.Text)
		return reply
	}
	if len(reply.ToolCalls) == 0 && !c.json && !c.label && !c.spoken {
		reply.Text = c.say(notice, noticeHan) + reply.Text
	}
	reply.Title = c.title()
	return reply
}

// What a conversation begins with.
const (
	notice    = "(No language model here: a stand-in that picks sentences from your text by rules.)\n\n"
	noticeHan = "（这里没有语言模型：替身按规则从原文中摘句。）\n\n"
)

// withoutNotice returns what another stand-in has said, as that of an agent which is a
// tool.
func withoutNotice(s string) string {
	return strings.TrimPrefix(strings.TrimPrefix(s, notice), noticeHan)
}

// A conversation is a request as the rules look at it.
type conversation struct {
	req      *Request
	question string
	chinese  bool         // the question is in Chinese
	spoken   bool         // there are replies in it already
	json     bool         // the reply is JSON
	label    bool         // the reply is one of a list
	schema   string       // in the messages, or ""
	enforced bool         // the API keeps the reply to the schema
	example  string       // the text in the messages that schema is made of
	text     []sentence   // that may answer the question, in order
	facts    []sentence   // of them, those of system messages
	matter   string       // what came with the question
	results  []toolResult // since the last message of the user

	images, files int  // of users, that the rules do not read
	fresh         bool // such came with the question
}

type toolResult struct{ name, content string }

func newConversation(r *Request) *conversation {
	c := &conversation{req: r}
	last := -1
	calls := make(map[string]string) // names by id
	for i, m := range r.Messages {
		switch m.Role {
		case llm.RoleUser:
			last, c.results = i, nil
		case llm.RoleAssistant:
			c.spoken = c.spoken || m.Content != "" && !m.Prefix
			for _, call := range m.ToolCalls {
				calls[call.ID] = call.Name
			}
		case llm.RoleTool:
			c.results = append(c.results, toolResult{calls[m.ToolCallID], m.Content})
		}
	}
	c.schema, c.example = findSchema(r)
	c.enforced = r.Schema != nil
	for i, m := range r.Messages {
		content := withoutJSON(m.Content, c.example)
		before := c.images + c.files
		c.read(m.Blobs)
		if i == last {
			c.fresh = c.images+c.files > before
		}
		switch {
		case i == last:
			rest := ""
			c.question, rest = splitQuestion(content)
			c.matter = rest
			c.add(rest, false)
		case m.Role == llm.RoleSystem:
			c.add(content, true)
		case m.Role == llm.RoleUser:
			c.add(content, false)
		}
	}
	c.chinese = strings.ContainsFunc(c.question, isHan)
	if c.question == "" && len(c.text) > 0 {
		c.chinese = strings.ContainsFunc(c.text[0].text, isHan)
	}
	return c
}

// add adds the sentences of a text. Of a system message, those that tell the
// model what to do are left out.
func (c *conversation) add(text string, system bool) {
	section := 0
	if n := len(c.text); n > 0 {
		section = c.text[n-1].section + 1
	}
	for _, s := range sentences(text) {
		if system && isInstruction(s.text) {
			continue
		}
		s.section += section
		c.text = append(c.text, s)
		if system {
			c.facts = append(c.facts, s)
		}
	}
}

// say returns the variant in the language of the question.
func (c *conversation) say(english, chinese string) string {
	if c.chinese {
		return chinese
	}
	return english
}

// reply applies the first rule that fits.
func (c *conversation) reply() Reply {
	if r, ok := c.work(); ok {
		return r
	}
	if (len(c.results) == 0 || c.corrected()) && len(c.req.Messages) > 0 && !c.continued() {
		if calls, why := c.calls(); calls != nil {
			return Reply{ToolCalls: calls, Reasoning: why}
		}
	}
	if c.req.Format == llm.FormatJSON || c.schema != "" {
		c.json = true
		text, why := c.fields()
		if c.schema != "" && c.req.Format != llm.FormatJSON && !c.enforced && !c.continued() {
			text = fenced(text)
		}
		return Reply{Text: text, Reasoning: why}
	}
	if len(c.results) > 0 {
		return Reply{Text: c.report(), Reasoning: fmt.Sprintf("Rule: tell what %d tool calls returned.", len(c.results))}
	}
	if label, why := c.sort(); label != "" {
		c.label = true
		return Reply{Text: label, Reasoning: why}
	}
	if wantsSummary(c.question) {
		if text := c.summary(4); text != "" {
			return Reply{Text: c.noticed(text), Reasoning: fmt.Sprintf("Rule: a summary is the first sentences of sections, of %d sentences in all.", len(c.text))}
		}
	}
	if letter, why := c.draft(); letter != "" {
		return Reply{Text: letter, Reasoning: why}
	}
	text, why := c.answer(c.text)
	if len(c.text) > 0 {
		text = c.noticed(text)
	}
	return Reply{Text: text, Reasoning: why}
}

// continued reports whether the reply is to go on from a beginning.
func (c *conversation) continued() bool {
	n := len(c.req.Messages)
	return n > 0 && c.req.Messages[n-1].Prefix
}

// noticed returns an answer after what is to be said of what came with the
// question.
func (c *conversation) noticed(text string) string {
	if !c.fresh {
		return text
	}
	return c.unseen() + c.say(" ", "") + text
}

// answer returns the sentences that fit the question.
func (c *conversation) answer(text []sentence) (answer, why string) {
	if len(text) == 0 {
		why = "Rule: answer from the text. There is none."
		if !isQuestion(c.question) && ofUser.MatchString(c.question) {
			return c.say("Noted.", "好的，记下了。"), why
		}
		if unseen := c.unseen(); unseen != "" {
			return unseen + c.say(" Give me text and ask about it.", "请提供文字再提问。"), why
		}
		return c.say("There is no text here to answer that from. Give me one and ask about it.", "没有可以用来回答的文本，请先提供一段文字。"), why
	}
	found, shared := best(text, c.question, 3)
	why = fmt.Sprintf("Rule: answer from the text. %d sentences were weighed", len(text))
	if len(found) == 0 {
		return c.say("Nothing in the text fits the question. The text is about this: ", "文中没有与问题相符的内容。文本讲的是：") + topic(text), why + ", none fits."
	}
	return c.join(found), why + "; the best share these words with the question: " + strings.Join(spelled(c.question, shared), ", ") + "."
}

// ofUser finds statements of users about themselves.
var ofUser = regexp.MustCompile(`(?i)\b(?:i|i'm|my|we|our)\b|我`)

func (c *conversation) join(list []sentence) string {
	var b strings.Builder
	for i, s := range list {
		if i > 0 && !strings.ContainsFunc(list[i-1].text, isHan) {
			b.WriteByte(' ')
		}
		b.WriteString(s.text)
	}
	return b.String()
}

// report tells the results of tools.
func (c *conversation) report() string {
	var list []string
	for _, r := range c.results {
		text := plainResult(withoutNotice(r.content))
		if len(text) > 300 {
			text, _ = c.answer(sentences(text))
		}
		list = append(list, c.say(r.name+" says: ", r.name+" 返回：")+text)
	}
	return strings.Join(list, "\n")
}

// summary returns the first sentences of up to n sections.
func (c *conversation) summary(n int) string {
	var list []sentence
	section := -1
	for _, s := range c.text {
		if s.heading || s.section == section || headerForm.MatchString(s.text) || strings.HasSuffix(s.text, ":") {
			continue
		}
		if s.text = greetingForm.ReplaceAllString(s.text, ""); s.text == "" {
			continue
		}
		section = s.section
		if list = append(list, s); len(list) == n {
			break
		}
	}
	if len(list) == 1 { // one section: its first sentence, and the one most like the rest
		if more := central(c.text, list[0]); more != "" {
			list = append(list, sentence{text: more})
		}
	}
	return c.join(list)
}

// title returns a few words that say what the conversation is about.
func (c *conversation) title() string {
	text := []rune(strings.TrimSpace(c.question))
	if len(text) == 0 && len(c.text) > 0 {
		text = []rune(c.text[0].text)
	}
	if len(text) > 40 {
		text = append(text[:39], '…')
	}
	return string(text)
}

// afterPrefix returns what is left to say of text when prefix has been said.
func afterPrefix(prefix, text string) string {
	prefix = strings.TrimRightFunc(prefix, unicode.IsSpace)
	for i := range prefix {
		if rest, ok := strings.CutPrefix(text, prefix[i:]); ok {
			return rest
		}
	}
	if prefix == "" {
		return text
	}
	return " " + text
}

func isWord(b byte) bool { return nameRune(rune(b)) || b >= 0x80 }
