package schema

import (
	"encoding/json"
	"slices"
)

// Types is a set of the types of JSON.
type Types uint8

// The types of JSON. Integer is a Number without a fraction.
const (
	Null Types = 1 << iota
	Boolean
	Integer
	Number
	String
	Array
	Object

	Any = Null | Boolean | Integer | Number | String | Array | Object
)

// Has reports whether all of t is in s. An Integer is in a set that has Number.
func (s Types) Has(t Types) bool {
	if s&Number != 0 {
		s |= Integer
	}
	return s&t == t
}

// A Node is what a [Schema] says of the value at one place, with references
// followed and allOf taken together, for code that walks a schema beside a
// value. It describes the shape of the value; what else the schema demands
// (ranges, lengths, patterns, conditions) is for [Schema.Validate]. A recursive
// schema has nodes that are their own descendants. Nodes are shared and must not
// be changed.
type Node struct {
	Types       Types             // that the value may have; Any if the schema does not say, 0 if there can be no value
	Title       string            // what the value is, in a few words
	Description string            // and in more
	Properties  []Property        // in the order of the schema
	Closed      bool              // there are no other properties
	Rest        *Node             // any other property, or nil if nothing is said of them
	Prefix      []*Node           // the first items
	Items       *Node             // the items after Prefix, or nil if nothing is said of them
	Union       []*Node           // the value is as one of these demands, besides
	Enum        []json.RawMessage // the value is one of these; nil if it may be another
	Aliases     []Alias           // other names for values of Enum
	Format      string            // such as "date-time"
}

// A Property is a member that an object may have.
type Property struct {
	Name     string
	Aliases  []string // other names by which a model may call it, from the keyword x-aliases
	Required bool
	Node     *Node // never nil
}

// An Alias is another name for a value, from the keyword x-aliases:
// {"x-aliases": {"red": ["crimson", "rouge"]}}.
type Alias struct {
	Name  string
	Value json.RawMessage
}

// Property returns the property of that name. What n says of any other member
// is in Rest and Closed.
func (n *Node) Property(name string) (Property, bool) {
	i := slices.IndexFunc(n.Properties, func(p Property) bool { return p.Name == name })
	if i < 0 {
		return Property{}, false
	}
	return n.Properties[i], true
}

// Nullable reports whether the value may be null besides being something else.
func (n *Node) Nullable() bool {
	if !n.Types.Has(Null) || n.Types == Any && n.Union == nil {
		return false
	}
	return n.Types != Any || slices.ContainsFunc(n.Union, func(u *Node) bool { return u.Types.Has(Null) && u.Types != Any })
}
