package deepseektest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

// maxCalls is the most tools that are called at once.
const maxCalls = 4

// calls returns the tool calls that the last message of the user asks for, or
// nil.
func (c *conversation) calls() (calls []llm.ToolCall, why string) {
	r := c.req
	if len(r.Tools) == 0 || r.ToolChoice == llm.ToolNone || len(r.Messages) == 0 {
		return nil, ""
	}
	message := withoutJSON(r.Last(llm.RoleUser), c.example)
	named, forced := r.ToolChoice.Name()
	if !forced {
		named = ""
	}
	if !forced {
		named, forced = c.told()
	}
	forced = forced || r.ToolChoice == llm.ToolRequired
	top, scores := 0.0, make([]float64, len(r.Tools))
	for i, t := range r.Tools {
		switch {
		case t.Kind != "": // the service runs it, there is nobody to here
		case named != "":
			if t.Name == named {
				scores[i] = 1
			}
		case forced || len(r.Tools) == 1 && t.Strict:
			scores[i] = max(c.appeal(t, message), 0.1)
		default:
			scores[i] = c.appeal(t, message)
		}
		top = max(top, scores[i])
	}
	for i, t := range r.Tools {
		if scores[i] == 0 || scores[i] < 0.6*top || len(calls) == maxCalls || forced && len(calls) > 0 {
			continue
		}
		must := forced || len(r.Tools) == 1 && t.Strict
		calls = append(calls, c.call(t, message, must)...)
	}
	if calls == nil {
		return nil, ""
	}
	return calls, fmt.Sprintf("Rule: call %s, the words of which are in the message.", calls[0].Name)
}

// told returns the tool that the messages say to call, as do those of a program
// that takes the answer by a tool.
func (c *conversation) told() (name string, ok bool) {
	for _, m := range c.req.Messages {
		if m.Role != llm.RoleSystem && m.Role != llm.RoleUser {
			continue
		}
		for _, t := range c.req.Tools {
			if i := indexWord(m.Content, "the tool "+t.Name); i >= 0 && callForm.MatchString(m.Content[max(0, i-20):i]) {
				return t.Name, true
			}
		}
	}
	return "", false
}

var callForm = regexp.MustCompile(`(?i)\b(?:call|calling|use|using) $`)

// appeal says how much the message speaks of the tool: words of its name count
// twice those of its description, and those of all tools nothing.
func (c *conversation) appeal(t llm.ToolSpec, message string) float64 {
	of := labelWords(message)
	score := 2 * float64(len(common(nameWords(t.Name), of)))
	for _, w := range common(words(t.Description), of) {
		shared := 0
		for _, other := range c.req.Tools {
			if slices.Contains(words(other.Description), w) {
				shared++
			}
		}
		score += 1 / float64(shared)
	}
	if sumIn(message) != "" && strings.Contains(strings.ToLower(t.Name+t.Description), "calc") {
		score += 2
	}
	if strings.ContainsFunc(message, isHan) && score == 0 {
		for _, w := range toolWords {
			if strings.Contains(strings.ToLower(t.Name+t.Description), w.english) && w.chinese.MatchString(message) {
				score += 2
			}
		}
	}
	return score
}

// toolWords are words of the names and descriptions of tools in Chinese.
var toolWords = []struct {
	english string
	chinese *regexp.Regexp
}{
	{"weather", regexp.MustCompile(`天气`)}, {"time", regexp.MustCompile(`时间`)}, {"clock", regexp.MustCompile(`几点`)},
	{"search", regexp.MustCompile(`搜索`)}, {"calc", regexp.MustCompile(`计算`)}, {"translat", regexp.MustCompile(`翻译`)},
	{"pressure", regexp.MustCompile(`压力|压强`)}, {"order", regexp.MustCompile(`订单`)}, {"price", regexp.MustCompile(`价格|多少钱`)},
	{"stock", regexp.MustCompile(`库存|有货`)}, {"invoice", regexp.MustCompile(`发票|账单`)}, {"refund", regexp.MustCompile(`退款|退钱`)},
	{"charge", regexp.MustCompile(`扣款|被扣|收费`)}, {"repair", regexp.MustCompile(`修理|维修`)}, {"leak", regexp.MustCompile(`漏`)},
	{"break", regexp.MustCompile(`坏了|故障`)}, {"manual", regexp.MustCompile(`手册|说明书`)}, {"warranty", regexp.MustCompile(`保修|质保`)},
	{"terms", regexp.MustCompile(`条款|规定`)}, {"service", regexp.MustCompile(`保养|维护`)},
}

