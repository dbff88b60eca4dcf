package promptfile

import (
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
	"github.com/hadal-go/hadal/output/schema"
)

// front is the front matter of a file.
type front struct {
	name, version, description string

	defaults  llm.Request
	braces    bool
	variables []variable
	declared  bool // the variables are

	schema, reply, examples *yaml.Node
}

// A variable is a name that the front matter declares.
type variable struct {
	name string
	line int
}

// keys are those that the front matter may have.
var keys = []string{
	"name", "version", "description", "model", "effort", "max_tokens", "temperature",
	"top_p", "stop", "format", "schema", "reply", "variables", "style", "examples",
}

// readFront reads the front matter, if there is one, and what it includes. It
// returns the text after it, and the line at which that begins.
func (s *source) readFront() (body string, line int, err error) {
	text, body, ok, err := s.cutFront()
	if err != nil || !ok {
		return s.text, 1, err
	}
	line = 1 + strings.Count(s.text[:len(s.text)-len(body)], "\n")
	root, err := parseYAML(s.name, "\n"+text) // so that its lines are those of the file
	if err != nil {
		return "", 0, err
	}
	if root == nil {
		return body, line, nil
	}
	if root.Kind != yaml.MappingNode {
		return "", 0, fail(s.name, root.Line, prompt.ErrType, "the front matter is %s, want settings such as \"model: deepseek-flash\"", kindOf(root))
	}
	for i := 0; i < len(root.Content); i += 2 {
		if err := s.set(root.Content[i], root.Content[i+1]); err != nil {
			return "", 0, err
		}
	}
	if err := s.readSchema(); err != nil {
		return "", 0, err
	}
	return body, line, s.readExamples()
}

// cutFront returns the front matter without its fences, and what comes after it.
func (s *source) cutFront() (text, body string, ok bool, err error) {
	first, rest, _ := strings.Cut(s.text, "\n")
	if strings.TrimRight(first, " \t") != "---" {
		return "", s.text, false, nil
	}
	for end := 0; ; {
		line, after, more := strings.Cut(rest[end:], "\n")
		if strings.TrimRight(line, " \t") == "---" {
			if end > maxFront {
				return "", "", false, fail(s.name, 1, prompt.ErrLimit, "the front matter has more than %d bytes", maxFront)
			}
			return rest[:end], after, true, nil
		}
		if !more {
			return "", "", false, fail(s.name, 1, prompt.ErrSyntax, "the front matter has no end: put a line of three dashes after it")
		}
		end = len(rest) - len(after)
	}
}

// set sets what a line of the front matter says.
func (s *source) set(key, v *yaml.Node) error {
	f := &s.front
	wrong := func(want string) error {
		return fail(s.name, v.Line, prompt.ErrType, "%s is %s, want %s", key.Value, kindOf(v), want)
	}
	number := func(min float64, within bool, max float64, want string) (*float64, error) {
		var x float64
		switch {
		case !is(v, "!!int", "!!float") || v.Decode(&x) != nil:
			return nil, wrong("a number " + want)
		case !(x >= min && x <= max) || x == min && !within:
			return nil, fail(s.name, v.Line, prompt.ErrLimit, "%s is %s, want a number %s", key.Value, short(v.Value), want)
		}
		return &x, nil
	}
	var err error
	if key.Value != "version" {
		if err := checkNumber(s.name, v); err != nil {
			return err
		}
	}
	switch key.Value {
	case "name":
		f.name, err = s.words(key, v)
	case "description":
		f.description, err = s.words(key, v)
	case "version":
		if !is(v, "!!str", "!!int", "!!float", "!!timestamp") {
			return wrong("a text or a number")
		}
		f.version = v.Value
	case "model":
		f.defaults.Model, err = s.words(key, v)
	case "effort":
		err = s.word(key, v, (*string)(&f.defaults.Effort), string(llm.EffortNone), string(llm.EffortLow), string(llm.EffortHigh), string(llm.EffortMax))
	case "max_tokens":
		if !is(v, "!!int") || v.Decode(&f.defaults.MaxTokens) != nil {
			return wrong("a whole number, at least 1")
		}
		if f.defaults.MaxTokens < 1 {
			return fail(s.name, v.Line, prompt.ErrLimit, "max_tokens is %s, want at least 1", short(v.Value))
		}
	case "temperature":
		f.defaults.Temperature, err = number(0, true, 2, "from 0 to 2")
	case "top_p":
		f.defaults.TopP, err = number(0, false, 1, "over 0 and at most 1")
	case "stop":
		list := []*yaml.Node{v}
		if v.Kind == yaml.SequenceNode {
			list = v.Content
		}
		f.defaults.Stop = []string{} // not nil: if the list is empty, none is meant
		for _, n := range list {
			if !is(n, "!!str") || n.Value == "" {
				return fail(s.name, n.Line, prompt.ErrType, "stop is %s, want a text or a list of texts that are not empty", kindOf(n))
			}
			f.defaults.Stop = append(f.defaults.Stop, n.Value)
		}
	case "format":
		err = s.word(key, v, (*string)(&f.defaults.Format), string(llm.FormatText), string(llm.FormatJSON))
	case "style":
		var style string
		err = s.word(key, v, &style, "go", "braces")
		f.braces = style == "braces"
	case "schema":
		f.schema = v
	case "reply":
		f.reply = v
	case "examples":
		f.examples = v
	case "variables":
		err = s.declare(v)
	default:
		return fail(s.name, key.Line, prompt.ErrUnknown, "%s is no setting%s", short(key.Value), among(key.Value, "there are", keys))
	}
	return err
}

