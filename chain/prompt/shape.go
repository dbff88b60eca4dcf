package prompt

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// near is how far around a match it is looked at.
const near = 60

// matchAt returns a match by its indices, as of the expression.
func matchAt(line string, at []int) match {
	m := match{text: line[at[0]:at[1]]}
	for i := 2; i < len(at); i += 2 {
		group := ""
		if at[i] >= 0 {
			group = line[at[i]:at[i+1]]
		}
		m.groups = append(m.groups, group)
	}
	from := max(0, at[0]-near)
	m.before = abbreviations.Replace(strings.ToLower(line[from:at[0]]))
	for _, end := range []string{". ", "! ", "? ", "。"} {
		if i := strings.LastIndex(m.before, end); i >= 0 {
			m.before = m.before[i+len(end):]
		}
	}
	m.after = strings.ToLower(line[at[1]:min(len(line), at[1]+near/2)])
	return m
}

// abbreviations end in a dot that ends no sentence.
var abbreviations = strings.NewReplacer("e.g.", "e.g", "i.e.", "i.e", "no.", "no", "tel.", "tel", "art.", "art", "z.b.", "z.b")

var (
	exampleWords = lazily(`e\.g|\beg\b|example|instance|such as|\blike\b|\bas in\b|format|\bforms?\b|layout|pattern|sample|placeholder|written|\bi\.e|\bz\.b|yyyy|hh:mm|^(?:input|output|question|answer|q|a):|比如|例|格式|写成|形如|输入|输出`)
	fixedWords   = lazily(`\b(?:since|until|till|effective|before|after|by|due|deadline|expires?|expired|valid|released?|versions?|protocol|revision|edition|standard|amended|founded|published|adopted|signed|enacted|force|regulation|directive|act|law|laws|decree|treaty|cut-?off|knowledge|trained|starts|begins|ends|holidays?|minimum|maximum|fiscal)\b|截至|截止|生效|有效期|成立|签订|版本|知识|自$|[-./_]$`)
	fixedAfter   = lazily(`^[^\d,.;，。；]{0,6}(?:起|前|后|发布|实施|施行|生效|签订|成立)`)
	fromWords    = lazily(`\d ?(?:to|until|till|through|and|-|–|—|~|至|到) ?$`)
	toWords      = lazily(`^ ?(?:to|until|till|through|and|-|–|—|~|至|到) ?\d`)
	dateWords    = lazily(`(?:\b(?:date|today|now|generated|as of)(?: is)?|日期|今天|今日)[是为:：= ]*$`)
	nowWords     = lazily(`\b(?:today|now|current|currently|present)\b|今天|今日|现在|当前`)
	clockWords   = lazily(`(?:\b(?:now|current|currently|clock|generated|printed|started|rendered|local time|the time is|it is|it's|as of)\b|^time:|现在|当前|(?:北京|本地|系统)时间|^时间)[^,;]{0,20}$`)
	ifWords      = lazily(`\b(?:if|when|whenever|whether|unless|suppose|assume|because)\b[^,]*$|如果`)
	numberWords  = lazily(`\b(?:isbn|phone|telephone|tel|fax|call|dial|sms|whatsapp|iban|account|ean|gtin|upc|vat|tax|no|number|amount|price|seed|limit|max|maximum|at most|population|budget|hotline|qq)\b|电话|热线|手机|传真|qq|微信|群|备案|备$|号码|账号|[-+.#/$€£¥]$`)
	unitWords    = lazily(`^(?:[-–./]\d| ?(?:usd|eur|cny|€|¥|%|bytes|tokens|people|inhabitants|items|rows))`)
	lengthWords  = lazily(`^(?:[ -](?:digits?|chars?|characters?|letters?|bytes?|bits?|to|or)\b|[-–]\d| ?位)`)
	typeWord     = lazily(`(?i)^(?:u?int|float|uuid|sha|base|utf|md|string|ulid|v|varchar|char)[-_]?v?\d*\.?$`)
)

