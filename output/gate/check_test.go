package gate_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hadal-go/hadal/output/gate"
)

// documents are the corners of the grammar and of the rules beyond it. An
// empty rule means that the document is sound.
var documents = []struct {
	in   string
	rule gate.Rule
	at   int
}{
	// Scalars, and space around them.
	{"null", "", 0}, {"true", "", 0}, {"false", "", 0}, {"0", "", 0}, {`""`, "", 0}, {`"a"`, "", 0},
	{" 1", "", 0}, {"1 ", "", 0}, {"\t\r\n 1\t\r\n ", "", 0}, {"[]", "", 0}, {"{}", "", 0}, {" [ ] ", "", 0}, {" { } ", "", 0},
	{"", gate.Truncated, 0}, {" ", gate.Truncated, 1}, {"\n\n", gate.Truncated, 2},
	{"\x00", gate.Syntax, 0}, {"\x0b1", gate.Syntax, 0}, {"\x0c1", gate.Syntax, 0}, {"\u00a01", gate.Syntax, 0},
	{"\u20281", gate.Syntax, 0}, {"\u20601", gate.Syntax, 0}, {"1\u00a0", gate.TrailingData, 1}, {"1\x0c", gate.TrailingData, 1},
	{"\xef\xbb\xbf{}", gate.Syntax, 0}, {"\xef\xbb\xbf", gate.Syntax, 0}, {"{}\xef\xbb\xbf", gate.TrailingData, 2},
	{"\xff\xfe[\x00]\x00", gate.Syntax, 0}, {"\x00[\x00]", gate.Syntax, 0}, {"[\x00]", gate.Syntax, 1}, {"\xe5", gate.Syntax, 0},

	// Literals.
	{"t", gate.Truncated, 1}, {"tru", gate.Truncated, 3}, {"fals", gate.Truncated, 4}, {"nul", gate.Truncated, 3},
	{"True", gate.Syntax, 0}, {"TRUE", gate.Syntax, 0}, {"tRue", gate.Syntax, 1}, {"nulL", gate.Syntax, 3}, {"[nul]", gate.Syntax, 4},
	{"[tru]", gate.Syntax, 4}, {"[fals,]", gate.Syntax, 5}, {"nulll", gate.TrailingData, 4}, {"true\x00", gate.TrailingData, 4},
	{"tru\x00", gate.Syntax, 3}, {"undefined", gate.Syntax, 0}, {"None", gate.Syntax, 0}, {"NaN", gate.Syntax, 0}, {"nan", gate.Syntax, 1},
	{"Infinity", gate.Syntax, 0}, {"-Infinity", gate.Syntax, 1}, {"[-NaN]", gate.Syntax, 2}, {"a", gate.Syntax, 0}, {"'a'", gate.Syntax, 0},
	{"[true false]", gate.Syntax, 6}, {"truefalse", gate.TrailingData, 4},

	// Numbers.
	{"-0", "", 0}, {"-0.0", "", 0}, {"0.0", "", 0}, {"-1", "", 0}, {"10", "", 0}, {"1234567890", "", 0}, {"0e1", "", 0}, {"0e+1", "", 0},
	{"0E-1", "", 0}, {"1e1", "", 0}, {"1E22", "", 0}, {"1.5e+3", "", 0}, {"-0.000000001", "", 0}, {"1e00", "", 0}, {"1e-007", "", 0},
	{"12345678901234567890", "", 0}, {"123.456e78", "", 0}, {"[0,-0,1.0]", "", 0}, {"1e400", "", 0}, {"1e-400", "", 0}, {"1e+0000400", "", 0},
	{"-", gate.Truncated, 1}, {"1.", gate.Truncated, 2}, {"1e", gate.Truncated, 2}, {"1e+", gate.Truncated, 3}, {"1E-", gate.Truncated, 3},
	{"-1.", gate.Truncated, 3}, {"0.", gate.Truncated, 2}, {"[-]", gate.Syntax, 2}, {"[1.]", gate.Syntax, 3}, {"[1e]", gate.Syntax, 3},
	{"[1e+]", gate.Syntax, 4}, {"[1.e1]", gate.Syntax, 3}, {"01", gate.Syntax, 1}, {"-01", gate.Syntax, 2}, {"00", gate.Syntax, 1},
	{"[012]", gate.Syntax, 2}, {"+1", gate.Syntax, 0}, {"++1", gate.Syntax, 0}, {"--1", gate.Syntax, 1}, {"- 1", gate.Syntax, 1},
	{".5", gate.Syntax, 0}, {"-.5", gate.Syntax, 1}, {"[.1]", gate.Syntax, 1}, {"0x10", gate.TrailingData, 1}, {"[0x1]", gate.Syntax, 2},
	{"1_000", gate.TrailingData, 1}, {"[1 000]", gate.Syntax, 3}, {"1.2.3", gate.TrailingData, 3}, {"[1+2]", gate.Syntax, 2},
	{"[1-]", gate.Syntax, 2}, {"0e", gate.Truncated, 2}, {"[0e+-1]", gate.Syntax, 4}, {"[1eE2]", gate.Syntax, 3}, {"1e1.5", gate.TrailingData, 3},
	{"\uff11", gate.Syntax, 0}, {"[1\xe5]", gate.Syntax, 2}, {"1f", gate.TrailingData, 1}, {"[1a]", gate.Syntax, 2}, {"[2.e3]", gate.Syntax, 3},
	{"1e401", gate.ExponentTooLarge, 0}, {"1e-401", gate.ExponentTooLarge, 0}, {"[0, -1e1000001]", gate.ExponentTooLarge, 4},
	{"0e99999999999999999999", gate.ExponentTooLarge, 0}, {"1E+0401", gate.ExponentTooLarge, 0}, {"[1e999999,1e999999]", gate.ExponentTooLarge, 1},

	// Strings.
	{`"\"\\\/\b\f\n\r\t\u0041"`, "", 0}, {`"\u0000"`, "", 0}, {`"\uABCD\uabcd\uAbCd"`, "", 0}, {`"\ud83d\ude00"`, "", 0},
	{`"\ud800"`, "", 0}, {`"\udc00"`, "", 0}, {`"\ud800\ud800"`, "", 0}, {`"\ud800\n"`, "", 0}, {`"\uDC00\uD800"`, "", 0}, {`"\uFFFF"`, "", 0},
	{"\"\x7f\"", "", 0}, {"\"\u2028\u2029\"", "", 0}, {"\"\u00e9\u6df1\U0001f600\U0010ffff\ufffd\ufffe\"", "", 0}, {"\"\ufeff\"", "", 0},
	{"\"/ // /* */ # '\"", "", 0}, {`"12345678"`, "", 0}, {`"1234567890123456"`, "", 0}, {`"1234567\""`, "", 0}, {`"123456\\"`, "", 0},
	{`"`, gate.Truncated, 1}, {`"a`, gate.Truncated, 2}, {`"\`, gate.Truncated, 2}, {`"\"`, gate.Truncated, 3}, {`"\u`, gate.Truncated, 3},
	{`"\u12`, gate.Truncated, 5}, {`"\u1234`, gate.Truncated, 7}, {"\"\xe6\xb7", gate.Truncated, 3}, {"\"12345678", gate.Truncated, 9},
	{`"\x41"`, gate.Syntax, 2}, {`"\a"`, gate.Syntax, 2}, {`"\'"`, gate.Syntax, 2}, {`"\0"`, gate.Syntax, 2}, {`"\U0041"`, gate.Syntax, 2},
	{`"\ "`, gate.Syntax, 2}, {"\"\\\n\"", gate.Syntax, 2}, {"\"\\\u00e9\"", gate.Syntax, 2}, {`"\u"`, gate.Syntax, 3}, {`"\u12G4"`, gate.Syntax, 5},
	{`"\u123"`, gate.Syntax, 6}, {`"\u+123"`, gate.Syntax, 3}, {`"\u 123"`, gate.Syntax, 3}, {`"\ud800\u"`, gate.Syntax, 9}, {`"\ud800\x"`, gate.Syntax, 8},
	{`"\u00` + "`" + `0"`, gate.Syntax, 5}, {`"\u00@0"`, gate.Syntax, 5}, {`"\u00g0"`, gate.Syntax, 5}, {`"\{"`, gate.Syntax, 2},
	{"\"\t\"", gate.Syntax, 1}, {"\"a\nb\"", gate.Syntax, 2}, {"\"\x00\"", gate.Syntax, 1}, {"\"\x1f\"", gate.Syntax, 1}, {"\"123456789\x1f12345678\"", gate.Syntax, 10},
	{`"a"b"`, gate.TrailingData, 3}, {`"a" "b"`, gate.TrailingData, 4}, {`["a"b]`, gate.Syntax, 4}, {`["a' ]`, gate.Truncated, 6},
	{"\"\xff\"", gate.InvalidUTF8, 1}, {"\"\x80\"", gate.InvalidUTF8, 1}, {"\"a\xc3(\"", gate.InvalidUTF8, 2}, {"\"\xc0\xaf\"", gate.InvalidUTF8, 1},
	{"\"\xc1\xbf\"", gate.InvalidUTF8, 1}, {"\"\xe0\x80\xaf\"", gate.InvalidUTF8, 1}, {"\"\xed\xa0\x80\"", gate.InvalidUTF8, 1},
	{"\"\xed\xbf\xbf\"", gate.InvalidUTF8, 1}, {"\"\xf4\x90\x80\x80\"", gate.InvalidUTF8, 1}, {"\"\xf8\x88\x80\x80\x80\"", gate.InvalidUTF8, 1},
	{"\"\xe6\xb7\"", gate.InvalidUTF8, 1}, {"\"\u6df1\xe6\"", gate.InvalidUTF8, 4}, {"\"12345678\xfe\"", gate.InvalidUTF8, 9}, {"{\"\xe9\":0}", gate.InvalidUTF8, 2},

	// Arrays.
	{"[1]", "", 0}, {"[1,2]", "", 0}, {"[ 1 , 2 ]", "", 0}, {"[[]]", "", 0}, {"[[],[[]],{}]", "", 0}, {"[null,true,\"\",{},1]", "", 0}, {"[\n]", "", 0},
	{"[", gate.Truncated, 1}, {"[1", gate.Truncated, 2}, {"[1,", gate.Truncated, 3}, {"[[]", gate.Truncated, 3}, {"[ ", gate.Truncated, 2},
	{"]", gate.Syntax, 0}, {"[1,]", gate.Syntax, 3}, {"[,]", gate.Syntax, 1}, {"[,1]", gate.Syntax, 1}, {"[1,,2]", gate.Syntax, 3}, {"[1 2]", gate.Syntax, 3},
	{"[1;2]", gate.Syntax, 2}, {"[1:2]", gate.Syntax, 2}, {"[}", gate.Syntax, 1}, {"[1}", gate.Syntax, 2}, {"[\"a\":1]", gate.Syntax, 4}, {"[]]", gate.TrailingData, 2},
	{"[][]", gate.TrailingData, 2}, {"[],", gate.TrailingData, 2}, {"1,2", gate.TrailingData, 1}, {"[*]", gate.Syntax, 1}, {"[1]x", gate.TrailingData, 3},
	{"[<null>]", gate.Syntax, 1}, {"[(1)]", gate.Syntax, 1}, {"[//\n1]", gate.Syntax, 1}, {"[1/*a*/]", gate.Syntax, 2}, {"[\x0c]", gate.Syntax, 1}, {"[\xff]", gate.Syntax, 1},

	// Objects.
	{`{"a":1}`, "", 0}, {`{"a":1,"b":2}`, "", 0}, {` { "a" : 1 , "b" : 2 } `, "", 0}, {`{"":0}`, "", 0}, {`{"a":{"a":{"a":[]}}}`, "", 0},
	{`{"a\u0000b":0}`, "", 0}, {`[{"a":1},{"a":2}]`, "", 0}, {`{"a":{"b":1},"b":{"a":1}}`, "", 0}, {`{"a b":0,"a-b":0,"a_b":0,"ab":0}`, "", 0},
	{"{", gate.Truncated, 1}, {`{"a`, gate.Truncated, 3}, {`{"a"`, gate.Truncated, 4}, {`{"a":`, gate.Truncated, 5}, {`{"a":1`, gate.Truncated, 6}, {`{"a":1,`, gate.Truncated, 7},
	{"}", gate.Syntax, 0}, {`{"a"}`, gate.Syntax, 4}, {`{"a":}`, gate.Syntax, 5}, {`{:1}`, gate.Syntax, 1}, {`{"a":1,}`, gate.Syntax, 7}, {`{,}`, gate.Syntax, 1},
	{`{"a" 1}`, gate.Syntax, 5}, {`{"a"::1}`, gate.Syntax, 5}, {`{"a":1 "b":2}`, gate.Syntax, 7}, {`{"a":1,,"b":2}`, gate.Syntax, 7}, {`{a:1}`, gate.Syntax, 1},
	{`{'a':1}`, gate.Syntax, 1}, {`{1:1}`, gate.Syntax, 1}, {`{null:1}`, gate.Syntax, 1}, {`{[]:1}`, gate.Syntax, 1}, {`{"a":1]`, gate.Syntax, 6}, {`{]`, gate.Syntax, 1},
	{`{"a":1}}`, gate.TrailingData, 7}, {`{"a":1}{"b":2}`, gate.TrailingData, 7}, {`{"a":1}#`, gate.TrailingData, 7}, {`{"a":1}//`, gate.TrailingData, 7},
	{`{"a":"b":"c"}`, gate.Syntax, 8}, {`{"a","b"}`, gate.Syntax, 4}, {`{"a"=1}`, gate.Syntax, 4}, {`{"a":1 /*b*/}`, gate.Syntax, 7}, {`{"a":1...}`, gate.Syntax, 7},

	// Names that are one.
	{`{"a":1,"a":1}`, gate.DuplicateName, 7}, {`{"":1,"":1}`, gate.DuplicateName, 6}, {`{"a":1,"\u0061":2}`, gate.DuplicateName, 7},
	{`{"\/":1,"/":2}`, gate.DuplicateName, 8}, {`{"\u00E9":1,"é":2}`, gate.DuplicateName, 12}, {`{"\ud83d\ude00":1,"😀":2}`, gate.DuplicateName, 18},
	{`{"\ud800":1,"\udfff":2}`, gate.DuplicateName, 12}, {`{"\ud800":1,"\ufffd":2}`, gate.DuplicateName, 12}, {`{"\n":1,"\u000a":2}`, gate.DuplicateName, 8},
	{`{"x":{"a":[],"b":{},"a":0}}`, gate.DuplicateName, 20}, {`{"a":{"b":0},"a":0}`, gate.DuplicateName, 13}, {`[{"b":0},{"a":0,"a":0}]`, gate.DuplicateName, 16},
	{`{"\b\f\r\t":1,"\u0008\u000C\u000d\u0009":2}`, gate.DuplicateName, 14}, {`{"__proto__":1,"__proto__":2}`, gate.DuplicateName, 15},
	{`{"a":1,"A":2}`, gate.FoldedName, 7}, {`{"path":1,"PATH":2}`, gate.FoldedName, 10}, {`{"abcdefgh1":1,"ABCDEFGH1":2}`, gate.FoldedName, 15},
	{`{"k":1,"K":2}`, gate.FoldedName, 7}, {"{\"k\":1,\"\u212a\":2}", gate.FoldedName, 7}, {`{"K":1,"\u212A":2}`, gate.FoldedName, 7}, {"{\"s\":1,\"\u017f\":2}", gate.FoldedName, 7},
	{"{\"clas\u017f\":1,\"CLASS\":2}", gate.FoldedName, 12}, {`{"é":1,"É":2}`, gate.FoldedName, 8}, {`{"\u00e9":1,"É":2}`, gate.FoldedName, 12},
	{`{"σ":1,"ς":2}`, gate.FoldedName, 8}, {`{"Σ":1,"ς":2}`, gate.FoldedName, 8}, {`{"\u0041":1,"a":2}`, gate.FoldedName, 12}, {`{"ǆ":1,"ǅ":2}`, gate.FoldedName, 8},
	// Not by simple folding, nor in other ways that look the same.
	{`{"ß":1,"ss":2}`, "", 0}, {`{"ı":1,"i":2}`, "", 0}, {`{"İ":1,"i":2}`, "", 0}, {`{"é":1,"e\u0301":2}`, "", 0}, {`{"ﬁ":1,"fi":2}`, "", 0}, {`{"а":1,"a":2}`, "", 0},
	{`{"@":1,"` + "`" + `":2,"[":3,"{":4,"_":5,"\u007f":6}`, "", 0}, {`{"1":1,"\u0011":2}`, "", 0}, {`{"abcdefg@":1,"abcdefg` + "`" + `":2}`, "", 0},
	// The first place counts.
	{`{"a":1,"a":`, gate.DuplicateName, 7}, {`{"a":1,"b"`, gate.Truncated, 10}, {"[1e999,\"\xff\"]", gate.ExponentTooLarge, 1}, {"[\"\xff\",1e999]", gate.InvalidUTF8, 2},
}

func TestCheck(t *testing.T) {
	for _, doc := range documents {
		err := gate.Check([]byte(doc.in))
		if doc.rule == "" {
			if err != nil {
				t.Errorf("Check(%q) = %v; want nil", doc.in, err)
			}
			if !json.Valid([]byte(doc.in)) || !utf8.ValidString(doc.in) {
				t.Errorf("%q is in the table as sound and is not", doc.in)
			}
			continue
		}
		e, ok := errors.AsType[*gate.Error](err)
		if !ok || e.Rule != doc.rule || e.Offset != doc.at {
			t.Errorf("Check(%q) = %v; want %q at %d", doc.in, err, doc.rule, doc.at)
		}
		if !errors.Is(err, doc.rule) {
			t.Errorf("Check(%q): errors.Is(err, %q) is false", doc.in, doc.rule)
		}
		extra := doc.rule != gate.Syntax && doc.rule != gate.Truncated && doc.rule != gate.TrailingData
		if valid := json.Valid([]byte(doc.in)); valid && !extra {
			t.Errorf("Check(%q) = %v; json.Valid says otherwise", doc.in, err)
		}
	}
	if len(documents) < 150 {
		t.Errorf("only %d documents", len(documents))
	}
}

func nest(open, inner, shut string, n int) string {
	return strings.Repeat(open, n) + inner + strings.Repeat(shut, n)
}

func TestLimits(t *testing.T) {
	row := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat("0,", n-1), ",") + "]" } // n values
	tests := []struct {
		name   string
		limits gate.Limits
		in     string
		rule   gate.Rule
		at     int
	}{
		{"bytes", gate.Limits{Bytes: 4}, "1234", "", 0},
		{"bytes over", gate.Limits{Bytes: 4}, "12345", gate.TooLarge, 4},
		{"bytes over by space", gate.Limits{Bytes: 4}, "1    ", gate.TooLarge, 4},
		{"default bytes", gate.Limits{}, `"` + strings.Repeat("x", gate.DefaultBytes-2) + `"`, "", 0},
		{"default bytes over", gate.Limits{}, `"` + strings.Repeat("x", gate.DefaultBytes-1) + `"`, gate.TooLarge, 8 << 20},
		{"no bytes", gate.Limits{Bytes: -1}, `"` + strings.Repeat("x", gate.DefaultBytes) + `"`, "", 0},
		{"depth", gate.Limits{Depth: 2}, "[[0]]", "", 0},
		{"depth over", gate.Limits{Depth: 2}, "[[[]]]", gate.TooDeep, 2},
		{"depth of objects", gate.Limits{Depth: 1}, `{"a":{}}`, gate.TooDeep, 5},
		{"depth side by side", gate.Limits{Depth: 2}, "[[],[],{}]", "", 0},
		{"default depth", gate.Limits{}, nest("[", "", "]", 512), "", 0},
		{"default depth over", gate.Limits{}, nest("[", "", "]", 513), gate.TooDeep, 512},
		{"default depth of objects", gate.Limits{}, nest(`{"a":`, "0", "}", 512), "", 0},
		{"default depth of objects over", gate.Limits{}, nest(`{"a":`, "0", "}", 513), gate.TooDeep, 512 * 5},
		{"no depth", gate.Limits{Depth: -1}, nest("[", "", "]", 10_000), "", 0},
		{"no depth over", gate.Limits{Depth: -1}, nest("[", "", "]", 10_001), gate.TooDeep, 10_000},
		{"great depth over", gate.Limits{Depth: 1e6}, nest("[", "", "]", 10_001), gate.TooDeep, 10_000},
		{"nodes", gate.Limits{Nodes: 3}, `{"a":1,"b":2}`, "", 0},
		{"nodes over", gate.Limits{Nodes: 3}, `{"a":1,"b":2,"c":3}`, gate.TooManyNodes, 17},
		{"nodes of containers", gate.Limits{Nodes: 3}, "[[],{},[]]", gate.TooManyNodes, 7},
		{"nodes over by nothing", gate.Limits{Nodes: 2}, "[1,]", gate.Syntax, 3},
		{"nodes over at the end", gate.Limits{Nodes: 2}, "[1,", gate.Truncated, 3},
		{"default nodes", gate.Limits{}, row(1 << 20), "", 0},
		{"default nodes over", gate.Limits{}, row(1<<20 + 1), gate.TooManyNodes, 2<<20 - 1},
		{"no nodes", gate.Limits{Nodes: -1}, row(1<<20 + 1), "", 0},
		{"number", gate.Limits{Number: 3}, "[-12,1e2,100]", "", 0},
		{"number over", gate.Limits{Number: 3}, "[100,1000]", gate.NumberTooLong, 5},
		{"default number", gate.Limits{}, strings.Repeat("1", 128), "", 0},
		{"default number over", gate.Limits{}, strings.Repeat("1", 129), gate.NumberTooLong, 0},
		{"default number over in exponent", gate.Limits{}, "1e" + strings.Repeat("0", 127), gate.NumberTooLong, 0},
		{"no number", gate.Limits{Number: -1}, strings.Repeat("1", 1e5), "", 0},
		{"no number, but exponent", gate.Limits{Number: -1}, "1e401", gate.ExponentTooLarge, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.limits.Check([]byte(test.in))
			if test.rule == "" {
				if err != nil {
					t.Fatal(err)
				}
				var v any
				if err := test.limits.Decode([]byte(test.in), &v); err != nil {
					t.Errorf("Decode after Check: %v", err)
				}
				return
			}
			if e, ok := errors.AsType[*gate.Error](err); !ok || e.Rule != test.rule || e.Offset != test.at {
				t.Errorf("got %v; want %q at %d", err, test.rule, test.at)
			}
		})
	}
}

