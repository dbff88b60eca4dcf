package calc

import (
	"strings"
	"unicode"
)

// How tightly operators bind.
const (
	bindSum = iota + 1
	bindProduct
	bindSign
	bindPower
	bindPostfix
)

// A kind says what an operand is made of, as far as percentages ask.
type kind int

const (
	value kind = iota
	percentage
	percentSum // a percentage was added to something or taken from it
)

// A parser evaluates an expression while it reads it.
type parser struct {
	machine
	text  []rune // as plain has them
	raw   []rune
	pos   int
	depth int
	comma commaRole
}

// eval returns the value of expr, and takes what it spends from work.
func eval(expr string, work *int) (n Number, err error) {
	p := &parser{raw: []rune(expr)}
	p.work = *work
	p.text = make([]rune, len(p.raw))
	for i, r := range p.raw {
		p.text[i] = plain(r)
	}
	defer func() {
		*work = p.work
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			n, err = Number{}, e
		}
	}()
	n, _ = p.parse(bindSum)
	if p.peek() != 0 {
		p.unexpected()
	}
	p.column = 1
	p.spend(showing(n))
	return n, nil
}

// showing returns what it takes to write n.
func showing(n Number) int {
	w := words(n.exact())
	if !n.Exact() {
		exp := n.hi.MantExp(nil)
		w = max(exp, -exp)/64 + 6
	}
	return w * w / 2
}

// failAt fails at a place in the text.
func (p *parser) failAt(pos int, format string, args ...any) {
	p.column = pos + 1
	p.fail(format, args...)
}

// peek returns the next rune that is no space, or 0 at the end.
func (p *parser) peek() rune {
	for p.pos < len(p.text) && p.text[p.pos] == ' ' {
		p.pos++
	}
	return p.at(p.pos)
}

// at returns the rune at i, or 0 if there is none.
func (p *parser) at(i int) rune {
	if i < 0 || i >= len(p.text) {
		return 0
	}
	return p.text[i]
}

// parse reads an operand and all operators after it that bind at least as tightly as bind.
func (p *parser) parse(bind int) (Number, kind) {
	p.depth++
	if p.depth > maxDepth {
		p.failAt(p.pos, "brackets, signs and powers nest more than %d deep", maxDepth)
	}
	defer func() { p.depth-- }()
	n, k := p.operand()
	for {
		op, size, tight := p.operator()
		if size == 0 || tight < bind {
			return n, k
		}
		at := p.pos
		p.pos += size
		n, k = p.apply(op, tight, at, n, k)
	}
}

// operator returns the operator that is next and how tightly it binds; size is 0 if there
// is none.
func (p *parser) operator() (op string, size, bind int) {
	switch c := p.peek(); {
	case c == '+' || c == '-':
		return string(c), 1, bindSum
	case (c == '*' || c == '/') && p.at(p.pos+1) == c:
		if c == '*' {
			return "^", 2, bindPower
		}
		return "//", 2, bindProduct
	case c == '*' || c == '/':
		return string(c), 1, bindProduct
	case c == '^':
		return "^", 1, bindPower
	case c == '!' && p.at(p.pos+1) == '=':
		p.unexpected()
	case c == '!':
		return "!", 1, bindPostfix
	case superscript(c) >= 0 || c == '⁻':
		return "²", 1, bindPostfix
	case c == '%' && p.isModulo():
		return "mod", 1, bindProduct
	case c == '%':
		return "%", 1, bindPostfix
	case unicode.IsLetter(c):
		switch word := strings.ToLower(p.word()); word {
		case "mod":
			return word, 3, bindProduct
		case "of":
			return "*", 2, bindProduct
		}
	}
	return "", 0, 0
}

// isModulo reports whether the % that is next stands between operands, and fails where
// that cannot be told.
func (p *parser) isModulo() bool {
	at, spaced := p.pos, p.at(p.pos-1) == ' '
	defer func() { p.pos = at }()
	p.pos++
	gap := p.at(p.pos) == ' '
	c := p.peek()
	switch {
	case (c == '-' || c == '+') && spaced && p.at(p.pos+1) != ' ':
		p.failAt(at, `%% may be a percentage or modulo here: write (17%%) - 5, or mod(17, -5)`)
	case unicode.IsLetter(c):
		if word := strings.ToLower(p.word()); word == "of" || word == "mod" {
			return false
		}
	case c != '(' && c != '.' && c != '√' && !isDigit(c):
		return false
	}
	if gap && !spaced {
		p.failAt(at, `%% may be a percentage or modulo here: write 15%% of 80, or mod(15, 80)`)
	}
	return true
}

