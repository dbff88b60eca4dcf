package calc

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// evaluated returns the value of expr, or its error, as text.
func evaluated(t *testing.T, expr string) string {
	t.Helper()
	n, err := Eval(t.Context(), expr)
	if err == nil {
		return n.String()
	}
	if _, ok := errors.AsType[*Error](err); !ok {
		t.Errorf("%s: the error is a %T", expr, err)
	}
	return err.Error()
}

func TestEval(t *testing.T) {
	for _, tt := range []struct{ expr, want string }{
		{"1", "1"}, {"007", "7"}, {"-5", "-5"}, {"+5", "5"}, {".5", "0.5"}, {"5.", "5"}, {"0", "0"}, {"-0", "0"},
		{"0.1 + 0.2", "0.3"}, {"0.1 + 0.2 - 0.3", "0"}, {"9.11 - 9.9", "-0.79"},
		{"1e3", "1000"}, {"1.5E-3", "0.0015"}, {"2e+2", "200"}, {"12345678901234567890 * 10", "123456789012345678900"},
		// precedence
		{"1 + 2 * 3", "7"}, {"(1 + 2) * 3", "9"}, {"10 - 4 - 3", "3"}, {"100 / 10 / 5", "2"}, {"2^3^2", "512"}, {"(2^3)^2", "64"},
		{"-2^2", "-4"}, {"(-2)^2", "4"}, {"2^-3", "0.125"}, {"2^-1*4", "2"}, {"2 - -3", "5"}, {"2 + -3", "-1"}, {"--5", "5"}, {"- + - 5", "5"},
		{"2 * -3", "-6"}, {"-3!", "-6"}, {"2^3!", "64"}, {"3!^2", "36"}, {"(3!)!", "720"}, {"2**10", "1024"}, {"7 // 2", "3"}, {"-7 // 2", "-4"},
		{"7 // 0.3", "23"}, {"2 * 7 // 4 * 2", "6"},
		// modulo
		{"17 % 5", "2"}, {"17%5", "2"}, {"17 %5", "2"}, {"17 mod 5", "2"}, {"17 MOD 5", "2"}, {"-7 % 3", "2"}, {"mod(7, -3)", "-2"}, {"mod(-7, -3)", "-1"},
		{"5.5 mod 2", "1.5"}, {"2^17 % 5", "2"}, {"10 % (3)", "1"}, {"20 % sqrt(9)", "2"},
		// powers and roots
		{"0^0", "1"}, {"0^5", "0"}, {"(1/2)^3", "0.125"}, {"(2/3)^-2", "2.25"}, {"1^(10^30)", "1"}, {"(-1)^(10^30+1)", "-1"}, {"0^(10^30)", "0"},
		{"4^0.5", "2"}, {"8^(1/3)", "2"}, {"8^(-2/3)", "0.25"}, {"(4/9)^1.5", "8/27 ≈ 0.29629629629629629630"}, {"0^0.5", "0"}, {"4^50%", "2"},
		{"sqrt(16)", "4"}, {"sqrt(2.25)", "1.5"}, {"√16 + 1", "5"}, {"√(9+16)", "5"}, {"√9!", "6"}, {"√√16", "2"}, {"cbrt(-27)", "-3"}, {"root(-32, 5)", "-2"}, {"root(7, 1)", "7"},
		{"root(2^3000, 3000)", "2"}, {"sqrt(10^400)", "1" + strings.Repeat("0", 200)}, {"sqrt(0)", "0"},
		{"sqrt(2)", "≈ 1.4142135623730950488"}, {"2^0.5", "≈ 1.4142135623730950488"}, {"sqrt(2)^2", "≈ 2.0000000000000000000"},
		{"sqrt(2) * 0", "0"}, {"0 / sqrt(2)", "0"}, {"1 / sqrt(2)", "≈ 0.70710678118654752440"}, {"-sqrt(3)", "≈ -1.7320508075688772935"}, {"abs(-sqrt(3))", "≈ 1.7320508075688772935"},
		{"sqrt(2) - 1.4142135623730950488", "≈ 1.6887242096980785697e-21"}, {"(150/100)^(1/5) - 1", "≈ 0.084471771197698613746"}, {"sqrt(2)^-2", "≈ 0.50000000000000000000"},
		{"sqrt(2)^0", "1"}, {"sqrt(10)^1000", "≈ 1.0000000000000000000e500"},
		{"pi", "≈ 3.1415926535897932385"}, {"π * 2²", "≈ 12.566370614359172954"}, {"e", "≈ 2.7182818284590452354"}, {"E^2", "≈ 7.3890560989306502272"},
		{"exp(0)", "1"}, {"exp(1) - e", "≈ 0 (nearer to it than 1e-55)"}, {"ln(1)", "0"}, {"ln(2)", "≈ 0.69314718055994530942"}, {"ln(0.5)", "≈ -0.69314718055994530942"},
		{"ln(e)", "≈ 1.0000000000000000000"}, {"exp(-1.5)", "≈ 0.22313016014842982893"}, {"ln(10)", "≈ 2.3025850929940456840"}, {"exp(700)", "≈ 1.0142320547350045095e304"},
		{"log10(1000)", "3"}, {"log10(0.001)", "-3"}, {"log2(2^200)", "200"}, {"log(81, 3)", "4"}, {"log(2/3, 3/2)", "-1"}, {"log10(2)", "≈ 0.30102999566398119521"}, {"log(8, 4)", "≈ 1.5000000000000000000"},
		{"ln(2)/ln(1.07)", "≈ 10.244768351058720360"}, {"5000 * log10(7)", "≈ 4225.4902000712841536"},
		{"abs(sqrt(2) - 2^0.5)", "≈ 0 (nearer to it than 1e-55)"}, {"abs(sqrt(2) - 1)", "≈ 0.41421356237309504880"}, {"min(sqrt(2)^2, 2)", "≈ 2.0000000000000000000"}, {"max(2, sqrt(2)^2)", "≈ 2.0000000000000000000"},
		{"log(sqrt(2), 2)", "≈ 0.50000000000000000000"}, {"2^(1/20000)", "≈ 1.0000346579596012027"}, {"(8/3)^(1/3)", "≈ 1.3867225487012694097"}, {"root(10^300, 3)", "≈ 1.0000000000000000000e100"}, {"0e99", "0"},
		// functions
		{"abs(-3)", "3"}, {"ABS(3)", "3"}, {"max(3, 9, 2)", "9"}, {"min(3, -9, 2)", "-9"}, {"max(sqrt(2), 1.42)", "1.42"}, {"min(sqrt(2), 1.42)", "≈ 1.4142135623730950488"}, {"min(sqrt(2), 2^0.5)", "≈ 1.4142135623730950488"},
		{"sum(1, 2, 3.5)", "6.5"}, {"avg(1, 2)", "1.5"}, {"mean(1, 2, 4)", "7/3 ≈ 2.3333333333333333333"}, {"median(5, 1, 3)", "3"}, {"median(4, 1, 3, 2)", "2.5"}, {"median(pi, e, 3)", "3"}, {"sum(7)", "7"},
		{"floor(2.7)", "2"}, {"floor(-2.1)", "-3"}, {"ceil(2.1)", "3"}, {"ceil(-2.7)", "-2"}, {"trunc(-2.7)", "-2"}, {"floor(sqrt(2) * 100)", "141"}, {"ceil(pi)", "4"}, {"floor(-pi)", "-4"}, {"floor(7)", "7"},
		{"round(2.5)", "3"}, {"round(-2.5)", "-3"}, {"round(2.4)", "2"}, {"round(1.005, 2)", "1.01"}, {"round(1/3, 4)", "0.3333"}, {"round(1234, -2)", "1200"}, {"round(1250, -2)", "1300"}, {"round(-1250, -2)", "-1300"}, {"round(2, 2)", "2"},
		{"round(pi, 5)", "3.14159"}, {"round(sqrt(2), 30)", "1.41421356237309504880168872421"}, {"round(5, -2)", "0"},
		{"gcd(12, 18)", "6"}, {"gcd(12, 18, 8)", "2"}, {"gcd(0, 0)", "0"}, {"lcm(0, 0)", "0"}, {"gcd(-12, 18)", "6"}, {"lcm(4, 6)", "12"}, {"lcm(4, 6, 10)", "60"}, {"lcm(0, 6)", "0"}, {"lcm(-4, 6)", "12"},
		{"20!", "2432902008176640000"}, {"0!", "1"}, {"factorial(5)", "120"}, {"comb(5, 2)", "10"}, {"choose(52, 5)", "2598960"}, {"comb(5, 6)", "0"}, {"comb(5, 0)", "1"}, {"perm(5, 2)", "20"}, {"perm(5, 0)", "1"}, {"perm(2, 3)", "0"},
		{"comb(9223372036854775807, 1)", "9223372036854775807"}, {"comb(9223372036854775807, 0)", "1"}, {"perm(10^15, 2)", "999999999999999000000000000000"},
		// how people and models write
		{"2 × 3 ÷ 4", "1.5"}, {"5 − 3", "2"}, {"5 – 3", "2"}, {"2 · 3", "6"}, {"3²", "9"}, {"2¹⁰", "1024"}, {"2⁻²", "0.25"}, {"-2²", "-4"}, {"（１＋２）×３", "9"}, {"１２．５％　of　８０", "10"},
		{"max（1，2、3）", "3"}, {"1\u00a0+\u202f1", "2"}, {"1 +\n2", "3"}, {"1⁄2", "0.5"},
		// commas
		{"1,234.50", "1234.5"}, {"1,234,567", "1234567"}, {"12,345 + 1", "12346"}, {"1_000_000", "1000000"}, {"1_0.5_0", "10.5"}, {"(1,234)", "1234"}, {"max((1,234), 5)", "1234"},
		{"max(100,200)", "200"}, {"sum(1,2,300)", "303"}, {"sum(120,450,300)", "870"}, {"abs(1,234)", "1234"}, {"sqrt(1,024)", "32"}, {"max(1,234; 5)", "1234"}, {"round(3.14159,2)", "3.14"}, {"round(1,234.567; 2)", "1234.57"}, {"round(2.555,100)", "2.555"},
		{"pow(2,100)", "1267650600228229401496703205376"}, {"mod(1000,300)", "100"}, {"max(1,5 , 2)", "5"}, {"max(min(1,2),3)", "3"},
		// percent
		{"15%", "0.15"}, {"15% of 80", "12"}, {"15 % of 80", "12"}, {"1/3 of 90", "30"}, {"80 + 15%", "92"}, {"80 - 15%", "68"}, {"80 + 15 %", "92"}, {"80 * 15%", "12"}, {"12 / 15%", "80"}, {"80 + (15%)", "80.15"}, {"80 + 15% of 80", "92"},
		{"200 + 15% of 80", "212"}, {"1000 * (1 + 5%)^10", "1628.89462677744140625"}, {"100 + 50 + 10%", "165"}, {"50 * 4 + 10%", "220"}, {"(100 + 10%) + 5%", "115.5"}, {"100 + 10% + 5", "115"}, {"-15%", "-0.15"}, {"80 + -15%", "68"},
		{"15% + 80", "80.15"}, {"(10%) + (5%)", "0.15"}, {"10% of 50% of 200", "10"}, {"100 * (1 + (10%) + (5%))", "115"}, {"19.99 * 3 + 8%", "64.7676"}, {"(17%) - 5", "-4.83"}, {"80 + 15 % - 3", "89"}, {"80+15%-3", "89"},
		// how values are shown
		{"1/3", "1/3 ≈ 0.33333333333333333333"}, {"-2/3", "-2/3 ≈ -0.66666666666666666667"}, {"1/8", "0.125"}, {"1/2^40", "0.0000000000009094947017729282379150390625"},
		{"1/2^41", "≈ 4.5474735088646411896e-13 (rounded: there are 41 decimal places)"}, {"1/3^50", "1/717897987691852588770249 ≈ 1.3929555690985383463e-24"}, {"1/3^100", "≈ 1.9403252174826328376e-48 (rounded)"},
		{"10^30/7", "1000000000000000000000000000000/7 ≈ 142857142857142857140000000000"}, {"10^32/7", "100000000000000000000000000000000/7 ≈ 1.4285714285714285714e31"}, {"10^1000", "≈ 1.0000000000000000000e1000 (rounded: the integer has 1001 digits)"}, {"10^999", "1" + strings.Repeat("0", 999)},
		{"99999999999999999999999/10^45 * 1", "≈ 1.0000000000000000000e-22 (rounded: there are 45 decimal places)"}, {"1000!", "≈ 4.0238726007709377354e2567 (rounded: the integer has 2568 digits)"},
		{"1 - 1/10^60", "≈ 1.0000000000000000000 (rounded: there are 60 decimal places)"},
	} {
		if got := evaluated(t, tt.expr); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.expr, got, tt.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct{ expr, want string }{
		{"", "column 1: a number is missing at the end"},
		{"1 +", "column 4: a number is missing at the end"},
		{"1 + * 2", `column 5: a number is missing before "*"`},
		{"1 2", `column 3: an operator is missing before "2"`},
		{"2(3)", `column 2: an operator is missing before "("`},
		{"5 kg", `column 3: an operator is missing before "kg": write * to multiply, and leave out units`},
		{"2pi", `column 2: an operator is missing before "pi"`},
		{"2e", `column 2: an operator is missing before "e"`},
		{"(1 + 2", "column 1: this bracket is never closed"},
		{"1 + 2)", "column 6: this bracket closes none"},
		{"()", "column 2: this bracket closes none, or a number is missing before it"},
		{"[1]", "column 1: write ( and )"},
		{"max(1, 2", "column 4: this bracket is never closed"},
		{"max(1,)", "column 7: this bracket closes none, or a number is missing"},
		{"max()", "column 1: max takes one argument or more, and there are 0"},
		{"abs(1, 2)", "column 1: abs takes one argument, and there are 2"},
		{"mod(1)", "column 1: mod takes two arguments, and there are 1"},
		{"round(1, 2, 3)", "column 1: round takes one argument or two, and there are 3"},
		{"sqrt 2", "column 1: sqrt takes arguments in brackets, as in sqrt(2)"},
		{"foo(2)", `column 1: "foo" is not known: there are abs`},
		{"__import__('os')", `column 1: "_" is not known here`},
		{"x + 1", `column 1: "x" is not known`},
		{"sin(30)", "column 1: there is no sin, and no other function of angles"},
		{"2 + 2 =", "column 7: leave out ="},
		{"=2+2", "column 1: leave out ="},
		{"3 > 2", `column 3: ">" is not known: to compare`},
		{"50%!=1", `column 4: "!" is not known`},
		{"3 != 2", `column 3: "!" is not known: to compare`},
		{"!3", `column 1: a number is missing before "!"`},
		{"$5", `column 1: leave out "$"`},
		{"5 + ￥3", `column 5: leave out "￥"`},
		{"1; 2", "column 2: this is more than one expression"},
		{"1, 2", "column 2: a comma outside of the arguments"},
		{"1\x00", `column 2: "\x00" is not known here`},
		{"\xff", `column 1: "�" is not known here`},
		{"0xff", "column 1: numbers are decimal here"},
		{"5!!", "column 2: !! may be a double factorial"},
		{"2³^2", "column 2: two powers in a row"},
		{"2⁻", "column 2: digits are missing after ⁻"},
		{"5%%", "column 3: % twice"},
		// commas and points
		{"1,23", "column 2: this comma is ambiguous: write 1.23 if"},
		{"0,123", "column 2: this comma is ambiguous"},
		{"1234,567", "column 5: this comma is ambiguous"},
		{"1,234,56", "column 6: this comma is ambiguous"},
		{"1,2345", "column 2: this comma is ambiguous"},
		{"1_000,000", "column 6: this comma is ambiguous"},
		{"1.234,50", "column 1: it is not clear what is the decimal point"},
		{"1.234.567", "column 1: it is not clear what is the decimal point"},
		{"1,234.5,6", "column 1: it is not clear what is the decimal point"},
		{"max(1,234, 5)", "column 6: this comma may group digits or part arguments of max"},
		{"round(1,234)", "column 8: this comma may group digits or part arguments of round"},
		{"max(1, 2; 3)", "column 6: a comma outside of the arguments"},
		{"1 000", `column 3: an operator is missing before "0": write * to multiply, and numbers without spaces`},
		{".", "column 1: digits are missing"},
		// percent
		{"10% + 5%", "column 5: a percentage plus a percentage may mean two things: write (10%) + (5%) for plain numbers, or (1 + 5%) * 10%"},
		{"10% - 5%", "column 5: a percentage less a percentage"},
		{"100 + 10% + 5%", "column 11: two percentages may be of the same number"},
		{"100 - 20% - 10%", "column 11: two percentages may be of the same number"},
		{"100 + 10% + 5 + 5%", "column 15: two percentages"},
		{"15% 80", "column 3: % may be a percentage or modulo here"},
		{"5%%", "column 3: % twice"},
		{"100 + 5%%3", "column 9: % twice"},
		{"3!!", "column 2: !! may be a double factorial"},
		{"3! !", "column 2: !! may be a double factorial"},
		{"3! != 6", "column 4: \"!\" is not known: to compare numbers"},
		{"sum(1,000,2,000)", "column 12: this comma may group digits or part arguments of sum"},
		{"max(1,050,7)", "column 6: this comma may group digits or part arguments of max"},
		{"gcd(12,024)", "column 7: this comma may group digits or part arguments of gcd"},
		{"17 % -5", "column 4: % may be a percentage or modulo here"},
		// mathematics
		{"1/0", "column 2: division by zero"},
		{"5 mod 0", "column 3: division by zero"},
		{"5 // (1 - 1)", "column 3: division by zero"},
		{"0^-1", "column 2: division by zero"},
		{"0^-0.5", "column 2: division by zero"},
		{"sqrt(-4)", "column 1: a negative number has no real root that is even"},
		{"(-8)^(1/3)", "column 5: a negative number has real powers with integer exponents only"},
		{"root(8, 0)", "column 1: the root must be a positive integer"},
		{"root(8, 1.5)", "column 1: an integer is needed here, and this is 1.5"},
		{"ln(0)", "column 1: only positive numbers have a logarithm"},
		{"log(100)", "column 1: log may mean two things"},
		{"log(8, 1)", "column 1: there is no logarithm to the base 1"},
		{"2.5!", "column 4: an integer is needed here, and this is 2.5"},
		{"(-1)!", "column 5: this takes integers from 0 on, and not -1"},
		{"(1/3^40)!", "column 9: an integer is needed here, and this is 1/12157665459056928801 ≈ 8.2252633399699590813e-20"},
		{"(1/3^100)!", "column 10: an integer is needed here, and this is ≈ 1.9403252174826328376e-48"},
		{"(-10^100)!", "column 10: this takes integers from 0 on, and not a very long number"},
		{"1e20000", "column 1: the number would have more than 9864 digits"},
		{"lcm(0, 1.5)", "column 1: an integer is needed here, and this is 1.5"},
		{"gcd(1.5, 2)", "column 1: an integer is needed here, and this is 1.5"},
		{"floor(sqrt(2)^2)", "column 1: the number is not known to enough digits to be rounded here"},
		{"1 / (sqrt(2)^2 - 2)", "column 3: this is so near to zero that its sign is not known"},
		{"median(sqrt(2), 2^0.5)", "column 1: two of the numbers are so near"},
		{"round(1, 2000)", "column 1: round takes from -1000 to 1000 digits"},
	} {
		got := evaluated(t, tt.expr)
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s\n got %s\nwant %s…", tt.expr, got, tt.want)
		}
	}
}

