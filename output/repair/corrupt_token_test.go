package repair_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Operators that change how a document is written. Each returns the new tokens,
// or nil where it does not apply.

// each calls f with the tokens that no operator wrote before, and returns list
// if f changed one of them.
func each(list []token, f func(i int, t *token) bool) []token {
	changed := false
	for i := range list {
		if t := &list[i]; !t.changed && f(i, t) {
			t.changed, changed = true, true
		}
	}
	if !changed {
		return nil
	}
	return list
}

// some returns a share of the tokens that f holds for: all, or a few.
func some(r *rand.Rand, list []token, f func(i int, t token) bool) map[int]bool {
	var at []int
	for i, t := range list {
		if f(i, t) {
			at = append(at, i)
		}
	}
	if len(at) > 0 && chance(r, 60) {
		r.Shuffle(len(at), func(i, j int) { at[i], at[j] = at[j], at[i] })
		at = at[:min(len(at), 1+r.IntN(3))]
	}
	set := map[int]bool{}
	for _, i := range at {
		set[i] = true
	}
	return set
}

func isEnd(t token) bool   { return t.kind == '}' || t.kind == ']' }
func isSpace(t token) bool { return t.kind == 'w' }

// trailingCommas puts commas after last members and items, at times one after
// the whole.
func trailingCommas(r *rand.Rand, list []token) []token {
	ends := some(r, list, func(i int, t token) bool {
		return isEnd(t) && t.value != nil && len(t.value.kids) > 0
	})
	if len(ends) == 0 {
		return nil
	}
	var out []token
	for i, t := range list {
		if ends[i] {
			at := len(out)
			if isSpace(out[at-1]) {
				at--
			}
			out = slices.Insert(out, at, token{kind: ',', text: ","})
		}
		out = append(out, t)
	}
	if chance(r, 15) {
		out = append(out, token{kind: ',', text: ","})
	}
	return out
}

// missingCommas leaves commas out. Where two values would run together, white
// space takes the place.
func missingCommas(r *rand.Rand, list []token) []token {
	commas := some(r, list, func(_ int, t token) bool { return t.kind == ',' && t.value != nil })
	if len(commas) == 0 {
		return nil
	}
	for i := range list {
		if !commas[i] {
			continue
		}
		list[i].text = ""
		if next := list[i+1]; !isSpace(next) && (list[i].value.kind == 'a' || chance(r, 50) || list[i-1].kind == 'n' || list[i-1].kind == 'l') {
			list[i].text = " "
		}
	}
	return list
}

// singleQuotes writes strings as Python or JavaScript do.
func singleQuotes(r *rand.Rand, list []token) []token {
	python := chance(r, 50)
	keysOnly := chance(r, 10)
	return each(list, func(_ int, t *token) bool {
		if t.kind != 'k' && t.kind != 's' || keysOnly && t.kind != 'k' {
			return false
		}
		if python && strings.Contains(t.plain, "'") && !strings.Contains(t.plain, `"`) {
			return false
		}
		inner := strings.ReplaceAll(t.text[1:len(t.text)-1], `\"`, `"`)
		t.text = "'" + strings.ReplaceAll(inner, "'", `\'`) + "'"
		return true
	})
}

// typographic writes the quotes that word processors make, at times the wide
// commas and colons of Chinese text too.
func typographic(r *rand.Rand, list []token) []token {
	quotes := pick(r, [][2]string{{"“", "”"}, {"“", "”"}, {"„", "“"}, {"”", "”"}, {"‘", "’"}, {"«", "»"}})
	out := each(list, func(_ int, t *token) bool {
		if t.kind != 'k' && t.kind != 's' || strings.ContainsAny(t.plain, "“”„‘’«»") {
			return false
		}
		t.text = quotes[0] + t.text[1:len(t.text)-1] + quotes[1]
		return true
	})
	if out != nil && chance(r, 20) {
		for i, t := range out {
			switch t.kind {
			case ',':
				out[i].text = "，"
			case ':':
				out[i].text = "："
			}
		}
	}
	return out
}

var identifier = regexp.MustCompile(`^[\p{L}_$][\p{L}\p{N}_$]*$`)

// bareKeys leaves out the quotes of names that need none in JavaScript.
func bareKeys(r *rand.Rand, list []token) []token {
	set := some(r, list, func(_ int, t token) bool { return t.kind == 'k' && identifier.MatchString(t.plain) })
	return each(list, func(i int, t *token) bool {
		if !set[i] {
			return false
		}
		t.text = t.plain
		return true
	})
}

var simpleWords = regexp.MustCompile(`^[\p{L}][\p{L}_-]*( [\p{L}][\p{L}_-]*){0,3}$|^\d{4}-\d\d-\d\d$`)

// bareStrings leaves out the quotes of simple words and dates.
func bareStrings(r *rand.Rand, list []token) []token {
	set := some(r, list, func(_ int, t token) bool {
		return t.kind == 's' && simpleWords.MatchString(t.plain) && !slices.Contains([]string{"true", "false", "null"}, t.plain)
	})
	return each(list, func(i int, t *token) bool {
		if !set[i] {
			return false
		}
		t.text = t.plain
		return true
	})
}

