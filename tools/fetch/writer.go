package fetch

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// A writer builds Markdown from text and from what begins and ends around it.
// It writes late: line breaks, spaces and opening marks are due until text
// comes, and what encloses no text leaves no trace.
type writer struct {
	out    []byte
	word   []byte // text that comes after out and may go on, not yet escaped
	at     place  // where word stands
	limit  int    // of out
	cut    bool   // something was left out because of limit
	gap    int    // line feeds that are due
	hard   bool   // a line break within the paragraph is due
	space  bool   // a space is due
	start  bool   // the next word is the first of its line
	lead   string // the mark of the heading that the text is in
	boxes  []box  // that the text is in, outermost first
	marks  []mark // that the text is in, outermost first
	opened int    // how many of marks are open in out
	closed int    // where out ended when a mark was closed last
	coded  int    // where out ended when code within a line was written last
	cell   bool   // the text is in a cell of a table, which is one line
	filled bool   // there is text in the cell
}

// A box is a block that indents what is in it: a quote or an item of a list.
type box struct {
	first, rest string
	used        bool
}

// maxBoxes bounds how deep boxes go, and so what a line can grow by.
const maxBoxes = 8

// A mark is put around text within a line.
type mark struct {
	kind        byte // distinct for each kind
	open, close string
}

// block demands n line feeds before the next text.
func (w *writer) block(n int) {
	w.closeMarks()
	w.gap, w.space, w.hard = max(w.gap, n), false, false
}

// line demands a line break within a paragraph; two end the paragraph.
func (w *writer) line() {
	switch {
	case w.lead != "":
		w.space = true
	case w.hard:
		w.block(2)
	default:
		w.hard, w.space = true, false
	}
}

func (w *writer) enter(b box) bool {
	if len(w.boxes) == maxBoxes || w.cell {
		return false
	}
	w.boxes = append(w.boxes, b)
	return true
}

func (w *writer) leave() { w.boxes = w.boxes[:len(w.boxes)-1] }

func (w *writer) write(s string) {
	if s == "" {
		return
	}
	w.flush(s[0])
	if w.cut || len(w.out)+len(s) > w.limit {
		w.cut = true
		return
	}
	w.out = append(w.out, s...)
}

// flush writes the word, which next follows.
func (w *writer) flush(next byte) {
	switch {
	case len(w.word) == 0:
		return
	case w.cut || w.limit-len(w.out) < 2*len(w.word):
		w.cut = true
	default:
		w.out = escape(w.out, w.word, next, w.at)
	}
	w.word = w.word[:0]
}

// empty reports whether there is no text yet.
func (w *writer) empty() bool { return len(w.out)+len(w.word) == 0 }

// begin writes what is due before text.
func (w *writer) begin() {
	switch {
	case w.cell && (w.gap > 0 || w.hard):
		if w.filled {
			w.write("<br>")
		}
		w.gap = 0
	case w.cell && w.space && w.filled:
		w.write(" ")
	case w.cell:
	case w.gap > 0 || w.empty():
		w.newline()
	case w.hard:
		w.write("  \n")
		w.indent()
		w.start = true
	case w.space:
		w.write(" ")
	}
	w.hard, w.space, w.filled = false, false, true
}

// newline begins a block.
func (w *writer) newline() {
	if !w.empty() {
		for range w.gap - 1 {
			w.blank()
		}
		w.write("\n")
	}
	w.gap = 0
	w.indent()
	w.write(w.lead)
	w.start = w.lead == ""
}

// blank ends a line and writes one without text.
func (w *writer) blank() {
	var line strings.Builder
	for _, b := range w.boxes {
		if !b.used {
			break
		}
		line.WriteString(b.rest)
	}
	w.write("\n" + strings.TrimRight(line.String(), " "))
}

func (w *writer) indent() {
	for i := range w.boxes {
		b := &w.boxes[i]
		if b.used {
			w.write(b.rest)
		} else {
			w.write(b.first)
			b.used = true
		}
	}
}

// openMarks opens the marks that are due.
func (w *writer) openMarks() {
	for ; w.opened < len(w.marks); w.opened++ {
		m := w.marks[w.opened]
		if m.close == m.open && len(w.word) == 0 && w.closed == len(w.out) && bytes.HasSuffix(w.out, []byte(m.close)) {
			w.out = w.out[:len(w.out)-len(m.close)] // the same goes on
			continue
		}
		w.write(m.open)
		w.start = false
	}
}

