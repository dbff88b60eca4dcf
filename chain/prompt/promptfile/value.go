package promptfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/output/gate"
)

// YAML is read as a tree of nodes and never decoded into anything but scalars: that
// way nothing is expanded, keys keep their order, and every error has its line.

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// parseYAML returns the only value of a text; nil if there is none. The text, of the
// file or a part of it, must have no anchors, aliases, tags, or equal keys.
func parseYAML(file, text string) (*yaml.Node, error) {
	lines := lineAt(text, len(text))
	d := yaml.NewDecoder(strings.NewReader(text))
	var doc, next yaml.Node
	err := d.Decode(&doc)
	if err == io.EOF || err == nil && len(doc.Content) == 0 {
		return nil, nil
	}
	if err == nil {
		if err = d.Decode(&next); err == nil {
			return nil, fail(file, min(next.Line, lines), prompt.ErrSyntax, "there is more than one YAML document")
		}
	}
	if !errors.Is(err, io.EOF) {
		m := yamlLine.FindStringSubmatch(err.Error())
		line := 0
		if m != nil {
			line, _ = strconv.Atoi(m[1])
			line = min(line, lines)
		}
		return nil, fail(file, line, prompt.ErrSyntax, "it is no YAML: %s", yamlLine.ReplaceAllString(err.Error(), ""))
	}
	root := doc.Content[0]
	return root, checkYAML(file, root, lines, 1)
}

// checkYAML refuses what is not needed in a value, and can do harm or surprise. The
// text has that many lines; YAML counts more where lines end as nowhere else.
func checkYAML(file string, n *yaml.Node, lines, depth int) error {
	n.Line = min(n.Line, lines)
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return fail(file, n.Line, prompt.ErrSyntax, "anchors and aliases are not allowed: write the value again")
	case n.Style&yaml.TaggedStyle != 0:
		return fail(file, n.Line, prompt.ErrSyntax, "the tag %s is not allowed: use quotes to make something a text", short(n.Tag))
	case depth > maxDepth:
		return fail(file, n.Line, prompt.ErrLimit, "more than %d levels", maxDepth)
	case n.Kind == yaml.MappingNode:
		lines := make(map[string]int, len(n.Content)/2)
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode || is(key, "!!merge") {
				return fail(file, key.Line, prompt.ErrSyntax, "a key is %s, want a name", kindOf(key))
			}
			if line := lines[key.Value]; line > 0 {
				return fail(file, key.Line, prompt.ErrSyntax, "%s stands in line %d already", short(key.Value), line)
			}
			lines[key.Value] = key.Line
		}
	}
	for _, c := range n.Content {
		if err := checkYAML(file, c, lines, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// is reports whether n is a scalar of one of the types.
func is(n *yaml.Node, tags ...string) bool {
	return n.Kind == yaml.ScalarNode && slices.Contains(tags, n.ShortTag())
}

// misleading matches numbers that YAML reads otherwise than people do, or of which
// it drops what may matter: 010 is 8, and 08123 is 8123.
var misleading = regexp.MustCompile(`^[-+]?0[0-9_]`)

// checkNumber returns an error if n is a misleading number.
func checkNumber(file string, n *yaml.Node) error {
	if is(n, "!!int", "!!float") && misleading.MatchString(n.Value) {
		return fail(file, n.Line, prompt.ErrType, "%s is not the number that it looks like: write it without 0 in front, or as a text, in quotes", short(n.Value))
	}
	return nil
}

// appendJSON appends n as JSON, its keys in order. What YAML knows and JSON does
// not, such as dates, is text.
func appendJSON(dst []byte, file string, n *yaml.Node) ([]byte, error) {
	var err error
	switch n.Kind {
	case yaml.MappingNode:
		dst = append(dst, '{')
		for i := 0; i < len(n.Content); i += 2 {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendText(dst, n.Content[i].Value), ':')
			if dst, err = appendJSON(dst, file, n.Content[i+1]); err != nil {
				return nil, err
			}
		}
		return append(dst, '}'), nil
	case yaml.SequenceNode:
		dst = append(dst, '[')
		for i, c := range n.Content {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendJSON(dst, file, c); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	}
	if err := checkNumber(file, n); err != nil {
		return nil, err
	}
	var b bool
	var i int64
	var f float64
	switch tag := n.ShortTag(); {
	case tag == "!!null":
		return append(dst, "null"...), nil
	case tag == "!!bool" && n.Decode(&b) == nil:
		return strconv.AppendBool(dst, b), nil
	case tag != "!!int" && tag != "!!float":
		return appendText(dst, n.Value), nil
	case gate.Check([]byte(n.Value)) == nil:
		return append(dst, n.Value...), nil // with all its digits
	case tag == "!!int" && n.Decode(&i) == nil:
		return strconv.AppendInt(dst, i, 10), nil
	case tag == "!!float" && n.Decode(&f) == nil && !math.IsInf(f, 0) && !math.IsNaN(f):
		return strconv.AppendFloat(dst, f, 'g', -1, 64), nil
	}
	return nil, fail(file, n.Line, prompt.ErrType, "%s is no number that JSON has", short(n.Value))
}

// appendText appends a text as JSON, with <, > and & as they are.
func appendText(dst []byte, s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(s) // cannot fail
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}
