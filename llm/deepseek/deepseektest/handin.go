package deepseektest

import (
	"encoding/json"
	"slices"
	"strings"
)

// fill returns the arguments of the tool that takes the answer. What the names of its
// parameters say is filled with what was found; for the rest the text of the answer is
// read as any text is.
func (w *worker) fill(end *handle) []byte {
	b := []byte("{")
	for _, p := range end.root.Properties {
		n := resolve(end.spec.Schema, p.value)
		value := w.member(end, p.name, n)
		if value == nil {
			f := newFiller(w.c, end.spec.Schema, w.text())
			found := false
			if value, found = f.fill(p.value, p.name, field{node: end.root}); !found && !slices.Contains(end.root.Required, p.name) {
				continue
			}
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(appendString(b, p.name), ':')
		b = append(b, value...)
	}
	return append(b, '}')
}

// member returns the value of a parameter whose name says what it is, or nil.
func (w *worker) member(end *handle, name string, n *node) json.RawMessage {
	parts := identWords(name)
	of := func(list ...string) bool { return hasAny(parts, list...) }
	switch kind := n.kind(); {
	case len(n.Enum) > 0:
		return nil
	case kind == "string" && of("answer", "text", "reply", "response", "result", "conclusion", "message", "summary"):
		return appendString(nil, fitString(n, w.text(), w.text()))
	case kind == "string" && of("source", "file", "document", "path"):
		return appendString(nil, strings.Join(w.sources(), ", "))
	case kind == "array" && of("source", "sources", "files", "documents", "paths", "references", "citations"):
		var list []json.RawMessage
		for _, path := range w.sources() {
			list = append(list, w.item(end, n, figure{name: path}, path))
		}
		return arrayOf(list, n)
	case kind == "array" && of("figures", "numbers", "values", "amounts", "measurements"):
		var list []json.RawMessage
		for _, g := range w.figures() {
			text := strings.TrimSpace(g.digits + " " + g.unit)
			if g.name != "" {
				text = g.name + ": " + text
			}
			list = append(list, w.item(end, n, g, text))
		}
		return arrayOf(list, n)
	case kind == "array" && of("facts", "quotes", "evidence", "sentences"):
		var list []json.RawMessage
		for _, f := range w.chosen() {
			list = append(list, w.item(end, n, figure{name: f.source}, f.text))
		}
		return arrayOf(list, n)
	case (kind == "number" || kind == "integer") && of("result", "value", "number", "answer", "difference", "sum", "total", "average", "amount", "figure"):
		if list := w.figures(); len(list) > 0 {
			return number(field{node: n}, list[len(list)-1].digits)
		}
	case kind == "boolean" && of("found", "known", "answered"):
		return json.RawMessage(map[bool]string{true: "true", false: "false"}[len(w.done) > 0 && len(w.chosen()) > 0])
	}
	return nil
}

// item returns an element of a list: the text, or an object with the figure.
func (w *worker) item(end *handle, list *node, g figure, text string) json.RawMessage {
	n := resolve(end.spec.Schema, list.Items)
	if kind := n.kind(); kind == "number" || kind == "integer" {
		return number(field{node: n}, g.digits)
	} else if kind != "object" {
		return appendString(nil, text)
	}
	b := []byte("{")
	for _, p := range n.Properties {
		of := resolve(end.spec.Schema, p.value)
		value := json.RawMessage(nil)
		switch parts := identWords(p.name); {
		case of.kind() == "number" || of.kind() == "integer":
			value = number(field{node: of}, g.digits)
		case hasAny(parts, "unit", "units"):
			value = appendString(nil, g.unit)
		case hasAny(parts, "text", "quote", "sentence"):
			value = appendString(nil, text)
		case of.kind() == "string" && len(of.Enum) == 0:
			value = appendString(nil, g.name)
		default:
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(appendString(b, p.name), ':')
		b = append(b, value...)
	}
	return append(b, '}')
}

func arrayOf(list []json.RawMessage, n *node) json.RawMessage {
	if n.MaxItems != nil {
		list = list[:min(len(list), max(*n.MaxItems, 0))]
	}
	b := []byte("[")
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, v...)
	}
	return append(b, ']')
}
