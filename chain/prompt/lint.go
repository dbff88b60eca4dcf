package prompt

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm"
)

// A Finding is a place that keeps a prompt from being cached.
type Finding struct {
	Where  string // such as "message 1 (system), line 3" or "tool 2 (search)"; all are counted from 1
	Text   string // what stands there, cut short
	Reason string // what is wrong with it, and what to do
}

// String returns all of it in a line.
func (f Finding) String() string {
	if f.Text == "" {
		return f.Where + ": " + f.Reason
	}
	return f.Where + ": " + strconv.Quote(f.Text) + ": " + f.Reason
}

// maxFindings is how many findings are reported.
const maxFindings = 100

// Lint reports what keeps requests from being cached. It is for tests:
//
//	if found := prompt.Lint(first, second); len(found) > 0 {
//		t.Error(found)
//	}
//
// DeepSeek keeps the beginnings of prompts, in units of 128 tokens, and bills what
// a request has in common with one before it, from the first byte on, at a
// fraction of the price: 1/50 on deepseek-flash. So what is the same for all
// requests must come first, and be the same to the byte: the tools, and the
// messages before the first of the user (or before a reminder, which is made for
// what changes). That is the constant part.
//
// Of one request, Lint reports what in its constant part looks volatile: dates
// and times, the day of the week, UUIDs and other ids, hashes and random texts,
// Unix times, memory addresses, Go maps as package fmt prints them, measured
// times, temporary files, process ids and ports, and numbers with many digits.
// A date is meant to be constant, and no finding, if it is not of the years 2025
// to 2099, except for the day on which the clock of testing/synctest begins; if an
// example or a format is spoken of before it in the sentence ("such as
// 2026-11-21"); or a law, a version, a deadline and the like ("in force since
// 2026-02-02"). A time of the day is one if it has odd seconds, or is said to be
// now. No more than a guess is possible: what is constant and looks otherwise is
// reported, and a number that changes with every request and looks like any other
// is not.
//
// That is what several requests are for. They should be of the same template or
// the same conversation, best made from different values at different times. Lint
// reports where the constant parts of the others differ from that of the first,
// and if it is no more than the order: of tools, of the keys of a schema, of
// words or of examples, as a range over a map makes it. It reports models that
// differ, as each has a cache of its own; efforts, formats and schemas of the reply,
// which come before the messages in a prompt; and a tool choice of none, with which
// the tools are left out of it. It does not look at User: what is for different users
// is cached apart, and meant to be.
//
// Lint takes time linear to the size of the requests, does not modify them, and
// reports at most 100 findings. Requests that are nil are left out.
func Lint(reqs ...*llm.Request) []Finding {
	var l lint
	var first *llm.Request
	for i, req := range reqs {
		switch {
		case req == nil:
		case first == nil:
			first = req
			l.request(req)
			l.first = i
		default:
			l.compare(first, req, i)
		}
	}
	return l.found
}

// A lint is the findings so far.
type lint struct {
	found    []Finding
	first    int             // index of the request that others are compared with
	reported map[string]bool // places where requests differ
}

// add adds a finding, and reports whether there is room for another.
func (l *lint) add(where, text, reason string) bool {
	if len(l.found) < maxFindings {
		l.found = append(l.found, Finding{where, cutText(text), reason})
	}
	return len(l.found) < maxFindings
}

// request reports volatile text in the constant part of a request.
func (l *lint) request(req *llm.Request) {
	for i, t := range req.Tools {
		l.text(toolPlace(i, t)+", name", t.Name, false)
		l.text(toolPlace(i, t)+", description", t.Description, false)
		l.text(toolPlace(i, t)+", schema", string(t.Schema), false)
	}
	for i, m := range leading(req) {
		l.text(messagePlace(i, m), messageText(m), true)
	}
}

// text reports what is volatile in a text.
func (l *lint) text(where, text string, lines bool) {
	volatile(text, func(h hit) bool {
		at := where
		if lines {
			at += ", line " + strconv.Itoa(h.line)
		}
		return l.add(at, h.text, "looks like "+h.is+": "+moveIt)
	})
}

// moveIt is what to do about text that changes.
const moveIt = "where it changes, the cache ends; leave it out, or tell it in a Reminder or with what the user says"

// leading returns the messages that are before those of the user, and before a
// reminder for the first of them.
func leading(req *llm.Request) []llm.Message {
	for i, m := range req.Messages {
		if m.Role == llm.RoleUser || m.Role == llm.RoleReminder {
			return req.Messages[:i]
		}
	}
	return req.Messages
}

// messageText returns all that a message says: its text, or if it has other parts
// too, these as JSON.
func messageText(m llm.Message) string {
	for _, p := range m.Parts {
		if _, ok := p.(llm.Text); !ok {
			data, err := json.Marshal(m.Parts)
			if err != nil { // as for a part that is nil
				return m.Text()
			}
			return string(data)
		}
	}
	return m.Text()
}

func toolPlace(i int, t llm.ToolSpec) string {
	name := strconv.Quote(cutText(t.Name))
	return fmt.Sprintf("tool %d (%s)", i+1, name[1:len(name)-1])
}

func messagePlace(i int, m llm.Message) string {
	role := strconv.Quote(cutText(string(m.Role)))
	return fmt.Sprintf("message %d (%s)", i+1, role[1:len(role)-1])
}

// cutText returns a text, or the beginning of one that is long.
func cutText(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	n := most
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimRight(s[:n], " \n") + "…"
}
