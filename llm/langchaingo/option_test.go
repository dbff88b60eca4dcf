package langchaingo_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/llm/langchaingo"
	"github.com/hadal-go/hadal/llm/llmtest"
)

func function(name string) llms.Tool {
	return llms.Tool{Type: "function", Function: &llms.FunctionDefinition{Name: name}}
}

func metadata(key string, value any) llms.CallOption {
	return llms.WithMetadata(map[string]any{key: value})
}

// Each option, as it is on the wire behind the messages.
func TestOptions(t *testing.T) {
	const (
		f    = `"tools":[{"type":"function","function":{"name":"f"}}]`
		json = "json"
	)
	tools := llms.WithTools([]llms.Tool{function("f")})
	schema := map[string]any{"type": "object", "properties": map[string]any{"a": map[string]any{"type": "string"}}, "required": []string{"a"}, "additionalProperties": false}
	for _, tt := range []struct {
		name    string
		options []llms.CallOption
		want    string // the body without model and messages
		warned  string
	}{
		{"none", nil, ``, ""},
		{"model", []llms.CallOption{llms.WithModel("deepseek-v4-pro")}, ``, ""},
		{"temperature 0", []llms.CallOption{llms.WithTemperature(0)}, `"temperature":0`, ""},
		{"temperature 0.7", []llms.CallOption{llms.WithTemperature(0.7)}, `"temperature":0.7`, ""},
		{"set and set to zero", []llms.CallOption{llms.WithTemperature(0.7), llms.WithTemperature(0)}, `"temperature":0`, ""},
		{"top p", []llms.CallOption{llms.WithTopP(0.9)}, `"top_p":0.9`, ""},
		{"max tokens", []llms.CallOption{llms.WithMaxTokens(77)}, `"max_tokens":77`, ""},
		{"max tokens 0", []llms.CallOption{llms.WithMaxTokens(0)}, ``, ""},
		{"stop", []llms.CallOption{llms.WithStopWords([]string{"a", "b"})}, `"stop":["a","b"]`, ""},
		{"all at once", []llms.CallOption{llms.WithOptions(llms.CallOptions{MaxTokens: 5})}, `"max_tokens":5`, ""},
		{"all at once, then zero", []llms.CallOption{llms.WithOptions(llms.CallOptions{MaxTokens: 5}), llms.WithTemperature(0)}, `"max_tokens":5,"temperature":0`, ""},
		{"zero, then all at once", []llms.CallOption{llms.WithTemperature(0), llms.WithOptions(llms.CallOptions{TopP: 0.5})}, `"top_p":0.5`, ""},
		{"a default of the caller's", []llms.CallOption{func(o *llms.CallOptions) {
			if o.MaxTokens == 0 {
				o.MaxTokens = 9
			}
		}}, `"max_tokens":9`, ""},
		{"json mode", []llms.CallOption{llms.WithJSONMode()}, `"response_format":{"type":"json_object"}`, ""},
		{"json type", []llms.CallOption{llms.WithResponseMIMEType("application/json")}, `"response_format":{"type":"json_object"}`, ""},
		{"text type", []llms.CallOption{llms.WithResponseMIMEType("text/plain")}, ``, ""},
		{"tools", []llms.CallOption{tools}, f, ""},
		{"a tool without a type", []llms.CallOption{llms.WithTools([]llms.Tool{{Function: &llms.FunctionDefinition{Name: "f"}}})}, f, ""},
		{"a tool of DeepSeek's", []llms.CallOption{llms.WithTools([]llms.Tool{{Type: "deepseek_web_search"}})}, `"tools":[{"type":"deepseek_web_search"}]`, ""},
		{"functions", []llms.CallOption{llms.WithFunctions([]llms.FunctionDefinition{{Name: "f"}})}, f, ""},
		{"functions and tools", []llms.CallOption{llms.WithTools([]llms.Tool{function("g")}), llms.WithFunctions([]llms.FunctionDefinition{{Name: "f"}})},
			`"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}]`, ""},
		{"strict", []llms.CallOption{llms.WithTools([]llms.Tool{{Type: "function", Function: &llms.FunctionDefinition{Name: "f", Description: "d", Parameters: schema, Strict: true}}})},
			`"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"additionalProperties":false,"properties":{"a":{"type":"string"}},"required":["a"],"type":"object"},"strict":true}}]`, ""},
		{"parameters as text", []llms.CallOption{llms.WithTools([]llms.Tool{{Function: &llms.FunctionDefinition{Name: "f", Parameters: `{"type": "object"}`}}})},
			`"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]`, ""},
		{"choice none", []llms.CallOption{tools, llms.WithToolChoice("none")}, f + `,"tool_choice":"none"`, ""},
		{"choice auto", []llms.CallOption{tools, llms.WithToolChoice("auto")}, f + `,"tool_choice":"auto"`, ""},
		{"choice required", []llms.CallOption{tools, llms.WithToolChoice("required")}, f + `,"tool_choice":"required","thinking":{"type":"disabled"}`, ""},
		{"choice named", []llms.CallOption{tools, llms.WithToolChoice(llms.ToolChoice{Type: "function", Function: &llms.FunctionReference{Name: "f"}})},
			f + `,"tool_choice":{"type":"function","function":{"name":"f"}},"thinking":{"type":"disabled"}`, ""},
		{"choice by pointer", []llms.CallOption{tools, llms.WithToolChoice(&llms.ToolChoice{Function: &llms.FunctionReference{Name: "f"}})},
			f + `,"tool_choice":{"type":"function","function":{"name":"f"}},"thinking":{"type":"disabled"}`, ""},
		{"choice by type", []llms.CallOption{tools, llms.WithToolChoice(llms.ToolChoice{Type: "none"})}, f + `,"tool_choice":"none"`, ""},
		{"choice as a map", []llms.CallOption{tools, llms.WithToolChoice(map[string]any{"type": "function", "function": map[string]string{"name": "f"}})},
			f + `,"tool_choice":{"type":"function","function":{"name":"f"}},"thinking":{"type":"disabled"}`, ""},
		{"behavior", []llms.CallOption{tools, llms.WithFunctionCallBehavior(llms.FunctionCallBehaviorNone)}, f + `,"tool_choice":"none"`, ""},
		{"behavior that names", []llms.CallOption{tools, llms.WithFunctionCallBehavior(`{"name": "f"}`)},
			f + `,"tool_choice":{"type":"function","function":{"name":"f"}},"thinking":{"type":"disabled"}`, ""},
		{"no thinking", []llms.CallOption{llms.WithThinkingMode(llms.ThinkingModeNone)}, `"thinking":{"type":"disabled"}`, ""},
		{"low", []llms.CallOption{llms.WithThinkingMode(llms.ThinkingModeLow)}, `"thinking":{"type":"enabled"},"reasoning_effort":"low"`, ""},
		{"medium", []llms.CallOption{llms.WithThinkingMode(llms.ThinkingModeMedium)}, `"thinking":{"type":"enabled"},"reasoning_effort":"high"`, "changed ThinkingMode"},
		{"high", []llms.CallOption{llms.WithThinkingMode(llms.ThinkingModeHigh)}, `"thinking":{"type":"enabled"},"reasoning_effort":"high"`, ""},
		{"auto", []llms.CallOption{llms.WithThinkingMode(llms.ThinkingModeAuto), llms.WithReturnThinking(true), llms.WithInterleaveThinking(true)}, ``, ""},
		{"budget", []llms.CallOption{llms.WithThinkingBudget(1000), llms.WithStreamThinking(true)}, ``, "ignored ThinkingBudget, ignored StreamThinking"},
		{"thinking by value", []llms.CallOption{metadata("thinking_config", llms.ThinkingConfig{Mode: "low"})}, `"thinking":{"type":"enabled"},"reasoning_effort":"low"`, ""},
		{"no thinking at all", []llms.CallOption{llms.WithThinking(nil)}, ``, ""},
		{"user", []llms.CallOption{metadata(langchaingo.KeyUser, "u-1")}, `"user_id":"u-1"`, ""},
		{"effort", []llms.CallOption{metadata(langchaingo.KeyEffort, "max")}, `"thinking":{"type":"enabled"},"reasoning_effort":"max"`, ""},
		{"effort before mode", []llms.CallOption{metadata(langchaingo.KeyEffort, llm.EffortMax), llms.WithThinkingMode("low")}, `"thinking":{"type":"enabled"},"reasoning_effort":"max"`, ""},
		{"logprobs", []llms.CallOption{metadata(langchaingo.KeyLogprobs, 3)}, `"logprobs":true,"top_logprobs":3`, ""},
		{"extra", []llms.CallOption{metadata(langchaingo.KeyExtra, `{"title":{"enabled":true}}`)}, `"title":{"enabled":true}`, ""},
		{"extra as a map", []llms.CallOption{metadata(langchaingo.KeyExtra, map[string]any{"title": map[string]bool{"enabled": true}})}, `"title":{"enabled":true}`, ""},

		{"neutral", []llms.CallOption{llms.WithN(1), llms.WithCandidateCount(1), llms.WithTopK(0), llms.WithRepetitionPenalty(1), llms.WithFrequencyPenalty(0),
			llms.WithPresencePenalty(0), llms.WithMinLength(0), llms.WithMaxLength(0), llms.WithPromptCaching(true)}, ``, ""},
		{"not carried", []llms.CallOption{llms.WithN(2), llms.WithCandidateCount(2), llms.WithSeed(0), llms.WithTopK(5), llms.WithMinLength(1), llms.WithMaxLength(2),
			llms.WithRepetitionPenalty(1.1), llms.WithFrequencyPenalty(0.5), llms.WithPresencePenalty(-0.5)}, ``,
			"ignored CandidateCount, ignored N, ignored Seed, ignored TopK, ignored MinLength, ignored MaxLength, ignored RepetitionPenalty, ignored FrequencyPenalty, ignored PresencePenalty"},
		{"a seed", []llms.CallOption{llms.WithSeed(42)}, ``, "ignored Seed"},
		{"no cache", []llms.CallOption{llms.WithPromptCaching(false)}, ``, "ignored Metadata[prompt_caching]"},
		{"metadata of others", []llms.CallOption{metadata("openai:use_legacy_max_tokens", "s3cret")}, ``, "ignored Metadata[openai:use_legacy_max_tokens]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := deepseektest.NewServer(t, deepseektest.Reply{Text: "{}"})
			var warned []string
			model := client(server)
			model.Warn = func(w langchaingo.Warning) {
				warned = append(warned, string(w.Loss)+" "+w.Field)
				if w.Reason == "" || strings.Contains(w.String(), "s3cret") || !strings.HasPrefix(w.String(), string(w.Loss)+": "+w.Field+": ") {
					t.Errorf("warning %q", w)
				}
			}
			if _, err := model.GenerateContent(t.Context(), human("Say json."), tt.options...); err != nil {
				t.Fatal(err)
			}
			body := string(server.Requests()[0].Body)
			want := `,"messages":[{"role":"user","content":"Say json."}]`
			if tt.want != "" {
				want += "," + tt.want
			}
			if !strings.HasSuffix(body, want+"}") {
				t.Errorf("sent\n%s\nwant it to end in\n%s}", body, want)
			}
			if tt.name == "model" && !strings.Contains(body, `"model":"deepseek-v4-pro"`) {
				t.Errorf("sent %s", body)
			}
			if got := strings.Join(warned, ", "); got != tt.warned {
				t.Errorf("warned of %q, want %q", got, tt.warned)
			}
		})
	}
}

