package repair_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// examples collects cases that were not read right, for -corrupt.show.
type examples struct {
	list []example
}

type example struct {
	corruption
	got     string
	outcome outcome
	err     error
}

func (e *examples) add(c corruption, got string, o outcome, err error) {
	if *corruptShow == "" || *corruptWrong && o != wrong {
		return
	}
	if *corruptShow == "all" || *corruptShow == c.name || slices.Contains(strings.Split(c.name, "+"), *corruptShow) {
		e.list = append(e.list, example{c, got, o, err})
	}
}

var outcomeNames = [outcomes]string{"right", "WRONG BUT VALID", "does not satisfy the schema", "error", "PANIC OR HANG"}

// String returns how many cases there are of what, and the shortest examples of
// each operator, of different schemas where there are.
func (e *examples) String() string {
	slices.SortFunc(e.list, func(a, b example) int {
		return cmp.Or(cmp.Compare(len(a.text), len(b.text)), cmp.Compare(a.text, b.text))
	})
	type key struct {
		row    int
		schema string
	}
	of, seen := map[int]int{}, map[key]int{}
	counts := map[string]int{}
	list := slices.DeleteFunc(slices.Clone(e.list), func(x example) bool {
		counts[fmt.Sprintf("%s: %s", x.name, outcomeNames[x.outcome])]++
		k := key{x.row, x.doc.name}
		if seen[k] == max(1, *corruptNumber/20) || of[x.row] == *corruptNumber {
			return true
		}
		seen[k]++
		of[x.row]++
		return false
	})
	var b strings.Builder
	fmt.Fprintf(&b, "%d cases of %q were not read right by %s\n", len(e.list), *corruptShow, *corruptReader)
	for _, name := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b))
	}) {
		fmt.Fprintf(&b, "%6d %s\n", counts[name], name)
	}
	for _, x := range list {
		fmt.Fprintf(&b, "\n=== %s, schema %s: %s\n", x.name, x.doc.name, outcomeNames[x.outcome])
		if v, err := decode(x.got); err == nil {
			fmt.Fprintf(&b, "at    %s\n", difference(x.doc.want, v, ""))
		}
		if x.err != nil {
			fmt.Fprintf(&b, "error %s\n", shorten(x.err.Error(), *corruptWidth))
		}
		if x.got == "" {
			fmt.Fprintf(&b, "doc   %s\ntext  %s\n", shorten(x.doc.text, *corruptWidth), shorten(x.text, *corruptWidth))
			continue
		}
		var got bytes.Buffer
		if json.Compact(&got, []byte(x.got)) != nil {
			got.WriteString(x.got)
		}
		at := parting(x.doc.text, got.String())
		fmt.Fprintf(&b, "doc   %s\ntext  %s\ngot   %s\n", window(x.doc.text, at, *corruptWidth),
			window(x.text, place(x.text, x.doc.text[:at]), *corruptWidth), window(got.String(), at, *corruptWidth))
	}
	return b.String()
}

// parting returns how many bytes a and b have in common at the beginning.
func parting(a, b string) int {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return i
}

// place returns where in text the end of before is, or 0 if it is not found.
func place(text, before string) int {
	for n := 24; n > 3; n /= 2 {
		if end := before[max(0, len(before)-n):]; strings.Contains(text, end) {
			return strings.LastIndex(text, end)
		}
	}
	return 0
}

// shorten leaves out the middle of a text of more than n bytes.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n*2/3], "") + " … " + strings.ToValidUTF8(s[len(s)-n/3:], "")
}
