package calc

import (
	"strings"
	"testing"
)

// bombs are expressions made to take long, or to fill the memory. What they are
// answered is not to take more than maxWork steps.
var bombs = []struct{ name, expr, want string }{
	{"tower", "9^9^9", "column 2: the number would have more than"},
	{"huge power", "2^(10^9)", "column 2: the number would have more than"},
	{"huge negative power", "2^-(10^9)", "column 2: the number would have more than"},
	{"exponent beyond 64 bits", "2^(10^30)", "column 2: the number would have more than"},
	{"power tower", strings.Repeat("9^", 90) + "9", "column 178: the number would have more than"},
	{"bounds to a power", "sqrt(2)^(10^18)", "column 8: the number would have more than"},
	{"bounds beyond 64 bits", "sqrt(2)^(10^30)", "column 8: the number would have more than"},
	{"tiny power of bounds", "(1 + sqrt(2)/10^40)^(10^15)", "≈ 1.0000000000000000000"},
	{"power of a fraction", "(7/9)^5000", "≈ 1.8951905171178362931e-546 (rounded)"},
	{"deep fraction", "(7/9)^5000 + (11/13)^5000", "column 12: this takes more work"},
	{"literal exponent", "1e1000000000", "column 1: the number would have more than"},
	{"literal exponent beyond 64 bits", "1e99999999999999999999", "column 1: the number would have more than"},
	{"small literal", "1e-99999", "column 1: the number would have more than"},
	{"long literal", strings.Repeat("9", 9_999), "column 1: the number would have more than"},
	{"long literals", strings.Repeat(strings.Repeat("9", 999)+"*", 9) + "1", "≈ 1.0000000000000000000e8991 (rounded: the integer has 8991 digits)"},
	{"long decimals", "0." + strings.Repeat("7", 4_990) + "*0." + strings.Repeat("3", 4_990), "column 4994: this takes more work"},
	{"factorial", "1000000000!", "column 11: the number would have more than"},
	{"factorial of a factorial", "(20!)!", "column 6: the number would have more than"},
	{"factorial beyond 64 bits", "(30!)!", "column 6: the number would have more than"},
	{"factorials", strings.Repeat("3000!+", 1_600) + "1", "column 11: this takes more work"},
	{"many factorials", strings.Repeat("170!+", 1_999) + "1", "column 849: this takes more work"},
	{"binomial", "comb(10^9, 5*10^8)", "column 1: the number would have more than"},
	{"permutations", "perm(10^18, 10^17)", "column 1: the number would have more than"},
	{"harmonic sum", harmonic(1_400), "column 4152: this takes more work"},
	{"deep brackets", strings.Repeat("(", 4_999) + "1" + strings.Repeat(")", 4_999), "column 101: brackets, signs and powers nest more than"},
	{"unclosed brackets", strings.Repeat("(", 9_999), "column 101: brackets, signs and powers nest more than"},
	{"deep signs", strings.Repeat("-", 9_998) + "1", "column 101: brackets, signs and powers nest more than"},
	{"deep roots", strings.Repeat("√", 3_000) + "1", "column 100: roots nest more than"},
	{"deep functions", strings.Repeat("max(1;", 1_600) + "1", "column 599: brackets, signs and powers nest more than"},
	{"functions unclosed", strings.Repeat("max(", 99) + strings.Repeat("1,", 4_700), "column 141: this takes more work"},
	{"functions in one another", strings.Repeat("max(", 90) + strings.Repeat("1,", 4_700) + "1" + strings.Repeat(")", 90), "column 141: this takes more work"},
	{"many functions", "max(1" + strings.Repeat(",abs(1)", 1_400) + ")", "1"},
	{"many logarithms", strings.Repeat("ln(2)+", 1_600) + "1", "column 1195: this takes more work"},
	{"many roots", strings.Repeat("√2+", 3_000) + "1", "column 277: this takes more work"},
	{"great roots", "root(2^16000 + 1, 9999) + root(3^7000 + 1, 9998)", "≈ 5.1897706157545377876"},
	{"root of a great root", "sqrt(2^32767)", "≈ 8.4126720815831006364e4931"},
	{"many sums", strings.Repeat("1+", 4_999) + "1", "5000"},
	{"many quotients", strings.Repeat("7/", 4_999) + "7", "column 2180: this takes more work"},
	{"many greatest divisors", "gcd(2^32000 - 1, 3^20000 - 1, 5^13000 - 1, 7^11000 - 1)", "column 1: this takes more work"},
	{"median", "median(9999" + strings.Repeat(";1/3;7", 1_600) + ")", "column 1: this takes more work"},
	{"round", "round(pi, 50) + round(e, -1000) + round(1/3, 999)", "≈ 3.4749"},
	{"digits of pi", "round(pi, 1000)", "column 1: the number is not known to enough digits"},
	{"exponential", "exp(10^100)", "column 1: the number would have more than"},
	{"exponential of little", "exp(-10^9)", "column 1: the number would have more than"},
	{"exponential of exponentials", "exp(exp(exp(exp(10))))", "column 5: the number would have more than"},
	{"logarithm near one", "log(2, 1 + 1/10^9000)", "column 1: this takes more work"},
	{"tiny number", "exp(-22000)", "≈ 3.3219885288727896498e-9555"},
	{"superscript", "2" + strings.Repeat("⁹", 3_000), "column 2: the number would have more than"},
	{"letters", strings.Repeat("a", 10_000), `column 1: "aaaaaaaaaaaaaaaaaaaa…" is not known`},
	{"percents", "5" + strings.Repeat("%", 9_999), "column 3: % twice"},
	{"spaces", "1" + strings.Repeat(" ", 9_999), "1"},
	{"commas", "max(" + strings.Repeat("1,", 4_997) + "1)", "1"},
}

