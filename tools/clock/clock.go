// Package clock gives a model the time and the calendar, neither of which it knows: the
// current time in a zone, and dates that are worked out instead of guessed.
//
//	set := tools.Set{clock.Tool(nil), clock.DateTool(nil)}
//	text, err := clock.Now(ctx, clock.NowInput{Zone: "Asia/Shanghai"})
//	// 2026-11-20 16:16:33 +08:00 Friday, Asia/Shanghai (CST), ISO week 2026-W47, day 324 of 365, Unix 1795162593
//	text, err = clock.Date(ctx, clock.DateInput{Date: "2026-03-06", Add: "5 working days"})
//	// 2026-03-13 Friday, ISO week 2026-W11, day 72 of 365
//	text, err = clock.Date(ctx, clock.DateInput{Date: "2026-03-01 15:00", Zone: "Beijing", In: "New York"})
//	// 2026-03-01 02:00:00 -05:00 Sunday, America/New_York (EST), ISO week 2026-W09, day 60 of 365, Unix 1772348400
//
// The tool clock tells the time; the tool date computes, and tells weekdays, ISO weeks,
// what time it is elsewhere, and how long it is from one date to another.
//
// # The time and the cache
//
// A system prompt with the date in it is another prompt each day, with the time in it at
// each request, and nothing after it comes from the cache, which costs fifty times as
// much. So nothing here puts the time into the description of a tool: it is the same
// bytes for ever. Let the model ask for the time with this tool; or, if it is to know it
// in every turn, put a message of llm.RoleReminder right before the user's, at the end of
// the conversation, where it leaves the prefix as it was.
//
// # Zones
//
// A zone is a name of the IANA database in upper or lower case, the city in it (Shanghai,
// new york), some other large cities and countries, also in Chinese (Beijing, 北京), or an
// offset from UTC (+08:00, UTC+8). Abbreviations that stand for several zones, or that
// people use in summer though they mean the winter's, such as CST and EST, are an error
// that names the choices. Other names are an error with the nearest one that there is.
// Whatever a model sends, it is no path: only names on a list here are looked up.
//
// Rules of zones come from the machine, by [time.LoadLocation]. Where there may be none,
// as in a container made from scratch or on Windows, a program imports time/tzdata, which
// makes it some 450 KB bigger; this package leaves that to it.
//
// # Arithmetic
//
// Years and months are added first, then weeks and days, then working days, then hours
// and what is smaller. Where a month has no such day, its last is taken: January 31 plus
// a month is February 28. Days keep the time on the wall; hours are exact, so that 24
// hours after 12:00 may be 11:00 where the clocks went back. A time that the clocks leave
// out or strike twice is taken as package time does or as the first, and the result says so.
// Working days are Monday to Friday: holidays are not known.
//
// Dates go from the year 1 to 9999, by the Gregorian calendar. 03/04/2026 is an error, as
// it is in April to some and in March to others.
package clock

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hadal-go/hadal/tools"
)

// maxText is how many bytes an argument may have.
const maxText = 200

const (
	nowDescription  = "Tells the current date, time, weekday and ISO week in a time zone."
	dateDescription = "Computes with dates, in this order: takes a date, adds a span, finds a weekday; then tells the weekday, ISO week and day of the year, " +
		"or how long it is until another date, or what time it is then in another zone. Working days are Monday to Friday."
)

// Tool returns a tool named clock that does [Now]. Calls that name no zone get the time
// in zone; if nil, in [time.Local].
func Tool(zone *time.Location) tools.Tool {
	return tools.With(tools.New("clock", nowDescription, func(ctx context.Context, in NowInput) (string, error) {
		return now(zone, in)
	}), tools.Policy{Effect: tools.Reads})
}

// DateTool returns a tool named date that does [Date]. Dates without a zone are in zone;
// if nil, in [time.Local].
func DateTool(zone *time.Location) tools.Tool {
	return tools.With(tools.New("date", dateDescription, func(ctx context.Context, in DateInput) (string, error) {
		return date(zone, in)
	}), tools.Policy{Effect: tools.Reads})
}

// NowInput is what the tool clock is given.
type NowInput struct {
	// Zone is where; if empty, here.
	Zone string `json:"zone,omitempty" jsonschema_description:"IANA name such as Asia/Shanghai, a large city, or an offset such as +08:00; the user's own if absent"`
}

