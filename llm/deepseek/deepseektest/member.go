package deepseektest

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// A jsonGap is a gap in a JSON text that is whole but for it, or the end of one.
type jsonGap struct{ *gap }

func newJSONGap(g *gap) (jsonGap, bool) {
	start := strings.TrimLeft(g.prompt, " \t\r\n")
	if start == "" || start[0] != '{' && start[0] != '[' {
		return jsonGap{}, false
	}
	return jsonGap{g}, jsonStart.MatchString(start)
}

// jsonStart tells JSON from code and from Markdown's links.
var jsonStart = regexp.MustCompile(`^[\[{][\s\[{]*(?:"|$|\d[\d\s,.eE+-]*$)`)

// candidates returns what may be in the gap, with and without the commas around
// it.
func (g jsonGap) candidates() []string {
	var list []string
	before := ""
	done := strings.TrimRight(g.prompt, " \t\r\n")
	if g.open.quote == 0 && strings.IndexByte(",:[{", done[len(done)-1]) < 0 { // a value is complete
		list = append(list, g.closers)
		before = ", "
		if strings.TrimSpace(g.line) == "" {
			before = "," + g.line
		}
	}
	for _, text := range g.values() {
		list = append(list, before+text+g.closers, before+text+",")
	}
	return append(list, g.closers, "null"+g.closers)
}

func (g jsonGap) sound(text string) bool {
	return json.Valid([]byte(g.prompt + text + g.suffix))
}

// values returns values or members that may be in the gap, the likeliest first.
func (g jsonGap) values() []string {
	if g.open.quote != 0 {
		return []string{"…"}
	}
	before := strings.TrimRight(g.prompt, " \t\r\n")
	if key, ok := strings.CutSuffix(before, ":"); ok {
		return g.ofKey(key)
	}
	var list []string
	inner := g.open.inner()
	done := elements(g.prompt[min(inner.at+1, len(g.prompt)):])
	switch n := len(done); {
	case n >= 2 && inner.open == '[':
		if text, ok := successor(done[n-2], done[n-1]); ok {
			list = append(list, text)
		}
		list = append(list, done[n-1])
	case n == 1 && inner.open == '[':
		list = append(list, done[0])
	case inner.open == '{':
		list = append(list, g.missing(inner, done)...)
	}
	return list
}

// ofKey returns the values that the last key of before has elsewhere, and the one
// that stands before it.
func (g jsonGap) ofKey(before string) []string {
	before = strings.TrimRight(before, " \t\r\n")
	at := strings.LastIndexByte(strings.TrimSuffix(before, `"`), '"')
	if at < 0 {
		return []string{"null"}
	}
	key := before[at:]
	var list []string
	for _, text := range []string{before[:at], g.suffix} {
		_, after, _ := strings.Cut(text, key)
		after = strings.TrimLeft(after, " \t\r\n")
		if after, ok := strings.CutPrefix(after, ":"); ok {
			if value, ok := firstValue(after); ok {
				list = append(list, value)
			}
		}
	}
	done := elements(g.prompt[min(g.open.inner().at+1, at):at])
	if n := len(done); n > 0 {
		if _, value, ok := strings.Cut(done[n-1], ":"); ok {
			list = append(list, strings.TrimSpace(value))
		}
	}
	return append(list, "null")
}

// missing returns the members that the object before this one has and this one
// does not.
func (g jsonGap) missing(inner bracket, done []string) []string {
	var outer scan
	outer.read(g.prompt[:inner.at], 0)
	siblings := elements(g.prompt[min(outer.inner().at+1, inner.at):inner.at])
	siblings = slices.DeleteFunc(siblings, func(s string) bool { return !strings.HasSuffix(s, "}") })
	if len(siblings) == 0 {
		return nil
	}
	_, sibling, _ := strings.Cut(siblings[len(siblings)-1], "{")
	sibling = strings.TrimSpace(strings.TrimSuffix(sibling, "}"))
	has := func(member string) bool {
		key, _, _ := strings.Cut(member, ":")
		after, _, _ := strings.Cut(g.suffix, "}")
		return strings.Contains(strings.Join(done, ",")+after, key)
	}
	var list []string
	for _, member := range elements(sibling) {
		if !has(member) {
			list = append(list, member)
		}
	}
	if len(list) > 1 {
		separator := ", "
		if strings.TrimSpace(g.line) == "" {
			separator = ",\n" + g.line
		}
		return []string{strings.Join(list, separator)}
	}
	return list
}

// elements returns the parts between the commas of a text that are whole: a
// comma, or the text's end after a closing bracket, follows them.
func elements(text string) []string {
	var list []string
	var s scan
	s.read(text, 0)
	ends := s.commas
	if len(s.brackets) == 0 && s.quote == 0 {
		ends = append(ends, len(text))
	}
	start := 0
	for _, end := range ends {
		if part := strings.TrimSpace(text[start:end]); part != "" {
			list = append(list, part)
		}
		start = end + 1
	}
	return list
}

// firstValue returns the JSON value that a text begins with.
func firstValue(text string) (string, bool) {
	var raw json.RawMessage
	err := json.NewDecoder(strings.NewReader(text)).Decode(&raw)
	return string(raw), err == nil
}
