package prompt

import (
	"regexp"
	"strings"
	"sync"
)

// Volatile text is known by its shape: dates, clocks, ids and so on. A shape is a
// regular expression, tried on the lines that have what it needs, and a look at
// what it found. Regular expressions of Go take linear time.

// A shape is a sort of volatile text.
type shape struct {
	is    string                // what it is, for people
	need  marks                 // what a line must have for the expression to be tried
	words string                // of which it must have one too, in small letters, with bars between them
	re    func() *regexp.Regexp // groups are the parts that check wants
	check func(m match) bool
}

// A match is what the expression of a shape found.
type match struct {
	text   string // all of it
	groups []string
	before string // in lower case: the sentence in front of it, as far as it is near
	after  string // what follows closely
}

// marks are what a line has in it, so that few expressions need to be tried.
type marks uint

const (
	hasDigit      marks = 1 << iota
	hasYear             // digits that begin with 20, four at least
	hasClock            // digit, colon, digit
	hasThousandth       // a dot and three digits
	hasDigits           // ten digits in a row
	hasWord8            // a digit among as many letters and digits in a row
	hasWord12           // the same
	hasWord16           // the same
	hasZeroX            // 0x
	hasDash             // -
	hasSlash            // / or \
	hasWeekday          // "nday", "sday", "iday" or "rday", in any case
	hasWide             // not ASCII
)

// The years of dates that can be today's for programs that use this package. The
// clock of testing/synctest begins in 2000, on January 1.
const (
	firstYear, lastYear = 2025, 2099
	firstUnix, lastUnix = 1735689600, 2145916800 // 2025 to 2037, in seconds
)

const (
	months   = `(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?`
	weekdays = `(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day)`
	clock    = `(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?`
	andClock = `(?:,?(?: at)? ` + clock + `(?: ?[AaPp][Mm])?(?: [A-Z]{3,4})?\b)?`
	zone     = `(?:Z|[+-]\d\d:?\d\d)?`
)

