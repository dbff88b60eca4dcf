package clock

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// between returns in words how long it is from a to b. If one of them is a day and the
// other a time, the day is its midnight in the zone loc.
func between(a, b moment, loc *time.Location) string {
	if a.day != b.day {
		a, b = a.in(a.zone(loc), loc), b.in(b.zone(loc), loc)
	}
	head := a.short() + " to " + b.short() + ": "
	if b.t.Before(a.t) {
		head += "backwards, "
		a, b = b, a
	}
	text := days(a, b)
	if !a.day {
		text = elapsed(a, b)
	}
	if notes := slices.Concat(a.notes, b.notes); len(notes) > 0 {
		text += " (" + strings.Join(notes, "; ") + ")"
	}
	return head + text
}

// zone returns the zone of a time, and loc for a day.
func (m moment) zone(loc *time.Location) *time.Location {
	if m.day {
		return loc
	}
	return m.t.Location()
}

// count returns a number with its unit.
func count(n int64, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// days returns how long it is from one day to another that is not before it.
func days(a, b moment) string {
	n := (b.t.Unix() - a.t.Unix()) / 86_400
	var parts []string
	if n >= 7 {
		parts = append(parts, join(count(n/7, "week"), n%7, "day"))
	}
	months, rest := calendar(a, b)
	if months > 0 {
		text := join("", months/12, "year")
		text = join(text, months%12, "month")
		parts = append(parts, join(text, rest, "day"))
	}
	if n > 0 {
		parts = append(parts, fmt.Sprintf("%d of them from Monday to Friday", workdays(a.t, n)))
	}
	text := count(n, "day")
	if len(parts) > 0 {
		text += " (" + strings.Join(parts, "; ") + "); " + count(n+1, "day") + " with both ends"
	}
	return text
}

// join returns text with a number and its unit after it, if the number is not 0.
func join(text string, n int64, unit string) string {
	if n == 0 {
		return text
	}
	return strings.TrimSpace(text + " " + count(n, unit))
}

// calendar returns how many whole months there are from a to b, as add counts them, and
// how many days are left.
func calendar(a, b moment) (months, rest int64) {
	n := (b.t.Year()-a.t.Year())*12 + int(b.t.Month()) - int(a.t.Month())
	if a.addMonths(n).t.After(b.t) {
		n--
	}
	return int64(n), (b.t.Unix() - a.addMonths(n).t.Unix()) / 86_400
}

// workdays returns how many of the n days after a are from Monday to Friday.
func workdays(a time.Time, n int64) int64 {
	found := n / 7 * 5
	for i := range int(n % 7) {
		if workday(a.AddDate(0, 0, i+1)) {
			found++
		}
	}
	return found
}

// elapsed returns how long it is from one time to another that is not before it.
func elapsed(a, b moment) string {
	seconds := b.t.Unix() - a.t.Unix()
	text := join("", seconds/86_400, "day")
	text = join(text, seconds/3600%24, "hour")
	text = join(text, seconds/60%60, "minute")
	text = join(text, seconds%60, "second")
	if text == "" {
		return "no time"
	}
	if seconds < 60 {
		return text
	}
	return fmt.Sprintf("%s, which is %s", text, count(seconds, "second"))
}
