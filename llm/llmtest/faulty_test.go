package llmtest

import (
	"context"
	"iter"
	"runtime/pprof"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// A fault makes of a model that keeps all rules one that breaks one of them.
type fault struct {
	name  string
	rule  rule // that it breaks, and no other
	spoil func(play Play, good llm.Model) llm.Model
}

// Each faulty model is caught, and for what is wrong with it.
func TestFaults(t *testing.T) {
	names := make(map[string]bool)
	for _, f := range faults() {
		if names[f.name] {
			t.Errorf("two faults are called %q", f.name)
		}
		names[f.name] = true
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			found := 0
			for _, c := range cases() {
				if c.play.Name == "long" {
					continue // has nothing that text has not, and takes long
				}
				for _, finding := range judge(t, c, f) {
					found++
					if finding.rule != f.rule {
						t.Errorf("%s: %v\n\twant the rule: %s", c.play.Name, finding, f.rule)
					} else if found == 1 {
						t.Logf("%s: %v", c.play.Name, finding)
					}
				}
			}
			if found == 0 {
				t.Errorf("no case has caught it; want the rule: %s", f.rule)
			}
		})
	}
}

func faults() []fault {
	return slices.Concat(shapeFaults, contentFaults, stateFaults, errorFaults, leaveFaults, contextFaults)
}

// Each rule is one that a model can be caught breaking.
func TestEveryRuleHasAFault(t *testing.T) {
	broken := make(map[rule]bool)
	for _, f := range faults() {
		broken[f.rule] = true
	}
	for _, r := range []rule{
		rulePair, ruleEnd, ruleLast, ruleReply, ruleText, ruleReasoning, ruleCalls, ruleCallTime, ruleDelta, ruleUsage, ruleWhole,
		ruleOwner, ruleRequest, ruleTrace, ruleLazy, ruleReturn, ruleLeave, ruleLeak, rulePanic, ruleCancel, ruleDeadline, ruleCause,
		ruleConcurrent, ruleError, ruleTemporary, ruleRetryAfter, ruleKept, ruleRefused, ruleRetry,
	} {
		if !broken[r] {
			t.Errorf("no fault breaks the rule: %s", r)
		}
	}
}

// Models that are unusual, but keep the rules, pass.
func TestNoFaults(t *testing.T) {
	for _, f := range unusual {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range cases() {
				for _, finding := range judge(t, c, f) {
					t.Errorf("%s: %v", c.play.Name, finding)
				}
			}
		})
	}
}

// A case that does not come to its end says what it has found.
func TestStuck(t *testing.T) {
	want := "llmtest: what new gave to t.Cleanup in TestA/text has not returned after 10s: does a server wait for a connection that the model keeps?\n" +
		"it leaks\n\tthe rule: leaving the loop early frees all that the request holds"
	if got := stuck("TestA/text", []finding{{ruleLeak, "it leaks"}}); got != want {
		t.Errorf("got %s", got)
	}
}

// judge returns what a case finds of a model with the fault. Time is fake.
func judge(t *testing.T, c trial, f fault) (found []finding) {
	label := t.Name() + "/" + c.play.Name
	synctest.Test(t, func(t *testing.T) {
		pprof.Do(t.Context(), pprof.Labels(labelKey, label), func(ctx context.Context) {
			found = c.run(ctx, label, f.spoil(c.play, c.play.Model()))
		})
		time.Sleep(2 * time.Hour) // until what faulty models left behind has ended
	})
	return found
}

type (
	sequence = iter.Seq2[*llm.Chunk, error]
	receiver = func(*llm.Chunk, error) bool
)

// around returns a model that does f with good.
func around(f func(ctx context.Context, req *llm.Request, yield receiver)) llm.Model {
	return llm.ModelFunc(func(ctx context.Context, req *llm.Request) sequence {
		return func(yield func(*llm.Chunk, error) bool) { f(ctx, req, yield) }
	})
}

// pairs returns a fault that does f in place of each call of yield.
func pairs(f func(c *llm.Chunk, err error, yield receiver) bool) func(Play, llm.Model) llm.Model {
	return func(_ Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			for c, err := range good.Stream(ctx, req) {
				if !f(c, err, yield) {
					return
				}
			}
		})
	}
}

// chunks returns a fault that yields what f makes of each chunk.
func chunks(f func(c *llm.Chunk) []*llm.Chunk) func(Play, llm.Model) llm.Model {
	return pairs(func(c *llm.Chunk, err error, yield receiver) bool {
		if err != nil {
			return yield(c, err)
		}
		for _, c := range f(c) {
			if !yield(c, nil) {
				return false
			}
		}
		return true
	})
}

// change returns a fault that changes chunks.
func change(f func(c *llm.Chunk)) func(Play, llm.Model) llm.Model {
	return chunks(func(c *llm.Chunk) []*llm.Chunk { f(c); return []*llm.Chunk{c} })
}

// fails returns a fault that replaces errors of the provider.
func fails(f func(e *llm.Error) error) func(Play, llm.Model) llm.Model {
	return pairs(func(c *llm.Chunk, err error, yield receiver) bool {
		if e, ok := err.(*llm.Error); ok {
			err = f(e)
		}
		return yield(c, err)
	})
}

// wrong returns a fault of models of which a part of the reply is wrong.
func wrong(f func(play *Play)) func(Play, llm.Model) llm.Model {
	return func(play Play, _ llm.Model) llm.Model {
		play.Reply.Parts = append(llm.Parts(nil), play.Reply.Parts...)
		f(&play)
		return play.Model()
	}
}
