package prompt_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hadal-go/hadal/chain/prompt"
)

// greedy is a T with values that are large, or grow easily.
type greedy struct {
	S, Line   string // 16 bytes; 1 MiB
	Lines     string // a million lines
	Quotes    string // 1 MiB that doubles in JSON
	Thousand  []int
	Million   []int
	Hundreds  []string // a million of 100 bytes
	Two       []string // three that are empty: joining them doubles what is between
	Big       [1 << 17]int
	Any, Anys any
	M         map[string]int
	Huge      [1 << 30]struct{}
	HugeS     []struct{}
	Deep      any // JSON of a depth of 100,000
	Wide      any // a tree of shared nodes, 10¹² of them when written out
	Node      *atkNode
	Empty     string
}

var newGreedy = sync.OnceValue(func() *greedy {
	g := &greedy{
		S: "0123456789abcdef", Line: atkTimes(atkMiB, "x"), Lines: atkTimes(1_000_000, "a\n"), Quotes: atkTimes(atkMiB, `"`),
		Thousand: make([]int, 1000), Million: make([]int, 1_000_000), Two: make([]string, 3), M: map[string]int{},
		HugeS: make([]struct{}, 1<<30), Node: &atkNode{Name: "node"},
	}
	g.Node.Next, g.Node.Kids = g.Node, []*atkNode{g.Node, g.Node}
	for range 1_000_000 {
		g.Hundreds = append(g.Hundreds, g.Line[:100])
	}
	g.Any, g.Anys = g.Line, []any{g.Line, g.Line}
	for i := range 1000 {
		g.M[g.Line[:i]] = i
	}
	var deep, wide any = "leaf", "leaf"
	for range 100_000 {
		deep = []any{deep}
	}
	for range 12 {
		wide = []any{wide, wide, wide, wide, wide, wide, wide, wide, wide, wide}
	}
	g.Deep, g.Wide = deep, wide
	return g
})

