package repair

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hadal-go/hadal/output/schema"
)

// scalar reports whether what is wanted may stand without brackets.
func (f *finder) scalar() bool {
	return f.root != nil && (f.root.Types&scalars != 0 || len(f.root.Union) > 0)
}

// alone returns the candidate that the text is, or a block of code in it, where
// no bracket is wanted.
func (f *finder) alone() (list []candidate) {
	scalar := f.root == nil || f.scalar()
	if !scalar && sole(f.root) == nil {
		return nil
	}
	add := func(start, end, cost int) {
		text := f.text[start:end]
		start += strings.Index(text, strings.TrimSpace(text))
		text = strings.TrimSpace(text)
		if text == "" {
			return
		}
		r := newReader(text, f.names)
		var n int32
		stop := 0
		if c, _ := punct(text, 0); isQuote(c) {
			n, stop = r.text(0, atRoot)
		}
		if stop < len(text) {
			if (f.root == nil || !scalar) && !isLiteral(text) && !isNumber(text) {
				return
			}
			n = r.add(node{form: formWord, end: int32(len(text)), plain: isLiteral(text) || isNumber(text)})
		}
		list = append(list, candidate{aligner: newAligner(r, start, 0), root: n, start: 0, end: len(text), cost: cost})
	}
	text := f.text
	if n := len(f.asides); n > 0 {
		after := f.asides[n-1][1]
		after += strings.IndexByte(text[after:], '>') + 1
		add(after, len(text), 0)
	} else {
		add(0, len(text), 0)
	}
	for _, b := range blocks(text) {
		add(b[0], b[1], 0)
	}
	if f.root == nil || !scalar {
		return list
	}
	// The only number, or the only name of the enum, in a sentence.
	if has(strings.ToLower(text), negations) {
		return list
	}
	for _, span := range words(text) {
		if f.root.Types.Has(schema.Boolean) && wordAhead(text[span[1]:]) {
			continue // no doubt, on Monday
		}
		add(span[0], span[1], costs[Skipped])
	}
	return list
}

// negations are parts of words by which a sentence says that a value is not the
// one.
var negations = []string{"not ", "n't", "n’t", "never", "neither", "cannot", "unlikely", "rather than", "instead of", "false that", "不是", "并非", "没有"}

// wordAhead reports whether rest begins with a word.
func wordAhead(rest string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(rest, " "))
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// blocks returns where the blocks of code of Markdown are.
func blocks(text string) (list [][2]int) {
	for i := 0; ; {
		n := strings.Index(text[i:], "```")
		if n < 0 {
			return list
		}
		start := i + n + 3
		if line := strings.IndexByte(text[start:], '\n'); line >= 0 {
			start += line + 1
		}
		end := strings.Index(text[start:], "```")
		if end < 0 {
			return append(list, [2]int{start, len(text)})
		}
		list = append(list, [2]int{start, start + end})
		i = start + end + 3
	}
}

// words returns where the words of a short text are.
func words(text string) (list [][2]int) {
	const most = 400
	if len(text) > most {
		return nil
	}
	start := -1
	for i, r := range text + " " {
		if letter := isName(r) || r == ',' || r == '%' || r == '\''; letter && start < 0 {
			start = i
		} else if !letter && start >= 0 {
			word := strings.TrimRight(text[start:i], ".,-'")
			list = append(list, [2]int{start, start + len(word)})
			start = -1
		}
	}
	return list
}
