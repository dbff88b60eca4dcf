package prompt

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// A field is one of a struct as encoding/json sees it.
type field struct {
	name      string
	index     []int
	typ       reflect.Type
	exported  bool // not so the structs without an exported name that are embedded under a tag
	tagged    bool // the name is from a tag
	omitEmpty bool
	omitZero  bool
	quoted    bool // as a string
}

// fieldsOf returns the fields of the struct t in JSON, in order. As in Go, and in
// encoding/json, a field hides those of its name in the structs that are embedded
// beside it, and of two that are as near neither is there, unless one has a tag.
func fieldsOf(t reflect.Type) []field {
	type embedded struct {
		typ   reflect.Type
		index []int
	}
	var all []field
	seen := map[reflect.Type]bool{}
	count := map[reflect.Type]int{t: 1}
	for level := []embedded{{typ: t}}; len(level) > 0; {
		var below []embedded
		next := map[reflect.Type]int{}
		for _, e := range level {
			if seen[e.typ] {
				continue
			}
			seen[e.typ] = true
			for i := range e.typ.NumField() {
				sf := e.typ.Field(i)
				f, inline, ok := fieldOfTag(sf)
				if !ok {
					continue
				}
				f.index = append(slices.Clone(e.index), i)
				if inline != nil {
					if next[inline]++; next[inline] == 1 {
						below = append(below, embedded{inline, f.index})
					}
					continue
				}
				all = append(all, f)
				if count[e.typ] > 1 { // twice at this depth: neither counts
					all = append(all, f)
				}
			}
		}
		level, count = below, next
	}
	slices.SortStableFunc(all, func(a, b field) int {
		switch n := cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(len(a.index), len(b.index))); {
		case n != 0 || a.tagged == b.tagged:
			return n
		case a.tagged:
			return -1
		}
		return 1
	})
	var kept []field
	for i, j := 0, 0; i < len(all); i = j {
		for j = i; j < len(all) && all[j].name == all[i].name; j++ {
		}
		if j == i+1 || len(all[i].index) != len(all[i+1].index) || all[i].tagged != all[i+1].tagged {
			kept = append(kept, all[i])
		}
	}
	slices.SortFunc(kept, func(a, b field) int { return slices.Compare(a.index, b.index) })
	return kept
}

// fieldOfTag returns what encoding/json makes of a field, or else the struct whose
// fields stand in its place. It is not ok if JSON has nothing of it.
func fieldOfTag(sf reflect.StructField) (f field, inline reflect.Type, ok bool) {
	to := sf.Type
	if to.Kind() == reflect.Pointer && to.Name() == "" {
		to = to.Elem()
	}
	isStruct := to.Kind() == reflect.Struct
	if !sf.IsExported() && !(sf.Anonymous && isStruct) {
		return f, nil, false
	}
	tag := sf.Tag.Get("json")
	if tag == "-" {
		return f, nil, false
	}
	name, options, _ := strings.Cut(tag, ",")
	if !validName(name) {
		name = ""
	}
	if name == "" && sf.Anonymous && isStruct {
		return f, to, true
	}
	f = field{name: cmp.Or(name, sf.Name), typ: sf.Type, exported: sf.IsExported(), tagged: name != ""}
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "omitempty":
			f.omitEmpty = true
		case "omitzero":
			f.omitZero = true
		case "string":
			c := kindClass(to)
			f.quoted = c != opaque && c != bytesClass
		}
	}
	return f, nil, true
}

// validName reports whether encoding/json takes name from a tag.
func validName(name string) bool {
	for _, r := range name {
		if !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return name != ""
}
