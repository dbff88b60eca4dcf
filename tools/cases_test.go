package tools_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/schema"
	"github.com/hadal-go/hadal/tools"
)

var update = flag.Bool("update", false, "write what calls lead to into testdata")

// What the tools of the table take.
type (
	place struct {
		City string   `json:"city" jsonschema:"minLength=1"`
		Days int      `json:"days,omitempty" jsonschema:"minimum=1,maximum=14"`
		Unit unit     `json:"unit,omitempty"`
		Tags []string `json:"tags,omitempty" jsonschema:"maxItems=3"`
		Note *string  `json:"note,omitempty"`
	}
	unit  string
	order struct {
		Customer struct {
			Name string `json:"name"`
			Zip  string `json:"zip" jsonschema:"pattern=^[0-9]{5}$"`
		} `json:"customer"`
		Items []item `json:"items" jsonschema:"minItems=1"`
		Gift  bool   `json:"gift,omitempty"`
	}
	item struct {
		SKU   string  `json:"sku"`
		Count uint8   `json:"count" jsonschema:"minimum=1"`
		Price float64 `json:"price,omitempty"`
	}
	shape struct {
		Circle *struct {
			R float64 `json:"r"`
		} `json:"circle,omitempty"`
		Box *struct {
			W float64 `json:"w"`
			H float64 `json:"h"`
		} `json:"box,omitempty"`
	}
	tree struct {
		V    string `json:"v"`
		Kids []tree `json:"kids,omitempty"`
	}
	meeting struct {
		At   time.Time  `json:"at"`
		Mail string     `json:"mail" jsonschema:"format=email"`
		Host netip.Addr `json:"host,omitzero"`
	}
	span struct {
		From int `json:"from"`
		To   int `json:"to"`
	}
	options struct {
		Verbose bool `json:"verbose,omitempty"`
		Depth   int  `json:"depth,omitempty"`
	}
)

func (unit) Enum() []string { return []string{"celsius", "fahrenheit"} }

func (shape) OneOf() {}

func (s *span) Validate() error {
	if s.From > s.To {
		return fmt.Errorf("from is %d and to is %d: want from to be the lesser", s.From, s.To)
	}
	return nil
}

func echo[T any](_ context.Context, in T) (T, error) { return in, nil }

func blank(context.Context, struct{}) (string, error) { return "called", nil }

// testTools are the tools of the table. Each returns what it gets.
var testTools = tools.Set{
	tools.New("place", "Takes an object.", echo[place]),
	tools.New("order", "Takes objects in objects.", echo[order]),
	tools.New("shape", "Takes a union.", echo[shape]),
	tools.New("tree", "Takes a tree.", echo[tree]),
	tools.New("meeting", "Takes formats.", echo[meeting]),
	tools.New("span", "Takes what has a check of its own.", echo[*span]),
	tools.New("options", "Takes nothing that is required.", echo[options]),
	tools.New("counts", "Takes a map.", echo[map[string]int]),
	tools.New("text", "Takes a string.", echo[string]),
	tools.New("words", "Takes a list.", echo[[]string]),
	tools.New("number", "Takes an integer.", echo[int64]),
	tools.New("any", "Takes anything.", echo[json.RawMessage]),
	tools.New("clock", "Takes nothing.", blank),
}

// A testCase is a call of the table, with what it leads to for a tool of unknown effect
// and for one that only reads.
type testCase struct{ head, tool, args, exact, reads string }

// result returns what a call leads to.
func (c testCase) result(t *testing.T, p tools.Policy) string {
	t.Helper()
	set := make(tools.Set, len(testTools))
	for i, tool := range testTools {
		set[i] = tools.With(tool, p)
	}
	var text string
	for _, o := range set.CallAll(t.Context(), []llm.ToolCall{{ID: "1", Name: c.tool, Args: c.args}}, 1) {
		if o.Err != nil {
			t.Fatalf("%s: %v", c.head, o.Err)
		}
		if o.Result.IsError != (o.Cause != nil) || o.Result.ID != "1" || o.Result.Name != c.tool || len(o.Result.Content) != 1 {
			t.Errorf("%s: %+v", c.head, o)
		}
		for _, part := range o.Result.Content {
			text += string(part.(llm.Text))
		}
		if strings.HasPrefix(text, "error: ") != o.Result.IsError {
			t.Errorf("%s: IsError is %v for %q", c.head, o.Result.IsError, text)
		}
		for _, r := range o.Repairs {
			text += fmt.Sprintf("\nrepaired: %s %s", r.Kind, r.Pointer)
		}
	}
	return text
}

