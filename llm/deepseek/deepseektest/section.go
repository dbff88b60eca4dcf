package deepseektest

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kindsOfSections are the words that a heading of a document may have.
var kindsOfSections = []string{"job", "education", "skill", "language", "project", "publication", "reference", "interest", "profile", "summary", "contact", "certificate", "item"}

// heading returns the words of a line that may be a heading, or nil.
func heading(line string) []string {
	line = strings.TrimSpace(line)
	bare := strings.TrimSpace(strings.Trim(line, "#*=-_~【】[]<>「」:： "))
	if bare == "" || utf8.RuneCountInString(bare) > 40 || len(strings.Fields(bare)) > 5 || strings.ContainsAny(bare, ",;.，；。:：|@") || strings.ContainsFunc(bare, unicode.IsDigit) {
		return nil
	}
	of := labelWords(bare)
	marked := strings.HasPrefix(line, "#") || strings.HasPrefix(line, "【") || line[0] == line[len(line)-1] && !isWord(line[0]) ||
		bare == strings.ToUpper(bare) && bare != strings.ToLower(bare) && len(bare) > 4
	if marked && len(of) > 0 {
		return of
	}
	if isSection([]label{{words: of}}) {
		return of
	}
	return nil
}

// isSection reports whether the first label is that of a section, as of skills.
func isSection(list []label) bool {
	return len(list) > 0 && len(list[0].words) < 4 && slices.ContainsFunc(kindsOfSections, func(kind string) bool { return hasWord(list[0].words, kind) })
}

// A line is one of a document, with the words that it has as a heading, or nil.
type line struct {
	text  string
	words []string
	ends  bool // it is a label of another section
}

func linesOf(text string) []line {
	var list []line
	for s := range strings.Lines(text) {
		list = append(list, line{strings.TrimRightFunc(s, unicode.IsSpace), heading(s), isSection(labelsOf(strings.TrimSpace(s)))})
	}
	return list
}

// section returns the lines below the heading that fits a field.
func section(lines []line, at field) []string {
	var list []string
	inside, level := false, 0 // level: of the heading, as markdown has it
	for _, line := range lines {
		if of := line.words; of != nil {
			n := len(line.text) - len(strings.TrimLeft(line.text, "#"))
			if inside && n <= level {
				break
			}
			if !inside {
				inside, level = label{words: of}.fit(at.name, nil) > 0.4, n
				continue
			}
		}
		if inside && line.ends {
			break
		}
		if inside {
			list = append(list, line.text)
		}
	}
	return list
}

// entries returns the elements of a list that are written as a section: each has
// a period of time, or the lines up to a blank one; else each is an item.
func entries(lines []string) []row {
	var list []row
	var open []string
	hasPeriod := periodForm.MatchString(strings.Join(lines, "\n"))
	flush := func() {
		if s := strings.Join(open, "\n"); periodForm.MatchString(s) {
			list = append(list, entry(s))
		}
		open = nil
	}
	if !hasPeriod {
		for _, line := range lines {
			if strings.TrimSpace(line) == "" && list != nil {
				break
			}
			for _, s := range splitOutside(itemText(strings.TrimSpace(line))) {
				list = append(list, pair(s))
			}
		}
		return list
	}
	for _, line := range lines {
		begins := periodForm.MatchString(line) && periodForm.MatchString(strings.Join(open, "\n"))
		if begins || strings.TrimSpace(line) == "" {
			flush()
		}
		open = append(open, line)
	}
	flush()
	return list
}

// splitOutside splits a list at commas and the like, but not in brackets.
func splitOutside(s string) []string {
	var list []string
	depth, start := 0, 0
	add := func(end int) {
		if t := strings.Trim(s[start:end], " .。(（\t"); t != "" {
			list = append(list, t)
		}
	}
	for i, r := range s {
		switch r {
		case '(', '（', '[':
			depth++
		case ')', '）', ']':
			depth--
		case ',', ';', '，', '；', '、', '•', '|':
			if depth <= 0 {
				add(i)
				start = i + utf8.RuneLen(r)
			}
		case '/':
			if depth <= 0 && i > 0 && s[i-1] == ' ' && strings.HasPrefix(s[i+1:], " ") {
				add(i)
				start = i + 1
			}
		}
	}
	add(len(s))
	return list
}

