package llmtest

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// A trial is a play, and what is looked at while a model plays it.
type trial struct {
	play   Play
	checks []func(*probe)
}

// run returns the first rule that m breaks, if any. The goroutines that it
// starts have the label.
func (c trial) run(ctx context.Context, label string, m llm.Model) []finding {
	p := &probe{ctx: ctx, label: label, play: c.play, model: m}
	for _, check := range c.checks {
		p.hangs = ruleReturn
		if check(p); len(p.findings) > 0 {
			break
		}
	}
	return p.findings
}

const (
	shortText = "The sky is blue because air scatters blue light more than red."

	// oddText has what encoders, scanners and trimmers of white space stumble over.
	oddText = " \r\n\ttabs\tand \"quotes\", 'quotes', back\\slash, \\n \\u0041, <b>&amp;</b> %s {{.}} \r lone\r\n\r\n" +
		"data: [DONE]\n\ndata: {\"x\":1}\n\n: comment\n\n\u2028 \u2029 \u0085 \u00a0 \u200b \ufeff \u0001 \u007f " +
		"Zoë Zoe\u0308 深海 שלום مرحبا 🐙 👩\u200d🚀 \U0010ffff \ufffd null\n \t\n"
)

// cases returns what [TestModel] tests. It is the same each time.
func cases() []trial {
	reply := []func(*probe){(*probe).reply, (*probe).owner, (*probe).whole, (*probe).traced}
	failure := []func(*probe){(*probe).failure, (*probe).wholeFailure, (*probe).traced, (*probe).retried}
	text, thought := llm.Text(shortText), llm.Reasoning{Text: "Rayleigh, surely. Keep it short."}
	call := llm.ToolCall{ID: "call_1", Name: "weather", Args: `{"city":"Lisbon"}`}
	cut := llm.ToolCall{ID: "call_1", Name: "weather", Args: `{"city":"Lis`}
	stop, tools := llm.FinishStop, llm.FinishTools
	odd := []llm.Part{
		llm.ToolCall{ID: "call_1", Name: "weather", Args: "{ \"city\" : \"S\u00e3o Paulo \\u00e9 \\/ \u2028<&>\" ,\n\t\"n\": 1.0e+2, \"n\": 12345678901234567890 }"},
		llm.ToolCall{ID: "call_2", Name: "weather", Args: `{"city": "Lisbon", }`},
	}
	several := []llm.Part{
		call,
		llm.ToolCall{ID: "call_2", Name: "clock", Args: `{}`},
		llm.ToolCall{ID: "call_3", Name: "weather", Args: `{"city":"Lisbon"}`},
		llm.ToolCall{ID: "call_4", Name: "weather", Args: `{"city":"深圳","days":3}`},
	}
	usage := play("usage", stop, thought, text)
	usage.Reply.Usage = llm.Usage{Input: 1234, Cached: 1024, Output: 345, Reasoning: 67}
	identity := play("identity", stop, text)
	identity.Reply.ID, identity.Reply.Model = "reply-7f3a", "model-2026-01"
	request := play("request", stop, text)
	request.Request = fullRequest()
	long := play("long", stop, llm.Text(strings.Repeat("All work and no play. ", 3000)))
	long.Request.MaxTokens = 60_000

	list := []trial{
		{play("text", stop, text), reply},
		{play("odd-text", stop, llm.Text(oddText)), reply},
		{long, []func(*probe){(*probe).traced, (*probe).whole}}, // once each, as it takes long
		{play("reasoning", stop, thought, text), reply},
		{play("odd-reasoning", stop, llm.Reasoning{Text: oddText}, text), reply},
		{play("empty-reasoning", stop, llm.Reasoning{}, text), reply},
		{play("tool-call", tools, call), reply},
		{play("tool-call-after-text", tools, thought, text, call), reply},
		{play("tool-calls", tools, append([]llm.Part{text}, several...)...), reply},
		{play("tool-args", tools, odd...), reply},
		{play("tool-call-then-stop", stop, text, call), reply},
		{play("length", llm.FinishLength, text), reply},
		{play("length-in-reasoning", llm.FinishLength, thought), reply},
		{play("length-in-tool-call", llm.FinishLength, text, cut), reply},
		{play("filter", llm.FinishFilter, text), reply},
		{usage, reply},
		{identity, reply},
		{request, reply},
		{play("leave", tools, append([]llm.Part{thought, text}, several[:2]...)...), []func(*probe){(*probe).leave, (*probe).leaveByPanic}},
		{stalled("leave-stalled", text), []func(*probe){(*probe).leaveStalled}},
		{stalled("cancel"), []func(*probe){(*probe).lazy, (*probe).ended, (*probe).cancelled, (*probe).deadline}},
		{stalled("cancel-midway", thought, text), []func(*probe){(*probe).cancelledInside, (*probe).cancelled, (*probe).deadline}},
		{play("concurrent", tools, append([]llm.Part{thought, text}, several[:2]...)...), []func(*probe){(*probe).reply, (*probe).nested, (*probe).crowd}},
	}
	for _, f := range []struct {
		name  string
		err   llm.Error
		parts []llm.Part
	}{
		{"error-auth", llm.Error{Status: 401, Err: llm.ErrAuth}, nil},
		{"error-forbidden", llm.Error{Status: 403, Err: llm.ErrForbidden}, nil},
		{"error-balance", llm.Error{Status: 402, Err: llm.ErrBalance}, nil},
		{"error-invalid", llm.Error{Status: 400, Err: llm.ErrInvalid}, nil},
		{"error-too-long", llm.Error{Status: 400, Err: llm.ErrTooLong}, nil},
		{"error-filtered", llm.Error{Status: 400, Err: llm.ErrFiltered}, nil},
		{"error-rate-limit", llm.Error{Status: 429, Err: llm.ErrRateLimit}, nil},
		{"error-overload", llm.Error{Status: 503, Err: llm.ErrOverload}, nil},
		{"error-unavailable", llm.Error{Status: 500, Err: llm.ErrUnavailable}, nil},
		{"error-truncated", llm.Error{Err: llm.ErrTruncated}, nil},
		{"error-midway-truncated", llm.Error{Err: llm.ErrTruncated}, []llm.Part{thought, text}},
		{"error-midway-overload", llm.Error{Err: llm.ErrOverload}, []llm.Part{text}},
		{"error-midway-in-tool-call", llm.Error{Err: llm.ErrTruncated}, []llm.Part{text, call, llm.ToolCall{ID: "call_2", Name: "weather", Args: `{"city":"Lis`}}},
	} {
		p := play(f.name, "", f.parts...)
		p.Err = &f.err
		list = append(list, trial{p, failure})
	}
	after := play("error-retry-after", "")
	after.Err = &llm.Error{Status: 429, Err: llm.ErrRateLimit, RetryAfter: time.Second}
	return append(list, trial{after, []func(*probe){(*probe).failure, (*probe).retried}})
}

