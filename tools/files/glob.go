package files

import (
	"errors"
	"path"
	"strings"
)

// A glob is a pattern for paths: alternatives of elements. The element ** is
// any number of folders; the others are as in [path.Match].
type glob [][]string

const (
	maxGlob         = 1 << 10 // bytes
	maxAlternatives = 32
)

// parseGlob reads a pattern. One without a slash is for names in any folder; one
// that ends in a slash is for all below that folder. It may have alternatives in braces, as in *.{go,md}.
func parseGlob(pattern string) (glob, error) {
	if len(pattern) > maxGlob {
		return nil, errors.New("the pattern is too long")
	}
	list := []string{pattern}
	for i := 0; i < len(list); {
		before, rest, open := strings.Cut(list[i], "{")
		if !open {
			i++
			continue
		}
		inner, after, closed := strings.Cut(rest, "}")
		if !closed || strings.Contains(inner, "{") {
			return nil, errors.New("the pattern has braces that do not fit, or braces in braces")
		}
		var more []string
		for s := range strings.SplitSeq(inner, ",") {
			more = append(more, before+s+after)
		}
		if list = append(more, append(list[:i:i], list[i+1:]...)...); len(list) > maxAlternatives {
			return nil, errors.New("the pattern has too many alternatives")
		}
		i = 0
	}
	var g glob
	for _, s := range list {
		if strings.HasSuffix(s, "/") {
			s += "**"
		}
		s = strings.TrimPrefix(path.Clean(s), "/")
		elems := strings.Split(s, "/")
		if len(elems) == 1 {
			elems = []string{"**", s}
		}
		for _, e := range elems {
			if _, err := path.Match(e, ""); err != nil {
				return nil, errors.New("the pattern is not valid: use * ? [a-z] within a name, ** for folders, {a,b} for alternatives")
			}
		}
		g = append(g, elems)
	}
	return g, nil
}

// match reports whether a path matches.
func (g glob) match(name string) bool {
	elems := strings.Split(name, "/")
	for _, pattern := range g {
		if matchElements(pattern, elems) {
			return true
		}
	}
	return false
}

// matchElements takes time in the product of the lengths: where a match fails,
// only the newest ** is tried with one folder more.
func matchElements(pattern, elems []string) bool {
	p, e := 0, 0
	star, from := -1, 0
	for e < len(elems) {
		if p < len(pattern) && pattern[p] == "**" {
			star, from = p, e
			p++
			continue
		}
		if p < len(pattern) {
			if ok, _ := path.Match(pattern[p], elems[e]); ok {
				p++
				e++
				continue
			}
		}
		if star < 0 {
			return false
		}
		from++
		p, e = star+1, from
	}
	for p < len(pattern) && pattern[p] == "**" {
		p++
	}
	return p == len(pattern)
}
