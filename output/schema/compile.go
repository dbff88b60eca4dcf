package schema

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// A compiler makes the rules of a document.
type compiler struct {
	tape    tape
	rules   map[int32]*rule // by the place of the schema
	list    []*rule         // in the order in which they were met
	anchors map[string]int32
	name    string   // $id of the document
	fits    []*goFit // of the Go type that the schema is made from
	enums   int      // values so far
	regexps int      // instructions so far
	sharing bool     // a rule has several that apply to one value
	err     *Error
}

func (c *compiler) compile() *Error {
	c.nameDocument()
	c.rule(0)
	for i := 0; i < len(c.list) && c.err == nil; i++ { // rules are met while others are filled
		c.fill(c.list[i])
	}
	if c.err != nil {
		return c.err
	}
	state := make([]byte, len(c.list))
	for _, r := range c.list {
		if c.count(r, state); c.err != nil {
			return c.err
		}
	}
	return nil
}

// nameDocument sets the name by which references may call the document.
func (c *compiler) nameDocument() {
	if i := c.tape.member(0, "$id"); i >= 0 && c.tape.cells[i].kind == '"' {
		c.name, _, _ = strings.Cut(c.tape.text(i), "#")
	}
}

// fail notes what is wrong at a place. It returns false, for the last line of
// what it ends.
func (c *compiler) fail(at int32, problem, want string) bool {
	if c.err == nil {
		c.err = &Error{Pointer: c.tape.pointer(at), Problem: problem, Want: want}
	}
	return false
}

// rule returns the rule of the schema at a place, to be filled later.
func (c *compiler) rule(at int32) *rule {
	if r := c.rules[at]; r != nil {
		r.memo = true // another way leads here
		return r
	}
	r := newRule(len(c.list), at)
	c.rules[at] = r
	c.list = append(c.list, r)
	if len(c.list) > maxSchemas && c.fits == nil {
		c.fail(at, "is one schema too many", fmt.Sprintf("a document has at most %d", maxSchemas))
	}
	return r
}

// count sets the paths and the chain of r. It fails if r applies to its own value again, or
// in too many ways.
func (c *compiler) count(r *rule, state []byte) int {
	const begun, done = 1, 2
	switch state[r.id] {
	case done:
		return r.paths
	case begun:
		c.fail(r.at, "refers to itself without consuming anything of the value",
			"refer to it from properties or items")
		return 0
	}
	state[r.id] = begun
	r.paths, r.chain = 1, 1
	for sub := range r.here {
		r.paths += c.count(sub, state)
		if c.err != nil {
			return 0
		}
		if r.chain = max(r.chain, 1+sub.chain); r.chain > maxChain {
			c.fail(r.at, "applies others through others too deeply", fmt.Sprintf("at most %d in a row, references followed", maxChain))
			return 0
		}
		if r.paths > maxPaths {
			c.fail(r.at, "expands to too many schemas for one value",
				fmt.Sprintf("at most %d may apply, references followed", maxPaths))
			return 0
		}
	}
	c.sharing = c.sharing || r.shares()
	state[r.id] = done
	return r.paths
}

// target returns the place that a reference leads to, or -1.
func (c *compiler) target(ref string) int32 {
	document, fragment, _ := strings.Cut(ref, "#")
	if document != "" && document != c.name {
		return -1
	}
	fragment, err := url.PathUnescape(fragment)
	if err != nil {
		return -1
	}
	if fragment == "" || fragment[0] == '/' {
		return c.tape.find(fragment)
	}
	if c.anchors == nil {
		c.anchors = map[string]int32{}
		c.findAnchors(0)
	}
	if at, ok := c.anchors[fragment]; ok {
		return at
	}
	return -1
}

// findAnchors collects the anchors of the schema at a place and of those in it.
func (c *compiler) findAnchors(at int32) {
	t := &c.tape
	if t.cells[at].kind != '{' {
		return
	}
	for i := at + 1; i < t.cells[at].next; i = t.cells[i+1].next {
		name, value := string(t.plain(i)), i+1
		switch {
		case name == "$anchor" || name == "$dynamicAnchor" || name == "$id":
			if anchor, ok := c.string(value); ok {
				if name == "$id" {
					_, anchor, _ = strings.Cut(anchor, "#")
				}
				if _, ok := c.anchors[anchor]; !ok && anchor != "" {
					c.anchors[anchor] = at
				}
			}
		case slices.Contains(schemaKeywords, name):
			c.findAnchors(value)
			fallthrough
		case slices.Contains(listKeywords, name):
			for _, j := range c.elements(value) {
				c.findAnchors(j)
			}
		case slices.Contains(mapKeywords, name):
			for _, m := range c.members(value) {
				c.findAnchors(m.value)
			}
		}
	}
}

// The keywords that hold schemas.
var (
	schemaKeywords = []string{"not", "if", "then", "else", "additionalProperties", "propertyNames", "items",
		"additionalItems", "contains", "unevaluatedProperties", "unevaluatedItems", "contentSchema"}
	listKeywords = []string{"allOf", "anyOf", "oneOf", "prefixItems", "items"}
	mapKeywords  = []string{"properties", "patternProperties", "dependentSchemas", "dependencies", "$defs", "$def", "definitions"}
)

// string returns the string at a place, if it is one.
func (c *compiler) string(at int32) (string, bool) {
	if c.tape.cells[at].kind != '"' {
		return "", false
	}
	return c.tape.text(at), true
}

// elements returns the places of the elements of an array, if it is one.
func (c *compiler) elements(at int32) []int32 {
	t := &c.tape
	if t.cells[at].kind != '[' {
		return nil
	}
	list := make([]int32, 0, t.cells[at].count)
	for i := at + 1; i < t.cells[at].next; i = t.cells[i].next {
		list = append(list, i)
	}
	return list
}

// A placed is a member of an object.
type placed struct {
	name  string
	value int32
}

// members returns the members of an object, if it is one.
func (c *compiler) members(at int32) []placed {
	t := &c.tape
	if t.cells[at].kind != '{' {
		return nil
	}
	list := make([]placed, 0, t.cells[at].count)
	for i := at + 1; i < t.cells[at].next; i = t.cells[i+1].next {
		list = append(list, placed{t.text(i), i + 1})
	}
	return list
}