func TestCalculate(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"1 + 1", "2"},
		{"1 + 1;", "2"},
		{"1 + 1; sqrt(2)\n1/0\n\nmax(1;2)； 2,000", "1 + 1 = 2\nsqrt(2) ≈ 1.4142135623730950488\n1/0: column 2: division by zero\nmax(1;2) = 2\n2,000 = 2000"},
		{"sum(1,\n 2)\n3", "sum(1, 2) = 3\n3 = 3"},
		{"1); 2", "1): column 2: this bracket closes none, or a number is missing before it\n2 = 2"},
		{"9^9^9\n1+1", "9^9^9: column 2: the number would have more than 9864 digits: for its size, take logarithms, as in 5000 * log10(7)\n1+1 = 2"},
		{strings.Repeat("1+", 60) + "1\n2", strings.Repeat("1+", 40) + "… = 61\n2 = 2"},
	} {
		if got, err := Calculate(t.Context(), Input{tt.in}); got != tt.want || err != nil {
			t.Errorf("%q:\n got %s, %v\nwant %s", tt.in, got, err, tt.want)
		}
	}
	for _, tt := range []struct{ in, want string }{
		{"", "column 1: a number is missing at the end"},
		{" ;\n", "column 1: a number is missing at the end"},
		{"1/0", "column 2: division by zero"},
		{"1/0\nfoo", "1/0: column 2: division by zero\nfoo: column 1: \"foo\" is not known"},
		{strings.Repeat("1;", 51), "51 expressions: at most 50 at once"},
		{strings.Repeat("1", 10_001), "column 1: the text has 10001 bytes, and 10000 are the most: split it"},
	} {
		if got, err := Calculate(t.Context(), Input{tt.in}); got != "" || err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%.40q: %q, %v, want the error %s…", tt.in, got, err, tt.want)
		}
	}
	if _, err := Eval(t.Context(), strings.Repeat("1", 10_001)); err == nil || !strings.Contains(err.Error(), "10001 bytes") {
		t.Errorf("a text that is too long: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, in := range []string{"1", "1;2"} {
		if _, err := Calculate(ctx, Input{in}); !errors.Is(err, context.Canceled) {
			t.Errorf("after the context's end: %v", err)
		}
	}
}
