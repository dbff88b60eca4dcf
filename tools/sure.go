package tools

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/hadal-go/hadal/output/repair"
	"github.com/hadal-go/hadal/output/schema"
)

// sure reports whether repairs of args leave no doubt about what was meant. Others are
// too bold for a call, good as they may be for a text that a person will read.
func sure(repairs []repair.Repair, args json.RawMessage, s *schema.Schema) bool {
	return !slices.ContainsFunc(repairs, func(r repair.Repair) bool { return doubtful(r, args, s) })
}

// doubtful reports whether a repair takes a guess: at where something ends, at what is
// part of it, at which of two things is meant.
func doubtful(r repair.Repair, args json.RawMessage, s *schema.Schema) bool {
	switch r.Kind {
	case repair.Truncated, repair.Bracket, repair.Skipped, repair.Duplicate, repair.InnerQuote:
		return true
	case repair.Quotes: // one was missing
		return r.From == ""
	case repair.Surroundings: // words, or more arguments
		rest := strings.Trim(r.From, "`{}[]();\" \t\r\n")
		return rest != "" && !strings.EqualFold(rest, "json")
	case repair.Unquoted: // a value of several words, or of code
		return r.To != "" && strings.ContainsFunc(r.From, func(c rune) bool {
			return !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '_' && c != '-'
		})
	case repair.Number: // with a unit, or a sign that parts thousands or a fraction
		return r.To != strings.Trim(r.From, `"'`)
	case repair.Literal: // octal or not, and a text with something to fill in
		digits := strings.TrimLeft(r.From, "+-")
		return len(digits) > 1 && digits[0] == '0' && unicode.IsDigit(rune(digits[1])) || strings.EqualFold(r.From, "f")
	case repair.NullAbsent:
		return r.From == "NaN"
	case repair.Dropped, repair.Joined: // perhaps the arguments themselves
		return strings.HasPrefix(r.From, "{") || strings.HasPrefix(r.From, "[")
	case repair.Listed:
		return !strings.HasPrefix(r.From, "{") && !oneAt(args, r) && strings.ContainsAny(r.From, ",;|\\\n[…")
	case repair.Unwrapped: // one of several members, or the only one
		return !oneAt(args, r) && (r.Pointer != "" || len(s.Root().Properties) != 1 || strings.HasPrefix(r.From, "{"))
	}
	return false
}

// oneAt reports whether r is about an object or a list with one element.
func oneAt(args json.RawMessage, r repair.Repair) bool {
	d := json.NewDecoder(bytes.NewReader(args[min(r.Offset, len(args)):]))
	switch r.From[:min(1, len(r.From))] {
	case "{":
		var members map[string]json.RawMessage
		return d.Decode(&members) == nil && len(members) == 1
	case "[":
		var items []json.RawMessage
		return d.Decode(&items) == nil && len(items) == 1
	}
	return false
}
