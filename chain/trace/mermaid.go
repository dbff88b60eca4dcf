package trace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// What Mermaid draws unless its configuration says otherwise.
const (
	mermaidText  = 50_000 // characters
	mermaidEdges = 500
)

// Mermaid draws steps, such as those of a [Recording], as a flowchart in the
// language of Mermaid, which GitHub shows in Markdown. A step that others are part of
// is a box around them. Each has its name and category, the time that it took, and
// the tokens and the money that went into it and all that is inside. What failed is
// red, with the error; what was cancelled or still runs is dashed.
//
// An arrow says that a step began when another one was over. So what ran at once is
// side by side, between a fork and a join. This is told from the times alone: of two
// steps of no duration, the one with the lower ID came first.
//
// More than 5 steps in a row of the same name and category are drawn as one; so are
// all that are alike among more than 50 of one step, and then what is beyond 50. Of
// deep runs only as much of the inside is drawn as there is room for: with 10,000
// steps or more, the picture is one that Mermaid draws with its default limits,
// 50,000 characters and 500 arrows.
//
// Names and errors may be of any content: they are cut at 60 characters and shown as
// they are, never read as Mermaid, Markdown or HTML. The same steps make the same
// text. A Parent counts if it is among the steps and has a lower ID.
func Mermaid(steps []Step) string {
	t := newTree(steps)
	for room := 200; ; room /= 2 {
		d := drawing{tree: t}
		d.WriteString("flowchart TD\n")
		d.inside(t.picture(room), "  ")
		d.classes()
		if room <= 1 || d.Len() <= mermaidText && d.edges <= mermaidEdges {
			return d.String()
		}
	}
}

// A drawing is a text in the language of Mermaid.
type drawing struct {
	strings.Builder
	tree    *tree
	nodes   int
	joints  int
	edges   int
	classed [len(classes)][]string // nodes by class
}

// classes are the ways to look, besides the plain one.
var classes = [...]struct{ name, style string }{
	failed:    {"failed", "stroke:#c00,stroke-width:2px,color:#c00"},
	running:   {"running", "stroke-dasharray:6 3"},
	cancelled: {"cancelled", "stroke:#888,color:#888,stroke-dasharray:2 3"},
}

const (
	failed = iota
	running
	cancelled
)

// inside draws nodes and the edges between them.
func (d *drawing) inside(nodes []*node, indent string) {
	for _, n := range nodes {
		d.nodes++
		n.id = fmt.Sprintf("n%d", d.nodes)
		d.classify(n)
		lines := d.label(n)
		label := `"` + strings.Join(lines, "<br/>") + `"`
		switch {
		case n.kids != nil: // what is inside would cover a second line
			d.line(indent, "subgraph ", n.id, ` ["`, strings.Join(lines, ", "), `"]`)
			d.line(indent, "  direction TB")
			d.inside(n.kids, indent+"  ")
			d.line(indent, "end")
		case len(n.steps) > 1:
			d.line(indent, n.id, "[[", label, "]]")
		default:
			d.line(indent, n.id, "[", label, "]")
		}
	}
	for _, s := range d.tree.sequences(nodes) {
		d.sequence(s, indent)
	}
}

// sequence draws edges from all nodes of one side to all of the other, through a
// joint if that is less.
func (d *drawing) sequence(s sequence, indent string) {
	from, to := len(s.from), len(s.to)
	if from*to <= from+to {
		d.line(indent, ids(s.from), " --> ", ids(s.to))
		d.edges += from * to
		return
	}
	d.joints++
	d.line(indent, ids(s.from), fmt.Sprintf(` --> j%d((" ")) --> `, d.joints), ids(s.to))
	d.edges += from + to
}

func ids(nodes []*node) string {
	list := make([]string, len(nodes))
	for i, n := range nodes {
		list[i] = n.id
	}
	return strings.Join(list, " & ")
}

// classes says what the nodes look like.
func (d *drawing) classes() {
	for i, nodes := range d.classed {
		if nodes != nil {
			d.line("  classDef ", classes[i].name, " ", classes[i].style)
			d.line("  class ", strings.Join(nodes, ","), " ", classes[i].name)
		}
	}
}

func (d *drawing) classify(n *node) {
	class := -1
	for _, i := range n.steps {
		if c := state(&d.tree.steps[i]); c >= 0 && (class < 0 || c < class) {
			class = c
		}
	}
	if class >= 0 {
		d.classed[class] = append(d.classed[class], n.id)
	}
}

func (d *drawing) line(parts ...string) {
	for _, p := range parts {
		d.WriteString(p)
	}
	d.WriteByte('\n')
}

// state returns the class of a step, or -1 if it is the plain one.
func state(s *Step) int {
	switch {
	case s.Running:
		return running
	case errors.Is(s.Err, context.Canceled):
		return cancelled
	case s.Err != nil:
		return failed
	}
	return -1
}

// label returns the lines of a node.
func (d *drawing) label(n *node) []string {
	t := d.tree
	spent := t.total(n)
	title, category := t.title(n)
	time := t.time(n)
	if category != "" {
		time = category + ", " + time
	}
	lines := []string{title, time}
	if spent.Input != 0 || spent.Output != 0 {
		lines = append(lines, tokens(spent))
	}
	if spent.Cost != 0 {
		lines = append(lines, dollars(spent.Cost))
	}
	if hidden := spent.steps - len(n.steps); n.kids == nil && hidden > 0 {
		lines = append(lines, plural(hidden, "step")+" inside")
	}
	if outcome := t.outcome(n); outcome != "" {
		lines = append(lines, outcome)
	}
	return lines
}

// title returns what a node is called, and its category if that is not the title.
func (t *tree) title(n *node) (title, category string) {
	if n.rest {
		return count(len(n.steps)) + " more", ""
	}
	s := &t.steps[n.steps[0]]
	title, category = escape(plain(s.Name, 60)), escape(plain(s.Category, 60))
	if title == "" {
		title, category = cmp.Or(category, "step"), ""
	}
	if len(n.steps) > 1 {
		title += " × " + count(len(n.steps))
	}
	return title, category
}

func (t *tree) time(n *node) string {
	var sum, longest time.Duration
	for _, i := range n.steps {
		d := max(t.steps[i].Elapsed, 0)
		sum, longest = sum+d, max(longest, d)
	}
	switch {
	case len(n.steps) > 1:
		return elapsed(sum) + " in all, " + elapsed(longest) + " longest"
	case t.steps[n.steps[0]].Running:
		return "running"
	}
	return elapsed(sum)
}

func tokens(s total) string {
	text := count(s.Input) + " in"
	if s.Estimated {
		text = "about " + text
	}
	if s.Cached != 0 {
		text += " (" + count(s.Cached) + " cached)"
	}
	return text + ", " + count(s.Output) + " out"
}

// outcome says what went wrong in a node, or that it is not over.
func (t *tree) outcome(n *node) string {
	if len(n.steps) == 1 {
		s := &t.steps[n.steps[0]]
		switch state(s) {
		case failed:
			if text := plain(fmt.Sprint(s.Err), 60); text != "" {
				return "failed#58; " + escape(text)
			}
			return "failed"
		case cancelled:
			return "cancelled"
		}
		return ""
	}
	var counts [len(classes)]int
	for _, i := range n.steps {
		if c := state(&t.steps[i]); c >= 0 {
			counts[c]++
		}
	}
	var list []string
	for c, n := range counts {
		if n > 0 {
			list = append(list, count(n)+" "+classes[c].name)
		}
	}
	return strings.Join(list, ", ")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}
