package output_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/output"
)

type topic string

const (
	billing  topic = "billing"
	delivery topic = "delivery"
	bill     topic = "bill"
	other    topic = "other"
)

// token returns a token with its probability, and what else there might have been.
func token(text string, p float64, others ...llm.Logprob) llm.Logprob {
	return llm.Logprob{Token: text, Logprob: math.Log(p), Top: append([]llm.Logprob{{Token: text, Logprob: math.Log(p)}}, others...)}
}

func maybe(text string, p float64) llm.Logprob { return llm.Logprob{Token: text, Logprob: math.Log(p)} }

func TestClassify(t *testing.T) {
	never := llm.Logprob{Token: "delivery", Logprob: -9999}
	for _, tt := range []struct {
		name     string
		text     string
		tokens   []llm.Logprob
		want     topic
		sure     float64
		measured bool
		review   bool
		others   int
	}{
		{"sure", `"billing"`, []llm.Logprob{token("billing", 0.95, maybe("delivery", 0.04))}, billing, 0.95, true, false, 1},
		{"not so sure", `"billing"`, []llm.Logprob{token("billing", 0.6, maybe("delivery", 0.3), maybe("other", 0.1))}, billing, 0.6, true, true, 2},
		{"the unlikelier was drawn", `"other"`, []llm.Logprob{token("other", 0.1, maybe("delivery", 0.85))}, delivery, 0.85, true, false, 1},
		{"in pieces", `"delivery"`, []llm.Logprob{token("del", 0.9, maybe("bill", 0.08)), token("ivery", 0.99, maybe("icious", 0.01))}, delivery, 0.9, true, false, 2},
		{"decided late", `"billing"`, []llm.Logprob{token("bill", 0.9, maybe("other", 0.1)), token("ing", 0.6, maybe("<｜end▁of▁sentence｜>", 0.3), maybe("\"", 0.1))}, billing, 0.54, true, true, 2},
		{"a quote first", `"billing"`, []llm.Logprob{token(`"`, 1), token("billing", 0.9, maybe("other", 0.1)), token(`"`, 1)}, billing, 0.9, true, false, 1},
		{"perhaps a quote", `"billing"`, []llm.Logprob{token("billing", 0.45, maybe(`"`, 0.5))}, billing, 0.9, true, false, 0},
		{"perhaps something else", `"billing"`, []llm.Logprob{token("billing", 0.5, maybe("Sorry", 0.5))}, billing, 0.5, true, true, 0},
		{"in another case", `"billing"`, []llm.Logprob{token("billing", 0.5, maybe("Billing", 0.45))}, billing, 0.95, true, false, 0},
		{"nothing but 0 and -9999", `"billing"`, []llm.Logprob{token("billing", 1, never)}, billing, 0, false, true, 0},
		{"no logprobs", `"billing"`, nil, billing, 0, false, true, 0},
		{"of something else", `"billing"`, []llm.Logprob{token("Well", 0.9)}, billing, 0, false, true, 0},
		{"not numbers", `"billing"`, []llm.Logprob{{Token: "billing", Logprob: math.NaN(), Top: []llm.Logprob{{Token: "other", Logprob: math.Inf(-1)}}}}, billing, 0, false, true, 0},
		{"of the reasoning", `"billing"`, []llm.Logprob{{Token: "other", Logprob: -1, Reasoning: true}, token("billing", 0.9)}, billing, 0.9, true, false, 0},
	} {
		m := &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
			return &llm.Response{Message: llm.Assistant(tt.text), Logprobs: tt.tokens, Usage: usage}, nil
		}}
		c := &output.Classifier[topic]{Model: able{m, all}, Instruction: "What is it about?", Labels: []topic{billing, delivery, bill, other}}
		got, err := c.Classify(t.Context(), "Where is my parcel?")
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got.Value != tt.want || math.Abs(got.Confidence-tt.sure) > 1e-9 || got.Measured != tt.measured || got.Review != tt.review || len(got.Alternatives) != tt.others || got.Attempts != 1 || got.Usage != usage {
			t.Errorf("%s: got %+v", tt.name, got)
		}
		req := m.Requests()[0]
		if req.Effort != llm.EffortNone || req.TopLogprobs != 20 || req.Temperature != nil || len(req.Messages) != 2 || req.Messages[1].Text() != "Where is my parcel?" || !strings.HasSuffix(req.Messages[0].Text(), "\nbilling\ndelivery\nbill\nother") {
			t.Errorf("%s: asked %+v", tt.name, req)
		}
	}
}

