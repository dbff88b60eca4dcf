package deepseek_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
)

// A talker sends requests as somebody does who keeps no rule: the conversation
// grows, and whatever is in it is changed in place between two requests. What it
// does is decided by bytes.
type talker struct {
	choices []byte
	req     llm.Request
	dialect deepseek.Dialect
	calls   int
}

// choose returns a number below n.
func (w *talker) choose(n int) int {
	if len(w.choices) == 0 {
		return 0
	}
	c := w.choices[0]
	w.choices = w.choices[1:]
	return int(c) % n
}

func (w *talker) text() string {
	return strings.Repeat([]string{"a", "é\n", `"json"`, "<\xff>", "deep sea "}[w.choose(5)], w.choose(40))
}

// run makes up requests until nothing is left to decide. It fails if anything that
// is kept of earlier requests can be seen in one.
func (w *talker) run(t *testing.T) {
	w.req.Messages = []llm.Message{llm.System("Be kind."), llm.User("Hi")}
	for i := 0; len(w.choices) > 0; i++ {
		before := w.copy()
		if w.choose(3) > 0 {
			w.grow()
		} else {
			w.change()
		}
		c := &deepseek.Client{Dialect: w.dialect, BaseURL: "https://example.com", Model: "deepseek-flash"}
		pieces, _, _, err := c.Encode(&w.req)
		got := bytes.Join(pieces[:], nil)
		want, wantErr := c.EncodeAnew(&w.req)
		if !bytes.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("request %d is\n%s\n%v\nbut of a client that knows none before it\n%s\n%v", i, got, err, want, wantErr)
			return
		}
		if err != nil || w.choose(4) == 0 { // it is as if it had not been
			w.req, w.dialect = before.req, before.dialect
		}
	}
}

// copy returns what w sends, with no memory in common but that of strings.
func (w *talker) copy() talker {
	c := *w
	c.req.Messages = slices.Clone(w.req.Messages)
	for i, m := range c.req.Messages {
		c.req.Messages[i].Parts = copyParts(m.Parts)
	}
	c.req.Tools = slices.Clone(w.req.Tools)
	for i, t := range c.req.Tools {
		c.req.Tools[i].Schema = bytes.Clone(t.Schema)
	}
	c.req.Schema = bytes.Clone(w.req.Schema)
	return c
}

func copyParts(parts llm.Parts) llm.Parts {
	parts = slices.Clone(parts)
	for i, p := range parts {
		switch p := p.(type) {
		case llm.Blob:
			p.Data = bytes.Clone(p.Data)
			parts[i] = p
		case llm.ToolResult:
			p.Content = copyParts(p.Content)
			parts[i] = p
		}
	}
	return parts
}

// grow adds what comes next in a conversation.
func (w *talker) grow() {
	add := func(role llm.Role, parts ...llm.Part) {
		w.req.Messages = append(w.req.Messages, llm.Message{Role: role, Parts: parts})
	}
	switch w.choose(8) {
	case 0:
		add(llm.RoleUser, llm.Text(w.text()), llm.Text(w.text()))
	case 1:
		add(llm.RoleUser, llm.Text(w.text()), llm.Blob{MIMEType: "image/png", Data: []byte("x" + w.text())})
	case 2:
		add(llm.RoleReminder, llm.Text(w.text()))
		add(llm.RoleUser, llm.Text(w.text()))
	case 3:
		add(llm.RoleAssistant, llm.Text(w.text()))
	default:
		parts := llm.Parts{llm.Reasoning{Text: w.text()}, llm.Text(w.text())}
		var results llm.Parts
		for range 1 + w.choose(3) {
			w.calls++
			id := fmt.Sprint("call_", w.calls)
			parts = append(parts, llm.ToolCall{ID: id, Name: "f", Args: `{"a": "` + strings.Repeat("x", w.choose(50)) + `"}`})
			results = append(results, llm.ToolResult{ID: id, Name: "f", Content: llm.Parts{llm.Text(w.text())}})
		}
		add(llm.RoleAssistant, parts...)
		if w.choose(2) == 0 {
			slices.Reverse(results)
			add(llm.RoleTool, results...)
			return
		}
		for _, r := range results {
			add(llm.RoleTool, r)
		}
	}
}

