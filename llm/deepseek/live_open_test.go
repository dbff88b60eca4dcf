package deepseek_test

import (
	"context"
	"fmt"
	"strings"
)

// openFacts are what is not known for sure. They cannot drift: what is found is
// to be written down.
var openFacts = []fact{
	{"open 1", "top_p of 0.5, thinking and not, by model", "", func(ctx context.Context, l *lab) verdict {
		var found []string
		for _, model := range []string{"deepseek-flash", "deepseek-v4-pro"} {
			for _, thinking := range []object{nil, off} {
				a := l.post(ctx, completions, small(thinking, object{"model": model, "top_p": 0.5, "max_tokens": 30}))
				found = append(found, fmt.Sprintf("%s %v: %s", model, thinking, a.short()))
			}
		}
		return verdict{note: strings.Join(found, "; ")}
	}},
	{"open 2", "empty and blank reasoning on v4-pro", "", func(ctx context.Context, l *lab) verdict {
		var found []string
		for _, reasoning := range []string{"", " "} {
			a := l.post(ctx, completions, small(tool, object{"model": "deepseek-v4-pro", "max_tokens": 100}, called(object{"reasoning_content": reasoning}, sunny)))
			found = append(found, fmt.Sprintf("%q: %s", reasoning, a.short()))
		}
		return verdict{note: strings.Join(found, "; ")}
	}},
	{"open 3", "129 tools, and names of 65 and 129 characters", "", func(ctx context.Context, l *lab) verdict {
		var many []object
		for i := range 129 {
			many = append(many, object{"type": "function", "function": object{"name": fmt.Sprintf("f%d", i)}})
		}
		found := []string{"129 tools: " + l.post(ctx, completions, small(off, object{"tools": many, "max_tokens": 8})).short()}
		for _, n := range []int{65, 129} {
			tools := []object{weatherTool(object{"name": strings.Repeat("x", n)})}
			found = append(found, fmt.Sprintf("%d characters: %s", n, l.post(ctx, completions, small(off, object{"tools": tools, "max_tokens": 8})).short()))
		}
		return verdict{note: strings.Join(found, "; ")}
	}},
	{"open 4", "400 or 422", "", func(ctx context.Context, l *lab) verdict {
		var found []string
		for _, bad := range []object{
			{"temperature": 3}, {"top_p": 0}, {"messages": []object{}}, {"messages": "text"}, {"thinking": true}, {"n": 2},
			{"model": "no-such-model"}, {"stream_options": object{"include_usage": true}}, {"stop": make([]string, 17)}, {"top_logprobs": 2},
		} {
			found = append(found, fmt.Sprintf("%v: %s", bad, l.post(ctx, completions, small(off, object{"max_tokens": 8}, bad)).short()))
		}
		return verdict{note: strings.Join(found, "; ")}
	}},
	{"open 5", "usage in a chunk of its own", "", func(ctx context.Context, l *lab) verdict {
		_, frames := l.stream(ctx, small(off, object{"max_tokens": 8}))
		apart := false
		for _, f := range frames {
			choices, _ := f["choices"].([]any)
			apart = apart || f["usage"] != nil && len(choices) == 0
		}
		return verdict{note: fmt.Sprintf("%v, in %d frames", apart, len(frames))}
	}},
	{"open 6", "the unit of the cache", "", func(ctx context.Context, l *lab) verdict {
		text := strings.Repeat("Below the abyss lies the hadal zone, in trenches, dark and cold. ", 100)
		req := small(off, object{"max_tokens": 8}, messages(object{"role": "system", "content": text}, user("Say hi.")))
		first := l.post(ctx, completions, req)
		l.pause(ctx)
		u := l.post(ctx, completions, req).Usage
		return verdict{note: fmt.Sprintf("%d of %d tokens hit, %d at first; remainders by 64 and 128: %d, %d", u.Hit, u.Input, first.Usage.Hit, u.Hit%64, u.Hit%128)}
	}},
	{"open 7", "files of up to 64 MiB, as the guide says; it would be long to upload one", "", nil},
	{"open 8", "a request over the context: it would cost $0.30 if it is taken", "", nil},
	{"open 9", "strict schemas with what the guide does not mention", "", func(ctx context.Context, l *lab) verdict {
		var found []string
		for name, property := range map[string]object{
			"null":      {"anyOf": []object{{"type": "string"}, {"type": "null"}}},
			"type list": {"type": []string{"string", "null"}},
			"minLength": {"type": "string", "minLength": 3},
			"maxItems":  {"type": "array", "items": object{"type": "string"}, "maxItems": 2},
			"oneOf":     {"oneOf": []object{{"type": "string"}, {"type": "integer"}}},
			"$defs":     {"$ref": "#/$defs/x"},
		} {
			schema := object{"type": "object", "properties": object{"a": property}, "required": []string{"a"}, "additionalProperties": false}
			if name == "$defs" {
				schema["$defs"] = object{"x": object{"type": "string"}}
			}
			tools := []object{weatherTool(object{"strict": true, "parameters": schema})}
			a := l.post(ctx, "/beta"+completions, small(off, object{"tools": tools, "max_tokens": 8}))
			found = append(found, name+": "+a.short())
		}
		return verdict{note: strings.Join(found, "; ")}
	}},
	{"open 10", "what the server's own web search looks like in a reply", "", func(ctx context.Context, l *lab) verdict {
		tools := object{"tools": []object{{"type": "deepseek_web_search"}}, "max_tokens": 300}
		a := l.post(ctx, completions, small(tools, messages(user("Search the web: how deep is the Challenger Deep?"))))
		l.spent += 0.003 // a few searches
		return verdict{note: fmt.Sprintf("%d %.1500s", a.status, a.body)}
	}},
	{"open 11", "the price of ASR, which is only on the price page", "", nil},
	{"open 12", "the holidays without peak prices, which are only on the bill", "", nil},
	{"open 13", "the reference of November 2026, which is a page to be read", "", nil},
	{"open 14", "stop strings in reasoning", "", func(ctx context.Context, l *lab) verdict {
		a := l.post(ctx, completions, small(object{"stop": []string{" the", " The", "the "}}, messages(user("Why is the sky blue?"))))
		reasoning := ""
		if a.Choice.Message.Reasoning != nil {
			reasoning = *a.Choice.Message.Reasoning
		}
		return verdict{note: fmt.Sprintf("%d bytes of reasoning, with the string in it: %v; %s", len(reasoning), strings.Contains(reasoning, " the"), a.short())}
	}},
	{"open 15", "what serves deepseek-v4-pro", "", func(ctx context.Context, l *lab) verdict {
		return verdict{note: l.post(ctx, completions, small(off, object{"model": "deepseek-v4-pro", "max_tokens": 8})).Model}
	}},
}