// notExample reports whether a match is not said to be an example or a form.
func notExample(m match) bool {
	for _, s := range []string{"yyyy", "hh:mm", "for example", "for instance"} {
		if strings.Contains(m.after, s) {
			return false
		}
	}
	return !exampleWords().MatchString(m.before)
}

// notConditional reports whether a match is neither an example nor a condition.
func notConditional(m match) bool { return notExample(m) && !ifWords().MatchString(m.before) }

// isDate reports whether a match with year, month and day can be today's.
func isDate(m match) bool {
	return canBeToday(m, m.groups[0], m.groups[1], m.groups[2])
}

// isShortDate reports it for a date of day, month and year, or month, day and year.
func isShortDate(m match) bool {
	a, b, year := m.groups[0], m.groups[1], m.groups[2]
	return canBeToday(m, year, b, a) || canBeToday(m, year, a, b)
}

// isNamedDate reports it for a date with the name of a month.
func isNamedDate(m match) bool { return canBeToday(m, m.groups[1], "1", m.groups[0]) }

// canBeToday reports whether a date can be that of the day on which the program
// runs, going by what it is and what is said before it.
func canBeToday(m match, year, month, day string) bool {
	y, _ := strconv.Atoi(year)
	mo, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	synctest := y == 2000 && mo == 1 && d == 1
	return (firstYear <= y && y <= lastYear || synctest) && 1 <= mo && mo <= 12 && 1 <= d && d <= 31 &&
		notExample(m) && !strings.HasPrefix(m.after, "-") && !strings.HasPrefix(m.after, "/") && !isOfRange(m) && !fixedAfter().MatchString(m.after) &&
		(!fixedWords().MatchString(m.before) || nowWords().MatchString(m.before) && !strings.HasSuffix(m.before, "-"))
}

// isOfRange reports whether a match is the first or the last of a range.
func isOfRange(m match) bool {
	return fromWords().MatchString(m.before) || toWords().MatchString(m.after)
}

// isSaidDate reports it for digits that are a date only if that is said.
func isSaidDate(m match) bool { return dateWords().MatchString(m.before) && isDate(m) }

// isClock reports whether a time of the day is now: to the second and not round, or
// said to be now.
func isClock(m match) bool {
	switch {
	case !notExample(m) || isOfRange(m) || strings.HasPrefix(m.after, ":") || strings.HasSuffix(m.before, ":") || strings.HasSuffix(m.before, "."):
		return false
	case clockWords().MatchString(m.before):
		return true
	}
	parts := strings.Split(m.text, ":")
	return len(parts) == 3 && parts[2] != "00" && m.text != "23:59:59"
}

// isUUID reports whether a UUID is neither an example nor a special one.
func isUUID(m match) bool {
	switch strings.ToLower(m.text) {
	case "123e4567-e89b-12d3-a456-426614174000", "550e8400-e29b-41d4-a716-446655440000": // of Wikipedia and of RFC 4122's readers
		return false
	}
	return notExample(m) && distinct(m.text) > 6
}

// isMixed reports whether a long text of letters and digits has enough of both.
func isMixed(m match) bool {
	letters, digits, _ := classes(m.text)
	return letters >= 2 && digits >= 2 && distinct(m.text) >= 6 && notExample(m)
}

// isID reports whether what is said to be an id is one, not a type or a length.
func isID(m match) bool {
	v := strings.TrimRight(m.groups[0], ".-")
	return v != "" && !typeWord().MatchString(v) && !lengthWords().MatchString(m.after) && notExample(m)
}

// isRandom reports whether a text looks random: letters of both cases and digits
// alternate as they do not in words and names.
func isRandom(m match) bool {
	if strings.HasSuffix(m.before, "base64,") { // a file
		return false
	}
	said := len(m.groups) > 0 // to be an id
	text, least, digitsLeast, share := m.text, 12, 3, 3
	if said {
		text, least, digitsLeast, share = m.groups[0], 8, 2, 4
	}
	for piece := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("-_+=", r) }) {
		letters, digits, changes := classes(piece)
		if len(piece) >= least && (letters >= 2 && digits >= digitsLeast && share*changes >= len(piece) || said && 2*digits >= len(piece)) {
			return notExample(m)
		}
	}
	return false
}

