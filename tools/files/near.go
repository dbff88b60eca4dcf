package files

import (
	"context"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// suggest returns what to say of an element that is missing in dir: the nearest
// name that is there, or how to find out.
func (f *Folder) suggest(root *os.Root, dir, missing string, rest []string) string {
	best, least := "", len(missing)/3+1
	if sub, err := openDir(root, dir); err == nil {
		defer sub.Close()
		names, _, _ := (&walk{f: f, entries: maxNear}).names(context.Background(), sub, "")
		for _, name := range names {
			if d := distance(missing, name, least); d < least {
				best, least = name, d
			}
		}
	}
	if best == "" {
		return ": see what is there with " + f.name("list_files")
	}
	near := path.Join(append([]string{dir, best}, rest...)...)
	shown := quotePath(near)
	if len(near) <= maxName && strings.ContainsFunc(best+missing, isMark) { // é may be one letter or two, which look the same
		shown = strconv.QuoteToASCII(near)
	}
	return ": do you mean " + shown + "?"
}

// letters returns those of a name in lower case, without the marks on them that
// stand alone.
func letters(name string) []rune {
	return slices.DeleteFunc([]rune(strings.ToLower(name)), isMark)
}

// isMark reports whether r is put on the letter before it.
func isMark(r rune) bool { return unicode.Is(unicode.Mn, r) }

// maxNear is how many entries of a folder are looked at for a suggestion.
const maxNear = 1 << 16

// distance returns how many letters are to be changed to make b of a, in any
// case and without marks, or limit if it is that or more.
func distance(a, b string, limit int) int {
	x, y := letters(a), letters(b)
	if d := len(x) - len(y); d >= limit || -d >= limit {
		return limit
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		diagonal, least := row[0], i+1
		row[0] = i + 1
		for j, s := range y {
			d := diagonal
			if r != s {
				d = 1 + min(d, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], d
			least = min(least, d)
		}
		if least >= limit {
			return limit
		}
	}
	return min(row[len(y)], limit)
}
