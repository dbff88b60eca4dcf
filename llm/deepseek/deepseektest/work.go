package deepseektest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// A worker does a task with tools, a step with each reply, until there is an answer.
// What it knows is in the conversation; each step is made at most a few times, so that
// it comes to an end.
type worker struct {
	c     *conversation
	box   *toolbox
	task  string // what the user said last
	past  string // the turn before, if the task refers to it
	about []string
	done  []deed
	last  bool   // no tools any more
	known []fact // once it is asked for
}

// A deed is a call that was made for the task, and its result.
type deed struct {
	llm.ToolCall
	result string
	failed bool
}

// work returns the next step of a task with tools, or false if the request is none: if
// there are no documents to look into, and no tool to take the answer beside others.
func (c *conversation) work() (Reply, bool) {
	r := c.req
	if r.Format == llm.FormatJSON || c.schema != "" || c.continued() || len(r.Tools) < 2 {
		return Reply{}, false
	}
	if r.ToolChoice != "" && r.ToolChoice != llm.ToolAuto && r.ToolChoice != llm.ToolNone {
		return Reply{}, false
	}
	w := &worker{c: c, box: newToolbox(r.Tools), last: r.ToolChoice == llm.ToolNone}
	if !w.box.documents() && (w.box.end == nil || len(r.Tools) < 3) && w.box.hand == nil {
		return Reply{}, false
	}
	at := w.begin()
	if at < 0 || w.last && len(w.done) == 0 {
		return Reply{}, false
	}
	for _, t := range r.Tools { // what an agent says of an answer that will not do
		if last := r.Last(llm.RoleUser); strings.Contains(last, "call the tool "+t.Name) {
			return Reply{}, false
		}
	}
	return w.next(), true
}

// begin finds the task, and what was done for it. It returns the index of the message.
// A message that comes right after results, from the program and not from the user,
// belongs to the task before.
func (w *worker) begin() int {
	list := w.c.req.Messages
	at := -1
	for i, m := range list {
		if m.Role == llm.RoleUser && (i == 0 || list[i-1].Role != llm.RoleTool || w.ended(list[:i]) || at < 0) {
			at = i
		}
	}
	if at < 0 {
		return at
	}
	w.task = strings.TrimSpace(list[at].Content)
	w.about = telling(w.task)
	if refersBack(w.task) {
		w.past = turnBefore(list[:at])
	}
	calls := make(map[string]llm.ToolCall)
	for _, m := range list[at:] {
		for _, c := range m.ToolCalls {
			calls[c.ID] = c
		}
		if c, ok := calls[m.ToolCallID]; ok && m.Role == llm.RoleTool {
			w.done = append(w.done, deed{c, withoutNotice(m.Content), strings.HasPrefix(m.Content, "error:")})
		}
	}
	return at
}

// telling returns the words of a question that say what it is about: not those that say
// what is to be worked out.
func telling(question string) []string {
	return slices.DeleteFunc(words(question), func(word string) bool { return slices.Contains(sumWords, word) })
}

var sumWords = words("after before than more less fewer between together altogether total sum add average difference year combined times")

// ended reports whether messages end with the result of the tool that takes the answer,
// or of one that hands over: what follows is another turn.
func (w *worker) ended(list []Message) bool {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Role != llm.RoleAssistant {
			continue
		}
		return slices.ContainsFunc(list[i].ToolCalls, func(c llm.ToolCall) bool {
			return w.box.end.is(c.Name) || handsOver.MatchString(c.Name)
		})
	}
	return true
}

// maxSteps is how many calls a task takes at most.
const maxSteps = 16

// next returns the first step that there is something to do in.
func (w *worker) next() Reply {
	steps := []func() Reply{w.hand, w.put, w.aside, w.look, w.open, w.goOn, w.measure, w.reckon, w.write}
	if w.last || len(w.done) >= maxSteps {
		steps = nil
	}
	for _, step := range steps {
		if r := step(); r.ToolCalls != nil {
			return r
		}
	}
	return w.answer()
}

// did reports whether a tool was called for the task.
func (w *worker) did(h *handle) bool {
	return h != nil && slices.ContainsFunc(w.done, func(d deed) bool { return d.Name == h.spec.Name })
}

// hand hands the task over to whom its words are about.
func (w *worker) hand() Reply {
	if len(w.done) > 0 || len(w.box.hand) == 0 {
		return Reply{}
	}
	found, top := w.box.hand[0], 0.0
	for _, t := range w.box.hand {
		if n := w.c.appeal(t, w.task); n > top {
			found, top = t, n
		}
	}
	if top == 0 {
		return Reply{}
	}
	return step(fmt.Sprintf("Rule: hand over by %s, of which the message has most words.", found.Name), llm.ToolCall{Name: found.Name, Args: "{}"})
}