// Thirty megabytes of brackets kill parsers that recur. That the error is at
// the limit shows that the rest was not read.
func TestBrackets(t *testing.T) {
	for _, open := range []string{"[", `{"a":`} {
		data := []byte(strings.Repeat(open, 30<<20/len(open)))
		e, ok := errors.AsType[*gate.Error](gate.Check(data))
		if !ok || e.Rule != gate.TooLarge || e.Offset != 8<<20 {
			t.Errorf("Check of %s…: %v", open, e)
		}
		var v any
		e, ok = errors.AsType[*gate.Error](gate.Limits{Bytes: -1}.Decode(data, &v))
		if !ok || e.Rule != gate.TooDeep || e.Offset != 512*len(open) {
			t.Errorf("Check of %s… without a limit of bytes: %v", open, e)
		}
		e, ok = errors.AsType[*gate.Error](gate.Limits{Bytes: -1, Depth: -1}.Check(data))
		if !ok || e.Rule != gate.TooDeep || e.Offset != 10_000*len(open) {
			t.Errorf("Check of %s… without limits: %v", open, e)
		}
	}
}

// object returns an object with n names, and then the given ones.
func object(n int, more ...string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		fmt.Fprintf(&b, `"name%d":{"x":[],"y":0},`, i)
	}
	for _, name := range more {
		b.WriteString(name + `:0,`)
	}
	return strings.TrimSuffix(b.String(), ",") + "}"
}

