package repair_test

import (
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
)

// An operator does to a document what models do. It works on the value before
// it is written, on how it is written, or on the text around it; the other two
// are nil. Whoever reads the result with care can still tell the right value.
type operator struct {
	name   string
	value  func(r *rand.Rand, root *value) *value
	tokens func(r *rand.Rand, list []token) []token
	text   func(r *rand.Rand, text string, d *document) string
}

// The order is the one in which two of them are applied.
var operators = []operator{
	{name: "keys in another style", value: restyleKeys},
	{name: "enum in another style", value: restyleEnums},
	{name: "dressed numbers", value: dressNumbers},
	{name: "yes, no, null", value: looseTypes},
	{name: "one for many", value: oneForMany},
	{name: "encoded member", value: encodeMember},
	{name: "wrapped", value: wrapRoot},

	{name: "single quotes", tokens: singleQuotes},
	{name: "typographic quotes", tokens: typographic},
	{name: "unescaped quotes", tokens: innerQuotes},
	{name: "raw line breaks", tokens: rawBreaks},
	{name: "bad escapes", tokens: badEscapes},
	{name: "bare keys", tokens: bareKeys},
	{name: "bare strings", tokens: bareStrings},
	{name: "foreign literals", tokens: literals},
	{name: "missing brackets", tokens: missingEnds},
	{name: "trailing commas", tokens: trailingCommas},
	{name: "missing commas", tokens: missingCommas},
	{name: "comments", tokens: comments},

	{name: "encoded whole", text: encodeWhole},
	{name: "concatenated", text: concatenate},
	{name: "fence", text: fence},
	{name: "draft or schema first", text: draftFirst},
	{name: "prose around", text: surround},
}

// apart are operators that together can hide the right value.
var apart = [][2]string{
	{"bare strings", "missing commas"},      // where one ends and the next begins
	{"bare keys", "missing commas"},         //
	{"bare strings", "missing brackets"},    // nor where the last one ends
	{"missing brackets", "concatenated"},    // one copy runs into the next
	{"missing brackets", "encoded whole"},   //
	{"encoded whole", "concatenated"},       // two strings
	{"comments", "encoded whole"},           //
	{"one for many", "wrapped"},             // a list of one around the whole
	{"unescaped quotes", "missing commas"},  // which quote ends the string
	{"unescaped quotes", "trailing commas"}, //
	{"unescaped quotes", "comments"},        //
	{"concatenated", "one for many"},        // lines instead of a list
	{"concatenated", "wrapped"},             //
}

// corrupt applies operators to a document. It returns "" if one of them does not
// apply, or if what comes out is sound and satisfies the schema as it is.
func corrupt(d *document, ops ...operator) string {
	h := fnv.New64a()
	for _, o := range ops {
		h.Write([]byte(o.name))
	}
	h.Write([]byte(d.text))
	r := rand.New(rand.NewPCG(20, h.Sum64()))
	root := d.root.clone()
	for _, o := range ops {
		if o.value != nil {
			if root = o.value(r, root); root == nil {
				return ""
			}
		}
	}
	list := pick(r, styles).tokens(root)
	for _, o := range ops {
		if o.tokens != nil {
			if list = o.tokens(r, list); list == nil {
				return ""
			}
		}
	}
	text := join(list)
	for _, o := range ops {
		if o.text != nil {
			if text = o.text(r, text, d); text == "" {
				return ""
			}
		}
	}
	if json.Valid([]byte(text)) && d.schema.Validate([]byte(text)) == nil {
		return ""
	}
	return text
}

// encodeWhole writes the text as a JSON string, and a sound one at times without
// its quotes.
func encodeWhole(r *rand.Rand, text string, _ *document) string {
	quoted := style{escaped: chance(r, 20)}.quote(text)
	if json.Valid([]byte(text)) && chance(r, 30) { // else it cannot be told that it is encoded
		return quoted[1 : len(quoted)-1]
	}
	return quoted
}

