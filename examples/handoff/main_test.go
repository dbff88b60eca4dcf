package main

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/examples/internal/demotest"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/tools"
)

func TestMain(m *testing.M) { deepseektest.Main(m) }

// said runs the program through the stand-in.
func said(t *testing.T, customer string, messages ...string) string {
	t.Helper()
	service, err := demo.StandIn(0)
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	var out strings.Builder
	if err := run(t.Context(), service, customer, messages, &out); err != nil {
		t.Error(err)
	}
	return demotest.Masked(out.String())
}

func TestDesk(t *testing.T) {
	for _, tt := range []struct{ customer, message, facts string }{
		{"ada", "I was charged twice for my order 1042. What do your terms say about that?", "→ handoff_to_billing|order 1042, customer ada|→ terms|terms says: What was paid twice by mistake is paid back within five working days"},
		{"ada", "My regulator has a free-flow now. What does the manual say?", "→ handoff_to_support|manual says: symptom free-flow"},
		{"bo", "My dive computer has a blank display.", "→ handoff_to_support|replace the battery"},
		{"ada", "我的订单 1042 被扣了两次款，能退款吗？", "→ handoff_to_billing|orders 返回：order 1042"},
		{"ada", "What was charged for order 1061?", "there is no such order"}, // it is of bo
		{"bo", "What was charged for order 1061?", "wetsuit"},
	} {
		out := said(t, tt.customer, tt.message)
		for fact := range strings.SplitSeq(tt.facts, "|") {
			if !strings.Contains(out, fact) {
				t.Errorf("%s: no %q in:\n%s", tt.message, fact, out)
			}
		}
	}
}

// inner are the lines of an agent inside of another, some of whose calls run at once.
var inner = regexp.MustCompile(`(?m)(?:^ {12}.*\n)+`)

// TestGolden holds all that is shown.
func TestGolden(t *testing.T) {
	out := said(t, "ada",
		"Is a refund in the terms, for a service that was charged?",
		"And my tank: is it due to be serviced?")
	out = inner.ReplaceAllStringFunc(out, func(s string) string {
		lines := strings.SplitAfter(s, "\n")
		slices.Sort(lines)
		return strings.Join(lines, "")
	})
	demotest.Golden(t, "testdata/golden.txt", out)
}

// TestContext holds that the customer of a tool is that of the context, whatever a model
// asks for, and that there is no answer without one.
func TestContext(t *testing.T) {
	shop, err := open("ada")
	if err != nil {
		t.Fatal(err)
	}
	defer shop.close()
	for _, tool := range []tools.Tool{shop.orders(), shop.gear()} {
		set := tools.Set{tool}
		call := llm.ToolCall{ID: "1", Name: tool.Spec().Name, Args: `{"customer":"bo"}`}
		if o := set.Do(withCustomer(t.Context(), "ada"), call); !o.Result.IsError {
			t.Errorf("%s: a model may say who the customer is: %v", call.Name, o.Result.Content)
		}
		call.Args = "{}"
		o := set.Do(withCustomer(t.Context(), "ada"), call)
		if text := (llm.Message{Parts: o.Result.Content}).Text(); !strings.Contains(text, "ada") || strings.Contains(text, "bo,") {
			t.Errorf("%s: %q, %v", call.Name, text, o.Err)
		}
		if o := set.Do(context.Background(), call); !tools.IsFatal(o.Err) {
			t.Errorf("%s without a customer: %v", call.Name, o.Err)
		}
	}
}

// TestFailure holds that what ends an agent inside is told by the one outside.
func TestFailure(t *testing.T) {
	server := deepseektest.NewServer(t,
		deepseektest.Reply{ToolCalls: []llm.ToolCall{{Name: "handoff_to_billing", Args: "{}"}}},
		deepseektest.Reply{Status: 402},
		deepseektest.Reply{Text: "Billing cannot be reached."},
	)
	service := &demo.Service{Client: &deepseek.Client{BaseURL: server.URL()}}
	var out strings.Builder
	if err := run(t.Context(), service, "ada", []string{"A refund?"}, &out); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), "Billing cannot be reached.") {
		t.Errorf("got:\n%s", out.String())
	}
}

// TestCalls holds how it is called.
func TestCalls(t *testing.T) {
	demotest.Run(t, t.TempDir(),
		demotest.Call{Stdout: "    → handoff_to_billing\n    billing\n"},
		demotest.Call{Args: []string{"-as", "eve", "Hi."}, Code: 1, Stderr: `handoff: there is no customer "eve": ada and bo are`},
	)
}

// TestInterrupt holds that Ctrl-C ends the program while it waits for the model.
func TestInterrupt(t *testing.T) {
	out, code := demotest.Interrupt(t, "sk-test")
	if code != 130 || !strings.HasSuffix(out, "\nstopped\n") {
		t.Errorf("code %d, output:\n%s", code, out)
	}
}
