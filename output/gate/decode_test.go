//lint:file-ignore SA5008 The tags are odd on purpose: encoding/json must be matched in what it makes of them.
//lint:file-ignore U1000 Fields that encoding/json does not see are part of that.

package gate_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/output/gate"
)

type message struct {
	Role    string          `json:"role"`
	Content *string         `json:"content"`
	Calls   []call          `json:"calls,omitempty"`
	Extra   map[string]call `json:"extra"`
	Raw     json.RawMessage `json:"raw"`
	Any     any             `json:"any"`
	Next    *message        `json:"next"`
	When    time.Time       `json:"when"`
	Hidden  string          `json:"-"`
	Quoted  int             `json:"quoted,string"`
	Pair    [2]call         `json:"pair"`
}

type call struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func TestDecode(t *testing.T) {
	str := func(s string) *string { return &s }
	tests := []struct {
		in   string
		want message
	}{
		{`{}`, message{}},
		{`null`, message{}},
		{`{"role":"user","content":"hi"}`, message{Role: "user", Content: str("hi")}},
		{`{"content":null,"unknown":[{"role":1}]}`, message{}},
		{`{"CONTENT":"EVIL"}`, message{}},
		{`{"Content":"EVIL","role":"user"}`, message{Role: "user"}},
		{`{"role":"user","Content":"EVIL"}`, message{Role: "user"}},
		{`{"role":"user" , "Content" : "EVIL" , "any":0 , "Raw":1 , "Next" : {} } `, message{Role: "user", Any: json.Number("0")}},
		{`{"Role":1,"Content":2,"Any":3}`, message{}},
		{`{"\u0063ontent":"hi"}`, message{Content: str("hi")}},
		{`{"\u0043ontent":"EVIL"}`, message{}},
		{`{"Hidden":"y","-":"z"}`, message{}},
		{`{"calls":[{"id":1,"NAME":"EVIL"},{"ID":2,"name":"ok"}]}`, message{Calls: []call{{ID: 1}, {Name: "ok"}}}},
		{`{"extra":{"NAME":{"Name":"EVIL","id":9007199254740993}}}`, message{Extra: map[string]call{"NAME": {ID: 9007199254740993}}}},
		{`{"next":{"next":{"Role":"EVIL"},"role":"x"}}`, message{Next: &message{Role: "x", Next: &message{}}}},
		{`{"pair":[{"Id":1},{"id":2},{"id":3}]}`, message{Pair: [2]call{{}, {ID: 2}}}},
		{`{"raw": {"A" :1,  "b":[ 1e5 ]} ,"Any":0}`, message{Raw: json.RawMessage(`{"A" :1,  "b":[ 1e5 ]}`)}},
		{`{"any":12345678901234567890}`, message{Any: json.Number("12345678901234567890")}},
		{`{"any":{"ANY":[1.50,"\ud800"]}}`, message{Any: map[string]any{"ANY": []any{json.Number("1.50"), "\ufffd"}}}},
		{`{"when":"2026-01-02T03:04:05Z"}`, message{When: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}},
		{`{"quoted":"12"}`, message{Quoted: 12}},
		{`{"Quoted":"12"}`, message{}},
	}
	for _, test := range tests {
		var got message
		if err := gate.Decode([]byte(test.in), &got); err != nil {
			t.Errorf("Decode(%s): %v", test.in, err)
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("Decode(%s) = %+v; want %+v", test.in, got, test.want)
		}
	}
}

func TestDecodeKeepsArgument(t *testing.T) {
	in := []byte(`{"role":"user","ROLE ":1,"Any":{"x":1}}`)
	before := string(in)
	var m message
	if err := gate.Decode(in, &m); err != nil || string(in) != before {
		t.Errorf("data is now %s, error %v", in, err)
	}
}

func TestDecodeUnsound(t *testing.T) {
	for _, in := range []string{"", `{"role":"x"`, `{"role":"x","ROLE":"y"}`, `{"role":"x"} 1`, `{"role":"x","any":1e999}`} {
		m := message{Role: "before"}
		if err := gate.Decode([]byte(in), &m); err == nil || m.Role != "before" {
			t.Errorf("Decode(%s) = %v, and v is %+v", in, err, m)
		}
	}
}