var (
	keepForm = regexp.MustCompile(`(?i)^(?:please )?(?:remember|note|keep in mind|don't forget)(?: that)?[ ,:]+|^(?:请)?(?:记住|记下|记得|别忘了)[，：,: ]*`)
	myForm   = regexp.MustCompile(`(?i)\bmy ([\w -]{2,40}?)(?:'s)? (?:is|are|was|has|have)\b|我(?:的)?([\p{Han}]{1,6}?)(?:是|叫|在)`)
	timeForm = regexp.MustCompile(`(?i)\bwhat time\b|\bthe time\b|\btoday's date\b|\bwhat day is\b|\bwhat date is\b|几点|今天(?:几号|星期几|是几)|现在.{0,4}时间`)
)

// aside makes the calls for which the message itself has all that they need: a note, the
// time, a sum, and whatever tool's name, or two words of its description, it has.
func (w *worker) aside() Reply {
	if len(w.done) > 0 {
		return Reply{}
	}
	if h := w.box.keep; h != nil && keepForm.MatchString(w.task) {
		text := keepForm.ReplaceAllString(w.task, "")
		name := ""
		if m := myForm.FindStringSubmatch(text); m != nil {
			name = m[1] + m[2]
		} else if about := spelled(text, words(text)); len(about) > 0 {
			name = strings.Join(about[:min(2, len(about))], " ")
		}
		return step("Rule: keep what the user says to remember.", h.call(h.param, name, h.text, text))
	}
	if sum := sumIn(w.task); w.box.calc != nil && sum != "" && !pathForm.MatchString(sum) {
		return step("Rule: have the sum in the message worked out.", w.box.calc.call(w.box.calc.param, strings.TrimSpace(sum)))
	}
	var others []llm.ToolSpec
	for _, t := range w.box.other {
		if timeForm.MatchString(w.task) && hasAny(identWords(t.Name), "clock", "time", "now") {
			h := &handle{spec: t, root: resolve(t.Schema, t.Schema)}
			zone := slices.IndexFunc(h.root.Properties, func(p member) bool {
				return hasAny(identWords(p.name), "zone", "timezone", "city", "place", "location")
			})
			if places := namesAfter(w.task, "in", "at"); zone >= 0 && len(places) > 0 {
				return step("Rule: tell the time.", h.call(h.root.Properties[zone].name, places[0]))
			}
			return step("Rule: tell the time.", h.call())
		}
		if w.c.appeal(t, w.task) >= 2 {
			others = append(others, t)
		}
	}
	if others == nil || w.box.write != nil && writeForm.MatchString(w.task) && pathForm.MatchString(w.task) {
		return Reply{}
	}
	c, req := *w.c, *w.c.req
	req.Tools, c.req = others, &req
	if calls, why := c.calls(); calls != nil {
		return step(why, calls...)
	}
	return Reply{}
}

// look searches the documents for the words of the task, and lists them.
func (w *worker) look() Reply {
	if len(w.done) > 0 || !w.box.documents() || len(w.words()) == 0 || w.recalls() || isStatement(w.task) {
		return Reply{}
	}
	var calls []llm.ToolCall
	if h := w.box.find; h != nil {
		query := w.words()
		if h.regexp == "" {
			query = query[:1]
		}
		for i, word := range query {
			query[i] = regexp.QuoteMeta(word)
		}
		calls = append(calls, h.call(h.param, strings.Join(query, "|"), h.regexp, true, h.fold, true))
	}
	if h := w.box.list; h != nil {
		calls = append(calls, h.call())
	}
	return step("Rule: look for the words of the question.", calls...)
}

// maxWords is how many words are looked for.
const maxWords = 12

