package clock

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// FuzzDate gives Date any text.
func FuzzDate(f *testing.F) {
	for _, s := range [][5]string{
		{"2026-03-01", "UTC", "1 month -2 days", "Friday", ""},
		{"March 1st, 2026 3pm Tokyo", "+08:00", "P1Y2M3DT4H", "last Mon", "now"},
		{"2026年3月1日", "北京", "3天前", "周日", "tomorrow"},
		{"@1772377445", "Asia/Shanghia", "5 working days", "this friday", "03/04/2026"},
		{"2026-03-29 02:30", "Europe/Berlin", "1h30m", "", "2026-10-25 02:30"},
		{"9999-12-31", "../../etc/passwd", "1000000000 years", "x", "0001-01-01"},
	} {
		f.Add(s[0], s[1], s[2], s[3], s[4])
	}
	f.Fuzz(func(t *testing.T, date, zone, add, weekday, until string) {
		for _, in := range []DateInput{
			{Date: date, Zone: zone, Add: add, Weekday: weekday, Until: until, In: zone},
			{Date: date}, {Date: date, Add: add}, {Date: date, Until: until}, {Date: "2026-01-31 12:00", Add: add}, {Zone: zone}, {Weekday: weekday},
		} {
			got, err := Date(t.Context(), in)
			if e, ok := errors.AsType[*Error](err); err != nil && (!ok || e.Field == "" || e.Problem == "" || len(e.Problem) > 2000) {
				t.Errorf("%+v: the error is %#v", in, err)
			}
			if (got == "") == (err == nil) || len(got) > 1000 {
				t.Errorf("%+v: %q, %v", in, got, err)
			}
		}
	})
}

// FuzzCalendar compares with package time, and holds that a span from one day to another
// leads there when it is added.
func FuzzCalendar(f *testing.F) {
	f.Add(uint32(0), uint32(0))
	f.Add(uint32(738_000), uint32(40))
	f.Add(uint32(738_910), uint32(365))
	f.Fuzz(func(t *testing.T, from, n uint32) {
		a := day(1, time.January, 1+int(from%3_000_000))
		b := day(1, time.January, 1+int(from%3_000_000+n%600_000))
		months, rest := calendar(a, b)
		if rest < 0 || rest > 30 {
			t.Errorf("%s to %s: %d months and %d days", a.short(), b.short(), months, rest)
		}
		got, err := a.add("add", span{months: months, days: rest}, time.UTC)
		if err != nil || !got.t.Equal(b.t) {
			t.Errorf("%s plus %d months and %d days is %s, %v, want %s", a.short(), months, rest, got.short(), err, b.short())
		}
		// working days, one by one
		few := int(n % 50)
		count := int64(0)
		for i := range few {
			if workday(a.t.AddDate(0, 0, i+1)) {
				count++
			}
		}
		if got := workdays(a.t, int64(few)); got != count {
			t.Errorf("%d working days in %d days after %s, want %d", got, few, a.short(), count)
		}
		forth := addWorkdays(a.t, few)
		if few > 0 && !workday(forth) {
			t.Errorf("%s plus %d working days is %s", a.short(), few, forth)
		}
		if back := addWorkdays(forth, -few); workday(a.t) && !back.Equal(a.t) {
			t.Errorf("%s and %d working days forth and back is %s", a.short(), few, back)
		}
		if got := workdays(a.t, (forth.Unix()-a.t.Unix())/86_400); got != int64(few) {
			t.Errorf("%d working days from %s to %s, want %d", got, a.short(), forth, few)
		}
		// what describes a day can be read again
		again, err := parseMoment("date", a.short(), time.UTC)
		if err != nil || !again.t.Equal(a.t) {
			t.Errorf("%q is read as %s, %v", a.short(), again.short(), err)
		}
	})
}

// FuzzTime holds that a time on the wall of any zone is read as package time has it, but
// where the clocks leave it out or strike it twice, which the notes then say.
func FuzzTime(f *testing.F) {
	f.Add(uint32(1_774_747_800), uint8(0))
	f.Add(uint32(1_792_888_200), uint8(1))
	f.Add(uint32(1_325_239_200), uint8(2))
	names := strings.Fields("Europe/Berlin America/New_York Pacific/Apia Australia/Lord_Howe Asia/Kathmandu America/Caracas Africa/Casablanca Europe/Dublin Asia/Shanghai Antarctica/Troll")
	f.Fuzz(func(t *testing.T, unix uint32, zone uint8) {
		loc, err := time.LoadLocation(names[int(zone)%len(names)])
		if err != nil {
			t.Skip(err)
		}
		want := time.Unix(int64(unix), 0).In(loc)
		got, err := parseMoment("date", want.Format("2006-01-02 15:04:05"), loc)
		if err != nil {
			t.Fatal(err)
		}
		twice := strings.Contains(strings.Join(got.notes, ""), "twice")
		if !got.t.Equal(want) && (!twice || got.t.After(want)) {
			t.Errorf("%s is read as %s, %q", want, got.t, got.notes)
		}
		if got.t.Format(time.DateTime) != want.Format(time.DateTime) {
			t.Errorf("%s shows another time than %s", got.t, want)
		}
	})
}
