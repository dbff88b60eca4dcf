package deepseektest

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var addressForm = regexp.MustCompile(`^\s*"?([^"<>@]*?)"?\s*<?([\w.+-]+@[\w-]+(?:\.[\w-]+)+)>?`)

// party returns the labels in the value for someone: a name, and an address if
// there is one.
func party(s string) []label {
	if m := addressForm.FindStringSubmatch(s); m != nil {
		list := []label{newLabel("email", m[2])}
		if m[1] != "" {
			list = append(list, newLabel("name", m[1]))
		}
		return list
	}
	return []label{newLabel("name", withoutPlace(s))}
}

// legal is what of a name may follow a comma.
var legal = []string{"ltd", "inc", "llc", "plc", "gmbh", "corp", "co", "s.a", "s.l", "b.v"}

// withoutPlace returns who somebody is without where.
func withoutPlace(s string) string {
	name, rest, ok := strings.Cut(s, ",")
	if first, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(rest)), " "); !ok || slices.Contains(legal, strings.Trim(first, ".,")) {
		return s
	}
	return strings.TrimSpace(name)
}

// titles head a document without being the name of anyone.
var titles = regexp.MustCompile(`(?i)invoice|receipt|bill\b|curriculum|résumé|resume\b|发票|收据|账单|简历|page \d`)

// issuer returns whom a document is from, by its head: the first words that are
// neither a title nor a label.
func issuer(text string) string {
	for line := range strings.Lines(text) {
		of := cells(line, gap3)
		if len(of) > 2 && !strings.ContainsAny(line, "|·") { // the header of a table
			return ""
		}
		for _, s := range of {
			if strings.HasSuffix(s, ":") || strings.HasSuffix(s, "：") {
				return ""
			}
			s = strings.Trim(s, "#*= ")
			if s == "" || titles.MatchString(s) || isLabelled(s) {
				continue
			}
			if utf8.RuneCountInString(s) > 60 || strings.ContainsAny(s, ".。@:：") && !orgForm.MatchString(s) {
				return ""
			}
			return strings.Join(strings.Fields(s), " ")
		}
	}
	return ""
}

// place returns where the one whose address is in a text lives: what stands in
// the line with the address without being part of it.
func place(text string) string {
	for line := range strings.Lines(text) {
		if !emailForm.MatchString(line) {
			continue
		}
		for _, s := range cells(line, gap3) {
			if !isLabelled(s) && !strings.ContainsAny(s, "@0123456789") {
				return withoutPlace(s)
			}
		}
	}
	return ""
}

// address returns where somebody lives, of an address the last part.
func (f *filler) address() string {
	if s, ok := bestLabel(f.labels, labelWords("address"), nil); ok {
		parts := strings.Split(s, ",")
		if last := strings.TrimSpace(parts[len(parts)-1]); !strings.ContainsFunc(last, unicode.IsDigit) {
			return last
		}
	}
	return place(f.text)
}

// isName reports whether a text is short enough for the name of a person, and has
// nothing else in it.
func isName(s string) bool {
	if strings.ContainsFunc(s, isHan) {
		return utf8.RuneCountInString(s) <= 4
	}
	fields := strings.Fields(s)
	return len(fields) > 1 && len(fields) < 5 && !strings.ContainsFunc(s, unicode.IsDigit) &&
		!slices.ContainsFunc(fields, func(w string) bool { return !unicode.IsUpper(rune1(w)) && len(w) > 3 })
}
