package agent

import (
	"context"
	"fmt"
	"strings"

	"github.com/hadal-go/hadal/chain/trace"
)

// A Plan works through a task in steps: one agent makes the plan, one does each step, one
// by one, and one writes the answer from what came of them. Its Run is a Func, and a Plan
// is safe for concurrent use if its agents are not changed. Each agent runs on its own, so
// that what a step took to do does not fill the prompts of the others, and each run has
// the limits of its agent. One agent may have several of the parts; a Memory of an agent
// has a turn for each of its runs.
//
// It is for tasks whose steps are known before they are done. Where the next step depends
// on the last, one agent with tools does better.
type Plan struct {
	Planner *Agent // is given the task, and answers with the steps
	Worker  *Agent // is given the task, what came of the steps so far, and a step
	Writer  *Agent // is given the task and what came of the steps; if nil, the Planner
	Max     int    // of steps; below 1 is 10. A plan with more is sent back to the Planner once, and then is an error that wraps ErrLimit
}

// steps is what a planner answers with.
type steps struct {
	Steps []string `json:"steps" jsonschema:"minItems=1" jsonschema_description:"the steps, in the order in which they are done, each so that it can be understood without the others"`
}

// Validate says that a step is blank, for the planner.
func (s steps) Validate() error {
	for i, step := range s.Steps {
		if strings.TrimSpace(step) == "" {
			return fmt.Errorf("step %d is blank", i+1)
		}
	}
	return nil
}

// Run makes a plan for the task and works through it. The error is that of the agent that
// failed, and says at which step. All of it is a span of [trace], and so is each step.
func (p *Plan) Run(ctx context.Context, task string) (answer string, err error) {
	ctx, span := trace.Start(ctx, "plan", "")
	defer func() { span.End(err) }()
	if p.Planner == nil || p.Worker == nil {
		return "", invalid("a Plan needs a Planner and a Worker")
	}
	list, err := p.steps(ctx, task)
	if err != nil {
		return "", err
	}
	var done strings.Builder
	for i, step := range list {
		result, err := p.do(ctx, step, fmt.Sprintf("The task:\n%s\n\n%sDo this step of it, and nothing else, and say what came of it:\n%s", task, soFar(done.String()), step))
		if err != nil {
			return "", fmt.Errorf("step %d of %d, %q: %w", i+1, len(list), short(step, 80), err)
		}
		fmt.Fprintf(&done, "%d. %s\n%s\n\n", i+1, step, result)
	}
	writer := p.Writer
	if writer == nil {
		writer = p.Planner
	}
	answer, err = writer.Run(ctx, fmt.Sprintf("The task:\n%s\n\n%sAll steps are done. Answer the task from what came of them.", task, soFar(done.String())))
	if err != nil {
		return "", fmt.Errorf("writing the answer: %w", err)
	}
	return answer, nil
}

func soFar(done string) string {
	if done == "" {
		return ""
	}
	return "What came of the steps so far:\n" + done
}

// do does a step.
func (p *Plan) do(ctx context.Context, step, input string) (result string, err error) {
	ctx, span := trace.Start(ctx, "step", step)
	defer func() { span.End(err) }()
	return p.Worker.Run(ctx, input)
}

// steps returns the steps of the task.
func (p *Plan) steps(ctx context.Context, task string) ([]string, error) {
	most := p.Max
	if most <= 0 {
		most = 10
	}
	plan := As[steps](p.Planner)
	ask := fmt.Sprintf("Make a plan for this task, of at most %d steps. Do not do it yet.\n\n%s", most, task)
	for range 2 {
		made, err := plan(ctx, ask)
		if err != nil {
			return nil, fmt.Errorf("making the plan: %w", err)
		}
		if len(made.Steps) <= most {
			return made.Steps, nil
		}
		ask += fmt.Sprintf("\n\nYour plan had %d steps, which is too many.", len(made.Steps))
	}
	return nil, fmt.Errorf("making the plan: %w: it has more than %d steps: raise Max, or give a smaller task", ErrLimit, most)
}
