package deepseektest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

// A node is what of a JSON Schema the rules of the stand-in heed.
type node struct {
	Type        kinds             `json:"type"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Properties  members           `json:"properties"`
	Additional  json.RawMessage   `json:"additionalProperties"`
	Required    []string          `json:"required"`
	Items       json.RawMessage   `json:"items"`
	Enum        []json.RawMessage `json:"enum"`
	Const       json.RawMessage   `json:"const"`
	Default     json.RawMessage   `json:"default"`
	AnyOf       []json.RawMessage `json:"anyOf"`
	OneOf       []json.RawMessage `json:"oneOf"`
	AllOf       []json.RawMessage `json:"allOf"`
	Ref         string            `json:"$ref"`
	Format      string            `json:"format"`
	Pattern     string            `json:"pattern"`
	Minimum     *float64          `json:"minimum"`
	Maximum     *float64          `json:"maximum"`
	Above       *float64          `json:"exclusiveMinimum"`
	Below       *float64          `json:"exclusiveMaximum"`
	MultipleOf  *float64          `json:"multipleOf"`
	MinLength   int               `json:"minLength"`
	MaxLength   *int              `json:"maxLength"`
	MinItems    int               `json:"minItems"`
	MaxItems    *int              `json:"maxItems"`
}

// kinds are the types that a schema allows.
type kinds []string

func (k *kinds) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		*k = kinds{""}
		return json.Unmarshal(data, &(*k)[0])
	}
	return json.Unmarshal(data, (*[]string)(k))
}

// members are the members of an object, in their order.
type members []member

type member struct {
	name  string
	value json.RawMessage
}

func (m *members) UnmarshalJSON(data []byte) error {
	*m = members{}
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return err
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		*m = append(*m, member{name, value})
	}
	return nil
}

// resolve returns the node that a schema is, references followed.
func resolve(root, schema json.RawMessage) *node {
	n := new(node)
	for range 8 {
		*n = node{}
		gate.Decode(schema, n) // what does not fit is not heeded
		if n.Ref == "" {
			break
		}
		schema = root
		for _, name := range strings.Split(n.Ref, "/")[1:] {
			var object map[string]json.RawMessage
			if gate.Decode(schema, &object) != nil {
				return new(node)
			}
			schema = object[name]
		}
	}
	n.describe("")
	for _, s := range n.AllOf {
		more := resolve(root, s)
		n.Properties = append(n.Properties, more.Properties...)
		n.Required = append(n.Required, more.Required...)
		if n.Type == nil {
			n.Type = more.Type
		}
	}
	return n
}

// dateWords are how a description says what the keyword format would, which
// strict mode does not know.
var dateWords = regexp.MustCompile(`(?i)\bformat\W{1,3}date\b(?:[^-]|$)|\bYYYY-MM-DD\b|\bdate such as \W?\d{4}-\d\d-\d\d(?:[^T]|$)`)

// describe heeds the description of n, or if it has none that of what n is an
// alternative of.
func (n *node) describe(outer string) {
	n.Description = cmp.Or(n.Description, outer)
	if n.Format == "" && dateWords.MatchString(n.Description) {
		n.Format = "date"
	}
}

// kind returns the type to fill in: the first that is not null.
func (n *node) kind() string {
	for _, k := range n.Type {
		if k != "null" {
			return k
		}
	}
	switch {
	case n.Properties != nil:
		return "object"
	case n.Items != nil:
		return "array"
	case len(n.Type) > 0:
		return "null"
	}
	return "string"
}

// findSchema returns the schema that the reply shall keep, and the text that it
// was found as: that of the request, or the first JSON Schema in the messages, or
// in JSON mode the first object, which is taken for an example.
func findSchema(r *Request) (schema, text string) {
	if r.Schema != nil {
		return string(r.Schema), ""
	}
	for _, m := range r.Messages {
		if m.Role != llm.RoleSystem && m.Role != llm.RoleUser || !strings.Contains(m.Content, `"properties"`) {
			continue
		}
		for object := range objects(m.Content) {
			var n struct {
				Properties map[string]json.RawMessage `json:"properties"`
			}
			if gate.Decode([]byte(object), &n) == nil && n.Properties != nil {
				return object, object
			}
		}
	}
	if r.Format != llm.FormatJSON {
		return "", ""
	}
	for _, m := range r.Messages {
		if m.Role != llm.RoleSystem && m.Role != llm.RoleUser {
			continue
		}
		for object := range objects(m.Content) {
			if gate.Check([]byte(object)) == nil && len(object) > 2 {
				return string(schemaOf(json.RawMessage(object), 0)), object
			}
		}
	}
	return "", ""
}

// objects yields the JSON objects in a text, also those inside of others.
func objects(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		at := 0
		for range 200 { // each may read up to the end of the text
			i := strings.IndexByte(text[at:], '{')
			if i < 0 {
				return
			}
			at += i
			d := json.NewDecoder(strings.NewReader(text[at:]))
			var object json.RawMessage
			if d.Decode(&object) == nil && !yield(text[at:at+int(d.InputOffset())]) {
				return
			}
			at++
		}
	}
}

// schemaOf returns a schema for values like the example.
func schemaOf(example json.RawMessage, depth int) json.RawMessage {
	example = bytes.TrimSpace(example)
	if len(example) == 0 || depth > 16 {
		return json.RawMessage(`{}`)
	}
	switch example[0] {
	case '{':
		var object members
		object.UnmarshalJSON(example)
		b, names := []byte(`{"type":"object","properties":{`), []byte{}
		for i, m := range object {
			if i > 0 {
				b, names = append(b, ','), append(names, ',')
			}
			b = append(appendString(b, m.name), ':')
			b = append(b, schemaOf(m.value, depth+1)...)
			names = appendString(names, m.name)
		}
		return slices.Concat(b, []byte(`},"required":[`), names, []byte(`]}`))
	case '[':
		var list []json.RawMessage
		json.Unmarshal(example, &list)
		items := json.RawMessage(`{"type":"string"}`)
		if len(list) > 0 {
			items = schemaOf(list[0], depth+1)
		}
		return slices.Concat([]byte(`{"type":"array","items":`), items, []byte(`}`))
	case '"':
		return json.RawMessage(`{"type":"string"}`)
	case 't', 'f':
		return json.RawMessage(`{"type":"boolean"}`)
	case 'n':
		return json.RawMessage(`{"type":["string","null"]}`)
	}
	return json.RawMessage(`{"type":"number"}`)
}