// closeMarks closes the marks that are open. They open again with the next
// text, but for a link, which has had its text.
func (w *writer) closeMarks() {
	n := w.opened
	w.closeDown(0)
	for i, m := range w.marks[:n] {
		if m.kind == 'a' {
			w.marks = append(w.marks[:i], w.marks[i+1:]...)
			return
		}
	}
}

func (w *writer) closeDown(n int) {
	for w.opened > n {
		w.opened--
		if m := w.marks[w.opened]; m.close != "" {
			w.write(m.close)
			w.closed = len(w.out)
		}
	}
}

// mark puts m around the text to come. It reports whether it was not so already.
func (w *writer) mark(m mark) bool {
	for _, have := range w.marks {
		if have.kind == m.kind {
			return false
		}
	}
	w.marks = append(w.marks, m)
	return true
}

// unmark ends the mark of a kind.
func (w *writer) unmark(kind byte) {
	for i, m := range w.marks {
		if m.kind == kind {
			w.closeDown(i)
			w.marks = append(w.marks[:i], w.marks[i+1:]...)
			return
		}
	}
}

func (w *writer) linked() bool {
	for _, m := range w.marks {
		if m.kind == 'a' {
			return true
		}
	}
	return false
}

// text writes text of a page, in which a run of white space is one space.
func (w *writer) text(s string) {
	for s != "" && !w.cut {
		n := strings.IndexFunc(s, isSpace)
		if n < 0 {
			n = len(s)
		}
		if n > 0 {
			if word := visible(s[:n]); word != "" {
				w.letters(word)
			}
		}
		if n == len(s) {
			return
		}
		if w.gap == 0 && !w.hard {
			w.space = true
		}
		_, size := utf8.DecodeRuneInString(s[n:])
		s = s[n+size:]
	}
}

// letters writes text without space. It may be a part of a word: where one ends
// is not where a tag or a comment of the page does, and a mark such as ]( could be
// put together of parts that are none.
func (w *writer) letters(s string) {
	if len(w.word) == 0 || w.gap > 0 || w.hard || w.space || w.opened < len(w.marks) {
		w.begin()
		w.openMarks()
		w.flush(s[0])
		w.at = place{start: w.start, head: w.lead != "", link: w.linked(), cell: w.cell}
		w.start = false
	}
	w.word = append(w.word, s...)
}

// raw writes Markdown within a line.
func (w *writer) raw(s string) {
	w.begin()
	w.openMarks()
	w.write(s)
	w.start = false
}

// code writes s as code within a line.
func (w *writer) code(s string) {
	words := strings.Fields(visible(s))
	if len(words) == 0 {
		return
	}
	if first, _ := utf8.DecodeRuneInString(s); isSpace(first) && w.gap == 0 {
		w.space = true
	}
	body := strings.Join(words, " ")
	if w.cell {
		body = strings.ReplaceAll(body, "|", `\|`)
	}
	ticks := strings.Repeat("`", longestRun(body)+1)
	if body[0] == '`' || body[len(body)-1] == '`' {
		body = " " + body + " "
	}
	if len(w.word) == 0 && w.coded == len(w.out) && len(w.out) > 0 {
		w.space = true // or the marks of the two would be one
	}
	w.raw(ticks + body + ticks)
	w.coded = len(w.out)
	if last, _ := utf8.DecodeLastRuneInString(s); isSpace(last) {
		w.space = true
	}
}

// fence writes s as a block of code.
func (w *writer) fence(s, language string) {
	s = strings.Trim(visibleLines(s), "\n")
	if strings.TrimSpace(s) == "" {
		return
	}
	if w.cell {
		w.code(s)
		return
	}
	w.block(2)
	w.lead = "" // a heading is one line
	w.begin()
	ticks := strings.Repeat("`", max(3, longestRun(s)+1))
	w.write(ticks + language)
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.TrimRight(line, " \t\r"); line == "" {
			w.blank() // a quote would end without its mark, and the code with it
		} else {
			w.write("\n")
			w.indent()
			w.write(line)
		}
		if w.cut {
			break
		}
	}
	w.write("\n")
	w.indent()
	w.write(ticks)
	w.block(2)
}

// longestRun returns the length of the longest run of backticks in s.
func longestRun(s string) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
