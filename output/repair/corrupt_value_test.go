package repair_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
)

// Operators that change values before they are written. Each returns the new
// root, or nil where it does not apply.

// restyleKeys writes the names of properties in another style, one for all.
func restyleKeys(r *rand.Rand, root *value) *value {
	style := pick(r, []func([]string) string{snake, camel, pascal, kebab, spaced, screaming})
	changed := false
	root.all(func(v *value) {
		if v.kind != 'o' || v.spec == nil || len(v.spec.Properties) == 0 {
			return
		}
		for i, name := range v.names {
			if parts := wordsOf(name); len(parts) > 0 {
				v.names[i] = style(parts)
				changed = changed || v.names[i] != name
			}
		}
	})
	if !changed {
		return nil
	}
	return root
}

// wordsOf returns the words of a name in lower case, or nil if it is not ASCII.
func wordsOf(name string) []string {
	var parts []string
	for i, c := range name {
		switch {
		case c > unicode.MaxASCII:
			return nil
		case c == '_' || c == '-' || c == ' ':
			parts = append(parts, "")
			continue
		case len(parts) == 0, unicode.IsUpper(c) && !unicode.IsUpper(rune(name[i-1])):
			parts = append(parts, "")
		}
		parts[len(parts)-1] += string(unicode.ToLower(c))
	}
	return parts
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func titled(parts []string) []string {
	list := make([]string, len(parts))
	for i, p := range parts {
		list[i] = title(p)
	}
	return list
}

func snake(parts []string) string     { return strings.Join(parts, "_") }
func kebab(parts []string) string     { return strings.Join(parts, "-") }
func screaming(parts []string) string { return strings.ToUpper(strings.Join(parts, "_")) }
func spaced(parts []string) string    { return strings.Join(titled(parts), " ") }
func pascal(parts []string) string    { return strings.Join(titled(parts), "") }
func camel(parts []string) string     { return parts[0] + strings.Join(titled(parts[1:]), "") }

// restyleEnums writes words of an enum in another case or style.
func restyleEnums(r *rand.Rand, root *value) *value {
	styles := []func(string) string{
		strings.ToUpper, strings.ToLower, title,
		func(s string) string { return spaced(wordsOf(s)) },
		func(s string) string { return kebab(wordsOf(s)) },
		func(s string) string { return strings.Join(wordsOf(s), " ") },
	}
	style := pick(r, styles)
	changed := false
	for _, v := range root.filter(func(v *value) bool { return v.kind == 's' && (v.spec.Enum != nil || v.spec.Const != nil) }) {
		if strings.Contains(v.text, "/") || wordsOf(v.text) == nil {
			continue
		}
		text := style(v.text)
		changed = changed || text != v.text
		v.text = text
	}
	if !changed {
		return nil
	}
	return root
}

// dressNumbers writes numbers as people do, as strings or bare.
func dressNumbers(r *rand.Rand, root *value) *value {
	list := root.filter(func(v *value) bool {
		return v.kind == 'n' && !v.spec.allows("string") && !strings.Contains(v.text, "e")
	})
	if len(list) == 0 {
		return nil
	}
	bare := map[*value]bool{} // members, where a comma in the number cannot be one between items
	root.all(func(v *value) {
		for _, k := range v.kids {
			bare[k] = v.kind == 'o'
		}
	})
	mode := r.IntN(5)
	for _, v := range list {
		v.opaque = true
		switch mode {
		case 0:
			v.kind = 's'
		case 1:
			v.kind, v.text = 's', thousands(v.text, ",")
		case 2:
			if bare[v] {
				v.text = thousands(v.text, ",")
			} else {
				v.kind, v.text = 's', thousands(v.text, ",")
			}
		case 3:
			v.kind, v.text = 's', dressed(r, v)
		case 4:
			if v.text = thousands(v.text, "_"); !strings.Contains(v.text, "_") && v.text[0] != '-' {
				v.text = "+" + v.text
			}
		}
	}
	return root
}

// thousands parts the digits before the point in threes.
func thousands(s, comma string) string {
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	whole, fraction, ok := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + comma + whole[i:]
	}
	if ok {
		whole += "." + fraction
	}
	return sign + whole
}

