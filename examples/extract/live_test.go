package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/output"
)

// TestStream shows the fields of a file as they come, in lines.
func TestStream(t *testing.T) {
	got := shown(t, standIn(t), options{stream: true, files: []string{"texts/mail/order.txt"}})
	same(t, got, `A stand-in.

texts/mail/order.txt

  … from: Tom Reed
  … email: tom.reed@harboursurvey.example
  … subject: Order of four more depth sensors
  … date: 2026-03-10
  … intent: order
  … dates: 2026-03-16, 2026-04-02
  … actions 1: We would like to order four more DS-40 with housings, at the price of your offer Q-5531.
  … actions 2: Please confirm the delivery date by 16 March 2026.

  from     Tom Reed
  email    tom.reed@harboursurvey.example
  subject  Order of four more depth sensors
  date     2026-03-10
  intent   order
  dates    2026-03-16, 2026-04-02
  actions
    We would like to order four more DS-40 with housings, at the price of your offer Q-5531.
    Please confirm the delivery date by 16 March 2026.
    Could you also send us the calibration certificates of the first four?

  in mode schema, by 1 request


[about N tokens in, N of them cached; N out, N of them reasoning; TIME]

`)
	all := shown(t, standIn(t), options{stream: true}) // of all documents
	for _, want := range []string{"texts/invoice/scan.txt\n\n  … number: 2026/093\n", "  … lines 3: Apple tart | 6 | 14.50 | 87.00\n", "texts/cv/zhou.zh.txt\n\n  … name: 周明宇\n"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in:\n%s", want, all)
		}
	}
}

// commands erase the lines above.
var commands = regexp.MustCompile(`\x1b\[(\d+)A\x1b\[J`)

// terminal returns what a terminal shows after the output.
func terminal(out string) string {
	var lines []string
	up := commands.FindAllStringSubmatch(out, -1)
	for i, part := range commands.Split(out, -1) {
		if i > 0 {
			n, _ := strconv.Atoi(up[i-1][1])
			lines = lines[:len(lines)-n]
		}
		lines = append(lines, slices.Collect(strings.Lines(part))...)
	}
	return strings.Join(lines, "")
}

// growing yields values that grow, with a start over, and the last.
func growing(yield func(*output.Partial[Mail], error) bool) {
	partial := func(attempt int, v Mail) *output.Partial[Mail] {
		return &output.Partial[Mail]{Value: v, Attempt: attempt}
	}
	long := Mail{Subject: strings.Repeat("很长", 40), Date: "2026-03-10"}
	whole := Mail{Subject: "短", Date: "2026-03-11", Actions: []string{"一", "二"}}
	for _, p := range []*output.Partial[Mail]{
		partial(1, Mail{Subject: "很"}), partial(1, long), partial(2, Mail{}), partial(2, Mail{Subject: "短"}),
		partial(2, Mail{Date: "2026-03-11", Subject: "短", Actions: []string{"一", "二"}}),
		{Value: whole, Attempt: 2, Done: true, Result: &output.Result[Mail]{Value: whole}},
	} {
		if !yield(p, nil) {
			return
		}
	}
}

// TestRedraw holds that on a terminal a value is drawn in one place, and that
// nothing is left of what was drawn before.
func TestRedraw(t *testing.T) {
	var out strings.Builder
	l := &live{screen: demo.NewScreen(&out), redraw: true}
	result, err := watch(growing, l)
	if err != nil || result.Value.Date != "2026-03-11" {
		t.Fatal(result, err)
	}
	if n := strings.Count(out.String(), "\x1b[J"); n != 4 {
		t.Errorf("erased %d times", n)
	}
	if !strings.Contains(out.String(), "  date     2026-03-11\n  actions\n    一\n    二\n") {
		t.Errorf("not drawn: %q", out.String())
	}
	same(t, terminal(out.String()), "  (request 2: it starts over)\n")
	for line := range strings.Lines(out.String()) {
		if width(strings.TrimRight(commands.ReplaceAllString(line, ""), "\n")) > columns {
			t.Errorf("too long to be erased: %q", line)
		}
	}

	out.Reset()
	if _, err := watch(growing, &live{screen: demo.NewScreen(&out)}); err != nil {
		t.Fatal(err)
	}
	same(t, out.String(), "  … subject: "+strings.Repeat("很长", 40)+"\n\n  (request 2: it starts over)\n  … subject: 短\n  … date: 2026-03-11\n  … actions 1: 一\n\n")
}
