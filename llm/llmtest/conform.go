package llmtest

import (
	"context"
	"fmt"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// TestModel tests that an implementation of [llm.Model] keeps the rules of that
// interface. An adapter for a provider runs it against a server of its own that
// plays the provider, a middleware around the model of [Play.Model]:
//
//	func TestConformance(t *testing.T) {
//		llmtest.TestModel(t, func(t *testing.T, play llmtest.Play) llm.Model {
//			if play.Reply.HasReasoning() {
//				t.Skip("the provider has no reasoning")
//			}
//			server := httptest.NewServer(handler(play))
//			t.Cleanup(server.Close)
//			t.Cleanup(server.CloseClientConnections) // first, lest Close wait for what the client has leaked
//			return &acme.Client{BaseURL: server.URL}
//		})
//	}
//
// Each case is a subtest. It calls new once, for a model that answers every
// request with the play. For what the provider or its adapter cannot do, new
// calls t.Skip: the case then shows as skipped. It decides by the fields of the
// play rather than by its name, as there may be more cases in time. A failure
// names the rule that is broken; the first one ends its case. Run it with -race
// too, as some cases make requests at the same time that share their request.
//
// What is put to the test is what the model makes of replies. Whether it sends
// messages and tools as its provider wants them is for a test of its own.
//
// The rules are those of [llm.Model], [llm.Chunk] and [llm.Error], made exact:
//
//   - Stream sends nothing, and starts nothing, before its sequence is ranged
//     over. Nothing is demanded of a second range over it: it is single-use.
//   - Each pair is a chunk and no error, or a nil chunk and the error. The reply
//     ends in exactly one way: with a chunk that has Finish and Usage (and the ID
//     and the Model of the provider), or with the error. Nothing comes after it.
//   - Text, reasoning, and the ID, name and arguments of tool calls arrive to
//     the byte. Reasoning that is empty is not the same as none. The reply to a
//     request that is Whole is the same.
//   - Complete tool calls come in order, right before the last chunk, and only
//     in a reply that ends as FinishTools or FinishStop. Fragments are optional;
//     if there are any they number the calls from 0 as they begin, and add up to
//     the arguments.
//   - A chunk is the receiver's: it never changes afterwards, and what the
//     receiver does to it changes nothing else. The request is not modified.
//   - Leaving the loop, by a panic too, ends the reply: Stream returns, calls
//     its receiver no more, leaves no goroutine behind, and the model remains of
//     use.
//   - When the context ends, the sequence ends within 100 milliseconds in an
//     error that errors.Is finds to be the context's, and its cause as well; at
//     once and without a chunk if the context had ended before the loop began.
//   - Requests may be made at the same time, also from inside of another's loop,
//     and the end of one is nothing to the others.
//   - A failure of the provider is an [*llm.Error] of the right class, and
//     Temporary where that class is. What arrived before it has been yielded. A
//     request that is refused yields nothing but the error, so that [llm.Retry]
//     repeats it. RetryAfter is what the provider asked for.
//   - An adapter does not emit chunks to [trace]: whoever ranges over them does.
//
// Goroutines are counted by profiler labels, so that those of other tests do not
// matter: what new starts, and what the model starts, must keep the labels of
// whoever starts it, as goroutines do unless told otherwise. Pools that keep a
// bounded number of goroutines, of idle connections say, are fine.
func TestModel(t *testing.T, new func(t *testing.T, play Play) llm.Model) {
	for _, c := range cases() {
		t.Run(c.play.Name, func(t *testing.T) {
			labels := pprof.Labels(labelKey, t.Name())
			pprof.Do(t.Context(), labels, func(ctx context.Context) {
				var found []finding
				var timer *time.Timer
				t.Cleanup(func() { // the last
					if timer != nil {
						timer.Stop()
					}
				})
				m := new(t, c.play)
				t.Cleanup(func() { // the first
					timer = time.AfterFunc(patience, func() { panic(stuck(t.Name(), found)) })
				})
				if m == nil {
					t.Fatal("new returned no model")
				}
				found = c.run(ctx, t.Name(), m)
				for _, f := range found {
					t.Error(f)
				}
			})
		})
	}
}

// stuck says what is wrong if the end of a case does not return, as otherwise
// nothing would be heard of what was found.
func stuck(name string, found []finding) string {
	var text strings.Builder
	fmt.Fprintf(&text, "llmtest: what new gave to t.Cleanup in %s has not returned after %v: does a server wait for a connection that the model keeps?", name, patience)
	for _, f := range found {
		text.WriteString("\n" + f.String())
	}
	return text.String()
}

// A rule is what is demanded of a model, in words for whoever broke it.
type rule string

const (
	rulePair       rule = "each pair is a chunk and no error, or a nil chunk and the error"
	ruleEnd        rule = "a reply ends in exactly one way, with a chunk that has Finish or with an error, and nothing comes after it"
	ruleLast       rule = "the last chunk carries Usage, and the ID and Model of the provider"
	ruleReply      rule = "a reply that the provider completes ends without an error, as the provider ended it"
	ruleText       rule = "text arrives to the byte"
	ruleReasoning  rule = "reasoning arrives to the byte, and empty reasoning is not the same as none"
	ruleCalls      rule = "tool calls arrive in order and to the byte"
	ruleCallTime   rule = "complete tool calls come right before the last chunk, and only in a reply that ends as tool_calls or stop"
	ruleDelta      rule = "fragments number the calls from 0 as they begin, and add up to the arguments"
	ruleUsage      rule = "usage is what the provider counted"
	ruleWhole      rule = "the reply to a request that is Whole is the same as without"
	ruleOwner      rule = "a yielded chunk is the receiver's and is never reused"
	ruleRequest    rule = "Stream must not modify the request"
	ruleTrace      rule = "an adapter does not emit chunks to trace, whoever ranges over them does"
	ruleLazy       rule = "nothing happens before the sequence is ranged over"
	ruleReturn     rule = "a sequence that is ranged over must return, and not panic"
	ruleLeave      rule = "leaving the loop early abandons the request: Stream returns and calls its receiver no more"
	ruleLeak       rule = "leaving the loop early frees all that the request holds"
	rulePanic      rule = "a panic of the loop's body goes through the model as it is"
	ruleCancel     rule = "when its context is cancelled, the sequence ends within 100ms in an error that is context.Canceled, and begins with it if that was before"
	ruleDeadline   rule = "when the deadline of its context passes, the sequence ends within 100ms in an error that is context.DeadlineExceeded"
	ruleCause      rule = "the error of a context that has ended wraps the context's cause too"
	ruleConcurrent rule = "a model is safe for concurrent use, and its requests are independent"
	ruleError      rule = "a failure of the provider is an error, of type *llm.Error and of the right class"
	ruleTemporary  rule = "an error is Temporary if its class is"
	ruleRetryAfter rule = "RetryAfter of an error is how long the provider asked to wait"
	ruleKept       rule = "what arrived before a failure has been yielded"
	ruleRefused    rule = "a reply that fails before it begins yields nothing but the error, or else it is not retried"
	ruleRetry      rule = "llm.Retry repeats what is Temporary and nothing else"
)

// A finding is a rule that is broken, and how.
type finding struct {
	rule rule
	how  string
}

func (f finding) String() string { return fmt.Sprintf("%s\n\tthe rule: %s", f.how, f.rule) }