// call returns the calls of a tool: one, or one for each of several names where
// the tool takes only one. Without the arguments that it needs, it is not called
// unless it must be.
func (c *conversation) call(t llm.ToolSpec, message string, must bool) []llm.ToolCall {
	if t.Schema == nil {
		return []llm.ToolCall{{Name: t.Name, Args: "{}"}}
	}
	root := resolve(t.Schema, t.Schema)
	if must || root.kind() != "object" {
		c.json, c.enforced = true, t.Strict && c.req.Beta
		f := newFiller(c, t.Schema, c.source())
		value, _ := f.fill(t.Schema, "", field{node: root})
		return []llm.ToolCall{{Name: t.Name, Args: string(value)}}
	}
	f := newFiller(c, t.Schema, message)
	f.args = true
	var list []llm.ToolCall
	for range maxCalls {
		args, complete := f.arguments(root)
		if !complete {
			break
		}
		if slices.ContainsFunc(list, func(c llm.ToolCall) bool { return c.Args == args }) {
			break
		}
		list = append(list, llm.ToolCall{Name: t.Name, Args: args})
		if len(root.Required) != 1 || len(namesAfter(message, "in", "for", "of", "at")) < 2 {
			break
		}
	}
	return list
}

// arguments fills the parameters of a tool. It reports whether all that are
// required were found.
func (f *filler) arguments(root *node) (args string, complete bool) {
	b := []byte("{")
	complete = true
	texts := 0
	for _, p := range root.Properties {
		if slices.Contains(root.Required, p.name) && resolve(f.root, p.value).kind() == "string" {
			texts++
		}
	}
	for _, p := range root.Properties {
		value, ok := f.fill(p.value, p.name, field{node: root})
		required := slices.Contains(root.Required, p.name)
		n := resolve(f.root, p.value)
		if !ok && required && texts == 1 && n.kind() == "string" && len(n.Enum) == 0 && !f.taken[f.text] && len(f.taken) == 0 {
			f.taken[f.text] = true
			value, ok = appendString(nil, fitString(n, strings.TrimSpace(f.text), f.text)), true
		}
		if !ok {
			complete = complete && !required
			continue
		}
		if !required && n.kind() == "string" && len(n.Enum) == 0 && !f.labelled(p.name) && f.form(field{node: n, name: labelWords(p.name)}) == nil {
			continue // a guess, and not needed
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(appendString(b, p.name), ':')
		b = append(b, value...)
	}
	return string(append(b, '}')), complete
}

// labelled reports whether the message names the parameter.
func (f *filler) labelled(name string) bool {
	return len(common(labelWords(name), labelWords(f.text))) > 0
}

// fields returns the JSON that is asked for.
func (c *conversation) fields() (text, why string) {
	source := c.source()
	if c.schema == "" {
		f := newFiller(c, nil, source)
		b := []byte("{")
		for line := range strings.Lines(source) {
			for _, m := range labelForm.FindAllStringSubmatch(strings.TrimSpace(line), 1) {
				if value := labelsOf(strings.TrimSpace(line)); len(value) > 0 && !f.taken[m[1]] {
					f.taken[m[1]] = true
					if len(b) > 1 {
						b = append(b, ',')
					}
					b = append(appendString(b, strings.TrimSpace(m[1])), ':')
					b = appendString(b, value[0].value)
				}
			}
		}
		if len(b) == 1 {
			answer, why := c.answer(c.text)
			return string(append(appendString([]byte(`{"answer":`), answer), '}')), why
		}
		return string(append(b, '}')), fmt.Sprintf("Rule: JSON without a schema has what stands under a label, %d fields.", len(f.taken))
	}
	f := newFiller(c, json.RawMessage(c.schema), source)
	value, _ := f.fill(f.root, "", field{node: new(node)})
	return string(value), fmt.Sprintf("Rule: fill the fields of the schema from %d labels and %d sentences.", len(f.labels), len(f.pieces))
}

// source returns what the user has said and the tools have found.
func (c *conversation) source() string {
	var list []string
	for i, m := range c.req.Messages {
		if i > 0 && c.req.Messages[i-1].Role == llm.RoleAssistant && isCorrection(m.Content) {
			continue
		}
		if m.Role == llm.RoleUser || m.Role == llm.RoleTool {
			list = append(list, own(tidy(matter(m.Content, c.example))))
		}
	}
	return strings.Join(list, "\n\n")
}

// withoutJSON returns a text without the example or schema in it.
func withoutJSON(text, example string) string {
	if example == "" {
		return text
	}
	return strings.ReplaceAll(text, example, "")
}

// plainResult returns the result of a tool as words: of an object its members.
func plainResult(content string) string {
	content = strings.TrimSpace(content)
	if !strings.HasPrefix(content, "{") || gate.Check([]byte(content)) != nil {
		return content
	}
	var object members
	if object.UnmarshalJSON([]byte(content)) != nil {
		return content
	}
	var list []string
	for _, m := range object {
		var s string
		if json.Unmarshal(m.value, &s) != nil {
			s = string(m.value)
		}
		list = append(list, strings.ReplaceAll(m.name, "_", " ")+" "+s)
	}
	return strings.Join(list, ", ") + "."
}
