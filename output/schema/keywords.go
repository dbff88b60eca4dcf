package schema

import (
	"slices"
	"strings"
)

// objectKeyword adds what a keyword says of objects. It reports whether it is
// one that does, as arrayKeyword and scalarKeyword do.
func (c *compiler) objectKeyword(r *rule, m placed) bool {
	o := &r.object
	switch at := m.value; m.name {
	case "properties":
		c.wantObject(at)
		for _, p := range c.members(at) {
			c.property(o, p.name).rule = c.rule(p.value)
		}
	case "required":
		for _, name := range c.strings(at) {
			c.property(o, name).required = true
		}
	case "patternProperties":
		c.wantObject(at)
		for _, p := range c.members(at) {
			o.patterns = append(o.patterns, patternRule{c.pattern(p.value, p.name), c.rule(p.value)})
		}
	case "additionalProperties":
		o.rest = c.rule(at)
	case "propertyNames":
		o.names = c.rule(at)
	case "unevaluatedProperties":
		o.unevaluated = c.rule(at)
	case "minProperties":
		o.min = c.size(at)
	case "maxProperties":
		o.max = c.size(at)
	case "dependentRequired", "dependentSchemas", "dependencies":
		c.wantObject(at)
		for _, p := range c.members(at) {
			d := dependency{name: p.name}
			if m.name == "dependentRequired" || m.name == "dependencies" && c.tape.cells[p.value].kind == '[' {
				d.required = c.strings(p.value)
			} else {
				d.rule = c.rule(p.value)
			}
			o.dependent = append(o.dependent, d)
		}
	default:
		return false
	}
	o.given = true
	return true
}

// property returns what is said of a name so far.
func (c *compiler) property(o *objectRule, name string) *propertyRule {
	if len(o.props) > 8 && o.index == nil {
		o.index = map[string]int{}
		for i, p := range o.props {
			o.index[p.name] = i
		}
	}
	i, ok := o.index[name]
	if o.index == nil {
		i = slices.IndexFunc(o.props, func(p propertyRule) bool { return p.name == name })
		ok = i >= 0
	}
	if !ok {
		i = len(o.props)
		o.props = append(o.props, propertyRule{name: name})
		if o.index != nil {
			o.index[name] = i
		}
	}
	return &o.props[i]
}

func (c *compiler) wantObject(at int32) {
	if c.tape.cells[at].kind != '{' {
		c.fail(at, "is no object", "write one schema for each name")
	}
}

// strings returns a list of names.
func (c *compiler) strings(at int32) []string {
	if c.tape.cells[at].kind != '[' {
		c.fail(at, "is no list of names", `write ["a", "b"]`)
	}
	var list []string
	for _, i := range c.elements(at) {
		name, ok := c.string(i)
		if !ok {
			c.fail(i, "is no name", "write a string")
		}
		list = append(list, name)
	}
	return list
}

func (c *compiler) arrayKeyword(r *rule, m placed) bool {
	a := &r.array
	switch at := m.value; m.name {
	case "items":
		if c.tape.cells[at].kind == '[' { // before 2020
			a.prefix = c.schemas(at)
			if rest := c.tape.member(r.at, "additionalItems"); rest >= 0 {
				a.items = c.rule(rest)
			}
			break
		}
		a.items = c.rule(at)
	case "prefixItems":
		a.prefix = c.schemas(at)
	case "contains":
		a.contains = c.rule(at)
	case "unevaluatedItems":
		a.unevaluated = c.rule(at)
	case "minContains":
		a.minContains = c.size(at)
	case "maxContains":
		a.maxContains = c.size(at)
	case "minItems":
		a.min = c.size(at)
	case "maxItems":
		a.max = c.size(at)
	case "uniqueItems":
		a.unique = c.bool(at)
	default:
		return false
	}
	a.given = true
	return true
}

func (c *compiler) bool(at int32) bool {
	switch c.tape.cells[at].kind {
	case 't':
		return true
	case 'f':
		return false
	}
	return c.fail(at, "is neither true nor false", "write true or false")
}

func (c *compiler) scalarKeyword(r *rule, m placed) bool {
	s, n := &r.text, &r.number
	switch at := m.value; m.name {
	case "minLength":
		s.min, s.given = c.size(at), true
	case "maxLength":
		s.max, s.given = c.size(at), true
	case "pattern":
		text, ok := c.string(at)
		if !ok {
			return c.fail(at, "is no pattern", "write a string")
		}
		s.pattern, s.given = c.pattern(at, text), true
	case "format":
		name, ok := c.string(at)
		if !ok {
			return c.fail(at, "is no name of a format", "write a string")
		}
		s.format, s.asserted = name, formats[name]
		s.given = s.given || s.asserted != nil
	case "minimum":
		n.minimum, n.given = c.bound(at), true
	case "maximum":
		n.maximum, n.given = c.bound(at), true
	case "exclusiveMinimum":
		n.above, n.given = c.bound(at), true
	case "exclusiveMaximum":
		n.below, n.given = c.bound(at), true
	case "multipleOf":
		n.multiple, n.given = c.bound(at), true
		if n.multiple != nil && (strings.HasPrefix(n.multiple.text, "-") || n.multiple.rat.Sign() == 0) {
			return c.fail(at, "is not above 0", "write a positive number")
		}
	case "title", "description", "$comment", "$anchor":
		if _, ok := c.string(at); !ok {
			return c.fail(at, "is no text", "write a string")
		}
	default:
		return false
	}
	return true
}
