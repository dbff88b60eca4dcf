package schema

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/output/gate"
)

// order is a reply of 30 fields, some inside others.
type order struct {
	ID       string    `json:"id" jsonschema:"pattern=^[A-Z]{2}-[0-9]+$"`
	Created  time.Time `json:"created"`
	Status   string    `json:"status" jsonschema:"enum=open,enum=paid,enum=sent"`
	Currency string    `json:"currency" jsonschema:"minLength=3,maxLength=3"`
	Total    float64   `json:"total" jsonschema:"minimum=0"`
	Paid     bool      `json:"paid"`
	Customer struct {
		Name    string  `json:"name"`
		Email   string  `json:"email" jsonschema:"format=email"`
		Phone   *string `json:"phone"`
		Age     int     `json:"age" jsonschema:"minimum=0,maximum=150"`
		Address address `json:"address"`
	} `json:"customer"`
	Shipping address           `json:"shipping"`
	Items    []line            `json:"items" jsonschema:"minItems=1"`
	Tags     []string          `json:"tags,omitempty"`
	Notes    map[string]string `json:"notes,omitempty"`
	Score    float64           `json:"score" jsonschema:"minimum=0,maximum=1"`
}

type address struct {
	Street  string `json:"street"`
	City    string `json:"city"`
	Zip     string `json:"zip"`
	Country string `json:"country"`
}

type line struct {
	SKU   string  `json:"sku"`
	Name  string  `json:"name"`
	Count int     `json:"count" jsonschema:"minimum=1"`
	Price float64 `json:"price"`
}

const reply = `{"id":"DE-10042","created":"2026-11-21T09:30:00Z","status":"paid","currency":"EUR","total":149.97,"paid":true,
"customer":{"name":"Ann Example","email":"ann@example.com","phone":"+49 30 1234567","age":42,
"address":{"street":"Lindenstr. 7","city":"Berlin","zip":"10969","country":"DE"}},
"shipping":{"street":"Lindenstr. 7","city":"Berlin","zip":"10969","country":"DE"},
"items":[{"sku":"A-1","name":"Lamp \"Abyss\"","count":1,"price":99.99},{"sku":"B-7","name":"Bulb","count":2,"price":24.99}],
"tags":["gift","express"],"notes":{"door":"ring twice","floor":"3"},"score":0.87}`

// BenchmarkReply compares what [Schema.Decode] does with parts of it.
func BenchmarkReply(b *testing.B) {
	s := For[order]()
	data := []byte(reply)
	for _, part := range []struct {
		name string
		do   func(*order) error
	}{
		{"unmarshal", func(v *order) error { return json.Unmarshal(data, v) }},
		{"gate", func(v *order) error { return gate.Decode(data, v) }},
		{"validate", func(*order) error { return s.Validate(data) }},
		{"decode", func(v *order) error { return s.Decode(data, v) }},
		{"library", func(v *order) error {
			second, err := s.second()
			if err != nil {
				return err
			}
			var plain any
			if err := gate.Decode(data, &plain); err != nil {
				return err
			}
			if err := second.compiled.Validate(plain); err != nil {
				return err
			}
			return gate.Decode(data, v)
		}},
	} {
		b.Run(part.name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				var v order
				if err := part.do(&v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFindings(b *testing.B) {
	s := For[order]()
	data := []byte(strings.NewReplacer(`149.97`, `"149.97"`, `"score"`, `"skore"`).Replace(reply))
	b.ReportAllocs()
	for b.Loop() {
		if s.Validate(data) == nil {
			b.Fatal("no finding")
		}
	}
}

func BenchmarkFor(b *testing.B) {
	For[order]()
	b.ReportAllocs()
	for b.Loop() {
		if For[order]() == nil {
			b.Fatal("no schema")
		}
	}
}

func BenchmarkParse(b *testing.B) {
	data := For[order]().JSON()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMegabyte(b *testing.B) {
	var list strings.Builder
	for i := 0; list.Len() < 1<<20; i++ {
		fmt.Fprintf(&list, `,{"sku":"A-%d","name":"item %d","count":%d,"price":%d.5}`, i, i, i+1, i)
	}
	data := []byte("[" + list.String()[1:] + "]")
	s := For[[]line]()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Validate(data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHostile has the time until each schema is refused.
func BenchmarkHostile(b *testing.B) {
	for _, test := range hostile {
		if len(test.schema) < 1<<10 {
			continue
		}
		data := []byte(test.schema)
		b.Run(shorten(test.schema, 24), func(b *testing.B) {
			for b.Loop() {
				if _, err := Parse(data); err == nil {
					b.Fatal("no error")
				}
			}
		})
	}
}
