package deepseek_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"reflect"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func TestFIM(t *testing.T) {
	usage := llm.Usage{Input: 20, Output: 5}
	c, server := serve(t, deepseektest.Reply{Text: "return a + b", Usage: &usage})
	f := deepseek.FIM{Prompt: "func add(a, b int) int {\n\t", Suffix: "\n}", MaxTokens: 50, Temperature: new(0.0), Stop: []string{"}"}, User: "u-1", Extra: []byte(`{"x":1}`)}
	resp, err := c.Complete(t.Context(), f)
	if err != nil || resp.Text() != "return a + b" || resp.Finish != llm.FinishStop || resp.Usage != usage || resp.Role != llm.RoleAssistant || resp.Model != "deepseek-flash" || resp.HasReasoning() {
		t.Errorf("reply is %+v, %v", resp, err)
	}
	var streamed llm.Response
	chunks := 0
	for chunk, err := range c.StreamFIM(t.Context(), f) {
		if err != nil {
			t.Fatal(err)
		}
		chunks++
		streamed.Add(chunk)
	}
	if streamed.Text() != resp.Text() || streamed.Finish != resp.Finish || streamed.Usage != resp.Usage || chunks < 4 {
		t.Errorf("in %d chunks the reply is %+v, want %+v", chunks, &streamed, resp)
	}
	for i, want := range []string{
		`{"model":"deepseek-flash","prompt":"func add(a, b int) int {\n\t","suffix":"\n}","max_tokens":50,"temperature":0,"stop":["}"],"user_id":"u-1","x":1}`,
		`{"model":"deepseek-flash","prompt":"func add(a, b int) int {\n\t","suffix":"\n}","max_tokens":50,"temperature":0,"stop":["}"],"stream":true,"stream_options":{"include_usage":true},"user_id":"u-1","x":1}`,
	} {
		if r := server.Requests()[i]; string(r.Body) != want || r.Path != "/beta/completions" {
			t.Errorf("%s is sent to %s, want %s", r.Body, r.Path, want)
		}
	}
}

func TestFIMDetails(t *testing.T) {
	c, _ := serve(t, deepseektest.Reply{Text: "b", Logprobs: []llm.Logprob{{Token: "b", Logprob: -0.5, Top: []llm.Logprob{{Token: "b", Logprob: -0.5}, {Token: "a", Logprob: -1}}}}})
	resp, err := c.Complete(t.Context(), deepseek.FIM{Prompt: "a", TopLogprobs: 2})
	want := []llm.Logprob{{Token: "b", Logprob: -0.5, Top: []llm.Logprob{{Token: "b", Logprob: -0.5}, {Token: "a", Logprob: -1}}}}
	if err != nil || !reflect.DeepEqual(resp.Logprobs, want) {
		t.Errorf("logprobs are %+v, %v, want %+v", resp.Logprobs, err, want)
	}
	c, _ = serve(t, deepseektest.Reply{Text: " b"})
	if resp, err := c.Complete(t.Context(), deepseek.FIM{Prompt: "a", Echo: true}); err != nil || resp.Text() != "a b" {
		t.Errorf("with the prompt the text is %q, %v", resp.Text(), err)
	}
	// Nothing may be what belongs into the gap.
	c, _ = serve(t, deepseektest.Reply{Usage: &llm.Usage{Input: 10}})
	if resp, err := c.Complete(t.Context(), deepseek.FIM{Prompt: "a", Suffix: "b"}); err != nil || resp.Text() != "" || resp.Finish != llm.FinishStop {
		t.Errorf("an empty reply is %+v, %v", resp, err)
	}
	// Where the base URL leads to the beta anyway.
	c, server := serve(t, deepseektest.Reply{Text: "b"})
	for _, suffix := range []string{"/v1", "/beta"} {
		c := *c
		c.BaseURL += suffix
		if _, err := c.Complete(t.Context(), deepseek.FIM{Prompt: "a"}); err != nil {
			t.Errorf("%s: %v", suffix, err)
		}
	}
	if r := server.Requests(); r[0].Path != "/beta/completions" || r[1].Path != "/beta/completions" {
		t.Errorf("paths are %s and %s", r[0].Path, r[1].Path)
	}
}

