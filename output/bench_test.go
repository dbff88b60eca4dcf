package output_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output"
)

// in returns a model that says text in chunks of size bytes, at no cost of its own.
func in(size int, text string) llm.Model {
	var list []string
	for len(text) > size {
		list, text = append(list, text[:size]), text[size:]
	}
	list = append(list, text)
	return llm.ModelFunc(func(context.Context, *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return func(yield func(*llm.Chunk, error) bool) {
			for _, piece := range list {
				if !yield(&llm.Chunk{Text: piece}, nil) {
					return
				}
			}
			yield(&llm.Chunk{Finish: llm.FinishStop, Usage: &llm.Usage{Input: 1, Output: 1}}, nil)
		}
	})
}

// BenchmarkCall is what the others have to be compared with: the reply, and nothing
// of it checked.
func BenchmarkCall(b *testing.B) {
	m, req := in(4, good), llm.Prompt("Order two lamps.")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := llm.Generate(b.Context(), m, req); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	for _, bm := range []struct {
		name string
		can  llm.Abilities
	}{{"text", llm.Abilities{}}, {"tool", llm.Abilities{ForcedTools: true}}, {"all", all}} {
		b.Run(bm.name, func(b *testing.B) {
			g, req := &output.Generator[order]{Model: able{in(4, good), bm.can}}, llm.Prompt("Order two lamps.")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := g.Generate(b.Context(), req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// long is a list of 100 kB.
func long() string {
	var b strings.Builder
	for i := 0; b.Len() < 100_000; i++ {
		fmt.Fprintf(&b, `,{"item":"lamp number %d, \"brass\"","count":%d,"tags":["a","b"]}`, i, i+1)
	}
	return "[" + b.String()[1:] + "]"
}

// BenchmarkStream shows 100 kB growing in 10,000 chunks; whole is the same without
// looking at it before the end, and parse the parsing alone.
func BenchmarkStream(b *testing.B) {
	text := long()
	m, req := in(len(text)/10_000, text), llm.Prompt("Order.")
	b.Run("growing", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n = 0
			for p, err := range output.Stream[[]order](b.Context(), m, req) {
				if err != nil {
					b.Fatal(err)
				}
				n++
				_ = p
			}
		}
		b.ReportMetric(float64(n), "values/op")
	})
	b.Run("whole", func(b *testing.B) {
		for b.Loop() {
			if _, err := output.Generate[[]order](b.Context(), m, req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			if _, err := output.Parse[[]order](text); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A booking has fields of every kind, some inside others.
type booking struct {
	ID       string    `json:"id" jsonschema:"pattern=^[A-Z]{2}-[0-9]+$"`
	Created  time.Time `json:"created"`
	Status   string    `json:"status" jsonschema:"enum=open,enum=paid"`
	Total    float64   `json:"total" jsonschema:"minimum=0"`
	Paid     bool      `json:"paid"`
	Customer struct {
		Name  string  `json:"name"`
		Email string  `json:"email" jsonschema:"format=email"`
		Phone *string `json:"phone"`
		Age   int     `json:"age" jsonschema:"minimum=0,maximum=150"`
	} `json:"customer"`
	Dives []struct {
		Site  string  `json:"site"`
		Depth float64 `json:"depth"`
		Notes string  `json:"notes,omitempty"`
	} `json:"dives" jsonschema:"minItems=1"`
	Tags []string `json:"tags,omitempty"`
}

// BenchmarkParse compares reading a sound reply, found, checked and decoded, with
// decoding it unchecked.
func BenchmarkParse(b *testing.B) {
	text := `{"id": "DE-10042", "created": "2026-11-21T09:30:00Z", "status": "paid", "total": 149.97, "paid": true,
"customer": {"name": "Ann Example", "email": "ann@example.com", "phone": "+49 30 1234567", "age": 42},
"dives": [{"site": "The \"Abyss\"", "depth": 31.5, "notes": "strong current, good visibility"}, {"site": "Kelp garden", "depth": 12}],
"tags": ["night", "nitrox"]}`
	b.Run("unmarshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var v booking
			if err := json.Unmarshal([]byte(text), &v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := output.Parse[booking](text); err != nil {
				b.Fatal(err)
			}
		}
	})
}
