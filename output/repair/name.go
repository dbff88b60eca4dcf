package repair

import (
	"strings"
	"unicode"

	"github.com/hadal-go/hadal/output/schema"
)

// names are the names of the members that a schema has anywhere, in the form of
// [fold]. They are collected when they are first asked for. The nil names are
// none.
type names struct {
	root *schema.Node
	set  map[string]bool
}

// has reports whether name is one of n, in whatever style.
func (n *names) has(name string) bool {
	if n == nil {
		return false
	}
	if n.set == nil {
		n.set = map[string]bool{}
		n.collect(n.root, map[*schema.Node]bool{})
	}
	return n.set[fold(name)]
}

func (n *names) collect(s *schema.Node, seen map[*schema.Node]bool) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	for _, p := range s.Properties {
		n.set[fold(p.Name)] = true
		for _, a := range p.Aliases {
			n.set[fold(a)] = true
		}
		n.collect(p.Node, seen)
	}
	n.collect(s.Rest, seen)
	n.collect(s.Items, seen)
	for _, u := range s.Prefix {
		n.collect(u, seen)
	}
	for _, u := range s.Union {
		n.collect(u, seen)
	}
}

// fold returns the letters and digits of s in lower case, so that names that
// differ only in style are equal: userName, user_name, "User Name".
func fold(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; !('a' <= c && c <= 'z' || isDigit(c)) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}