// words returns the words to look for as they are spelled, those that tell most first:
// names, and then the longest.
func (w *worker) words() []string {
	task := w.task
	if w.past != "" {
		task += " " + firstLine(w.past)
	}
	of := spelled(task, words(task))
	all := names(task)
	rank := func(word string) int {
		if slices.ContainsFunc(all, func(n string) bool { return strings.Contains(strings.ToLower(n), word) }) {
			return -100 - len(word)
		}
		return -len(word)
	}
	of = append(of, w.nouns()...)
	of = slices.DeleteFunc(of, func(s string) bool { return len(s) < 3 && !strings.ContainsFunc(s, isHan) })
	slices.SortStableFunc(of, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return of[:min(len(of), maxWords)]
}

// nounOf are the words under which a table has what a question asks for by another.
var nounOf = map[string]string{"deep": "depth", "high": "height", "tall": "height", "long": "length", "heavy": "weight", "heavi": "weight",
	"cheap": "price", "expensive": "price", "old": "age", "wide": "width", "thick": "wall", "深": "深度", "高": "高度", "长": "长度", "重": "重量", "贵": "价格"}

// nouns returns such words for those of the task.
func (w *worker) nouns() []string {
	var list []string
	for word := range strings.FieldsSeq(strings.ToLower(w.task)) {
		word = strings.Trim(word, ".,;:?!")
		if noun := nounOf[strings.TrimSuffix(strings.TrimSuffix(word, "er"), "est")]; noun != "" {
			list = append(list, noun)
		}
	}
	for han, noun := range nounOf {
		if isHan(rune1(han)) && strings.Contains(w.task, han) {
			list = append(list, noun)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// recalls reports whether what was said before is all that the task needs: it asks for
// arithmetic with the numbers there.
func (w *worker) recalls() bool {
	return w.past != "" && (w.arithmetic() != nil && len(names(w.task)) == 0 || w.measuring() != nil)
}

// open reads the documents that have most of the words.
func (w *worker) open() Reply {
	if len(w.done) == 0 || w.box.read == nil || !w.did(w.box.find) && !w.did(w.box.list) || w.did(w.box.read) {
		return Reply{}
	}
	var calls []llm.ToolCall
	for _, path := range w.paths() {
		calls = append(calls, w.box.read.call(w.box.read.param, path))
	}
	return step("Rule: read what has most of the words.", calls...)
}

// goOn reads the next page of a document that has words of the task there.
func (w *worker) goOn() Reply {
	if w.box.read == nil || w.box.read.offset == "" {
		return Reply{}
	}
	for _, d := range w.done {
		m := moreForm.FindStringSubmatch(d.result)
		if !w.box.read.is(d.Name) || m == nil {
			continue
		}
		path := argument(d.Args, w.box.read.param)
		from, _ := strconv.Atoi(m[1])
		for _, h := range w.hits() {
			if h.path != path || h.line < from {
				continue
			}
			call := w.box.read.call(w.box.read.param, path, w.box.read.offset, max(from, h.line-2))
			if !slices.ContainsFunc(w.done, func(d deed) bool { return d.Name == call.Name && argument(d.Args, w.box.read.offset) != "" }) {
				return step("Rule: read on where the words are.", call)
			}
		}
	}
	return Reply{}
}

var (
	moreForm  = regexp.MustCompile(`go on with offset (\d+)`)
	writeForm = regexp.MustCompile(`(?i)\b(?:write|save|put|store|create)\b|写|保存|存到|记到`)
	colonForm = regexp.MustCompile(`(?s)[:：]\s*(.+)$`)
)

// put writes what the user says to the file that the task names.
func (w *worker) put() Reply {
	if list := quoted(w.task); len(list) > 0 {
		return w.writing("Rule: write what the message says to the file that it names.", list[0])
	}
	if m := colonForm.FindStringSubmatch(w.task); m != nil {
		return w.writing("Rule: write what the message says to the file that it names.", m[1])
	}
	return Reply{}
}

// write writes what was found to the file that the task names.
func (w *worker) write() Reply {
	return w.writing("Rule: write what was found to the file that the message names.", w.text())
}

// writing writes a text to the file that the task names, once.
func (w *worker) writing(why, text string) Reply {
	h, path := w.box.write, strings.TrimRight(pathForm.FindString(w.task), ".")
	if h == nil || w.did(h) || !writeForm.MatchString(w.task) || path == "" {
		return Reply{}
	}
	return step(why, h.call(h.param, path, h.text, strings.TrimSpace(text)+"\n"))
}

// step returns a reply with calls.
func step(why string, calls ...llm.ToolCall) Reply {
	return Reply{ToolCalls: calls, Reasoning: why}
}

var (
	backForm  = regexp.MustCompile(`(?i)^(?:and|but|so|then|what about|how about)\b|\b(?:it|its|that|they|them|their|those|these|he|she|his|her|him|there|the two|both|of the)\b|^那|^它|^他|^她|两者|两个|这两|其中|那里|那么|呢[？?]?$`)
	stateForm = regexp.MustCompile(`(?i)\b(?:i|i'm|my|we|our)\b|我`)
)

// refersBack reports whether a message needs the one before it to be understood.
func refersBack(s string) bool { return backForm.MatchString(s) || len(words(s)) < 2 }

// isStatement reports whether a message only says something.
func isStatement(s string) bool {
	return !isQuestion(s) && !isInstruction(s) && !wantsSummary(s) && !writeForm.MatchString(s) && (stateForm.MatchString(s) || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "。"))
}

// turnBefore returns the last turn of messages: what the user said, in a line, and the
// answer.
func turnBefore(list []Message) string {
	answer := ""
	for i := len(list) - 1; i >= 0; i-- {
		m := list[i]
		switch {
		case m.Role == llm.RoleAssistant && answer == "" && m.Content != "":
			answer = m.Content
		case m.Role == llm.RoleAssistant && answer == "" && len(m.ToolCalls) > 0:
			answer = flat(m.ToolCalls[len(m.ToolCalls)-1].Args)
		case m.Role == llm.RoleUser:
			return strings.Join(strings.Fields(m.Content), " ") + "\n\n" + answer
		}
	}
	return ""
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// argument returns a member of arguments, if it is a text or a number.
func argument(args, name string) string {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(args), &object) != nil {
		return ""
	}
	var s string
	if json.Unmarshal(object[name], &s) != nil {
		return string(object[name])
	}
	return s
}

// jsonOf returns a text, a number or a boolean as JSON.
func jsonOf(v any) []byte {
	if s, ok := v.(string); ok {
		return appendString(nil, s)
	}
	b, _ := json.Marshal(v)
	return b
}