// TestAttackLimits shows that what is over a limit fails with ErrLimit, before
// it has taken much: memory is counted, not time.
func TestAttackLimits(t *testing.T) {
	var none, zero prompt.Limits
	none = prompt.Limits{Output: -1, Steps: -1}
	out := func(n int) prompt.Limits { return prompt.Limits{Output: n} }
	steps := func(n int) prompt.Limits { return prompt.Limits{Steps: n} }
	const small = 2 // MiB
	tests := []struct {
		name, text string
		limits     prompt.Limits
		most       uint64 // MiB allocated in all
		ok         bool   // it is within the limits
	}{
		{"two loops", "{{range .Thousand}}{{range $.Million}}x{{end}}{{end}}", zero, 48, false},
		{"three loops", "{{range .Thousand}}{{range $.Thousand}}{{range $.Thousand}}x{{end}}{{end}}{{end}}", zero, 48, false},
		{"three loops of nothing", "{{range .Thousand}}{{range $.Thousand}}{{range $.Thousand}}{{end}}{{end}}{{end}}", zero, small, false},
		{"loops over an array of nothing", "{{range .Huge}}{{end}}", zero, small, false},
		{"loops over a slice of nothing", "{{range .HugeS}}{{end}}", zero, small, false},
		{"loops with variables", "{{range $i, $x := .Huge}}{{$i}}{{end}}", zero, 64, false},
		{"loops with continue", "{{range .Huge}}{{continue}}{{end}}", zero, small, false},
		{"a loop that is left", "{{range .Huge}}x{{break}}{{end}}", zero, small, true},
		{"loops over maps", "{{range .M}}{{range $.M}}{{range $.M}}{{end}}{{end}}{{end}}", zero, 128, false},
		{"a million steps", "{{range .Million}}{{.}}{{end}}", zero, 48, false},
		{"own steps", "{{range .Thousand}}{{.}}{{end}}", steps(500), small, false},
		{"own steps, enough", "{{range .Thousand}}{{.}}{{end}}", steps(100_000), small, true},
		{"one step", "{{.S}}{{.S}}{{.S}}", steps(1), small, false},
		{"a step of a branch that is not taken", "{{if .Empty}}{{range .Huge}}{{end}}{{end}}", zero, small, true},
		{"steps without limit", "{{range .Million}}{{if .}}{{end}}{{end}}{{range .Million}}{{end}}", prompt.Limits{Steps: -1}, small, true},

		{"output of text", atkTimes(10_000, "text ") + "{{.S}}", out(49_999), small, false},
		{"output to the byte", "{{.S}}", out(16), small, true},
		{"output over by a byte", "{{.S}}", out(15), small, false},
		{"output to the byte, of text", "0123456789abcdef", out(16), small, true},
		{"output over by a byte, of text", "0123456789abcdef", out(15), small, false},
		{"output to the byte, of both", "{{.S}}:{{.S}}", out(33), small, true},
		{"output over by a byte, of both", "{{.S}}:{{.S}}", out(32), small, false},
		{"output of numbers", "{{range .Thousand}}{{.}}{{end}}", out(999), small, false},
		{"output of numbers, enough", "{{range .Thousand}}{{.}}{{end}}", out(1000), small, true},
		{"8 MiB", atkTimes(8, "{{.Line}}"), zero, 48, true},
		{"8 MiB and a byte", atkTimes(8, "{{.Line}}") + "x", zero, 48, false},
		{"a gigabyte", "{{range .Thousand}}{{$.Line}}{{end}}", zero, 48, false},
		{"16 MiB without limit", atkTimes(16, "{{.Line}}"), prompt.Limits{Output: -1}, 128, true},

		{"indent a million lines", "{{indent 100 .Lines}}", zero, 48, false},
		{"indent under len", "{{len (indent 100 .Lines)}}", zero, 48, false},
		{"indent into a variable", "{{$x := indent 100 .Lines}}", zero, 48, false},
		{"indent in an if", "{{if indent 100 .Lines}}{{end}}", zero, 48, false},
		{"indent, own limit", "{{indent 100 .Lines}}", out(atkMiB), 8, false},
		{"indent by a pipe", "{{.Lines | indent 100 | len}}", zero, 48, false},
		{"indent of indent", "{{indent 10 (indent 10 (indent 10 (indent 10 (indent 10 .Lines))))}}", zero, 64, false},
		{"join of a hundred million bytes", `{{join "" .Hundreds}}`, zero, 48, false},
		{"join under len", `{{len (join "" .Hundreds)}}`, zero, 48, false},
		{"join with a long separator", "{{join .Line .Hundreds}}", zero, 48, false},
		{"join with a long separator of nothing", "{{len (join .Line .Thousand)}}", zero, 48, false},
		{"join, own limit", `{{join "" .Hundreds}}`, out(atkMiB), 8, false},
		{"join of an array with a long separator", "{{join .Line .Big}}", zero, 48, false},
		{"json of a big list", "{{json .Hundreds}}", zero, 48, false},
		{"json of a big list, own limit", "{{json .Hundreds}}", out(atkMiB), 8, false},
		{"json of nothing, often", "{{json .Huge}}", zero, 48, false},
		{"json of nothing, often, in a slice", "{{json .HugeS}}", zero, 48, false},
		{"json under len", "{{len (json .Huge)}}", zero, 48, false},
		{"json of a shared tree", "{{json .Wide}}", zero, 48, false},
		{"json of a shared tree, without output", "{{if json .Wide}}{{end}}", zero, 48, false},
		{"json too deep", "{{json .Deep}}", zero, 48, false},
		{"json too deep, no limits", "{{json .Deep}}", none, 48, false},
		{"json of a ring", "{{json .Node}}", zero, 48, false},
		{"json of a ring, no limits", "{{json .Node.Next}}", prompt.Limits{Output: 8 * atkMiB, Steps: -1}, 64, false},
		{"json that doubles", "{{json (json (json (json (json .Quotes))))}}", zero, 96, false},
		{"quote that doubles", "{{.Quotes | quote | quote | quote | quote | quote | len}}", zero, 96, false},
		{"a default that is large", "{{range .Thousand}}{{$.Empty | default $.Line}}{{end}}", zero, 48, false},

		{"a variable that doubles", "{{$x := .S}}{{range .Thousand}}{{$x = join $x $.Two}}{{end}}{{$x}}", zero, 64, false},
		{"a variable that doubles, not printed", "{{$x := .S}}{{range .Thousand}}{{$x = join $x $.Two}}{{end}}", zero, 64, false},
		{"a variable that doubles, own limit", "{{$x := .S}}{{range .Thousand}}{{$x = join $x $.Two}}{{end}}", out(1000), small, false},
		{"a variable that is quoted", "{{$x := .S}}{{range .Thousand}}{{$x = quote $x}}{{end}}", zero, 64, false},
		{"a variable that is indented", "{{$x := .S}}{{range .Million}}{{$x = indent 100 $x}}{{end}}", zero, 64, false},
		{"variables, one after the other", "{{range .Thousand}}{{$x := upper $.Line}}{{end}}", zero, 64, false},
		{"results that are thrown away", "{{range .Thousand}}{{if lower $.Line}}{{end}}{{end}}", zero, 64, false},
		{"trims that are thrown away", "{{range .Thousand}}{{if trim $.Lines}}{{end}}{{end}}", zero, 64, false},
		{"truncations that are thrown away", "{{range .Million}}{{if truncate 1000 $.Line}}{{end}}{{end}}", zero, 64, false},
		{"lists that are thrown away", "{{range .Thousand}}{{if first 1000000 $.Million}}{{end}}{{end}}", zero, small, true},
		{"numbers that are thrown away", "{{range .Million}}{{$x := len $.Line}}{{end}}", zero, 64, false},
		{"arrays that are not copied", "{{range .Thousand}}{{if len $.Big}}{{end}}{{index $.Big 7}}{{end}}", zero, small, true},
		{"arrays in variables", "{{range .Thousand}}{{$x := $.Big}}{{index $x 7}}{{end}}", zero, 16, true},
		{"arrays as arguments", `{{define "d"}}{{index . 7}}{{end}}{{range .Thousand}}{{template "d" $.Big}}{{end}}`, zero, 16, true},
		{"conditions of and", "{{range .Thousand}}{{if and (upper $.Line) (lower $.Line)}}{{end}}{{end}}", zero, 64, false},
		{"comparisons of long texts", "{{range .Million}}{{if eq $.Line $.Line}}{{end}}{{end}}", zero, 64, false},

		{"laughs", laughs(`lol`), zero, 48, false},
		{"laughs of nothing", laughs(``), zero, small, false},
		{"laughs of a value", laughs(`{{.S}}`), zero, 48, false},
		{"laughs, own limit", laughs(`lol`), out(1000), small, false},
		{"recursion", `{{define "d"}}{{template "d" .}}{{end}}{{template "d" .}}`, none, small, false},
		{"recursion in two", `{{define "d"}}{{template "d" .}}{{template "d" .}}{{end}}{{template "d" .}}`, none, small, false},
		{"recursion with a text that grows", `{{define "d"}}{{template "d" (quote .)}}{{end}}{{template "d" .Quotes}}`, zero, 64, false},
		{"recursion that fans out", `{{define "d"}}{{range .Kids}}{{range .Kids}}x{{end}}{{end}}{{template "d" .Next}}{{end}}{{template "d" .Node}}`, zero, small, false},

		{"negative limits beyond", "{{.S}}", prompt.Limits{Output: math.MinInt, Steps: math.MinInt}, small, true},
		{"the greatest limits", "{{.S}}", prompt.Limits{Output: math.MaxInt, Steps: math.MaxInt}, small, true},
		{"the greatest limits, with work", "{{join .S .Thousand}}{{json .M}}", prompt.Limits{Output: math.MaxInt, Steps: math.MaxInt}, 16, true},
	}
	failing := 0
	for _, tt := range tests {
		if !tt.ok {
			failing++
		}
		t.Run(tt.name, func(t *testing.T) {
			in := newGreedy()
			atkEnds(t, func() {
				tmpl, err := prompt.Parse[*greedy](tt.text)
				if err != nil {
					t.Fatal(err)
				}
				tmpl.Limits = tt.limits
				var out string
				got := atkAllocated(func() { out, err = tmpl.Render(context.Background(), in) })
				switch {
				case tt.ok && err != nil:
					t.Errorf("%s: %v", tt.text, err)
				case !tt.ok && (!errors.Is(err, prompt.ErrLimit) || out != ""):
					t.Errorf("%s: %s, %v, want ErrLimit", atkCut(tt.text), atkCut(out), err)
				}
				if got > tt.most*atkMiB {
					t.Errorf("%s: %d KiB allocated, want at most %d", atkCut(tt.text), got/1024, tt.most*1024)
				}
			})
		})
	}
	if failing < 50 {
		t.Errorf("%d payloads beyond limits, want at least 50", failing)
	}
}