func TestManyNames(t *testing.T) {
	for _, n := range []int{1, 14, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1000, 100_000} {
		last := fmt.Sprint(n - 1)
		for _, test := range []struct {
			name string
			rule gate.Rule
		}{
			{`"other"`, ""},
			{`"name0"`, gate.DuplicateName},
			{`"nam\u0065` + last + `"`, gate.DuplicateName},
			{`"NAME0"`, gate.FoldedName},
			{`"N\u0041mE` + last + `"`, gate.FoldedName},
		} {
			in := object(n, test.name)
			err := gate.Check([]byte(in))
			if test.rule == "" {
				if err != nil {
					t.Errorf("%d names and %s: %v", n, test.name, err)
				}
				continue
			}
			at := len(in) - len(test.name) - len(":0}")
			if e, ok := errors.AsType[*gate.Error](err); !ok || e.Rule != test.rule || e.Offset != at {
				t.Errorf("%d names and %s: %v; want %q at %d", n, test.name, err, test.rule, at)
			}
		}
	}
}

// Large objects inside each other take turns at the top of the tables.
func TestManyNamesInside(t *testing.T) {
	var b strings.Builder
	const deep = 40
	for range deep {
		b.WriteString("{")
		for i := range 40 {
			fmt.Fprintf(&b, `"a%d":0,`, i)
		}
		b.WriteString(`"in":`)
	}
	b.WriteString("0")
	for range deep {
		for i := range 400 {
			fmt.Fprintf(&b, `,"b%d":0`, i)
		}
		b.WriteString("}")
	}
	in := b.String()
	if err := gate.Check([]byte(in)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a0", "a39", "b0", "b399", "in"} {
		again := in[:len(in)-1] + `,"` + name + `":0}`
		if err := gate.Check([]byte(again)); !errors.Is(err, gate.DuplicateName) {
			t.Errorf("%s again: %v", name, err)
		}
	}
}