var pairForm = regexp.MustCompile(`^(.+?)\s*(?:[(（]([^)）]+)[)）]|\s[-–—]\s(.+)|[:：]\s*(.+))$`)

// pair returns an item such as "German (native)" with its name and what stands
// beside it.
func pair(s string) row {
	r := row{text: s}
	if m := pairForm.FindStringSubmatch(s); m != nil {
		r.labels = []label{newLabel("name", m[1]), newLabel("level", strings.TrimSpace(m[2]+m[3]+m[4]))}
	} else {
		r.labels = []label{newLabel("name", s)}
	}
	return r
}

var (
	dashForm   = regexp.MustCompile(gap2.String() + `|\s[-–—@]\s|\sat\s|\*\*`)
	orgForm    = regexp.MustCompile(`\b(?:GmbH|AG|SE|AS|AB|BV|SA|Ltd|plc|PLC|Inc|LLC|Corp|Co|Group|University|College|School|Institute|Academy|Hospital|Bank)\b|公司|集团|大学|学院|研究院|研究所|中学|医院|银行|厂$|局$|中心$`)
	roleForm   = regexp.MustCompile(`(?i)engineer|developer|manager|director|technician|assistant|analyst|designer|scientist|consultant|apprentice|intern\b|\blead\b|\bhead of|teacher|nurse|officer|architect|accountant|工程师|经理|主管|研究员|助理|实习|总监|教师|会计|程序员|技术员|架构师`)
	degreeForm = regexp.MustCompile(`\b(?:[BM]\.? ?(?:Sc|A|Eng|Ed)\b|[BM]BA\b|Ph\.? ?D|Bachelor|Master|Diploma|Doctor)|本科|硕士|博士|学士|专科|大专|高中`)
)

// entry returns a job or the like with what its first lines say: a period, an
// organization, what one was there.
func entry(text string) row {
	r := row{text: text}
	var head []string // up to the first sentence or item
	first := 0        // how far it is indented
	for line := range strings.Lines(text) {
		indent := len(line) - len(strings.TrimLeft(line, " \t　"))
		if len(head) == 0 {
			first = indent
		}
		if line = strings.Trim(line, " \t\n#*　"); len(head) == 0 {
			line = itemText(line)
		}
		if indent > first || isItem(line) || strings.HasSuffix(line, ".") || strings.HasSuffix(line, "。") {
			break
		}
		head = append(head, line)
	}
	rest := strings.Join(head, "   ")
	if m := periodForm.FindStringSubmatchIndex(rest); m != nil {
		r.labels = append(r.labels, newLabel("start", rest[m[2]:m[3]]))
		if end := rest[m[4]:m[5]]; monthForm.MatchString(end) {
			r.labels = append(r.labels, newLabel("end", end))
		}
		rest = rest[:m[0]] + "   " + rest[m[1]:]
	}
	taken := map[string]bool{}
	add := func(value string, names ...string) {
		for _, name := range names {
			if !taken[name] {
				taken[name] = true
				r.labels = append(r.labels, newLabel(name, value))
			}
		}
	}
	var others []string
	for _, cell := range dashForm.Split(rest, -1) {
		if strings.ContainsFunc(cell, isHan) {
			cell = strings.Join(strings.Fields(cell), ",")
		}
		for _, s := range splitOutside(cell) {
			if !strings.ContainsFunc(s, unicode.IsLetter) {
				continue
			}
			switch {
			case degreeForm.MatchString(s) && !taken["degree"]:
				add(s, "degree")
			case orgForm.MatchString(s):
				add(s, "company", "school")
			case roleForm.MatchString(s):
				add(s, "title", "role")
			default:
				others = append(others, s)
			}
		}
	}
	for _, s := range others {
		switch {
		case taken["degree"]:
			add(s, "field")
		case !taken["title"]:
			add(s, "title", "role")
		case !taken["company"]:
			add(s, "company", "school")
		default:
			add(s, "city")
		}
	}
	return r
}
