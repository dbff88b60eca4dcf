package deepseektest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm"
)

// measure calls a tool that takes numbers, and whose words are in the task, with numbers
// that were found.
func (w *worker) measure() Reply {
	if calls := w.measuring(); calls != nil {
		return step(fmt.Sprintf("Rule: call %s with what was found.", calls[0].Name), calls...)
	}
	return Reply{}
}

var (
	moreWord = regexp.MustCompile(`(?i)\b(?:deep|high|great|larg|long|bigg|heavi)(?:er|est)\b|\bmost\b|[更最较][深高大长重]`)
	lessWord = regexp.MustCompile(`(?i)\b(?:shallow|low|small|short|light)(?:er|est)\b|\bleast\b|[更最较][浅低小短轻]`)
)

// measuring returns the call of such a tool, or nil.
func (w *worker) measuring() []llm.ToolCall {
	for _, t := range w.box.other {
		h := &handle{spec: t, root: resolve(t.Schema, t.Schema)}
		if w.did(h) || w.c.appeal(t, w.task) < 2 || len(h.root.Required) == 0 {
			continue
		}
		var args []any
		for _, p := range h.root.Properties {
			n := resolve(t.Schema, p.value)
			if !slices.Contains(h.root.Required, p.name) {
				continue
			}
			g, ok := w.figureFor(kindsAsked(p.name + " " + n.Description))
			if kind := n.kind(); !ok || kind != "number" && kind != "integer" {
				args = nil
				break
			}
			args = append(args, p.name, number(field{node: n}, g.digits))
		}
		if args != nil {
			return []llm.ToolCall{h.call(args...)}
		}
	}
	return nil
}

// figureFor returns the figure of one of the kinds that the task is about: the greatest
// or the least, if it says so.
func (w *worker) figureFor(kinds []string) (figure, bool) {
	for _, kind := range kinds {
		var with []fact
		for _, f := range w.facts() {
			if _, ok := f.figure(kind); ok {
				with = append(with, f)
			}
		}
		list := w.pair(with)
		if len(list) == 0 {
			continue
		}
		found, _ := list[0].figure(kind)
		for _, f := range list {
			g, _ := f.figure(kind)
			if moreWord.MatchString(w.task) && g.value() > found.value() || lessWord.MatchString(w.task) && g.value() < found.value() {
				found = g
			}
		}
		return found, true
	}
	return figure{}, false
}

// answer ends the task: by the tool for that, if there is one, else by text.
func (w *worker) answer() Reply {
	end := w.box.end
	tried := 0
	for _, d := range w.done {
		if end.is(d.Name) {
			tried++
		}
	}
	why := fmt.Sprintf("Rule: answer from what was found. Calls: %d, facts: %d, numbers: %d.", len(w.done), len(w.chosen()), len(w.figures()))
	if end == nil || w.last || tried > 1 {
		return Reply{Text: w.text(), Reasoning: why}
	}
	return step(why, llm.ToolCall{Name: end.spec.Name, Args: string(w.fill(end))})
}

// chosen returns the facts that the answer tells.
func (w *worker) chosen() []fact {
	var facts []fact
	for _, f := range w.facts() {
		if f.source == "" || slices.ContainsFunc(w.box.other, func(t llm.ToolSpec) bool { return t.Name == f.source }) {
			continue
		}
		facts = append(facts, f)
	}
	if w.box.calc == nil || w.did(w.box.calc) {
		if s := w.arithmetic(); s != nil {
			return slices.DeleteFunc(slices.Clone(s.chosen()), func(f fact) bool { return f.source == "" })
		}
	}
	if wantsSummary(w.task) {
		return summaryOf(facts)
	}
	return w.gather(facts, 3, 0.35)
}

// summaryOf returns how each document begins.
func summaryOf(facts []fact) []fact {
	var list []fact
	of := make(map[string]int)
	for _, f := range facts {
		if f.table > 0 {
			continue
		}
		if of[f.source]++; of[f.source] <= 2 {
			list = append(list, f)
		}
	}
	return list
}

