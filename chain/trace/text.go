package trace

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// dollars writes nano-dollars exactly, with two decimals or as many as it needs.
func dollars(nano int64) string {
	sign, n := "", uint64(nano)
	if nano < 0 {
		sign, n = "-", -n
	}
	cents := strings.TrimRight(fmt.Sprintf("%09d", n%1e9), "0")
	for len(cents) < 2 {
		cents += "0"
	}
	return sign + "$" + grouped(n/1e9) + "." + cents
}

// count writes a number with commas.
func count(n int) string {
	if n < 0 {
		return "-" + grouped(-uint64(n))
	}
	return grouped(uint64(n))
}

func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// elapsed writes a duration with two or three digits, as in "85 µs", "1.2 s" and
// "3 min 20 s".
func elapsed(d time.Duration) string {
	switch {
	case d >= time.Hour-500*time.Millisecond:
		m := d.Round(time.Minute) / time.Minute
		return fmt.Sprintf("%s h %d min", count(int(m/60)), m%60)
	case d >= time.Minute-500*time.Millisecond:
		s := d.Round(time.Second) / time.Second
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	case d > 999*time.Millisecond:
		return digits(d, time.Second) + " s"
	case d > 999*time.Microsecond:
		return digits(d, time.Millisecond) + " ms"
	case d >= 50*time.Nanosecond:
		return digits(d, time.Microsecond) + " µs"
	}
	return "0 s"
}

// digits writes d in a unit, with a decimal if it is less than ten of them.
func digits(d, unit time.Duration) string {
	if tenths := d.Round(unit/10) / (unit / 10); tenths < 100 && tenths%10 != 0 {
		return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
	}
	return strconv.Itoa(int(d.Round(unit) / unit))
}

// plain makes one line of a text from anyone, cut to limit characters: without
// control characters, and none that change the direction of writing.
func plain(s string, limit int) string {
	text := make([]rune, 0, min(len(s), limit+1))
	space := false
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = len(text) > 0
			continue
		}
		if unicode.Is(unicode.C, r) {
			continue
		}
		if space {
			text, space = append(text, ' '), false
		}
		if text = append(text, r); len(text) > limit {
			return strings.TrimRight(string(text[:limit-1]), " ") + "…"
		}
	}
	return string(text)
}

// escape writes a text for a quoted label of Mermaid, so that it is shown as it is.
// Whatever is more than words and numbers becomes a code, as it may mean something to
// Mermaid, to Markdown, which it reads in labels, or to HTML.
func escape(s string) string {
	var b strings.Builder
	text := []rune(s)
	for i, r := range text {
		inside := i > 0 && i+1 < len(text) && letter(text[i-1]) && letter(text[i+1])
		if i > 0 && slices.Contains(pairs, string(text[i-1:i+1])) {
			b.WriteString("#8203;") // a space of no width
		}
		switch {
		case letter(r), r == ' ', r == ',', inside && (r == '-' || r == '_'), inside && r == '.' && unicode.IsDigit(text[i-1]) && unicode.IsDigit(text[i+1]):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}

// pairs are characters that mean something to Mermaid if they stand together, though
// they come as codes: its own form of codes, formulas, line breaks and icons (fa:fa-x).
var pairs = []string{"ﬂ°", "¶ß", "$$", `\n`, ":f"}

func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
