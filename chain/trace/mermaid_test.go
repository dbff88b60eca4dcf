package trace_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/chain/trace"
)

var update = flag.Bool("update", false, "rewrite the pictures in testdata")

// at returns a step that runs from one millisecond to another.
func at(id, parent uint64, category, name string, from, to int) trace.Step {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return trace.Step{ID: id, Parent: parent, Category: category, Name: name,
		Start: start.Add(time.Duration(from) * time.Millisecond), Elapsed: time.Duration(to-from) * time.Millisecond}
}

func spent(s trace.Step, input, cached, output int, cost int64) trace.Step {
	s.Input, s.Cached, s.Output, s.Cost = input, cached, output, cost
	return s
}

func failing(s trace.Step, err error) trace.Step { s.Err = err; return s }

func unfinished(s trace.Step) trace.Step { s.Running, s.Elapsed = true, 0; return s }

// many returns steps that are alike, in a row, n of them from the given ID on.
func many(n int, id, parent uint64, name string, from, each int) (list []trace.Step) {
	for i := range n {
		list = append(list, at(id+uint64(i), parent, "step", name, from+i*each, from+(i+1)*each))
	}
	return list
}

// hostile are names that mean something to Mermaid, to Markdown, to HTML or to a
// terminal.
var hostile = []string{
	`"]; click n1 "javascript:alert(1)"`, "`code`", "[a](javascript:alert(1))", "](x)", "{{x}}", "((x))", `\"`, `\n`,
	"end", "subgraph", "graph TD", "click n1 href", "style n1 fill:#f00;", "classDef x fill:#f00;", "linkStyle 0 stroke:red;", "class n1 failed",
	"%%", "%% comment", `%%{init: {"securityLevel": "loose"}}%%`, "---\ntitle: x\n---", "n1 --> n2", "A-->B", "|x|", "a & b",
	"<b>bold</b>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;b&gt;", "&amp;", "#quot;", "#35;", "&#60;", "#60;b#62;", "#",
	"ﬂ°quot¶ß", "ﬂ°°60¶ß", "ﬂ°lt¶ß", "fa:fa-car", "$$x^2$$", "1. list", "- list", "* list", "# head", "> quote", "***", "___", "__bold__ *it*", "~~no~~",
	"www.example.com", "https://example.com", "a@example.com", "![x](y)", "    code", "```", "a\nb", "a\r\n\tb", "\x00\x1b[31mred\a", "\u202egnp.exe", "\u200b", "\u2028x",
	"👩‍👩‍👧 family", "日本語", "שלום", "ünïcödé", "e\u0301", "\xff\xfe", strings.Repeat("long ", 100), strings.Repeat("\"", 100), "o", "x", "default", "_self", ":::failed", "a:::b", "@{ shape: circle }",
	"1.2.3", "snake_case and kebab-case", "a -- b", "=====", "+ x", "1) x", "<!-- x -->", "null", "__proto__", "constructor",
}

