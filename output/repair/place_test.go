package repair_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/output/repair"
)

// TestPlaces holds that a repair names what the text has where it says, and that
// nothing is left out without one.
func TestPlaces(t *testing.T) {
	for _, tt := range []struct {
		text, schema, json string
		want               []repair.Repair // all of them; what is not set is not compared
	}{
		{`{"a": "x», "b": 1}`, "any", `{"a":"x","b":1}`, []repair.Repair{{Kind: repair.Quotes, Pointer: "/a", From: "»"}}},
		{`{"a": 1,,}`, "any", `{"a":1}`, []repair.Repair{{Kind: repair.Comma, From: ","}, {Kind: repair.Comma, From: ","}}},
		{`[1 ; ]`, "any", `[1]`, []repair.Repair{{Kind: repair.Comma, From: ";"}, {Kind: repair.Comma, From: ";"}}},
		{`[1,`, "any", `[1]`, []repair.Repair{{Kind: repair.Comma, From: ","}, {Kind: repair.Bracket}}},
		{`{"a": 1, "b": , "c": 2}`, "any", `{"a":1,"c":2}`, []repair.Repair{{Kind: repair.Skipped, From: `"b": `}}},
		{`{"a": 1, "b": ..., "c": 2}`, "any", `{"a":1,"c":2}`, []repair.Repair{{Kind: repair.Skipped, From: `"b": ...`}}},
		{`{"a": {"b": 1]}`, "any", `{"a":{"b":1}}`, []repair.Repair{{Kind: repair.Bracket, Pointer: "/a", From: "]"}}},
		{`[{"a": 1］`, "any", `[{"a":1}]`, []repair.Repair{{Kind: repair.Bracket, From: "］"}, {Kind: repair.Bracket, Pointer: "/0"}}},
		{`{"a": 1, "b`, "any", `{"a":1}`, []repair.Repair{{Kind: repair.Truncated}, {Kind: repair.Bracket}}},
		{`{"a": "x\u00`, "any", `{"a":"x"}`, []repair.Repair{{Kind: repair.Truncated, Pointer: "/a", From: `\u00`}, {Kind: repair.Bracket}}},
		{"{\"a\": 1\u00a0, \"b\": true\u200b}", "any", `{"a":1,"b":true}`, []repair.Repair{{Kind: repair.Space, Pointer: "/a", From: "\u00a0"}, {Kind: repair.Space, Pointer: "/b", From: "\u200b"}}},
		{`{"a": "x "y" and "z"."}`, "any", `{"a":"x \"y\" and \"z\"."}`, []repair.Repair{{Kind: repair.InnerQuote, Pointer: "/a", From: `"y" and "z"`}}},
		{`Here: {\"a\": 1} bye`, "any", `{"a":1}`, []repair.Repair{{Kind: repair.Surroundings, From: "Here:"}, {Kind: repair.Decoded}, {Kind: repair.Surroundings, From: "bye"}}},
		{"```json\n\ufeff[1]\n```", "any", `[1]`, []repair.Repair{{Kind: repair.Surroundings, From: "```json\n\ufeff"}, {Kind: repair.Surroundings, From: "```"}}},
		{"- name: Ada\n- age: 36", "person", `{"name":"Ada","age":36}`, []repair.Repair{
			{Kind: repair.Surroundings, From: "- "}, {Kind: repair.Bracket}, {Kind: repair.Unquoted, From: "name"}, {Kind: repair.Unquoted, From: "Ada"},
			{Kind: repair.Surroundings, From: "- "}, {Kind: repair.Comma}, {Kind: repair.Unquoted, From: "age"}}},
		{`{"s": "\u0041", }`, `{"properties": {"s": {"enum": ["A"]}}}`, `{"s":"\u0041"}`, []repair.Repair{{Kind: repair.Comma, From: ","}}},
	} {
		r, err := repair.Parse(tt.text, schemaOf(t, tt.schema))
		if err != nil || string(r.JSON) != tt.json || len(r.Repairs) != len(tt.want) {
			t.Errorf("%q: %s, want %s %+v", tt.text, reading(r, err), tt.json, tt.want)
			continue
		}
		for i, p := range r.Repairs {
			want := tt.want[i]
			if p.Kind != want.Kind || want.From != "" && p.From != want.From || want.Pointer != "" && p.Pointer != want.Pointer {
				t.Errorf("%q: %+v, want %+v", tt.text, p, want)
			}
			if p.Kind != repair.Decoded && p.Kind != repair.Surroundings && !strings.HasPrefix(tt.text[p.Offset:], p.From) {
				t.Errorf("%q: %+v is not there", tt.text, p)
			}
		}
	}
}

// TestPlacesAfterEncoding holds that offsets are those of the text and not of
// what becomes of it where it is not UTF-8.
func TestPlacesAfterEncoding(t *testing.T) {
	for _, bad := range []string{"\xff", "\xff\xfe\xfd\xfc\xfb\xfa", "\xe4\xbd", "\xffé\xff", "\ufffd\xff"} {
		text := bad + `{"a": 1,}` + bad + "."
		r, err := repair.Parse(text, nil)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		for _, p := range r.Repairs {
			if p.Kind == repair.Comma && p.Offset != len(bad)+7 {
				t.Errorf("%q: %+v, want offset %d", text, p, len(bad)+7)
			}
			if p.Offset > len(text) {
				t.Errorf("%q: %+v is after the text", text, p)
			}
		}
		text = bad + `{"a": 1, "a": 2}`
		_, err = repair.Parse(text, nil)
		if e, ok := errors.AsType[*repair.Error](err); !ok || e.Offset != len(bad)+14 {
			t.Errorf("%q: %+v, want offset %d", text, err, len(bad)+14)
		}
	}
}
