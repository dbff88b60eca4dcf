// Package agent runs a model in a loop with tools until it has an answer:
//
//	weather := func(ctx context.Context, city string) (string, error) { return "sunny in " + city, nil }
//	planner := &agent.Agent{
//		Model:  model,
//		System: "You are a travel planner.",
//		Tools:  tools.Set{tools.New("weather", "Reports the weather in a city.", weather)},
//		Memory: new(memory.Buffer),
//	}
//	answer, err := planner.Run(ctx, "Plan a weekend in Lisbon.")
//	if err != nil {
//		return err
//	}
//	fmt.Println(answer)
//
// An [Agent] holds no state. What it does is a [Run], plain data: a header that is
// frozen, and a log that grows. [Run.Next] says what is to be done next, as a pure
// function of the log; what came of it is applied as a [Record]. The loop in this
// process is one driver of that. So a run can be saved after each record and go on after
// a crash, in another process, or when a person has approved of a call:
//
//	planner := &agent.Agent{Model: model, Store: &agent.Folder{Path: "runs"}}
//	run, err := planner.Store.Load(ctx, "K3JQ6Z2M") // the ID of a run that was interrupted
//	if err != nil {
//		return err
//	}
//	for _, call := range run.Waiting() {
//		fmt.Println(call.Name, call.Args)
//		err = errors.Join(err, run.Grant(call.ID, time.Now().Add(time.Hour)))
//	}
//	for event, err := range planner.Resume(ctx, run) {
//		if err != nil {
//			return err
//		}
//		if event.Chunk != nil {
//			fmt.Print(event.Chunk.Text)
//		}
//	}
//
// The parts:
//
//   - [Agent.Run] for the answer; [Agent.Do] for all there is; [Agent.Stream] for events.
//     [As] has a value of a Go type as the answer.
//   - [Limits] bound each run, whatever is set. An [*Error] has the run as far as it
//     came: raise a limit, and [Agent.Resume] goes on.
//   - [Store] keeps runs, [Folder] in files and [Buffer] in memory. A call that was begun before a crash is made
//     again if its [tools.Policy] says that this does no harm, and waits for a person if
//     not.
//   - [AsTool] and [Handoff] make tools of agents; [Plan] works through a plan.
//   - [Compact] sums up what was said long ago, near the end of the model's context.
//
// The conversation is only appended to: DeepSeek bills what it has seen at the beginning
// of a prompt before at a small part of the price. So the system prompt and the tools
// stand still in a run; what changes is said at the end, by [Agent.Remind], and a tool
// that is not for each step is masked, by [Agent.Mask].
package agent
