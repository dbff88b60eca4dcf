package schema

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/hadal-go/hadal/output/gate"
)

func mustParse(t testing.TB, doc string) *Schema {
	t.Helper()
	s, err := Parse([]byte(doc))
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return s
}

// TestFindings holds the words, which are for models to read.
func TestFindings(t *testing.T) {
	for _, test := range []struct{ schema, value, want string }{
		{`{"type":"number"}`, `"a"`, `(the whole): is the string "a", want a number`},
		{`{"type":["integer","null"],"minimum":0}`, `{}`, `(the whole): is an object, want null or an integer of at least 0`},
		{`{"properties":{"a/b~":{"type":"string"}}}`, `{"a/b~":1}`, `/a~1b~0: is the number 1, want a string`},
		{`{"properties":{"a":{"type":"boolean"}},"required":["a","b"]}`, `{"c":1}`, "/a: is missing, want true or false\n/b: is missing, want a value"},
		{`{"properties":{"a":{},"b":{}},"additionalProperties":false}`, `{"a":1,"c":2}`, `/c: is not a known property, want only "a" and "b"`},
		{`{"enum":["a",1,null]}`, `"` + strings.Repeat("x", 100) + `"`, `(the whole): is the string "` + strings.Repeat("x", 39) + `…", want one of "a", 1, null`},
		{`{"const":"a"}`, `"b"`, `(the whole): is the string "b", want "a"`},
		{`{"minLength":2,"maxLength":3}`, `"深"`, `(the whole): has 1 character, want 2 to 3 characters`},
		{`{"pattern":"^a"}`, `"b"`, `(the whole): is the string "b", want a string that matches ^a`},
		{`{"format":"date"}`, `"b"`, `(the whole): is the string "b", want a date such as "2006-01-02"`},
		{`{"minimum":1,"exclusiveMaximum":5,"multipleOf":2}`, `7`, `(the whole): is the number 7, want a number of at least 1 and below 5 and that is a multiple of 2`},
		{`{"minItems":2}`, `[1]`, `(the whole): has 1 item, want at least 2 items`},
		{`{"uniqueItems":true}`, `[{"a":1,"b":2},3,{"b":2.0,"a":1}]`, `/2: is the same as /0, want an item that is not in the list yet`},
		{`{"contains":{"type":"string"},"maxContains":1}`, `["a","b"]`, `(the whole): has 2 items of the kind that is counted, want exactly 1 item that is a string`},
		{`{"minProperties":1}`, `{}`, `(the whole): has 0 properties, want at least 1 property`},
		{`{"propertyNames":{"maxLength":1}}`, `{"ab":1}`, `/ab: has a name that has 2 characters, want at most 1 character`},
		{`{"dependentRequired":{"a":["b"]}}`, `{"a":1}`, `/b: is missing, want it, since "a" is there`},
		{`{"not":{"type":"string"}}`, `"a"`, `(the whole): is the string "a", want anything but a string`},
		{`{"oneOf":[{"type":"integer"},{"minimum":2}]}`, `3`, `(the whole): fits several of the alternatives, want a value that fits exactly one`},
		{`{"properties":{"a":false}}`, `{"a":1}`, `/a: is not allowed here`},
		{`{"properties":{"a":{}},"unevaluatedProperties":false}`, `{"b":1}`, `/b: is not allowed here`},
		{`{"if":{"required":["a"]},"then":{"required":["b"]}}`, `{"a":1}`, `/b: is missing, want a value`},
		{`{"allOf":[{"type":"string"},{"type":"string"}]}`, `1`, `(the whole): is the number 1, want a string`},
		// unions: what the closest alternative wants
		{`{"anyOf":[{"type":"string"},{"type":"null"},{"type":"string"}]}`, `1`, `(the whole): is the number 1, want a string or null`},
		{`{"anyOf":[{"type":"object","properties":{"a":{"type":"string"}}},{"type":"null"}]}`, `{"a":1}`, `/a: is the number 1, want a string`},
		{shapes, `{"kind":"circle","r":"1"}`, `/r: is the string "1", want a number`},
		{shapes, `{"kind":"box","w":1}`, `/h: is missing, want a number`},
		{shapes, `{"kind":"blob"}`, `/kind: is the string "blob", want "circle" or "box"`},
		{`{"oneOf":[{"required":["a"]},{"required":["b"]}]}`, `{}`, `(the whole): fits none of the alternatives, want an object with "a" or "b"`},
		{`{"anyOf":[{"enum":["a","b"]},{"const":3}]}`, `4`, `(the whole): is the number 4, want one of "a", "b" or 3`},
	} {
		err := mustParse(t, test.schema).Validate([]byte(test.value))
		e, ok := errors.AsType[*ValidationError](err)
		if !ok {
			t.Errorf("%s: %s: %v", test.schema, test.value, err)
			continue
		}
		if got := strings.TrimPrefix(e.Error(), "the value does not satisfy the schema\n"); got != test.want {
			t.Errorf("%s: %s\ngot  %s\nwant %s", test.schema, test.value, got, test.want)
		}
	}
}