// Now returns the current time in a zone, by [time.Now], in words: to the second, with
// offset, weekday, zone, ISO week, day of the year, and seconds since 1970. The error is
// an [*Error].
func Now(ctx context.Context, in NowInput) (string, error) { return now(nil, in) }

func now(zone *time.Location, in NowInput) (string, error) {
	loc, err := zoneOr("zone", in.Zone, zone)
	if err != nil {
		return "", err
	}
	return moment{t: time.Now().In(loc)}.describe(), nil
}

// DateInput is what the tool date is given. The zero value asks for today.
type DateInput struct {
	// Date is the date to begin with: a day, a day with a time, a time of today, or now,
	// today, tomorrow or yesterday; if empty, today, or now where a time is asked for.
	Date string `json:"date,omitempty" jsonschema_description:"as in 2026-03-01, 2026-03-01 15:04, today or now; today if absent"`
	// Zone is where Date and Until are; if empty, here. An offset in Date comes first.
	Zone string `json:"zone,omitempty" jsonschema_description:"time zone of the dates, as in Asia/Shanghai; the user's own if absent"`
	// Add is what to add: numbers with units, or a duration of ISO 8601.
	Add string `json:"add,omitempty" jsonschema_description:"as in 1 month 10 days, -2 weeks, 5 working days, 90 minutes"`
	// Weekday is which weekday to go to from there: next or last, and never the day
	// itself; next if it says neither.
	Weekday string `json:"weekday,omitempty" jsonschema_description:"the next such day after the date, as in Friday; last Friday is the one before it"`
	// Until is a date, written as Date is; the result is how long it is until then.
	Until string `json:"until,omitempty" jsonschema_description:"a second date: tells the time between the two"`
	// In is the zone to show the result in; if empty, it is that of Date.
	In string `json:"in,omitempty" jsonschema_description:"time zone to show the result in"`
}

// Date computes with dates, as the package comment says, and returns the result in words.
// The current date, where in needs it, is that of [time.Now]. The error is an [*Error].
func Date(ctx context.Context, in DateInput) (string, error) { return date(nil, in) }

func date(zone *time.Location, in DateInput) (string, error) {
	loc, err := zoneOr("zone", in.Zone, zone)
	if err != nil {
		return "", err
	}
	var s span
	if in.Add != "" {
		if s, err = parseSpan(in.Add); err != nil {
			return "", err
		}
	}
	if strings.TrimSpace(in.Date) == "" && (in.In != "" || s.seconds != 0) {
		in.Date = "now"
	}
	m, err := parseMoment("date", in.Date, loc)
	if err != nil {
		return "", err
	}
	if m, err = m.add("add", s, loc); err != nil {
		return "", err
	}
	if in.Weekday != "" {
		if m, err = m.seek(in.Weekday, loc); err != nil {
			return "", err
		}
	}
	var until moment
	if in.Until != "" {
		if until, err = parseMoment("until", in.Until, loc); err != nil {
			return "", err
		}
	}
	if in.In != "" {
		shown, err := zoneOr("in", in.In, zone)
		if err != nil {
			return "", err
		}
		m, until = m.in(shown, loc), until.in(shown, loc)
		if !m.inRange() || in.Until != "" && !until.inRange() {
			return "", outOfRange("in")
		}
	}
	if in.Until != "" {
		return between(m, until, loc), nil
	}
	return m.describe(), nil
}

// zoneOr returns the zone that name names, or else zone, or else the local one.
func zoneOr(field, name string, zone *time.Location) (*time.Location, error) {
	switch {
	case strings.TrimSpace(name) != "":
		return findZone(field, name)
	case zone != nil:
		return zone, nil
	}
	return time.Local, nil
}

// An Error says what is wrong with an argument, and what to do.
type Error struct {
	Field   string // of the input, as in JSON
	Problem string // in words for whoever wrote it, a model for one
}

// Error returns the problem with its field.
func (e *Error) Error() string { return e.Field + ": " + e.Problem }

func outOfRange(field string) error {
	return &Error{field, "the result is not between the years 1 and 9999"}
}

func tooLong(field, text string) error {
	return &Error{field, fmt.Sprintf("there are %d bytes, and %d are the most", len(text), maxText)}
}
