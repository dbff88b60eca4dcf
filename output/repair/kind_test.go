package repair_test

import (
	"reflect"
	"testing"

	"github.com/hadal-go/hadal/output/repair"
	"github.com/hadal-go/hadal/output/schema"
)

// TestKinds holds what is said of each kind of repair.
func TestKinds(t *testing.T) {
	s, err := schema.Parse([]byte(`{"type": "object", "additionalProperties": false, "required": ["name"], "properties": {
		"name": {"type": "string"}, "age": {"type": "integer"}, "ok": {"type": "boolean"},
		"hue": {"enum": ["red", "blue"]}, "tags": {"type": "array", "items": {"type": "string"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		text, json string
		repair     repair.Repair
	}{
		{`Here: {"name": "A"}`, `{"name": "A"}`, repair.Repair{Kind: repair.Surroundings, From: "Here:"}},
		{`{"name": "A" /* x */}`, `{"name":"A"}`, repair.Repair{Kind: repair.Comment, Offset: 12, From: " /* x */"}},
		{`{"name": 'A'}`, `{"name":"A"}`, repair.Repair{Kind: repair.Quotes, Pointer: "/name", Offset: 9, From: "'"}},
		{`{"name": "A", "ok": true"}`, `{"name":"A","ok":true}`, repair.Repair{Kind: repair.Quotes, Pointer: "/ok", Offset: 24, From: `"`}},
		{`{"name": A"}`, `{"name":"A"}`, repair.Repair{Kind: repair.Quotes, Pointer: "/name", Offset: 10, From: `"`}},
		{`{name: "A"}`, `{"name":"A"}`, repair.Repair{Kind: repair.Unquoted, Offset: 1, From: "name"}},
		{`{"name": "A "B" C"}`, `{"name":"A \"B\" C"}`, repair.Repair{Kind: repair.InnerQuote, Pointer: "/name", Offset: 12, From: `"B"`}},
		{`{"name": "\_"}`, `{"name":"_"}`, repair.Repair{Kind: repair.Escape, Pointer: "/name", Offset: 10, From: `\_`}},
		{"{\"name\": \"A\nB\"}", `{"name":"A\nB"}`, repair.Repair{Kind: repair.Control, Pointer: "/name", Offset: 10, From: "A\nB"}},
		{"\ufeff{\"name\": \"A\"}", `{"name": "A"}`, repair.Repair{Kind: repair.Space, From: "\ufeff"}},
		{"{\"name\": \"A\"}\n\u00a0\n", `{"name": "A"}`, repair.Repair{Kind: repair.Space, Offset: 14, From: "\u00a0"}},
		{`{"name": f"{x}"}`, `{"name":"{x}"}`, repair.Repair{Kind: repair.Literal, Pointer: "/name", Offset: 9, From: "f"}},
		{`{u"name": "A"}`, `{"name":"A"}`, repair.Repair{Kind: repair.Literal, Offset: 1, From: "u"}},
		{"{\u3000\"name\": \"A\"}", `{"name":"A"}`, repair.Repair{Kind: repair.Space, Offset: 1, From: "\u3000"}},
		{"{\"name\": \"A\xff\"}", `{"name": "A` + "\ufffd" + `"}`, repair.Repair{Kind: repair.Encoding, Offset: 11}},
		{`{"name": "A",}`, `{"name":"A"}`, repair.Repair{Kind: repair.Comma, Offset: 12, From: ","}},
		{`{"name" = "A"}`, `{"name":"A"}`, repair.Repair{Kind: repair.Colon, Offset: 8, From: "="}},
		{`{"name": "A"`, `{"name":"A"}`, repair.Repair{Kind: repair.Bracket, Offset: 12}},
		{`{"name": "A", "ok": True}`, `{"name":"A","ok":true}`, repair.Repair{Kind: repair.Literal, Pointer: "/ok", Offset: 20, From: "True"}},
		{`{"name": "A" + "B"}`, `{"name":"AB"}`, repair.Repair{Kind: repair.Joined, Pointer: "/name", Offset: 13, From: `+ "B"`}},
		{`{\"name\": \"A\"}`, `{"name":"A"}`, repair.Repair{Kind: repair.Decoded, From: `{"name": "A"}`, To: `{"name":"A"}`}},
		{`{"name": "A", "tags": ["x", ...]}`, `{"name":"A","tags":["x"]}`, repair.Repair{Kind: repair.Skipped, Pointer: "/tags", Offset: 28, From: "..."}},
		{`{"name": "A", "age": 3`, `{"name":"A"}`, repair.Repair{Kind: repair.Truncated, Offset: 21, From: "3"}},
		{`{"NAME": "A"}`, `{"name":"A"}`, repair.Repair{Kind: repair.Renamed, Pointer: "/name", Offset: 1, From: `"NAME"`, To: `"name"`}},
		{`{"name": "A", "x": 1}`, `{"name":"A"}`, repair.Repair{Kind: repair.Dropped, Offset: 19, From: "1"}},
		{`{"name": "A", "age": null}`, `{"name":"A"}`, repair.Repair{Kind: repair.NullAbsent, Offset: 21, From: "null"}},
		{`{"name": "A", "age": "1,200 km"}`, `{"name":"A","age":1200}`, repair.Repair{Kind: repair.Number, Pointer: "/age", Offset: 21, From: `"1,200 km"`, To: "1200"}},
		{`{"name": "A", "ok": "yes"}`, `{"name":"A","ok":true}`, repair.Repair{Kind: repair.Boolean, Pointer: "/ok", Offset: 20, From: `"yes"`, To: "true"}},
		{`{"name": 7}`, `{"name":"7"}`, repair.Repair{Kind: repair.Text, Pointer: "/name", Offset: 9, From: "7", To: `"7"`}},
		{`{"name": "A", "hue": "Red!"}`, `{"name":"A","hue":"red"}`, repair.Repair{Kind: repair.Enum, Pointer: "/hue", Offset: 21, From: `"Red!"`, To: `"red"`}},
		{`{"name": "A", "tags": "x"}`, `{"name":"A","tags":["x"]}`, repair.Repair{Kind: repair.Listed, Pointer: "/tags", Offset: 22, From: `"x"`, To: `["x"]`}},
		{`{"result": {"name": "A"}}`, `{"name":"A"}`, repair.Repair{Kind: repair.Unwrapped, From: `{"result": {"name": "A"}}`, To: `{"name":"A"}`}},
		{`{"name": "Lisbon", "Name": "Porto"}`, `{"name":"Lisbon"}`, repair.Repair{Kind: repair.Duplicate, Offset: 27, From: `"Porto"`}},
		{`{"name": "A", "ok": true, "OK": false}`, `{"name":"A","ok":true}`, repair.Repair{Kind: repair.Duplicate, Offset: 32, From: "false"}},
	} {
		r, err := repair.Parse(tt.text, s)
		if err != nil || string(r.JSON) != tt.json {
			t.Errorf("%s: %s, want %s", tt.text, reading(r, err), tt.json)
			continue
		}
		found := false
		for _, p := range r.Repairs {
			if p.Kind == tt.repair.Kind {
				found = true
				// What a syntax repair is replaced by is not shown.
				if want := tt.repair; want.To == "" {
					want.To = p.To
					tt.repair = want
				}
				if !reflect.DeepEqual(p, tt.repair) {
					t.Errorf("%s: %+v, want %+v", tt.text, p, tt.repair)
				}
			}
		}
		if !found {
			t.Errorf("%s: no repair %q in %+v", tt.text, tt.repair.Kind, r.Repairs)
		}
	}
}