const shapes = `{"anyOf":[
	{"type":"object","properties":{"kind":{"const":"circle"},"r":{"type":"number"}},"required":["kind","r"],"additionalProperties":false},
	{"type":"object","properties":{"kind":{"const":"box"},"w":{"type":"number"},"h":{"type":"number"}},"required":["kind","w","h"],"additionalProperties":false}]}`

// TestFindingsOrder holds that they come in the order of the value, at most 20,
// and the same every time.
func TestFindingsOrder(t *testing.T) {
	s := mustParse(t, `{"properties":{"a":{"type":"array","items":{"type":"string"}},"b":{"type":"string"},"z":{"type":"string"}},"required":["c"]}`)
	var want string
	for range 20 {
		err := s.Validate([]byte(`{"z":1,"b":2,"a":[1,"x",2]}`))
		if want == "" {
			want = err.Error()
		}
		if got := err.Error(); got != want || !strings.HasPrefix(got, "the value does not satisfy the schema\n/c: is missing, want a value\n/z: is the number 1, want a string\n/b: is the number 2, want a string\n/a/0: ") {
			t.Fatal(got)
		}
	}
	e, ok := errors.AsType[*ValidationError](s.Validate([]byte(repeated(`{"a":[`, `1`, ",", `],"c":1}`, 50))))
	if !ok || len(e.Findings) != MaxFindings || !e.More || e.Findings[19].Pointer != "/a/19" || !strings.HasSuffix(e.Error(), "\nand more") {
		t.Errorf("%v", e)
	}
	e, ok = errors.AsType[*ValidationError](s.Validate([]byte(repeated(`{"a":[`, `1`, ",", `],"c":1}`, 20))))
	if !ok || len(e.Findings) != MaxFindings || e.More {
		t.Errorf("%v", e)
	}
}

// expression returns a value of the schema of expressions, as deep as told, with
// a leaf of its own in the depth.
func expression(r *rand.Rand, depth int, leaf string) string {
	left := `{"op":"num","value":1}`
	if depth == 0 {
		return fmt.Sprintf(`{"op":"num","value":%s}`, leaf)
	}
	op := []string{"add", "mul", "sub"}[r.IntN(3)]
	return fmt.Sprintf(`{"op":%q,"left":%s,"right":%s}`, op, left, expression(r, depth-1, leaf))
}

