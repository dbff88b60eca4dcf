package demo

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm"
)

// Call shows a tool call that begins: the name, and the arguments as words. depth is how
// many agents are around the one that calls.
func (s *Screen) Call(c llm.ToolCall, depth int) {
	s.End()
	s.Printf("%s→ %s%s\n", strings.Repeat("    ", depth), Printable(c.Name), arguments(c.Args))
}

// Result shows what came of a tool call, in a line. Calls that run at once end in any
// order, so it says which one it is, by the first argument if that is short.
func (s *Screen) Result(c llm.ToolCall, r llm.ToolResult, depth int) {
	s.End()
	s.style(dim)
	of := arguments(c.Args)
	if _, value, ok := strings.Cut(of, "="); ok && utf8.RuneCountInString(value) <= 40 && !strings.Contains(value, "=") {
		of = " " + value
	} else {
		of = ""
	}
	s.Printf("%s  %s%s: %s", strings.Repeat("    ", depth), Printable(c.Name), of, short(llm.Message{Parts: r.Content}.Text()))
	s.style(plain)
	s.Printf("\n")
}

// arguments returns the arguments of a call as name=value.
func arguments(args string) string {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(args), &object) != nil {
		return " " + cut(args)
	}
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(object)) {
		text.WriteString(" " + Printable(name) + "=" + cut(string(object[name])))
	}
	return text.String()
}

// short returns the line of a result that says most: what is in parentheses at the end,
// as tools count what they found; or the first that is not in parentheses.
func short(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if last := lines[len(lines)-1]; strings.HasPrefix(last, "(") {
		return cut(strings.Trim(last, "()"))
	}
	for len(lines) > 1 && (lines[0] == "" || strings.HasPrefix(lines[0], "(")) {
		lines = lines[1:]
	}
	if len(lines) > 1 {
		return cut(lines[0]) + " …"
	}
	return cut(lines[0])
}

// cut returns text as it fits on a line.
func cut(text string) string {
	text = Printable(strings.Join(strings.Fields(text), " "))
	if utf8.RuneCountInString(text) > 100 {
		text = string([]rune(text)[:99]) + "…"
	}
	return text
}

// Details shows all of a tool call, for whoever is to approve of it: what is left out
// could not be approved of.
func (s *Screen) Details(c llm.ToolCall) {
	s.Printf("%s wants to be called with:\n", Printable(c.Name))
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(c.Args), &object) != nil {
		s.Printf("  %s\n", Printable(c.Args))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		var text string
		if json.Unmarshal(object[name], &text) != nil {
			text = string(object[name])
		}
		s.Printf("  %s: %s\n", Printable(name), strings.ReplaceAll(Printable(strings.TrimRight(text, "\n")), "\n", "\n    "))
	}
}
