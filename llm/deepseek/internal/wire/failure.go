package wire

import (
	"bytes"
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
func ParseFailure(body []byte) *Failure {
	var outer struct {
		Error   json.RawMessage `json:"error"`
		Message json.RawMessage `json:"message"`
		Detail  json.RawMessage `json:"detail"`
		Type    json.RawMessage `json:"type"`
		Code    json.RawMessage `json:"code"`
	}
	if err := gate.Decode(body, &outer); err != nil {
		var text string
		if gate.Decode(body, &text) == nil {
			return &Failure{Message: clip(text, maxMessage)}
		}
		return &Failure{Message: Snippet(body)}
	}
	if len(outer.Error) > 0 && outer.Error[0] == '{' {
		return ParseFailure(outer.Error)
	}
	f := &Failure{Type: plain(outer.Type), Code: plain(outer.Code)}
	for _, m := range []json.RawMessage{outer.Message, outer.Error, outer.Detail} {
		if f.Message = plain(m); f.Message != "" {
			return f
		}
	}
	f.Message = Snippet(body)
	return f
}

// maxMessage bounds what is kept of the text of an error.
const maxMessage = 2048

// plain returns the text of a JSON string, and other JSON as it is, at a length
// fit for people. Null is empty.
func plain(raw json.RawMessage) string {
	var s *string
	if json.Unmarshal(raw, &s) == nil {
		if s == nil {
			return ""
		}
		return clip(*s, maxMessage)
	}
	return clip(string(raw), maxMessage)
}

// Snippet returns the beginning of a body that is not what it should be, on one
// line.
func Snippet(body []byte) string {
	body = bytes.TrimSpace(body[:min(len(body), 1024)])
	s := strings.Join(strings.Fields(strings.ToValidUTF8(string(body), "\ufffd")), " ")
	return clip(s, 256)
}

// clip cuts s to about n bytes, not within a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
