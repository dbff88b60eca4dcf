package clock

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	_ "time/tzdata"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

// Tests run in UTC, wherever they run.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

// at runs f at a time that does not pass on its own.
func at(t *testing.T, now string, f func(t *testing.T)) {
	t.Helper()
	want, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(want)) // the fake clock begins in 2000
		f(t)
	})
}

func TestNow(t *testing.T) {
	at(t, "2026-11-20T08:16:33Z", func(t *testing.T) {
		for _, tt := range []struct{ zone, want string }{
			{"", "2026-11-20 08:16:33 +00:00 Friday, UTC, ISO week 2026-W47, day 324 of 365, Unix 1795162593"},
			{"Asia/Shanghai", "2026-11-20 16:16:33 +08:00 Friday, Asia/Shanghai (CST), ISO week 2026-W47, day 324 of 365, Unix 1795162593"},
			{"asia/shanghai", "2026-11-20 16:16:33 +08:00 Friday, Asia/Shanghai (CST), ISO week 2026-W47, day 324 of 365, Unix 1795162593"},
			{"America/Los_Angeles", "2026-11-20 00:16:33 -08:00 Friday, America/Los_Angeles (PST), ISO week 2026-W47, day 324 of 365, Unix 1795162593"},
			{"Pacific/Honolulu", "2026-11-19 22:16:33 -10:00 Thursday, Pacific/Honolulu (HST), ISO week 2026-W47, day 323 of 365, Unix 1795162593"},
			{"Asia/Dubai", "2026-11-20 12:16:33 +04:00 Friday, Asia/Dubai, ISO week 2026-W47, day 324 of 365, Unix 1795162593"},
			{"+05:30", "2026-11-20 13:46:33 +05:30 Friday, ISO week 2026-W47, day 324 of 365, Unix 1795162593"},
		} {
			if got, err := Now(t.Context(), NowInput{tt.zone}); got != tt.want || err != nil {
				t.Errorf("%q\n got %s, %v\nwant %s", tt.zone, got, err, tt.want)
			}
		}
	})
}

func TestZones(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"Asia/Shanghai", "Asia/Shanghai"}, {" america/new york ", "America/New_York"}, {"AMERICA/NEW_YORK", "America/New_York"}, {"New York", "America/New_York"},
		{"shanghai", "Asia/Shanghai"}, {"Beijing", "Asia/Shanghai"}, {"北京", "Asia/Shanghai"}, {"Tokyo", "Asia/Tokyo"}, {"JST", "Asia/Tokyo"}, {"london", "Europe/London"},
		{"San Francisco", "America/Los_Angeles"}, {"buenos aires", "America/Buenos_Aires"}, {"Indianapolis", "America/Indianapolis"}, {"salta", "America/Argentina/Salta"},
		{"utc", "UTC"}, {"Z", "UTC"}, {"GMT", "GMT"}, {"Etc/GMT-8", "Etc/GMT-8"}, {"UTC+0", "UTC"}, {"US/Pacific", "US/Pacific"}, {"samoa", "Pacific/Samoa"}, {"istanbul", "Europe/Istanbul"},
	} {
		loc, err := findZone("zone", tt.name)
		if err != nil || loc.String() != tt.want && tt.want != "Europe/Istanbul" {
			t.Errorf("%q: %s, %v, want %s", tt.name, loc, err, tt.want)
		}
	}
	for _, tt := range []struct {
		name string
		want int // minutes
	}{{"+08:00", 480}, {"+8", 480}, {"UTC+8", 480}, {"GMT-5", -300}, {"utc +0530", 330}, {"−03:30", -210}, {"+14:00", 840}, {"-12", -720}} {
		loc, err := findZone("zone", tt.name)
		if err != nil {
			t.Errorf("%q: %v", tt.name, err)
			continue
		}
		if _, got := time.Unix(0, 0).In(loc).Zone(); got != tt.want*60 {
			t.Errorf("%q: %d seconds, want %d minutes", tt.name, got, tt.want)
		}
	}
	for _, tt := range []struct{ name, want string }{
		{"CST", `zone: "CST" is short for more than one time: write Asia/Shanghai, America/Chicago, or America/Havana`},
		{"est", `zone: "est" is short for more than one time: write America/New_York, or -05:00 in summer too`},
		{"Asia/Shanghia", `zone: there is no time zone "Asia/Shanghia": is Asia/Shanghai meant?`},
		{"Sidney", `zone: there is no time zone "Sidney": is Australia/Sydney meant?`},
		{"Europe/Belin", `zone: there is no time zone "Europe/Belin": is Europe/Berlin meant?`},
		{"Gondor", `zone: there is no time zone "Gondor": write a name`},
		{"PKT", `zone: there is no time zone "PKT": write a name`},
		{"AKST", `zone: there is no time zone "AKST": write a name`},
		{"Canada", `zone: there is no time zone "Canada": write a name`},
		{"America", `zone: there is no time zone "America": write a name`},
		{"../../etc/passwd", `zone: there is no time zone "../../etc/passwd": write a name such as`},
		{"/etc/localtime", `zone: there is no time zone "/etc/localtime": write a name such as`},
		{"Asia/../Asia/Tokyo", `zone: there is no time zone "Asia/../Asia/Tokyo": write a name such as`},
		{`..\..\windows`, `zone: there is no time zone "..\\..\\windows": write a name such as`},
		{"zone.tab", `zone: there is no time zone "zone.tab"`},
		{"posixrules", `zone: there is no time zone "posixrules"`},
		{"Asia/Tokyo\x00", `zone: there is no time zone "Asia/Tokyo\x00": is Asia/Tokyo meant?`},
		{"+15", "zone: there is no offset +15: they go from -12:00 to +14:00"},
		{"-12:30", "zone: there is no offset -12:30: they go from -12:00 to +14:00"},
		{"+08:99", `zone: there is no time zone "+08:99"`},
		{strings.Repeat("a", 201), "zone: there are 201 bytes, and 200 are the most"},
		{"Local", `zone: there is no time zone "Local"`},
	} {
		loc, err := findZone("zone", tt.name)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%q: %v, %v\nwant %s…", tt.name, loc, err, tt.want)
		}
	}
}

