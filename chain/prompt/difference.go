package prompt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm"
)

// compare reports where the constant part of a request, by its index, differs from
// that of the first.
func (l *lint) compare(first, req *llm.Request, index int) {
	differ := func(where, a, b, reason string) {
		if l.reported[where] {
			return
		}
		if l.reported == nil {
			l.reported = map[string]bool{}
		}
		l.reported[where] = true
		text := ""
		if a != b {
			text = shorten(a) + " / " + shorten(b)
		}
		if len(l.found) < maxFindings {
			l.found = append(l.found, Finding{where, text, fmt.Sprintf("differs between request %d and request %d: %s", l.first+1, index+1, reason)})
		}
	}
	if first.Model != req.Model {
		differ("model", first.Model, req.Model, "each model has a cache of its own; keep to one")
	}
	if a, b := first.Format, req.Format; a != b && (a == llm.FormatJSON || b == llm.FormatJSON) || !bytes.Equal(first.Schema, req.Schema) {
		x, y := cutCommon(string(a)+string(first.Schema), string(b)+string(req.Schema))
		differ("format", x, y, "it comes before all messages in a prompt; keep to one format and one schema of the reply")
	}
	if first.Effort != req.Effort {
		differ("effort", string(first.Effort), string(req.Effort), "it comes before all else in a prompt, so nothing is cached; keep to one")
	}
	if a, b := first.ToolChoice, req.ToolChoice; a != b && len(first.Tools) > 0 && (a == llm.ToolNone || b == llm.ToolNone) {
		differ("tool choice", string(a), string(b), "with none, the tools are left out of the prompt; say in a message that they are not to be called")
	}
	compareTools(first.Tools, req.Tools, differ)
	a, b := leading(first), leading(req)
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			differ(messagePlace(i, b[i]), "", messageText(b[i]), "the one has no such message before those of the user; "+sameOrLater)
			return
		case i >= len(b):
			differ(messagePlace(i, a[i]), messageText(a[i]), "", "the other has no such message before those of the user; "+sameOrLater)
			return
		case a[i].Role != b[i].Role:
			differ(messagePlace(i, a[i]), string(a[i].Role), string(b[i].Role), "the roles are not the same; "+sameOrLater)
			return
		}
		compareTexts(messagePlace(i, a[i]), messageText(a[i]), messageText(b[i]), true, differ)
	}
	compareExamples(first.Messages, req.Messages, len(a), differ)
}

const sameOrLater = "make it the same for all, or put it behind what is"

// A differ takes a place, what stands there in two requests, and what is wrong.
type differ func(where, a, b, reason string)

// compareTools reports the tools that differ.
func compareTools(a, b []llm.ToolSpec, differ differ) {
	names := func(tools []llm.ToolSpec) []string {
		var list []string
		for _, t := range tools {
			list = append(list, t.Name)
		}
		return list
	}
	if x, y := names(a), names(b); !slices.Equal(x, y) {
		reason := "from the first that differs on nothing is cached; send the same tools in the same order, and refuse calls where they are not allowed"
		if sameElements(x, y) {
			reason = "the same tools in another order, as a range over a map gives them; sort them"
		}
		i := 0
		for i < len(x) && i < len(y) && x[i] == y[i] {
			i++
		}
		differ("tools", strings.Join(x[i:], ", "), strings.Join(y[i:], ", "), reason)
		return
	}
	for i := range a {
		where := toolPlace(i, a[i])
		compareTexts(where+", description", a[i].Description, b[i].Description, false, differ)
		if x, y := string(a[i].Schema), string(b[i].Schema); x != y {
			x, y := cutCommon(x, y)
			reason := "it is not the same; make it once, when the program starts"
			if sameJSON(a[i].Schema, b[i].Schema) {
				reason = "the same keys in another order or written in another way, as a range over a map gives them; make it once, or sort them"
			}
			differ(where+", schema", x, y, reason)
		}
		if a[i].Strict != b[i].Strict || a[i].Kind != b[i].Kind {
			differ(where, "", "", "strict or the kind is not the same")
		}
	}
}

// compareTexts reports the first place where two texts differ.
func compareTexts(where, a, b string, lines bool, differ differ) {
	if a == b {
		return
	}
	x, y := cutCommon(a, b)
	if lines {
		where += fmt.Sprintf(", line %d", 1+strings.Count(a[:len(a)-len(x)], "\n"))
	}
	reason := "the cache ends here; leave it out, or tell it in a Reminder or with what the user says"
	if sameElements(words(a), words(b)) {
		reason = "the same words in another order, as a range over a map gives them; sort them"
	}
	differ(where, x, y, reason)
}

// compareExamples reports messages between the constant part and what the user
// says last if they are the same in another order.
func compareExamples(a, b []llm.Message, from int, differ differ) {
	middle := func(list []llm.Message) []string {
		to := len(list)
		for to > from && list[to-1].Role != llm.RoleUser {
			to--
		}
		var texts []string
		for _, m := range list[min(from, len(list)):max(from, to-1)] {
			texts = append(texts, string(m.Role)+"\n"+messageText(m))
		}
		return texts
	}
	x, y := middle(a), middle(b)
	if slices.Equal(x, y) || !sameElements(x, y) {
		return
	}
	i := 0
	for x[i] == y[i] {
		i++
	}
	differ(messagePlace(from+i, a[from+i]), messageText(a[from+i]), messageText(b[from+i]), "the same messages in another order; keep examples in one")
}

// cutCommon returns what follows in two texts that differ, from the beginning of
// the word in which they do.
func cutCommon(a, b string) (string, string) {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	for n := 0; i > 0 && n < 20 && a[i-1] != ' ' && a[i-1] != '\n'; n++ {
		i--
	}
	for i > 0 && (i < len(a) && !utf8.RuneStart(a[i]) || i < len(b) && !utf8.RuneStart(b[i])) {
		i--
	}
	return a[i:], b[i:]
}

// shorten returns the beginning of a text, in quotes.
func shorten(s string) string {
	const most = 40
	if len(s) > most {
		n := most
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + "…"
	}
	return fmt.Sprintf("%q", s)
}

// words returns the words of a text, without what stands around them.
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\n,;:.()[]{}\"'`", r) })
}

// sameElements reports whether two lists have the same elements, in whatever order.
func sameElements(a, b []string) bool {
	if len(a) != len(b) || len(a) == 0 {
		return false
	}
	count := make(map[string]int, len(a))
	for _, s := range a {
		count[s]++
	}
	for _, s := range b {
		if count[s]--; count[s] < 0 {
			return false
		}
	}
	return true
}

// sameJSON reports whether two texts are the same JSON but for the order of keys.
func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