// laughs is a template of ten levels, each of which says the one below ten times.
func laughs(text string) string {
	var b strings.Builder
	b.WriteString(`{{define "d0"}}` + text + `{{end}}`)
	for i := range 10 {
		b.WriteString(`{{define "d` + string(rune('1'+i)) + `"}}` + atkTimes(10, `{{template "d`+string(rune('0'+i))+`" .}}`) + `{{end}}`)
	}
	return b.String() + `{{template "d` + string(rune('0'+10)) + `" .}}`
}

// TestAttackChatLimits shows that the limits are for all parts of a chat together.
func TestAttackChatLimits(t *testing.T) {
	in := *newGreedy()
	for _, tt := range []struct {
		name   string
		parts  []prompt.Part
		limits prompt.Limits
		ok     bool
	}{
		{"output", []prompt.Part{prompt.System("{{.S}}"), prompt.User("{{.S}}")}, prompt.Limits{Output: 31}, false},
		{"output, enough", []prompt.Part{prompt.System("{{.S}}"), prompt.User("{{.S}}")}, prompt.Limits{Output: 32}, true},
		{"output of many", manyUsers(17, "{{.Line}}"), prompt.Limits{}, false},
		{"steps", manyUsers(20, "{{range .Thousand}}{{end}}x"), prompt.Limits{Steps: 15_000}, false},
		{"steps of each", manyUsers(20, "{{range .Thousand}}{{end}}x"), prompt.Limits{Steps: 100_000}, true},
		{"loops", manyUsers(2, "{{range .Huge}}{{end}}x"), prompt.Limits{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			atkEnds(t, func() {
				c := prompt.Messages[greedy](tt.parts...)
				c.Limits = tt.limits
				msgs, err := c.Render(context.Background(), in)
				if tt.ok != (err == nil) || !tt.ok && !errors.Is(err, prompt.ErrLimit) {
					t.Errorf("%v, want ok = %v", err, tt.ok)
				}
				if err != nil && msgs != nil {
					t.Errorf("%d messages along with the error", len(msgs))
				}
			})
		})
	}
}

