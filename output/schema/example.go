package schema

import (
	"regexp"
	"slices"
	"strings"
)

// Example returns the schema of values that look like data, which shows one, as
// guides to DeepSeek and other models write it:
//
//	{"summary": "string", "keywords": ["string"], "count": "integer",
//	 "tone": "warm|cold", "source?": "url: where it was said", "sure": true}
//
// An object stands for one with just these properties, all of them required but
// those whose names end in "?", which is no part of the name. An array stands
// for one of any length with items like its own; an empty object or array for
// any. A string says what is to be there:
//
//   - the name of a type: string (also str, text), number (float), integer
//     (int), boolean (bool), null, object, array (list), any;
//   - the name of a format: date, date-time (datetime, timestamp), time, email,
//     uri (url), uuid;
//   - several of these or other words with bars between them: "string|null" is
//     either, and "warm|cold" one of these two values;
//   - a text in angle brackets: a string that is described by it;
//   - each of the first three may have a description, after a colon or in
//     parentheses: "string: in English", "number (in euros)";
//   - anything else is an example of a string.
//
// A number is an example of a number, with or without a fraction; true and false
// stand for a boolean, and null for anything.
//
// The limits are those of [Parse]. The error is an [*Error]; data that is a JSON
// Schema itself is one.
func Example(data []byte) (*Schema, error) {
	if err := checkDocument(data, parseLimits); err != nil {
		return nil, err
	}
	var t tape
	t.read(data)
	if typ := t.member(0, "type"); t.member(0, "$schema") >= 0 || typ >= 0 && t.member(0, "properties") >= 0 && slices.Contains(typeNames, t.text(typ)) {
		return nil, &Error{Problem: "is a schema and no example", Want: "use Parse"}
	}
	return Parse(t.appendExample(nil, 0))
}

// appendExample appends the schema of values like that at i.
func (t *tape) appendExample(dst []byte, i int32) []byte {
	c := t.cells[i]
	switch c.kind {
	case '{':
		return t.appendObjectExample(dst, i)
	case '[':
		return t.appendArrayExample(dst, i)
	case '"':
		return appendTextExample(dst, t.text(i))
	case '0':
		dst = append(dst, `{"type":"number","examples":[`...)
		return append(append(dst, t.raw(i)...), "]}"...)
	case 'n':
		return append(dst, "{}"...)
	}
	return append(dst, `{"type":"boolean"}`...)
}

func (t *tape) appendObjectExample(dst []byte, i int32) []byte {
	c := t.cells[i]
	if c.count == 0 {
		return append(dst, `{"type":"object"}`...)
	}
	var required []string
	dst = append(dst, `{"type":"object","properties":{`...)
	for j := i + 1; j < c.next; j = t.cells[j+1].next {
		if j > i+1 {
			dst = append(dst, ',')
		}
		name, optional := strings.CutSuffix(t.text(j), "?")
		if !optional {
			required = append(required, name)
		}
		dst = append(appendString(dst, name), ':')
		dst = t.appendExample(dst, j+1)
	}
	dst = append(dst, `},"required":[`...)
	for n, name := range required {
		if n > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, name)
	}
	return append(dst, `],"additionalProperties":false}`...)
}

func (t *tape) appendArrayExample(dst []byte, i int32) []byte {
	var items []string
	for j := i + 1; j < t.cells[i].next; j = t.cells[j].next {
		if item := string(t.appendExample(nil, j)); !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	dst = append(dst, `{"type":"array"`...)
	plain := func(item string) bool { return strings.HasPrefix(item, `{"type":"string","examples"`) }
	switch {
	case len(items) == 0:
	case len(items) == 1:
		dst = append(dst, `,"items":`+items[0]...)
	case !slices.ContainsFunc(items, func(item string) bool { return !plain(item) }):
		dst = append(dst, `,"items":{"type":"string"}`...)
	case !slices.ContainsFunc(items, func(item string) bool { return !strings.HasPrefix(item, `{"type":"number","examples"`) }):
		dst = append(dst, `,"items":{"type":"number"}`...)
	default:
		dst = append(dst, `,"items":{"anyOf":[`+strings.Join(items, ",")+`]}`...)
	}
	return append(dst, '}')
}

// exampleWords are the keywords that a word in an example stands for.
var exampleWords = map[string]string{
	"string": `"type":"string"`, "str": `"type":"string"`, "text": `"type":"string"`,
	"number": `"type":"number"`, "float": `"type":"number"`,
	"integer": `"type":"integer"`, "int": `"type":"integer"`,
	"boolean": `"type":"boolean"`, "bool": `"type":"boolean"`,
	"null": `"type":"null"`, "object": `"type":"object"`,
	"array": `"type":"array"`, "list": `"type":"array"`, "any": ``,
	"date":      `"type":"string","format":"date"`,
	"date-time": `"type":"string","format":"date-time"`, "datetime": `"type":"string","format":"date-time"`,
	"timestamp": `"type":"string","format":"date-time"`,
	"time":      `"type":"string","format":"time"`, "email": `"type":"string","format":"email"`,
	"uri": `"type":"string","format":"uri"`, "url": `"type":"string","format":"uri"`, "uuid": `"type":"string","format":"uuid"`,
}

// described splits a text into what it says and the description after it.
var described = regexp.MustCompile(`(?s)^([^:()]*?)\s*(?::\s+(.+)|\(([^()]+)\))$`)

func appendTextExample(dst []byte, s string) []byte {
	say, description := s, ""
	if m := described.FindStringSubmatch(s); m != nil {
		say, description = m[1], strings.TrimSpace(m[2]+m[3])
	}
	if keywords, ok := wordsExample(say); ok {
		if description != "" {
			if keywords != "" {
				keywords += ","
			}
			keywords += `"description":` + string(appendString(nil, description))
		}
		return append(dst, "{"+keywords+"}"...)
	}
	if inner, ok := strings.CutPrefix(s, "<"); ok && strings.HasSuffix(inner, ">") && len(inner) > 1 {
		dst = append(dst, `{"type":"string","description":`...)
		return append(appendString(dst, inner[:len(inner)-1]), '}')
	}
	dst = append(dst, `{"type":"string","examples":[`...)
	return append(appendString(dst, s), "]}"...)
}

// wordsExample returns the keywords for a word, or for several with bars between
// them. It is not ok if they are an example.
func wordsExample(say string) (keywords string, ok bool) {
	words := strings.Split(say, "|")
	var types, values []string
	for i, word := range words {
		words[i] = strings.TrimSpace(word)
		if words[i] == "" || len(words[i]) > 64 {
			return "", false
		}
		if k, ok := exampleWords[strings.ToLower(words[i])]; ok {
			types = append(types, "{"+k+"}")
		}
		if words[i] == "null" {
			values = append(values, "null")
		} else {
			values = append(values, string(appendString(nil, words[i])))
		}
	}
	switch {
	case len(words) == 1:
		keywords, ok = exampleWords[strings.ToLower(words[0])]
		return keywords, ok
	case len(types) == len(words):
		return `"anyOf":[` + strings.Join(types, ",") + "]", true
	}
	return `"enum":[` + strings.Join(values, ",") + "]", true
}