// change changes something, in place if it can be.
func (w *talker) change() {
	req := &w.req
	i := w.choose(len(req.Messages))
	m := &req.Messages[i]
	other := &req.Messages[w.choose(len(req.Messages))]
	switch w.choose(18) {
	case 0:
		*m, *other = *other, *m
	case 1:
		req.Messages = slices.Delete(req.Messages, i, i+1)
	case 2:
		req.Messages = slices.Insert(req.Messages, i, *other)
	case 3:
		req.Messages = req.Messages[:i+1]
	case 4:
		m.Role = []llm.Role{llm.RoleSystem, llm.RoleUser, "developer", llm.RoleAssistant, llm.RoleTool, llm.RoleReminder, ""}[w.choose(7)]
	case 5, 6, 7:
		w.changePart(m.Parts)
	case 8:
		m.Parts = append(m.Parts, llm.Text(w.text()))
	case 9:
		if req.Tools = append(req.Tools, llm.ToolSpec{Name: fmt.Sprint("f", len(req.Tools)), Schema: json.RawMessage(`{"type": "object"}`)}); w.choose(3) == 0 {
			req.Tools = nil
		}
	case 10:
		if len(req.Tools) > 0 {
			t := &req.Tools[w.choose(len(req.Tools))]
			switch w.choose(4) {
			case 0:
				t.Schema[w.choose(len(t.Schema))] = "}x \""[w.choose(4)] // the same memory
			case 1:
				t.Name += "x"
			case 2:
				t.Strict = !t.Strict
			case 3:
				t.Description = []string{"y", "z", "long"}[w.choose(3)]
			}
		}
	case 11:
		w.dialect = deepseek.OpenAI - w.dialect
	case 12, 17:
		if req.Schema == nil {
			req.Schema = json.RawMessage(`{"type": "object"}`)
		} else if req.Schema[w.choose(18)] = 'e'; w.choose(2) == 0 { // the same memory
			req.Schema = nil
		}
	case 13:
		req.Format = []llm.Format{"", llm.FormatJSON}[w.choose(2)]
	case 14:
		req.ToolChoice = []llm.ToolChoice{"", llm.ToolNone, llm.ToolRequired, llm.ToolNamed("f0")}[w.choose(4)]
	case 15:
		req.Model = []string{"", "deepseek-v4-pro"}[w.choose(2)]
	case 16:
		for _, p := range copyParts(m.Parts) { // equal, elsewhere in memory
			if t, ok := p.(llm.Text); ok {
				p = llm.Text(strings.Clone(string(t)))
			}
			m.Parts = append(m.Parts[1:], p)
		}
	}
	if len(req.Messages) == 0 {
		req.Messages = append(req.Messages, llm.User("Hi"))
	}
}

// changePart changes one of the parts, in place.
func (w *talker) changePart(parts llm.Parts) {
	if len(parts) == 0 {
		return
	}
	i := w.choose(len(parts))
	switch p := parts[i].(type) {
	case llm.Text:
		parts[i] = llm.Text(w.text())
	case llm.Reasoning:
		parts[i] = []llm.Part{llm.Reasoning{Text: w.text()}, llm.Text(p.Text), nil}[w.choose(3)]
	case llm.ToolCall:
		switch w.choose(5) {
		case 0:
			p.ID = "call_1"
		case 1:
			p.Name += "g"
		case 2:
			p.Args = []string{"", "{}", "{"}[w.choose(3)]
		case 3:
			parts[w.choose(len(parts))], p = p, llm.ToolCall{ID: p.ID + "x", Name: p.Name}
		}
		parts[i] = p
	case llm.ToolResult:
		switch w.choose(4) {
		case 0:
			p.ID += "x"
			parts[i] = p
		case 1:
			w.changePart(p.Content) // the same memory
		case 2:
			p.Content = append(p.Content, llm.Text(w.text()))
			parts[i] = p
		case 3:
			p.Content[0] = llm.Blob{}
		}
	case llm.Blob:
		switch w.choose(4) {
		case 0:
			p.Data[w.choose(len(p.Data))]++ // the same memory
		case 1:
			p.MIMEType = []string{"image/gif", "text/plain", "?"}[w.choose(3)]
			parts[i] = p
		case 2:
			p.Name = w.text()
			parts[i] = p
		case 3:
			p.Detail = w.text()
			parts[i] = p
		}
	}
}

func talk(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	choices := make([]byte, n)
	for i := range choices {
		choices[i] = byte(r.Uint32())
	}
	return choices
}

// Whatever was sent before, and whatever was changed in place since, a request is
// encoded to the same bytes as ever, or is refused with the same words.
func TestEarlierRequestsCannotBeSeen(t *testing.T) {
	for seed := range uint64(100) {
		(&talker{choices: talk(seed, 500)}).run(t)
	}
}

// The same of conversations at once, some of which are equal.
func TestRequestsOfOthersCannotBeSeen(t *testing.T) {
	var wg sync.WaitGroup
	for i := range uint64(32) {
		wg.Go(func() { (&talker{choices: talk(i%8, 500)}).run(t) })
	}
	wg.Wait()
}