// apply returns the value of an operator that stood at a place, with n on its left.
func (p *parser) apply(op string, bind, at int, n Number, k kind) (Number, kind) {
	p.column = at + 1
	switch op {
	case "!":
		if p.peek() == '!' && p.at(p.pos+1) != '=' {
			p.fail("!! may be a double factorial: write (5!)! or the product that is meant")
		}
		return p.factorial(n), value
	case "%":
		if k == percentage {
			p.twice()
		}
		return p.quo(n, whole(100)), percentage
	case "²":
		return p.power(at, n), value
	case "^":
		b, _ := p.parse(bindPower)
		p.column = at + 1
		return p.pow(n, b), value
	}
	if op == "mod" && p.at(at-1) == '%' {
		p.twice()
	}
	b, kb := p.parse(bind + 1)
	p.column = at + 1
	switch op {
	case "*":
		return p.mul(n, b), value
	case "/":
		return p.quo(n, b), value
	case "//":
		return p.floorQuo(n, b), value
	case "mod":
		return p.mod(n, b), value
	}
	if kb == percentage {
		switch k {
		case percentage:
			p.fail("a percentage %s a percentage may mean two things: write (10%%) %s (5%%) for plain numbers, or (1 %s 5%%) * 10%%", sumWord(op), op, op)
		case percentSum:
			p.fail("two percentages may be of the same number, or one after the other: write 100 * (1 + (10%%) + (5%%)), or (100 + 10%%) + 5%%")
		}
		b, k = p.mul(n, b), percentSum
	} else if k == percentage {
		k = value
	}
	if op == "-" {
		return p.sub(n, b), k
	}
	return p.add(n, b), k
}

func (p *parser) twice() { p.fail("%% twice: divide by 100 yourself if that is meant") }

func sumWord(op string) string {
	if op == "-" {
		return "less"
	}
	return "plus"
}

// operand reads a number, a name, something in brackets, or one of these with a sign.
func (p *parser) operand() (Number, kind) {
	switch c := p.peek(); {
	case isDigit(c) || c == '.':
		return p.literal(), value
	case c == '(':
		return p.group(), value
	case c == '-' || c == '+':
		p.pos++
		n, k := p.parse(bindSign)
		if c == '-' {
			n = negate(n)
		}
		return n, k
	case c == '√':
		at := p.pos
		p.pos++
		p.depth++
		if p.depth > maxDepth {
			p.failAt(at, "roots nest more than %d deep", maxDepth)
		}
		n, _ := p.operand()
		p.depth--
		p.column = at + 1
		f, _ := functionOf("sqrt")
		return f.call(&p.machine, []Number{n}), value
	case unicode.IsLetter(c):
		return p.name(), value
	case c == 0:
		p.failAt(p.pos, "a number is missing at the end")
	}
	p.unexpected()
	return Number{}, value
}

// group reads what is in brackets.
func (p *parser) group() Number {
	open, comma := p.pos, p.comma
	p.comma = commaGroups
	p.pos++
	n, _ := p.parse(bindSum)
	p.close(open)
	p.comma = comma
	return n
}

func (p *parser) close(open int) {
	switch p.peek() {
	case ')':
		p.pos++
	case 0:
		p.failAt(open, "this bracket is never closed")
	default:
		p.unexpected()
	}
}

// name reads a constant, or a function with its arguments.
func (p *parser) name() Number {
	at, word := p.pos, strings.ToLower(p.word())
	p.column = at + 1
	p.pos += len([]rune(word))
	switch word {
	case "pi", "π":
		return pi()
	case "e":
		return p.exp(whole(1))
	}
	f, ok := functionOf(word)
	if !ok {
		p.unknown(at, word)
	}
	if p.peek() != '(' {
		p.failAt(at, "%s takes arguments in brackets, as in %s(2)", word, word)
	}
	args := p.args(word, f)
	p.column = at + 1
	if n := len(args); n < f.least || f.most > 0 && n > f.most {
		p.fail("%s takes %s, and there are %d", word, f.arity(), n)
	}
	p.spend(64)
	return f.call(&p.machine, args)
}

func (f function) arity() string {
	switch {
	case f.least == 1 && f.most == 1:
		return "one argument"
	case f.least == f.most:
		return "two arguments"
	case f.most == 0:
		return "one argument or more"
	}
	return "one argument or two"
}

// args reads arguments in brackets.
func (p *parser) args(word string, f function) []Number {
	open, comma := p.pos, p.comma
	role, semicolons := p.commas(word, f), p.semicolons(p.pos)
	p.pos++
	var args []Number
	if p.peek() == ')' {
		p.pos++
		return nil
	}
	for {
		p.comma = role
		n, _ := p.parse(bindSum)
		args = append(args, n)
		if c := p.peek(); c != ';' && (c != ',' || semicolons) {
			break
		}
		p.pos++
	}
	p.comma = comma
	p.close(open)
	return args
}

// word returns the letters and digits that are next.
func (p *parser) word() string {
	end := p.pos
	for end < len(p.text) && (unicode.IsLetter(p.text[end]) || end > p.pos && isDigit(p.text[end])) {
		end++
	}
	return string(p.text[p.pos:end])
}