func TestPath(t *testing.T) {
	long := strings.Repeat("深", 40)
	tests := []struct{ in, path string }{
		{"", ""},
		{"x", ""},
		{"[1,x]", "/1"},
		{"[[],[{},[0,", "/1/1/1"},
		{`{"a":[{"b":0},{"c":x}]}`, "/a/1/c"},
		{`{"a":1,"b":tru`, "/b"},
		{`{"a":1,x`, ""},
		{`{"a/b":{"c~d":{"\u0065":x`, "/a~1b/c~0d/e"},
		{`{"a":{"b":0,"b":1}}`, "/a/b"},
		{`{"a":{"b":0,"B":1}}`, "/a/B"},
		{`{"a":"x\y"}`, "/a"},
		{`{"a":["x` + "\xff", "/a/0"},
		{`{"` + long + `":x}`, "/" + long[:63] + "…"},
		{strings.Repeat("[", 600), strings.Repeat("/0", 128) + "…"},
	}
	for _, test := range tests {
		e, ok := errors.AsType[*gate.Error](gate.Check([]byte(test.in)))
		if !ok || e.Path != test.path {
			t.Errorf("Check(%q): path %q; want %q", test.in, e.Path, test.path)
		}
	}
}

func TestErrorText(t *testing.T) {
	tests := []struct{ in, want string }{
		{"[1,]", `gate: invalid syntax at offset 3, in "/1"`},
		{"", `gate: unexpected end at offset 0`},
		{`{"a":0,"A":"secret"}`, `gate: name differs from another only in case at offset 7, in "/A"`},
		{"{\"a\\n\x7f\":0 0}", `gate: invalid syntax at offset 10, in "/a\n\x7f"`},
	}
	for _, test := range tests {
		if got := gate.Check([]byte(test.in)).Error(); got != test.want {
			t.Errorf("Check(%q) = %s; want %s", test.in, got, test.want)
		}
	}
}

func TestCheckAllocates(t *testing.T) {
	in := []byte(reply)
	if n := testing.AllocsPerRun(200, func() {
		if err := gate.Check(in); err != nil {
			t.Fatal(err)
		}
	}); n > 1 {
		t.Errorf("Check allocates %v times for a small document", n)
	}
}