func TestPrefix(t *testing.T) {
	for name, prompt := range map[string]struct {
		messages []llms.MessageContent
		options  []llms.CallOption
	}{
		"key":     {human("Count."), []llms.CallOption{metadata(langchaingo.KeyPrefix, "1, 2")}},
		"message": {append(human("Count."), llms.TextParts(llms.ChatMessageTypeAI, "1, 2")), nil},
	} {
		model, server := serve(t, deepseektest.Reply{Text: ", 3"})
		if _, err := model.GenerateContent(t.Context(), prompt.messages, prompt.options...); err != nil {
			t.Fatal(err)
		}
		req := server.Requests()[0]
		if last := req.Messages[len(req.Messages)-1]; !req.Beta || !last.Prefix || last.Content != "1, 2" {
			t.Errorf("%s: sent %s to %s", name, req.Body, req.Path)
		}
	}
}

func TestSchema(t *testing.T) {
	model, server := serve(t)
	const schema = `{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`
	resp, err := model.GenerateContent(t.Context(), human("City: Lisbon"), metadata(langchaingo.KeySchema, json.RawMessage(schema)))
	if err != nil || resp.Choices[0].Content != `{"city":"Lisbon"}` {
		t.Fatalf("%+v, %v", resp, err)
	}
	if req := server.Requests()[0]; req.Path != "/responses" || string(req.Schema) != schema {
		t.Errorf("sent %s to %s", req.Body, req.Path)
	}
	// What cannot be combined with it is an error of the client's.
	_, err = model.GenerateContent(t.Context(), human("City: Lisbon"), metadata(langchaingo.KeySchema, json.RawMessage(schema)), llms.WithStopWords([]string{"x"}))
	if !llms.IsInvalidRequestError(err) || !strings.Contains(err.Error(), "Stop cannot be combined with a Schema") || len(server.Requests()) != 1 {
		t.Errorf("with stop words: %v", err)
	}
}

