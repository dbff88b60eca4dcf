package langchaingo

import (
	"log/slog"
	"sync"
)

// A Warning says that something of a request or a reply is not carried over the
// bridge as it was. It never has a secret, nor the content of a message.
type Warning struct {
	Loss   Loss
	Field  string // what is concerned, such as "Seed", "Metadata[x]" or "Reasoning"
	Reason string // why, and what to do
}

// A Loss is what becomes of a thing that cannot be carried as it is.
type Loss string

// The losses.
const (
	Ignored Loss = "ignored" // a setting that will have no effect
	Changed Loss = "changed" // it is carried in another form, or is a guess
	Dropped Loss = "dropped" // a piece of the conversation or of the reply that is left out
)

// String returns the warning in one line.
func (w Warning) String() string {
	return string(w.Loss) + ": " + w.Field + ": " + w.Reason
}

// warnings are those of one request: one for each field.
type warnings struct {
	warn   func(Warning)
	logged *sync.Map // fields that were logged, if warn is nil
	seen   map[string]bool
}

func (w *warnings) add(loss Loss, field, reason string) {
	if w.seen[field] {
		return
	}
	if w.seen == nil {
		w.seen = make(map[string]bool)
	}
	w.seen[field] = true
	if w.warn != nil {
		w.warn(Warning{loss, field, reason})
		return
	}
	if _, again := w.logged.LoadOrStore(field, true); !again {
		slog.Warn("langchaingo: not all is carried over the bridge", "loss", string(loss), "field", field, "reason", reason)
	}
}
