package llm_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

func TestPartsJSON(t *testing.T) {
	tests := []struct {
		name  string
		parts llm.Parts
		json  string
	}{
		{"nil", nil, `null`},
		{"none", llm.Parts{}, `[]`},
		{"text", llm.Parts{llm.Text("Hi.")}, `[{"text":"Hi."}]`},
		{"empty text", llm.Parts{llm.Text("")}, `[{"text":""}]`},
		{"special text", llm.Parts{llm.Text("<&>\u2028\x00\"\\\n深")}, `[{"text":"\u003c\u0026\u003e\u2028\u0000\"\\\n深"}]`},
		{"reasoning", llm.Parts{llm.Reasoning{Text: "hm"}}, `[{"reasoning":{"text":"hm"}}]`},
		{"empty reasoning", llm.Parts{llm.Reasoning{}}, `[{"reasoning":{"text":""}}]`},
		{"tool call", llm.Parts{llm.ToolCall{ID: "1", Name: "f", Args: `{"a": 1}`}}, `[{"tool_call":{"id":"1","name":"f","args":"{\"a\": 1}"}}]`},
		{"args that are not JSON", llm.Parts{llm.ToolCall{Args: `{"a": `}}, `[{"tool_call":{"id":"","name":"","args":"{\"a\": "}}]`},
		{"empty tool call", llm.Parts{llm.ToolCall{}}, `[{"tool_call":{"id":"","name":"","args":""}}]`},
		{"tool result", llm.Parts{llm.ToolResult{ID: "1", Name: "f", Content: llm.Parts{llm.Text("x")}, IsError: true}},
			`[{"tool_result":{"id":"1","name":"f","content":[{"text":"x"}],"is_error":true}}]`},
		{"result without content", llm.Parts{llm.ToolResult{}}, `[{"tool_result":{"id":"","name":"","content":null}}]`},
		{"result of nothing", llm.Parts{llm.ToolResult{Content: llm.Parts{}}}, `[{"tool_result":{"id":"","name":"","content":[]}}]`},
		{"result in a result", llm.Parts{llm.ToolResult{ID: "1", Content: llm.Parts{llm.Text("a"), llm.ToolResult{ID: "2", Content: llm.Parts{llm.Reasoning{}}}}}},
			`[{"tool_result":{"id":"1","name":"","content":[{"text":"a"},{"tool_result":{"id":"2","name":"","content":[{"reasoning":{"text":""}}]}}]}}]`},
		{"blob", llm.Parts{llm.Blob{MIMEType: "image/png", Name: "a.png", Data: []byte{0xff}, URL: "u", ID: "i", Detail: "low"}},
			`[{"blob":{"mime_type":"image/png","name":"a.png","data":"/w==","url":"u","id":"i","detail":"low"}}]`},
		{"empty blob", llm.Parts{llm.Blob{}}, `[{"blob":{}}]`},
		{"blob of an empty file", llm.Parts{llm.Blob{Data: []byte{}}}, `[{"blob":{"data":""}}]`},
		{"several", llm.Parts{llm.Reasoning{}, llm.Text("Hi."), llm.ToolCall{ID: "1", Name: "f", Args: "{}"}},
			`[{"reasoning":{"text":""}},{"text":"Hi."},{"tool_call":{"id":"1","name":"f","args":"{}"}}]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := encode(t, tt.parts); got != tt.json {
				t.Errorf("encodes to %s\nwant %s", got, tt.json)
			}
			if got := decode[llm.Parts](t, tt.json); !reflect.DeepEqual(got, tt.parts) {
				t.Errorf("decodes to %#v\nwant %#v", got, tt.parts)
			}
		})
	}
}

func TestPartsFromJSON(t *testing.T) {
	tests := []struct {
		name, json string
		want       llm.Parts
	}{
		{"space and escapes", " [ { \"te\\u0078t\" : \"\\u0048i\" } ] ", llm.Parts{llm.Text("Hi")}},
		{"half a surrogate pair", `[{"text":"\ud800"}]`, llm.Parts{llm.Text("\ufffd")}},
		{"null beside the kind", `[{"text":"a","blob":null}]`, llm.Parts{llm.Text("a")}},
		{"unknown members", `[{"text":"a","cache":true},{"tool_call":{"id":"1","type":"function"}}]`, llm.Parts{llm.Text("a"), llm.ToolCall{ID: "1"}}},
		{"members left out", `[{"reasoning":{}},{"tool_result":{}}]`, llm.Parts{llm.Reasoning{}, llm.ToolResult{}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := decode[llm.Parts](t, tt.json); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("decodes to %#v, want %#v", got, tt.want)
			}
		})
	}
}

func TestPartsFromBadJSON(t *testing.T) {
	const not = "llm: decoding parts: part 1 has not exactly one of the members text, reasoning, tool_call, tool_result and blob"
	deep := strings.Repeat(`[{"tool_result":{"content":`, 101) + "[]" + strings.Repeat("}}]", 101)
	tests := []struct {
		name, json string
		want       error // if nil, only the text counts
		text       string
	}{
		{"no kind", `[{"text":"a"},{}]`, nil, not},
		{"unknown kind", `[{"text":"a"},{"audio":{}}]`, nil, not},
		{"two kinds", `[{"text":"a"},{"text":"b","reasoning":{"text":"c"}}]`, nil, not},
		{"two kinds, one empty", `[{"text":"a"},{"tool_call":{},"blob":{}}]`, nil, not},
		{"null for a part", `[{"text":"a"},null]`, nil, not},
		{"null for a kind", `[{"text":"a"},{"text":null}]`, nil, not},
		{"case of the kind", `[{"text":"a"},{"Text":"b"}]`, nil, not},
		{"in a result", `[{"tool_result":{"content":[{"text":"a"},{}]}}]`, nil, strings.Replace(not, "part 1", "part 0: part 1", 1)},
		{"deep results", deep, nil, "more than 100 tool results inside each other"},
		{"case", `[{"text":"a","Text":"b"}]`, gate.FoldedName, "at offset 13"},
		{"case inside", `[{"tool_call":{"id":"1","ID":"2"}}]`, gate.FoldedName, ""},
		{"duplicate", `[{"text":"a","text":"b"}]`, gate.DuplicateName, ""},
		{"duplicate, escaped", `[{"text":"a","\u0074ext":"b"}]`, gate.DuplicateName, ""},
		{"brackets", strings.Repeat("[", 513) + strings.Repeat("]", 513), gate.TooDeep, ""},
		{"not UTF-8", "[{\"text\":\"\xff\"}]", gate.InvalidUTF8, ""},
		{"not a list", `{"text":"a"}`, gate.WrongType, ""},
		{"a string", `"a"`, gate.WrongType, ""},
		{"not base64", `[{"blob":{"data":"?"}}]`, gate.WrongType, ""},
		{"args that are an object", `[{"tool_call":{"args":{}}}]`, gate.WrongType, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := llm.Parts{llm.Text("before")}
			err := got.UnmarshalJSON([]byte(tt.json))
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error is %v, want %v with %q", err, tt.want, tt.text)
			}
			if !strings.HasPrefix(err.Error(), "llm: decoding parts: ") {
				t.Errorf("error %v does not say what was being done", err)
			}
			if !reflect.DeepEqual(got, llm.Parts{llm.Text("before")}) {
				t.Errorf("what was there is now %v", got)
			}
		})
	}
}

func TestPartsThatDoNotEncode(t *testing.T) {
	ring := llm.Parts{nil}
	ring[0] = llm.ToolResult{Content: ring}
	for text, parts := range map[string]llm.Parts{
		"llm: encoding parts: part 1 is a *llm.Text, which is none of the kinds of part":                           {llm.Text("a"), new(llm.Text)},
		"llm: encoding parts: part 0 is a *llm.ToolCall, which is none of the kinds of part":                       {&llm.ToolCall{}},
		"llm: encoding parts: part 0 is a <nil>, which is none of the kinds of part":                               {nil},
		"llm: encoding parts: part 0: part 1 is a *llm.Blob, which is none of the kinds of part":                   {llm.ToolResult{Content: llm.Parts{llm.Text("a"), &llm.Blob{}}}},
		"llm: encoding parts: " + strings.Repeat("part 0: ", 101) + "more than 100 tool results inside each other": ring,
	} {
		if data, err := parts.MarshalJSON(); data != nil || err == nil || err.Error() != text {
			t.Errorf("got %s, %v, want error %s", data, err, text)
		}
	}
	if _, err := json.Marshal(llm.Message{Parts: llm.Parts{nil}}); err == nil {
		t.Error("a message with a nil part encodes")
	}
}

func TestDeepPartsComeBack(t *testing.T) {
	parts := llm.Parts{llm.Reasoning{}}
	for range 100 {
		parts = llm.Parts{llm.ToolResult{Content: parts}}
	}
	if got := decode[llm.Parts](t, encode(t, parts)); !reflect.DeepEqual(got, parts) {
		t.Error("100 results inside each other do not come back")
	}
}

// utf8Of returns s as JSON can say it: each byte that is not UTF-8 is U+FFFD.
func utf8Of(s string) string { return string([]rune(s)) }

func TestPartsInvalidUTF8(t *testing.T) {
	const bad = "a\xff\xe6\xb7b\xed\xa0\x80深"
	const good = "a\ufffd\ufffd\ufffdb\ufffd\ufffd\ufffd深"
	if utf8Of(bad) != good {
		t.Fatalf("%q is %q in UTF-8, want %q", bad, utf8Of(bad), good)
	}
	of := func(s string) llm.Parts {
		return llm.Parts{
			llm.Text(s), llm.Reasoning{Text: s}, llm.ToolCall{ID: s, Name: s, Args: s},
			llm.ToolResult{ID: s, Name: s, Content: llm.Parts{llm.Text(s)}},
			llm.Blob{MIMEType: s, Name: s, Data: []byte(bad), URL: s, ID: s, Detail: s},
		}
	}
	data := encode(t, of(bad))
	if got := decode[llm.Parts](t, data); !reflect.DeepEqual(got, of(good)) {
		t.Errorf("came back as %q\nwant %q", got, of(good))
	}
	if stored := encode(t, of(good)); stored != strings.ReplaceAll(data, `\ufffd`, "\ufffd") {
		t.Errorf("what was stored encodes to %s\nwhat was not to %s", stored, data)
	}
}

func TestRandomPartsComeBack(t *testing.T) {
	for seed := range uint64(2000) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		parts := randomParts(rnd, 3)
		data := encode(t, parts)
		back := decode[llm.Parts](t, data)
		if !reflect.DeepEqual(back, parts) {
			t.Fatalf("seed %d: %s came back as\n%#v, want\n%#v", seed, data, back, parts)
		}
		if again := encode(t, back); again != data {
			t.Fatalf("seed %d: encodes to %s, and the second time to %s", seed, data, again)
		}
	}
}

func randomParts(rnd *rand.Rand, depth int) llm.Parts {
	if rnd.IntN(6) == 0 {
		return nil
	}
	parts := make(llm.Parts, rnd.IntN(5))
	for i := range parts {
		s := func() string { return randomText(rnd) }
		switch n := rnd.IntN(5); {
		case n == 0:
			parts[i] = llm.Text(s())
		case n == 1:
			parts[i] = llm.Reasoning{Text: s()}
		case n == 2 && depth > 0:
			parts[i] = llm.ToolResult{ID: s(), Name: s(), Content: randomParts(rnd, depth-1), IsError: rnd.IntN(2) == 0}
		case n == 3:
			b := llm.Blob{MIMEType: s(), Name: s(), URL: s(), ID: s(), Detail: s()}
			if rnd.IntN(3) > 0 {
				b.Data = []byte(s())
			}
			parts[i] = b
		default:
			parts[i] = llm.ToolCall{ID: s(), Name: s(), Args: s()}
		}
	}
	return parts
}

var words = []string{`{"a": 1}`, `{"a`, `"`, `\`, "</script>", "\u2028", "\x00", "\ufffd", "深海", "🐙", "e\u0301", " ", "\n", "null", "x"}

func randomText(rnd *rand.Rand) string {
	var b strings.Builder
	for range rnd.IntN(4) {
		b.WriteString(words[rnd.IntN(len(words))])
	}
	return b.String()
}
