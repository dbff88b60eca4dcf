package calc

import (
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// plain returns what r stands for: operators and brackets in ASCII, one kind of space.
func plain(r rune) rune {
	switch r {
	case '×', '·', '⋅', '∙', '∗', '✕', '✖':
		return '*'
	case '÷', '∕', '⁄':
		return '/'
	case '−', '–', '﹣', '➖':
		return '-'
	case '，', '、', '；': // these never group digits
		return ';'
	case 0: // which stands for the end
		return unicode.ReplacementChar
	}
	if '！' <= r && r <= '～' { // full width
		r -= '！' - '!'
	}
	if unicode.IsSpace(r) {
		return ' '
	}
	return r
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// superscript returns the digit that r is, or -1.
func superscript(r rune) int {
	switch r {
	case '⁰':
		return 0
	case '¹':
		return 1
	case '²', '³':
		return int(r-'²') + 2
	case '⁴', '⁵', '⁶', '⁷', '⁸', '⁹':
		return int(r-'⁴') + 4
	}
	return -1
}

// power raises n to the superscript that begins at a place.
func (p *parser) power(at int, n Number) Number {
	p.pos = at
	sign := int64(1)
	if p.text[at] == '⁻' {
		sign = -1
		p.pos++
	}
	exp, start := int64(0), p.pos
	for d := superscript(p.at(p.pos)); d >= 0; d = superscript(p.at(p.pos)) {
		if exp = exp*10 + int64(d); exp > maxBits {
			p.tooBig()
		}
		p.pos++
	}
	if p.pos == start {
		p.fail("digits are missing after ⁻")
	}
	if next := p.peek(); next == '^' || next == '*' && p.at(p.pos+1) == '*' {
		p.fail("two powers in a row: use brackets")
	}
	return p.intPow(n, big.NewInt(sign*exp))
}

// A commaRole says what a comma does between digits.
type commaRole int

const (
	commaGroups commaRole = iota // 1,234 is a number
	commaParts                   // 1,234 is two arguments
)

// commas returns what commas do among the arguments of a function whose bracket is next,
// and fails if that cannot be told.
func (p *parser) commas(word string, f function) commaRole {
	if f.most == 1 || p.semicolons(p.pos) {
		return commaGroups
	}
	doubtful, clear := -1, false // clear: another comma parts arguments, or this one groups
	for i := range p.level(p.pos) {
		if p.text[i] != ',' {
			continue
		}
		if p.groups(i) {
			doubtful = i
			clear = clear || p.at(i+1) == '0'
		} else if p.at(i+1) == ' ' {
			clear = true
		}
	}
	if doubtful >= 0 && (clear || f.least == 1 && f.most == 2) {
		p.failAt(doubtful, "this comma may group digits or part arguments of %s: write numbers without commas, or part arguments by semicolons", word)
	}
	return commaParts
}

// groups reports whether the comma at i may group digits: up to three before it, and just
// three after it.
func (p *parser) groups(i int) bool {
	before, after := 0, 0
	for isDigit(p.at(i - before - 1)) {
		before++
	}
	for isDigit(p.at(i + after + 1)) {
		after++
	}
	return 1 <= before && before <= 3 && after == 3 && p.at(i-before-1) != '.'
}

// semicolons reports whether semicolons part what is in the bracket at open.
func (p *parser) semicolons(open int) bool {
	for i := range p.level(open) {
		if p.text[i] == ';' {
			return true
		}
	}
	return false
}

// level ranges over the places in the bracket at open that are in no bracket inside.
func (p *parser) level(open int) func(yield func(int) bool) {
	p.spend(16)
	return func(yield func(int) bool) {
		depth := 1
		for i := open + 1; i < len(p.text); i++ {
			switch p.text[i] {
			case '(':
				depth++
			case ')':
				if depth--; depth == 0 {
					p.spend(i - open)
					return
				}
			default:
				if depth == 1 && !yield(i) {
					return
				}
			}
		}
		p.spend(len(p.text) - open)
	}
}

// literal reads a number.
func (p *parser) literal() Number {
	start := p.pos
	p.column = start + 1
	if c := p.at(start + 1); p.text[start] == '0' && (c == 'x' || c == 'X' || c == 'b' || c == 'B') {
		p.fail("numbers are decimal here: write 255 for 0xff")
	}
	var digits strings.Builder
	whole := p.digits(&digits)
	if p.comma == commaGroups && whole > 0 {
		p.grouped(start, &digits)
	}
	places := 0
	if p.at(p.pos) == '.' {
		p.pos++
		places = p.digits(&digits)
		if c := p.at(p.pos); c == '.' || c == ',' && p.comma == commaGroups && isDigit(p.at(p.pos+1)) {
			p.fail("it is not clear what is the decimal point in this number: write it as in 1234.56")
		}
	}
	if digits.Len() == 0 {
		p.fail("digits are missing")
	}
	exp := p.exponent() - places
	size := digits.Len()
	p.spend(64 + size*size/100)
	mantissa, _ := new(big.Int).SetString(digits.String(), 10)
	if bits := exp * 332 / 100; mantissa.Sign() != 0 && max(bits, -bits) > maxBits {
		p.tooBig()
	}
	if exp == 0 || mantissa.Sign() == 0 {
		return p.number(integer(mantissa))
	}
	w := (size + max(exp, -exp)) / 19
	p.spend(w * w)
	if exp > 0 {
		return p.number(integer(mantissa.Mul(mantissa, ten(exp))))
	}
	return p.number(new(big.Rat).SetFrac(mantissa, ten(-exp)))
}

// digits reads digits, which may be parted by single underscores, and returns how many.
func (p *parser) digits(b *strings.Builder) int {
	n := 0
	for {
		c := p.at(p.pos)
		switch {
		case isDigit(c):
			b.WriteRune(c)
			n++
		case c == '_' && isDigit(p.at(p.pos-1)) && isDigit(p.at(p.pos+1)):
		default:
			return n
		}
		p.pos++
	}
}

// grouped reads groups of three digits, each after a comma.
func (p *parser) grouped(start int, b *strings.Builder) {
	for first := true; p.at(p.pos) == ',' && isDigit(p.at(p.pos+1)); first = false {
		comma := p.pos
		bad := first && (p.pos-start > 3 || p.text[start] == '0')
		p.pos++
		if n := p.digits(b); bad || n != 3 || p.pos-comma != 4 {
			p.failAt(comma, "this comma is ambiguous: write 1.23 if it is the decimal point, and 123 if it groups digits; between numbers, write a semicolon")
		}
	}
}

// exponent reads e and an integer, if they are there.
func (p *parser) exponent() int {
	if c := p.at(p.pos); c != 'e' && c != 'E' {
		return 0
	}
	end := p.pos + 1
	if c := p.at(end); c == '+' || c == '-' {
		end++
	}
	if !isDigit(p.at(end)) {
		return 0
	}
	for isDigit(p.at(end)) {
		end++
	}
	n, err := strconv.Atoi(string(p.text[p.pos+1 : end]))
	if err != nil || n > maxBits || n < -maxBits {
		p.tooBig()
	}
	p.pos = end
	return n
}

// unexpected fails at what is next, with what to do about it.
func (p *parser) unexpected() {
	at, c := p.pos, p.peek()
	shown := ""
	if p.pos < len(p.raw) {
		at, shown = p.pos, strconv.Quote(string(p.raw[p.pos]))
	}
	switch {
	case c == '=':
		p.failAt(at, "leave out =: the value is what the answer is, and there are no variables")
	case c == '<' || c == '>' || c == '!' && p.at(p.pos+1) == '=' || c == '≤' || c == '≥' || c == '≠':
		p.failAt(at, "%s is not known: to compare numbers, subtract them, or take min or max", shown)
	case c == ')':
		p.failAt(at, "this bracket closes none, or a number is missing before it")
	case c == ',':
		p.failAt(at, "a comma outside of the arguments of a function: between expressions, write a semicolon")
	case c == ';':
		p.failAt(at, "this is more than one expression, or a number is missing")
	case strings.ContainsRune("[]{}", c):
		p.failAt(at, "write ( and ) for brackets")
	case strings.ContainsRune("*/^%!", c) || superscript(c) >= 0:
		p.failAt(at, "a number is missing before %s", shown)
	case unicode.Is(unicode.Sc, c):
		p.failAt(at, "leave out %s: there are no currencies here", shown)
	case isDigit(c) || c == '.' || c == '(' || c == '√':
		p.failAt(at, "an operator is missing before %s: write * to multiply, and numbers without spaces", shown)
	case unicode.IsLetter(c):
		p.failAt(at, "an operator is missing before %s: write * to multiply, and leave out units", strconv.Quote(cut(p.word())))
	}
	p.failAt(at, "%s is not known here", shown)
}

// unknown fails at a name that is none.
func (p *parser) unknown(at int, word string) {
	switch strings.TrimPrefix(word, "a") {
	case "sin", "cos", "tan", "rcsin", "rccos", "rctan", "tan2", "sinh", "cosh", "tanh":
		p.failAt(at, "there is no %s, and no other function of angles", word)
	}
	p.failAt(at, "%q is not known: there are abs sqrt cbrt root pow exp ln log2 log10 log floor ceil trunc round "+
		"min max sum avg median mod gcd lcm factorial comb perm, pi and e, no variables and no units", cut(word))
}

// cut returns the beginning of a long word, for an error.
func cut(word string) string {
	const most = 20
	if r := []rune(word); len(r) > most {
		return string(r[:most]) + "…"
	}
	return word
}