// comments puts comments after commas and brackets.
func comments(r *rand.Rand, list []token) []token {
	notes := []string{"as stated", "see page 2", "from the header: \"Total\"", "not sure, but likely", "{optional}", "it's the gross amount", "见第二页", "TBC", "[1]"}
	set := some(r, list, func(i int, t token) bool { return t.kind == ',' || t.kind == '{' && i > 0 })
	if len(set) == 0 {
		return nil
	}
	mark := pick(r, []string{"//", "//", "#", "/*"})
	for i := range list {
		if !set[i] {
			continue
		}
		note := mark + " " + pick(r, notes)
		next := list[min(i+1, len(list)-1)]
		switch {
		case mark == "/*":
			note += " */"
		case !strings.HasPrefix(next.text, "\n"):
			note += "\n"
		}
		list[i].text += " " + note
	}
	return list
}

// literals writes true, false and null as other languages do.
func literals(r *rand.Rand, list []token) []token {
	table := pick(r, []map[string]string{
		{"true": "True", "false": "False", "null": "None"},
		{"true": "True", "false": "False", "null": "None"},
		{"true": "TRUE", "false": "FALSE", "null": "NULL"},
		{"null": "undefined"},
		{"null": "nil", "true": "true"},
	})
	return each(list, func(_ int, t *token) bool {
		word := table[t.text]
		if t.kind != 'l' || word == "" || word == t.text {
			return false
		}
		t.text = word
		return true
	})
}

// innerQuotes leaves out the escapes of quotes inside strings.
func innerQuotes(_ *rand.Rand, list []token) []token {
	return each(list, func(_ int, t *token) bool {
		if t.kind != 's' || !strings.Contains(t.text, `\"`) || strings.Contains(t.text, `\":`) {
			return false
		}
		t.text = strings.ReplaceAll(t.text, `\"`, `"`)
		return true
	})
}

// rawBreaks writes line breaks and tabs inside strings as they are.
func rawBreaks(_ *rand.Rand, list []token) []token {
	return each(list, func(_ int, t *token) bool {
		if t.kind != 's' || !strings.ContainsAny(t.plain, "\n\t") || strings.Contains(t.plain, `\`) {
			return false
		}
		t.text = strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace(t.text)
		return true
	})
}

var loneBackslash = regexp.MustCompile(`\\[^"\\/bfnrtu]`)

// badEscapes writes backslashes that JSON does not know: before punctuation that
// needs none, alone before letters in paths and patterns, and as Python does.
func badEscapes(r *rand.Rand, list []token) []token {
	marks := pick(r, []string{"'", "'", "_*", "$'&", "#-"})
	hex := chance(r, 20)
	return each(list, func(_ int, t *token) bool {
		if t.kind != 's' {
			return false
		}
		old := t.text
		if n := strings.Count(t.plain, `\`); n > 0 {
			if n == len(loneBackslash.FindAllString(t.plain, -1)) {
				t.text = strings.ReplaceAll(t.text, `\\`, `\`)
			}
			return t.text != old
		}
		var b strings.Builder
		for _, c := range t.text {
			switch {
			case strings.ContainsRune(marks, c):
				b.WriteByte('\\')
			case hex && c > unicode.MaxASCII && c <= unicode.MaxLatin1:
				fmt.Fprintf(&b, `\x%02x`, c)
				continue
			}
			b.WriteRune(c)
		}
		t.text = b.String()
		return t.text != old
	})
}

// missingEnds leaves out closing brackets at the end of the whole, or writes one
// too many, or one of the wrong kind.
func missingEnds(r *rand.Rand, list []token) []token {
	last := len(list)
	var ends []int
	for last > 0 && (isEnd(list[last-1]) || isSpace(list[last-1])) {
		if last--; isEnd(list[last]) {
			ends = append(ends, last)
		}
	}
	if len(ends) == 0 {
		return nil
	}
	switch {
	case chance(r, 12):
		return append(list, token{kind: '}', text: pick(r, []string{"}", "\n}", "]"})})
	case chance(r, 12) && len(ends) > 1:
		i := pick(r, ends)
		list[i].text = map[string]string{"}": "]", "]": "}"}[list[i].text]
		return list
	case chance(r, 15) && len(ends) > 1 && len(list[ends[0]].value.kids) > 0:
		return slices.Delete(list, ends[len(ends)-1], ends[len(ends)-1]+1) // the innermost of them
	}
	n := 1 + r.IntN(len(ends))
	at := ends[n-1]
	if isSpace(list[at-1]) && list[at-2].kind != 'n' && chance(r, 70) {
		at--
	}
	if list[at-1].kind == 'n' { // whether it is whole cannot be told
		return nil
	}
	return slices.Clip(list[:at])
}
