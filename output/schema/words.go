package schema

import (
	"fmt"
	"strconv"
	"strings"
)

const anyValue = "a value"

// want says in a few words what r demands.
func (r *rule) want() string {
	switch {
	case r.enum != nil:
		return r.enum.want()
	case r.fixed != nil:
		return r.fixed.want()
	case r.types != Any:
		return r.wantType()
	case len(r.refs) > 0:
		return r.refs[0].want()
	case len(r.allOf) > 0:
		return r.allOf[0].want()
	case len(r.anyOf)+len(r.oneOf) > 0:
		var wants []string
		for _, sub := range append(r.anyOf[:len(r.anyOf):len(r.anyOf)], r.oneOf...) {
			wants = append(wants, sub.want())
		}
		return either(wants)
	}
	return anyValue
}

func (r *rule) wantType() string {
	var list []string
	for i, words := range []string{"null", "true or false", "an integer", "a number", "a string", "an array", "an object"} {
		t := Types(1) << i
		if !r.types.Has(t) || t == Integer && r.types.Has(Number) {
			continue
		}
		switch t {
		case Integer, Number:
			words += r.number.want()
		case String:
			if r.text.asserted != nil {
				words = formatWords[r.text.format]
			}
		case Array:
			if items := r.array.items; items != nil && items.types == String {
				words = "an array of strings"
			}
		}
		list = append(list, words)
	}
	return strings.Join(list, " or ")
}

// want says what range a number must be in.
func (n *numberRule) want() string {
	var list []string
	for _, b := range []struct {
		words string
		bound *bound
	}{
		{"of at least", n.minimum}, {"above", n.above}, {"of at most", n.maximum}, {"below", n.below}, {"that is a multiple of", n.multiple},
	} {
		if b.bound != nil {
			list = append(list, b.words+" "+b.bound.text)
		}
	}
	if list == nil {
		return ""
	}
	return " " + strings.Join(list, " and ")
}

// want lists the values, as far as a reader may want to see them.
func (e *choice) want() string {
	const most, longest = 20, 60
	var list []string
	for i, raw := range e.list {
		if i == most {
			list = append(list, "…")
			break
		}
		list = append(list, shorten(string(raw), longest))
	}
	if len(list) == 1 {
		return list[0]
	}
	return "one of " + strings.Join(list, ", ")
}

// quotedList joins names as a sentence does.
func quotedList(names []string, and string) string {
	const most, longest = 20, 60
	var b strings.Builder
	for i, name := range names {
		switch {
		case i == most:
			b.WriteString(", …")
			return b.String()
		case i > 0 && i == len(names)-1:
			b.WriteString(" " + and + " ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(shorten(name, longest)))
	}
	return b.String()
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// between says how many there must be; a max of -1 is none.
func between(min, max int, one, many string) string {
	switch {
	case max < 0:
		return "at least " + plural(min, one, many)
	case min == 0:
		return "at most " + plural(max, one, many)
	case min == max:
		return "exactly " + plural(min, one, many)
	}
	return fmt.Sprintf("%d to %s", min, plural(max, one, many))
}
