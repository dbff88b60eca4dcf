package wire

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/hadal-go/hadal/output/gate"
)

// A Failure is what an error body, or an error in a stream, says.
type Failure struct {
	Message, Type, Code string
}

func (f *Failure) Error() string { return f.Message }

// ParseFailure reads the body of an error, in any of the forms that the API and
// the proxies before it use: {"error": {"message", "type", "code"}} or what is
// inside of it, {"error": "text"}, {"code", "message"}, plain text, or HTML.
func ParseFailure(body []byte) *Failure { return parseFailure(body, 3) }

// parseFailure looks into errors inside of errors up to the given depth, so that
// a body is not read again for each of hundreds.
func parseFailure(body []byte, depth int) *Failure {
	var outer struct {
		Error   json.RawMessage `json:"error"`
		Message json.RawMessage `json:"message"`
		Detail  json.RawMessage `json:"detail"`
		Type    json.RawMessage `json:"type"`
		Code    json.RawMessage `json:"code"`
	}
	if err := gate.Decode(body, &outer); err != nil {
		var text *string
		if gate.Decode(body, &text) != nil {
			return &Failure{Message: OneLine(string(body))}
		}
		return &Failure{Message: plain(body)}
	}
	if len(outer.Error) > 0 && outer.Error[0] == '{' && depth > 0 {
		return parseFailure(outer.Error, depth-1)
	}
	f := &Failure{Type: plain(outer.Type), Code: plain(outer.Code)}
	for _, m := range []json.RawMessage{outer.Message, outer.Error, outer.Detail} {
		if f.Message = plain(m); f.Message != "" {
			return f
		}
	}
	if string(body) != "null" {
		f.Message = OneLine(string(body))
	}
	return f
}

// plain returns the text of a JSON string, and other JSON as it is. Null is empty.
func plain(raw json.RawMessage) string {
	var s *string
	switch err := json.Unmarshal(raw, &s); {
	case err != nil:
		return string(raw)
	case s == nil:
		return ""
	}
	return *s
}

// OneLine returns s with white space folded, and made valid UTF-8.
func OneLine(s string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(s, "\ufffd")), " ")
}

// Clip cuts s to about n bytes, not within a character.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