func manyUsers(n int, text string) (parts []prompt.Part) {
	for range n {
		parts = append(parts, prompt.User(text))
	}
	return parts
}

// A tired context ends when it was asked a number of times, in whichever way.
type tired struct {
	context.Context
	mu    sync.Mutex
	looks int
	done  chan struct{}
}

func newTired(looks int) *tired {
	return &tired{Context: context.Background(), looks: looks, done: make(chan struct{})}
}

func (c *tired) look() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looks--
	if c.looks == 0 {
		close(c.done)
	}
	return c.looks <= 0
}

func (c *tired) Done() <-chan struct{} { c.look(); return c.done }
func (c *tired) Err() error {
	if c.look() {
		return context.Canceled
	}
	return nil
}
func (c *tired) Deadline() (time.Time, bool) { return time.Time{}, false }

// TestAttackCancel shows that rendering ends when its context does, whatever
// it is at, also where there are no limits.
func TestAttackCancel(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	late, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	in := newGreedy()
	for _, tt := range []struct {
		text string
		ctx  context.Context
		want error
	}{
		{"", ended, context.Canceled},
		{"text", ended, context.Canceled},
		{"{{.S}}", ended, context.Canceled},
		{"{{range .Huge}}{{end}}", ended, context.Canceled},
		{"text", late, context.DeadlineExceeded},
		{"{{.S}}", late, context.DeadlineExceeded},
		{"{{range .Huge}}{{end}}", newTired(3), context.Canceled},
		{"{{range .HugeS}}{{end}}", newTired(3), context.Canceled},
		{"{{range .HugeS}}{{if $.S}}{{end}}{{end}}", newTired(5), context.Canceled},
		{"{{range .HugeS}}{{continue}}{{end}}", newTired(5), context.Canceled},
		{"{{range .Million}}{{range $.Million}}{{end}}{{end}}", newTired(5), context.Canceled},
		{"{{range .Million}}{{json $.Thousand | len}}{{end}}", newTired(5), context.Canceled},
		{"{{range .Million}}{{join `` $.Thousand | len}}{{end}}", newTired(5), context.Canceled},
		{"{{range .Million}}{{upper $.Line | len}}{{end}}", newTired(5), context.Canceled},
		{"{{range .Million}}{{template `d` $}}{{end}}{{define `d`}}{{end}}", newTired(5), context.Canceled},
		{"{{len (json .Million)}}", newTired(5), context.Canceled},
		{"{{len (json .Wide)}}", newTired(5), context.Canceled},
		{"{{len (join `` .Hundreds)}}", newTired(5), context.Canceled},
	} {
		t.Run(tt.text, func(t *testing.T) {
			atkEnds(t, func() {
				tmpl := prompt.New[*greedy](tt.text)
				tmpl.Limits = prompt.Limits{Output: -1, Steps: -1}
				out, err := tmpl.Render(tt.ctx, in)
				e, ok := errors.AsType[*prompt.Error](err)
				if !errors.Is(err, tt.want) || !ok || out != "" {
					t.Fatalf("%s: %s, %v, want an *Error that wraps %v", tt.text, atkCut(out), err, tt.want)
				}
				if errors.Is(err, prompt.ErrLimit) {
					t.Errorf("%v is an ErrLimit too", e)
				}
				msgs, err := prompt.Messages[*greedy](prompt.System("x"), prompt.User(tt.text+"y")).Render(ended, in)
				if _, ok := errors.AsType[*prompt.Error](err); !errors.Is(err, context.Canceled) || !ok || msgs != nil {
					t.Errorf("chat: %v, %v, want an *Error that wraps context.Canceled", msgs, err)
				}
			})
		})
	}
}