func pictures() map[string][]trace.Step {
	var wild []trace.Step
	for i, name := range hostile {
		s := at(uint64(i+1), 0, name, name, i*10, i*10+10)
		wild = append(wild, failing(s, errors.New(name)))
	}
	half := len(wild) / 2
	each := []trace.Step{at(1, 0, "step", "batch", 0, 2000)}
	for i := range 1000 {
		id := uint64(2 + 2*i)
		each = append(each, at(id, 1, "step", "load", i, i+9), spent(at(id+1, 1, "model", "deepseek-chat", i+9, i+99), 100, 10, 5, 1000))
	}
	each[7].Err, each[9].Err = errors.New("boom"), context.Canceled
	each[len(each)-1] = unfinished(each[len(each)-1])
	var names []trace.Step
	for i := range 80 {
		names = append(names, at(uint64(i+1), 0, "step", fmt.Sprint("document ", i), i, i+20))
	}
	deep := []trace.Step{at(1, 0, "step", "level", 0, 1000)}
	for i := uint64(2); i <= 300; i++ {
		deep = append(deep, at(i, i-1, "step", "level", int(i), 1000))
	}
	return map[string][]trace.Step{
		"empty": nil,
		"line":  {at(1, 0, "step", "load", 0, 85), spent(at(2, 0, "model", "deepseek-chat", 85, 1285), 1200, 1000, 80, 1_234_500), at(3, 0, "step", "save", 1286, 1287)},
		"nested": {
			at(1, 0, "agent", "planner", 0, 4000),
			spent(at(2, 1, "model", "", 1, 1200), 1200, 1000, 80, 1_200_000),
			at(3, 1, "tool", "weather", 1200, 1300),
			spent(at(4, 1, "model", "", 1301, 3990), 1400, 1280, 400, 3_000_000),
			at(5, 0, "step", "save", 4000, 4001),
		},
		"fork": {
			at(1, 0, "step", "read", 0, 10), at(2, 0, "step", "topic", 11, 200), at(3, 0, "step", "summary", 12, 300),
			at(4, 0, "step", "names", 12, 100), at(5, 0, "step", "write", 301, 310),
		},
		"barrier": {
			at(1, 0, "step", "a", 0, 10), at(2, 0, "step", "b", 0, 12), at(3, 0, "step", "c", 0, 14),
			at(4, 0, "step", "d", 20, 30), at(5, 0, "step", "e", 21, 30), at(6, 0, "step", "f", 22, 33),
		},
		// b follows a; d follows c and b; nothing waits for the slow one.
		"ragged": {
			at(1, 0, "step", "slow", 0, 100), at(2, 0, "step", "a", 0, 10), at(3, 0, "step", "c", 5, 25),
			at(4, 0, "step", "b", 11, 20), at(5, 0, "step", "d", 30, 40),
		},
		"still": { // the clock does not move
			at(1, 0, "step", "all", 0, 0), at(2, 1, "step", "a", 0, 0), at(3, 1, "step", "b", 0, 0), at(4, 1, "step", "c", 0, 5),
			at(5, 1, "step", "d", 0, 5), at(6, 1, "step", "e", 5, 5),
		},
		"outcome": {
			failing(at(1, 0, "step", "all", 0, 900), errors.New("review: model: rate limited")),
			failing(at(2, 1, "model", "m1", 0, 400), fmt.Errorf("race: %w", context.Canceled)),
			failing(at(3, 1, "model", "m2", 0, 300), errors.New("rate limited:\n\ttry again \"later\", "+strings.Repeat("or much later, ", 9))),
			unfinished(at(4, 1, "tool", "search", 310, 0)),
			{ID: 5, Parent: 4, Category: "model", Name: "m3", Input: 50, Estimated: true, Start: at(0, 0, "", "", 400, 0).Start, Elapsed: 70 * time.Millisecond},
		},
		"row":      append(many(5, 1, 0, "five", 0, 10), append(many(6, 10, 0, "six", 60, 15_000), at(20, 0, "step", "last", 90_060, 90_061))...),
		"each":     each,
		"names":    names,
		"deep":     deep,
		"orphans":  {at(5, 4, "step", "lost", 0, 1), at(6, 6, "step", "own parent", 1, 2), at(7, 8, "step", "after its parent", 2, 3), at(8, 7, "step", "inside", 2, 3), at(8, 7, "", "", 3, 3)},
		"hostile1": wild[:half],
		"hostile2": wild[half:],
		"hostile3": {at(1, 0, "step", hostile[0], 0, 100), failing(at(2, 1, "step", hostile[16], 0, 50), errors.New(hostile[25])), at(3, 1, "step", hostile[34], 50, 99)},
	}
}

func TestMermaid(t *testing.T) {
	for name, steps := range pictures() {
		got := trace.Mermaid(steps)
		if problem := misdrawn(got); problem != "" {
			t.Errorf("%s: %s\n%s", name, problem, got)
		}
		if again := trace.Mermaid(steps); again != got {
			t.Errorf("%s: the second picture is another", name)
		}
		file := filepath.Join("testdata", name+".mmd")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != strings.ReplaceAll(string(want), "\r\n", "\n") {
			t.Errorf("%s: the picture is\n%s\nwant\n%s", name, got, want)
		}
	}
}

// What one line of a picture may be. A label has nothing but letters, digits, codes
// and what Mermaid itself writes.
var (
	labelForm = `"(?:[\p{L}\p{Nd} ,.()$×µ…_-]|#[0-9]+;|<br/>)+"`
	nodeLine  = regexp.MustCompile(`^ +(n\d+)(?:\[` + labelForm + `\]|\[\[` + labelForm + `\]\])$`)
	openLine  = regexp.MustCompile(`^ +subgraph (n\d+) \[` + labelForm + `\]$`)
	edgeLine  = regexp.MustCompile(`^ +n\d+(?: & n\d+)* -->(?: (j\d+)\(\(" "\)\) -->)? n\d+(?: & n\d+)*$`)
	classLine = regexp.MustCompile(`^  (?:classDef (?:failed|running|cancelled) [a-z0-9:#, -]+|class n\d+(?:,n\d+)* (?:failed|running|cancelled))$`)
	nodeID    = regexp.MustCompile(`n\d+`)
)

