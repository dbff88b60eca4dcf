package schema

import "regexp"

// A rule is what a schema demands of a value, ready to be checked. Rules refer
// to each other as the schemas do, in circles too.
type rule struct {
	id    int
	at    int32  // the place of the schema in its document
	paths int    // ways through this schema and those that apply to the same value
	chain int    // the longest of them
	memo  bool   // it may be asked of the same value by several
	never bool   // the schema is false
	hint  *goFit // what else the Go type demands, nil if nothing
	null  bool   // null will do as well, though the schema does not say so

	types Types // Any if the schema does not say
	enum  *choice
	fixed *choice // const

	refs   []*rule // targets of $ref
	allOf  []*rule
	anyOf  []*rule
	oneOf  []*rule
	not    *rule
	when   *rule // if, then and else
	then   *rule
	orElse *rule

	object objectRule
	array  arrayRule
	text   textRule
	number numberRule
}

type objectRule struct {
	given       bool // anything below is
	props       []propertyRule
	index       map[string]int // places in props
	required    int            // how many of props are
	patterns    []patternRule
	rest        *rule // additionalProperties
	names       *rule
	dependent   []dependency
	min, max    int // members; a max of -1 is none
	unevaluated *rule
}

// A propertyRule is what is said of one name, in properties or only in required.
type propertyRule struct {
	name     string
	rule     *rule // nil if only required
	required bool
}

type patternRule struct {
	*pattern
	rule *rule
}

// A dependency is what the presence of a name demands.
type dependency struct {
	name     string
	required []string
	rule     *rule // nil if there are only names
}

type arrayRule struct {
	given                    bool
	prefix                   []*rule
	items                    *rule
	contains                 *rule
	minContains, maxContains int
	min, max                 int
	unique                   bool
	unevaluated              *rule
}

type textRule struct {
	given    bool
	min, max int
	pattern  *pattern
	format   string
	asserted func(string) bool // what the format demands, if it is one that is asserted
}

type numberRule struct {
	given          bool
	minimum, above *bound // above is exclusiveMinimum
	maximum, below *bound
	multiple       *bound
}

// A pattern is a regular expression with what matching it costs.
type pattern struct {
	*regexp.Regexp
	size int // instructions
}

// A choice is a list of values of which one must be there.
type choice struct {
	list   [][]byte        // as the schema spells them
	values map[string]bool // in canonical form
}

func newRule(id int, at int32) *rule {
	r := &rule{id: id, at: at, types: Any}
	r.object.max, r.array.max, r.text.max = -1, -1, -1
	r.array.minContains, r.array.maxContains = 1, -1
	return r
}

// property returns the place of name in props, or -1. It tries the one at hint
// first, since members often come in the order of the schema.
func (o *objectRule) property(name []byte, hint int) int {
	if hint < len(o.props) && o.props[hint].name == string(name) {
		return hint
	}
	if i, ok := o.index[string(name)]; ok {
		return i
	}
	return -1
}

// here yields the rules that r applies to the same value.
func (r *rule) here(yield func(*rule) bool) {
	for _, list := range [][]*rule{r.refs, r.allOf, r.anyOf, r.oneOf, {r.not, r.when, r.then, r.orElse}} {
		for _, sub := range list {
			if sub != nil && !yield(sub) {
				return
			}
		}
	}
	for _, d := range r.object.dependent {
		if d.rule != nil && !yield(d.rule) {
			return
		}
	}
}

// below yields the rules that r applies to members, names and elements.
func (r *rule) below(yield func(*rule) bool) {
	for _, p := range r.object.props {
		if p.rule != nil && !yield(p.rule) {
			return
		}
	}
	for _, p := range r.object.patterns {
		if !yield(p.rule) {
			return
		}
	}
	for _, list := range [][]*rule{
		{r.object.rest, r.object.names, r.object.unevaluated, r.array.items, r.array.contains, r.array.unevaluated},
		r.array.prefix,
	} {
		for _, sub := range list {
			if sub != nil && !yield(sub) {
				return
			}
		}
	}
}

// leaves reports whether r says something of the parts that nothing else does.
func (r *rule) leaves() bool {
	return r.object.unevaluated != nil || r.array.unevaluated != nil
}

// shares reports whether several of the rules that r applies, itself among them,
// may speak of the same part of a value.
func (r *rule) shares() bool {
	return r.paths > 1+len(r.refs) || len(r.refs) > 1 || r.paths > 1 && (r.object.given || r.array.given) ||
		r.array.contains != nil || len(r.object.patterns) > 0
}
