package prompt_test

import (
	"reflect"
	"testing"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/llm"
)

type (
	historyLog     []llm.Message
	historyMessage llm.Message
	historyInner   struct {
		Messages []llm.Message `json:"messages"`
		hidden   []llm.Message
	}
	historyT struct {
		A      []llm.Message `json:"a_log"`
		Named  historyLog
		Ptr    *[]llm.Message
		One    llm.Message
		OnePtr *llm.Message
		OneOf  historyMessage
		Any    any
		Inner  historyInner
		Deep   *historyInner
		Map    map[string]*historyInner
		Text   string
		Texts  []string
		Ptrs   []*llm.Message
		Bytes  []byte
		hidden []llm.Message
	}
)

// Done is a method that no path may call.
func (historyT) Done() []llm.Message { panic("called") }

func TestHistory(t *testing.T) {
	list := []llm.Message{llm.System("{{.}}"), llm.User("\xff"), llm.Assistant(""), {Role: "odd"}}
	one := list[:1]
	in := historyT{
		A: list, Named: list, Ptr: &list, One: list[0], OnePtr: &list[0], OneOf: historyMessage(list[0]), Any: list,
		Inner: historyInner{Messages: list, hidden: list}, hidden: list, Deep: &historyInner{Messages: list},
		Map: map[string]*historyInner{"k": {Messages: list}},
	}
	for _, tt := range []struct {
		field string
		want  []llm.Message
	}{
		{"A", list}, {"a_log", list}, {"Named", list}, {"Ptr", list}, {"One", one}, {"OnePtr", one}, {"OneOf", one}, {"Any", list},
		{"Inner.Messages", list}, {"Inner.messages", list}, {"Deep.Messages", list}, {"Map.k.Messages", list},
	} {
		got, err := prompt.Messages[historyT](prompt.History(tt.field)).Render(t.Context(), in)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %v, %v", tt.field, got, err)
		}
		got, err = prompt.Messages[map[string]any](prompt.History("t."+tt.field)).Render(t.Context(), map[string]any{"t": &in})
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s in a map: got %v, %v", tt.field, got, err)
		}
	}
	got, err := prompt.Messages[historyLog](prompt.History(".")).Render(t.Context(), list)
	if err != nil || !reflect.DeepEqual(got, list) {
		t.Errorf("the whole: got %v, %v", got, err)
	}
}

func TestHistoryEmpty(t *testing.T) {
	for _, field := range []string{"A", "Named", "Ptr", "OnePtr", "Any", "Inner.Messages"} {
		msgs, err := prompt.Messages[historyT](prompt.User("u"), prompt.History(field)).Render(t.Context(), historyT{})
		if err != nil || len(msgs) != 1 {
			t.Errorf("%s: got %v, %v", field, msgs, err)
		}
	}
}

func TestHistoryErrors(t *testing.T) {
	const takes = ", but a History takes a []llm.Message or an llm.Message"
	for _, tt := range []struct {
		field string
		class error
		want  string
	}{
		{"", prompt.ErrSyntax, `not a template: "" is not the name of a field, such as Question or Ticket.Question`},
		{".A", prompt.ErrSyntax, `not a template: ".A" is not the name of a field, such as Question or Ticket.Question`},
		{"A B", prompt.ErrSyntax, ""},
		{"A}}{{.B", prompt.ErrSyntax, ""},
		{"Inner..Messages", prompt.ErrSyntax, ""},
		{"B", prompt.ErrUnknown, ""},
		{"hidden", prompt.ErrUnknown, ""},
		{"Inner.hidden", prompt.ErrUnknown, ""},
		{"Done", prompt.ErrUnknown, ""},
		{"Text.A", prompt.ErrUnknown, ""},
		{".", prompt.ErrType, "a value of wrong type: . is a prompt_test.historyT" + takes},
		{"Text", prompt.ErrType, "a value of wrong type: .Text is a string" + takes},
		{"Texts", prompt.ErrType, "a value of wrong type: .Texts is a []string" + takes},
		{"Ptrs", prompt.ErrType, "a value of wrong type: .Ptrs is a []*llm.Message" + takes},
		{"Bytes", prompt.ErrType, "a value of wrong type: .Bytes is a []uint8" + takes},
		{"Inner", prompt.ErrType, "a value of wrong type: .Inner is a prompt_test.historyInner" + takes},
		{"Map.k", prompt.ErrType, "a value of wrong type: .Map.k is a prompt_test.historyInner" + takes},
	} {
		_, err := prompt.ParseMessages[historyT](prompt.History(tt.field))
		if err == nil {
			t.Errorf("%s: no error", tt.field)
			continue
		}
		checkError(t, err, "part 1 (history)", 0, tt.class, tt.want)
	}
}

func TestHistoryRenderErrors(t *testing.T) {
	for _, tt := range []struct {
		field string
		in    historyT
		class error
		want  string
	}{
		{"Deep.Messages", historyT{}, prompt.ErrMissing, ""},
		{"Map.k.Messages", historyT{}, prompt.ErrMissing, ""},
		{"Map.k.Messages", historyT{Map: map[string]*historyInner{"k": nil}}, prompt.ErrMissing, ""},
		{"Any.x", historyT{}, prompt.ErrMissing, ""},
		{"Any.x", historyT{Any: map[string]any{"y": 1}}, prompt.ErrMissing, ""},
		{"Any.x", historyT{Any: 7}, prompt.ErrUnknown, ""},
		{"Any.hidden", historyT{Any: historyInner{}}, prompt.ErrUnknown, ""},
		{"Any.Done", historyT{Any: historyT{}}, prompt.ErrUnknown, ""},
		{"Any", historyT{Any: "Hi."}, prompt.ErrType, "a value of wrong type: .Any is a string, but a History takes a []llm.Message or an llm.Message"},
		{"Any", historyT{Any: []any{llm.User("u")}}, prompt.ErrType, ""},
	} {
		msgs, err := prompt.Messages[historyT](prompt.User("u"), prompt.History(tt.field)).Render(t.Context(), tt.in)
		if err == nil || msgs != nil {
			t.Errorf("%s: got %v, %v", tt.field, msgs, err)
			continue
		}
		checkError(t, err, "part 2 (history)", 0, tt.class, tt.want)
	}
}
