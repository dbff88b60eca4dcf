package repair

import (
	"encoding/json"
	"html"
	"strings"
)

// decoded returns the candidates in a text that is, as a whole, a string of JSON.
func (f *finder) decoded() (list []candidate) {
	text := strings.TrimFunc(f.text, isSpace)
	if len(text) < 4 || text[0] != '"' || text[1] != '{' && text[1] != '[' && text[1] != '\\' {
		return nil
	}
	var inside string
	if json.Unmarshal([]byte(text), &inside) != nil {
		return nil
	}
	for _, c := range f.find(inside, 0, 1) {
		c.kind, c.cost = Decoded, c.cost+costs[Decoded]
		list = append(list, c)
	}
	return list
}

// entities returns the candidates in a text in which the quotes are entities.
func (f *finder) entities() []candidate {
	text, ok := unescapeHTML(f.text)
	if !ok {
		return nil
	}
	list := f.find(text, 0, 0)
	for i := range list {
		list[i].kind, list[i].cost = Decoded, list[i].cost+costs[Decoded]
	}
	return list
}

// unescapeHTML returns text without the entities of HTML, if its quotes are all
// written as such.
func unescapeHTML(text string) (string, bool) {
	if strings.Contains(text, `"`) {
		return "", false
	}
	for _, quote := range []string{"&quot;", "&#34;", "&#x22;", "&#39;", "&apos;"} {
		if strings.Contains(text, quote) {
			return html.UnescapeString(text), true
		}
	}
	return "", false
}
