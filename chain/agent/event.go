package agent

import (
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

// An Event is something that happens in a run, for who watches it: Kind says what, and
// which fields are set. It is a [trace.Event] too; what models and tools emit themselves
// is not repeated there.
type Event struct {
	Run     *Run           // as it stands
	Chunk   *llm.Chunk     // "chunk": a piece of a reply. It must not be modified
	For     StepKind       // "chunk", "reply", "retry": what the model was asked for
	Reply   *llm.Response  // "reply": all of it
	Call    *Call          // "call": a tool call begins. "result": it is over, or was not made, as Mask or Approve refused it
	Outcome *tools.Outcome // "result": what became of it
	Waiting []Call         // "waiting": a person is to decide about them; the run ends
	Err     error          // "retry": why a request is made again, so that what was shown of the reply is void; "limit": which limit is reached
	Result  *Result        // "done": the last event

	kind string
}

// Kind returns what happens: "chunk", "reply", "call", "result", "waiting", "retry",
// "limit", "compact", once the beginning of the conversation was summed up, or "done".
func (e *Event) Kind() string { return e.kind }
