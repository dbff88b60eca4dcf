package repair_test

import (
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/output/gate"
	"github.com/hadal-go/hadal/output/repair"
)

// unlike are the cases of which Partial in the end knows something that Parse
// contradicts: it must show what it cannot know yet to be meant otherwise.
var unlike = map[string]bool{
	"missing-quote/at the end of the last value":          true,
	"schema-echo/a schema that would satisfy itself":      true,
	"tags/a call of a tool":                               true,
	"wrapped/a call of a tool":                            true,
	"wrapped/a call of a tool with arguments in a string": true,
}

// TestPartialAgrees holds that what is known of malformed texts is, with few
// exceptions, part of what Parse makes of them, and mostly all of it.
func TestPartialAgrees(t *testing.T) {
	whole, part, nothing := 0, 0, 0
	for _, c := range readCases(t) {
		if c.mode == "error" {
			continue
		}
		got := feed(t, schemaOf(t, c.schema), splitBytes(c.text), true)
		var known, want any
		_ = gate.Decode(got, &known)
		_ = gate.Decode([]byte(c.want), &want)
		switch agrees := got == nil || grown(known, want); {
		case agrees == unlike[c.file+"/"+c.name]:
			t.Errorf("testdata/cases/%s.txt:%d: %s: %s, want no more than %s, %v", c.file, c.line, c.name, got, c.want, agrees)
		case got == nil:
			nothing++
		case sameJSON(got, []byte(c.want)):
			whole++
		default:
			part++
		}
	}
	t.Logf("known wholly %d, in part %d, not at all %d", whole, part, nothing)
	if whole < 6*(part+nothing) {
		t.Errorf("known wholly %d, in part %d, not at all %d", whole, part, nothing)
	}
}