// harmonic returns a sum of fractions, whose denominators multiply.
func harmonic(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("1/" + whole(int64(2*i+3)).String() + "+")
	}
	return b.String() + "1"
}

func TestBombs(t *testing.T) {
	for _, tt := range bombs {
		work := maxWork
		n, err := eval(tt.expr, &work)
		got := n.String()
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s\n got %.150s\nwant %s…", tt.name, got, tt.want)
		}
		if work < 0 || work > maxWork {
			t.Errorf("%s: %d steps are left", tt.name, work)
		}
		if len(got) > maxDigits+100 {
			t.Errorf("%s: a text of %d bytes", tt.name, len(got))
		}
		if _, err := Calculate(t.Context(), Input{tt.expr}); err != nil && len(err.Error()) > 1_000 {
			t.Errorf("%s: an error of %d bytes", tt.name, len(err.Error()))
		}
	}
}

// TestBombsTogether holds that expressions of a call share what work they may take.
func TestBombsTogether(t *testing.T) {
	got, err := Calculate(t.Context(), Input{strings.Repeat("2000!;", 49) + "1 + 1"})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(got, "\n")
	if !strings.HasPrefix(lines[0], "2000! ≈ 3.3162750924506332412e5735") || !strings.Contains(lines[48], "more work") || lines[49] != "1 + 1 = 2" {
		t.Errorf("first, next to last, last:\n%s\n%s\n%s", lines[0], lines[48], lines[49])
	}
}

// BenchmarkBombs shows how long the worst expressions take.
func BenchmarkBombs(b *testing.B) {
	for _, tt := range bombs {
		b.Run(tt.name, func(b *testing.B) {
			for b.Loop() {
				_, _ = Calculate(b.Context(), Input{tt.expr})
			}
		})
	}
}

// BenchmarkEval shows how long usual expressions take.
func BenchmarkEval(b *testing.B) {
	for _, expr := range []string{"0.1 + 0.2", "1234.50 * (1 + 19%)", "round(100 / 7, 2)", "sqrt(2)", "1.07^30"} {
		b.Run(expr, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Calculate(b.Context(), Input{expr})
			}
		})
	}
}
