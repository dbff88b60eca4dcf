package repair

import (
	"strings"

	"github.com/hadal-go/hadal/output/schema"
)

// A reading is a value that a scalar may be.
type reading struct {
	json string
	kind Kind // "" if it is what the text says
	cost int  // besides that of kind
}

// scalar is for a text or a word.
func (a *aligner) scalar(n int32, s *schema.Node, w *writer) int {
	if got, ok := a.scalarAs(n, s); ok {
		start := a.mark(w)
		cost := got.cost
		if w != nil {
			if got.json == "" { // as it stands
				w.out = a.verbatim(n, w.out)
			} else {
				w.out = append(w.out, got.json...)
			}
		}
		if got.kind != "" {
			cost += a.done(got.kind, n, w, start)
		}
		return cost
	}
	if s.Types&(schema.Object|schema.Array) == 0 {
		return unfit + a.anything(n, w)
	}
	p := pair{n, s}
	if c, ok := a.memo[p]; ok && w == nil {
		return c
	}
	if a.memo == nil {
		a.memo = map[pair]int{}
	}
	a.memo[p] = unfit // for a schema that comes back to itself
	c := a.held(n, s, w)
	a.memo[p] = c
	return c
}

// held is for a text or a word where something that holds it is wanted.
func (a *aligner) held(n int32, s *schema.Node, w *writer) int {
	if sub, ok := a.sub(n, s); ok {
		start := a.mark(w)
		var cost int
		if w != nil {
			cost = sub.align(sub.root, s, w)
		} else {
			cost = sub.cost(sub.root, s)
		}
		return cost + a.done(Decoded, n, w, start)
	}
	if s.Enum == nil && s.Types.Has(schema.Array) {
		return a.asItem(n, s, w)
	}
	if p := sole(s); p != nil {
		// A 5 is no text, and even less an object that holds the text "5".
		got, _ := a.scalarAs(n, p.Node)
		if got.kind != Text && a.cost(n, p.Node) < unfit {
			return a.within(n, p, w)
		}
	}
	return unfit + a.anything(n, w)
}

// scalarAs returns what a text or word is if s wants a scalar.
func (a *aligner) scalarAs(n int32, s *schema.Node) (reading, bool) {
	nd := &a.nodes[n]
	text := a.textOf(n)
	quoted := nd.form == formText
	if s.Enum != nil {
		return a.enumAs(n, text, s)
	}
	types := s.Types
	if !quoted {
		lit, ok := a.literal(n)
		number, isNum := text, nd.plain && !ok
		if !isNum && !ok {
			number, isNum = plainNumber(text)
		}
		kind := Literal
		if nd.plain {
			kind = ""
		}
		switch {
		case isNum && types.Has(schema.Number), isNum && types.Has(schema.Integer) && isWhole(number):
			return reading{number, kind, 0}, true
		case ok && lit == "null" && types.Has(schema.Null), ok && lit != "null" && types.Has(schema.Boolean):
			return reading{lit, kind, 0}, true
		case types.Has(schema.String) && (isNum && nd.plain || ok && lit != "null"):
			return reading{string(quote(nil, text)), Text, 0}, true
		case types.Has(schema.String) && !(ok && lit == "null"):
			return reading{string(quote(nil, text)), Unquoted, 0}, true
		}
	} else if types.Has(schema.String) {
		return reading{}, true
	}
	if types&(schema.Number|schema.Integer) != 0 {
		if number, ok := number(text, !types.Has(schema.Number)); ok {
			return reading{number, Number, 0}, true
		}
	}
	if types.Has(schema.Boolean) {
		if b, ok := booleans[strings.ToLower(strings.Trim(text, " \t\n.!。！"))]; ok {
			return reading{b, Boolean, 0}, true
		}
	}
	if types.Has(schema.Null) && types != schema.Any {
		switch strings.ToLower(strings.TrimSpace(text)) {
		case "null", "none", "nil", "n/a", "na", "", "-", "unknown", "无", "未知":
			return reading{"null", NullAbsent, 2}, true
		}
	}
	return reading{}, false
}

var booleans = map[string]string{
	"true": "true", "yes": "true", "y": "true", "on": "true", "1": "true", "t": "true", "是": "true", "是的": "true", "真": "true", "对": "true",
	"false": "false", "no": "false", "n": "false", "off": "false", "0": "false", "f": "false", "否": "false", "不是": "false", "假": "false",
}

// enumAs returns the value of an enum that a text or word is.
func (a *aligner) enumAs(n int32, text string, s *schema.Node) (reading, bool) {
	nd := &a.nodes[n]
	if nd.plain {
		raw := a.src[nd.start:nd.end]
		for _, e := range s.Enum {
			if string(e) == raw {
				return reading{raw, "", 0}, true
			}
		}
	}
	value, exact, ok := match(text, s)
	if !ok && nd.cut {
		value, ok = complete(text, s)
	}
	if !ok {
		if lit, isLit := a.literal(n); isLit && nd.form == formWord {
			for _, e := range s.Enum {
				if string(e) == lit {
					return reading{lit, Literal, 0}, true
				}
			}
		}
		return reading{}, false
	}
	switch {
	case exact && nd.plain && nd.form == formText:
		return reading{}, true
	case exact && nd.form == formText:
		return reading{value, "", 0}, true
	case exact && value[0] == '"':
		return reading{value, Unquoted, 0}, true
	}
	return reading{value, Enum, 0}, true
}

// A sub is a value that is written as a text.
type sub struct {
	*aligner
	root int32
}

// maxInner bounds how often JSON is looked for in a text in JSON.
const maxInner = 3

// sub returns the object or array that a text holds, if s wants one.
func (a *aligner) sub(n int32, s *schema.Node) (sub, bool) {
	if a.nodes[n].form != formText || a.inner == maxInner || s.Types&(schema.Object|schema.Array) == 0 {
		return sub{}, false
	}
	if found, ok := a.subs[n]; ok {
		return found, found.root != 0
	}
	if a.subs == nil {
		a.subs = map[int32]sub{}
	}
	text := strings.TrimSpace(a.textOf(n))
	var found sub
	if text != "" && (text[0] == '{' || text[0] == '[') {
		r := newReader(text, a.names)
		root, _ := r.read(0, 0)
		if !r.deep {
			found = sub{newAligner(r, a.base+int(a.nodes[n].start), a.inner+1), root}
		}
	}
	a.subs[n] = found
	return found, found.root != 0
}