// TestPartialKnows holds what is known at the end of texts.
func TestPartialKnows(t *testing.T) {
	const (
		points  = `{"type":"array","items":{"type":"object","properties":{"x":{"type":"integer"},"y":{"type":"integer"}},"required":["x"],"additionalProperties":false}}`
		stamped = `{"type":"object","properties":{"at":{"type":"string","format":"date-time"},"n":{"anyOf":[{"type":"string"},{"type":"null"}]}},"additionalProperties":false}`
		shape   = `{"anyOf":[{"type":"object","properties":{"kind":{"const":"circle"},"r":{"type":"number"}},"required":["kind","r"],"additionalProperties":false},` +
			`{"type":"object","properties":{"kind":{"const":"square"},"side":{"type":"number"},"r":{"type":"string"}},"required":["kind","side"],"additionalProperties":false}]}`
	)
	for _, tt := range []struct{ name, schema, text, want string }{
		{"prose only", "person", "I do not know.", ``},
		{"brackets in prose", "person", `Use {braces} and [1], then {"name": "A`, `{"name":"A"}`},
		{"another candidate", "person", `{"foo": 1} and {"name": "A`, `{"name":"A"}`},
		{"a candidate that fits", "person", `{"name": "Ada", "age": 36} not {"name": "Bob", "age": 1}`, `{"name":"Ada","age":36}`},
		{"a candidate that does not", "person", `{"name": "Ada", "age": -1}, rather {"name": "B`, `{"name":"B"}`},
		{"until the next is known", "person", `{"name": "Ada", "age": -1}, rather {"`, `{"name":"Ada","age":-1}`},
		{"reasoning without a beginning", "person", `{"name": "Bob", "age": 1}</think>{"name": "A`, `{"name":"A"}`},
		{"reasoning that does not end", "person", `<think>{"name": "A`, ``},
		{"a wrapper", "person", `{"result": {"name": "A`, `{"name":"A"}`},
		{"no wrapper after all", "person", `{"father": {"name": "Bob"}, "name": "A`, `{"name":"A"}`},
		{"a list in a wrapper", points, `{"points": [{"x": 1}, {"x": "2"}]`, `[{"x":1},{"x":2}]`},
		{"a list of one", "person", `[{"name": "A`, `{"name":"A"}`},
		{"an empty object", "any", `{`, ``},
		{"an empty object at its end", "any", `{}`, `{}`},
		{"a string alone", "any", `"ab`, `"ab"`},
		{"a string that is prose", "any", `"Yes" he said: {"a": "b`, `{"a":"b"}`},
		{"a number alone", "any", `12 `, ``},
		{"a name twice", "any", `{"a": 1, "a": 2, "A": 3}`, `{"a":1}`},
		{"a format", stamped, `{"at": "2024-01-01T00:00:00Z`, ``},
		{"a format at its end", stamped, `{"at": "2024-01-01T00:00:00Z"}`, `{"at":"2024-01-01T00:00:00Z"}`},
		{"a string or null", stamped, `{"n": "ab`, `{"n":"ab"}`},
		{"null of a string or null", stamped, `{"n": null,`, `{"n":null}`},
		{"a value that cannot be", "person", `{"name": "Ada", "age": "old", "city": "L`, `{"name":"Ada","city":"L"}`},
		{"a union before it is told", shape, `{"kind": "cir`, ``},
		{"a union when it is told", shape, `{"kind": "circle", "side": 2, "r": "1.5"}`, `{"kind":"circle","r":1.5}`},
		{"a union told by a name", shape, `{"side": "2", "r": "1.5`, `{"side":2,"r":"1.5"}`},
		{"thousands", `{"properties":{"a":{"type":"integer"}}}`, `{"a": 1,234, "b": 1, `, `{"a":1234,"b":1}`},
		{"a word that goes on", "any", `{"b": 12 kg, "c": 5, "d": `, `{"b":"12 kg","c":5}`},
		{"a fence in a string", "any", "{\"a\": \"b\n```\nc", `{"a":"b"}`},
		{"an escape that is none", "any", `{"a": "b\d`, `{"a":"b"}`},
		{"a path", "any", `{"a": "C:\temp\x.txt", "b": "c`, `{"a":"C:\\temp\\x.txt","b":"c"}`},
		{"too large a number", "any", `{"a": 1e999, "b": "c`, `{"b":"c"}`},
		{"bytes that are not UTF-8", "any", "{\"a\": \"b\xff\xfe\xe4c", `{"a":"b` + "\ufffd" + `c"}`},
		{"a character that is cut", "any", "{\"a\": \"b\xe4\xbd", `{"a":"b"}`},
		{"the end of the fence", "any", "```json\n{\"a\": [1, 2\n```\n{\"b\": 1}", `{"a":[1,2]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, chunks := range [][]string{{tt.text}, splitBytes(tt.text)} {
				got := feed(t, schemaOf(t, tt.schema), chunks, true)
				if string(got) != tt.want && !sameJSON(got, []byte(tt.want)) {
					t.Errorf("in %d chunks %s, want %s", len(chunks), got, tt.want)
				}
			}
		})
	}
}

// TestPartialLimits holds that texts beyond the limits are errors after which
// what is known stays.
func TestPartialLimits(t *testing.T) {
	const deep = gate.DefaultDepth
	for _, tt := range []struct {
		name, text string
		rule       gate.Rule
		n          int
		want       string // what is known begins so
	}{
		{"large", `["` + strings.Repeat("x", gate.DefaultBytes), gate.TooLarge, gate.DefaultBytes - 2, `["xx`},
		{"large when written", `["` + strings.Repeat("\x01", gate.DefaultBytes/2), gate.TooLarge, 1398103, `["\u0001`},
		{"deep", strings.Repeat("[", deep+1), gate.TooDeep, deep, `[[`},
		{"deep where it is left out", `{"a": "b", "c": ` + strings.Repeat("[", deep), gate.TooDeep, 15 + deep, `{"a":"b"`},
		{"many", "[" + strings.Repeat("1,", gate.DefaultNodes), gate.TooManyNodes, 2 * gate.DefaultNodes, `[1,1,`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var p repair.Partial
			n, err := p.Write(tt.text)
			e, ok := errors.AsType[*repair.Error](err)
			if n != tt.n || !ok || !errors.Is(err, tt.rule) || e.Offset != tt.n {
				t.Errorf("Write = %d, %v (%+v), want %d, %v", n, err, e, tt.n, tt.rule)
			}
			got := p.JSON()
			if !strings.HasPrefix(string(got), tt.want) || gate.Check(got) != nil {
				t.Errorf("known are %d bytes, %.40s, %v", len(got), got, gate.Check(got))
			}
			if n, again := p.Write("x"); n != 0 || again != err || string(p.JSON()) != string(got) {
				t.Errorf("after that Write = %d, %v", n, again)
			}
		})
	}
}

// TestPartialMemory holds that a text in many chunks takes memory in proportion
// to its length, and a chunk within a string next to none.
func TestPartialMemory(t *testing.T) {
	_, large := benchDocuments(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p := repair.Partial{Schema: schemaOf(t, "any")}
	for i := range len(large) / 10 {
		_, _ = p.Write(large[10*i : 10*i+10])
		_ = p.JSON()
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > uint64(10*len(large)) {
		t.Errorf("%d bytes for %d", took, len(large))
	}

	p = repair.Partial{}
	_, _ = p.Write(`{"a": [{"b": "` + strings.Repeat("x", 1<<16))
	if n := testing.AllocsPerRun(1000, func() { _, _ = p.Write("of a text"); _ = p.JSON() }); n > 0 {
		t.Errorf("%v allocations for a chunk of a string", n)
	}
}

// TestPartialWaits holds that no text is kept back for long: what a stream has to
// look at again with each byte is bounded.
func TestPartialWaits(t *testing.T) {
	for _, piece := range append(nasty, `", "`, `" x`, "\" \n", `a"`, strings.Repeat(" ", 250)+"x") {
		for _, before := range []string{"", "{", `{"a": `, `{"a": "`, `["`} {
			var p repair.Partial
			text := before + strings.Repeat(piece, 1<<13/len(piece))
			var start, end runtime.MemStats
			runtime.ReadMemStats(&start)
			for i := range len(text) {
				if _, err := p.Write(text[i : i+1]); err != nil {
					break
				}
			}
			runtime.ReadMemStats(&end)
			if took := end.TotalAlloc - start.TotalAlloc; took > uint64(1000*len(text)) {
				t.Errorf("%q after %q: %d bytes for %d", piece, before, took, len(text))
			}
		}
	}
}

// TestPartialOwnership holds that JSON may be called again, and keeps to itself.
func TestPartialOwnership(t *testing.T) {
	var p repair.Partial
	_, _ = p.Write(`{"a": ["b`)
	first := p.JSON()
	_ = append(first, "junk"...)
	if got := p.JSON(); string(got) != `{"a":["b"]}` || !json.Valid(got) {
		t.Errorf("JSON = %s", got)
	}
}
