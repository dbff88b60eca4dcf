package deepseektest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/output/gate"
)

// keywords are what a schema in strict mode may say, by what it speaks of. The
// documentation names what it supports; what it does not name is refused here,
// but for annotations, and for null as a branch of anyOf, the only way left for
// what is optional.
var (
	commonKeywords = []string{"type", "title", "description", "enum", "const", "default", "$def"}
	typeKeywords   = map[string][]string{
		"object":  {"properties", "required", "additionalProperties"},
		"array":   {"items"},
		"string":  {"pattern", "format"},
		"number":  {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
		"integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
		"boolean": {},
	}
	stringFormats = []string{"email", "hostname", "ipv4", "ipv6", "uuid"}
)

// A strictNode is what of a schema the rules are about.
type strictNode struct {
	Type       json.RawMessage            `json:"type"`
	Properties map[string]json.RawMessage `json:"properties"`
	Required   []string                   `json:"required"`
	Additional json.RawMessage            `json:"additionalProperties"`
	Items      json.RawMessage            `json:"items"`
	AnyOf      []json.RawMessage          `json:"anyOf"`
	Enum       []json.RawMessage          `json:"enum"`
	Format     string                     `json:"format"`
	Ref        *string                    `json:"$ref"`
	Def        map[string]json.RawMessage `json:"$def"`
}

// checkStrict reports why a schema is not one that strict mode supports.
func checkStrict(schema json.RawMessage) error {
	if schema == nil {
		return nil // no parameters
	}
	var root strictNode
	if err := gate.Decode(schema, &root); err != nil {
		return err
	}
	if string(root.Type) != `"object"` {
		return errors.New("the root must be of type object")
	}
	return checkNode(schema, "#", root.Def, false)
}

// checkNode checks the schema at path. Its references lead to defs.
func checkNode(schema json.RawMessage, path string, defs map[string]json.RawMessage, branch bool) error {
	var n strictNode
	if err := gate.Decode(schema, &n); err != nil {
		return fmt.Errorf("%s is not a schema of a supported form", path)
	}
	var members map[string]json.RawMessage
	if err := gate.Decode(schema, &members); err != nil {
		return err
	}
	for name := range n.Def {
		if path != "#" {
			return fmt.Errorf("%s: $def is only supported at the root", path)
		}
		if err := checkNode(n.Def[name], path+"/$def/"+name, defs, false); err != nil {
			return err
		}
	}
	var kind string
	allowed := commonKeywords
	switch {
	case n.Ref != nil:
		name, ok := strings.CutPrefix(*n.Ref, "#/$def/")
		if _, there := defs[name]; *n.Ref != "#" && (!ok || !there) {
			return fmt.Errorf("%s: $ref %q leads nowhere, the form is #/$def/name", path, *n.Ref)
		}
		allowed = []string{"$ref", "title", "description", "default"}
	case n.AnyOf != nil:
		for i, s := range n.AnyOf {
			if err := checkNode(s, fmt.Sprintf("%s/anyOf/%d", path, i), defs, true); err != nil {
				return err
			}
		}
		allowed = []string{"anyOf", "title", "description", "default"}
	case len(n.Type) == 0 && (members["enum"] != nil || members["const"] != nil):
	default:
		if json.Unmarshal(n.Type, &kind) != nil {
			return fmt.Errorf("%s: type must be one name", path)
		}
		if kind == "null" && branch {
			break
		}
		more, ok := typeKeywords[kind]
		if !ok {
			return fmt.Errorf("%s: type %q is not supported", path, kind)
		}
		allowed = slices.Concat(allowed, more)
	}
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !slices.Contains(allowed, name) {
			return fmt.Errorf("%s: keyword %q is not supported here", path, name)
		}
	}
	switch kind {
	case "object":
		return n.checkObject(path, defs)
	case "array":
		if n.Items == nil {
			return fmt.Errorf("%s: an array must have items", path)
		}
		return checkNode(n.Items, path+"/items", defs, false)
	case "string":
		if n.Format != "" && !slices.Contains(stringFormats, n.Format) {
			return fmt.Errorf("%s: format %q is not supported", path, n.Format)
		}
	}
	return nil
}

func (n *strictNode) checkObject(path string, defs map[string]json.RawMessage) error {
	if string(n.Additional) != "false" {
		return fmt.Errorf("%s: additionalProperties must be false", path)
	}
	names := make([]string, 0, len(n.Properties))
	for name := range n.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !slices.Contains(n.Required, name) {
			return fmt.Errorf("%s: property %q must be in required", path, name)
		}
		if err := checkNode(n.Properties[name], path+"/properties/"+name, defs, false); err != nil {
			return err
		}
	}
	for _, name := range n.Required {
		if n.Properties[name] == nil {
			return fmt.Errorf("%s: required names %q, which is not a property", path, name)
		}
	}
	return nil
}