// dressed returns a number with a unit that goes with its name.
func dressed(r *rand.Rand, v *value) string {
	n := thousands(v.text, ",")
	switch name := strings.ToLower(v.name); {
	case slices.Contains([]string{"price", "total", "unit_price", "amount", "budget", "revenue", "netincome", "costs"}, name):
		return pick(r, []string{"$" + n, "€" + n, n + " EUR", "USD " + n, "$ " + n})
	case name == "单价":
		return pick(r, []string{"¥" + n, n + "元"})
	case name == "percent" || name == "vat_rate":
		return n + "%"
	case name == "dose_mg":
		return n + " mg"
	case strings.Contains(name, "minutes"):
		return n + pick(r, []string{" minutes", " min"})
	case strings.Contains(name, "seconds"):
		return n + pick(r, []string{" seconds", " s"})
	case strings.Contains(name, "hours"):
		return n + " hours"
	case name == "durationms":
		return n + " ms"
	case name == "数量":
		return n + "件"
	}
	return " " + n + " "
}

// wrapRoot puts the whole into an object or a list of its own.
func wrapRoot(r *rand.Rand, root *value) *value {
	if root.kind == 'a' {
		return &value{kind: 'o', names: []string{pick(r, []string{"items", "result", "data", "results", "answers"})}, kids: []*value{root}}
	}
	if chance(r, 25) {
		return &value{kind: 'a', kids: []*value{root}}
	}
	name := pick(r, []string{"result", "data", "output", "response", "json", root.spec.Title})
	if name == "" {
		name = "result"
	}
	outer := &value{kind: 'o', names: []string{name}, kids: []*value{root}}
	if chance(r, 20) {
		outer.names = append([]string{pick(r, []string{"status", "message"})}, outer.names...)
		outer.kids = append([]*value{{kind: 's', text: "ok", opaque: true}}, outer.kids...)
	}
	return outer
}

// looseTypes writes yes and no for booleans, and null for what could have been
// left out.
func looseTypes(r *rand.Rand, root *value) *value {
	changed := false
	words := pick(r, [][2]string{{"yes", "no"}, {"Yes", "No"}, {"true", "false"}, {"True", "False"}, {"Y", "N"}})
	if root.kind == 'o' && wordsOf(root.names[0]) == nil {
		words = [2]string{"是", "否"}
	}
	for _, v := range root.filter(func(v *value) bool { return v.kind == 'l' && v.text != "null" && !v.spec.allows("string") }) {
		if chance(r, 80) {
			i := 0
			if v.text == "false" {
				i = 1
			}
			v.kind, v.text, v.opaque, changed = 's', words[i], true, true
		}
	}
	for _, v := range root.filter(func(v *value) bool { return v.kind == 'o' && v.spec != nil }) {
		for i, p := range v.spec.Properties {
			if slices.Contains(v.names, p.name) || p.spec.allows("null") {
				continue
			}
			at := min(i, len(v.names))
			v.names = slices.Insert(v.names, at, p.name)
			v.kids = slices.Insert(v.kids, at, &value{kind: 'l', text: "null", opaque: true, spec: p.spec, name: p.name})
			changed = true
		}
	}
	if !changed {
		return nil
	}
	return root
}

// encodeMember writes an object or a list inside the document as a string of JSON.
func encodeMember(r *rand.Rand, root *value) *value {
	list := root.filter(func(v *value) bool {
		return v != root && len(v.kids) > 0 && (v.kind == 'o' || v.kind == 'a') && v.spec != nil
	})
	if len(list) == 0 {
		return nil
	}
	v := pick(r, list)
	v.text = v.write(style{space: chance(r, 50)})
	v.kind, v.kids, v.names, v.opaque = 's', nil, nil, true
	return root
}

// oneForMany writes lists of one without their brackets or, failing that, one
// value as a list.
func oneForMany(r *rand.Rand, root *value) *value {
	list := root.filter(func(v *value) bool { return v.kind == 'a' && len(v.kids) == 1 && v.kids[0].kind != 'a' })
	for _, v := range list {
		if v == root {
			root = v.kids[0]
			continue
		}
		*v = *v.kids[0]
	}
	if len(list) > 0 {
		return root
	}
	list = root.filter(func(v *value) bool {
		return v != root && (v.kind == 's' || v.kind == 'n' || v.kind == 'o') && !v.spec.allows("array")
	})
	if len(list) == 0 {
		return nil
	}
	v := pick(r, list)
	inner := *v
	*v = value{kind: 'a', kids: []*value{&inner}, name: v.name, spec: &spec{Type: names{"array"}}}
	return root
}

// redraft changes up to three values, as a first try that was wrong.
func redraft(r *rand.Rand, root *value) bool {
	list := root.filter(func(v *value) bool { return (v.kind == 's' || v.kind == 'n') && v.spec.Const == nil })
	changed := false
	for range 6 {
		if len(list) == 0 {
			return false
		}
		v := pick(r, list)
		next := random(r, v.spec, v.name, 9)
		if next.kind == v.kind && next.text != v.text {
			v.text, changed = next.text, true
			if chance(r, 40) {
				break
			}
		}
	}
	return changed
}
