package tools_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

type trip struct {
	From  string   `json:"from"`
	To    string   `json:"to"`
	Days  int      `json:"days" jsonschema:"minimum=1"`
	Price float64  `json:"price"`
	Stops []string `json:"stops,omitempty"`
}

const tripArgs = `{"from": "Lisbon", "to": "Porto", "days": 3, "price": 99.5, "stops": ["Coimbra", "Aveiro"]}`

func book(_ context.Context, t trip) (string, error) { return t.To, nil }

func BenchmarkCall(b *testing.B) {
	set := tools.Set{tools.New("clock", "Tells the time.", book), tools.New("book", "Books a trip.", book)}
	call := llm.ToolCall{ID: "call_1", Name: "book", Args: tripArgs}
	b.ReportAllocs()
	for b.Loop() {
		if r, err := set.Call(b.Context(), call); err != nil || r.IsError {
			b.Fatal(r, err)
		}
	}
}

// BenchmarkFloor is the least that a call by hand takes: no checks, no timeout.
func BenchmarkFloor(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		var t trip
		if err := json.Unmarshal([]byte(tripArgs), &t); err != nil {
			b.Fatal(err)
		}
		out, err := book(b.Context(), t)
		if r := (llm.ToolResult{Content: llm.Parts{llm.Text(out)}}); err != nil || r.IsError {
			b.Fatal(r, err)
		}
	}
}

// BenchmarkTool is a call without a Set: decoding, checks and the result.
func BenchmarkTool(b *testing.B) {
	t := tools.New("book", "Books a trip.", book)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := t.Call(b.Context(), json.RawMessage(tripArgs)); err != nil {
			b.Fatal(err)
		}
	}
}
