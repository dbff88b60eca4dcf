package memory_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
)

func message(role llm.Role, parts ...llm.Part) llm.Message {
	return llm.Message{Role: role, Parts: parts}
}

func calls(ids ...string) llm.Message {
	m := llm.Message{Role: llm.RoleAssistant}
	for _, id := range ids {
		m.Parts = append(m.Parts, llm.ToolCall{ID: id, Name: "f", Args: "{}"})
	}
	return m
}

func results(ids ...string) llm.Message {
	m := llm.Message{Role: llm.RoleTool}
	for _, id := range ids {
		m.Parts = append(m.Parts, llm.ToolResult{ID: id, Name: "f"})
	}
	return m
}

func TestCheck(t *testing.T) {
	const long = "the ID \"%\" is not up to 256 bytes of UTF-8 without control characters"
	deep := llm.Parts{llm.Text("x")}
	for range 100 {
		deep = llm.Parts{llm.ToolResult{Content: deep}}
	}
	user, reminder := llm.User("?"), message(llm.RoleReminder, llm.Text("today"))
	made := func(messages ...llm.Message) memory.Turn { return memory.Turn{ID: "t", Messages: messages} }
	for name, tt := range map[string]struct {
		turn memory.Turn
		want string // of the error; "" if there is none
	}{
		"question":            {made(user), ""},
		"answer":              {made(user, llm.Assistant("!")), ""},
		"two questions":       {made(user, user, llm.Assistant("!"), user), ""},
		"reminder":            {made(reminder, user, llm.Assistant("!"), reminder, user), ""},
		"system in between":   {made(user, llm.System("x"), llm.Assistant("!")), ""},
		"no parts":            {made(llm.Message{Role: llm.RoleUser}, llm.Message{Role: llm.RoleAssistant}), ""},
		"calls":               {made(user, calls("1", "2"), results("2"), results("1"), calls("1"), results("1")), ""},
		"summary":             {memory.Turn{ID: "t", After: "s", Summary: true, Messages: []llm.Message{user}}, ""},
		"long ID":             {memory.Turn{ID: strings.Repeat("x", 256), Messages: []llm.Message{user}}, ""},
		"deep result":         {made(user, calls("1"), message(llm.RoleTool, llm.ToolResult{ID: "1", Content: deep[0].(llm.ToolResult).Content})), ""},
		"no ID":               {memory.Turn{Messages: []llm.Message{user}}, "it has no ID"},
		"too long ID":         {memory.Turn{ID: strings.Repeat("x", 257), Messages: []llm.Message{user}}, strings.Replace(long, "%", strings.Repeat("x", 257), 1)},
		"control ID":          {memory.Turn{ID: "a\n", Messages: []llm.Message{user}}, strings.Replace(long, "%", `a\n`, 1)},
		"ID not UTF-8":        {memory.Turn{ID: "\xff", Messages: []llm.Message{user}}, strings.Replace(long, "%", `\xff`, 1)},
		"After not UTF-8":     {memory.Turn{ID: "t", After: "\xff", Messages: []llm.Message{user}}, strings.Replace(long, "%", `\xff`, 1)},
		"after itself":        {memory.Turn{ID: "t", After: "t", Messages: []llm.Message{user}}, "it is to come after itself"},
		"nothing":             {made(), "it has no messages"},
		"system prompt":       {made(llm.System("x"), user), `message 0 is the first and has the role "system": a turn begins with a message of the user, and a system prompt is no part of it`},
		"answer first":        {made(llm.Assistant("x")), `message 0 is the first and has the role "assistant": a turn begins with a message of the user, and a system prompt is no part of it`},
		"reminder, answer":    {made(reminder, llm.Assistant("x")), `message 1 is the first and has the role "assistant": a turn begins with a message of the user, and a system prompt is no part of it`},
		"reminder alone":      {made(reminder), "message 0: a reminder must be followed by the message of the user that it is for"},
		"two reminders":       {made(reminder, reminder, user), "message 0: a reminder must be followed by the message of the user that it is for"},
		"reminder at the end": {made(user, reminder), "message 1: a reminder must be followed by the message of the user that it is for"},
		"no role":             {made(user, llm.Message{}), `message 1: the role "" is none`},
		"no result":           {made(user, calls("1", "2"), results("1")), `message 1 makes the tool call "2", which has no result`},
		"late result":         {made(user, calls("1"), user, results("1")), `message 1 makes the tool call "1", but message 2 comes before its result`},
		"next call first":     {made(user, calls("1"), calls("2"), results("1", "2")), `message 1 makes the tool call "1", but message 2 comes before its result`},
		"wrong result":        {made(user, calls("1"), results("2")), `message 2: the tool result "2" answers no call that waits for one`},
		"result twice":        {made(user, calls("1"), results("1", "1")), `message 2: the tool result "1" answers no call that waits for one`},
		"result alone":        {made(user, results("1")), `message 1: the tool result "1" answers no call that waits for one`},
		"empty results":       {made(user, calls("1"), results()), `message 2: there is no tool result in it`},
		"text of a tool":      {made(user, calls("1"), message(llm.RoleTool, llm.Text("x"))), `message 2: a message with the role tool has no parts of the type llm.Text`},
		"call without ID":     {made(user, calls("")), `message 1: a tool call has no ID`},
		"call without name":   {made(user, message(llm.RoleAssistant, llm.ToolCall{ID: "1"})), `message 1: the tool call "1" has no name`},
		"same ID":             {made(user, calls("1", "1"), results("1", "1")), `message 1: two tool calls have the ID "1"`},
		"arguments":           {made(user, message(llm.RoleAssistant, llm.ToolCall{ID: "1", Name: "f", Args: "{"})), `message 1: the arguments of the tool call "1" are not JSON: put {} in their place`},
		"user reasons":        {made(message(llm.RoleUser, llm.Reasoning{})), `message 0: a message with the role user has no parts of the type llm.Reasoning`},
		"user calls":          {made(message(llm.RoleUser, llm.ToolCall{ID: "1"})), `message 0: a message with the role user has no parts of the type llm.ToolCall`},
		"system with image":   {made(user, message(llm.RoleSystem, llm.Blob{})), `message 1: a message with the role system has no parts of the type llm.Blob`},
		"answer with image":   {made(user, message(llm.RoleAssistant, llm.Blob{})), `message 1: a message with the role assistant has no parts of the type llm.Blob`},
		"nil part":            {made(message(llm.RoleUser, nil)), `message 0: a message with the role user has no parts of the type <nil>`},
		"pointer":             {made(message(llm.RoleUser, new(llm.Text))), `message 0: a message with the role user has no parts of the type *llm.Text`},
		"nil in a result":     {made(user, calls("1"), message(llm.RoleTool, llm.ToolResult{ID: "1", Content: llm.Parts{llm.Text(""), nil}})), `message 2: the tool result "1": part 1 is a <nil>, which is none of the kinds of part`},
		"too deep result":     {made(user, calls("1"), message(llm.RoleTool, llm.ToolResult{ID: "1", Content: deep})), `message 2: the tool result "1": more than 100 tool results inside each other`},
	} {
		err := tt.turn.Check()
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := json.Marshal(tt.turn); err != nil {
				t.Errorf("%s: what is right does not encode: %v", name, err)
			}
			continue
		}
		e, ok := errors.AsType[*memory.Error](err)
		if !ok || !errors.Is(err, memory.ErrInvalid) || e.Err.Error() != "invalid turn: "+tt.want || e.Op != "append" || e.Turn != tt.turn.ID {
			t.Errorf("%s: %v\nwant %s", name, err, tt.want)
		}
	}
}

