package schema

import (
	"encoding/json"
	"fmt"
	"slices"
)

// A grower makes the nodes of a document. A node stands for all schemas that
// one value must satisfy, and the nodes below it for those that its parts must.
type grower struct {
	compiler
	nodes map[string]*Node // by the places of the schemas
	queue []sprout
	grown int // schemas of all nodes
}

// A sprout is a node that has nothing in it yet.
type sprout struct {
	node    *Node
	schemas []int32
}

// maxGrown is how many schemas all nodes may have together. Only documents that
// put many together again and again reach it; what is beyond may be anything.
const maxGrown = 1 << 16

func grow(doc json.RawMessage) *Node {
	g := &grower{nodes: map[string]*Node{}}
	g.tape.read(doc)
	g.nameDocument()
	root := g.node(0)
	for i := 0; i < len(g.queue); i++ { // it grows
		g.fill(g.queue[i].node, g.queue[i].schemas)
	}
	return root
}

// node returns the node for the schemas at some places.
func (g *grower) node(schemas ...int32) *Node {
	all := g.together(schemas)
	key := fmt.Sprint(all)
	if n := g.nodes[key]; n != nil {
		return n
	}
	n := &Node{Types: Any}
	if g.grown += len(all); g.grown < maxGrown {
		g.nodes[key] = n
		g.queue = append(g.queue, sprout{n, all})
	}
	return n
}

