package repair

import (
	"strconv"
	"strings"
)

// literals are words that mean a value of JSON, though JSON may write it in
// another way.
var literals = map[string]string{
	"true": "true", "True": "true", "TRUE": "true",
	"false": "false", "False": "false", "FALSE": "false",
	"null": "null", "Null": "null", "NULL": "null", "None": "null", "nil": "null", "undefined": "null",
	"NaN": "null", "nan": "null", "Infinity": "null",
}

func isLiteral(s string) bool { return s == "true" || s == "false" || s == "null" }

// isNumber reports whether s is a number of JSON.
func isNumber(s string) bool {
	i := 0
	digits := func() bool {
		start := i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		return i > start
	}
	if strings.HasPrefix(s, "-") {
		i++
	}
	start := i
	if !digits() || s[start] == '0' && i > start+1 {
		return false
	}
	if i < len(s) && s[i] == '.' {
		if i++; !digits() {
			return false
		}
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	return i == len(s)
}

// plainNumber returns a number of a programming language as one of JSON: +1, .5,
// 5., 007, 0x1F, 1_000, 12n, 1.5f.
func plainNumber(s string) (string, bool) {
	t := strings.TrimPrefix(s, "+")
	neg := strings.HasPrefix(t, "-")
	t = strings.TrimPrefix(t, "-")
	if t == "" || !isDigit(t[0]) && !(t[0] == '.' && len(t) > 1 && isDigit(t[1])) {
		return "", false
	}
	if v, err := strconv.ParseInt(t, 0, 64); err == nil && len(t) > 2 && !isDigit(t[1]) && t[1] != '_' {
		t = strconv.FormatInt(v, 10)
	}
	for i := 0; i < len(t); i++ {
		if t[i] == '_' && (i == 0 || i+1 == len(t) || !isDigit(t[i-1]) || !isDigit(t[i+1])) {
			return "", false
		}
	}
	t = strings.ReplaceAll(t, "_", "")
	for len(t) > 1 && t[0] == '0' && isDigit(t[1]) {
		t = t[1:]
	}
	if t[0] == '.' {
		t = "0" + t
	}
	whole, rest, dot := strings.Cut(t, ".")
	if dot && (rest == "" || !isDigit(rest[0])) {
		t = whole + ".0" + rest
		if rest == "" {
			t = whole
		}
	}
	if neg {
		t = "-" + t
	}
	return t, isNumber(t)
}