// TestRecursiveUnion holds that a union in a union takes no power of the depth:
// the library tries three alternatives on each level, 3^400 in all.
func TestRecursiveUnion(t *testing.T) {
	branch := func(op string) string {
		return fmt.Sprintf(`{"type":"object","properties":{"op":{"const":%q},"left":{"$ref":"#/$defs/e"},"right":{"$ref":"#/$defs/e"}},"required":["op","left","right"],"additionalProperties":false}`, op)
	}
	num := `{"type":"object","properties":{"op":{"const":"num"},"value":{"type":"number"}},"required":["op","value"],"additionalProperties":false}`
	plain := `{"type":"object","properties":{"left":{"$ref":"#/$defs/e"},"right":{"$ref":"#/$defs/e"}},"required":["left"]}`
	r := rand.New(rand.NewPCG(1, 1))
	for name, schema := range map[string]string{
		"anyOf":  `{"$ref":"#/$defs/e","$defs":{"e":{"anyOf":[` + strings.Join([]string{branch("add"), branch("mul"), branch("sub"), num}, ",") + `]}}}`,
		"oneOf":  `{"$ref":"#/$defs/e","$defs":{"e":{"oneOf":[` + strings.Join([]string{branch("add"), branch("mul"), branch("sub"), num}, ",") + `]}}}`,
		"no tag": `{"$ref":"#/$defs/e","$defs":{"e":{"anyOf":[` + strings.Join([]string{plain, plain, plain, `{"type":"object","properties":{"value":{"type":"number"}},"required":["value"]}`}, ",") + `]}}}`,
		"beside": `{"$ref":"#/$defs/e","$defs":{"e":{"$ref":"#/$defs/f","properties":{"right":{"$ref":"#/$defs/e"},"value":{"type":"number"}}},"f":{"properties":{"right":{"$ref":"#/$defs/e"}}}}}`,
		"not":    `{"$ref":"#/$defs/e","$defs":{"e":{"not":{"not":{"allOf":[{"properties":{"right":{"$ref":"#/$defs/e"}}},{"properties":{"right":{"$ref":"#/$defs/e"}}}]}},"properties":{"value":{"type":"number"}}}}}`,
		"if":     `{"$ref":"#/$defs/e","$defs":{"e":{"if":{"properties":{"right":{"$ref":"#/$defs/e"}}},"then":{"properties":{"right":{"$ref":"#/$defs/e"},"value":{"type":"number"}}},"else":{"properties":{"right":{"$ref":"#/$defs/e"},"value":{"type":"number"}}}}}}`,
	} {
		s := mustParse(t, schema)
		value := []byte(expression(r, 400, "1"))
		if err := s.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if work := workOf(s, value); work > 1000*len(value) {
			t.Errorf("%s took %d steps for %d bytes", name, work, len(value))
		}
		if name != "not" && name != "if" {
			value := []byte(expression(r, 400, `"x"`))
			err := s.Validate(value)
			if err == nil || !strings.Contains(err.Error(), `…: is the string "x", want a number`) && name == "anyOf" {
				t.Errorf("%s: %v", name, err)
			}
			if work := workOf(s, value); work > 1000*len(value) {
				t.Errorf("%s took %d steps for %d bytes", name, work, len(value))
			}
		}
	}
}

// workOf returns the steps that the walk takes, and finding what is wrong.
func workOf(s *Schema, data []byte) int {
	w := newWalk(s, data)
	defer w.release()
	if !w.ok(s.top, 0, nil) && w.work >= 0 {
		w.explain(s.top, 0)
	}
	return maxWork - w.work
}