// TestCalls holds what calls with all sorts of arguments lead to, word for word. In
// testdata/calls.txt a line that begins with a name is a call; in it is JSON or a Go
// string. What it leads to is below, indented.
func TestCalls(t *testing.T) {
	const path = "testdata/calls.txt"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	n := 0
	for block := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n\n") {
		c, comment := parseCase(t, block)
		if comment {
			out.WriteString(block + "\n\n")
			continue
		}
		n++
		exact, reads := c.result(t, tools.Policy{}), c.result(t, tools.Policy{Effect: tools.Reads})
		if !*update && (exact != c.exact || reads != c.reads) {
			t.Errorf("%s\n got %s\nwant %s\nif it only reads:\n got %s\nwant %s", c.head, exact, c.exact, reads, c.reads)
		}
		out.WriteString(c.head + "\n\t" + strings.ReplaceAll(exact, "\n", "\n\t") + "\n")
		if reads != exact {
			out.WriteString("reads:\n\t" + strings.ReplaceAll(reads, "\n", "\n\t") + "\n")
		}
		out.WriteString("\n")
	}
	if n < 150 {
		t.Errorf("the table has only %d calls", n)
	}
	if *update {
		if err := os.WriteFile(path, []byte(strings.TrimSpace(out.String())+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func parseCase(t *testing.T, block string) (c testCase, comment bool) {
	t.Helper()
	c.head, block, _ = strings.Cut(block, "\n")
	if strings.HasPrefix(c.head, "#") {
		return c, true
	}
	c.tool, c.args, _ = strings.Cut(c.head, " ")
	if after, ok := strings.CutPrefix(c.args, "go"); ok {
		args, err := strconv.Unquote(after)
		if err != nil {
			t.Fatalf("%s: %v", c.head, err)
		}
		c.args = args
	}
	exact, reads, both := strings.Cut(block, "\nreads:\n")
	undo := func(s string) string { return strings.ReplaceAll(strings.TrimPrefix(s, "\t"), "\n\t", "\n") }
	c.exact = undo(exact)
	c.reads = c.exact
	if both {
		c.reads = undo(reads)
	}
	return c, false
}

// What is too much is refused before it is repaired or decoded.
func TestHugeArguments(t *testing.T) {
	long := strings.Repeat("x", 9<<20)
	for _, tt := range []struct{ name, tool, args, want string }{
		{"long", "text", `{"input":"` + long + `"}`, "error: the arguments are not sound JSON: too large at offset 8388608\n"},
		{"deep", "any", `{"input":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `}`, "error: the arguments are not sound JSON: too deep at offset 520, in "},
		{"deep tree", "tree", strings.Repeat(`{"v":"","kids":[`, 300) + strings.Repeat(`]}`, 300), "error: the arguments are not sound JSON: too deep at offset 4096, in "},
		{"many", "any", `{"input":[` + strings.Repeat("0,", 1<<20) + `0]}`, "error: the arguments are not sound JSON: too many values at offset "},
		{"digits", "number", `{"input":` + strings.Repeat("1", 200) + `}`, "error: the arguments are not sound JSON: number too long at offset 9, in \"/input\"\n"},
		{"exponent", "number", `{"input":1e999}`, "error: the arguments are not sound JSON: exponent too large at offset 9, in \"/input\"\n"},
		{"unclosed", "tree", strings.Repeat("[", 100_000), "error: the arguments are not sound JSON: too deep at offset 512, in "},
		{"wrong everywhere", "words", `{"input":[` + strings.Repeat("1,", 1000) + `1]}`, "error: the arguments do not fit the schema:\n/input/0: is the number 1, want a string\n/input/1: is the number 1, want a string\n"},
		{"long name", "place", `{"` + long[:1<<20] + `":1,"city":"x"}`, "error: the arguments do not fit the schema:\n/xxx"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := testTools.Call(t.Context(), llm.ToolCall{Name: tt.tool, Args: tt.args})
			text := r.Content[0].(llm.Text)
			if err != nil || !strings.HasPrefix(string(text), tt.want) || !strings.HasSuffix(string(text), "\nCall the tool again with all of its arguments, corrected.") {
				t.Errorf("%.300q, %v, want %q", text, err, tt.want)
			}
			if len(text) > 4096 {
				t.Errorf("the model is told %d bytes", len(text))
			}
		})
	}
}

// What the model wrote is nobody's to change.
func TestArgumentsStay(t *testing.T) {
	call := llm.ToolCall{ID: "1", Name: "place", Args: `{City: 'Oslo',}`}
	set := tools.Set{tools.With(testTools[0], tools.Policy{Effect: tools.Reads})}
	r, err := set.Call(t.Context(), call)
	if err != nil || r.IsError || r.Content[0] != llm.Part(llm.Text(`{"city":"Oslo"}`)) {
		t.Error(r, err)
	}
	if call.Args != `{City: 'Oslo',}` {
		t.Error(call.Args)
	}
}

// Repairs are refused wherever they could do harm.
func TestExact(t *testing.T) {
	for _, tt := range []struct {
		policy   tools.Policy
		repaired bool
	}{
		{tools.Policy{}, false},
		{tools.Policy{Effect: tools.Reads}, true},
		{tools.Policy{Effect: tools.Reads | tools.ReadsPrivate | tools.ReadsUntrusted}, true},
		{tools.Policy{Effect: tools.ReadsUntrusted}, true},
		{tools.Policy{Effect: tools.Writes}, false},
		{tools.Policy{Effect: tools.WritesOnce}, false},
		{tools.Policy{Effect: tools.Sends}, false},
		{tools.Policy{Effect: tools.Reads | tools.Sends}, false},
		{tools.Policy{Effect: tools.Reads, Exact: true}, false},
		{tools.Policy{Effect: tools.Reads, Approve: true}, false},
	} {
		set := tools.Set{tools.With(testTools[0], tt.policy)}
		r, err := set.Call(t.Context(), llm.ToolCall{Name: "place", Args: `{"city": 'Oslo'}`})
		if err != nil || r.IsError == tt.repaired {
			t.Errorf("%v, exact %v, approve %v: %v, %v", tt.policy.Effect, tt.policy.Exact, tt.policy.Approve, r, err)
		}
	}
	// Nobody has allowed it for a call without a set.
	if _, err := testTools[0].Call(t.Context(), json.RawMessage(`{"city": 'Oslo'}`)); err == nil {
		t.Error("repaired without a policy")
	}
}

// FuzzCall holds that whatever a model writes leads to a result.
func FuzzCall(f *testing.F) {
	data, err := os.ReadFile("testdata/calls.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if name, args, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			f.Add(name, args)
		}
	}
	set := make(tools.Set, len(testTools))
	for i, t := range testTools {
		set[i] = tools.With(t, tools.Policy{Effect: tools.Reads})
	}
	f.Fuzz(func(t *testing.T, name, args string) {
		for _, s := range []tools.Set{testTools, set} {
			r, err := s.Call(t.Context(), llm.ToolCall{ID: "1", Name: name, Args: args})
			if err != nil || r.ID != "1" || r.Name != name || len(r.Content) != 1 {
				t.Fatalf("%+v, %v", r, err)
			}
			text := string(r.Content[0].(llm.Text))
			if r.IsError != strings.HasPrefix(text, "error: ") && name != "text" && name != "any" || text == "" && name != "text" {
				t.Fatalf("IsError is %v for %q", r.IsError, text)
			}
			if strings.Contains(text, "by a mistake in its program") && name != "text" && name != "any" {
				t.Fatalf("panicked: %s", args)
			}
		}
	})
}

// Whatever passes the gate is what the function gets, on the same bytes.
func TestDecode(t *testing.T) {
	type in struct {
		Path string `json:"path"`
	}
	var v in
	err := tools.Decode(t.Context(), schema.For[in](), json.RawMessage(`{"path":"ok","PATH":"/etc/passwd"}`), &v)
	if err == nil || v.Path != "" {
		t.Error(v, err)
	}
	var raw json.RawMessage
	if err := tools.Decode(t.Context(), schema.For[in](), json.RawMessage(` {"path": "a"} `), &raw); err != nil || string(raw) != ` {"path": "a"} ` && string(raw) != `{"path": "a"}` {
		t.Errorf("%q, %v", raw, err)
	}
	var s span
	err = tools.Decode(t.Context(), schema.For[span](), json.RawMessage(`{"from":2,"to":1}`), &s)
	if want := "the arguments cannot be used: from is 2 and to is 1: want from to be the lesser\nCall the tool again with all of its arguments, corrected."; err == nil || err.Error() != want || errors.Unwrap(err) == nil {
		t.Error(err)
	}
}