// concatenate writes the items of the outermost list one to a line, and of what
// is no list the whole twice.
func concatenate(r *rand.Rand, text string, d *document) string {
	between := pick(r, []string{"\n", "\n\n", " ", ""})
	if d.root.kind != 'a' {
		return text + between + text
	}
	var lines []json.RawMessage
	if json.Unmarshal([]byte(text), &lines) != nil || len(lines) < 2 {
		return ""
	}
	var b strings.Builder
	for i, line := range lines {
		if i > 0 {
			b.WriteString(pick(r, []string{"\n", "\n", ",\n"}))
		}
		b.Write(line)
	}
	return b.String()
}

func fence(r *rand.Rand, text string, _ *document) string {
	bar := pick(r, []string{"```", "```", "```", "~~~", "````"})
	tag := pick(r, []string{"json", "json", "", "JSON", "json5", "javascript", " json"})
	switch r.IntN(8) {
	case 0:
		return bar + tag + "\n" + text // never closed
	case 1:
		return "`" + text + "`"
	case 2:
		return "Sure:\n" + bar + tag + "\n" + text + "\n" + bar + "\nLet me know if it's what you need."
	case 3:
		return bar + tag + " " + text + " " + bar
	case 4:
		return "json\n" + text
	}
	return bar + tag + "\n" + text + "\n" + bar
}

var (
	before = []string{
		"Here is the JSON you asked for:\n\n",
		"Sure! I've extracted the fields, as requested (all of them):\n",
		"Based on the text, the result is: ",
		"以下是提取结果：\n",
		"**Answer**\n\n",
		"I filled the template {name, date, total} from the text. It's below.\n\n",
		"The document says \"see below\" [1], so here's what I found:\n",
		"JSON:\n",
		"Okay. The user wants an object; let's go.\n---\n",
		"\ufeff",
		"<answer>\n",
	}
	after = []string{
		"\n\nLet me know if you need anything else!",
		"\n\nNote: fields that I couldn't find were left out.",
		"\n如有问题，请随时告诉我。",
		"\n</answer>",
		"\n\n[1] page 3, paragraph \"Terms\".",
		"\n\nI hope that's right: {placeholders} are gone.",
		"<|end|>",
		" ",
		"\n---\nConfidence: 0.93",
	}
)

func surround(r *rand.Rand, text string, _ *document) string {
	switch r.IntN(4) {
	case 0:
		return pick(r, before) + text
	case 1:
		return text + pick(r, after)
	}
	return pick(r, before) + text + pick(r, after)
}

// draftFirst puts before the text what a model wrote on its way there: a first
// try with other values, the beginning of one, or the schema.
func draftFirst(r *rand.Rand, text string, d *document) string {
	st := pick(r, styles)
	draft := d.root.clone()
	if !redraft(r, draft) {
		return ""
	}
	whole := draft.write(st)
	part := "{\"" + strings.Join(draft.names[:min(2, len(draft.names))], "\": ..., \"") + "\": ...}"
	if draft.kind == 'a' {
		part = "[{...}, {...}]"
	}
	schema := string(d.schema.JSON())
	return pick(r, []string{
		"<think>\nA first try: " + whole + "\nNo, that isn't right; I misread it.\n</think>\n\n" + text,
		"<think>The result should look like " + part + ". Let's fill it in.</think>" + text,
		"First I thought of\n" + whole + "\nbut that's wrong. The correct answer is:\n" + text,
		"Draft:\n```json\n" + whole + "\n```\nWait, I misread one value. Corrected version:\n```json\n" + text + "\n```",
		"The format is " + part + ", so:\n" + text,
		"The schema is:\n" + schema + "\n\nThe answer:\n" + text,
		"```json\n" + schema + "\n```\n\n```json\n" + text + "\n```",
		schema + "\n" + text,
	})
}

// pairs returns all pairs of operators that may be applied together.
func pairs() [][2]operator {
	var list [][2]operator
	for i, a := range operators {
		for _, b := range operators[i+1:] {
			if !slices.Contains(apart, [2]string{a.name, b.name}) && !slices.Contains(apart, [2]string{b.name, a.name}) {
				list = append(list, [2]operator{a, b})
			}
		}
	}
	return list
}
