package schema

import (
	"slices"
	"strings"
)

// words returns the description of a schema with what strict mode has no
// keywords for.
func (t *strict) words(at int32) string {
	var said []string
	described := 0
	for _, keyword := range []string{"description", "title"} {
		if i := t.tape.member(at, keyword); i >= 0 && t.tape.text(i) != "" {
			said = append(said, t.tape.text(i))
			described = 1
			break
		}
	}
	numbers := t.typesOf(at)&(Integer|Number) != 0
	say := func(parts ...string) { said = append(said, strings.Join(parts, " ")) }
	sizes := func(least, most, one, many string) {
		low, high := t.tape.member(at, least), t.tape.member(at, most)
		if low < 0 && high < 0 {
			return
		}
		min, max := 0, -1
		if low >= 0 {
			min = t.size(low)
		}
		if high >= 0 {
			max = t.size(high)
		}
		say("Must have", between(min, max, one, many)+".")
	}
	sizes("minLength", "maxLength", "character", "characters")
	sizes("minItems", "maxItems", "item", "items")
	sizes("minProperties", "maxProperties", "property", "properties")
	if i := t.tape.member(at, "uniqueItems"); i >= 0 && t.tape.cells[i].kind == 't' {
		say("No two items may be the same.")
	}
	if i := t.tape.member(at, "format"); i >= 0 && !slices.Contains(strictFormats, t.tape.text(i)) {
		if words := formatWords[t.tape.text(i)]; words != "" {
			say("Must be", words+".")
		} else {
			say("Format:", t.tape.text(i)+".")
		}
	}
	if i := t.tape.member(at, "contentEncoding"); i >= 0 {
		say("Encoded as", t.tape.text(i)+".")
	}
	if i := t.tape.member(at, "default"); i >= 0 && !numbers {
		say("Default:", string(t.tape.raw(i))+".")
	}
	if i := t.tape.member(at, "examples"); i >= 0 && t.tape.cells[i].count > 0 {
		var list []string
		for _, j := range t.elements(i) {
			list = append(list, string(t.tape.raw(j)))
		}
		say("For example:", strings.Join(list, ", ")+".")
	}
	if len(said) > described && described == 1 && !strings.ContainsAny(said[0][len(said[0])-1:], ".!?:;") && !strings.HasSuffix(said[0], "。") {
		said[0] += "."
	}
	return strings.Join(said, " ")
}
