package clock

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A moment is a day, or a time with its zone.
type moment struct {
	t     time.Time // of a day, midnight in UTC
	day   bool
	notes []string // what is to be said of it
}

// noted returns m with one more note.
func (m moment) noted(format string, args ...any) moment {
	m.notes = append(slices.Clip(m.notes), fmt.Sprintf(format, args...))
	return m
}

// day returns a day, which may have a number out of its month.
func day(year int, month time.Month, d int) moment {
	return moment{t: time.Date(year, month, d, 0, 0, 0, 0, time.UTC), day: true}
}

// at returns the time of a day in a zone.
func (m moment) at(seconds int, loc *time.Location) moment {
	y, month, d := m.t.Date()
	t := time.Date(y, month, d, 0, 0, seconds, 0, loc)
	at := moment{t: t, notes: m.notes}
	wall := time.Date(y, month, d, 0, 0, seconds, 0, time.UTC)
	if _, off := t.Zone(); !t.Add(time.Duration(off) * time.Second).Equal(wall) {
		return at.noted("the clocks leave out %s on that day", wall.Format("15:04"))
	}
	// the same time on the wall, with the offset of a day before or after
	for _, other := range []time.Time{t.AddDate(0, 0, -1), t.AddDate(0, 0, 1)} {
		_, off := other.Zone()
		again := wall.Add(-time.Duration(off) * time.Second).In(loc)
		if _, really := again.Zone(); really == off && !again.Equal(t) {
			if again.Before(t) {
				at.t = again
			}
			return at.noted("the clocks show %s twice on that day: the first is taken", wall.Format("15:04"))
		}
	}
	return at
}

// wall returns the day of m, and the seconds that the clock on the wall shows.
func (m moment) wall() (d moment, seconds int) {
	d = day(m.t.Date())
	d.notes = m.notes
	h, min, s := m.t.Clock()
	return d, h*3600 + min*60 + s
}

// in returns m as a zone has it. A day is midnight in the zone loc.
func (m moment) in(zone, loc *time.Location) moment {
	if m.day {
		m = m.at(0, loc)
	}
	m.t = m.t.In(zone)
	return m
}

// inRange reports whether the year has four digits.
func (m moment) inRange() bool { return 1 <= m.t.Year() && m.t.Year() <= 9999 }

// add returns m with s added, for a field of the input. The zone is for a day that
// becomes a time.
func (m moment) add(field string, s span, loc *time.Location) (moment, error) {
	d, seconds := m.wall()
	d = d.addMonths(int(s.months))
	d.t = addWorkdays(d.t.AddDate(0, 0, int(s.days)), int(s.workdays))
	switch {
	case m.day && s.seconds == 0:
		m = d
	case m.day:
		m = d.at(0, loc)
	case s.months != 0 || s.days != 0 || s.workdays != 0:
		m = d.at(seconds, m.t.Location())
	}
	if s.seconds != 0 {
		m.t = time.Unix(m.t.Unix()+s.seconds, 0).In(m.t.Location())
	}
	if !m.inRange() || !d.inRange() {
		return m, outOfRange(field)
	}
	return m, nil
}

// addMonths adds months to a day.
func (m moment) addMonths(n int) moment {
	if n == 0 {
		return m
	}
	y, month, d := m.t.Date()
	first := time.Date(y, month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	m.t = first.AddDate(0, 0, min(d, last)-1)
	if d > last {
		return m.noted("the month has no day %d: its last is taken", d)
	}
	return m
}

// workday reports whether t is from Monday to Friday.
func workday(t time.Time) bool { return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday }

// addWorkdays adds days from Monday to Friday. From a weekend, the next Monday is the
// first, and backwards the last Friday.
func addWorkdays(t time.Time, n int) time.Time {
	if n == 0 {
		return t
	}
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for !workday(t) {
		t = t.AddDate(0, 0, -step)
	}
	t = t.AddDate(0, 0, step*(n/5)*7)
	for range n % 5 {
		t = t.AddDate(0, 0, step)
		for !workday(t) {
			t = t.AddDate(0, 0, step)
		}
	}
	return t
}

// seek returns the weekday that text asks for.
func (m moment) seek(text string, loc *time.Location) (moment, error) {
	if len(text) > maxText {
		return m, tooLong("weekday", text)
	}
	words := strings.Fields(strings.ToLower(text))
	step := 1
	if len(words) == 2 {
		switch words[0] {
		case "next":
		case "last", "previous":
			step = -1
		default:
			words = nil
		}
		words = words[min(1, len(words)):]
	}
	if len(words) != 1 {
		return m, &Error{"weekday", fmt.Sprintf("%q is not clear: write Friday for the first one after the date, or last Friday", text)}
	}
	want, ok := weekday(words[0])
	if !ok {
		return m, &Error{"weekday", fmt.Sprintf("%q is no weekday: write one such as Friday", text)}
	}
	n := (int(want) - int(m.t.Weekday())) * step
	if n = (n + 7) % 7; n == 0 {
		n = 7
	}
	return m.add("weekday", span{days: int64(step * n)}, loc)
}

// weekday returns the weekday of a name in lower case.
func weekday(name string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		full := strings.ToLower(d.String())
		if name == full || len(name) >= 3 && strings.HasPrefix(full, strings.TrimSuffix(name, ".")) {
			return d, true
		}
	}
	for _, prefix := range []string{"星期", "周", "礼拜"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			if i := slices.Index([]string{"日", "一", "二", "三", "四", "五", "六", "天"}, rest); i >= 0 {
				return time.Weekday(i % 7), true
			}
		}
	}
	return 0, false
}

// short returns m in a few words: date, time if it has one, and weekday.
func (m moment) short() string {
	if m.day {
		return m.t.Format("2006-01-02 Monday")
	}
	return m.t.Format("2006-01-02 15:04:05 -07:00 Monday")
}

// describe returns m with all that there is to say of it.
func (m moment) describe() string {
	var b strings.Builder
	b.WriteString(m.short())
	if !m.day {
		b.WriteString(zoneText(m.t))
	}
	year, week := m.t.ISOWeek()
	days := time.Date(m.t.Year(), time.December, 31, 0, 0, 0, 0, time.UTC).YearDay()
	fmt.Fprintf(&b, ", ISO week %04d-W%02d, day %d of %d", year, week, m.t.YearDay(), days)
	if !m.day {
		fmt.Fprintf(&b, ", Unix %d", m.t.Unix())
	}
	if len(m.notes) > 0 {
		b.WriteString(" (" + strings.Join(m.notes, "; ") + ")")
	}
	return b.String()
}

// zoneText returns the name of the zone of t, and what it is called then.
func zoneText(t time.Time) string {
	full := t.Location().String()
	name, _ := t.Zone()
	if strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" { // as in +03
		name = ""
	}
	switch {
	case full == "Local" || full == "" || full == name:
		full = name
	case name != "":
		full += " (" + name + ")"
	}
	if full == "" {
		return ""
	}
	return ", " + full
}
