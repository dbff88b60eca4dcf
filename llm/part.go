package llm

import (
	"encoding/json"
	"fmt"

	"github.com/hadal-go/hadal/output/gate"
)

// A Part is a piece of a message: a [Text], [Reasoning], [ToolCall],
// [ToolResult], or [Blob]. Parts are values; a pointer to one is not a part.
type Part interface{ isPart() }

// Text is the words of a message.
type Text string

// Reasoning is what a model thought before it answered. Reasoning that is
// present and empty is not the same as none: some models must be sent back
// either as it was.
type Reasoning struct {
	Text string `json:"text"`
}

// A ToolCall is a model's request to run a tool.
type ToolCall struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Args string `json:"args"` // JSON text exactly as the model wrote it, which may not be JSON at all
}

// A ToolResult is the outcome of a [ToolCall].
type ToolResult struct {
	ID      string `json:"id"`   // of the call
	Name    string `json:"name"` // of the tool
	Content Parts  `json:"content"`
	IsError bool   `json:"is_error,omitempty"` // the content says what went wrong; for the program, as not every API has a place for it
}

// A Blob is an image or another file. One of Data, URL and ID says what is in it.
type Blob struct {
	MIMEType string `json:"mime_type,omitempty"` // such as "image/png"
	Name     string `json:"name,omitempty"`      // of the file, if that matters
	Data     []byte `json:"data,omitzero"`       // the content itself
	URL      string `json:"url,omitempty"`       // where the provider finds it
	ID       string `json:"id,omitempty"`        // of a file that the provider keeps
	Detail   string `json:"detail,omitempty"`    // how closely to look at an image: "low", "high" …; if empty, the provider's default
}

func (Text) isPart()       {}
func (Reasoning) isPart()  {}
func (ToolCall) isPart()   {}
func (ToolResult) isPart() {}
func (Blob) isPart()       {}

// Parts is the content of a message.
//
// It encodes to JSON as an array of objects that each have one member, named
// for the kind of part, and back without loss:
//
//	[{"reasoning":{"text":""}},{"text":"Hi."},{"tool_call":{"id":"1","name":"f","args":"{}"}}]
//
// JSON is UTF-8. A byte that is not part of valid UTF-8 encodes as U+FFFD, the
// replacement character, here and wherever Hadal writes JSON, so that a
// conversation that was stored and one that was not are sent as the same bytes.
// Tool results may be inside each other, but no more than 100 deep. JSON to
// decode must pass [gate.Check], whatever its size; decode whole messages,
// requests and responses from outside by [gate.Decode], so that all of it does.
type Parts []Part

// jsonPart is a Part in JSON. It has no methods, so that parts inside of tool
// results are decoded in the same pass.
type jsonPart struct {
	Text       *string         `json:"text,omitempty"`
	Reasoning  *Reasoning      `json:"reasoning,omitempty"`
	ToolCall   *ToolCall       `json:"tool_call,omitempty"`
	ToolResult *jsonToolResult `json:"tool_result,omitempty"`
	Blob       *Blob           `json:"blob,omitempty"`
}

type jsonToolResult struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Content []jsonPart `json:"content"`
	IsError bool       `json:"is_error,omitempty"`
}

// MarshalJSON implements [json.Marshaler].
func (ps Parts) MarshalJSON() ([]byte, error) {
	list, err := ps.toJSON(0)
	if err != nil {
		return nil, fmt.Errorf("llm: encoding parts: %w", err)
	}
	return json.Marshal(list)
}

// UnmarshalJSON implements [json.Unmarshaler].
func (ps *Parts) UnmarshalJSON(data []byte) error {
	var list []jsonPart
	if err := partsGate.Decode(data, &list); err != nil {
		return fmt.Errorf("llm: decoding parts: %w", err)
	}
	parts, err := fromJSON(list, 0)
	if err != nil {
		return fmt.Errorf("llm: decoding parts: %w", err)
	}
	*ps = parts
	return nil
}

// partsGate lets through files of any size, as whoever reads a conversation has
// bounded it already.
var partsGate = gate.Limits{Bytes: -1, Nodes: -1}

// maxNested is how deep tool results may be in each other. What encodes within
// it is not too deep for partsGate.
const maxNested = 100

var errNested = fmt.Errorf("more than %d tool results inside each other", maxNested)

func (ps Parts) toJSON(depth int) ([]jsonPart, error) {
	if ps == nil {
		return nil, nil
	}
	if depth > maxNested {
		return nil, errNested
	}
	list := make([]jsonPart, len(ps))
	for i, p := range ps {
		switch p := p.(type) {
		case Text:
			list[i].Text = (*string)(&p)
		case Reasoning:
			list[i].Reasoning = &p
		case ToolCall:
			list[i].ToolCall = &p
		case ToolResult:
			content, err := p.Content.toJSON(depth + 1)
			if err != nil {
				return nil, fmt.Errorf("part %d: %w", i, err)
			}
			list[i].ToolResult = &jsonToolResult{p.ID, p.Name, content, p.IsError}
		case Blob:
			list[i].Blob = &p
		default:
			return nil, fmt.Errorf("part %d is a %T, which is none of the kinds of part", i, p)
		}
	}
	return list, nil
}

func fromJSON(list []jsonPart, depth int) (Parts, error) {
	if list == nil {
		return nil, nil
	}
	if depth > maxNested {
		return nil, errNested
	}
	parts := make(Parts, 0, len(list))
	for i, p := range list {
		if p.Text != nil {
			parts = append(parts, Text(*p.Text))
		}
		if p.Reasoning != nil {
			parts = append(parts, *p.Reasoning)
		}
		if p.ToolCall != nil {
			parts = append(parts, *p.ToolCall)
		}
		if p.ToolResult != nil {
			content, err := fromJSON(p.ToolResult.Content, depth+1)
			if err != nil {
				return nil, fmt.Errorf("part %d: %w", i, err)
			}
			parts = append(parts, ToolResult{p.ToolResult.ID, p.ToolResult.Name, content, p.ToolResult.IsError})
		}
		if p.Blob != nil {
			parts = append(parts, *p.Blob)
		}
		if len(parts) != i+1 {
			return nil, fmt.Errorf("part %d has not exactly one of the members text, reasoning, tool_call, tool_result and blob", i)
		}
	}
	return parts, nil
}
