package clock

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A span is what can be added to a date.
type span struct {
	months, days, workdays, seconds int64
}

// maxCount is the most that a number in a span may be.
const maxCount = 1_000_000_000

var (
	term      = regexp.MustCompile(`^([+−-]?) *(\d+|an?\b|one\b)(?:\.(\d+))? *((?:(?:working|business|work) )?\pL+)`)
	isoSpan   = regexp.MustCompile(`^([+-]?)p(?:(\d+)y)?(?:(\d+)m)?(?:(\d+)w)?(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?)?$`)
	separator = regexp.MustCompile(`^(?: |,|，|;|and |和)+`)
	onlyS     = regexp.MustCompile(`^\d+ *s$`)
)

// parseSpan reads numbers with units, or a duration of ISO 8601. A minus holds for all
// that follows, until the next sign.
func parseSpan(text string) (span, error) {
	if len(text) > maxText {
		return span{}, tooLong("add", text)
	}
	s := strings.ToLower(strings.Join(strings.Fields(text), " "))
	if m := isoSpan.FindStringSubmatch(s); m != nil && strings.ContainsAny(s, "0123456789") {
		return isoParts(m)
	}
	back := false
	for _, word := range []string{" ago", " earlier", " before", "前"} {
		if rest, ok := strings.CutSuffix(s, word); ok {
			s, back = strings.TrimSpace(rest), true
		}
	}
	for _, word := range []string{" from now", " later", " after", "后"} {
		s = strings.TrimSuffix(s, word)
	}
	var sum span
	sign, previous := int64(1), ""
	for s != "" {
		m := term.FindStringSubmatch(s)
		if m == nil {
			return span{}, &Error{"add", fmt.Sprintf("%q is no span of time: write numbers with units, as in 1 month 10 days, or -90 minutes", text)}
		}
		switch m[1] {
		case "+":
			sign = 1
		case "-", "−":
			sign = -1
		}
		if back && m[1] != "" {
			return span{}, &Error{"add", fmt.Sprintf("%q has a sign and a word for it: write one of them", text)}
		}
		s = separator.ReplaceAllString(s[len(m[0]):], "")
		if m[4] == "m" && previous != "h" && !onlyS.MatchString(s) {
			return span{}, &Error{"add", fmt.Sprintf("m in %q may be months or minutes: write it out", text)}
		}
		previous = m[4]
		if err := sum.term(m[2], m[3], m[4], sign); err != nil {
			return span{}, err
		}
	}
	if previous == "" {
		return span{}, &Error{"add", "there is nothing to add: write numbers with units, as in 1 month 10 days"}
	}
	if back {
		sum = span{-sum.months, -sum.days, -sum.workdays, -sum.seconds}
	}
	return sum, nil
}

// units are the names of a unit with what one of it is.
var units = []struct {
	names string
	of    span
}{
	{"s sec secs second seconds 秒 秒钟", span{seconds: 1}},
	{"m min mins minute minutes 分 分钟", span{seconds: 60}},
	{"h hr hrs hour hours 小时 个小时", span{seconds: 3600}},
	{"d day days 天 日", span{days: 1}},
	{"w wk wks week weeks 周 星期 个星期", span{days: 7}},
	{"fortnight fortnights", span{days: 14}},
	{"month months 月 个月", span{months: 1}},
	{"quarter quarters 季度 个季度", span{months: 3}},
	{"y yr yrs year years 年", span{months: 12}},
	{"workday workdays weekday weekdays 工作日 个工作日", span{workdays: 1}},
}

// term adds a number of a unit.
func (s *span) term(count, fraction, unit string, sign int64) error {
	kind, days, two := strings.Cut(unit, " ")
	if two && (days == "day" || days == "days") && kind != "" {
		unit = "workdays"
	}
	for _, u := range units {
		if !contains(u.names, unit) {
			continue
		}
		n, err := strconv.ParseInt(count, 10, 64)
		if strings.Trim(count, "0123456789") != "" { // a, an, one
			n, err = 1, nil
		}
		if err != nil || n > maxCount {
			return &Error{"add", fmt.Sprintf("%s is too many: the result is not between the years 1 and 9999", count)}
		}
		if fraction != "" {
			const exact = 9 // digits
			fraction = strings.TrimRight(fraction, "0")
			if u.of.seconds == 0 {
				return &Error{"add", fmt.Sprintf("a part of a unit such as %s has no one meaning: write whole numbers of smaller units", unit)}
			}
			part, err := time.ParseDuration("0." + fraction + "s")
			seconds := part * time.Duration(u.of.seconds)
			if err != nil || seconds%time.Second != 0 || len(fraction) > exact {
				return &Error{"add", fmt.Sprintf("%s.%s %s is no whole number of seconds", count, fraction, unit)}
			}
			s.seconds += sign * int64(seconds/time.Second)
		}
		s.months += sign * n * u.of.months
		s.days += sign * n * u.of.days
		s.workdays += sign * n * u.of.workdays
		s.seconds += sign * n * u.of.seconds
		if !s.small() {
			return &Error{"add", "this is too much: the result is not between the years 1 and 9999"}
		}
		return nil
	}
	return &Error{"add", fmt.Sprintf("%q is no unit of time: there are years, quarters, months, weeks, days, working days, hours, minutes and seconds", unit)}
}

// contains reports whether name is one of the words in names.
func contains(names, name string) bool {
	return strings.Contains(" "+names+" ", " "+name+" ")
}

// small reports whether s is no more than what there is from the year 1 to 9999, so that
// nothing that is computed with it overflows.
func (s *span) small() bool {
	const years = 10_000
	within := func(n, most int64) bool { return -most <= n && n <= most }
	return within(s.months, years*12) && within(s.days, years*366) &&
		within(s.workdays, years*366) && within(s.seconds, years*366*86_400)
}

// isoParts returns the span of a duration of ISO 8601.
func isoParts(m []string) (span, error) {
	sign := int64(1)
	if m[1] == "-" {
		sign = -1
	}
	var sum span
	for i, unit := range []string{"years", "months", "weeks", "days", "hours", "minutes", "seconds"} {
		if m[i+2] == "" {
			continue
		}
		if err := sum.term(m[i+2], "", unit, sign); err != nil {
			return span{}, err
		}
	}
	return sum, nil
}
