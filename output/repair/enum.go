package repair

import (
	"encoding/json"
	"strings"

	"github.com/hadal-go/hadal/output/schema"
)

// match returns the value of the enum of s that text means, and whether it is
// written just so. What may mean several means none.
func match(text string, s *schema.Node) (value string, exact, ok bool) {
	for _, e := range s.Enum {
		if said, isText := content(e); isText && said == text {
			return string(e), true, true
		}
	}
	trim := strings.Trim(text, " \t\r\n\"'`*.,;:!?。，；：！？“”‘’「」()[]")
	number, isNum := plainNumber(trim)
	for _, means := range []func(said string, isText bool) bool{
		func(said string, isText bool) bool { return said == trim || !isText && isNum && said == number },
		func(said string, _ bool) bool { return strings.EqualFold(said, trim) },
		func(said string, _ bool) bool {
			return fold(trim) != "" && fold(said) == fold(trim) && signs(said) == signs(trim)
		},
	} {
		found := map[string]bool{}
		for _, e := range s.Enum {
			if said, isText := content(e); means(said, isText) {
				value = string(e)
				found[value] = true
			}
		}
		for _, a := range s.Aliases {
			if means(a.Name, true) {
				value = string(a.Value)
				found[value] = true
			}
		}
		if len(found) > 0 {
			return value, false, len(found) == 1
		}
	}
	return "", false, false
}

// signs returns the characters of s that [fold] leaves out and that mean
// something, as in C++, C# and -1.
func signs(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '+', '#', '%', '<', '>', '=', '$', '€', '/', '&':
			return r
		}
		return -1
	}, s)
}

// complete returns the only value of the enum of s that begins with text.
func complete(text string, s *schema.Node) (value string, ok bool) {
	if text == "" {
		return "", false
	}
	for _, e := range s.Enum {
		if said, isText := content(e); isText && strings.HasPrefix(said, text) {
			if ok {
				return "", false
			}
			value, ok = string(e), true
		}
	}
	return value, ok
}

// content returns what a value of an enum says, and whether it is a text.
func content(raw json.RawMessage) (said string, isText bool) {
	if len(raw) > 0 && raw[0] == '"' {
		return said, json.Unmarshal(raw, &said) == nil
	}
	return string(raw), false
}
