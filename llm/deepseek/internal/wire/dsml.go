package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

// A LeakError is returned by [Reply.End] for a tool call that was written into
// the text of the reply, and that cannot be made one.
type LeakError struct {
	Markup string // what was written
	Err    error  // why it is no call
}

func (e *LeakError) Error() string { return e.Err.Error() }
func (e *LeakError) Unwrap() error { return e.Err }

// parseDSML returns the calls in text, which must be calls from beginning to
// end:
//
//	<｜DSML｜tool_calls>
//	<｜DSML｜invoke name="weather">
//	<｜DSML｜parameter name="city" string="true">Lisbon</｜DSML｜parameter>
//	<｜DSML｜parameter name="days" string="false">3</｜DSML｜parameter>
//	</｜DSML｜invoke>
//	</｜DSML｜tool_calls>
//
// This is V4's form. V3.2 says function_calls, V4.1 puts a space before each
// word and says calls; models are seen to forget the first line, never the last.
// A call must be of one of the tools, have the arguments that its schema
// requires, and be closed: what a model merely says about markup shall not be run.
//
// See the files encoding_dsv32.py, encoding_dsv4.py and encoding.py that DeepSeek
// publishes with its models.
func parseDSML(text []byte, tools []llm.ToolSpec) ([]llm.ToolCall, error) {
	p := dsml{text: text}
	var calls []llm.ToolCall
	for wrapped := false; ; {
		t, err := p.tag()
		switch {
		case err != nil:
			return nil, err
		case t.wraps() && !t.closes && !wrapped && len(calls) == 0:
			wrapped = true
		case t.wraps() && t.closes && len(calls) > 0:
			if rest := strings.TrimSpace(string(p.text)); rest != "" && rest != endOfSentence {
				return nil, errors.New("there is text after it")
			}
			return calls, nil
		case t.name == "invoke" && !t.closes:
			call, err := p.invoke(t, tools)
			if err != nil {
				return nil, err
			}
			if calls = append(calls, call); len(calls) > maxCalls {
				return nil, fmt.Errorf("there are over %d calls in it", maxCalls)
			}
		default:
			return nil, fmt.Errorf("its tags do not belong together: %s", t)
		}
	}
}

// endOfSentence is the token with which a model ends what it writes.
const endOfSentence = "<｜end▁of▁sentence｜>"

// dsml is the text that is left to be parsed.
type dsml struct{ text []byte }

// A dsmlTag is one of the tags that [marker] begins.
type dsmlTag struct {
	name       string
	closes     bool
	attributes map[string]string
}

func (t dsmlTag) wraps() bool {
	return t.name == "tool_calls" || t.name == "calls" || t.name == "function_calls"
}

func (t dsmlTag) String() string {
	if t.closes {
		return "/" + t.name
	}
	return t.name
}

// maxTag is how many bytes a tag may have.
const maxTag = 4 << 10

var errUnclosed = errors.New("it is not complete")

// tag reads a tag, which must be next but for white space.
func (p *dsml) tag() (dsmlTag, error) {
	p.text = p.text[spaces(p.text):]
	if len(p.text) == 0 {
		return dsmlTag{}, errUnclosed
	}
	n, whole := 0, false
	if p.text[0] == '<' {
		n, whole = marker(p.text)
	}
	if !whole {
		if n == len(p.text) {
			return dsmlTag{}, errUnclosed
		}
		return dsmlTag{}, errors.New("there is text between its tags")
	}
	t := dsmlTag{closes: bytes.IndexByte(p.text[:n], '/') > 0}
	inner, rest, ok := bytes.Cut(p.text[n:], []byte(">"))
	if !ok {
		return dsmlTag{}, errUnclosed
	}
	if len(inner) > maxTag {
		return dsmlTag{}, errors.New("there is a tag in it that is too long")
	}
	p.text = rest
	words := strings.TrimLeft(string(inner), " \t\r\n")
	end := strings.IndexFunc(words, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') })
	if end < 0 {
		end = len(words)
	}
	t.name = words[:end]
	var err error
	t.attributes, err = attributes(words[end:])
	return t, err
}

// attributes reads name="value" pairs.
func attributes(s string) (map[string]string, error) {
	list := map[string]string{}
	for {
		s = strings.TrimSpace(s)
		if s == "" {
			return list, nil
		}
		name, rest, ok := strings.Cut(s, `="`)
		value, rest, closed := strings.Cut(rest, `"`)
		if _, twice := list[name]; !ok || !closed || twice || strings.ContainsAny(name, " \t\r\n=") {
			return nil, errors.New("there is a tag in it that is not well formed")
		}
		list[name], s = value, rest
	}
}

// invoke reads a call, of which t is the first tag, to its end.
func (p *dsml) invoke(t dsmlTag, tools []llm.ToolSpec) (llm.ToolCall, error) {
	call := llm.ToolCall{Name: t.attributes["name"]}
	i := slices.IndexFunc(tools, func(s llm.ToolSpec) bool { return s.Kind == "" && s.Name == call.Name })
	if i < 0 {
		return call, fmt.Errorf("there is no tool %q", Clip(call.Name, maxName))
	}
	args := []byte{'{'}
	names := map[string]bool{}
	for {
		t, err := p.tag()
		if err != nil {
			return call, err
		}
		if t.name == "invoke" && t.closes {
			break
		}
		name, named := t.attributes["name"]
		if t.name != "parameter" || t.closes || !named || names[name] {
			return call, fmt.Errorf("its tags do not belong together: %s", t)
		}
		names[name] = true
		value, err := p.value(t)
		if err != nil {
			return call, fmt.Errorf("argument %q: %w", Clip(name, maxName), err)
		}
		if len(args) > 1 {
			args = append(args, ',')
		}
		args = append(appendString(args, name), ':')
		args = append(args, value...)
	}
	for _, name := range required(tools[i].Schema) {
		if !names[name] {
			return call, fmt.Errorf("argument %q is missing", Clip(name, maxName))
		}
	}
	call.Args = string(append(args, '}'))
	return call, nil
}

// value reads the value of a parameter, of which t is the first tag, and its
// last tag.
func (p *dsml) value(t dsmlTag) ([]byte, error) {
	for i := 0; ; i++ {
		k := bytes.IndexByte(p.text[i:], '<')
		if k < 0 {
			return nil, errUnclosed
		}
		i += k
		if _, whole := marker(p.text[i:]); !whole {
			continue
		}
		value := p.text[:i]
		p.text = p.text[i:]
		end, err := p.tag()
		switch {
		case err != nil:
			return nil, err
		case end.name != "parameter" || !end.closes:
			return nil, errors.New("there is markup in it")
		case t.attributes["string"] == "true":
			return appendString(nil, value), nil
		case t.attributes["string"] != "false":
			return nil, errors.New("it does not say whether it is a string")
		case gate.Check(value) != nil:
			return nil, errors.New("it is not JSON")
		}
		return appendCompact(nil, value), nil
	}
}

// required returns the names of the arguments that a schema requires.
func required(schema []byte) []string {
	var s struct {
		Required []string `json:"required"`
	}
	if json.Unmarshal(schema, &s) != nil {
		return nil
	}
	return s.Required
}