// together adds to schemas those that they apply to the same value by $ref and
// allOf, each once.
func (g *grower) together(schemas []int32) []int32 {
	var all []int32
	for _, at := range schemas {
		if !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	add := func(at int32) {
		if !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	for i := 0; i < len(all); i++ { // it grows
		if at := g.tape.member(all[i], "$ref"); at >= 0 {
			if to := g.target(g.tape.text(at)); to >= 0 {
				add(to)
			}
		}
		if at := g.tape.member(all[i], "allOf"); at >= 0 {
			for _, sub := range g.elements(at) {
				add(sub)
			}
		}
	}
	return slices.DeleteFunc(all, func(at int32) bool { // a mere reference says nothing itself
		return len(all) > 1 && g.tape.cells[at].count == 1 && g.tape.member(at, "$ref") >= 0
	})
}

// fill sets n to what schemas say, which must all hold.
func (g *grower) fill(n *Node, schemas []int32) {
	for _, at := range schemas {
		if g.tape.cells[at].kind == 'f' {
			n.Types = 0
		}
		for _, m := range g.members(at) {
			g.plainKeyword(n, m)
		}
	}
	g.properties(n, schemas)
	g.items(n, schemas)
}

// plainKeyword adds to n what a keyword says of the value itself.
func (g *grower) plainKeyword(n *Node, m placed) {
	at := m.value
	switch m.name {
	case "type":
		n.Types &= g.types(at)
	case "title":
		setText(&n.Title, g.tape.text(at))
	case "description":
		setText(&n.Description, g.tape.text(at))
	case "format":
		setText(&n.Format, g.tape.text(at))
	case "anyOf", "oneOf":
		if n.Union == nil {
			for _, sub := range g.elements(at) {
				n.Union = append(n.Union, g.node(sub))
			}
		}
	case "enum":
		g.enum(n, g.elements(at))
	case "const":
		g.enum(n, []int32{at})
	case "x-aliases":
		for _, a := range g.members(at) {
			for _, i := range g.elements(a.value) {
				if name, ok := g.string(i); ok && a.name != "" {
					n.Aliases = append(n.Aliases, Alias{Name: name, Value: appendString(nil, a.name)})
				}
			}
		}
	}
}

func setText(dst *string, s string) {
	if *dst == "" {
		*dst = s
	}
}

// enum limits n to the values at some places.
func (g *grower) enum(n *Node, places []int32) {
	old := n.Enum
	n.Enum = []json.RawMessage{}
	known := map[string]bool{}
	for _, raw := range old {
		var t tape
		t.read(raw)
		known[string(t.appendCanonical(nil, 0))] = true
	}
	for _, at := range places {
		if old == nil || known[string(g.tape.appendCanonical(nil, at))] {
			n.Enum = append(n.Enum, json.RawMessage(g.tape.raw(at)))
		}
	}
}

// properties adds to n what schemas say of members. A property must be as each
// of them wants it: by its name, or as one of the rest.
func (g *grower) properties(n *Node, schemas []int32) {
	var names []string
	own := map[string][]int32{} // schemas of a property
	speaks := map[string]int{}  // how many of schemas know it
	required := map[string]bool{}
	open := false // there are properties that only a union or a pattern knows
	var rest []int32
	for _, at := range schemas {
		if i := g.tape.member(at, "properties"); i >= 0 {
			for _, p := range g.members(i) {
				if own[p.name] == nil {
					names = append(names, p.name)
				}
				own[p.name] = append(own[p.name], p.value)
			}
		}
		if i := g.tape.member(at, "required"); i >= 0 {
			for _, name := range g.strings(i) {
				required[name] = true
			}
		}
		for _, keyword := range []string{"patternProperties", "anyOf", "oneOf", "if", "dependentSchemas"} {
			open = open || g.tape.member(at, keyword) >= 0
		}
	}
	for _, at := range schemas {
		i := g.tape.member(at, "additionalProperties")
		shut := i >= 0 && g.tape.cells[i].kind == 'f' && g.tape.member(at, "patternProperties") < 0
		if i >= 0 {
			n.Closed = n.Closed || shut
			rest = append(rest, i)
			list := g.tape.member(at, "properties")
			for _, name := range names {
				if len(schemas) == 1 || list >= 0 && g.tape.member(list, name) >= 0 || g.tape.member(at, "patternProperties") >= 0 {
					continue
				}
				own[name] = append(own[name], i)
				if shut {
					speaks[name]--
				}
			}
		}
		if i := g.tape.member(at, "unevaluatedProperties"); i >= 0 && !open {
			n.Closed = n.Closed || g.tape.cells[i].kind == 'f'
			rest = append(rest, i)
		}
	}
	for _, name := range names {
		if speaks[name] < 0 {
			continue // no value may have it
		}
		p := Property{Name: name, Required: required[name], Node: g.node(own[name]...)}
		for _, at := range own[name] {
			p.Aliases = append(p.Aliases, g.otherNames(at)...)
		}
		n.Properties = append(n.Properties, p)
	}
	for _, at := range schemas { // those that are only required
		if i := g.tape.member(at, "required"); i >= 0 {
			for _, name := range g.strings(i) {
				if own[name] == nil {
					own[name] = []int32{}
					n.Properties = append(n.Properties, Property{Name: name, Required: true, Node: g.node(rest...)})
				}
			}
		}
	}
	if rest != nil && !n.Closed {
		n.Rest = g.node(rest...)
	}
}

// otherNames returns what x-aliases of a schema says of the property that it is
// for: a name, a list of names, or the list under the empty name.
func (g *grower) otherNames(at int32) []string {
	i := g.tape.member(at, "x-aliases")
	if i < 0 {
		return nil
	}
	if name, ok := g.string(i); ok {
		return []string{name}
	}
	if g.tape.cells[i].kind == '{' {
		if i = g.tape.member(i, ""); i < 0 {
			return nil
		}
	}
	var names []string
	for _, j := range g.elements(i) {
		if name, ok := g.string(j); ok {
			names = append(names, name)
		}
	}
	return names
}

// items adds to n what schemas say of elements.
func (g *grower) items(n *Node, schemas []int32) {
	prefixes, rests := make([][]int32, len(schemas)), make([]int32, len(schemas))
	longest, said := 0, false
	for k, at := range schemas {
		rests[k] = g.tape.member(at, "items")
		if i := g.tape.member(at, "prefixItems"); i >= 0 {
			prefixes[k] = g.elements(i)
		} else if rests[k] >= 0 && g.tape.cells[rests[k]].kind == '[' { // before 2020
			prefixes[k], rests[k] = g.elements(rests[k]), g.tape.member(at, "additionalItems")
		}
		longest = max(longest, len(prefixes[k]))
		said = said || rests[k] >= 0
	}
	at := func(n int) []int32 {
		var list []int32
		for k := range schemas {
			if n < len(prefixes[k]) {
				list = append(list, prefixes[k][n])
			} else if rests[k] >= 0 {
				list = append(list, rests[k])
			}
		}
		return list
	}
	for i := range longest {
		n.Prefix = append(n.Prefix, g.node(at(i)...))
	}
	if said {
		n.Items = g.node(at(longest)...)
	}
}