// shapes are in order: of two that overlap, the first is reported.
var shapes = []shape{
	{"a time", hasYear | hasClock | hasDash, "", lazily(`\b(20\d\d)-(\d\d)-(\d\d)[Tt ]` + clock + zone), isDate},
	{"a time", hasYear, "", lazily(`\b(20\d\d)(\d\d)(\d\d)T\d{4,6}Z?\b`), isDate},
	{"a time", hasClock, "", lazily(`(?i)\b` + months + ` {1,2}\d{1,2},? \d\d:\d\d:\d\d(?: [a-z]{3,4})?(?: \d{4})?\b`), notExample},
	{"a date", hasYear | hasDash, "", lazily(`\b(20\d\d)-(\d\d)-(\d\d)\b`), isDate},
	{"a date", hasYear | hasSlash, "", lazily(`\b(20\d\d)/(\d\d?)/(\d\d?)\b` + andClock), isDate},
	{"a date", hasYear, "", lazily(`\b(\d\d?)[./-](\d\d?)[./-](20\d\d)\b` + andClock), isShortDate},
	{"a date", hasYear, "", lazily(`\b(20\d\d)\.?(\d\d)\.?(\d\d)\b`), isSaidDate},
	{"a date", hasYear, "", lazily(`(?i)\b(?:(?:[a-z]+day|mon|tue|wed|thu|fri|sat|sun),? )?(\d\d?)(?:st|nd|rd|th|\.)?[ -](?:of )?` + months + `,?[ -](20\d\d)\b` + andClock), isNamedDate},
	{"a date", hasYear, "", lazily(`(?i)\b(?:(?:[a-z]+day|mon|tue|wed|thu|fri|sat|sun),? )?` + months + ` (\d\d?)(?:st|nd|rd|th)?,? (20\d\d)\b` + andClock), isNamedDate},
	{"a date", hasYear | hasWide, "", lazily(`(20\d\d) ?[年년] ?(\d\d?) ?[月월] ?(\d\d?) ?[日号號일]`), isDate},
	{"a date", hasWeekday | hasDigit, "", lazily(`(?i)\b` + weekdays + `,? (?:the )?(?:\d\d?(?:st|nd|rd|th)? (?:of )?` + months + `|` + months + ` \d\d?)\b`), notExample},
	{"a date", hasDigit, "today|date", lazily(`(?i)\b(?:today|current date|date)(?:'s date)?(?: is|:| =) *(?:` + weekdays[:len(weekdays)-1] + `|mon|tue|wed|thu|fri|sat|sun),? )?(?:` + months + ` \d\d?(?:st|nd|rd|th)?|\d\d?(?:st|nd|rd|th)? (?:of )?` + months + `)\b`), notConditional},
	{"a date", hasDigit | hasWide, "今|现在", lazily(`(?:今天|今日|现在)[是为:： ]*\d\d? ?月 ?\d\d? ?[日号]`), notConditional},
	{"the day of the week", 0, "today|weekday", lazily(`(?i)\b(?:today|(?:current )?weekday)(?: is|:| =) *(?:mon|tue|wed|thu|fri|sat|sun)\b`), notConditional},
	{"the day of the week", hasWeekday, "day", lazily(`(?i)(?:\b(?:today|yesterday|tomorrow|current (?:week)?day(?: of (?:the )?week)?)(?:'s| is| was|:| =)|(?:^|[,;(*] ?)(?:week)?day(?: of (?:the )?week)?(?::| =)) *(?:a |now |currently )?` + weekdays + `\b`), notConditional},
	{"the day of the week", hasWeekday, "it|now", lazily(`(?i)\b(?:it(?:'s| is)(?: now| currently)?|now:?(?: is)?) ` + weekdays + `\b`), notConditional},
	{"the day of the week", hasWide, "今|现在", lazily(`(?:今天|今日|现在)[是为:： ]*(?:星期|周|礼拜)[一二三四五六日天]`), notConditional},
	{"a time", hasClock, "", lazily(`\b` + clock + `\b`), isClock},
	{"a time", hasDigit | hasWide, "现在|当前", lazily(`(?:现在|当前)[^\d,。，]{0,8}\d\d? ?[点时] ?\d\d? ?分`), notConditional},
	{"a UUID", hasDigit | hasDash, "", lazily(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`), isUUID},
	{"a ULID", hasWord16, "", lazily(`\b01[0-9A-HJKMNP-TV-Z]{24}\b`), isMixed},
	{"an id", hasDigit, "id|no.|number", lazily(`(?i)\b(?:request|req|session|trace|span|run|conversation|chat|thread|correlation|message|transaction|order|ticket|job|build|user|customer|account|tenant|client)[_ -]?(?:id|uuid|no\.|number)["'` + "`" + `]?(?: is| =|=|:) *["'` + "`" + `#]?([\w.-]*\d[\w.-]*)`), isID},
	{"an id", hasDigit | hasWide, "id|号|标识", lazily(`(?i)(?:请求|会话|对话|用户|客户|租户|任务|工单|订单|消息|追踪) ?(?:id|编号|号|标识)[:：=是为 ]+([\w.-]*\d[\w.-]*)`), isID},
	{"an id", hasWord8, "_|-", lazily(`\b(?:req|sess|session|msg|run|call|resp|conv|thread|trace|span|job|user|usr|cus|evt|chatcmpl|asst|file|tmp)[-_]([0-9A-Za-z]{8,})\b`), isRandom},
	{"a memory address", hasZeroX | hasWord8, "", lazily(`\b0x(?:c0[0-9a-f]{8}|[0-9a-f]{10,16})\b`), notExample},
	{"a hash or an id", hasWord16, "", lazily(`\b(?:[0-9a-f]{16,}|[0-9A-F]{16,})\b`), isMixed},
	{"a time in seconds or less since 1970", hasDigits, "", lazily(`\b(\d{10}|\d{13}|\d{16}|\d{19})(?:\.\d+)?\b`), isUnix},
	{"a random text", hasWord12, "", lazily(`[A-Za-z0-9+_-]{20,}={0,2}`), isRandom},
	{"a Go map as package fmt prints it", 0, "map[", lazily(`\bmap\[[^\[\]\s:]+:[^\[\]]*\]`), notExample},
	{"a goroutine of a stack trace", hasDigit, "goroutine ", lazily(`\bgoroutine \d+ \[`), notExample},
	{"a reading of Go's monotonic clock", hasThousandth, "m=", lazily(`\bm=[+-]\d+\.\d{3,}`), nil},
	{"a time that was measured", hasThousandth, "", lazily(`\b(?:\d+h)?(?:\d+m)?\d+\.\d{3,}(?:ns|µs|μs|us|ms|s)\b`), notExample},
	{"a time that was measured", hasDigit, "took|elapsed|uptime", lazily(`(?i)\b(?:took|elapsed|uptime)(?: time)?(?: is)?[:= ]{1,3}(?:\d+h)?(?:\d+m)?\d+(?:\.\d+)? ?(?:ns|µs|μs|us|ms|s|sec|seconds)\b`), notExample},
	{"a time that was measured", hasDigit | hasWide, "耗时", lazily(`耗时[:：为 ]*\d+(?:\.\d+)? ?(?:毫?秒|ms|s)`), notExample},
	{"a temporary file", hasDigit | hasSlash, "/tmp/|/var/folders/|\\temp\\", lazily(`/tmp/tmp[a-z0-9_]{8}\b|(?:/tmp/|/var/folders/|\\Temp\\)[^\s"'` + "`" + `<>)]*\d{3}[^\s"'` + "`" + `<>),;]*`), notExample},
	{"a process id", hasDigit, "pid", lazily(`(?i)\bpid(?: is)?[:= ]{1,3}\d{2,}\b`), notExample},
	{"a port that changes", hasDigit, "localhost:|127.0.0.1:|0.0.0.0:|[::1]:", lazily(`(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):(\d{5})\b`), isPort},
	{"a number that was computed", hasThousandth | hasDigits, "", lazily(`\b\d+\.\d{11,}(?:e[+-]?\d+)?\b`), isComputed},
}

// A hit is volatile text.
type hit struct {
	is, text string
	at, line int // in the text: the byte; and the line, from 1
}

// volatile calls found for each piece of volatile text, until that returns false.
func volatile(text string, found func(hit) bool) {
	at := 0
	for n := 1; ; n++ {
		line, _, more := strings.Cut(text[at:], "\n")
		if !volatileLine(line, func(h hit) bool {
			h.at, h.line = h.at+at, n
			return found(h)
		}) || !more {
			return
		}
		at += len(line) + 1
	}
}

// volatileLine calls found for the volatile text of a line.
func volatileLine(line string, found func(hit) bool) bool {
	has := marksOf(line)
	small := ""        // the line in small letters, once it is needed
	var taken [][2]int // what was reported of the line
	for _, s := range shapes {
		if has&s.need != s.need {
			continue
		}
		if s.words != "" {
			if small == "" {
				small = strings.ToLower(line)
			}
			if !containsWord(small, s.words) {
				continue
			}
		}
	next:
		for _, at := range s.re().FindAllStringSubmatchIndex(line, -1) {
			for _, t := range taken {
				if at[0] < t[1] && t[0] < at[1] {
					continue next
				}
			}
			if s.check != nil && !s.check(matchAt(line, at)) {
				continue
			}
			taken = append(taken, [2]int{at[0], at[1]})
			if !found(hit{is: s.is, text: line[at[0]:at[1]], at: at[0]}) {
				return false
			}
		}
	}
	return true
}

// lazily returns a function that returns a regular expression, compiled when it is
// called first: programs that never call Lint do not pay for it.
func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// containsWord reports whether a line has one of some words, with bars between them.
func containsWord(line, words string) bool {
	for w := range strings.SplitSeq(words, "|") {
		if strings.Contains(line, w) {
			return true
		}
	}
	return false
}
