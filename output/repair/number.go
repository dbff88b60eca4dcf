package repair

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// number returns the number that text means, as JSON writes it: with separators
// between the thousands, with a sign or a code of a currency, with a unit, in
// ten thousands. If whole is set it must be an integer. What could be two
// numbers is none: "5M" may be five million or five metres.
func number(text string, whole bool) (string, bool) {
	s := strings.TrimSpace(narrow(text))
	if n, ok := plainNumber(s); ok {
		return asWhole(n, whole)
	}
	sign := ""
	s, sign = cutSign(s)
	s = strings.TrimSpace(cutCurrency(s))
	if sign == "" {
		s, sign = cutSign(s)
	}
	end := 0
	for end < len(s) && (isDigit(s[end]) || strings.IndexByte(".,'_ ", s[end]) >= 0) {
		end++
	}
	digits := strings.TrimRight(s[:end], " '_")
	n, ok := separated(strings.TrimRight(digits, ".,"))
	if !ok || strings.ContainsAny(digits[len(strings.TrimRight(digits, ".,")):], ",") {
		return "", false
	}
	shift, ok := unit(s[len(digits):])
	if !ok {
		return "", false
	}
	n, ok = plainNumber(sign + scaled(n, shift))
	if !ok {
		return "", false
	}
	return asWhole(n, whole)
}

// narrow returns s with ASCII for digits and signs of full width, and with
// common spaces and apostrophes.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == '．':
			return '.'
		case r == '，':
			return ','
		case r == '－' || r == '−' || r == '–':
			return '-'
		case r == '＋':
			return '+'
		case r == '％':
			return '%'
		case r == '’' || r == '＇':
			return '\''
		case isSpace(r):
			return ' '
		}
		return r
	}, s)
}

func cutSign(s string) (rest, sign string) {
	if strings.HasPrefix(s, "-") {
		return strings.TrimSpace(s[1:]), "-"
	}
	return strings.TrimSpace(strings.TrimPrefix(s, "+")), ""
}

// cutCurrency returns s without the sign or the code of a currency before it.
func cutCurrency(s string) string {
	i := 0
	for i < len(s) && i < 4 && s[i] >= 'A' && s[i] <= 'Z' {
		i++
	}
	r, size := utf8.DecodeRuneInString(s[i:])
	switch {
	case unicode.Is(unicode.Sc, r) && i <= 3:
		return s[i+size:]
	case i == 3 && (r == ' ' || r == '-' || r >= '0' && r <= '9'):
		return s[i:]
	}
	return s
}

// separated returns the number that digits with separators are.
func separated(s string) (string, bool) {
	if s == "" || !isDigit(s[0]) {
		return "", false
	}
	last := strings.LastIndexAny(s, ".,")
	point := -1 // where the fraction begins
	if last >= 0 {
		c := s[last : last+1]
		other := ","
		if c == "," {
			other = "."
		}
		after := len(s) - last - 1
		switch {
		case strings.Contains(s, other): // both: the last is the point
			if strings.Count(s, c) > 1 {
				return "", false
			}
			point = last
		case strings.Count(s, c) > 1: // several: between thousands
		case c == ".":
			point = last
		case after <= 2 || strings.HasPrefix(s, "0,"): // as a comma it is a point
			point = last
		}
	}
	fraction := ""
	if point >= 0 {
		s, fraction = s[:point], s[point+1:]
	}
	if strings.Trim(fraction, "0123456789") != "" {
		return "", false
	}
	groups := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsDigit(r) })
	seps := strings.Trim(s, "0123456789")
	if len(groups) > 1 {
		separators := strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) {
				return -1
			}
			return r
		}, s)
		if len(separators) != len(groups)-1 || strings.Trim(separators, separators[:1]) != "" || len(groups[0]) > 3 {
			return "", false
		}
		for i, g := range groups[1:] {
			// Indians write lakhs: 12,34,567.
			if len(g) != 3 && !(len(g) == 2 && i < len(groups)-2 && separators[0] == ',') {
				return "", false
			}
		}
	} else if seps != "" {
		return "", false
	}
	n := strings.Join(groups, "")
	if fraction != "" {
		n += "." + fraction
	}
	return n, true
}

