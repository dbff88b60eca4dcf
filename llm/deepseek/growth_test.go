package deepseek_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
)

// grown counts conversations, so that each is another.
var grown atomic.Int64

// A growing conversation is that of an agent: in each round the model reasons
// and makes two calls, which have results of a kilobyte each.
func growing(rounds int, name string) []llm.Message {
	messages := []llm.Message{llm.System("You look things up, and answer."), llm.User("Where is what, " + name + "?")}
	line := "src/<file>.go:17:\tfmt.Println(\"found\", x) // és\n"
	for i := range rounds {
		a, b := fmt.Sprintf("call_%s_%d_a", name, i), fmt.Sprintf("call_%s_%d_b", name, i)
		messages = append(messages,
			llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{
				llm.Reasoning{Text: strings.Repeat(fmt.Sprintf("Step %d needs both. ", i), 10)},
				llm.ToolCall{ID: a, Name: "search", Args: fmt.Sprintf(`{"pattern": "x == %d", "path": "src"}`, i)},
				llm.ToolCall{ID: b, Name: "read", Args: fmt.Sprintf(`{"path": "src/%d.go", "lines": [1, 20]}`, i)},
			}},
			llm.Message{Role: llm.RoleTool, Parts: llm.Parts{
				llm.ToolResult{ID: a, Name: "search", Content: llm.Parts{llm.Text(strings.Repeat(line, 1000/len(line)) + fmt.Sprint(i))}},
				llm.ToolResult{ID: b, Name: "read", Content: llm.Parts{llm.Text(strings.Repeat(line, 1000/len(line)) + fmt.Sprint(i))}},
			}})
	}
	return messages
}

// grownTools are what the agent of a growing conversation has.
func grownTools() []llm.ToolSpec {
	var tools []llm.ToolSpec
	for _, name := range []string{"search", "read", "write", "list"} {
		tools = append(tools, llm.ToolSpec{Name: name, Description: "Does what its name says, to a file.", Schema: json.RawMessage(
			`{"type": "object", "properties": {"path": {"type": "string", "description": "a path below the root"}, "pattern": {"type": "string"}, "lines": {"type": "array", "items": {"type": "integer"}}}, "required": ["path"]}`)})
	}
	return tools
}

// BenchmarkGrowth sends the conversation of a run of so many rounds, one request
// for each round; a conversation that is new each time, of which all strings but
// the last ones were in the request before.
func BenchmarkGrowth(b *testing.B) {
	reply := canned{"application/json", plainReply}
	for _, rounds := range []int{5, 50, 500} {
		run := func(b *testing.B, start func() (next func(req *llm.Request))) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				messages := growing(rounds, fmt.Sprint(grown.Add(1)))
				next := start()
				req := &llm.Request{Tools: grownTools(), Whole: true}
				b.StartTimer()
				for k := 2; k <= len(messages); k += 2 {
					req.Messages = messages[:k]
					next(req)
				}
			}
		}
		b.Run(fmt.Sprintf("%d/floor", rounds), func(b *testing.B) {
			hc := &http.Client{Transport: reply}
			run(b, func() func(*llm.Request) {
				wire := grownRequest{Model: "deepseek-flash"}
				return func(req *llm.Request) {
					wire.add(req)
					if text, err := postGrown(hc, &wire); err != nil || text == "" {
						b.Fatal(text, err)
					}
				}
			})
		})
		b.Run(fmt.Sprintf("%d/hadal", rounds), func(b *testing.B) {
			c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: reply}}
			run(b, func() func(*llm.Request) {
				return func(req *llm.Request) {
					for _, err := range c.Stream(context.Background(), req) {
						if err != nil {
							b.Fatal(err)
						}
					}
				}
			})
		})
	}
}

// BenchmarkGrowthAtOnce sends the requests of many conversations through one client,
// as many at a time as there are processors.
func BenchmarkGrowthAtOnce(b *testing.B) {
	c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: canned{"application/json", plainReply}}}
	tools := grownTools()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		var messages []llm.Message
		for k := 2; pb.Next(); k += 2 {
			if k > len(messages) {
				messages, k = growing(50, fmt.Sprint(grown.Add(1))), 2
			}
			for _, err := range c.Stream(context.Background(), &llm.Request{Messages: messages[:k], Tools: tools, Whole: true}) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// BenchmarkStrangers sends requests of 200 messages and 100 kB, each of another
// conversation: nothing is gained by keeping them.
func BenchmarkStrangers(b *testing.B) {
	c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: canned{"application/json", plainReply}}}
	req := longRequest()
	req.Whole = true
	b.ReportAllocs()
	for b.Loop() {
		req.Messages[2] = llm.Assistant(fmt.Sprint(grown.Add(1)))
		for _, err := range c.Stream(context.Background(), req) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// A grownRequest is the body of a request with tools, for encoding/json.
type grownRequest struct {
	Model    string         `json:"model"`
	Messages []grownMessage `json:"messages"`
	Tools    []grownTool    `json:"tools"`
	seen     int
}

type grownMessage struct {
	Role      string      `json:"role"`
	Content   string      `json:"content"`
	Reasoning string      `json:"reasoning_content,omitempty"`
	Calls     []grownCall `json:"tool_calls,omitempty"`
	CallID    string      `json:"tool_call_id,omitempty"`
}

type grownCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

type grownTool struct {
	Type     string `json:"type"`
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
	} `json:"function"`
}

// add adds what is new in req, so that the floor converts nothing twice.
func (g *grownRequest) add(req *llm.Request) {
	for _, m := range req.Messages[g.seen:] {
		if m.Role == llm.RoleTool {
			for _, p := range m.Parts {
				r := p.(llm.ToolResult)
				g.Messages = append(g.Messages, grownMessage{Role: "tool", CallID: r.ID, Content: llm.Message{Parts: r.Content}.Text()})
			}
			continue
		}
		to := grownMessage{Role: string(m.Role), Content: m.Text(), Reasoning: m.Reasoning()}
		for _, c := range m.ToolCalls() {
			call := grownCall{ID: c.ID, Type: "function"}
			call.Function.Name, call.Function.Arguments = c.Name, c.Args
			to.Calls = append(to.Calls, call)
		}
		g.Messages = append(g.Messages, to)
	}
	g.seen = len(req.Messages)
	if g.Tools != nil {
		return
	}
	for _, t := range req.Tools {
		tool := grownTool{Type: "function"}
		tool.Function.Name, tool.Function.Description, tool.Function.Parameters = t.Name, t.Description, t.Schema
		g.Tools = append(g.Tools, tool)
	}
}

// postGrown is floor for a request with tools.
func postGrown(hc *http.Client, req *grownRequest) (string, error) {
	body, err := json.Marshal(req)
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(context.Background(), "POST", "https://api.deepseek.com/chat/completions", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer sk-test")
	r.Header.Set("Content-Type", "application/json")
	resp, err := hc.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var reply floorReply
	if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
		return "", err
	}
	return reply.Choices[0].Message.Content, nil
}
