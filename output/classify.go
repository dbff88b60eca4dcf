package output

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/schema"
)

// A Classifier sorts texts under labels, and says how sure the model is. Its
// method is safe for concurrent use, as long as the fields do not change.
//
//	type Topic string
//
//	func (Topic) Enum() []Topic { return []Topic{Billing, Delivery, Other} }
//
//	class, err := (&output.Classifier[Topic]{Model: model, Instruction: "What is the mail about?"}).Classify(ctx, mail)
//	if err == nil && class.Review {
//		// let a person decide
//	}
type Classifier[T ~string] struct {
	Model       llm.Model
	Instruction string // what to look at; may be empty if the labels say it
	Labels      []T    // to choose from; if nil, those in the schema of T, see schema.For

	// Threshold is the confidence below which a text is marked for review. 0 means
	// 0.8; a negative number marks nothing but what has no confidence at all.
	Threshold float64

	Retries int // as in a Generator
}

// A Class is the label of a text.
type Class[T ~string] struct {
	Value      T       // the likeliest label, or the one that the model wrote if nothing was measured
	Confidence float64 // the probability that the model gave to Value, from 0 to 1; 0 if it was not Measured
	Measured   bool    // the provider said how probable the labels were
	Review     bool    // Confidence is below the threshold, or was not measured: a person should look

	// Alternatives are the other labels that the model thought of, the likeliest
	// first. Those that are not there had no measurable probability.
	Alternatives []Alternative[T]

	Attempts int           // requests that were sent
	Usage    llm.Usage     // of all of them
	Response *llm.Response // the last reply
}

// An Alternative is a label that the model might have given.
type Alternative[T ~string] struct {
	Value      T
	Confidence float64
}

// Classify returns the label of a text. It is a step of a chain. The error is an
// [*Error].
//
// The instruction and the labels are the system message, which is the same for every
// text, so that all but the first find it in the provider's cache. The text is the
// user's message, and the model is told that it is data.
//
// The confidence is measured by the log probabilities of the tokens with which the
// labels differ. So that there are any of use, the model does not reason (the effort
// is none) and the temperature is the provider's default: at temperature zero, and
// often at DeepSeek, the token that was chosen has 0 and all others -9999, which
// says nothing. Then, and where the provider has no log probabilities, the class
// says that it was not measured, and is marked for review; a model without them
// reasons as it likes.
func (c *Classifier[T]) Classify(ctx context.Context, text string) (*Class[T], error) {
	labels, s, err := c.labels()
	if err != nil {
		return nil, &Error{Err: err}
	}
	system := data
	if c.Instruction != "" {
		system = c.Instruction + "\n\n" + data
	}
	req := &llm.Request{Messages: []llm.Message{llm.System(system), llm.User(text)}}
	g := &Generator[T]{Model: c.Model, Schema: s, Retries: c.Retries, head: true}
	measure := llm.AbilitiesOf(c.Model, "").Logprobs
	if measure {
		req.Effort, req.TopLogprobs = llm.EffortNone, 20
		g.Mode, g.words = ModeText, labelWords(labels)
	}
	result, err := g.Generate(ctx, req)
	if err != nil {
		return nil, err
	}
	class := &Class[T]{Value: result.Value, Review: true, Attempts: result.Attempts, Usage: result.Usage, Response: result.Response}
	if measure {
		c.weigh(class, labels)
	}
	return class, nil
}

// labels returns the labels, and the schema of one of them.
func (c *Classifier[T]) labels() ([]T, *schema.Schema, error) {
	labels := c.Labels
	if labels == nil {
		s := schema.For[T]()
		for _, raw := range s.Root().Enum {
			var label T
			if err := json.Unmarshal(raw, &label); err != nil {
				return nil, nil, fmt.Errorf("the schema of %T: %w", label, err)
			}
			labels = append(labels, label)
		}
		if labels != nil {
			return labels, s, nil
		}
	}
	if len(labels) == 0 {
		return nil, nil, invalid("there are no labels: set Labels, or give %T a method Enum that returns them", *new(T))
	}
	s, err := enum(labels)
	return labels, s, err
}

// enum returns the schema of one of the labels.
func enum[T ~string](labels []T) (*schema.Schema, error) {
	for i, l := range labels {
		word := strings.TrimSpace(string(l))
		if word == "" || slices.ContainsFunc(labels[:i], func(other T) bool { return strings.TrimSpace(string(other)) == word }) {
			return nil, invalid("label %d, %q, is blank or there already", i, l)
		}
	}
	list, err := json.Marshal(labels)
	if err != nil {
		return nil, err
	}
	return schema.Parse(append(append([]byte(`{"type":"string","enum":`), list...), '}'))
}

func labelWords[T ~string](labels []T) string {
	var b strings.Builder
	b.WriteString("Answer with one of these labels, as it is written here, and with nothing else:")
	for _, l := range labels {
		b.WriteString("\n" + string(l))
	}
	return b.String()
}

// weigh sets what the log probabilities of the reply say.
func (c *Classifier[T]) weigh(class *Class[T], labels []T) {
	w := newWeights(labels)
	for _, t := range class.Response.Logprobs {
		if !t.Reasoning && !w.add(t) {
			break
		}
	}
	if !w.end() {
		return
	}
	class.Measured = true
	for i, p := range w.share {
		if p > 0 {
			class.Alternatives = append(class.Alternatives, Alternative[T]{labels[i], p})
		}
	}
	slices.SortStableFunc(class.Alternatives, func(a, b Alternative[T]) int { return cmp.Compare(b.Confidence, a.Confidence) })
	class.Value, class.Confidence = class.Alternatives[0].Value, class.Alternatives[0].Confidence
	class.Alternatives = slices.Clip(class.Alternatives[1:])
	threshold := c.Threshold
	if threshold == 0 {
		threshold = 0.8
	}
	class.Review = class.Confidence < threshold
}