// isUnix reports whether a number is a time of these years.
func isUnix(m match) bool {
	n, err := strconv.ParseInt(m.groups[0][:10], 10, 64)
	return err == nil && firstUnix <= n && n <= lastUnix && notExample(m) &&
		!numberWords().MatchString(m.before) && !unitWords().MatchString(m.after)
}

// isPort reports whether a port is one of those that systems give out.
func isPort(m match) bool {
	n, _ := strconv.Atoi(m.groups[0])
	return 32768 <= n && n <= 65535 && n != 50051 && notExample(m) // gRPC's
}

// isComputed reports whether a number with many digits is no constant of mathematics.
func isComputed(m match) bool {
	for _, c := range []string{"3.14159", "6.28318", "2.71828", "1.41421", "1.73205", "1.61803", "0.69314", "0.57721"} {
		if strings.HasPrefix(m.text, c) {
			return false
		}
	}
	return notExample(m)
}

// classes returns how many letters and digits s has, and how often letters in
// capitals, other letters and digits change.
func classes(s string) (letters, digits, changes int) {
	last := 0
	for i := range len(s) {
		class := 0
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			class = 1
			digits++
		case 'a' <= c && c <= 'z':
			class = 2
			letters++
		case 'A' <= c && c <= 'Z':
			class = 3
			letters++
		}
		if i > 0 && class != last {
			changes++
		}
		last = class
	}
	return letters, digits, changes
}

// distinct returns how many different bytes s has.
func distinct(s string) int {
	n := 0
	var seen [256]bool
	for i := range len(s) {
		if !seen[s[i]] {
			seen[s[i]] = true
			n++
		}
	}
	return n
}

// marksOf returns what a line has.
func marksOf(line string) marks {
	var has marks
	digits, word, digitAt := 0, 0, -1 // how many there are in a row; where the last digit is
	for i := range len(line) {
		c := line[i]
		digit := '0' <= c && c <= '9'
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !digit && !letter {
			word, digits = 0, 0
			switch {
			case c == '-':
				has |= hasDash
			case c == '/' || c == '\\':
				has |= hasSlash
			case c >= utf8.RuneSelf:
				has |= hasWide
			}
			continue
		}
		word++
		if digit {
			has |= hasDigit
			digits++
			digitAt = i
			has |= runMarks(line, i, digits)
		} else {
			digits = 0
			switch c | 0x20 {
			case 'x':
				if i > 0 && line[i-1] == '0' {
					has |= hasZeroX
				}
			case 'y':
				if i >= 3 && line[i-1]|0x20 == 'a' && line[i-2]|0x20 == 'd' && strings.IndexByte("nsir", line[i-3]|0x20) >= 0 {
					has |= hasWeekday
				}
			}
		}
		if word >= 8 && digitAt > i-word {
			has |= wordMarks(word)
		}
	}
	return has
}

// runMarks returns what the digit at i makes, which is one of as many in a row.
func runMarks(line string, i, digits int) marks {
	var has marks
	switch {
	case digits == 1 && i >= 2 && line[i-1] == ':' && '0' <= line[i-2] && line[i-2] <= '9':
		has |= hasClock
	case digits == 3 && i >= 3 && line[i-3] == '.':
		has |= hasThousandth
	case digits == 4 && line[i-3:i-1] == "20":
		has |= hasYear
	case digits == 10:
		has |= hasDigits
	}
	return has
}

// wordMarks returns what so many letters and digits in a row make.
func wordMarks(n int) marks {
	switch {
	case n >= 16:
		return hasWord8 | hasWord12 | hasWord16
	case n >= 12:
		return hasWord8 | hasWord12
	}
	return hasWord8
}
