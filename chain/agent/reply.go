package agent

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/hadal-go/hadal/llm"
)

// sendable returns a reply with the given calls as APIs take it back, with the calls that
// it has then: each has an ID of its own and a name, and its arguments are JSON. What was
// so stays as it was, byte for byte.
func sendable(m llm.Message, calls []llm.ToolCall) (llm.Message, []llm.ToolCall) {
	taken := make(map[string]bool)
	fine := true
	for _, c := range calls {
		fine = fine && c.ID != "" && !taken[c.ID] && c.Name != "" && validArgs(c.Args)
		taken[c.ID] = true
	}
	if fine {
		return m, calls
	}
	m.Parts = slices.Clone(m.Parts)
	seen := make(map[string]bool)
	for i, p := range m.Parts {
		c, ok := p.(llm.ToolCall)
		if !ok {
			continue
		}
		if c.ID == "" || seen[c.ID] {
			for n := i; taken[c.ID]; n++ {
				c.ID = "call_" + strconv.Itoa(n)
			}
			taken[c.ID] = true
		}
		seen[c.ID] = true
		c.Name = cmp.Or(c.Name, "unnamed")
		if !validArgs(c.Args) {
			c.Args = "{}"
		}
		m.Parts[i] = c
	}
	return m, m.ToolCalls()
}

func validArgs(args string) bool { return args == "" || json.Valid([]byte(args)) }

// close returns a copy of messages with the results of the open calls, in their order.
// One that has no result gets text in its place.
func (s *state) close(messages []llm.Message, text string) []llm.Message {
	list := append(make([]llm.Message, 0, len(messages)+3), messages...)
	if len(s.open) == 0 {
		return list
	}
	results := llm.Message{Role: llm.RoleTool, Parts: make(llm.Parts, len(s.open))}
	var files llm.Parts
	for i, p := range s.open {
		if p.phase != called {
			p.end(text)
		}
		results.Parts[i], files = withoutFiles(*p.result, files)
	}
	list = append(list, results)
	if len(files) > 0 {
		list = append(list, llm.Message{Role: llm.RoleUser, Parts: files})
	}
	return list
}

// withoutFiles returns a result as APIs take it, of text alone, and files with those
// that were in it, each with a line that says where it belongs.
func withoutFiles(r llm.ToolResult, files llm.Parts) (llm.ToolResult, llm.Parts) {
	isFile := func(p llm.Part) bool { _, ok := p.(llm.Blob); return ok }
	if !slices.ContainsFunc(r.Content, isFile) {
		return r, files
	}
	r.Content = slices.Clone(r.Content)
	n := 0
	for i, p := range r.Content {
		b, ok := p.(llm.Blob)
		if !ok {
			continue
		}
		n++
		name := "file " + strconv.Itoa(n)
		if b.Name != "" {
			name += " (" + b.Name + ")"
		}
		r.Content[i] = llm.Text("[" + name + " is in the message after the results]")
		files = append(files, llm.Text(cmp.Or(r.Name, "a tool")+", call "+r.ID+", "+name+":"), b)
	}
	return r, files
}

// same reports whether two calls ask for the same. White space between the arguments and
// the order of members do not count; how a text or a number is written does.
func same(a, b llm.ToolCall) bool {
	switch {
	case a.Name != b.Name:
		return false
	case a.Args == b.Args:
		return true
	case weight(a.Args) != weight(b.Args):
		return false
	}
	x, y := sorted(a.Args), sorted(b.Args)
	return x != nil && bytes.Equal(x, y)
}

// weight returns a sum of what is not white space, for whatever order that is in. So
// calls of the same tool that differ, as most do, cost next to nothing.
func weight(args string) (sum uint64) {
	for i := range len(args) {
		if c := uint64(args[i]); c > ' ' {
			sum += c * c * c
		}
	}
	return sum
}

// sorted returns arguments with their members in order, or nil if they are not JSON.
func sorted(args string) []byte {
	d := json.NewDecoder(bytes.NewReader([]byte(args)))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		return nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return data
}
