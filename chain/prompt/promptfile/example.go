package promptfile

import (
	"bytes"
	"encoding/json"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/output/gate"
)

// readExamples reads the examples that the front matter has or names.
func (s *source) readExamples() error {
	v, file := s.front.examples, s.name
	if v == nil {
		return nil
	}
	if is(v, "!!str") {
		included, text, err := s.include("examples", v.Value, v.Line)
		if err != nil {
			return err
		}
		switch file = included; strings.ToLower(path.Ext(file)) {
		case ".json":
			return s.jsonExamples(file, text)
		case ".yaml", ".yml":
		default:
			return fail(s.name, v.Line, prompt.ErrType, "examples %s: want a file whose name ends in .json, .yaml or .yml", short(v.Value))
		}
		if v, err = parseYAML(file, text); err != nil {
			return err
		}
		if v == nil {
			v = new(yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: 1})
		}
	}
	if v.Kind != yaml.SequenceNode {
		return fail(file, v.Line, prompt.ErrType, "the examples are %s, want a list of them, each with input and output", kindOf(v))
	}
	for _, n := range v.Content {
		e, err := yamlExample(file, n)
		if err != nil {
			return err
		}
		s.examples = append(s.examples, e)
	}
	return nil
}

// yamlExample returns the example that n is.
func yamlExample(file string, n *yaml.Node) (prompt.Example, error) {
	var e prompt.Example
	if n.Kind != yaml.MappingNode {
		return e, fail(file, n.Line, prompt.ErrType, "an example is %s, want input and output", kindOf(n))
	}
	seen := 0
	for i := 0; i < len(n.Content); i += 2 {
		key, v := n.Content[i], n.Content[i+1]
		var text *string
		switch key.Value {
		case "input":
			text = &e.Input
		case "output":
			text = &e.Output
		default:
			return e, fail(file, key.Line, prompt.ErrUnknown, "%s is no part of an example%s", short(key.Value), among(key.Value, "there are", []string{"input", "output"}))
		}
		seen++
		switch {
		case v.Kind == yaml.ScalarNode && (is(v, "!!null") || strings.TrimSpace(v.Value) == ""):
			return e, fail(file, v.Line, prompt.ErrMissing, "the %s of an example is empty", key.Value)
		case v.Kind == yaml.ScalarNode:
			*text = v.Value
		default:
			data, err := appendJSON(nil, file, v)
			if err != nil {
				return e, err
			}
			*text = string(data)
		}
	}
	if seen < 2 {
		return e, fail(file, n.Line, prompt.ErrMissing, "an example needs both input and output")
	}
	return e, nil
}

// jsonExamples reads the examples of a JSON file.
func (s *source) jsonExamples(file, text string) error {
	var list []map[string]json.RawMessage
	if err := gate.Decode([]byte(text), &list); err != nil {
		return &Error{file, gateLine(text, err), &flaw{prompt.ErrSyntax, "want a list of examples, each with input and output: " + err.Error()}}
	}
	for i, m := range list {
		input, output := m["input"], m["output"]
		if len(m) != 2 || input == nil || output == nil {
			return fail(file, 0, prompt.ErrType, "example %d: want input and output, and nothing else", i+1)
		}
		e := prompt.Example{Input: jsonText(input), Output: jsonText(output)}
		if strings.TrimSpace(e.Input) == "" || strings.TrimSpace(e.Output) == "" {
			return fail(file, 0, prompt.ErrMissing, "example %d: the input or the output is empty", i+1)
		}
		s.examples = append(s.examples, e)
	}
	return nil
}

// jsonText returns a value as the text of an example, or "" if there is none.
func jsonText(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil { // a string, or null
		return s
	}
	var b bytes.Buffer
	json.Compact(&b, v) // cannot fail: it is sound
	return b.String()
}