func TestDecodeBadTarget(t *testing.T) {
	for _, v := range []any{nil, message{}, (*message)(nil), map[string]any{}, "x", error(nil)} {
		err := gate.Decode([]byte(`{`), v)
		e, ok := errors.AsType[*gate.Error](err)
		if !ok || e.Rule != gate.BadTarget || err.Error() != "gate: target is not a pointer" {
			t.Errorf("Decode into %T = %v", v, err)
		}
		if _, ok := errors.AsType[*json.InvalidUnmarshalError](err); !ok {
			t.Errorf("Decode into %T: %v has no InvalidUnmarshalError", v, err)
		}
	}
}

type picky struct{ N int }

func (p *picky) UnmarshalText(b []byte) error {
	if string(b) == "no" {
		return errors.New("refused: " + string(b))
	}
	p.N = len(b)
	return nil
}

func TestDecodeWrongType(t *testing.T) {
	type inner struct {
		Byte   int8            `json:"byte"`
		Addr   netip.Addr      `json:"addr"`
		Picky  picky           `json:"picky"`
		Quoted int             `json:"quoted,string"`
		Bytes  []byte          `json:"bytes"`
		Ints   map[int]string  `json:"ints"`
		List   []string        `json:"list"`
		Func   func()          `json:"func"`
		Number json.Number     `json:"number"`
		Shaped fmt.Stringer    `json:"shaped"`
		Flags  map[string]bool `json:"flags"`
		Floats []float64       `json:"floats"`
	}
	type outer struct {
		In    []inner `json:"in"`
		After int     `json:"after"`
		Any   any     `json:"any"`
	}
	tests := []struct {
		value string // of a member of inner
		at    int    // from the start of value
		path  string
		typed bool // the cause is a json.UnmarshalTypeError
		text  string
	}{
		{`"byte":300`, 7, "/byte", true, ": number for int8"},
		{`"byte":"secret"`, 7, "/byte", true, ": string for int8"},
		{`"byte": [1]`, 8, "/byte", true, ": array for int8"},
		{`"byte":1.5`, 7, "/byte", true, ": number for int8"},
		{`"addr":"secret"`, 7, "/addr", false, ""},
		{`"addr":5`, 7, "/addr", true, ": number for netip.Addr"},
		{`"picky":"no"`, 8, "/picky", false, ""},
		{`"quoted":"secret"`, 9, "/quoted", false, ""},
		{`"quoted":5`, 9, "/quoted", false, ""},
		{`"bytes":"!!"`, 8, "/bytes", false, ""},
		{`"bytes":[1,2,256]`, 13, "/bytes/2", true, ": number for uint8"},
		{`"ints":{"1":"x","secret":"y"}`, 16, "/ints/secret", true, ": number for int"},
		{`"ints":{"1":"x","2":3}`, 20, "/ints/2", true, ": number for string"},
		{`"list":["a","b", {"c":1}]`, 17, "/list/2", true, ": object for string"},
		{`"list":"a"`, 7, "/list", true, ": string for []string"},
		{`"func":1`, 7, "/func", true, ": number for func()"},
		{`"number":"secret"`, 9, "/number", false, ""},
		{`"flags":{"x":true,"y":0}`, 22, "/flags/y", true, ": number for bool"},
		{`"floats":[1.5,"a"]`, 14, "/floats/1", true, ": string for float64"},
		{`"shaped":true`, 9, "/shaped", true, ": bool for fmt.Stringer"},
	}
	for _, test := range tests {
		// A hidden member before the value does not shift the offset.
		for _, before := range []string{`{"in":[{},{"unknown":{},`, `{"ANY":"x", "in":[{"BYTE":"x"},{"unknown":{},`} {
			in := before + test.value + `}],"after":7}`
			var v outer
			err := gate.Decode([]byte(in), &v)
			e, ok := errors.AsType[*gate.Error](err)
			if !ok || e.Rule != gate.WrongType || e.Offset != len(before)+test.at || e.Path != "/in/1"+test.path {
				t.Errorf("Decode(%s) = %v; want offset %d, path %s", in, err, len(before)+test.at, test.path)
				continue
			}
			cause, typed := errors.AsType[*json.UnmarshalTypeError](err)
			if typed != test.typed {
				t.Errorf("Decode(%s): cause is %T", in, e.Err)
			}
			if typed && strings.Contains(cause.Error(), "300") {
				t.Errorf("Decode(%s): cause holds data: %v", in, cause)
			}
			want := fmt.Sprintf("gate: wrong type at offset %d, in %q%s", e.Offset, e.Path, test.text)
			if err.Error() != want {
				t.Errorf("Decode(%s) = %q; want %q", in, err, want)
			}
			if test.typed && v.After != 7 {
				t.Errorf("Decode(%s): what follows is missing: %+v", in, v)
			}
		}
	}
}

