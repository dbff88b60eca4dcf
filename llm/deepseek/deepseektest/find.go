package deepseektest

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The forms of what is found by its form alone.
var (
	emailForm    = regexp.MustCompile(`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`)
	urlForm      = regexp.MustCompile(`https?://[^\s"'<>，。]+[^\s"'<>，。.,;!?)]`)
	phoneForm    = regexp.MustCompile(`\+?\d[\d ()-]{5,}\d`)
	currencyForm = regexp.MustCompile(`\b(?:USD|EUR|GBP|CNY|JPY|CHF|RMB)\b|[€$£¥￥]|元`)
	quotedForm   = regexp.MustCompile(`"([^"]+)"|“([^”]+)”|「([^」]+)」|《([^》]+)》|'([^']+)'(?:\s|$|[.,!?])`)
	pathForm     = regexp.MustCompile(`[\w.~-]*/[\w./~-]+|[\w-]+\.[A-Za-z]{1,5}\b`)
	sumForm      = regexp.MustCompile(`[-(]*\d[\d.,]*(?:\s*[-+*/^%×÷]\s*[-(]*\d[\d.,]*\)*)+`)
	placeForm    = regexp.MustCompile(`(?:在|到|去|查一下|查询|请问)?([\p{Han}]{2,6}?)(?:的|今天|明天|现在|天气)`)
)

// string returns the text for a field.
func (f *filler) string(at field) (string, bool) {
	re := f.form(at)
	if re == dateForm {
		s, _ := f.when(at)
		s = f.date(at.node, s)
		return s, s != ""
	}
	may := func(s string) bool { return re == nil || re == sumForm || re.MatchString(s) }
	if s, ok := bestValue(f.labels, at, may); ok {
		if re == emailForm || re == phoneForm {
			s = re.FindString(s)
		}
		return clean(s), true
	}
	switch re {
	case nil:
	case sumForm:
		s := sumIn(f.text)
		return s, s != ""
	default:
		s := re.FindString(f.text)
		return clean(s), s != ""
	}
	if f.row {
		if f.known {
			return f.first(at)
		}
		return f.cell(at)
	}
	if f.args {
		return f.argument(at)
	}
	return f.passage(at)
}

// form returns the form of the text for a field, or nil if it can be any.
func (f *filler) form(at field) *regexp.Regexp {
	switch {
	case at.Format == "email" || f.is(at, "email"):
		return emailForm
	case at.Format == "uri" || f.is(at, "url", "uri", "link"):
		return urlForm
	case at.Format == "date" || isMonths(at.node) || f.is(at, "date", "when"):
		return dateForm
	case f.is(at, "phone"):
		return phoneForm
	case f.is(at, "currency"):
		return currencyForm
	case f.is(at, "path", "file", "filename"):
		return pathForm
	case f.is(at, "expression", "formula", "calculation"):
		return sumForm
	}
	return nil
}

// sumIn returns the first arithmetic expression in s, or "".
func sumIn(s string) string {
	return sumForm.FindString(dateForm.ReplaceAllString(s, " "))
}

// cell returns the words in an item of a list, to the first field that asks.
func (f *filler) cell(at field) (string, bool) {
	if f.taken[f.text] {
		return "", false
	}
	f.taken[f.text] = true
	if len(at.name) == 0 { // the item itself, not a field of it
		return f.text, true
	}
	s := cellNoise.ReplaceAllString(f.text, " ")
	return strings.Join(strings.Fields(s), " "), true
}

// first returns the first words in a row of a table, for a field that says what
// the row is about.
func (f *filler) first(at field) (string, bool) {
	if !f.is(at, "description", "item", "product", "name", "title") {
		return "", false
	}
	for _, l := range f.labels {
		if strings.ContainsFunc(l.value, unicode.IsLetter) && !at.isOther(l) && !emailForm.MatchString(l.value) {
			return l.value, true
		}
	}
	return "", false
}

// cellNoise is what of an item goes elsewhere.
var cellNoise = regexp.MustCompile(`-?\d+(?:[.,]\d+)*\s*(?:x\b|×|%|USD\b|EUR\b|[€$£¥元])?|[€$£¥:：|]`)

// passage returns the part of a document that a field is about.
func (f *filler) passage(at field) (string, bool) {
	var list []sentence
	for _, s := range f.pieces {
		if !s.heading && !isLabelled(s.text) {
			list = append(list, s)
		}
	}
	switch {
	case len(f.pieces) == 0:
		return "", false
	case f.is(at, "vendor"):
		if s, ok := bestLabel(f.labels, []string{"from"}, nil); ok {
			return party(s)[0].value, true
		}
		if s := issuer(f.text); s != "" {
			return s, true
		}
	case f.is(at, "customer"):
		if s, ok := bestLabel(f.labels, []string{"to"}, nil); ok {
			return party(s)[0].value, true
		}
	case f.is(at, "summary", "abstract", "overview", "摘要"):
		c := *f.c
		c.text = f.pieces
		s := c.summary(3)
		return s, s != ""
	case f.is(at, "title", "topic"):
		return topic(f.pieces), true
	case f.is(at, "language"):
		if strings.ContainsFunc(f.text, isHan) {
			return "Chinese", true
		}
		return "English", true
	case f.is(at, "answer", "reply", "response", "result", "output"):
		s, _ := f.c.answer(f.c.text)
		return s, s != ""
	case f.is(at, "text", "content", "quote", "sentence"):
		return f.pieces[0].text, true
	case f.is(at, "name") && isName(issuer(f.text)):
		return issuer(f.text), true
	case f.is(at, "city") && f.address() != "":
		return f.address(), true
	case f.is(at, "name", "author", "person", "customer", "company", "vendor"):
		if list := names(f.text); len(list) > 0 {
			return list[0], true
		}
	case f.is(at, "city", "place", "country", "destination"):
		if list := namesAfter(f.text, "in", "at", "to", "from", "near"); len(list) > 0 {
			return list[0], true
		}
	}
	if found, _ := best(list, strings.Join(slices.Concat(at.name, at.about), " "), 1); len(found) > 0 {
		return found[0].text, true
	}
	return "", false
}

