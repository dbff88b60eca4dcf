package deepseektest

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
)

// best returns up to n sentences that share most with the question, in their
// order, and the words that they share. It returns none if nothing fits.
func best(text []sentence, question string, n int) (found []sentence, shared []string) {
	ask := words(question)
	of := make([][]string, len(text))
	frequency := make(map[string]int)
	for i, s := range text {
		of[i] = words(s.text)
		for _, w := range of[i] {
			frequency[w]++
		}
	}
	weight := func(list []string) float64 {
		sum := 0.0
		for _, w := range list {
			sum += math.Log(1 + float64(len(text))/(0.5+float64(frequency[w])))
		}
		return sum
	}
	type candidate struct {
		i      int
		score  float64
		shared []string
	}
	var list []candidate
	heading := 0.0
	for i, s := range text {
		both := common(ask, of[i])
		score := weight(both)
		if s.heading {
			heading = score / 2 // speaks for what is under it
			continue
		}
		if i > 0 && s.section != text[i-1].section {
			heading = 0
		}
		if score+heading == 0 {
			continue
		}
		score = (score + heading) / (1 + float64(len(of[i]))/80) * kindBonus(question, s.text)
		list = append(list, candidate{i, score, both})
	}
	if len(list) == 0 {
		return nil, nil
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	top := list[0]
	if top.score < weight(ask)*0.25 {
		return nil, nil
	}
	kept := list[:0:0]
	for _, c := range list[:min(n, len(list))] {
		if c.score >= 0.75*top.score {
			kept = append(kept, c)
		}
	}
	slices.SortFunc(kept, func(a, b candidate) int { return a.i - b.i })
	for _, c := range kept {
		found = append(found, text[c.i])
		for _, w := range c.shared {
			if !slices.Contains(shared, w) {
				shared = append(shared, w)
			}
		}
	}
	return found, shared
}

// kindBonus prefers sentences with what the question asks for: a number, a
// name.
func kindBonus(question, s string) float64 {
	q := strings.ToLower(question)
	asks := func(list ...string) bool {
		return slices.ContainsFunc(list, func(w string) bool { return strings.Contains(q, w) })
	}
	switch {
	case asks("when", "how many", "how much", "how long", "how old", "what year", "多少", "几", "何时", "什么时候", "哪年", "哪一年"):
		if strings.ContainsFunc(s, unicode.IsDigit) {
			return 1.4
		}
	case asks("who", "whose", "谁"):
		if len(names(s)) > 0 {
			return 1.3
		}
	case asks("why", "为什么", "为何"):
		if strings.Contains(s, "because") || strings.Contains(s, "since") || strings.Contains(s, "因为") || strings.Contains(s, "由于") {
			return 1.4
		}
	}
	return 1
}

// central returns the sentence, other than first, whose words are the most
// frequent.
func central(text []sentence, first sentence) string {
	frequency := make(map[string]int)
	for _, s := range text {
		for _, w := range words(s.text) {
			frequency[w]++
		}
	}
	found, top := "", 0.0
	for _, s := range text {
		of := words(s.text)
		if s.heading || s.text == first.text || len(of) == 0 {
			continue
		}
		score := 0.0
		for _, w := range of {
			score += float64(frequency[w] - 1)
		}
		if score /= math.Sqrt(float64(len(of))); score > top {
			found, top = s.text, score
		}
	}
	return found
}

// topic returns what a text is about: its first heading or sentence.
func topic(text []sentence) string {
	for _, s := range text {
		if s.heading {
			return s.text
		}
	}
	return text[0].text
}

// names returns the capitalised words in s that do not begin a sentence, those
// that follow each other as one.
func names(s string) []string {
	var list []string
	var open []string
	flush := func() {
		if len(open) > 0 {
			list = append(list, strings.Join(open, " "))
			open = nil
		}
	}
	begin := true
	for word := range strings.FieldsSeq(s) {
		bare := strings.Trim(word, ".,;:!?\"'()[]“”‘’")
		bare = strings.TrimSuffix(strings.TrimSuffix(bare, "'s"), "’s")
		if bare != "" && unicode.IsUpper(rune1(bare)) && !begin && bare != "I" {
			open = append(open, bare)
		} else {
			flush()
		}
		begin = false
		if strings.ContainsAny(word[len(word)-1:], ".,;:!?)") {
			flush()
			begin = strings.ContainsAny(word[len(word)-1:], ".!?:")
		}
	}
	flush()
	return list
}
