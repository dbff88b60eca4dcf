package memorytest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
)

// A sample is messages that a store must keep.
type sample struct {
	name     string
	messages []llm.Message
}

func user(parts ...llm.Part) llm.Message { return llm.Message{Role: llm.RoleUser, Parts: parts} }
func assistant(parts ...llm.Part) llm.Message {
	return llm.Message{Role: llm.RoleAssistant, Parts: parts}
}
func results(parts ...llm.Part) llm.Message { return llm.Message{Role: llm.RoleTool, Parts: parts} }

// call returns a call and its result, in their messages.
func call(id, args string, content llm.Parts, bad bool) []llm.Message {
	return []llm.Message{
		assistant(llm.Reasoning{Text: "Let me see."}, llm.ToolCall{ID: id, Name: "look", Args: args}),
		results(llm.ToolResult{ID: id, Name: "look", Content: content, IsError: bad}),
	}
}

func asked(rest ...llm.Message) []llm.Message { return append([]llm.Message{llm.User("?")}, rest...) }

// samples are messages of every kind.
func samples() []sample {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	list := []sample{
		{"seventeen parts", asked(assistant(slices.Repeat(llm.Parts{llm.Text("a")}, 17)...))}, // of which a copy has room for more
		{"a message without an answer", []llm.Message{llm.User("Hi.")}},
		{"question and answer", asked(llm.Assistant("!"))},
		{"messages of all roles", []llm.Message{
			{Role: llm.RoleReminder, Parts: llm.Parts{llm.Text("2026-11-20,Friday,Rome,App,en")}}, llm.User("Hi."),
			llm.System("Be brief."), llm.Assistant("Hm."), llm.User("And?"), llm.Assistant("Yes.")}},
		{"empty text", asked(assistant(llm.Text("")))},
		{"text in pieces", asked(assistant(llm.Text("a"), llm.Text(""), llm.Text("b")))},
		{"no parts", asked(assistant(), user())},
		{"parts that are empty but not nil", asked(llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{}})},
		{"reasoning", asked(assistant(llm.Reasoning{Text: "First,\n\tsecond. "}, llm.Text("Done.")))},
		{"reasoning that is empty", asked(assistant(llm.Reasoning{}, llm.Text("Done.")))},
		{"reasoning after text", asked(assistant(llm.Text("a"), llm.Reasoning{Text: "b"}, llm.Text("c")))},
		{"parallel calls", asked(
			assistant(llm.ToolCall{ID: "1", Name: "f", Args: "{}"}, llm.Text("and"), llm.ToolCall{ID: "2", Name: "g", Args: ""}),
			results(llm.ToolResult{ID: "2", Name: "g"}), results(llm.ToolResult{ID: "1", Name: "f", Content: llm.Parts{llm.Text("one")}}),
			llm.Assistant("Both."))},
		{"results in one message", asked(
			assistant(llm.ToolCall{ID: "1", Name: "f"}, llm.ToolCall{ID: "2", Name: "f"}),
			results(llm.ToolResult{ID: "1", Name: "f", Content: llm.Parts{}}, llm.ToolResult{ID: "2", Name: "f", Content: llm.Parts{llm.Text("")}}))},
		{"the same call ID in two rounds", asked(append(call("1", "{}", nil, false), call("1", "{}", nil, true)...)...)},
		{"a result with an image", asked(call("1", "{}", llm.Parts{llm.Text("see"), llm.Blob{MIMEType: "image/png", Data: every}}, false)...)},
		{"a result in a result", asked(call("1", "{}", llm.Parts{llm.ToolResult{ID: "2", Content: llm.Parts{llm.Reasoning{}}}}, false)...)},
		{"a blob with every byte", []llm.Message{user(llm.Blob{MIMEType: "application/octet-stream", Name: "every", Data: every})}},
		{"a blob that is empty", []llm.Message{user(llm.Blob{Name: "none", Data: []byte{}})}},
		{"blobs from elsewhere", []llm.Message{user(llm.Blob{URL: "https://example.org/a.png", Detail: "low"}, llm.Blob{ID: "file-1"}, llm.Text("Compare."))}},
	}
	for i, args := range []string{"", "{}", " { \"b\" : 1.0,\n\"a\":1e5 , \"a\": 12345678901234567890 } ", `{"x":"\u0041\/<&>"}`, `{"s":"\ud800","n":1e999,"n":2}`, "{\"s\":\"\xff\u2028\"}", "[]", "null", `"a"`, "-0.0"} {
		list = append(list, sample{fmt.Sprintf("arguments %d", i), asked(call("c", args, llm.Parts{llm.Text(args)}, i%2 == 0)...)})
	}
	for i, text := range texts {
		list = append(list, sample{fmt.Sprintf("text %d", i), append([]llm.Message{user(llm.Text(text))},
			append(call("1", "{}", llm.Parts{llm.Text(text)}, false), assistant(llm.Reasoning{Text: text}, llm.Text(text)))...)})
	}
	return list
}

