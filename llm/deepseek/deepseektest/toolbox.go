package deepseektest

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/hadal-go/hadal/llm"
)

// A toolbox is the tools of a request by what they are for. A nil one is not there.
type toolbox struct {
	find  *handle // finds lines in documents, by a query
	list  *handle // lists documents
	read  *handle // reads one, by its path
	write *handle // writes one: a path and a text
	calc  *handle // works out an expression
	keep  *handle // keeps a note: a name and a text
	end   *handle // takes the answer, which ends the task
	hand  []llm.ToolSpec
	other []llm.ToolSpec
}

// A handle is a tool, and the names of the parameters by which it is used.
type handle struct {
	spec   llm.ToolSpec
	root   *node
	param  string // the query, path or expression; of those that take a text besides, whatever is not that
	text   string // what is written or noted
	regexp string // says that the query is a regular expression
	fold   string // says that capital and small letters are the same
	offset string // where to read on
}

// The names of parameters, in parts.
var (
	queryParam = []string{"query", "q", "pattern", "keyword", "keywords", "search", "term", "terms"}
	pathParam  = []string{"path", "file", "filename", "document", "page"}
	textParam  = []string{"content", "contents", "text", "body", "value", "data"}
	nameParam  = []string{"name", "key", "title", "about", "subject", "topic"}
	sumParam   = []string{"expression", "formula", "calculation"}
)

// newToolbox sorts tools. Those of a provider's own are left out.
func newToolbox(specs []llm.ToolSpec) *toolbox {
	b := new(toolbox)
	for _, spec := range specs {
		if spec.Kind == "" {
			b.add(spec)
		}
	}
	return b
}

func (b *toolbox) add(spec llm.ToolSpec) {
	h := &handle{spec: spec, root: resolve(spec.Schema, spec.Schema)}
	name := identWords(spec.Name)
	var needed []string // required texts
	for _, p := range h.root.Properties {
		n := resolve(spec.Schema, p.value)
		switch parts := identWords(p.name); {
		case n.kind() == "boolean" && hasAny(parts, "regexp", "regex"):
			h.regexp = p.name
		case n.kind() == "boolean" && hasAny(parts, "ignore", "insensitive"):
			h.fold = p.name
		case n.kind() == "integer" && hasAny(parts, "offset", "start"):
			h.offset = p.name
		}
		if slices.Contains(h.root.Required, p.name) {
			needed = append(needed, p.name)
			if n.kind() != "string" || len(n.Enum) > 0 {
				needed = append(needed, "", "", "") // it takes what the rules below do not have
			}
		}
	}
	use := func(place **handle, params ...string) bool {
		i := slices.IndexFunc(needed, func(p string) bool { return hasAny(identWords(p), params...) })
		if *place != nil || i < 0 {
			return false
		}
		h.param = needed[i]
		*place = h
		return true
	}
	two := len(needed) == 2 && hasAny(identWords(needed[1]), textParam...)
	if two {
		h.text = needed[1]
	}
	switch {
	case endsTask.MatchString(spec.Description) || hasAny(name[:1], "answer", "finish", "submit"):
		if b.end == nil {
			b.end = h
			return
		}
	case handsOver.MatchString(spec.Name):
		b.hand = append(b.hand, spec)
		return
	case len(needed) == 1 && use(&b.calc, sumParam...),
		len(needed) == 1 && hasAny(name, "search", "find", "grep") && use(&b.find, queryParam...),
		len(needed) == 1 && hasAny(name, "read", "open", "cat", "load", "view", "get") && use(&b.read, pathParam...),
		two && hasAny(name, "write", "save", "create", "put") && use(&b.write, pathParam...),
		two && hasAny(name, "note", "remember", "memorize", "keep", "save") && use(&b.keep, nameParam...):
		return
	case len(needed) == 0 && hasAny(name, "list", "ls", "dir", "tree") && b.list == nil:
		b.list = h
		return
	}
	b.other = append(b.other, spec)
}

var (
	endsTask  = regexp.MustCompile(`(?i)\bends? the task\b|\bfinal answer\b`)
	handsOver = regexp.MustCompile(`(?i)^(?:hand_?off|hand_?over|transfer|delegate)_`)
)

// documents reports whether there are documents to look into.
func (b *toolbox) documents() bool { return b.read != nil && (b.find != nil || b.list != nil) }

// call returns a call of the tool with the given arguments: names, each with its value,
// which is a string, an int or true.
func (h *handle) call(args ...any) llm.ToolCall {
	b := []byte("{")
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == "" {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(appendString(b, args[i].(string)), ':')
		b = append(b, jsonOf(args[i+1])...)
	}
	return llm.ToolCall{Name: h.spec.Name, Args: string(append(b, '}'))}
}

// is reports whether a call is of this tool.
func (h *handle) is(name string) bool { return h != nil && h.spec.Name == name }

// identWords returns the words of an identifier in lower case, as they are.
func identWords(name string) []string {
	list := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(list) == 0 {
		return []string{""}
	}
	return list
}

// hasAny reports whether one of the words is in list.
func hasAny(list []string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
}