// TestZoneNames holds that what is on the list can be loaded.
func TestZoneNames(t *testing.T) {
	n := 0
	for key, name := range zones() {
		if _, err := time.LoadLocation(name); err != nil {
			t.Errorf("%s, for %s: %v", name, key, err)
		}
		if key != strings.ToLower(key) || strings.Contains(key, " ") {
			t.Errorf("%q is never found", key)
		}
		n++
	}
	if n < 1000 {
		t.Errorf("%d names", n)
	}
	for abbreviation := range doubtful {
		if _, err := findZone("zone", abbreviation); err == nil {
			t.Errorf("%s is a zone", abbreviation)
		}
	}
}

func TestNoZoneData(t *testing.T) {
	_, err := loadZone("in", "Asia/Tokyo", func(string) (*time.Location, error) { return nil, errors.New("unknown time zone") })
	if err == nil || !strings.Contains(err.Error(), "in: there is no data for the time zone Asia/Tokyo") || !strings.Contains(err.Error(), "time/tzdata") {
		t.Error(err)
	}
}

func TestTools(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	set := tools.Set{Tool(shanghai), DateTool(shanghai)}
	var first []byte
	for _, now := range []string{"2026-11-20T20:00:00Z", "2027-01-01T00:00:00Z"} {
		at(t, now, func(t *testing.T) {
			var specs []byte
			for _, s := range set.Specs() {
				specs = append(specs, s.Name+s.Description+string(s.Schema)...)
			}
			if first == nil {
				first = specs
			}
			if string(specs) != string(first) {
				t.Errorf("the description changes with the time:\n%s\n%s", first, specs)
			}
		})
	}
	for _, tool := range set {
		if got := tools.PolicyOf(tool).Effect; got != tools.Reads {
			t.Errorf("%s: effect %v, want reads", tool.Spec().Name, got)
		}
	}
	at(t, "2026-11-20T20:00:00Z", func(t *testing.T) {
		for _, tt := range []struct {
			name, args, want string
			bad              bool
		}{
			{"clock", `{}`, "2026-11-21 04:00:00 +08:00 Saturday, Asia/Shanghai (CST)", false},
			{"clock", `{"zone":"UTC"}`, "2026-11-20 20:00:00 +00:00 Friday, UTC", false},
			{"clock", `{"zone":"EST"}`, "zone: \"EST\" is short", true},
			{"date", `{}`, "2026-11-21 Saturday", false},
			{"date", `{"date":"2026-01-31","add":"1 month"}`, "2026-02-28 Saturday", false},
			{"date", `{"date":"soon"}`, "date: \"soon\" is no date", true},
		} {
			r, err := set.Call(t.Context(), llm.ToolCall{ID: "1", Name: tt.name, Args: tt.args})
			text := llm.Message{Parts: r.Content}.Text()
			if err != nil || r.IsError != tt.bad || !strings.Contains(text, tt.want) {
				t.Errorf("%s %s: %q, error %v, %v", tt.name, tt.args, text, r.IsError, err)
			}
		}
	})
}