// texts are such as stores have got wrong.
var texts = []string{
	"\x00", "a\x00b", "\x01\x1f\x7f", "\r\n\r\n", "\n", " ", "\t x \t", "trailing ", "\\", `\u0000`, `\n`, `"`, "'", "`", "''; DROP TABLE turns; --",
	"%s %d %%", "$1 ? :a @b", "{{.}} ${HOME}", "<script>&amp;</script>", "\u2028\u2029\u0085", "\ufeffBOM", "\ufffd", "\ufffe\uffff",
	"深い海", "e\u0301 \u00e9", "🐙👩\u200d🔬", "\U0010ffff", "\u202eltr", "\xff", "a\xe6\xb7b", "\xed\xa0\x80",
	`{"hadal":"memory","v":1}`, `{"lc":1,"type":"constructor","id":["x"]}`, `","sum":"00000000"}`, "null", "true", "1e999", "[]",
	"-----BEGIN-----\n--boundary--", "\x1b[31m", "+OK\r\n$5\r\nhello\r\n",
}

// ids are such as are easily taken for another, or for something else.
var ids = []string{
	"a", "A", "a ", " a", "á", "a\u0301", "ａ", "ß", "ss", "ı", "i", "I", "İ", "0", "00", "1", "1.0", "-1", "null", "nil", "true", ".", "..", "../a", "/", "a/b", "a%2fb", "a\\b",
	"*", "?", "_", "%", "a:b", "a;b", "a,b", "a'b", `a"b`, "a`b", "$1", "{a}", "[a]", "<a>", "a&b", "a=b", "a#b", "con", "深", "🐙", "\u200b", "a\u200b", "\ufeff", "\ufffd",
	strings.Repeat("x", 256), strings.Repeat("x", 255) + "y", strings.Repeat("海", 85),
}

// refused are turns that Turn.Check refuses.
func refused() map[string]memory.Turn {
	made := func(messages ...llm.Message) memory.Turn { return memory.Turn{ID: "bad", Messages: messages} }
	called := assistant(llm.ToolCall{ID: "1", Name: "f", Args: "{}"})
	result := results(llm.ToolResult{ID: "1", Name: "f"})
	return map[string]memory.Turn{
		"no ID":                       {Messages: []llm.Message{llm.User("?")}},
		"no messages":                 made(),
		"an ID that is too long":      {ID: strings.Repeat("x", 257), Messages: []llm.Message{llm.User("?")}},
		"an ID with a NUL":            {ID: "a\x00", Messages: []llm.Message{llm.User("?")}},
		"an ID that is not UTF-8":     {ID: "a\xff", Messages: []llm.Message{llm.User("?")}},
		"an answer first":             made(llm.Assistant("!")),
		"a system prompt":             made(llm.System("Be brief."), llm.User("?")),
		"a call without a result":     made(llm.User("?"), called),
		"a result that comes late":    made(llm.User("?"), called, llm.User("!"), result),
		"a result without a call":     made(llm.User("?"), result),
		"a result twice":              made(llm.User("?"), called, result, result),
		"a role that is none":         made(llm.User("?"), llm.Message{Role: "model"}),
		"a part in the wrong place":   made(user(llm.Reasoning{})),
		"a part of no kind":           made(user(nil)),
		"a reminder at the end":       made(llm.User("?"), llm.Message{Role: llm.RoleReminder}),
		"arguments that are not JSON": made(llm.User("?"), assistant(llm.ToolCall{ID: "1", Name: "f", Args: `{"a`}), result),
	}
}

// random returns a turn of random messages, all sound.
func random(rnd *rand.Rand, id string) memory.Turn {
	word := func() string { return texts[rnd.IntN(len(texts))] }
	messages := []llm.Message{user(llm.Text(word()))}
	if rnd.IntN(3) == 0 {
		messages[0].Parts = append(messages[0].Parts, llm.Blob{Name: word(), Data: []byte(word())})
	}
	for range rnd.IntN(3) {
		calls, answers := assistant(llm.Reasoning{Text: word()}), results()
		for i := range 1 + rnd.IntN(3) {
			id := fmt.Sprintf("call_%d", i)
			calls.Parts = append(calls.Parts, llm.ToolCall{ID: id, Name: "f", Args: strings.Repeat(" ", rnd.IntN(3)) + "{}"})
			answers.Parts = append(answers.Parts, llm.ToolResult{ID: id, Name: word(), Content: llm.Parts{llm.Text(word())}, IsError: rnd.IntN(2) == 0})
		}
		messages = append(messages, calls, answers)
	}
	return memory.Turn{ID: id, Messages: append(messages, assistant(llm.Reasoning{Text: word()}, llm.Text(word())))}
}
