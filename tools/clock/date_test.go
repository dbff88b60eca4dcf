package clock

import (
	"errors"
	"strings"
	"testing"
)

func TestDate(t *testing.T) {
	const rest = ", ISO week "
	at(t, "2026-11-20T20:16:33Z", func(t *testing.T) {
		for _, tt := range []struct {
			in   DateInput
			want string
		}{
			// forms
			{DateInput{}, "2026-11-20 Friday, ISO week 2026-W47, day 324 of 365"},
			{DateInput{Zone: "Asia/Shanghai"}, "2026-11-21 Saturday, ISO week 2026-W47, day 325 of 365"},
			{DateInput{Date: "now"}, "2026-11-20 20:16:33 +00:00 Friday, UTC, ISO week 2026-W47, day 324 of 365, Unix 1795205793"},
			{DateInput{Date: "Today"}, "2026-11-20 Friday" + rest},
			{DateInput{Date: "tomorrow"}, "2026-11-21 Saturday" + rest},
			{DateInput{Date: "昨天"}, "2026-11-19 Thursday" + rest},
			{DateInput{Date: "tomorrow 9:30"}, "2026-11-21 09:30:00 +00:00 Saturday, UTC" + rest},
			{DateInput{Date: "2026-03-01"}, "2026-03-01 Sunday, ISO week 2026-W09, day 60 of 365"},
			{DateInput{Date: "2024-12-31"}, "2024-12-31 Tuesday, ISO week 2025-W01, day 366 of 366"},
			{DateInput{Date: "2027-01-01"}, "2027-01-01 Friday, ISO week 2026-W53, day 1 of 365"},
			{DateInput{Date: "0001-01-01"}, "0001-01-01 Monday, ISO week 0001-W01, day 1 of 365"},
			{DateInput{Date: "2026-3-1"}, "2026-03-01 Sunday" + rest},
			{DateInput{Date: "2026/03/01"}, "2026-03-01 Sunday" + rest},
			{DateInput{Date: "20260301"}, "2026-03-01 Sunday" + rest},
			{DateInput{Date: "2026年3月1日"}, "2026-03-01 Sunday" + rest},
			{DateInput{Date: "2026年3月1日 15:04"}, "2026-03-01 15:04:00 +00:00 Sunday" + ", UTC" + rest},
			{DateInput{Date: "March 1, 2026"}, "2026-03-01 Sunday" + rest},
			{DateInput{Date: "Mar. 1st 2026"}, "2026-03-01 Sunday" + rest},
			{DateInput{Date: "Sept 1, 2026"}, "2026-09-01 Tuesday" + rest},
			{DateInput{Date: "1 March 2026"}, "2026-03-01 Sunday" + rest},
			{DateInput{Date: "Sunday, 1st of March, 2026"}, "2026-03-01 Sunday" + rest},
			{DateInput{Date: "2026-03-01 Sunday"}, "2026-03-01 Sunday" + rest},
			{DateInput{Date: "Sun, 01 Mar 2026 15:04:05 +0800"}, "2026-03-01 15:04:05 +08:00 Sunday" + rest},
			{DateInput{Date: "2026-03-01T15:04:05Z"}, "2026-03-01 15:04:05 +00:00 Sunday, UTC, ISO week 2026-W09, day 60 of 365, Unix 1772377445"},
			{DateInput{Date: "2026-03-01T15:04:05.123+08:00"}, "2026-03-01 15:04:05 +08:00 Sunday" + rest},
			{DateInput{Date: "2026-03-01 3 pm"}, "2026-03-01 15:00:00 +00:00 Sunday, UTC" + rest},
			{DateInput{Date: "2026-03-01 12:30 a.m."}, "2026-03-01 00:30:00 +00:00 Sunday, UTC" + rest},
			{DateInput{Date: "2026-03-01 at 15:04 Tokyo"}, "2026-03-01 15:04:00 +09:00 Sunday, Asia/Tokyo (JST)" + rest},
			{DateInput{Date: "2026-03-01 10:00 America/New_York"}, "2026-03-01 10:00:00 -05:00 Sunday, America/New_York (EST)" + rest},
			{DateInput{Date: "2026-03-01 13:00 Amsterdam"}, "2026-03-01 13:00:00 +01:00 Sunday, Europe/Amsterdam (CET)" + rest},
			{DateInput{Date: "2026-03-01 3pm America/New_York"}, "2026-03-01 15:00:00 -05:00 Sunday, America/New_York (EST)" + rest},
			{DateInput{Date: "2026-03-01 3p.m. Tokyo"}, "2026-03-01 15:00:00 +09:00 Sunday, Asia/Tokyo (JST)" + rest},
			{DateInput{Date: "15:04"}, "2026-11-20 15:04:00 +00:00 Friday, UTC" + rest},
			{DateInput{Date: "9am", Zone: "Asia/Tokyo"}, "2026-11-21 09:00:00 +09:00 Saturday, Asia/Tokyo (JST)" + rest},
			{DateInput{Date: "1772377445"}, "2026-03-01 15:04:05 +00:00 Sunday, UTC" + rest},
			{DateInput{Date: "@0", Zone: "America/New_York"}, "1969-12-31 19:00:00 -05:00 Wednesday, America/New_York (EST)" + rest},
			// adding
			{DateInput{Date: "2026-01-31", Add: "1 month"}, "2026-02-28 Saturday, ISO week 2026-W09, day 59 of 365 (the month has no day 31: its last is taken)"},
			{DateInput{Date: "2024-01-31", Add: "1 month"}, "2024-02-29 Thursday, ISO week 2024-W09, day 60 of 366 (the month has no day 31: its last is taken)"},
			{DateInput{Date: "2024-02-29", Add: "1 year"}, "2025-02-28 Friday, ISO week 2025-W09, day 59 of 365 (the month has no day 29: its last is taken)"},
			{DateInput{Date: "2024-02-29", Add: "4 years"}, "2028-02-29 Tuesday" + rest},
			{DateInput{Date: "2026-03-31", Add: "-1 month"}, "2026-02-28 Saturday" + rest},
			{DateInput{Date: "2026-01-31", Add: "1 month 1 day"}, "2026-03-01 Sunday" + rest},
			{DateInput{Date: "2026-01-31", Add: "13 months"}, "2027-02-28 Sunday" + rest},
			{DateInput{Date: "2026-01-15", Add: "-13 months"}, "2024-12-15 Sunday" + rest},
			{DateInput{Date: "2026-03-01", Add: "90 days"}, "2026-05-30 Saturday" + rest},
			{DateInput{Date: "2026-03-01", Add: "1 year, 2 months and 3 days"}, "2027-05-04 Tuesday" + rest},
			{DateInput{Date: "2026-03-01", Add: "1 quarter"}, "2026-06-01 Monday" + rest},
			{DateInput{Date: "2026-03-01", Add: "a week"}, "2026-03-08 Sunday" + rest},
			{DateInput{Date: "2026-03-01", Add: "2 weeks ago"}, "2026-02-15 Sunday" + rest},
			{DateInput{Date: "2026-03-01", Add: "3 days from now"}, "2026-03-04 Wednesday" + rest},
			{DateInput{Date: "2026-03-01", Add: "-1 month 2 days"}, "2026-01-30 Friday" + rest},
			{DateInput{Date: "2026-03-01", Add: "-1 month +2 days"}, "2026-02-03 Tuesday" + rest},
			{DateInput{Date: "2026-03-01", Add: "1年2个月3天"}, "2027-05-04 Tuesday" + rest},
			{DateInput{Date: "2026-03-01", Add: "3天前"}, "2026-02-26 Thursday" + rest},
			{DateInput{Date: "2026-03-01", Add: "P1Y2M3D"}, "2027-05-04 Tuesday" + rest},
			{DateInput{Date: "2026-03-01", Add: "-P3W"}, "2026-02-08 Sunday" + rest},
			{DateInput{Date: "2026-03-01", Add: "PT36H"}, "2026-03-02 12:00:00 +00:00 Monday, UTC" + rest},
			{DateInput{Date: "2026-03-01", Add: "0 days"}, "2026-03-01 Sunday" + rest},
			{DateInput{Date: "2026-03-01 10:00", Add: "1h30m"}, "2026-03-01 11:30:00 +00:00 Sunday, UTC" + rest},
			{DateInput{Date: "2026-03-01 10:00", Add: "5m30s"}, "2026-03-01 10:05:30 +00:00 Sunday, UTC" + rest},
			{DateInput{Date: "2026-03-01 10:00", Add: "1.5 hours"}, "2026-03-01 11:30:00 +00:00 Sunday, UTC" + rest},
			{DateInput{Date: "2026-03-01 10:00", Add: "-0.5 hours"}, "2026-03-01 09:30:00 +00:00 Sunday, UTC" + rest},
			{DateInput{Date: "2026-03-01 10:00", Add: "1.2500000000000000 hours"}, "2026-03-01 11:15:00 +00:00 Sunday, UTC" + rest},
			{DateInput{Date: "2026-03-01 10:00", Add: "1.000000000000 hours"}, "2026-03-01 11:00:00 +00:00 Sunday, UTC" + rest},
			{DateInput{Date: "2026-03-01", Add: "1 month -1 month"}, "2026-03-01 Sunday" + rest},
			{DateInput{Add: "90 minutes"}, "2026-11-20 21:46:33 +00:00 Friday, UTC" + rest},
			{DateInput{Add: "90 days"}, "2027-02-18 Thursday" + rest},
			// working days
			{DateInput{Date: "2026-03-06", Add: "1 working day"}, "2026-03-09 Monday" + rest},
			{DateInput{Date: "2026-03-06", Add: "5 business days"}, "2026-03-13 Friday" + rest},
			{DateInput{Date: "2026-03-07", Add: "1 workday"}, "2026-03-09 Monday" + rest},
			{DateInput{Date: "2026-03-07", Add: "5 weekdays"}, "2026-03-13 Friday" + rest},
			{DateInput{Date: "2026-03-08", Add: "-1 working day"}, "2026-03-06 Friday" + rest},
			{DateInput{Date: "2026-03-09", Add: "-1 working day"}, "2026-03-06 Friday" + rest},
			{DateInput{Date: "2026-03-04", Add: "23 working days"}, "2026-04-06 Monday" + rest},
			{DateInput{Date: "2026-03-06", Add: "10工作日"}, "2026-03-20 Friday" + rest},
			// weekdays
			{DateInput{Date: "2026-03-01", Weekday: "Friday"}, "2026-03-06 Friday" + rest},
			{DateInput{Date: "2026-03-06", Weekday: "next fri"}, "2026-03-13 Friday" + rest},
			{DateInput{Date: "2026-03-06", Weekday: "last Friday"}, "2026-02-27 Friday" + rest},
			{DateInput{Date: "2026-03-06", Weekday: "previous Sunday"}, "2026-03-01 Sunday" + rest},
			{DateInput{Date: "2026-03-06", Weekday: "周日"}, "2026-03-08 Sunday" + rest},
			{DateInput{Date: "2026-03-06 10:00", Weekday: "Monday"}, "2026-03-09 10:00:00 +00:00 Monday, UTC" + rest},
			{DateInput{Date: "2026-03-06", Add: "1 month", Weekday: "Monday"}, "2026-04-13 Monday" + rest},
			// zones
			{DateInput{Date: "2026-03-01 15:00", Zone: "Asia/Shanghai", In: "New York"}, "2026-03-01 02:00:00 -05:00 Sunday, America/New_York (EST)" + rest},
			{DateInput{Date: "2026-03-01", Zone: "Asia/Shanghai", In: "UTC"}, "2026-02-28 16:00:00 +00:00 Saturday, UTC" + rest},
			{DateInput{In: "Tokyo"}, "2026-11-21 05:16:33 +09:00 Saturday, Asia/Tokyo (JST)" + rest},
			{DateInput{Date: "2026-03-29 02:30", Zone: "Europe/Berlin"}, "2026-03-29 03:30:00 +02:00 Sunday, Europe/Berlin (CEST), ISO week 2026-W13, day 88 of 365, Unix 1774747800 (the clocks leave out 02:30 on that day)"},
			{DateInput{Date: "2026-10-25 02:30", Zone: "Europe/Berlin"}, "2026-10-25 02:30:00 +02:00 Sunday, Europe/Berlin (CEST), ISO week 2026-W43, day 298 of 365, Unix 1792888200 (the clocks show 02:30 twice on that day: the first is taken)"},
			{DateInput{Date: "2026-11-01 01:30", Zone: "America/New_York"}, "2026-11-01 01:30:00 -04:00 Sunday, America/New_York (EDT), ISO week 2026-W44, day 305 of 365, Unix 1793511000 (the clocks show 01:30 twice on that day: the first is taken)"},
			{DateInput{Date: "2026-10-24 12:00", Zone: "Europe/Berlin", Add: "1 day"}, "2026-10-25 12:00:00 +01:00 Sunday, Europe/Berlin (CET)" + rest},
			{DateInput{Date: "2026-10-24 12:00", Zone: "Europe/Berlin", Add: "24 hours"}, "2026-10-25 11:00:00 +01:00 Sunday, Europe/Berlin (CET)" + rest},
			{DateInput{Date: "2026-03-28 02:30", Zone: "Europe/Berlin", Add: "1 day"}, "2026-03-29 03:30:00 +02:00 Sunday, Europe/Berlin (CEST)" + rest},
			{DateInput{Date: "2011-12-30 10:00", Zone: "Pacific/Apia"}, "2011-12-31 10:00:00 +14:00 Saturday, Pacific/Apia" + rest},
			// between
			{DateInput{Date: "2026-01-31", Until: "2026-03-01"}, "2026-01-31 Saturday to 2026-03-01 Sunday: 29 days (4 weeks 1 day; 1 month 1 day; 20 of them from Monday to Friday); 30 days with both ends"},
			{DateInput{Date: "2026-03-01", Until: "2026-01-31"}, "2026-03-01 Sunday to 2026-01-31 Saturday: backwards, 29 days (4 weeks 1 day; 1 month 1 day; 20 of them from Monday to Friday); 30 days with both ends"},
			{DateInput{Date: "1990-05-15", Until: "today"}, "1990-05-15 Tuesday to 2026-11-20 Friday: 13338 days (1905 weeks 3 days; 36 years 6 months 5 days; 9528 of them from Monday to Friday); 13339 days with both ends"},
			{DateInput{Until: "2026-11-20"}, "2026-11-20 Friday to 2026-11-20 Friday: 0 days"},
			{DateInput{Until: "tomorrow"}, "2026-11-20 Friday to 2026-11-21 Saturday: 1 day (0 of them from Monday to Friday); 2 days with both ends"},
			{DateInput{Date: "2026-03-01 10:00", Until: "2026-03-03 12:30:05"}, "2026-03-01 10:00:00 +00:00 Sunday to 2026-03-03 12:30:05 +00:00 Tuesday: 2 days 2 hours 30 minutes 5 seconds, which is 181805 seconds"},
			{DateInput{Date: "2026-03-28", Until: "2026-03-29 12:00", Zone: "Europe/Berlin"}, "2026-03-28 00:00:00 +01:00 Saturday to 2026-03-29 12:00:00 +02:00 Sunday: 1 day 11 hours, which is 126000 seconds"},
			{DateInput{Date: "2026-03-01 10:00:05", Until: "2026-03-01 10:00"}, "2026-03-01 10:00:05 +00:00 Sunday to 2026-03-01 10:00:00 +00:00 Sunday: backwards, 5 seconds"},
			{DateInput{Date: "now", Until: "now"}, "2026-11-20 20:16:33 +00:00 Friday to 2026-11-20 20:16:33 +00:00 Friday: no time"},
			{DateInput{Date: "2026-03-01 10:00 Tokyo", Until: "2026-03-01 10:00 London"}, "2026-03-01 10:00:00 +09:00 Sunday to 2026-03-01 10:00:00 +00:00 Sunday: 9 hours, which is 32400 seconds"},
			{DateInput{Date: "2026-03-01 10:00 Tokyo", Until: "2026-03-01"}, "2026-03-01 10:00:00 +09:00 Sunday to 2026-03-01 00:00:00 +00:00 Sunday: backwards, 1 hour, which is 3600 seconds"},
			{DateInput{Date: "2026-01-31", Add: "1 month", Until: "2026-03-31"}, "2026-02-28 Saturday to 2026-03-31 Tuesday: 31 days (4 weeks 3 days; 1 month 3 days; 22 of them from Monday to Friday); 32 days with both ends (the month has no day 31: its last is taken)"},
		} {
			got, err := Date(t.Context(), tt.in)
			if prefix, ok := strings.CutSuffix(tt.want, rest); err != nil || ok && !strings.HasPrefix(got, prefix+rest) || !ok && got != tt.want {
				t.Errorf("%+v\n got %s, %v\nwant %s", tt.in, got, err, tt.want)
			}
		}
	})
}