func TestFIMErrors(t *testing.T) {
	for _, test := range []struct {
		f     deepseek.FIM
		words string
	}{
		{deepseek.FIM{}, "neither a prompt nor a suffix"},
		{deepseek.FIM{Prompt: "a", MaxTokens: 5000}, "at most 4096"},
		{deepseek.FIM{Prompt: "a", MaxTokens: -1}, "must not be negative"},
		{deepseek.FIM{Prompt: "a", Suffix: "b", Echo: true}, "Echo cannot be combined with a suffix"},
		{deepseek.FIM{Prompt: "a", TopLogprobs: 1, Echo: true}, "Echo cannot be combined with TopLogprobs"},
		{deepseek.FIM{Prompt: "a", TopLogprobs: 21}, "from 0 to 20"},
		{deepseek.FIM{Prompt: "a", Temperature: new(3.0)}, "from 0 to 2"},
		{deepseek.FIM{Prompt: "a", User: "a@b"}, "at most 512 letters"},
		{deepseek.FIM{Prompt: "a", Extra: []byte(`{"suffix":"x"}`)}, `Extra has a member "suffix"`},
	} {
		c, server := serve(t)
		_, err := c.Complete(t.Context(), test.f)
		if !errors.Is(err, llm.ErrInvalid) || !strings.Contains(err.Error(), test.words) || len(server.Requests()) != 0 {
			t.Errorf("error is %v after %d requests, want %q", err, len(server.Requests()), test.words)
		}
	}
	text := strings.Repeat("word ", 100)
	for _, test := range []struct {
		reply deepseektest.Reply
		want  string
	}{
		{deepseektest.Reply{Text: text, CutAfter: 3000}, "ErrTruncated temporary"},
		{deepseektest.Reply{Text: text, CutAfter: 3000, Cut: deepseektest.CutEnd}, "ErrTruncated temporary"},
		{deepseektest.Reply{Text: text, Finish: "insufficient_system_resource"}, "ErrOverload temporary"},
		{deepseektest.Reply{Status: 503}, "ErrOverload temporary"},
		{deepseektest.Reply{Wire: []byte("data: {\"error\":{\"message\":\"rate limit\"}}\n\n")}, "ErrRateLimit temporary"},
	} {
		c, _ := serve(t, test.reply)
		var resp llm.Response
		var last error
		for chunk, err := range c.StreamFIM(t.Context(), deepseek.FIM{Prompt: "a"}) {
			if last = err; err == nil {
				resp.Add(chunk)
			}
		}
		if classes(last) != test.want || resp.Finish != "" || !strings.HasPrefix(text, resp.Text()) {
			t.Errorf("error is %v (%s) with %+v, want %s", last, classes(last), &resp, test.want)
		}
	}
}

// A completion is a span like any other reply.
func TestFIMIsTraced(t *testing.T) {
	c, _ := serve(t, deepseektest.Reply{Text: "b"})
	kinds := map[string]int{}
	ctx := trace.With(t.Context(), func(e trace.Event) { kinds[e.Kind()]++ })
	if _, err := c.Complete(ctx, deepseek.FIM{Prompt: "a"}); err != nil || kinds["start"] != 1 || kinds["chunk"] == 0 || kinds["end"] != 1 {
		t.Errorf("events are %v, %v", kinds, err)
	}
}

func ExampleClient_Complete() {
	server, err := deepseektest.Start(deepseektest.Reply{Text: "return a + b"})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client := &deepseek.Client{BaseURL: server.URL()}
	resp, err := client.Complete(context.Background(), deepseek.FIM{Prompt: "func add(a, b int) int {\n\t", Suffix: "\n}"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Text())
	// Output: return a + b
}

func ExampleClient_StreamFIM() {
	server, err := deepseektest.Start(deepseektest.Reply{Text: "return a + b"})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client := &deepseek.Client{BaseURL: server.URL()}
	for chunk, err := range client.StreamFIM(context.Background(), deepseek.FIM{Prompt: "func add(a, b int) int {\n\t"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(chunk.Text)
	}
	fmt.Println()
	// Output: return a + b
}
