package gate

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// misfit returns the Error for data that could not be decoded into v because
// of err. encoding/json says where only for some errors, and where the bytes
// end rather than begin; so misfit decodes value by value until one fails.
func misfit(data []byte, v reflect.Value, p *plan, err error) *Error {
	w := walk{data: data, fits: fits}
	e := &Error{Rule: WrongType, Offset: w.space(0)}
	if w.value(e.Offset, p.shape, v) < 0 {
		e.Offset = w.wrong
	}
	e.Path = pathTo(data, e.Offset)
	if data[e.Offset] == '"' && isName(data, e.Offset) {
		e.Path = cutPath(e.Path + "/" + pathName(data, e.Offset))
	}
	if t, ok := err.(*json.UnmarshalTypeError); ok {
		t := *t
		t.Value = kindOf(t.Value)
		err = &t
	}
	e.Err = err
	return e
}

// kindOf returns the kind of value that a json.UnmarshalTypeError speaks of,
// without the value.
func kindOf(value string) string {
	kind, _, _ := strings.Cut(value, " ")
	return kind
}

// fits reports whether value can be decoded into a new variable of type t.
func fits(value []byte, t reflect.Type) bool {
	return plainly(value, t) || json.Unmarshal(value, reflect.New(t).Interface()) == nil
}

// plainly reports whether value fits the type t at first glance, as in long
// lists almost every value does.
func plainly(value []byte, t reflect.Type) bool {
	if t.Kind() == reflect.Interface {
		return t.NumMethod() == 0
	}
	if t.PkgPath() != "" {
		return false // it may have methods
	}
	switch k := t.Kind(); {
	case k == reflect.String:
		return value[0] == '"'
	case k == reflect.Bool:
		return value[0] == 't' || value[0] == 'f'
	case reflect.Int <= k && k <= reflect.Int64:
		_, err := strconv.ParseInt(string(value), 10, t.Bits())
		return err == nil
	case k == reflect.Float64:
		_, err := strconv.ParseFloat(string(value), 64)
		return err == nil
	}
	return false
}

// The bytes of one name, and of all, that a path may show.
const (
	maxName = 64
	maxPath = 256
)

// A place is an array or an object on the way to a value.
type place struct {
	object bool
	index  int // of an array
	name   int // where the name is in an object, -1 between members
}

// pathTo returns the JSON pointer to the value at off, or to the innermost
// array or object around it. Data need be sound only up to there.
func pathTo(data []byte, off int) string {
	var way []place
	data = data[:off]
	for i := 0; i < off; {
		switch b := data[i]; b {
		case '{', '[':
			way = append(way, place{object: b == '{', name: -1})
		case '}', ']':
			way = way[:len(way)-1]
		case ',':
			last := &way[len(way)-1]
			last.index++
			last.name = -1
		case '"':
			end := skipString(data, i)
			if n := len(way) - 1; end <= off && n >= 0 && way[n].object && way[n].name < 0 {
				way[n].name = i
			}
			i = end
			continue
		}
		i++
	}

	var path strings.Builder
	for _, p := range way {
		switch {
		case !p.object:
			path.WriteString("/" + strconv.Itoa(p.index))
		case p.name >= 0:
			path.WriteString("/" + pathName(data, p.name))
		}
		if path.Len() > maxPath {
			break
		}
	}
	return cutPath(path.String())
}

// pathName returns the name at i as it stands in a JSON pointer.
func pathName(data []byte, i int) string {
	name := cut(string(nameAt(data, i)), maxName)
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func cutPath(path string) string { return cut(path, maxPath) }

// cut returns s, or its first max bytes and an ellipsis if it has more.
func cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max] + "…"
}

// isName reports whether the string at i is a name.
func isName(data []byte, i int) bool {
	for i = skipString(data, i); i < len(data); i++ {
		if data[i] > ' ' {
			return data[i] == ':'
		}
	}
	return false
}