// sum returns what the calculator has said last, and to what.
func (w *worker) sum() (expression, result string) {
	for _, d := range w.done {
		if w.box.calc.is(d.Name) && !d.failed {
			expression, result = argument(d.Args, w.box.calc.param), strings.TrimSpace(d.result)
			for _, mark := range []string{"\n", "=", "≈"} {
				if i := strings.LastIndex(result, mark); i >= 0 {
					result = strings.TrimSpace(result[i+len(mark):])
				}
			}
			if i := strings.Index(result, "."); i >= 0 && len(result) > i+5 {
				result = result[:i+5]
			}
		}
	}
	return expression, result
}

// text returns the answer as text.
func (w *worker) text() string {
	var list []string
	wrote := false
	for _, d := range w.done {
		known := w.box.find.is(d.Name) || w.box.list.is(d.Name) || w.box.read.is(d.Name) || w.box.end.is(d.Name)
		if known && !d.failed || w.box.calc.is(d.Name) && !d.failed || w.box.end.is(d.Name) {
			continue
		}
		wrote = wrote || w.box.write.is(d.Name)
		list = append(list, w.c.say(d.Name+" says: ", d.Name+" 返回：")+flat(d.result))
	}
	facts := w.chosen()
	if _, result := w.sum(); result != "" && len(facts) > 3 { // the numbers say it
		facts = nil
	}
	if len(facts) > 0 && !wrote {
		var text []sentence
		for _, f := range facts {
			if s := (sentence{text: f.text}); !slices.Contains(text, s) {
				text = append(text, s)
			}
		}
		list = append(list, w.c.join(text))
	}
	if expression, result := w.sum(); result != "" && !wrote {
		list = append(list, expression+" = "+result+w.c.say(".", "。"))
	}
	if len(list) > 0 {
		return strings.Join(list, "\n")
	}
	if isStatement(w.task) {
		return w.c.say("Noted.", "好的，记下了。")
	}
	if found, _ := best(w.said(), w.task, 3); found != nil {
		return w.c.join(found)
	}
	return w.c.say("I found nothing that fits this.", "没有找到与此相符的内容。")
}

// said returns the sentences of what the user has said before, and of notes that were
// shown, which are lines of JSON.
func (w *worker) said() []sentence {
	var b strings.Builder
	for i, m := range w.c.req.Messages {
		if m.Role != llm.RoleUser && m.Role != llm.RoleReminder || strings.TrimSpace(m.Content) == w.task && i > 0 {
			continue
		}
		for line := range strings.Lines(m.Content) {
			if text := argument(line, "text"); text != "" {
				line = text + "\n"
			} else if strings.HasPrefix(line, "[") {
				continue
			}
			b.WriteString(line)
		}
		b.WriteString("\n\n")
	}
	return sentences(b.String())
}

// figures returns the numbers that the answer rests on: those that went into the sum and
// what came of it, or those of the facts.
func (w *worker) figures() []figure {
	var list []figure
	s := w.arithmetic()
	_, result := w.sum()
	if s == nil || result == "" {
		kinds := w.kinds()
		for _, f := range w.chosen() {
			for _, kind := range kinds {
				if g, ok := f.figure(kind); ok {
					list = append(list, w.named(g, f))
					break
				}
			}
		}
		return append(list, w.measured()...)
	}
	if at := s.winner(); at >= 0 {
		return append([]figure{w.named(s.of[at], s.from[at])}, w.measured()...)
	}
	for i, g := range s.of {
		list = append(list, w.named(g, s.from[i]))
	}
	if digits := plainNumber(numberForm.FindString(result)); digits != "" {
		of := figure{digits: digits, unit: s.of[0].unit, name: s.op.name(w.c)}
		if s.op == ratio {
			of.unit = ""
		}
		list = append(list, of)
	}
	return append(list, w.measured()...)
}

