// Package jinja reads prompt templates that are written in Jinja's way and
// translates them into those of package prompt, for people who bring their
// prompts along:
//
//	type Mail struct {
//		Name  string   `json:"name"`
//		Items []string `json:"items"`
//	}
//	letter := prompt.New[Mail](jinja.Text(`Dear {{ name | upper }},
//	{% for item in items %}{{ loop.index }}. {{ item }}
//	{% endfor %}`))
//	text, err := letter.Render(ctx, Mail{"Ann", []string{"bread", "wine"}})
//
// A translated template has no more reach than any other: what is printed,
// tested and ranged over are fields of the value, checked when the template is
// made, and there are no files, imports, attributes of objects or calls.
//
// There are
//
//   - {{ name }}, {{ a.b }}, {{ a[0] }}, {{ a["key"] }}, {{ a if b else c }}
//   - {% if %}, {% elif %}, {% else %}, {% for x in list %} with {% else %},
//     {% for key, value in map.items() %}, {% set x = … %}, {% raw %}, comments and
//     the trim marks of {%- -%}
//   - loop.index, loop.index0, loop.first, loop.last and loop.length, in lists
//   - and, or, not, ==, !=, <, <=, > and >=
//   - the filters upper, lower, trim, join, default or d, length or count, tojson
//     and first
//
// and nothing else: whatever there is beyond them is an error that says so. Some
// things are as they are in package prompt, and not as in Jinja:
//
//   - a name that is not there is an error rather than nothing;
//   - default is for what is empty, too, as default(…, true) is there;
//   - true and false are written in lower case, and 1.0 as 1;
//   - tojson writes no spaces, and what is not ASCII as it is;
//   - the length of a text is in bytes;
//   - items() goes through a map in the order of its keys.
//
// As in Jinja, the newline at the end of a text is dropped.
//
// The texts are parsed by package gonja, of which nothing but the parser is used.
package jinja

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nikolalohinski/gonja/v2/config"
	"github.com/nikolalohinski/gonja/v2/nodes"
	"github.com/nikolalohinski/gonja/v2/parser"
	"github.com/nikolalohinski/gonja/v2/tokens"

	"github.com/hadal-go/hadal/chain/prompt"
)

// Text translates a text in Jinja's way into one for [prompt.New], line by line.
// It panics if there is anything in it that is not to be translated: use [Parse]
// for texts from outside.
func Text(text string) string {
	translated, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return translated
}

// Parse is [Text] for texts from outside. The error is a [*prompt.Error] with the
// line of the text.
func Parse(text string) (translated string, err error) {
	if len(text) > maxText {
		return "", &prompt.Error{Name: name, Err: fmt.Errorf("%w: a template of %d bytes, of at most %d", prompt.ErrLimit, len(text), maxText)}
	}
	list, err := lex(text)
	if err != nil {
		return "", err
	}
	defer func() {
		if p := recover(); p != nil { // the parser's, at texts that end too early
			translated, err = "", syntax(0, fmt.Errorf("not to be parsed: %v", p))
		}
	}()
	root, err := parser.NewParser("", tokens.NewStream(list), config.New(), nil, structures{}).Parse()
	if err != nil {
		return "", syntaxOf(err)
	}
	t := new(translation)
	if err := t.all(root.Nodes); err != nil {
		return "", err
	}
	return string(t.out), nil
}

// The limits on a text: its bytes; how deep brackets, blocks and expressions are, as
// the parser recurses; and how many variables are set.
const (
	maxText  = 1 << 20
	maxDepth = 100
	maxVars  = 1000
)

// name is what errors call the text.
const name = "jinja"

func syntax(line int, err error) error {
	return &prompt.Error{Name: name, Line: line, Err: fmt.Errorf("%w: %w", prompt.ErrSyntax, err)}
}

// syntaxOf returns the error of the parser as one of package prompt's.
func syntaxOf(err error) error {
	if e, ok := errors.AsType[*prompt.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*parser.SyntaxError](err); ok {
		return syntax(e.Line, errors.New(strings.TrimSuffix(e.Message, ".")))
	}
	return syntax(0, err)
}

// lineOf returns the line at which n begins, or 0.
func lineOf(n nodes.Node) int {
	if t := n.Position(); t != nil {
		return t.Line
	}
	return 0
}