// words returns a setting that is a text.
func (s *source) words(key, v *yaml.Node) (string, error) {
	if !is(v, "!!str") {
		return "", fail(s.name, v.Line, prompt.ErrType, "%s is %s, want a text", key.Value, kindOf(v))
	}
	if strings.TrimSpace(v.Value) == "" {
		return "", fail(s.name, v.Line, prompt.ErrMissing, "%s is empty: leave the line out", key.Value)
	}
	return v.Value, nil
}

// word stores in p a setting that is one of some words.
func (s *source) word(key, v *yaml.Node, p *string, words ...string) error {
	if v.Kind != yaml.ScalarNode || !slices.Contains(words, v.Value) {
		return fail(s.name, v.Line, prompt.ErrUnknown, "%s is %s%s", key.Value, or(short(v.Value), kindOf(v)), among(v.Value, "want one of", words))
	}
	*p = v.Value
	return nil
}

var identifier = regexp.MustCompile(`^[\p{L}_][\p{L}_\p{Nd}]*$`)

// declare reads the variables: a list, or a mapping to descriptions.
func (s *source) declare(v *yaml.Node) error {
	step := 1
	switch v.Kind {
	case yaml.MappingNode:
		step = 2
	case yaml.SequenceNode:
	default:
		return fail(s.name, v.Line, prompt.ErrType, "variables is %s, want a list of names, or names with descriptions", kindOf(v))
	}
	s.front.declared = true
	for i := 0; i < len(v.Content); i += step {
		n := v.Content[i]
		if n.Kind != yaml.ScalarNode || !identifier.MatchString(n.Value) {
			return fail(s.name, n.Line, prompt.ErrType, "variables: %s is no name of a field", or(short(n.Value), kindOf(n)))
		}
		if step == 2 && !is(v.Content[i+1], "!!str", "!!null") {
			return fail(s.name, v.Content[i+1].Line, prompt.ErrType, "variables: the description of %s is %s, want a text", n.Value, kindOf(v.Content[i+1]))
		}
		s.front.variables = append(s.front.variables, variable{n.Value, n.Line})
	}
	return nil
}

// readSchema reads the schema that the front matter has or names.
func (s *source) readSchema() error {
	v, setting, parse := s.front.schema, "schema", schema.Parse
	if reply := s.front.reply; reply != nil {
		if v != nil {
			return fail(s.name, reply.Line, prompt.ErrType, "there is a schema and a reply: one of them says what the reply is")
		}
		v, setting, parse = reply, "reply", schema.Example
	}
	file := s.name
	var text string
	var err error
	switch {
	case v == nil:
		return nil
	case setting == "schema" && is(v, "!!str"):
		if file, text, err = s.include(setting, v.Value, v.Line); err != nil {
			return err
		}
		switch strings.ToLower(path.Ext(file)) {
		case ".json":
			return s.useSchema(file, 0, text, parse)
		case ".yaml", ".yml":
			if v, err = parseYAML(file, text); err != nil {
				return err
			}
		default:
			return fail(s.name, v.Line, prompt.ErrType, "schema %s: want a file whose name ends in .json, .yaml or .yml", short(v.Value))
		}
		if v == nil || v.Kind != yaml.MappingNode {
			return fail(file, 1, prompt.ErrType, "the file is no JSON Schema: want a mapping")
		}
	case v.Kind == yaml.MappingNode || v.Kind == yaml.SequenceNode && setting == "reply":
	case setting == "schema":
		return fail(file, v.Line, prompt.ErrType, "schema is %s, want the name of a file, or a JSON Schema", kindOf(v))
	default:
		return fail(file, v.Line, prompt.ErrType, "reply is %s, want what a reply looks like, such as {total: number}", kindOf(v))
	}
	data, err := appendJSON(nil, file, v)
	if err != nil {
		return err
	}
	return s.useSchema(file, v.Line, string(data), parse)
}

// useSchema makes the schema of JSON text.
func (s *source) useSchema(file string, line int, text string, parse func([]byte) (*schema.Schema, error)) error {
	var err error
	if s.schema, err = parse([]byte(text)); err != nil {
		if line == 0 {
			line = gateLine(text, err)
		}
		return &Error{file, line, err}
	}
	return nil
}

// gateLine returns the line at which JSON text breaks a rule, if err says so, or 0.
func gateLine(text string, err error) int {
	if g, ok := errors.AsType[*gate.Error](err); ok {
		return lineAt(text, g.Offset)
	}
	return 0
}

// kindOf returns what a node is, in words.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "empty"
	case "!!str":
		if n.Value == "" {
			return "an empty text"
		}
		return "the text " + quoted(n.Value)
	}
	return short(n.Value)
}
