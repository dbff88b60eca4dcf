package prompt

import (
	"strings"
	"unicode"
)

// Braces translates a text in which {name} stands for a field, as in LangChain
// and in Python's format strings, into one for [New] and [User]:
//
//	prompt.New[Question](prompt.Braces("Answer in {language}: {question}"))
//
// A name is letters, digits and underscores, and means what .name means there.
// {{ and }} are braces that are text: so must the braces of JSON be written.
// Anything else in braces is an error: attributes as in {user.name}, indexes,
// conversions and formats, with which a format string can reach what nobody
// meant to show it, and numbers. Nothing else is special: text that looks like
// an action of [New] comes out as it is. Line numbers stay the same.
//
// It panics if text is not of that form: use [ParseBraces] for texts from
// outside.
func Braces(text string) string {
	s, err := ParseBraces(text)
	if err != nil {
		panic(err)
	}
	return s
}

// ParseBraces is [Braces] for texts from outside. Its error is an [*Error] that
// wraps [ErrSyntax], and says in which line and what to write instead.
func ParseBraces(text string) (string, error) {
	var b strings.Builder
	b.Grow(len(text) + 16)
	open := 0 // braces { that are text and not written yet
	// flush writes them so that they do not make an action, alone or with what follows.
	flush := func(action bool) {
		if open > 1 || open == 1 && action {
			b.WriteString(`{{"` + strings.Repeat("{", open) + `"}}`)
		} else if open == 1 {
			b.WriteByte('{')
		}
		open = 0
	}
	for i := 0; i < len(text); {
		rest := text[i:]
		switch {
		case strings.HasPrefix(rest, "{{"):
			open++
			i += 2
		case strings.HasPrefix(rest, "}}"):
			flush(false)
			b.WriteByte('}')
			i += 2
		case rest[0] == '{':
			name, err := braced(rest)
			if err != nil {
				return "", &Error{"braces", 1 + strings.Count(text[:i], "\n"), err}
			}
			flush(true)
			b.WriteString("{{." + name + "}}")
			i += len(name) + 2
		case rest[0] == '}':
			return "", &Error{"braces", 1 + strings.Count(text[:i], "\n"), problem(ErrSyntax, "a } without a {: write }} for a brace that is text")}
		default:
			flush(false)
			n := strings.IndexAny(rest, "{}")
			if n < 0 {
				n = len(rest)
			}
			b.WriteString(rest[:n])
			i += n
		}
	}
	flush(false)
	return b.String(), nil
}

// braced returns the name in the braces that text begins with.
func braced(text string) (string, error) {
	end := strings.IndexAny(text[1:], "{}") + 1
	if end == 0 || text[end] == '{' {
		return "", problem(ErrSyntax, "%s is a { without a }: write {{ for a brace that is text", shown(text))
	}
	name := text[1:end]
	advice := ""
	switch {
	case isName(name):
		return name, nil
	case strings.TrimSpace(name) == "":
		advice = "it has no name: write {name}, or {{}} for braces that are text"
	case strings.Trim(name, "0123456789") == "":
		advice = "fields have names, not numbers"
	case strings.ContainsAny(name, "\"'\n,"):
		advice = "if this is JSON or code, write {{ and }} for its braces"
	case isName(strings.TrimSpace(name)):
		advice = "write it without space: {" + strings.TrimSpace(name) + "}"
	case strings.ContainsAny(name, "!:"):
		advice = "there are no conversions and no formats: give the field as it shall be printed"
	case strings.ContainsAny(name, ".[]"):
		advice = "there is no reaching into values: give what is wanted a field of its own, or write {{.A.B}} in a text without Braces"
	default:
		advice = "a name is letters, digits and underscores, and does not begin with a digit"
	}
	return "", problem(ErrSyntax, "%s: %s", shown(text[:end+1]), advice)
}

// isName reports whether s can stand after the dot of a field.
func isName(s string) bool {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return s != ""
}

// shown returns the first line of text, cut short.
func shown(text string) string {
	line, _, cut := strings.Cut(text, "\n")
	if cut {
		line += "…"
	}
	return short(line)
}