// Labels that differ in little are told apart, or not measured at all.
func TestClassifyCloseLabels(t *testing.T) {
	for _, labels := range [][]topic{
		{"C", "C.", "C++", "C#"}, {"Bug", "bug"}, {"*", "**", "***"}, {"账单", "账单、付款", "其他"}, {"1", "2", "10"}, {"yes", "no"},
		{"null", "none"}, {"it's", `say "hi"`}, {"true", "false"}, {" a", "b"}, {"N/A", "x"}, {"a: b", "a"}, {"only"},
	} {
		for _, label := range labels {
			m := &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
				return &llm.Response{Message: llm.Assistant(string(label)), Logprobs: []llm.Logprob{token(string(label), 0.9, maybe("zz", 0.1))}}, nil
			}}
			got, err := (&output.Classifier[topic]{Model: able{m, all}, Labels: labels}).Classify(t.Context(), "Hi.")
			if err != nil || got.Value != label || got.Measured && math.Abs(got.Confidence-0.9) > 1e-9 {
				t.Errorf("%q of %q: %+v, %v", label, labels, got, err)
			}
		}
	}
}

// Without log probabilities the model reasons as it likes, and a person looks.
func TestClassifyUnmeasured(t *testing.T) {
	m := script("nonsense", `"other"`)
	c := &output.Classifier[topic]{Model: m, Labels: []topic{billing, other}, Threshold: -1}
	got, err := c.Classify(t.Context(), "Hi.")
	if err != nil || got.Value != other || !got.Review || got.Measured || got.Attempts != 2 {
		t.Fatal(got, err)
	}
	if req := m.Requests()[0]; req.Effort != "" || req.TopLogprobs != 0 {
		t.Errorf("asked %+v", req)
	}
}

// A mood lists its values itself.
type mood string

func (mood) Enum() []mood             { return []mood{"calm", "angry"} }
func (mood) Aliases() map[string]mood { return map[string]mood{"furious": "angry"} }

func TestClassifyEnum(t *testing.T) {
	m := script("nonsense", "furious")
	got, err := (&output.Classifier[mood]{Model: able{m, llm.Abilities{Logprobs: true}}}).Classify(t.Context(), "WHERE IS IT")
	if err != nil || got.Value != "angry" || got.Attempts != 2 {
		t.Fatal(got, err)
	}
	words := "Answer with one of these labels, as it is written here, and with nothing else:\ncalm\nangry"
	first, told := m.Requests()[0].Messages[0].Text(), m.Requests()[1].Messages[3].Text()
	if !strings.HasSuffix(first, words) || !strings.HasSuffix(told, words) || !strings.HasPrefix(told, "That is not what was asked for:\n- ") {
		t.Errorf("asked %q, then %q", first, told)
	}
}

func TestClassifyFails(t *testing.T) {
	for _, labels := range [][]topic{nil, {}, {billing, billing}, {" "}, {" a", "a"}} {
		_, err := (&output.Classifier[topic]{Model: script(), Labels: labels}).Classify(t.Context(), "Hi.")
		if e, ok := errors.AsType[*output.Error](err); !ok || !errors.Is(err, llm.ErrInvalid) || e.Attempts != 0 {
			t.Errorf("%q: %v", labels, err)
		}
	}
	_, err := (&output.Classifier[topic]{Model: script("a", "b"), Labels: []topic{billing}, Retries: 1}).Classify(t.Context(), "Hi.")
	if e, ok := errors.AsType[*output.Error](err); !ok || !errors.Is(err, output.ErrUnfit) || e.Attempts != 2 {
		t.Error(err)
	}
}

// Against the server: what is asked for keeps the rules of the API.
func TestClassifyDeepSeek(t *testing.T) {
	reply := says(`"billing"`)
	reply.Logprobs = []llm.Logprob{token(`"`, 1), token("billing", 0.75, maybe("other", 0.25)), token(`"`, 1)}
	s, model := serve(t, reply)
	var classify func(context.Context, string) (*output.Class[topic], error) = (&output.Classifier[topic]{Model: model, Labels: []topic{billing, other}, Threshold: 0.7}).Classify
	for _, text := range []string{"Pay.", "Again."} {
		got, err := classify(t.Context(), text)
		if err != nil || got.Review || math.Abs(got.Confidence-0.75) > 1e-6 || got.Alternatives[0].Value != other {
			t.Fatal(got, err)
		}
	}
	if r := s.Requests(); r[0].Thinking || r[0].Messages[0].Content != r[1].Messages[0].Content {
		t.Errorf("asked %+v", r)
	}
}
