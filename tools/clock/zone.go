package clock

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// zones finds the name of a zone by what people write for it, in lower case and with
// underscores: the name itself, the last part of it, or one of others.
var zones = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	cities := map[string]string{}
	region := ""
	for word := range strings.FieldsSeq(zoneNames) {
		if name, ok := strings.CutSuffix(word, ":"); ok {
			region = strings.TrimPrefix(name+"/", "-/")
			continue
		}
		name := region + word
		all[strings.ToLower(name)] = name
		city := strings.ToLower(word[strings.LastIndexByte(word, '/')+1:])
		switch region {
		case "", "Brazil/", "Canada/", "Chile/", "Etc/", "Mexico/", "US/":
			continue
		}
		if old, ok := cities[city]; !ok || strings.Count(name, "/") < strings.Count(old, "/") {
			cities[city] = name
		}
	}
	for _, city := range []string{"north", "south", "west", "center", "general"} {
		delete(cities, city)
	}
	for city, name := range cities {
		if _, ok := all[city]; !ok {
			all[city] = name
		}
	}
	for line := range strings.SplitSeq(strings.TrimSpace(otherNames), "\n") {
		name, others, _ := strings.Cut(line, ": ")
		for other := range strings.FieldsSeq(others) {
			all[other] = name
		}
	}
	return all
})

// otherNames are cities and countries of one zone that the database has no name for.
const otherNames = `
Asia/Shanghai: beijing china shenzhen guangzhou hangzhou chengdu nanjing wuhan 北京 上海 中国 深圳 广州 杭州 北京时间
Asia/Hong_Kong: 香港 hkt
Asia/Taipei: taiwan 台北 台湾
Asia/Tokyo: osaka kyoto 东京 日本 jst
Asia/Seoul: south_korea korea 首尔 韩国 kst
Asia/Singapore: 新加坡 sgt
Asia/Kolkata: india mumbai delhi new_delhi bangalore bengaluru chennai hyderabad
Asia/Dubai: uae abu_dhabi
Asia/Ho_Chi_Minh: hanoi vietnam
Asia/Riyadh: saudi_arabia
Europe/London: uk england britain great_britain united_kingdom 伦敦 英国
Europe/Paris: france 巴黎 法国
Europe/Berlin: germany munich frankfurt hamburg cologne 柏林 德国
Europe/Zurich: switzerland geneva
Europe/Rome: italy milan
Europe/Madrid: barcelona
Europe/Amsterdam: netherlands
Europe/Moscow: st_petersburg saint_petersburg msk 莫斯科
America/New_York: new_york_city nyc boston washington washington_dc washington,_d.c. miami atlanta philadelphia eastern_time et 纽约
America/Chicago: houston dallas austin central_time ct 芝加哥
America/Denver: mountain_time mt
America/Los_Angeles: san_francisco sf la seattle san_diego silicon_valley las_vegas pacific_time pt 洛杉矶 旧金山
America/Toronto: montreal ottawa
America/Sao_Paulo: rio_de_janeiro
Australia/Sydney: 悉尼
UTC: z
`

// doubtful are abbreviations that stand for several zones, or for the winter half of
// one, as models and people write them the year round.
var doubtful = map[string]string{
	"est":  "America/New_York, or -05:00 in summer too",
	"edt":  "America/New_York, or -04:00 in winter too",
	"cst":  "Asia/Shanghai, America/Chicago, or America/Havana",
	"cdt":  "America/Chicago, or America/Havana",
	"mst":  "America/Denver, or America/Phoenix, which has no summer time",
	"mdt":  "America/Denver",
	"pst":  "America/Los_Angeles, or Asia/Manila",
	"pdt":  "America/Los_Angeles",
	"ast":  "America/Halifax, or Asia/Riyadh",
	"bst":  "Europe/London, or Asia/Dhaka",
	"ist":  "Asia/Kolkata, Asia/Jerusalem, or Europe/Dublin",
	"gst":  "Asia/Dubai, or Atlantic/South_Georgia",
	"sst":  "Pacific/Pago_Pago, or Asia/Singapore",
	"aest": "Australia/Sydney, or Australia/Brisbane, which has no summer time",
	"aedt": "Australia/Sydney",
	"cest": "Europe/Berlin, or Europe/Paris",
	"eest": "Europe/Athens, or Europe/Helsinki",
}

var offset = regexp.MustCompile(`^(?:utc|gmt)?\s*([+−-])(\d{1,2})(?::?([0-5]\d))?$`)

// findZone returns the zone of a name, as people write it.
func findZone(field, name string) (*time.Location, error) {
	name = strings.TrimSpace(name)
	if len(name) > maxText {
		return nil, tooLong(field, name)
	}
	key := strings.ToLower(strings.Join(strings.Fields(name), "_"))
	if choices, ok := doubtful[key]; ok {
		return nil, &Error{field, fmt.Sprintf("%q is short for more than one time: write %s", name, choices)}
	}
	if found, ok := zones()[key]; ok {
		return loadZone(field, found, time.LoadLocation)
	}
	if m := offset.FindStringSubmatch(strings.ToLower(name)); m != nil {
		if loc := fixedZone(m[1], m[2], m[3]); loc != nil {
			return loc, nil
		}
		return nil, &Error{field, fmt.Sprintf("there is no offset %s: they go from -12:00 to +14:00", name)}
	}
	problem := fmt.Sprintf("there is no time zone %q: write a name such as Asia/Shanghai, or an offset such as +08:00", name)
	if near := nearest(key); near != "" {
		problem = fmt.Sprintf("there is no time zone %q: is %s meant?", name, near)
	}
	return nil, &Error{field, problem}
}

// loadZone returns a zone by its right name, with time.LoadLocation as load.
func loadZone(field, name string, load func(string) (*time.Location, error)) (*time.Location, error) {
	loc, err := load(name)
	if err != nil {
		return nil, &Error{field, fmt.Sprintf("there is no data for the time zone %s on this machine, for which a program imports time/tzdata: write an offset such as +08:00", name)}
	}
	return loc, nil
}

// fixedZone returns the zone of an offset, or nil if it is none.
func fixedZone(sign, hours, minutes string) *time.Location {
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi(minutes)
	seconds := h*3600 + m*60
	if sign != "+" {
		seconds = -seconds
	}
	switch {
	case seconds > 14*3600 || seconds < -12*3600:
		return nil
	case seconds == 0:
		return time.UTC
	}
	return time.FixedZone("", seconds)
}

// nearest returns the name of the zone that is written almost like key and with the same
// letter first, or "": what is near to an abbreviation is another one.
func nearest(key string) string {
	best, least := "", min(len(key)/4, 4)+1
	for other, name := range zones() {
		if key == "" || other[0] != key[0] {
			continue
		}
		if d := distance(key, other, least+1); d < least || d == least && best != "" && name < best {
			best, least = name, d
		}
	}
	return best
}

// distance returns how many letters are to be put in, left out or changed between a and
// b, or most if there are no fewer.
func distance(a, b string, most int) int {
	if d := len(a) - len(b); d >= most || -d >= most {
		return most
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, diagonal+1)
		}
		if slices.Min(row) >= most {
			return most
		}
	}
	return min(row[len(b)], most)
}