// unit reports whether s is a unit of measurement, and by how many powers of ten
// it makes the number before it larger.
func unit(s string) (shift int, ok bool) {
	spaced := strings.HasPrefix(s, " ")
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "."))
	if s == "" {
		return 0, true
	}
	if len(s) > 24 || strings.ContainsAny(s, "0123456789,;:!?()[]{}\"'<>=+*|\\-~") {
		return 0, false
	}
	if r, _ := utf8.DecodeRuneInString(s); unicode.IsNumber(r) || strings.ContainsAny(s, "半多余餘几兆折成") || strings.Contains(s, "以上") || strings.Contains(s, "以下") {
		return 0, false
	}
	for _, m := range []struct {
		name  string
		shift int
	}{{"千万", 7}, {"百万", 6}, {"十万", 5}, {"万亿", 12}, {"万", 4}, {"萬", 4}, {"亿", 8}, {"億", 8}, {"千", 3}, {"百", 2}} {
		if rest, found := strings.CutPrefix(s, m.name); found {
			r, size := utf8.DecodeRuneInString(rest)
			switch { // 千克 and 百分点 are units
			case m.shift <= 3 && size == len(rest) && strings.ContainsRune("克米瓦卡帕赫升伏", r), m.name == "百" && r == '分', rest == "瓦时":
				return 0, true
			}
			return m.shift, true
		}
	}
	words := strings.Fields(s)
	if len(words) > 2 {
		return 0, false
	}
	for i, said := range words {
		said, _, _ = strings.Cut(strings.TrimRight(said, "."), "/")
		word := strings.ToLower(said)
		if i == 0 {
			word = strings.TrimFunc(word, func(r rune) bool { return unicode.Is(unicode.Sc, r) })
		}
		scale, scales := magnitudes[word]
		switch {
		case scales && i == 0:
			shift = scale
		case word == "k" && i == 0 && !spaced:
			shift = 3
		case scales, word == "k", slices.Contains(notUnits, word), said == "MM", said == "G":
			return 0, false
		}
	}
	return shift, true
}

// magnitudes are the powers of ten that words stand for.
var magnitudes = map[string]int{
	"thousand": 3, "thousands": 3,
	"lakh": 5, "lakhs": 5, "lac": 5, "crore": 7, "crores": 7,
	"million": 6, "millions": 6, "mio": 6, "mln": 6,
	"billion": 9, "billions": 9, "bn": 9, "bln": 9, "mrd": 9,
	"trillion": 12, "trillions": 12,
}

// notUnits are words that make another number of the one before them, or leave
// open which it is.
var notUnits = strings.Fields(`m mn b t tn mil mill keur meur kusd musd
	hundred hundreds dozen dozens ten tens half halves third thirds quarter quarters
	fifths tenth tenths hundredth hundredths thousandth thousandths am pm a.m p.m
	or to and of out plus minus less more below above over under short ago past
	before after not no vs times`)

// scaled returns the number n, which has no exponent, times ten to the shift.
func scaled(n string, shift int) string {
	if shift == 0 {
		return n
	}
	whole, fraction, _ := strings.Cut(n, ".")
	fraction += strings.Repeat("0", max(0, shift-len(fraction)))
	n = whole + fraction[:shift]
	if fraction = strings.TrimRight(fraction[shift:], "0"); fraction != "" {
		n += "." + fraction
	}
	return n
}

// isWhole reports whether n, a number of JSON, has no fraction.
func isWhole(n string) bool {
	_, ok := asWhole(n, true)
	return ok
}

// asWhole returns n without a fraction of zeros, if whole is set.
func asWhole(n string, whole bool) (string, bool) {
	if !whole {
		return n, true
	}
	if e := strings.IndexAny(n, "eE"); e >= 0 {
		shift, err := strconv.Atoi(n[e+1:])
		if err != nil || shift < 0 || shift > 20 {
			return n, false
		}
		n = scaled(n[:e], shift)
	}
	i, fraction, _ := strings.Cut(n, ".")
	return i, strings.Trim(fraction, "0") == ""
}