// measured returns the numbers in the results of other tools, by their names there.
func (w *worker) measured() []figure {
	var list []figure
	for _, d := range w.done {
		if !slices.ContainsFunc(w.box.other, func(t llm.ToolSpec) bool { return t.Name == d.Name }) || d.failed {
			continue
		}
		var object members
		if object.UnmarshalJSON([]byte(d.result)) != nil {
			continue
		}
		for _, m := range object {
			if digits := string(m.value); numberForm.FindString(digits) == digits && digits != "" {
				list = append(list, figure{digits: digits, name: strings.ReplaceAll(m.name, "_", " ")})
			}
		}
	}
	return list
}

var namedForm = regexp.MustCompile(`^name ([^,]+), `) // of a figure in an answer before

// named returns a figure with a name: what the fact is about.
func (w *worker) named(g figure, f fact) figure {
	if m := namedForm.FindStringSubmatch(f.text); g.name == "" && m != nil && f.source == "" {
		g.name = m[1]
	}
	if g.name != "" {
		return g
	}
	if list := names(w.task); len(list) > 0 {
		for _, n := range list {
			if strings.Contains(f.text, n) {
				g.name = n
				return g
			}
		}
	}
	about := spelled(w.task, common(w.about, f.of))
	g.name = cmp.Or(phrase(about), f.source)
	return g
}

// phrase returns the first two words as one, or of pairs of Chinese characters those that
// go on from each other.
func phrase(list []string) string {
	if len(list) == 0 {
		return ""
	}
	text := list[0]
	for _, word := range list[1:] {
		last, _ := utf8.DecodeLastRuneInString(text)
		switch first := rune1(word); {
		case isHan(first) && first == last:
			text += strings.TrimPrefix(word, string(first))
		case isHan(first) || isHan(last):
			return text
		default:
			return text + " " + word
		}
	}
	return text
}

// name returns what the result of an operation is called.
func (o operation) name(c *conversation) string {
	switch o {
	case difference:
		return c.say("difference", "差")
	case ratio:
		return c.say("ratio", "倍数")
	case average:
		return c.say("average", "平均")
	}
	return c.say("sum", "合计")
}

// sources returns the documents that the answer rests on.
func (w *worker) sources() []string {
	var list []string
	for _, f := range w.chosen() {
		list = append(list, f.source)
	}
	return unique(list)
}

// flat returns JSON as words: of an object its members, and each object of a list on a
// line of its own. What is no JSON stays as it is.
func flat(content string) string {
	content = strings.TrimSpace(content)
	if content == "" || !strings.ContainsAny(content[:1], "{[") || !json.Valid([]byte(content)) {
		return content
	}
	return strings.TrimSpace(flatten(json.RawMessage(content), 0))
}

func flatten(value json.RawMessage, depth int) string {
	var s string
	var list []json.RawMessage
	var object members
	switch {
	case depth > 8:
		return ""
	case json.Unmarshal(value, &s) == nil:
		return s
	case json.Unmarshal(value, &list) == nil:
		var b strings.Builder
		for _, v := range list {
			b.WriteString("\n" + flatten(v, depth+1))
		}
		return b.String()
	case object.UnmarshalJSON(value) != nil || len(object) == 0:
		return string(value)
	}
	var parts []string
	var long strings.Builder
	for _, m := range object {
		text := flatten(m.value, depth+1)
		name := strings.ReplaceAll(m.name, "_", " ")
		switch {
		case text == "" || text == "null":
		case strings.Contains(text, "\n") || len(text) > 60:
			long.WriteString("\n" + text)
		case name == "unit" && len(parts) > 0:
			parts[len(parts)-1] += " " + text
		default:
			parts = append(parts, name+" "+text)
		}
	}
	if len(parts) == 0 {
		return strings.TrimSpace(long.String())
	}
	return strings.Join(parts, ", ") + "." + long.String()
}