// misdrawn says what is wrong with a picture: a line of another form, a node that is
// not defined before it is used or twice, a box that is not closed or has nothing in
// it.
func misdrawn(text string) string {
	body, ok := strings.CutPrefix(text, "flowchart TD\n")
	if !ok || body != "" && !strings.HasSuffix(body, "\n") {
		return "the first line or the last"
	}
	defined, joints, depth, edges, last := map[string]bool{}, 0, 0, 0, ""
	for line := range strings.Lines(body) {
		line = strings.TrimSuffix(line, "\n")
		if m := nodeLine.FindStringSubmatch(line); m != nil {
			defined[m[1]] = true
			if m[1] != fmt.Sprint("n", len(defined)) {
				return "out of order: " + line
			}
		} else if m := openLine.FindStringSubmatch(line); m != nil {
			defined[m[1]] = true
			depth++
		} else if m := edgeLine.FindStringSubmatch(line); m != nil {
			if m[1] != "" {
				if joints++; m[1] != fmt.Sprint("j", joints) {
					return "a joint out of order: " + line
				}
			}
			left, right, _ := strings.Cut(line, "-->")
			from, to := strings.Count(left, "n"), strings.Count(right, "n")
			if m[1] == "" {
				edges += from * to
			} else {
				edges += from + to
			}
			for _, id := range nodeID.FindAllString(line, -1) {
				if !defined[id] {
					return "used before it is defined: " + line
				}
			}
		} else if strings.TrimSpace(line) == "end" {
			if depth--; depth < 0 || strings.Contains(last, "direction") {
				return "nothing to close, or nothing in it"
			}
		} else if strings.TrimSpace(line) != "direction TB" && !classLine.MatchString(line) {
			return "line " + line
		}
		last = line
	}
	switch {
	case depth != 0:
		return "a box is not closed"
	case len(text) > 50_000:
		return "too long"
	case len(defined) > 200 || edges > 500:
		return fmt.Sprint(len(defined), " nodes and ", edges, " edges")
	}
	return ""
}

// label returns what is shown of a step that is alone.
func label(t *testing.T, steps ...trace.Step) string {
	t.Helper()
	text := trace.Mermaid(steps)
	if problem := misdrawn(text); problem != "" {
		t.Fatalf("%s\n%s", problem, text)
	}
	_, text, _ = strings.Cut(text, `"`)
	text, _, _ = strings.Cut(text, `"`)
	return text
}

func TestMermaidLabels(t *testing.T) {
	step := at(1, 0, "", "x", 0, 0)
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 0: "0 s", 49: "0 s", 50: "0.1 µs", 850: "0.9 µs", 85 * time.Microsecond: "85 µs", 999*time.Microsecond + 1: "1 ms", 999_999: "1 ms",
		1240 * time.Microsecond: "1.2 ms", 9960 * time.Microsecond: "10 ms", 340 * time.Millisecond: "340 ms", 999_600 * time.Microsecond: "1 s",
		1250 * time.Millisecond: "1.3 s", 12*time.Second + 400*time.Millisecond: "12 s", 59_499 * time.Millisecond: "59 s", 59_500 * time.Millisecond: "1 min 0 s",
		200 * time.Second: "3 min 20 s", time.Hour - 1: "1 h 0 min", 90 * time.Minute: "1 h 30 min", 100_000 * time.Hour: "100,000 h 0 min",
	} {
		s := step
		if s.Elapsed = d; label(t, s) != "x<br/>"+want {
			t.Errorf("%d ns: %s, want %s", d, label(t, s), want)
		}
	}
	for nano, want := range map[int64]string{
		1: "$0.000000001", 1_200_000: "$0.0012", 10_000_000: "$0.01", 1_500_000_000: "$1.50", 2_000_000_000: "$2.00",
		1_234_567_000_000_000: "$1,234,567.00", -30_000_000: "-$0.03", -1 << 63: "-$9,223,372,036.854775808",
	} {
		if got := label(t, spent(step, 0, 0, 0, nano)); got != "x<br/>0 s<br/>"+want {
			t.Errorf("%d nano-dollars: %s, want %s", nano, got, want)
		}
	}
	estimated := spent(step, 1, 0, 0, 0)
	estimated.Estimated = true
	for want, s := range map[string]trace.Step{
		"x<br/>0 s<br/>1,234,567 in (1,000 cached), 0 out": spent(step, 1_234_567, 1000, 0, 0),
		"x<br/>0 s<br/>0 in, 12 out":                       spent(step, 0, 0, 12, 0),
		"x<br/>0 s<br/>-5 in, 0 out":                       spent(step, -5, 0, 0, 0),
		"x<br/>0 s<br/>about 1 in, 0 out":                  estimated,
		"step<br/>0 s":                                     {},
		"model<br/>0 s":                                    {Category: "model"},
		"x<br/>0 s<br/>failed":                             failing(step, errors.New("\n")),
		"x<br/>0 s<br/>failed#58; a b":                     failing(step, errors.New(" a\n\tb ")),
		"x<br/>0 s<br/>cancelled":                          failing(step, context.Canceled),
		"x<br/>running":                                    unfinished(step),
	} {
		if got := label(t, s); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A name is cut at 60 characters, however they are written.
func TestMermaidCut(t *testing.T) {
	for n, want := range map[int]string{60: strings.Repeat("é", 60), 61: strings.Repeat("é", 59) + "#8230;", 1 << 20: strings.Repeat("é", 59) + "#8230;"} {
		if got := label(t, at(1, 0, "", strings.Repeat("é", n), 0, 0)); got != want+"<br/>0 s" {
			t.Errorf("%d characters: %s", n, got)
		}
	}
}

// An arrow leads from s to t if s ended before t started and nothing lies wholly
// between, and not otherwise: checked against that definition.
func TestMermaidOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		n := 1 + random.IntN(12)
		steps := make([]trace.Step, n)
		for i := range steps {
			from := random.IntN(20)
			steps[i] = at(uint64(i+1), 0, "step", fmt.Sprint("s", i), from, from+random.IntN(8))
		}
		// As a clock that goes: whatever starts later has a higher ID.
		slices.SortStableFunc(steps, func(a, b trace.Step) int { return a.Start.Compare(b.Start) })
		for i := range steps {
			steps[i].ID = uint64(i + 1)
		}
		before := func(a, b trace.Step) bool {
			return a.ID < b.ID && !a.Start.Add(a.Elapsed).After(b.Start)
		}
		want := map[string]bool{}
		for i, a := range steps {
			for j, b := range steps {
				next := before(a, b)
				for _, c := range steps {
					next = next && !(before(a, c) && before(c, b))
				}
				if next {
					want[fmt.Sprintf("n%d n%d", i+1, j+1)] = true
				}
			}
		}
		text := trace.Mermaid(steps)
		if problem := misdrawn(text); problem != "" {
			t.Fatalf("%s\n%s", problem, text)
		}
		if got := arrows(text); !maps.Equal(got, want) {
			t.Fatalf("round %d: arrows %v, want %v\n%s", round, got, want, text)
		}
	}
}