// What would change the meaning is an error, before anything is sent.
func TestBadOptions(t *testing.T) {
	for _, tt := range []struct {
		want   string
		option llms.CallOption
	}{
		{"ResponseMIMEType", llms.WithResponseMIMEType("text/x.enum")},
		{"no Function", llms.WithTools([]llms.Tool{{Type: "function"}})},
		{"no Function", llms.WithTools([]llms.Tool{{}})},
		{"type \"retrieval\"", llms.WithTools([]llms.Tool{{Type: "retrieval", Function: &llms.FunctionDefinition{Name: "f"}}})},
		{"parameters are not JSON", llms.WithTools([]llms.Tool{{Function: &llms.FunctionDefinition{Name: "f", Parameters: func() {}}}})},
		{"parameters are not JSON", llms.WithTools([]llms.Tool{{Function: &llms.FunctionDefinition{Name: "f", Parameters: `{"a":1,"a":2}`}}})},
		{"tool choice \"f\"", llms.WithToolChoice("f")},
		{"tool choice", llms.WithToolChoice(llms.ToolChoice{Type: "function"})},
		{"tool choice", llms.WithToolChoice(3)},
		{"tool choice", llms.WithToolChoice(map[string]any{"type": "retrieval"})},
		{"tool choice", llms.WithFunctionCallBehavior(`{"name"`)},
		{"thinking mode", llms.WithThinkingMode("wild")},
		{"thinking_config", metadata("thinking_config", "high")},
		{"deepseek:user", metadata(langchaingo.KeyUser, 7)},
		{"deepseek:prefix", metadata(langchaingo.KeyPrefix, 7)},
		{"deepseek:effort", metadata(langchaingo.KeyEffort, 7)},
		{"deepseek:logprobs", metadata(langchaingo.KeyLogprobs, "7")},
		{"deepseek:schema", metadata(langchaingo.KeySchema, "{")},
		{"deepseek:extra", metadata(langchaingo.KeyExtra, func() {})},
		{"deepseek:typo", metadata("deepseek:typo", 7)},
		{"TopP", llms.WithTopP(0)}, // zero was asked for, and DeepSeek does not have it
	} {
		model, server := serve(t)
		_, err := model.GenerateContent(t.Context(), human("Hello."), tt.option)
		if !llms.IsInvalidRequestError(err) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v", tt.want, err)
		}
		if n := len(server.Requests()); n != 0 {
			t.Errorf("%s: %d requests were sent", tt.want, n)
		}
	}
}