// TestBounded holds that a megabyte of anything takes steps in proportion, or is
// refused when there are too many.
func TestBounded(t *testing.T) {
	ones := repeated("[", "1", ",", "]", 1<<19)
	distinct := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, ",%d", i)
		}
		return "[" + b.String()[1:] + "]"
	}
	names := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"k%d":%d`, i, i)
		}
		return "{" + b.String()[1:] + "}"
	}
	var patterns strings.Builder
	for i := range 60 {
		fmt.Fprintf(&patterns, `,"k.*[%d-9].*x":{}`, i%10)
		fmt.Fprintf(&patterns, `,"(k|l|m)*%d":{}`, i)
	}
	seen := map[string]bool{}
	var kept []string
	for p := range strings.SplitSeq(patterns.String()[1:], ",") {
		if !seen[p] {
			seen[p] = true
			kept = append(kept, p)
		}
	}
	for _, test := range []struct {
		name, schema, data string
		valid              bool
		steps              int // for each byte, at most
	}{
		{"unique", `{"uniqueItems":true}`, distinct(150_000), true, 60},
		{"twins", `{"uniqueItems":true}`, ones, false, 100},
		{"wrong items", `{"items":{"type":"string"}}`, ones, false, 100},
		{"wrong unions", `{"items":{"anyOf":[{"type":"string"},{"type":"object"},{"minimum":2}]}}`, ones, false, 200},
		{"contains", `{"contains":{"anyOf":[{"type":"string"},{"type":"object"},{"minimum":2}]}}`, ones, false, 300},
		{"enum", repeated(`{"items":{"enum":[`, `"a"`, ",", `,1]}}`, 4000), ones, true, 100},
		{"const", `{"items":{"multipleOf":0.1,"minimum":0.3}}`, ones, true, 300},
		{"patterns", `{"patternProperties":{` + strings.Join(kept, ",") + `}}`, names(3_000), true, 5000},
		{"names", `{"propertyNames":{"pattern":"^(k|l|m)+[0-9]+$"},"additionalProperties":{"type":"number"}}`, names(60_000), true, 1000},
		{"unknown", `{"additionalProperties":false}`, names(60_000), false, 100},
		{"unevaluated", `{"anyOf":[{"properties":{"k1":{}}},{"properties":{"k2":{}}}],"unevaluatedProperties":{"type":"number"}}`, names(60_000), true, 200},
		{"text", `{"pattern":"^(a|aa|a?)*$"}`, `"` + strings.Repeat("a", 1<<20) + `"`, true, 200},
		{"wild", `{"pattern":"(x+x+)+y{1,900}"}`, `"` + strings.Repeat("x", 1<<20) + `"`, false, 1100},
		{"exponents", `{"items":{"type":"integer","multipleOf":3,"maximum":1e300}}`, repeated("[", "3e299", ",", "]", 1<<16), true, 4000},
		{"deep", `{"items":{"$ref":"#"},"uniqueItems":true}`, strings.Repeat("[", 511) + strings.Repeat("]", 511), true, 3000},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := mustParse(t, test.schema)
			err := s.Validate([]byte(test.data))
			if (err == nil) != test.valid {
				t.Errorf("%.300v", err)
			}
			if err != nil && len(err.Error()) > 10_000 {
				t.Errorf("%d bytes of error", len(err.Error()))
			}
			if work := workOf(s, []byte(test.data)); work > test.steps*len(test.data) {
				t.Errorf("took %d steps for each of %d bytes", work/len(test.data), len(test.data))
			}
		})
	}
}

// TestGate holds that what would kill or stall the library never reaches it.
func TestGate(t *testing.T) {
	s := mustParse(t, `{"items":{"type":"integer","minimum":0}}`)
	for data, rule := range map[string]gate.Rule{
		`1e1000001`: gate.ExponentTooLarge,
		repeated("[", "1e999999", ",", "]", 1000): gate.ExponentTooLarge,
		strings.Repeat("[", 600):                  gate.TooDeep,
		`{"a":1,"A":2}`:                           gate.FoldedName,
		`{"a":1,"a":2}`:                           gate.DuplicateName,
		"\"\xff\"":                                gate.InvalidUTF8,
		`1 2`:                                     gate.TrailingData,
		``:                                        gate.Truncated,
	} {
		var v any = "unchanged"
		for _, err := range []error{s.Validate([]byte(data)), s.Decode([]byte(data), &v)} {
			if !errors.Is(err, rule) || v != "unchanged" {
				t.Errorf("%.40s: %v, %v", data, err, v)
			}
		}
	}
}

func TestDecode(t *testing.T) {
	type item struct {
		Name string `json:"name"`
		N    int    `json:"n"`
	}
	s := For[item]()
	v := item{Name: "old"}
	if err := s.Decode([]byte(`{"name":"new","n":"x"}`), &v); err == nil || v.Name != "old" {
		t.Errorf("%v, %+v", err, v)
	}
	if err := s.Decode([]byte(`{"name":"new","n":7}`), &v); err != nil || v != (item{"new", 7}) {
		t.Errorf("%v, %+v", err, v)
	}
	if err := s.Decode([]byte(`{"name":"new","n":7}`), v); !errors.Is(err, gate.BadTarget) {
		t.Error(err)
	}
}

// TestConcurrent is for the race detector.
func TestConcurrent(t *testing.T) {
	var wg sync.WaitGroup
	s := mustParse(t, shapes)
	for range 8 {
		wg.Go(func() {
			for range 50 {
				_ = For[tree]().Validate([]byte(`{"value":1,"kids":[{"value":2}]}`))
				if s.Validate([]byte(`{"kind":"circle","r":"1"}`)) == nil || s.Root() == nil {
					t.Error("no finding")
				}
			}
		})
	}
	wg.Wait()
}

// TestLibraryHasTheLastWord holds that what the library takes is valid: here
// the rules are changed under the walk.
func TestLibraryHasTheLastWord(t *testing.T) {
	s := mustParse(t, `{"type":"string"}`)
	if _, err := s.second(); err != nil {
		t.Fatal(err)
	}
	s.top.types = Number
	if err := s.Validate([]byte(`"a"`)); err != nil {
		t.Error(err)
	}
	if err := s.Validate([]byte(`true`)); err == nil {
		t.Error("true is a string")
	}
}
