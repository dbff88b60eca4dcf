package calc

import (
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

func TestTool(t *testing.T) {
	tool := Tool()
	spec := tool.Spec()
	if spec.Name != "calc" || string(spec.Schema) != string(Tool().Spec().Schema) || !strings.Contains(string(spec.Schema), `"required":["expression"]`) {
		t.Errorf("%s %s", spec.Name, spec.Schema)
	}
	if got := tools.PolicyOf(tool).Effect; got != tools.Reads {
		t.Errorf("effect %v, want reads", got)
	}
	for f := range strings.FieldsSeq("abs sqrt cbrt root pow exp ln log2 log10 log floor ceil trunc round min max sum avg median mod gcd lcm factorial comb perm") {
		if _, ok := functionOf(f); !ok || !strings.Contains(description, f) {
			t.Errorf("function %s: known %v, described %v", f, ok, strings.Contains(description, f))
		}
	}
	for _, tt := range []struct {
		args, want string
		bad        bool
	}{
		{`{"expression":"1/8"}`, "0.125", false},
		{`{"expression":"1/0"}`, "column 2: division by zero", true},
		{`{"expr":"1"}`, "", true},
	} {
		r, err := tools.Set{tool}.Call(t.Context(), llm.ToolCall{ID: "1", Name: "calc", Args: tt.args})
		text := llm.Message{Parts: r.Content}.Text()
		if err != nil || r.IsError != tt.bad || !strings.Contains(text, tt.want) {
			t.Errorf("%s: %q, error %v, %v", tt.args, text, r.IsError, err)
		}
	}
}

func TestNumberZero(t *testing.T) {
	var n Number
	lo, hi := n.Bounds()
	if n.String() != "0" || !n.Exact() || n.Rat().Sign() != 0 || lo.Sign() != 0 || hi.Sign() != 0 {
		t.Errorf("the zero value is %s", n)
	}
	n.Rat().SetInt64(5)
	if one, _ := Eval(t.Context(), "1"); true {
		one.Rat().SetInt64(5)
		if one.String() != "1" {
			t.Error("a number was changed by what it returned")
		}
	}
}
