package schema

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

// fill sets r to what its schema says.
func (c *compiler) fill(r *rule) {
	switch c.tape.cells[r.at].kind {
	case 't':
		return
	case 'f':
		r.never = true
		return
	case '{':
	default:
		c.fail(r.at, "is no schema", "write an object, true or false")
		return
	}
	members := c.members(r.at)
	for _, m := range members {
		if c.keyword(r, m); c.err != nil {
			return
		}
	}
	if r.when == nil {
		r.then, r.orElse = nil, nil
	}
	if r.array.contains == nil {
		r.array.minContains, r.array.maxContains = 1, -1
	}
	o := &r.object
	for i, p := range o.props {
		if o.index == nil {
			o.index = make(map[string]int, len(o.props))
		}
		o.index[p.name] = i
		if p.required {
			o.required++
		}
	}
}

// keyword adds to r what one keyword says.
func (c *compiler) keyword(r *rule, m placed) {
	switch at := m.value; m.name {
	case "type":
		r.types = c.types(at)
	case "enum":
		r.enum = c.choice(at, c.elements(at))
		if r.enum != nil && r.enum.list == nil {
			c.fail(at, "is no list of values", "write at least one")
		}
	case "const":
		r.fixed = c.choice(at, []int32{at})
	case "$ref":
		c.ref(r, at)
	case "$dynamicRef", "$recursiveRef":
		c.fail(at, "is a reference that cannot be followed", "use $ref")
	case "$id":
		if id, ok := c.string(at); !ok || r.at != 0 && !strings.HasPrefix(id, "#") {
			c.fail(at, "begins another document", "remove the $id and refer to the schema by #/ and its place")
		}
	case "allOf":
		r.allOf = c.schemas(at)
	case "anyOf":
		r.anyOf = c.schemas(at)
	case "oneOf":
		r.oneOf = c.schemas(at)
	case "not":
		r.not = c.rule(at)
	case "if":
		r.when = c.rule(at)
	case "then":
		r.then = c.rule(at)
	case "else":
		r.orElse = c.rule(at)
	case "$defs", "$def", "definitions":
		if c.tape.cells[at].kind != '{' {
			c.fail(at, "is no object", "write one schema for each name")
		}
		for _, d := range c.members(at) {
			c.meet(d.value)
		}
	case hintKeyword:
		n, err := strconv.Atoi(c.tape.text(at))
		if err == nil && n < len(c.fits) {
			r.hint = c.fits[n]
		}
	case absentKeyword:
		r.never = c.fits != nil
	case nullKeyword:
		r.null = c.fits != nil
	default:
		_ = c.objectKeyword(r, m) || c.arrayKeyword(r, m) || c.scalarKeyword(r, m)
	}
}

// meet makes the rule of a schema that nothing may refer to, so that what is
// wrong with it is found.
func (c *compiler) meet(at int32) {
	if c.rules[at] == nil {
		c.rule(at)
	}
}

func (c *compiler) ref(r *rule, at int32) {
	ref, ok := c.string(at)
	if !ok {
		c.fail(at, "is no reference", "write #/$defs/NAME")
		return
	}
	to := c.target(ref)
	switch document, _, _ := strings.Cut(ref, "#"); {
	case to >= 0:
		r.refs = append(r.refs, c.rule(to))
	case document != "" && document != c.name:
		c.fail(at, "refers to another document, and none is fetched", "put the schema under $defs and write #/$defs/NAME")
	default:
		c.fail(at, "refers to what is not there", "write # and the JSON pointer to a schema in this document")
	}
}

func (c *compiler) schemas(at int32) []*rule {
	places := c.elements(at)
	if len(places) == 0 {
		c.fail(at, "is no list of schemas", "write at least one")
	}
	list := make([]*rule, 0, len(places))
	for _, i := range places {
		list = append(list, c.rule(i))
	}
	return list
}

func (c *compiler) types(at int32) Types {
	places := c.elements(at)
	if c.tape.cells[at].kind == '"' {
		places = []int32{at}
	}
	var set Types
	for _, i := range places {
		name, _ := c.string(i)
		n := slices.Index(typeNames, name)
		if n < 0 {
			c.fail(i, "is no type", "write one of "+strings.Join(typeNames, ", "))
			return 0
		}
		set |= 1 << n
	}
	if set == 0 {
		c.fail(at, "is no type", "write one of "+strings.Join(typeNames, ", "))
	}
	if set.Has(Number) {
		set |= Integer
	}
	return set
}

var typeNames = []string{"null", "boolean", "integer", "number", "string", "array", "object"}

func (c *compiler) choice(at int32, places []int32) *choice {
	if c.enums += len(places); c.enums > maxEnum && c.fits == nil {
		c.fail(at, "has too many values", fmt.Sprintf("a document has at most %d in all enums", maxEnum))
		return nil
	}
	e := &choice{values: make(map[string]bool, len(places))}
	for _, i := range places {
		e.list = append(e.list, c.tape.raw(i))
		e.values[string(c.tape.appendCanonical(nil, i))] = true
	}
	return e
}

// size returns the number at a place, of members, elements or characters.
func (c *compiler) size(at int32) int {
	if c.tape.cells[at].kind == '0' {
		if raw := c.tape.raw(at); raw[0] != '-' && isInteger(raw) {
			digits, exponent := decimal(raw)
			if n, ok := smallInt([]byte("0" + string(digits) + strings.Repeat("0", min(exponent, 20)))); ok && n < 1<<40 {
				return int(min(n, 1<<30))
			}
			return 1 << 30 // more than there can be
		}
	}
	c.fail(at, "is no size", "write a whole number from 0")
	return 0
}

func (c *compiler) bound(at int32) *bound {
	if c.tape.cells[at].kind != '0' {
		c.fail(at, "is no number", "write a number")
		return nil
	}
	return newBound(c.tape.raw(at))
}

// pattern compiles a regular expression.
func (c *compiler) pattern(at int32, text string) *pattern {
	if len(text) > maxPattern && c.fits == nil {
		c.fail(at, "is a pattern that is too long", fmt.Sprintf("at most %d bytes", maxPattern))
		return nil
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		c.fail(at, "is a pattern that cannot be used", shorten(err.Error(), 200)+"; use the syntax of Go's package regexp, without look-around and back references")
		return nil
	}
	size := programSize(tree)
	if c.regexps += size; size > maxProgram || c.regexps > maxRegexps {
		c.fail(at, "is a pattern that expands to too many steps", "use fewer or smaller repetitions")
		return nil
	}
	return &pattern{regexp.MustCompile(text), size}
}

// programSize returns about how many instructions a regular expression takes.
func programSize(tree *syntax.Regexp) int {
	size := 1 + len(tree.Rune)/2
	for _, sub := range tree.Sub {
		size += programSize(sub)
	}
	if tree.Op == syntax.OpRepeat {
		size *= max(tree.Min, tree.Max, 1)
	}
	return min(size, 1<<20)
}
