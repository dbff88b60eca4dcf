package gate_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hadal-go/hadal/output/gate"
)

// An oracle knows by slow and simple means, on top of encoding/json, which
// rules a document breaks.
type oracle struct {
	limits gate.Limits // all fields set
	d      *json.Decoder
	nodes  int
	broken map[gate.Rule]bool
}

// rules returns the rules that data breaks. If it is no JSON at all, that is
// Syntax alone.
func rules(data []byte, limits gate.Limits) map[gate.Rule]bool {
	if !json.Valid(data) {
		return map[gate.Rule]bool{gate.Syntax: true}
	}
	o := oracle{limits: limits, d: json.NewDecoder(bytes.NewReader(data)), broken: make(map[gate.Rule]bool)}
	o.d.UseNumber()
	if !utf8.Valid(data) {
		o.broken[gate.InvalidUTF8] = true
	}
	if len(data) > limits.Bytes {
		o.broken[gate.TooLarge] = true
	}
	o.value(1)
	return o.broken
}

func (o *oracle) value(depth int) {
	if o.nodes++; o.nodes > o.limits.Nodes {
		o.broken[gate.TooManyNodes] = true
	}
	token, err := o.d.Token()
	if err != nil {
		panic(err)
	}
	switch token := token.(type) {
	case json.Number:
		o.number(string(token))
	case json.Delim:
		if depth > o.limits.Depth {
			o.broken[gate.TooDeep] = true
		}
		var names []string
		for o.d.More() {
			if token == '{' {
				name, _ := o.d.Token()
				names = append(names, name.(string))
			}
			o.value(depth + 1)
		}
		if _, err := o.d.Token(); err != nil {
			panic(err)
		}
		o.names(names)
	}
}

func (o *oracle) names(names []string) {
	for i, a := range names {
		for _, b := range names[:i] {
			switch {
			case a == b:
				o.broken[gate.DuplicateName] = true
			case strings.EqualFold(a, b):
				o.broken[gate.FoldedName] = true
			}
		}
	}
}

func (o *oracle) number(s string) {
	if len(s) > o.limits.Number {
		o.broken[gate.NumberTooLong] = true
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		if e, err := strconv.Atoi(strings.TrimPrefix(s[i+1:], "+")); err != nil || e > 400 || e < -400 {
			o.broken[gate.ExponentTooLarge] = true
		}
	}
}

func seeds(f *testing.F) {
	for _, doc := range documents {
		f.Add([]byte(doc.in))
	}
	f.Add([]byte(reply))
	f.Add([]byte(object(20, `"NAME3"`)))
	f.Add([]byte(`{"any":{"a":[1,{"b":1e5}]},"next":{"Next":null,"list":[{"text":"x"},{}]},"map":{"A":{"ANY":1}},"raw": [ 1 ]}`))
	f.Add([]byte(`{"text":5,"list":[{"Text":"x"}],"next":{"next":{"TEXT":1}},"kilo":1,"` + "\u212a" + `ilo":2}`))
}

func FuzzCheck(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, limits := range []gate.Limits{
			{Bytes: gate.DefaultBytes, Depth: gate.DefaultDepth, Nodes: gate.DefaultNodes, Number: gate.DefaultNumber},
			{Bytes: 1000, Depth: 3, Nodes: 10, Number: 5},
		} {
			broken := rules(data, limits)
			err := limits.Check(data)
			if err == nil {
				if len(broken) > 0 {
					t.Fatalf("Check(%q) = nil; want one of %v", data, broken)
				}
				continue
			}
			e, ok := errors.AsType[*gate.Error](err)
			if !ok {
				t.Fatalf("Check(%q) = %T", data, err)
			}
			syntax := e.Rule == gate.Syntax || e.Rule == gate.Truncated || e.Rule == gate.TrailingData
			if !broken[e.Rule] && !broken[gate.Syntax] || syntax && !broken[gate.Syntax] {
				t.Fatalf("Check(%q) = %v; want one of %v", data, err, broken)
			}
			if e.Offset < 0 || e.Offset > len(data) || (e.Rule == gate.Truncated) != (e.Offset == len(data)) || !utf8.ValidString(e.Path) {
				t.Fatalf("Check(%q) = %v", data, err)
			}
			if e.Rule == gate.TooLarge {
				continue
			}
			// What is before the place is not to blame.
			if err := limits.Check(data[:e.Offset]); err != nil && !errors.Is(err, gate.Truncated) {
				t.Fatalf("Check(%q) = %v, but up to there: %v", data, e, err)
			}
		}
	})
}

