package llm_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/hadal-go/hadal/llm"
)

// Any bytes may be decoded. What decodes, encodes, and is the same when it is
// decoded again; and any text survives in every place that has one.
func FuzzParts(f *testing.F) {
	for _, seed := range []string{
		`null`, `[]`, `[null]`, `[{}]`, `{}`, `"`,
		`[{"text":""},{"reasoning":{"text":""}},{"text":"\u003c\ud800\udc00\ud800"}]`,
		`[{"tool_call":{"id":"1","name":"f","args":"{\"a\": "}}]`,
		`[{"tool_result":{"id":"1","name":"f","content":[{"text":"x"},{"tool_result":{"content":[]}}],"is_error":true}}]`,
		`[{"blob":{"mime_type":"image/png","data":"iVBORw==","url":"u","id":"i","detail":"low"}},{"blob":{"data":""}}]`,
		`[{"text":"a","Text":"b"}]`, `[{"text":"a","text":"b"}]`, `[{"text":"a","blob":{}}]`, `[{"TEXT":"a"}]`,
		"[{\"text\":\"\xff\"}]", "a\xffb\xe6\xb7", `深海 🐙`, "\x00\u2028",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var parts llm.Parts
		if err := json.Unmarshal(data, &parts); err == nil {
			again, err := json.Marshal(parts)
			if err != nil {
				t.Fatalf("%s decodes but does not encode: %v", data, err)
			}
			if back := decode[llm.Parts](t, string(again)); !reflect.DeepEqual(back, parts) {
				t.Fatalf("%s came back as %#v, want %#v", again, back, parts)
			}
		}
		direct := llm.Parts{nil}
		if err := direct.UnmarshalJSON(data); (err == nil) != (json.Unmarshal(data, new(llm.Parts)) == nil) {
			t.Fatalf("%q: through encoding/json it is otherwise than directly: %v", data, err)
		}
		place := func(s string) llm.Parts {
			return llm.Parts{
				llm.Text(s), llm.Reasoning{Text: s}, llm.ToolCall{ID: s, Name: s, Args: s},
				llm.ToolResult{ID: s, Name: s, Content: llm.Parts{llm.Text(s)}},
				llm.Blob{MIMEType: s, Name: s, Data: data, URL: s, ID: s, Detail: s},
			}
		}
		text := string(data)
		if back, want := decode[llm.Parts](t, encode(t, place(text))), place(utf8Of(text)); !reflect.DeepEqual(back, want) {
			t.Fatalf("%q came back as %#v", text, back)
		}
	})
}