// arrows returns the pairs of nodes between which there is an arrow or a joint.
func arrows(text string) map[string]bool {
	pairs := map[string]bool{}
	for line := range strings.Lines(text) {
		if !strings.Contains(line, "-->") {
			continue
		}
		left, right, _ := strings.Cut(line, "-->")
		for _, a := range nodeID.FindAllString(left, -1) {
			for _, b := range nodeID.FindAllString(right, -1) {
				pairs[a+" "+b] = true
			}
		}
	}
	return pairs
}

// Random trees, some with IDs and parents that no recording has.
func TestMermaidRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 60 {
		steps := make([]trace.Step, random.IntN(400))
		for i := range steps {
			id, parent := uint64(i+1), uint64(random.IntN(i+1))
			if round%3 == 0 {
				id, parent = uint64(random.IntN(50)), uint64(random.IntN(50))
			}
			from := random.IntN(1000)
			s := at(id, parent, "step", hostile[random.IntN(1+random.IntN(len(hostile)))], from, from+random.IntN(1000)-10)
			switch random.IntN(10) {
			case 0:
				s = unfinished(s)
			case 1:
				s = failing(s, errors.New(hostile[random.IntN(len(hostile))]))
			}
			steps[i] = s
		}
		text := trace.Mermaid(steps)
		if problem := misdrawn(text); problem != "" {
			t.Fatalf("round %d: %s\n%s", round, problem, text)
		}
		random.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
		if round%3 != 0 && trace.Mermaid(steps) != text {
			t.Fatalf("round %d: the order in the slice matters", round)
		}
	}
}

func FuzzMermaid(f *testing.F) {
	for i, name := range hostile {
		f.Add(name, hostile[len(hostile)-1-i], name)
	}
	f.Fuzz(func(t *testing.T, category, name, text string) {
		got := trace.Mermaid([]trace.Step{
			at(1, 0, category, name, 0, 10),
			failing(at(2, 1, category, name, 0, 10), errors.New(text)),
			at(3, 1, name, category, 10, 10),
		})
		if problem := misdrawn(got); problem != "" {
			t.Errorf("%s\n%s", problem, got)
		}
		if strings.Count(got, " --> ") != 1 || strings.Count(got, "\n") != 9 {
			t.Errorf("not the picture of three steps:\n%s", got)
		}
	})
}

func BenchmarkMermaid(b *testing.B) {
	for name, parent := range map[string]func(i int) int{
		"flat":  func(int) int { return 0 },
		"deep":  func(i int) int { return i },
		"pairs": func(i int) int { return i / 2 },
		"wide":  func(i int) int { return i / 100 },
	} {
		steps := make([]trace.Step, 10_000)
		for i := range steps {
			steps[i] = spent(at(uint64(i+1), uint64(parent(i)), "step", fmt.Sprint("step ", i%400), i, 2*i+20), 10, 5, 2, 1000)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				trace.Mermaid(steps)
			}
		})
	}
}