// A tree has a field for each kind of shape.
type tree struct {
	Any  any             `json:"any"`
	Kilo any             `json:"kilo"`
	Text string          `json:"text"`
	Raw  json.RawMessage `json:"raw"`
	Next *tree           `json:"next"`
	List []tree          `json:"list"`
	Map  map[string]tree `json:"map"`
	branch
}

type branch struct {
	Leaf any `json:"leaf"`
}

func FuzzDecode(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		var generic any
		var typed tree
		checked := gate.Check(data)
		err := gate.Decode(data, &typed)
		if again := gate.Decode(data, &generic); !reflect.DeepEqual(again, checked) {
			t.Fatalf("Decode(%q) = %v; Check = %v", data, again, checked)
		}
		if !bytes.Equal(data, before) {
			t.Fatalf("%q has become %q", before, data)
		}
		if checked != nil {
			if !reflect.DeepEqual(err, checked) || !reflect.DeepEqual(typed, tree{}) || generic != nil {
				t.Fatalf("Decode(%q) = %v, and v is %+v", data, err, typed)
			}
			return
		}
		if err != nil {
			e, ok := errors.AsType[*gate.Error](err)
			if !ok || e.Rule != gate.WrongType || e.Offset >= len(data) {
				t.Fatalf("Decode(%q) = %v", data, err)
			}
			if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok {
				t.Fatalf("Decode(%q) = %v: no json.UnmarshalTypeError", data, err)
			}
			if wrong, ok := find(generic, e.Path); ok && wrong == nil { // null fits everywhere
				t.Fatalf("Decode(%q) = %v: that is %v", data, err, wrong)
			}
		}
		compare(t, data, generic, typed, err != nil)
	})
}

// find returns the value at a JSON pointer, unless the pointer is cut.
func find(v any, path string) (any, bool) {
	if strings.Contains(path, "…") {
		return nil, false
	}
	for path != "" {
		var token string
		token, path, _ = strings.Cut(path[1:], "/")
		if path != "" || strings.HasSuffix(token, "/") {
			path = "/" + path
		}
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch c := v.(type) {
		case map[string]any:
			v = c[token]
		case []any:
			i, _ := strconv.Atoi(token)
			v = c[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// compare fails unless got has what is in want under the exact names of a
// tree, and nothing else. If partial, values of the wrong type are missing.
func compare(t *testing.T, data []byte, want any, got tree, partial bool) {
	members, ok := want.(map[string]any)
	if !ok && want != nil && !partial {
		t.Fatalf("Decode(%q) takes %v for a tree", data, want)
	}
	fail := func(name string) {
		t.Fatalf("Decode(%q): %s of %+v; want %v", data, name, got, want)
	}
	if !reflect.DeepEqual(got.Any, members["any"]) {
		fail("any")
	}
	if !reflect.DeepEqual(got.Kilo, members["kilo"]) {
		fail("kilo")
	}
	if !reflect.DeepEqual(got.Leaf, members["leaf"]) {
		fail("leaf")
	}
	if s, _ := members["text"].(string); got.Text != s {
		fail("text")
	}
	if raw, ok := members["raw"]; ok {
		var v any
		if err := gate.Decode(got.Raw, &v); err != nil || !reflect.DeepEqual(v, raw) || !bytes.Contains(data, got.Raw) {
			fail("raw")
		}
	} else if got.Raw != nil {
		fail("raw")
	}
	if next, ok := members["next"].(map[string]any); ok {
		compare(t, data, next, *got.Next, partial)
	} else if got.Next != nil && !(partial && members["next"] != nil && reflect.DeepEqual(*got.Next, tree{})) {
		fail("next")
	}
	items, _ := members["list"].([]any)
	if len(items) != len(got.List) {
		fail("list")
	}
	for i, item := range items {
		compare(t, data, item, got.List[i], partial)
	}
	entries, _ := members["map"].(map[string]any)
	if len(entries) != len(got.Map) {
		fail("map")
	}
	for name, entry := range entries {
		compare(t, data, entry, got.Map[name], partial)
	}
}
