package clock

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The forms of a day. What follows in a text is the time of day.
var (
	numericDay = regexp.MustCompile(`^(\d{4})\s*([-/.年])\s*(\d{1,2})\s*([-/.月])\s*(\d{1,2})\s*日?`)
	compactDay = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})(?:$|t|\s)`)
	monthFirst = regexp.MustCompile(`^([a-z]{3,9})\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})\b`)
	dayFirst   = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th)? +(?:of +)?([a-z]{3,9})\.?,? +(\d{4})\b`)
	slashDay   = regexp.MustCompile(`^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b`)
	relative   = regexp.MustCompile(`^(today|tomorrow|yesterday|今天|明天|昨天)`)
	weekdayAt  = regexp.MustCompile(`^(\pL+)\.?,? +(.*)$`)
	unixTime   = regexp.MustCompile(`^@(-?\d{1,12})$|^(\d{10})$`)
	clockTime  = regexp.MustCompile(`^(\d{1,2})(?::(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)? *(am\b|pm\b|a\.m\.|p\.m\.)?`)
)

// parseMoment reads a date, or a date with a time.
func parseMoment(field, text string, loc *time.Location) (moment, error) {
	if len(text) > maxText {
		return moment{}, tooLong(field, text)
	}
	s := strings.ToLower(strings.Join(strings.Fields(text), " "))
	switch s {
	case "", "today":
		return day(time.Now().In(loc).Date()), nil
	case "now", "现在":
		return moment{t: time.Now().In(loc)}, nil
	}
	if m := unixTime.FindStringSubmatch(s); m != nil {
		seconds, _ := strconv.ParseInt(m[1]+m[2], 10, 64)
		if at := (moment{t: time.Unix(seconds, 0).In(loc)}); at.inRange() {
			return at, nil
		}
		return moment{}, &Error{field, "the date is not between the years 1 and 9999"}
	}
	p := dateText{field: field, text: text}
	named, rest, hasName := cutWeekday(s)
	d, rest, err := p.day(rest, loc)
	if err != nil {
		return moment{}, err
	}
	if hasName && d.t.Weekday() != named {
		return moment{}, p.bad("%s is a %s and no %s", d.t.Format("2006-01-02"), d.t.Weekday(), named)
	}
	rest = strings.TrimPrefix(strings.TrimLeft(rest, " ,"), "t")
	if rest = strings.TrimPrefix(strings.TrimSpace(rest), "at "); rest == "" {
		return d, nil
	}
	return p.time(d, rest, loc)
}

// A dateText is an argument, for errors.
type dateText struct{ field, text string }

func (p dateText) bad(format string, args ...any) error {
	return &Error{p.field, fmt.Sprintf(format, args...)}
}

// cutWeekday cuts off the name of a weekday before a date, or after all else.
func cutWeekday(s string) (d time.Weekday, rest string, ok bool) {
	if m := weekdayAt.FindStringSubmatch(s); m != nil {
		if d, ok = weekday(m[1]); ok {
			return d, m[2], true
		}
	}
	if i := strings.LastIndexByte(s, ' '); i >= 0 {
		if d, ok = weekday(s[i+1:]); ok {
			return d, s[:i], true
		}
	}
	return 0, s, false
}

// day reads a day from the beginning of s. If s begins with a time, it is that of today.
func (p dateText) day(s string, loc *time.Location) (d moment, rest string, err error) {
	if m := relative.FindString(s); m != "" {
		d = day(time.Now().In(loc).Date())
		switch m {
		case "tomorrow", "明天":
			d.t = d.t.AddDate(0, 0, 1)
		case "yesterday", "昨天":
			d.t = d.t.AddDate(0, 0, -1)
		}
		return d, s[len(m):], nil
	}
	if m := numericDay.FindStringSubmatch(s); m != nil && (m[2] == m[4] || m[2] == "年" && m[4] == "月") {
		d, err = p.valid(m[1], m[3], m[5])
		return d, s[len(m[0]):], err
	}
	if m := compactDay.FindStringSubmatch(s); m != nil {
		d, err = p.valid(m[1], m[2], m[3])
		return d, s[8:], err
	}
	if m := monthFirst.FindStringSubmatch(s); m != nil {
		d, err = p.valid(m[3], m[1], m[2])
		return d, s[len(m[0]):], err
	}
	if m := dayFirst.FindStringSubmatch(s); m != nil {
		d, err = p.valid(m[3], m[2], m[1])
		return d, s[len(m[0]):], err
	}
	if slashDay.MatchString(s) {
		return d, "", p.bad("%q may be read with the day or the month first: write it as 2026-03-01", p.text)
	}
	if m := clockTime.FindStringSubmatch(s); m != nil && (m[2] != "" || m[4] != "") {
		return day(time.Now().In(loc).Date()), s, nil
	}
	return d, "", p.bad("%q is no date that is known here: write it as 2026-03-01, or 2026-03-01 15:04", p.text)
}

// valid returns a day that there is. The month may be a name.
func (p dateText) valid(year, month, dayOfMonth string) (moment, error) {
	y, _ := strconv.Atoi(year)
	d, _ := strconv.Atoi(dayOfMonth)
	m, err := strconv.Atoi(month)
	if err != nil {
		m = monthOf(month)
		if m == 0 {
			return moment{}, p.bad("%q is no month: write the date as 2026-03-01", month)
		}
	}
	if y < 1 {
		return moment{}, p.bad("the date is not between the years 1 and 9999")
	}
	if m < 1 || m > 12 {
		return moment{}, p.bad("there is no month %d: write year, month, day, as in 2026-03-01", m)
	}
	last := time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	if d < 1 || d > last {
		return moment{}, p.bad("there is no day %d: %s %d has %d days", d, time.Month(m), y, last)
	}
	return day(y, time.Month(m), d), nil
}

// monthOf returns the month of a name in lower case, or 0.
func monthOf(name string) int {
	if name == "sept" {
		name = "sep"
	}
	for m := time.January; m <= time.December; m++ {
		if full := strings.ToLower(m.String()); name == full || name == full[:3] {
			return int(m)
		}
	}
	return 0
}

// time reads the time of day, with an offset or a zone after it if there is one.
func (p dateText) time(d moment, s string, loc *time.Location) (moment, error) {
	m := clockTime.FindStringSubmatch(s)
	if m == nil || m[2] == "" && m[4] == "" {
		return moment{}, p.bad("%q is no time of day: write it as 15:04 or 15:04:05", s)
	}
	hour, _ := strconv.Atoi(m[1])
	minute, _ := strconv.Atoi(m[2])
	second, _ := strconv.Atoi(m[3])
	if half := m[4]; half != "" {
		if hour < 1 || hour > 12 {
			return moment{}, p.bad("there is no hour %d %s", hour, half)
		}
		if hour %= 12; half[0] == 'p' {
			hour += 12
		}
	}
	if hour > 23 || minute > 59 || second > 59 {
		return moment{}, p.bad("there is no time %s: it goes from 00:00 to 23:59:59", strings.TrimSpace(m[0]))
	}
	if zone := strings.Trim(s[len(m[0]):], " ()"); zone != "" {
		found, err := findZone(p.field, zone)
		if err != nil {
			return moment{}, err
		}
		loc = found
	}
	return d.at(hour*3600+minute*60+second, loc), nil
}