// argument returns the part of a message that a parameter is about.
func (f *filler) argument(at field) (string, bool) {
	take := func(list []string) (string, bool) {
		for _, s := range list {
			if s != "" && !f.taken[s] {
				f.taken[s] = true
				return s, true
			}
		}
		return "", false
	}
	switch {
	case f.is(at, "to", "destination"):
		if s, ok := take(namesAfter(f.text, "to", "into")); ok {
			return s, true
		}
	case f.is(at, "from", "origin", "source"):
		if s, ok := take(namesAfter(f.text, "from")); ok {
			return s, true
		}
	}
	if s, ok := take(quoted(f.text)); ok {
		return s, true
	}
	if f.is(at, "query", "question", "search", "keyword", "topic", "term", "text", "message", "input", "prompt", "q", "request") {
		return subject(f.text), true
	}
	list := slices.Concat(namesAfter(f.text, "in", "for", "of", "at", "to", "from", "near", "about"), names(f.text))
	if m := placeForm.FindStringSubmatch(f.text); m != nil {
		list = append(list, m[1])
	}
	return take(list)
}

// subject returns what a request is for: "Search for owls." is for owls.
func subject(s string) string {
	for _, mark := range []string{" for ", " about ", "搜索", "查询", "关于"} {
		if _, after, ok := strings.Cut(s, mark); ok && strings.TrimSpace(after) != "" {
			s = after
			break
		}
	}
	return strings.Trim(strings.TrimSpace(s), ".?!。？！")
}

// quoted returns what is in quotes in s.
func quoted(s string) []string {
	var list []string
	for _, m := range quotedForm.FindAllStringSubmatch(s, -1) {
		list = append(list, strings.Join(m[1:], ""))
	}
	return list
}

// namesAfter returns the capitalised names that follow one of the words, and
// those joined to them by "and" or a comma.
func namesAfter(s string, after ...string) []string {
	var list []string
	fields := strings.Fields(s)
	for i := 0; i < len(fields); i++ {
		if !slices.Contains(after, strings.ToLower(fields[i])) {
			continue
		}
		var open []string
		for i+1 < len(fields) {
			word := fields[i+1]
			bare := strings.Trim(word, ".,;:!?\"'()“”")
			bare = strings.TrimSuffix(strings.TrimSuffix(bare, "'s"), "’s")
			joint := bare == "and" || bare == "or"
			if bare == "" || !joint && !unicode.IsUpper(rune1(bare)) {
				break
			}
			i++
			if !joint {
				open = append(open, bare)
			}
			if joint || strings.ContainsAny(word[len(word)-1:], ".,;:!?") {
				if len(open) > 0 {
					list = append(list, strings.Join(open, " "))
				}
				open = nil
			}
		}
		if len(open) > 0 {
			list = append(list, strings.Join(open, " "))
		}
	}
	return list
}

// clean returns a value without what surrounds it.
func clean(s string) string {
	s = strings.TrimSpace(strings.Trim(strings.TrimSpace(s), "\"“”*`"))
	if utf8.RuneCountInString(s) < 80 {
		s = strings.TrimRight(s, ",;，；。")
		words := strings.Fields(strings.ToLower(strings.Trim(s, ".")))
		if abbreviated := len(words) > 1 && slices.Contains(legal, words[len(words)-1]); !abbreviated && (strings.Count(s, ".") == 1 || strings.Contains(s, " ")) {
			s = strings.TrimSuffix(s, ".")
		}
	}
	return s
}

// fitString returns s in the length, the format and the pattern of the schema,
// as far as possible.
func fitString(n *node, s, text string) string {
	if n.Pattern != "" {
		if re, err := regexp.Compile(n.Pattern); err == nil && !re.MatchString(s) {
			loose, err := regexp.Compile(strings.TrimSuffix(strings.TrimPrefix(n.Pattern, "^"), "$"))
			if err == nil {
				s = loose.FindString(text)
			}
		}
	}
	if s == "" {
		switch n.Format {
		case "date":
			s = "1970-01-01"
		case "date-time":
			s = "1970-01-01T00:00:00Z"
		case "email":
			s = "nobody@example.com"
		case "uri":
			s = "https://example.com"
		case "uuid":
			s = "00000000-0000-4000-8000-000000000000"
		case "ipv4":
			s = "192.0.2.1"
		case "ipv6":
			s = "2001:db8::1"
		case "hostname":
			s = "example.com"
		}
	}
	if n.MaxLength != nil {
		if r := []rune(s); len(r) > *n.MaxLength {
			s = string(r[:max(*n.MaxLength, 0)])
		}
	}
	for utf8.RuneCountInString(s) < min(n.MinLength, 1000) {
		s += "-"
	}
	return s
}
