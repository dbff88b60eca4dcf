package deepseektest

import (
	"slices"
	"strings"
	"unicode"
)

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// stopWords say nothing of what a sentence is about.
var stopWords = strings.Fields(`a an and any are as at be been but by can could did do does for from had has have he her his how i if in into is it its
	me my no not of on or our she should so some tell than that the their them then there they this to up us was we were what when where which who whom whose
	why will with would you your please give many much long about`)

// stopHan are the characters, and stopPairs the words, that say as little in
// Chinese.
const (
	stopHan   = "的了吗呢吧啊么是在有和与这那它他她我你您请谁哪几被把将"
	stopPairs = "什么 怎么 多少 如何 为何 以及 可以 一个 哪里 何时 时候 介绍"
)

// words returns what a text is about: the stems of its words in lower case, and
// the pairs of neighbouring characters where it is Chinese. Each is there once,
// in order.
func words(s string) []string {
	var list []string
	seen := make(map[string]bool)
	add := func(w string) {
		if w != "" && !seen[w] {
			seen[w] = true
			list = append(list, w)
		}
	}
	var word, han []rune
	flush := func() {
		if w := strings.ToLower(string(word)); len(word) > 0 && !slices.Contains(stopWords, w) {
			add(stem(w))
		}
		for i := 0; i+1 < len(han); i++ {
			pair := string(han[i : i+2])
			if !strings.ContainsAny(pair, stopHan) && !strings.Contains(stopPairs, pair) {
				add(pair)
			}
		}
		if len(han) == 1 && !strings.ContainsRune(stopHan, han[0]) {
			add(string(han))
		}
		word, han = word[:0], han[:0]
	}
	for _, r := range s {
		switch {
		case isHan(r):
			if len(word) > 0 {
				flush()
			}
			han = append(han, r)
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if len(han) > 0 {
				flush()
			}
			word = append(word, r)
		case (r == '\'' || r == '’') && len(word) > 0:
			flush()
			word = append(word[:0], '\'') // what follows an apostrophe is no word
		default:
			flush()
		}
		if len(word) > 0 && word[0] == '\'' && len(word) > 1 {
			word = word[:1]
		}
	}
	flush()
	return slices.DeleteFunc(list, func(w string) bool { return w == "'" })
}

// stem takes the endings of plurals, -ing and -ed off an English word.
func stem(w string) string {
	switch {
	case len(w) > 4 && strings.HasSuffix(w, "ies"):
		w = w[:len(w)-3] + "y"
	case len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us") && !strings.HasSuffix(w, "is"):
		w = w[:len(w)-1]
	}
	for _, ending := range []string{"ing", "ed"} {
		if rest, ok := strings.CutSuffix(w, ending); ok && len(rest) > 2 {
			w = rest
			if n := len(w); w[n-1] == w[n-2] && !strings.ContainsRune("aeiouls", rune(w[n-1])) {
				w = w[:n-1]
			}
			break
		}
	}
	if len(w) > 3 {
		w = strings.TrimSuffix(w, "e")
	}
	return w
}

// spelled returns stems as the words that they are of in s.
func spelled(s string, stems []string) []string {
	list := slices.Clone(stems)
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if i := slices.Index(list, stem(strings.ToLower(word))); i >= 0 {
			list[i] = strings.ToLower(word)
		}
	}
	return list
}

// nameWords returns the words of an identifier, such as invoice_number or
// invoiceNumber.
func nameWords(name string) []string {
	var b strings.Builder
	lower := false
	for _, r := range name {
		if unicode.IsUpper(r) && lower {
			b.WriteByte(' ')
		}
		lower = unicode.IsLower(r)
		if r == '_' || r == '-' || r == '.' {
			r = ' '
		}
		b.WriteRune(r)
	}
	list := words(b.String())
	if len(list) == 0 { // a name of stop words alone
		for w := range strings.FieldsSeq(strings.ToLower(b.String())) {
			list = append(list, stem(w))
		}
	}
	return list
}

// common returns the words that are in both lists.
func common(a, b []string) []string {
	in := make(map[string]bool, len(b))
	for _, w := range b {
		in[w] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(w string) bool { return !in[w] })
}
