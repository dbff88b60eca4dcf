// Package tools lets a model call Go functions. A [Tool] is a description for the
// model and a Func from JSON to parts of a message; [New] makes one of any function.
//
//	type Place struct {
//		City string `json:"city" jsonschema:"description=in English"`
//		Days int    `json:"days,omitempty" jsonschema:"minimum=1,maximum=14"`
//	}
//
//	weather := func(ctx context.Context, p Place) (string, error) {
//		return "sunny in " + p.City, nil
//	}
//	set := tools.Set{tools.New("weather", "Reports the weather in a city.", weather)}
//	req.Tools = set.Specs()
//	for range 10 {
//		resp, err := llm.Generate(ctx, model, req)
//		if err != nil {
//			return err
//		}
//		calls := resp.ToolCalls()
//		if len(calls) == 0 {
//			fmt.Println(resp.Text())
//			break
//		}
//		results, err := set.Results(ctx, calls)
//		if err != nil {
//			return err
//		}
//		req.Messages = append(req.Messages, resp.Message, results)
//	}
//
// A run of an agent is such a loop with limits, in package chain/agent.
//
// What a model writes is checked before a function sees it, by the schema of its input,
// and whatever goes wrong becomes a result that the model can act on: a name that no
// tool has, arguments that do not fit, an error, a panic, a call that takes too long, a
// result that is too big. An error ends the run instead only if it is [Fatal], or that
// of the context.
//
// The parts:
//
//   - [New], and [Func] for the way back, from a tool to a function; [Decode] for those
//     who write a Tool by hand.
//   - [Set], tools with distinct names: [Set.Specs] for the request; for the calls in the
//     reply [Set.Results], or [Set.CallAll] to have each as it is there; [Set.Call] and
//     [Set.Do] for one.
//   - [Policy] says by [With] how a tool is run: what it does to the world, its timeout,
//     how big its result may be, whether a person is asked. [Group] bounds how many run
//     at once.
//   - [Fatal] and [Again] are errors that say what they lead to; [CallID] tells a call
//     from others, for what must not be done twice.
//   - [CallEvent], [ResultEvent] and [StrayEvent] are what a listener of package trace
//     hears.
//
// Ready-made tools are in packages of their own below this one.
package tools
