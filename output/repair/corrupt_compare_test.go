package repair_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// same reports whether two values are equal: numbers by value, and a member that
// is null as one that is not there.
func same(a, b any) bool { return difference(a, b, "") == "" }

// difference says where b is not a, or returns "".
func difference(a, b any, pointer string) string {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok {
			break
		}
		for _, name := range slices.Sorted(maps.Keys(a)) {
			if d := difference(a[name], b[name], pointer+"/"+name); d != "" {
				return d
			}
		}
		for name, v := range b {
			if a[name] == nil && v != nil {
				return fmt.Sprintf("%s/%s: want none, got %s", pointer, name, window(brief(v), 0, 80))
			}
		}
		return ""
	case []any:
		b, ok := b.([]any)
		if !ok {
			break
		}
		var list []string
		if len(a) != len(b) {
			list = append(list, fmt.Sprintf("%s: %d items wanted, %d got", pointer, len(a), len(b)))
		}
		for i := range min(len(a), len(b)) {
			if d := difference(a[i], b[i], fmt.Sprintf("%s/%d", pointer, i)); d != "" {
				list = append(list, d)
				break
			}
		}
		return strings.Join(list, "; ")
	case json.Number:
		if b, ok := b.(json.Number); ok && sameNumber(string(a), string(b)) {
			return ""
		}
	default:
		if a == b {
			return ""
		}
	}
	want, got := brief(a), brief(b)
	at := parting(want, got)
	return fmt.Sprintf("%s: want %s, got %s", pointer, window(want, at, 80), window(got, at, 80))
}

func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	if strings.ContainsAny(a+b, ".eE") {
		x, err := json.Number(a).Float64()
		y, err2 := json.Number(b).Float64()
		return err == nil && err2 == nil && x == y
	}
	return false
}

// brief returns v as JSON.
func brief(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n")
}

// window returns up to n bytes of s around the one at i.
func window(s string, i, n int) string {
	if len(s) <= n {
		return s
	}
	from := max(0, min(i-n/2, len(s)-n))
	cut := strings.ToValidUTF8(s[from:from+n], "")
	if from > 0 {
		cut = "… " + cut
	}
	if from+n < len(s) {
		cut += " …"
	}
	return cut
}