// play returns a play of a reply with the given parts, and a request that it
// fits: with tools if there are calls, with an effort if there is reasoning.
func play(name string, finish llm.FinishReason, parts ...llm.Part) Play {
	req := llm.Request{Messages: []llm.Message{llm.System("Be brief."), llm.User("Why is the sky blue?")}, Effort: llm.EffortNone}
	reply := llm.Response{Message: llm.Message{Role: llm.RoleAssistant, Parts: parts}, Finish: finish}
	if reply.HasReasoning() {
		req.Effort = llm.EffortHigh
	}
	if len(reply.ToolCalls()) > 0 {
		req.Tools = toolSpecs()
	}
	return Play{Name: name, Request: req, Reply: reply}
}

// stalled returns a play of a reply that stalls after the given parts.
func stalled(name string, parts ...llm.Part) Play {
	p := play(name, "", parts...)
	p.Stall = true
	return p
}

func toolSpecs() []llm.ToolSpec {
	return []llm.ToolSpec{
		{Name: "weather", Description: "Reports the weather.", Schema: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`)},
		{Name: "clock", Description: "Tells the time.", Schema: json.RawMessage(`{ "type": "object", "properties": {} }`)},
	}
}

// fullRequest returns a request with something in most fields, and a
// conversation with a bit of everything.
func fullRequest() llm.Request {
	return llm.Request{
		Messages: []llm.Message{
			llm.System("Be brief."),
			llm.User("Why is the sky blue in Lisbon, of all places?"),
			{Role: llm.RoleAssistant, Parts: llm.Parts{
				llm.Reasoning{Text: "I had better look."},
				llm.ToolCall{ID: "call_1", Name: "weather", Args: `{ "city": "Lisbon" }`},
				llm.ToolCall{ID: "call_2", Name: "clock", Args: `{}`},
			}},
			{Role: llm.RoleTool, Parts: llm.Parts{
				llm.ToolResult{ID: "call_1", Name: "weather", Content: llm.Parts{llm.Text("clear")}},
				llm.ToolResult{ID: "call_2", Name: "clock", Content: llm.Parts{llm.Text("no clock here")}, IsError: true},
			}},
			{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "Clear."}, llm.Text("It is clear there.")}},
			llm.User("But why blue?"),
		},
		Tools:       toolSpecs(),
		ToolChoice:  llm.ToolAuto,
		Effort:      llm.EffortNone,
		MaxTokens:   1000,
		Temperature: new(0.5),
		TopP:        new(0.9),
		Stop:        []string{"STOP", "END"},
		User:        "user-1",
	}
}
