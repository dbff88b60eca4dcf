// Package calc is a tool for arithmetic that a model can rely on: exact, without
// eval, and over at once whatever it is asked.
//
//	set := tools.Set{calc.Tool()}
//	n, err := calc.Eval(ctx, "0.1 + 0.2")           // 0.3
//	n, err = calc.Eval(ctx, "2^100")                // 1267650600228229401496703205376
//	n, err = calc.Eval(ctx, "1/3 + 1/4")            // 7/12 ≈ 0.58333333333333333333
//	n, err = calc.Eval(ctx, "sqrt(2)")              // ≈ 1.4142135623730950488
//	n, err = calc.Eval(ctx, "1000 * (1 + 5%)^10")   // 1628.89462677744140625
//
// Numbers are fractions of integers of any size, so that there is no rounding but
// where somebody asks for it. What has no exact value, as sqrt(2) has not, is kept
// between two bounds through all that is done with it; a digit is shown only if the
// bounds agree on it. Such a result begins with ≈.
//
// # Expressions
//
// Operators, from what binds most loosely to what binds most tightly:
//
//   - a + b and a - b
//   - a * b and a / b; a // b, divided and rounded down; a % b, modulo, also a mod b; and
//     of, which is * after a part, as in 1/3 of 90
//   - -a and +a, so that -2^2 is -4
//   - a^b, also a**b, which go to the right: 2^3^2 is 2^9
//   - a!, the factorial; a%, a percentage; a² and other superscripts
//
// There are × ÷ − · √ π too, and full-width forms as in （１＋２）. Names may be in upper
// or lower case. Nothing is multiplied without a sign for it: 2(3) is an error.
//
// Functions and constants:
//
//   - abs, sqrt, cbrt, root(x, n), pow(x, y), exp, ln, log2, log10, log(x, base)
//   - floor, ceil, trunc, round(x), round(x, digits)
//   - min, max, sum, avg, median, of any number of arguments
//   - mod(a, b), gcd, lcm, factorial(n), comb(n, k), perm(n, k)
//   - pi, e
//
// round takes halves away from zero, and digits may be negative. mod has the sign of the
// divisor, as in Python and in spreadsheets. log without a base is an error, as it is
// ln to some and log10 to others. 0^0 is 1. Roots and powers are real: (-8)^(1/3) is an
// error, and cbrt(-8) is -2. There are no angles: radians and degrees are too easily
// mistaken for each other.
//
// # Percent
//
// 15% is 0.15, and 15% of 80 is 12. Added to or taken from something, a percentage is of
// that, as on a pocket calculator: 80 + 15% is 92, and 80 - 15% is 68. In brackets it is
// a plain number: 80 + (15%) is 80.15. Where people differ, it is an error that names
// the choices: 10% + 5%, and 100 + 10% + 5%. Before an operand, % is modulo, as in 17 % 5;
// "15% 80" might be either and is an error.
//
// # Commas
//
// 1,234.50 and 1_234.50 are the same number. 1,23 and 1.234,5 are errors, as the comma
// may be meant as a decimal point, and so is 0,123. Among the arguments of a function commas
// part arguments, whether a space follows or not: max(100,200) is 200. In abs(1,234), which
// has one argument, the comma can only group, and in round(1,234) it may do either, which is
// an error, as are commas of both kinds in max(1,234, 5), and one before a zero in
// sum(1,000,2,000), as nobody writes 000 for 0. Semicolons part arguments too, and
// then commas group: max(1,234; 5).
//
// # Limits
//
// A text has at most 10,000 bytes, a number 32,768 bits (9,864 digits), brackets nest 100
// deep, and all operations together may take a fixed amount of work, of a few
// milliseconds. It is counted before it is done: 9^9^9 is refused at once.
package calc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hadal-go/hadal/tools"
)

// What an expression may have.
const (
	maxText  = 10_000  // bytes
	maxLines = 50      // expressions in a call of the tool
	maxDepth = 100     // brackets and signs in one another
	maxBits  = 32_768  // of a numerator or a denominator
	maxWork  = 1 << 20 // steps of a few ns each
)