func TestDecodeRoot(t *testing.T) {
	var n int
	err := gate.Decode([]byte(" \"x\""), &n)
	if e, ok := errors.AsType[*gate.Error](err); !ok || e.Offset != 1 || e.Path != "" {
		t.Errorf("got %v", err)
	}
	if err := gate.Decode([]byte("5"), &n); err != nil || n != 5 {
		t.Errorf("got %d, %v", n, err)
	}
	m := map[string]any{"old": 1}
	if err := gate.Decode([]byte(`{"New":1,"x":[2]}`), &m); err != nil || len(m) != 3 || m["New"] != json.Number("1") {
		t.Errorf("got %v, %v", m, err)
	}
	var p **call
	if err := gate.Decode([]byte(`{"ID":1,"name":"x"}`), &p); err != nil || **p != (call{Name: "x"}) {
		t.Errorf("got %v, %v", p, err)
	}
}

// A pointer in an interface is decoded into, and its names count as well.
func TestDecodeThroughInterface(t *testing.T) {
	const in = `{"data":{"ID":1,"name":"x"},"list":[0,{"NAME":"EVIL"}],"map":{"a":{"Name":1}}}`
	var c, second call
	list := []any{nil, &second}[:1]
	v := struct {
		Data any            `json:"data"`
		List []any          `json:"list"`
		Map  map[string]any `json:"map"`
	}{&c, list, map[string]any{"a": &c}}
	if err := gate.Decode([]byte(in), &v); err != nil {
		t.Fatal(err)
	}
	if c != (call{Name: "x"}) || second != (call{}) {
		t.Errorf("got %+v and %+v", c, second)
	}

	var root any = &c
	if err := gate.Decode([]byte(`{"id":5,"NAME":"EVIL"}`), &root); err != nil || c != (call{ID: 5, Name: "x"}) {
		t.Errorf("got %+v, %v", c, err)
	}
	var self any
	self = &self
	if err := gate.Decode([]byte(`{"a":1}`), &self); err != nil || !reflect.DeepEqual(self, map[string]any{"a": json.Number("1")}) {
		t.Errorf("got %v, %v", self, err)
	}
}

// Types whose fields compete for names, in all ways there are.
type (
	deepest struct {
		A int
		Z int `json:"z"`
	}
	left struct {
		A, B, C int
		D       int `json:"d"`
		deepest
	}
	right struct {
		B int
		C int `json:"C"`
		D int
	}
	Pointed struct {
		X int `json:"x"`
		Y int
	}
	lower struct {
		N int `json:"n"`
	}
	vanish struct { // X vanishes, and x is left for it to fold to
		left
		right
		B2 int `json:"c2"`
		b  int
		L  int `json:"b"`
	}
	both struct {
		A int `json:"a"`
		B int `json:"A"`
	}
	twice struct {
		one
		two
	}
	one    struct{ shared }
	two    struct{ shared }
	shared struct {
		S int
		T int `json:"t"`
	}
	odd struct {
		A int `json:"a b"`
		B int `json:"\"q"`
		C int `json:"é"`
		D int `json:"-,"`
		E int `json:",omitempty"`
		F int `json:"ſ,"`
		G int `json:"日本"`
		K int `json:"K"`
		*Pointed
		Named lower `json:"named"`
		lower `json:"low"`
	}
	number int
	alias  struct {
		number
		Number2 number
	}
)