// Options that share a map and a config may be used by many at once, and nothing
// is written to what is shared.
func TestOptionsShared(t *testing.T) {
	shared := map[string]any{langchaingo.KeyUser: "u"}
	config := &llms.ThinkingConfig{Mode: llms.ThinkingModeLow}
	options := []llms.CallOption{llms.WithMetadata(shared), llms.WithThinking(config), llms.WithThinkingMode(llms.ThinkingModeHigh)}
	script := &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Assistant("Yes.")}, nil
	}}
	model := &langchaingo.LLM{Model: script}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := model.GenerateContent(t.Context(), human("Hello."), options...); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(shared) != 1 || config.Mode != llms.ThinkingModeLow {
		t.Errorf("the map is %v, the config %+v", shared, config)
	}
	if req := script.Requests()[0]; req.User != "u" || req.Effort != llm.EffortHigh {
		t.Errorf("asked for %+v", req)
	}
}

// A field that a later langchaingo adds must be read, or warned of.
func TestOptionFields(t *testing.T) {
	known := []string{
		"Model", "CandidateCount", "MaxTokens", "Temperature", "StopWords", "StreamingFunc", "StreamingReasoningFunc", "TopK", "TopP",
		"Seed", "MinLength", "MaxLength", "N", "RepetitionPenalty", "FrequencyPenalty", "PresencePenalty", "JSONMode", "Tools",
		"ToolChoice", "Functions", "FunctionCallBehavior", "Metadata", "ResponseMIMEType",
	}
	for f := range reflect.TypeFor[llms.CallOptions]().Fields() {
		if !slices.Contains(known, f.Name) {
			t.Errorf("llms.CallOptions.%s is new: read it in option.go, and give it a row in TestOptions", f.Name)
		}
	}
}
