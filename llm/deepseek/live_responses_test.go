package deepseek_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// capital is a schema, and capitalFormat a format that asks for it.
var (
	capital       = json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"},"people":{"type":"integer"}},"required":["city","people"],"additionalProperties":false}`)
	capitalFormat = object{"text": object{"format": object{"type": "json_schema", "name": "capital", "schema": capital, "strict": true}}}
)

// asked returns the body of a small request to the Responses endpoint.
func asked(members ...object) object {
	body := object{"model": "deepseek-flash", "input": "Which is the capital of Portugal, and how many people live there?", "max_output_tokens": 800}
	for _, m := range members {
		maps.Copy(body, m)
	}
	return body
}

// respond posts a body to the Responses endpoint, and reckons what it costs.
func (l *lab) respond(ctx context.Context, body object) (answer, reply) {
	a := l.post(ctx, "/responses", body)
	text := a.body
	for line := range strings.Lines(a.body) {
		if data, ok := strings.CutPrefix(line, "data: "); ok && strings.Contains(data, `"response"`) {
			text = data // the last event has all of it
		}
	}
	var event struct {
		reply
		Type     string
		Response *reply
	}
	json.Unmarshal([]byte(text), &event)
	r := event.reply
	if event.Response != nil {
		r = *event.Response
	}
	l.spend("deepseek-flash", usage{Input: r.Usage.Input, Output: r.Usage.Output})
	return a, r
}

// A reply is what is looked at of a response.
type reply struct {
	Status string
	Output []struct {
		Type    string
		Content []struct{ Type, Text string }
	}
	Usage struct {
		Input  int `json:"input_tokens"`
		Output int `json:"output_tokens"`
	}
}

// keeps is the verdict on a text that is to keep the schema.
func keeps(text string, err error) verdict {
	var c struct {
		City   *string
		People *int
	}
	bad := err != nil || json.Unmarshal([]byte(text), &c) != nil || c.City == nil || c.People == nil
	return verdict{bad, fmt.Sprintf("%.160q, error %v", text, err)}
}

func (r reply) text(kind string) (text string, found bool) {
	for _, o := range r.Output {
		for _, c := range o.Content {
			if c.Type == kind {
				text, found = text+c.Text, true
			}
		}
	}
	return text, found
}

// respondedFacts are about the Responses endpoint.
var respondedFacts = []fact{
	{"R1", "the Responses endpoint keeps a schema", "", func(ctx context.Context, l *lab) verdict {
		a, r := l.respond(ctx, asked(capitalFormat))
		text, _ := r.text("output_text")
		if v := keeps(text, nil); v.drift || r.Status != "completed" {
			return verdict{true, a.short()}
		}
		return verdict{note: text}
	}},
	{"R2", "its stream ends with response.completed, which has the usage, and no [DONE]", "", func(ctx context.Context, l *lab) verdict {
		a, r := l.respond(ctx, asked(capitalFormat, object{"stream": true}))
		events := strings.Count(a.body, "event: ")
		ok := strings.Contains(a.body, "response.completed") && strings.Contains(a.body, "response.output_text.delta") && !strings.Contains(a.body, "[DONE]")
		return verdict{!ok || r.Usage.Output == 0, fmt.Sprintf("%d events, %d tokens", events, r.Usage.Output)}
	}},
	{"R3", "the client's schema is kept, streamed and in one piece", "", func(ctx context.Context, l *lab) verdict {
		var v verdict
		for _, whole := range []bool{false, true} {
			req := &llm.Request{Messages: []llm.Message{llm.User("The capital of Portugal, and how many people live there?")}, Schema: capital, Effort: llm.EffortNone, MaxTokens: 200, Whole: whole}
			resp, err := l.ask(ctx, req)
			if v = keeps(resp.Text(), err); v.drift {
				return v
			}
		}
		return v
	}},
	{"R4", "reasoning and calls go back as items", "", func(ctx context.Context, l *lab) verdict {
		req := &llm.Request{Messages: []llm.Message{llm.User("What is the weather in Lisbon? Call the tool first.")}, Tools: []llm.ToolSpec{weather}, Schema: json.RawMessage(`{"type":"object","properties":{"weather":{"type":"string"}},"required":["weather"],"additionalProperties":false}`), MaxTokens: 800}
		resp, err := l.ask(ctx, req)
		var results llm.Parts
		for _, c := range resp.ToolCalls() {
			results = append(results, llm.ToolResult{ID: c.ID, Name: c.Name, Content: llm.Parts{llm.Text("21 degrees")}})
		}
		if err != nil || results == nil {
			return verdict{err != nil, fmt.Sprintf("no call: %q, error %v", resp.Text(), err)}
		}
		req.Messages = append(req.Messages, resp.Message, llm.Message{Role: llm.RoleTool, Parts: results})
		again, err := l.ask(ctx, req)
		return verdict{err != nil || !json.Valid([]byte(again.Text())), fmt.Sprintf("reasoning %v, then %q, error %v", resp.HasReasoning(), again.Text(), err)}
	}},
	{"R5", "effort none leaves the reasoning out", "", func(ctx context.Context, l *lab) verdict {
		a, r := l.respond(ctx, asked(capitalFormat, object{"reasoning": object{"effort": "none"}}))
		thought, _ := r.text("reasoning_text")
		return verdict{r.Status != "completed" || thought != "", a.short()}
	}},
	{"R6", "a reply that is cut is incomplete", "", func(ctx context.Context, l *lab) verdict {
		a, r := l.respond(ctx, asked(capitalFormat, object{"max_output_tokens": 4, "reasoning": object{"effort": "none"}}))
		return verdict{r.Status != "incomplete" || !strings.Contains(a.body, `"max_output_tokens"`), a.short()}
	}},
	{"R7", "a call without its output is refused", "", func(ctx context.Context, l *lab) verdict {
		input := []object{{"role": "user", "content": "Hi"}, {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"}, {"role": "user", "content": "Hi"}}
		return l.rejects(ctx, "/responses", asked(object{"input": input}), "")
	}},
	{"R8", "a model that reasons cannot be made to call a tool", "", func(ctx context.Context, l *lab) verdict {
		tools := []object{{"type": "function", "name": "weather"}}
		return l.rejects(ctx, "/responses", asked(object{"tools": tools, "tool_choice": "required"}), "tool_choice")
	}},
	{"R9", "with tools, reasoning must come back, and is called reasoning_text", "", func(ctx context.Context, l *lab) verdict {
		input := []object{
			{"role": "user", "content": "Hi"}, {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
			{"type": "function_call_output", "call_id": "call_1", "output": "21 degrees"},
		}
		return l.rejects(ctx, "/responses", asked(object{"input": input, "tools": []object{{"type": "function", "name": "weather"}}}), "reasoning_text")
	}},
	{"open 16", "under /beta, with a reply to continue, with stop, with logprobs", "", func(ctx context.Context, l *lab) verdict {
		found := []string{"/beta: " + l.post(ctx, "/beta/responses", asked(capitalFormat)).short()}
		for name, members := range map[string]object{
			"continued": {"input": []object{{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "He"}}},
			"stop":      {"stop": []string{"o"}},
			"logprobs":  {"top_logprobs": 2, "max_output_tokens": 8, "reasoning": object{"effort": "none"}},
		} {
			a, _ := l.respond(ctx, asked(members))
			found = append(found, name+": "+a.short())
		}
		return verdict{note: strings.Join(found, "; ")}
	}},
}