func TestDecodeNames(t *testing.T) {
	for _, v := range []any{new(deepest), new(left), new(right), new(Pointed), new(vanish), new(both), new(twice), new(odd), new(alias)} {
		typ := reflect.TypeOf(v).Elem()
		fill(reflect.ValueOf(v).Elem())
		full, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(full, &members); err != nil {
			t.Fatal(err)
		}
		candidates := map[string]bool{"A": true, "B": true, "C": true, "D": true, "X": true, "S": true, "q": true, "B2": true, "L": true, "-": true, "number": true}
		for name := range members {
			candidates[name] = true
		}
		for name := range maps.Clone(candidates) {
			for _, f := range []func(string) string{strings.ToLower, strings.ToUpper, strings.ToTitle} {
				candidates[f(name)] = true
				candidates[strings.ReplaceAll(f(name), "K", "\u212a")] = true
				candidates[strings.ReplaceAll(f(name), "S", "ſ")] = true
			}
		}
		for _, name := range slices.Sorted(maps.Keys(candidates)) {
			value, exact := members[name]
			if !exact {
				value = json.RawMessage("1")
			}
			in, _ := json.Marshal(map[string]json.RawMessage{name: value})
			got := reflect.New(typ)
			if err := gate.Decode(in, got.Interface()); err != nil {
				t.Errorf("%v: Decode(%s): %v", typ, in, err)
			}
			if filled := !got.Elem().IsZero(); filled != exact {
				t.Errorf("%v: Decode(%s) fills a field is %v; want %v", typ, in, filled, exact)
			}
		}
	}
}

// fill sets all fields that can be set to something that is not zero.
func fill(v reflect.Value) {
	for _, f := range v.Fields() {
		switch {
		case f.Kind() == reflect.Struct:
			fill(f)
		case f.Kind() == reflect.Pointer && f.CanSet():
			f.Set(reflect.New(f.Type().Elem()))
			fill(f.Elem())
		case f.CanInt() && f.CanSet():
			f.SetInt(1)
		}
	}
}

// What decodes itself sees all of its bytes.
type itself struct {
	Got string
	call
}

func (s *itself) UnmarshalJSON(data []byte) error { s.Got = string(data); return nil }

type lists []struct {
	X []lists `json:"x"`
	N int     `json:"n"`
}

// Loop embeds itself.
type Loop struct {
	*Loop
	N, M int
}

func TestDecodeShapes(t *testing.T) {
	var v struct {
		Itself  itself              `json:"itself"`
		Pointer *itself             `json:"pointer"`
		Deep    []map[string]itself `json:"deep"`
		Lists   lists               `json:"lists"`
		Plain   struct{ itself }    `json:"plain"` // has no name, so its method does not count
	}
	const in = `{"itself":{"GOT" : 1},"pointer":{"Id":2,"Got":"x"},"deep":[{"Got":{"ID":1}}],
		"lists":[{"x":[[{"N":1},{"n":2}]],"N":3}]}`
	if err := gate.Decode([]byte(in), &v); err != nil {
		t.Fatal(err)
	}
	if v.Itself.Got != `{"GOT" : 1}` || v.Pointer.Got != `{"Id":2,"Got":"x"}` || v.Deep[0]["Got"].Got != `{"ID":1}` {
		t.Errorf("got %+v", v)
	}
	if v.Lists[0].N != 0 || v.Lists[0].X[0][0].N != 0 || v.Lists[0].X[0][1].N != 2 {
		t.Errorf("got %+v", v.Lists)
	}
	var loop Loop
	if err := gate.Decode([]byte(`{"n":1,"LOOP":{},"M":2}`), &loop); err != nil || loop != (Loop{M: 2}) {
		t.Errorf("got %+v, %v", loop, err)
	}
	for _, in := range []string{`{"plain":{"Got":"x","name":"z"}}`, `{"plain":{"got":"x","NAME":"y"}}`} {
		if err := gate.Decode([]byte(in), &v); err != nil {
			t.Fatal(err)
		}
	}
	if v.Plain.Got != "x" || v.Plain.Name != "z" {
		t.Errorf("got %+v", v.Plain)
	}
}

type unsettable struct {
	*hiddenPart
	Z int `json:"z"`
}

type hiddenPart struct {
	P int `json:"p"`
}

func TestDecodeUnsettable(t *testing.T) {
	var v unsettable
	if err := gate.Decode([]byte(`{"P":1,"z":2}`), &v); err != nil || v.Z != 2 || v.hiddenPart != nil {
		t.Errorf("got %+v, %v", v, err)
	}
	if err := gate.Decode([]byte(`{"p":1,"z":3}`), &v); !errors.Is(err, gate.WrongType) || v.Z != 3 {
		t.Errorf("got %+v, %v", v, err)
	}
}