// Of calls whose results come in any order, one without a result is found.
func TestCheckManyCalls(t *testing.T) {
	turn := manyCalls(1000)
	if err := turn.Check(); err != nil {
		t.Error(err)
	}
	parts := turn.Messages[2].Parts
	turn.Messages[2].Parts = slices.Concat(parts[:300], parts[301:500], parts[501:])
	if err := turn.Check(); err == nil || !strings.HasSuffix(err.Error(), `message 1 makes the tool call "499", which has no result`) {
		t.Errorf("without the results of 699 and 499: %v", err)
	}
}

// manyCalls returns a turn of n calls, with their results from the last one on.
func manyCalls(n int) memory.Turn {
	made, answered := llm.Message{Role: llm.RoleAssistant}, llm.Message{Role: llm.RoleTool}
	for i := range n {
		made.Parts = append(made.Parts, llm.ToolCall{ID: strconv.Itoa(i), Name: "f"})
		answered.Parts = append(answered.Parts, llm.ToolResult{ID: strconv.Itoa(n - 1 - i)})
	}
	return memory.Turn{ID: "t", Messages: []llm.Message{llm.User("?"), made, answered}}
}

func TestTurnJSON(t *testing.T) {
	turn := memory.Turn{ID: "b", After: "a", Messages: []llm.Message{llm.User("?"), calls("1"), results("1"), message(llm.RoleAssistant, llm.Reasoning{}, llm.Text("!"))}, Summary: true}
	const want = `{"id":"b","after":"a","messages":[{"role":"user","parts":[{"text":"?"}]},` +
		`{"role":"assistant","parts":[{"tool_call":{"id":"1","name":"f","args":"{}"}}]},{"role":"tool","parts":[{"tool_result":{"id":"1","name":"f","content":null}}]},` +
		`{"role":"assistant","parts":[{"reasoning":{"text":""}},{"text":"!"}]}],"summary":true}`
	data, err := json.Marshal(turn)
	if string(data) != want || err != nil {
		t.Errorf("encodes to %s, %v\nwant %s", data, err, want)
	}
	var back memory.Turn
	if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(back, turn) {
		t.Errorf("comes back as %+v, %v", back, err)
	}
}

func TestErrorText(t *testing.T) {
	for want, err := range map[string]error{
		`memory: append turn "c": it is to come after "a", but the newest turn is "b": the conversation has gone on: load it again, and append after its newest turn`:  memory.Conflict(memory.Turn{ID: "c", After: "a"}, "b"),
		`memory: append turn "c": it is to come after none, but the newest turn is "b": the conversation has gone on: load it again, and append after its newest turn`: memory.Conflict(memory.Turn{ID: "c"}, "b"),
		`memory: open: chat.jsonl: in use by another File or process: wait for it, or use another file`:                                                                &memory.Error{Op: "open", Path: "chat.jsonl", Err: memory.ErrInUse},
	} {
		if err.Error() != want {
			t.Errorf("%s\nwant %s", err, want)
		}
	}
	if err := memory.Conflict(memory.Turn{ID: "c"}, "b"); !errors.Is(err, memory.ErrConflict) || errors.Is(err, memory.ErrInvalid) {
		t.Errorf("%v is not ErrConflict alone", err)
	}
}