func TestDateErrors(t *testing.T) {
	for _, tt := range []struct {
		in   DateInput
		want string
	}{
		{DateInput{Date: "soon"}, `date: "soon" is no date that is known here: write it as 2026-03-01`},
		{DateInput{Date: "03/04/2026"}, `date: "03/04/2026" may be read with the day or the month first`},
		{DateInput{Date: "1.3.26"}, `date: "1.3.26" may be read with the day or the month first`},
		{DateInput{Date: "2026-02-30"}, "date: there is no day 30: February 2026 has 28 days"},
		{DateInput{Date: "2026-02-00"}, "date: there is no day 0: February 2026 has 28 days"},
		{DateInput{Date: "2026-13-01"}, "date: there is no month 13"},
		{DateInput{Date: "0000-01-01"}, "date: the date is not between the years 1 and 9999"},
		{DateInput{Date: "Mrch 1, 2026"}, `date: "mrch" is no month`},
		{DateInput{Date: "Monday, March 1, 2026"}, "date: 2026-03-01 is a Sunday and no Monday"},
		{DateInput{Date: "2026-03-01 25:00"}, "date: there is no time 25:00"},
		{DateInput{Date: "2026-03-01 24:00"}, "date: there is no time 24:00"},
		{DateInput{Date: "2026-03-01 13 pm"}, "date: there is no hour 13 pm"},
		{DateInput{Date: "2026-03-01 noonish"}, `date: "noonish" is no time of day`},
		{DateInput{Date: "2026-03-01 10:00 CST"}, `date: "cst" is short for more than one time`},
		{DateInput{Date: "2026-03-01 10:00 Gondor"}, `date: there is no time zone "gondor"`},
		{DateInput{Date: "@999999999999"}, "date: the date is not between the years 1 and 9999"},
		{DateInput{Date: strings.Repeat("1", 300)}, "date: there are 300 bytes, and 200 are the most"},
		{DateInput{Until: "later"}, `until: "later" is no date`},
		{DateInput{Zone: "Narnia"}, `zone: there is no time zone "Narnia"`},
		{DateInput{In: "Narnia"}, `in: there is no time zone "Narnia"`},
		{DateInput{Add: "soon"}, `add: "soon" is no span of time`},
		{DateInput{Add: " "}, "add: there is nothing to add"},
		{DateInput{Add: "3"}, `add: "3" is no span of time`},
		{DateInput{Add: "3 moons"}, `add: "moons" is no unit of time: there are years`},
		{DateInput{Add: "3 working weeks"}, `add: "working weeks" is no unit of time`},
		{DateInput{Add: "3m"}, `add: m in "3m" may be months or minutes`},
		{DateInput{Add: "3m 10 days"}, `add: m in "3m 10 days" may be months or minutes`},
		{DateInput{Add: "1.5 months"}, "add: a part of a unit such as months has no one meaning"},
		{DateInput{Add: "0.33333 hours"}, "add: 0.33333 hours is no whole number of seconds"},
		{DateInput{Add: "0.5000000000001 hours"}, "add: 0.5000000000001 hours is no whole number of seconds"},
		{DateInput{Date: "0001-01-01 00:00", In: "America/New_York"}, "in: the result is not between the years 1 and 9999"},
		{DateInput{Date: "9999-12-31 23:00", In: "Asia/Tokyo"}, "in: the result is not between the years 1 and 9999"},
		{DateInput{Date: "2026-01-01", Until: "0001-01-01", In: "-12:00"}, "in: the result is not between the years 1 and 9999"},
		{DateInput{Date: "2026-03-01 10:00 Gondamm"}, `date: there is no time zone "gondamm"`},
		{DateInput{Add: "-3 days ago"}, `add: "-3 days ago" has a sign and a word for it`},
		{DateInput{Add: "9000 years"}, "add: the result is not between the years 1 and 9999"},
		{DateInput{Date: "9999-12-31", Add: "1 day -48 hours"}, "add: the result is not between the years 1 and 9999"},
		{DateInput{Add: "-3000 years"}, "add: the result is not between the years 1 and 9999"},
		{DateInput{Add: "1000000000 years"}, "add: this is too much"},
		{DateInput{Add: "99999999999999999999 days"}, "add: 99999999999999999999 is too many"},
		{DateInput{Add: "P99999Y"}, "add: this is too much"},
		{DateInput{Add: "P"}, `add: "P" is no span of time`},
		{DateInput{Add: strings.Repeat("1 day ", 50)}, "add: there are 300 bytes"},
		{DateInput{Weekday: "Fooday"}, `weekday: "Fooday" is no weekday`},
		{DateInput{Weekday: "this Friday"}, `weekday: "this Friday" is not clear`},
		{DateInput{Weekday: "the next Friday"}, `weekday: "the next Friday" is not clear`},
		{DateInput{Weekday: strings.Repeat("x", 201)}, "weekday: there are 201 bytes"},
		{DateInput{Date: "9999-12-31", Weekday: "Monday"}, "weekday: the result is not between the years 1 and 9999"},
	} {
		got, err := Date(t.Context(), tt.in)
		if err == nil || got != "" || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%+v\n got %q, %v\nwant %s…", tt.in, got, err, tt.want)
		}
		if _, ok := errors.AsType[*Error](err); !ok {
			t.Errorf("%+v: the error is a %T", tt.in, err)
		}
	}
}