func FuzzRecall(f *testing.F) {
	for seed := range uint64(10) {
		f.Add(talk(seed, 300))
	}
	f.Fuzz(func(t *testing.T, choices []byte) { (&talker{choices: choices[:min(len(choices), 500)]}).run(t) })
}

// Schemas are compared with what they were, not with themselves.
func TestSchemasChangedInPlace(t *testing.T) {
	c := &deepseek.Client{}
	req := llm.Prompt("Hi")
	req.Schema = json.RawMessage(`{"type": "object"}`)
	req.Tools = []llm.ToolSpec{{Name: "f", Schema: json.RawMessage(`{"type": "object"}`)}, {Name: "g"}}
	for i, change := range []func(){
		func() {},
		func() { req.Schema[5] = 'a' },
		func() { req.Tools[0].Schema[5] = 'a' },
		func() { req.Schema[5] = 'e' },
		func() { req.Schema[17] = ' ' },
		func() { req.Schema[17] = '}' },
		func() { req.Tools[0].Schema[17] = ' ' },
		func() { req.Tools[0].Schema[17] = '}' },
		func() { req.Tools[1].Description = "y" },
		func() { req.Tools[1].Description = "z" },
		func() { req.Tools[0], req.Tools[1] = req.Tools[1], req.Tools[0] },
		func() { req.Tools[0] = llm.ToolSpec{Kind: "deepseek_web_search"} },
		func() { req.Tools[0].Kind = "deepseek_read_url" },
	} {
		change()
		pieces, _, _, err := c.Encode(req)
		want, wantErr := c.EncodeAnew(req)
		if got := bytes.Join(pieces[:], nil); !bytes.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("after change %d the request is\n%s\n%v\nwant\n%s\n%v", i, got, err, want, wantErr)
		}
	}
}

// A rule that a message breaks for what is before it is found also where that is
// known to keep the rules.
func TestRulesAcrossEarlierMessages(t *testing.T) {
	known := growing(3, t.Name())
	call := known[2].ToolCalls()[0]
	result := llm.ToolResult{ID: call.ID, Content: llm.Parts{llm.Text("x")}}
	reminder := llm.Message{Role: llm.RoleReminder, Parts: llm.Parts{llm.Text("It is noon.")}}
	calls := llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{call}}
	results := llm.Message{Role: llm.RoleTool, Parts: llm.Parts{result}}
	image := llm.Message{Role: llm.RoleUser, Parts: llm.Parts{llm.Blob{URL: "https://example.com/a.png"}}}
	file := llm.Message{Role: llm.RoleUser, Parts: llm.Parts{llm.Blob{MIMEType: "application/pdf", Data: []byte("x")}}}
	schema := json.RawMessage(`{"type": "object"}`)
	openAI := deepseek.Client{Dialect: deepseek.OpenAI, BaseURL: "https://example.com", Model: "m"}
	for name, test := range map[string]struct {
		client deepseek.Client
		req    llm.Request
		more   []llm.Message
		cut    int // messages at the end that are left out
		want   string
	}{
		"call again":               {more: []llm.Message{calls, results}},
		"call again, schema":       {req: llm.Request{Schema: schema}, more: []llm.Message{calls, results}, want: "is that of an earlier message's call"},
		"call twice, schema":       {req: llm.Request{Schema: schema}, more: []llm.Message{{Role: llm.RoleAssistant, Parts: llm.Parts{llm.ToolCall{ID: "a", Name: "f"}}}, {Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "a"}}}, {Role: llm.RoleAssistant, Parts: llm.Parts{llm.ToolCall{ID: "a", Name: "f"}}}, {Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "a"}}}}, want: "is that of an earlier message's call"},
		"result again":             {more: []llm.Message{results}, want: "there is no open call"},
		"no result":                {cut: 1, want: "there is no result for tool call"},
		"no result, then the user": {cut: 1, more: []llm.Message{llm.User("Well?")}, want: "the results of the tool calls of message"},
		"another result":           {cut: 1, more: []llm.Message{results}, want: "there is no open call"},
		"reminder at the end":      {more: []llm.Message{reminder}, want: "a reminder must be followed"},
		"reminder, OpenAI":         {client: openAI, more: []llm.Message{reminder, llm.User("Hi")}, want: "reminders are DeepSeek's alone"},
		"reminder, schema":         {req: llm.Request{Schema: schema}, more: []llm.Message{reminder, llm.User("Hi")}, want: "a reminder cannot be combined"},
		"file, schema":             {req: llm.Request{Schema: schema}, more: []llm.Message{file}, want: "files cannot be combined"},
		"image, blind":             {req: llm.Request{Model: "deepseek-v4-pro"}, more: []llm.Message{image}, want: "does not see images"},
		"prefix, OpenAI":           {client: openAI, more: []llm.Message{llm.Assistant("{")}, want: "has no way to say"},
		"no json":                  {req: llm.Request{Format: llm.FormatJSON}, more: []llm.Message{llm.User("Hi")}, want: `the word "json"`},
	} {
		t.Run(name, func(t *testing.T) {
			deepseek.Forget()
			first := test.req
			first.Messages, first.Format = known, ""
			if _, _, _, err := test.client.Encode(&first); err != nil {
				t.Fatal(err)
			}
			// What broke no rule with something after it may break one without.
			longer := first
			longer.Messages = slices.Concat(known, []llm.Message{llm.User("json")})
			if test.want != "" {
				longer.Format = test.req.Format
			}
			if _, n, _, err := test.client.Encode(&longer); err != nil || n != len(known) {
				t.Fatalf("%d messages are known, %v", n, err)
			}
			req := test.req
			req.Messages = slices.Concat(known[:len(known)-test.cut], test.more)
			_, _, _, err := test.client.Encode(&req)
			_, wantErr := test.client.EncodeAnew(&req)
			if fmt.Sprint(err) != fmt.Sprint(wantErr) || test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("the error is %v, of a client that knows no earlier request %v, want %q", err, wantErr, test.want)
			}
		})
	}
}