const description = `Computes exactly, with integers, decimals and fractions of any size. Several expressions, ` +
	`one a line or parted by semicolons, are answered line by line. ` +
	`Operators: + - * / // (divided, rounded down) % (modulo) ^ ! and brackets. Percent: 15% of 80, 80 + 15% (is 92). ` +
	`Functions: abs sqrt cbrt root(x,n) pow exp ln log2 log10 log(x,base) floor ceil trunc round(x,digits) ` +
	`min max sum avg median mod gcd lcm factorial comb(n,k) perm(n,k). Constants: pi e. ` +
	`No variables, units, comparisons or separators of thousands. A result with ≈ is rounded.`

// Input is what the tool is given.
type Input struct {
	// Expression is one expression, or several, each on a line of its own or parted by
	// semicolons outside of brackets.
	Expression string `json:"expression" jsonschema_description:"as in 1234.50 * (1 + 19%), or round(100/7, 2); sqrt(2)"`
}

// Tool returns a tool named calc that does [Calculate]. It reads nothing but its
// arguments and changes nothing, and says so in its [tools.Policy].
func Tool() tools.Tool {
	return tools.With(tools.New("calc", description, Calculate), tools.Policy{Effect: tools.Reads})
}

// Calculate evaluates what is in in and returns the value, as [Number.String] has it.
// Of several expressions it returns one line each: the expression with its value, or
// with what is wrong with it. There is an error if none has a value. It is safe for
// concurrent use, and ends so soon that it looks at ctx but once.
func Calculate(ctx context.Context, in Input) (string, error) {
	if len(in.Expression) > maxText {
		return "", tooLong(in.Expression)
	}
	list := split(in.Expression)
	if len(list) == 1 {
		n, err := Eval(ctx, list[0])
		if err != nil {
			return "", err
		}
		return n.String(), nil
	}
	if len(list) > maxLines {
		return "", fmt.Errorf("%d expressions: at most %d at once", len(list), maxLines)
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	var lines []string
	work, good := maxWork, false
	for _, expr := range list {
		n, err := eval(expr, &work)
		if err != nil {
			lines = append(lines, short(expr)+": "+err.Error())
			continue
		}
		good = true
		value := n.String()
		if !strings.HasPrefix(value, "≈") {
			value = "= " + value
		}
		lines = append(lines, short(expr)+" "+value)
	}
	text := strings.Join(lines, "\n")
	if !good {
		return "", errors.New(text)
	}
	return text, nil
}

// Eval returns the value of one expression. The error is an [*Error], or that of ctx.
// Line breaks count as spaces. It is safe for concurrent use.
func Eval(ctx context.Context, expr string) (Number, error) {
	if err := ctx.Err(); err != nil {
		return Number{}, err
	}
	if len(expr) > maxText {
		return Number{}, tooLong(expr)
	}
	work := maxWork
	return eval(expr, &work)
}

func tooLong(text string) error {
	return &Error{1, fmt.Sprintf("the text has %d bytes, and %d are the most: split it", len(text), maxText)}
}

// An Error says what is wrong with an expression, and what to do.
type Error struct {
	Column  int    // where, counted in characters from 1
	Problem string // in words for whoever wrote the expression, a model for one
}

// Error returns the problem with its place.
func (e *Error) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Problem) }

// split returns the expressions of text, at least one.
func split(text string) []string {
	var list []string
	depth, start := 0, 0
	part := func(end int) {
		if expr := strings.TrimSpace(text[start:end]); expr != "" {
			list = append(list, expr)
		}
	}
	for i, r := range text {
		switch c := plain(r); {
		case c == '(':
			depth++
		case c == ')':
			depth = max(0, depth-1)
		case depth == 0 && (c == ';' || r == '\n'):
			part(i)
			start = i + utf8.RuneLen(r)
		}
	}
	part(len(text))
	if list == nil {
		return []string{""}
	}
	return list
}

// short returns an expression as it stands before its value.
func short(expr string) string {
	const most = 80
	expr = strings.Join(strings.Fields(expr), " ")
	if n := utf8.RuneCountInString(expr); n > most {
		expr = string([]rune(expr)[:most]) + "…"
	}
	return expr
}
