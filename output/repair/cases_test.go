package repair_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/output/gate"
	"github.com/hadal-go/hadal/output/repair"
	"github.com/hadal-go/hadal/output/schema"
)

// TestCases holds what Parse makes of malformed texts, as testdata/cases says.
func TestCases(t *testing.T) {
	kinds := map[string]bool{}
	cases := readCases(t)
	for _, c := range cases {
		kinds[c.file] = true
		t.Run(c.file+"/"+c.name, func(t *testing.T) { testCase(t, c) })
	}
	t.Logf("%d cases of %d kinds", len(cases), len(kinds))
	if len(kinds) < 40 || len(cases) < 400 {
		t.Errorf("%d cases of %d kinds, want at least 400 of 40", len(cases), len(kinds))
	}
}

func testCase(t *testing.T, c malformed) {
	s := schemaOf(t, c.schema)
	r, err := repair.Parse(c.text, s)
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("testdata/cases/%s.txt:%d: %s\nschema  %s\ntext    %s\nwant    %s %s %s\n%s", c.file, c.line,
			fmt.Sprintf(format, args...), c.schema, c.text, c.mode, c.want, strings.Join(c.errors, " or "), reading(r, err))
	}
	if c.mode == "error" {
		if err == nil || !slices.Contains(c.errors, kindOf(err)) {
			fail("error %v (%q)", err, kindOf(err))
		}
		if _, ok := errors.AsType[*repair.Error](err); err != nil && (!ok || err.Error() == "") {
			fail("error is a %T, want a *repair.Error that says something", err)
		}
		if kindOf(err) == "invalid" && (r == nil || gate.Check(r.JSON) != nil) {
			fail("no sound result along with %v", err)
		}
		return
	}
	if err != nil {
		fail("error %v", err)
		return
	}
	if c.mode == "" {
		if !sameJSON(r.JSON, []byte(c.want)) {
			fail("another value")
		}
		if len(r.Repairs) == 0 {
			fail("no repairs reported")
		}
	} else if string(r.JSON) != c.want {
		fail("bytes changed")
	}
	if c.mode == "same" && len(r.Repairs) > 0 {
		fail("repairs of a valid text")
	}
	if !slices.IsSortedFunc(r.Repairs, func(a, b repair.Repair) int { return a.Offset - b.Offset }) {
		fail("repairs are not in the order of the text")
	}
	for _, p := range r.Repairs {
		if p.Kind == "" || p.Offset < 0 || p.Offset > len(c.text) || p.Pointer != "" && p.Pointer[0] != '/' {
			fail("odd repair %+v", p)
		}
	}
	if problem := unsound(r, s); problem != "" {
		fail("%s", problem)
	}
}

// unsound returns what is wrong with a result whatever the text was, or "".
func unsound(r *repair.Result, s *schema.Schema) string {
	if err := gate.Check(r.JSON); err != nil {
		return "result is not sound: " + err.Error()
	}
	if s != nil {
		if err := s.Validate(r.JSON); err != nil {
			return "result does not satisfy the schema: " + err.Error()
		}
	}
	again, err := repair.Parse(string(r.JSON), s)
	switch {
	case err != nil:
		return "result cannot be parsed again: " + err.Error()
	case !bytes.Equal(again.JSON, r.JSON) || len(again.Repairs) > 0:
		return "parsed again, the result changes to " + string(again.JSON)
	}
	return ""
}

// reading returns what Parse has returned, for people.
func reading(r *repair.Result, err error) string {
	if r == nil {
		return fmt.Sprintf("no result, %v", err)
	}
	return fmt.Sprintf("result  %s\nrepairs %+v\nerror   %v", r.JSON, r.Repairs, err)
}

// kindOf returns what case files call an error.
func kindOf(err error) string {
	_, invalid := errors.AsType[*schema.ValidationError](err)
	switch {
	case errors.Is(err, repair.ErrAmbiguous):
		return "ambiguous"
	case errors.Is(err, repair.ErrNoValue):
		return "none"
	case invalid:
		return "invalid"
	}
	return ""
}

// TestCasesAreSound holds of the cases themselves that what they want can be:
// it is sound, satisfies the schema, and is another value than the text exactly
// if the text is not valid.
func TestCasesAreSound(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range readCases(t) {
		s := schemaOf(t, c.schema)
		valid := func(text string) error {
			if s == nil {
				return gate.Check([]byte(text))
			}
			return s.Validate([]byte(text))
		}
		report := func(format string, args ...any) {
			t.Helper()
			t.Errorf("testdata/cases/%s.txt:%d: %s: "+format, append([]any{c.file, c.line, c.name}, args...)...)
		}
		if seen[c.file+"/"+c.name] {
			report("another case has this name")
		}
		seen[c.file+"/"+c.name] = true
		if err := valid(c.want); err != nil && c.mode != "error" {
			report("the wanted value is not valid: %v", err)
		}
		if valid(c.text) == nil && c.mode != "same" {
			report("the text is valid: it should be the same")
		}
		if c.mode == "bytes" && !strings.Contains(c.text, c.want) {
			report("the wanted bytes are not in the text")
		}
	}
}

// sameJSON reports whether two documents hold the same value: members in any
// order, numbers by what they are worth. It is false for what is not sound.
func sameJSON(a, b []byte) bool {
	var x, y any
	return gate.Decode(a, &x) == nil && gate.Decode(b, &y) == nil && sameValue(x, y)
}

func sameValue(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, value := range a {
			if other, ok := b[name]; !ok || !sameValue(value, other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, sameValue)
	case json.Number:
		b, ok := b.(json.Number)
		return ok && (a == b || rational(a).Cmp(rational(b)) == 0)
	}
	return a == b
}

// rational returns a number, which the gate has let in, exactly.
func rational(n json.Number) *big.Rat {
	r, _ := new(big.Rat).SetString(string(n))
	return r
}

// TestSameJSON holds what the cases compare with.
func TestSameJSON(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":[2.50]}`, `{"b":[25e-1],"a":1.0}`, true},
		{`12345678901234567890`, `12345678901234567891`, false},
		{`"\u0041"`, `"A"`, true},
		{`{"a":null}`, `{}`, false},
		{`{"a":null}`, `{"b":null}`, false},
		{`[1,2]`, `[2,1]`, false},
		{`1`, `"1"`, false},
		{`1`, `true`, false},
		{`[]`, `{}`, false},
		{`[`, `[`, false},
	} {
		if got := sameJSON([]byte(tt.a), []byte(tt.b)); got != tt.want {
			t.Errorf("sameJSON(%s, %s) = %v", tt.a, tt.b, got)
		}
	}
}
