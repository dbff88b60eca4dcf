package repair_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// The instrument itself is checked here, so that its figures can be believed.

func TestCorruptDocumentsAreTheSame(t *testing.T) {
	a, b := documents(subjects(t), 2), documents(subjects(t), 3)
	if want := 20 * 2; len(a) != want {
		t.Fatalf("%d documents, want %d", len(a), want)
	}
	for i, d := range a {
		if other := b[i/2*3+i%2]; d.text != other.text {
			t.Errorf("%s, document %d:\n%s\n%s", d.name, i%2, d.text, other.text)
		}
	}
}

// TestOperators shows that each operator applies to many documents, changes the
// text, leaves the document as it was, and does the same each time.
func TestOperators(t *testing.T) {
	docs := documents(subjects(t), 10)
	for _, o := range operators {
		applied := 0
		for _, d := range docs {
			text := corrupt(d, o)
			if text == "" {
				continue
			}
			applied++
			if text == d.text || text != corrupt(d, o) {
				t.Errorf("%s: %s", o.name, text)
			}
			if d.root.write(style{}) != d.text {
				t.Fatalf("%s changes the document", o.name)
			}
		}
		if applied < len(docs)/4 {
			t.Errorf("%s applies to %d of %d documents, want a quarter at least", o.name, applied, len(docs))
		}
	}
}

func TestJudge(t *testing.T) {
	var order *subject
	for _, s := range subjects(t) {
		if s.name == "order-zh" {
			order = s
		}
	}
	const text = `{"订单号":"A","客户":{"姓名":"李娜"},"商品":[{"名称":"灯","数量":3,"单价":12.50}],"状态":"已完成"}`
	d := &document{subject: order, text: text}
	var err error
	if d.want, err = decode(text); err != nil {
		t.Fatal(err)
	}
	change := func(old, new string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("no %s in the text", old)
		}
		return strings.Replace(text, old, new, 1)
	}
	for _, tt := range []struct {
		name string
		got  string
		err  error
		want outcome
	}{
		{"same", text, nil, right},
		{"number written otherwise", change("12.50", "1.25e1"), nil, right},
		{"null for absent", change(`"状态"`, `"备注":null,"状态"`), nil, right},
		{"other number", change("12.50", "12.51"), nil, wrong},
		{"number as a string", change("12.50", `"12.50"`), nil, unfit},
		{"one item more", change(`}],`, `},{"名称":"灯","数量":3,"单价":1}],`), nil, wrong},
		{"member more", change(`"状态"`, `"备注":"x","状态"`), nil, wrong},
		{"member less", change(`,"状态":"已完成"`, ""), nil, unfit},
		{"error", "", errors.New("no"), failed},
		{"no JSON", "{", nil, failed},
		{"two values", text + text, nil, failed},
		{"panic", "", panicError("index out of range"), crashed},
		{"hang", "", errHangs, crashed},
	} {
		if got, _ := judge(tt.got, tt.err, d); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, outcomeNames[got], outcomeNames[tt.want])
		}
	}
}

func TestReaderPanics(t *testing.T) {
	r := reader{read: func(string, *subject) (string, error) { panic("boom") }}
	if _, err := r.safely("", nil); err == nil || err.Error() != "panic: boom" {
		t.Errorf("got %v", err)
	}
}

func TestDifference(t *testing.T) {
	for _, tt := range []struct{ a, b, want string }{
		{`{"a":[1,{"b":"x"}]}`, `{"a":[1.0,{"b":"x"}]}`, ""},
		{`{"a":[1,{"b":"x"}]}`, `{"a":[1,{"b":"y"}]}`, `/a/1/b: want "x", got "y"`},
		{`{"a":1}`, `{"a":"1"}`, `/a: want 1, got "1"`},
		{`{"a":1}`, `{"a":1,"b":null}`, ""},
		{`{"a":1,"b":null}`, `{"a":1}`, ""},
		{`{"a":1}`, `{"a":1,"b":2}`, `/b: want none, got 2`},
		{`9007199254740993`, `9007199254740992`, `: want 9007199254740993, got 9007199254740992`},
		{`[1,2]`, `[1]`, `: 2 items wanted, 1 got`},
		{`{"a":["x","y"]}`, `{"a":["x, y"]}`, `/a: 2 items wanted, 1 got; /a/0: want "x", got "x, y"`},
		{`[]`, `null`, `: want [], got null`},
		{`true`, `false`, `: want true, got false`},
	} {
		a, err := decode(tt.a)
		b, err2 := decode(tt.b)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if got := difference(a, b, ""); got != tt.want {
			t.Errorf("%s and %s: %q, want %q", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestRestyling(t *testing.T) {
	for _, tt := range []struct {
		name string
		want []string
	}{
		{"unit_price", []string{"unit", "price"}},
		{"postalCode", []string{"postal", "code"}},
		{"ERROR", []string{"error"}},
		{"cc", []string{"cc"}},
		{"x-forwarded", []string{"x", "forwarded"}},
		{"订单号", nil},
	} {
		if got := wordsOf(tt.name); strings.Join(got, " ") != strings.Join(tt.want, " ") {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	for _, tt := range [][2]string{{"12", "12"}, {"-1234.5", "-1,234.5"}, {"1234567", "1,234,567"}, {"0.1234", "0.1234"}} {
		if got := thousands(tt[0], ","); got != tt[1] {
			t.Errorf("%s: %s, want %s", tt[0], got, tt[1])
		}
	}
	if got := (style{escaped: true}).quote("é\"\n"); got != `"\u00e9\"\n"` || !json.Valid([]byte(got)) {
		t.Errorf("got %s", got)
	}
}