// Over a run, what is encoded and checked is the conversation, once, whichever
// form the requests have; except for the first messages, of which it is not known
// that anything follows them.
func TestNothingIsEncodedTwice(t *testing.T) {
	const rounds = 500
	messages := growing(rounds, t.Name())
	for name, test := range map[string]struct {
		client deepseek.Client
		req    llm.Request
		tail   []llm.Message // of each request, and of none after it
		tails  int           // messages that are looked at again with each
	}{
		"chat":      {req: llm.Request{Tools: grownTools()}},
		"no tools":  {},
		"responses": {req: llm.Request{Tools: grownTools(), Schema: json.RawMessage(`{"type": "object"}`)}},
		"JSON":      {req: llm.Request{Format: llm.FormatJSON, ToolChoice: llm.ToolNone, Tools: grownTools()}},
		"OpenAI":    {client: deepseek.Client{Dialect: deepseek.OpenAI, BaseURL: "https://example.com", Model: "m"}},
		"tails":     {tail: []llm.Message{{Role: llm.RoleReminder, Parts: llm.Parts{llm.Text("It is noon.")}}, llm.User("Go on, in json.")}, tails: 2},
		"prefixes":  {tail: []llm.Message{llm.Assistant("{")}, tails: 1},
	} {
		t.Run(name, func(t *testing.T) {
			deepseek.Forget()
			checked, encoded, all := 0, 0, 0
			for k := 2; k <= len(messages); k += 2 {
				req := test.req
				req.Messages = slices.Concat(messages[:k], test.tail)
				if name == "JSON" {
					req.Messages[1] = llm.User("Reply in json.")
				}
				body, known, reused, err := test.client.Encode(&req)
				if err != nil {
					t.Fatal(err)
				}
				checked += len(req.Messages) - known
				all = len(body[0]) + len(body[1]) + len(body[2])
				encoded += all - reused
			}
			if n := deepseek.Kept(); n != 1 {
				t.Errorf("%d conversations are kept", n)
			}
			if limit := len(messages) + 2 + test.tails*(rounds+1); checked > limit {
				t.Errorf("%d messages were checked, want at most %d", checked, limit)
			}
			// 2 KiB are the rest of a request.
			if limit := all + 2048*(rounds+1); encoded > limit {
				t.Errorf("%d bytes were encoded for the %d of the last request, want at most %d", encoded, all, limit)
			}
		})
	}
}

// Conversations that begin with the same rounds, and go on in turn, do not put
// each other out.
func TestBranches(t *testing.T) {
	deepseek.Forget()
	const same, branches = 20, 3
	c := &deepseek.Client{}
	var talks [branches][]llm.Message
	for i := range talks {
		talks[i] = slices.Concat(growing(same, t.Name()), growing(100, fmt.Sprint(t.Name(), i))[2:])
	}
	checked, all := 0, 0
	for k := 2; k <= len(talks[0]); k += 2 {
		for _, messages := range talks {
			_, known, _, err := c.Encode(&llm.Request{Messages: messages[:k]})
			if err != nil {
				t.Fatal(err)
			}
			checked += k - known
		}
	}
	for _, messages := range talks {
		all += len(messages)
	}
	// While they differ by a few messages only, there is one memory for all of them.
	if limit := all + 100; checked > limit {
		t.Errorf("%d messages were checked, want at most %d", checked, limit)
	}
}
