package llmtest

import (
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// hidden stands where a secret was.
const hidden = "[hidden]"

// How many bytes a text must have to count as a secret: shorter ones are words,
// which stand in texts for other reasons.
const (
	minSecret = 6 // of what is named as a secret
	minValue  = 8 // of any other header
)

// secretWords are the words in a name that make its value a secret.
var secretWords = []string{
	"apikey", "auth", "authorization", "bearer", "cookie", "cookies", "credential", "credentials", "jwt", "key", "pass", "passwd",
	"password", "pwd", "secret", "session", "sessionid", "sig", "signature", "sid", "token",
}

// secretName reports whether a header or a query parameter of this name holds a
// secret.
func secretName(name string) bool {
	var word []rune
	var words []string
	end := func() {
		words = append(words, strings.ToLower(string(word)))
		word = nil
	}
	lower := false
	for _, r := range name {
		if !unicode.IsLetter(r) || unicode.IsUpper(r) && lower { // accessToken is two words
			end()
		}
		if unicode.IsLetter(r) {
			word = append(word, r)
		}
		lower = unicode.IsLower(r)
	}
	end()
	return slices.ContainsFunc(words, func(w string) bool {
		return slices.Contains(secretWords, w) || strings.HasSuffix(w, "token") || strings.HasSuffix(w, "secret") || strings.HasSuffix(w, "password")
	})
}

// A secrets is the set of texts that must not get into a file.
type secrets struct {
	texts map[string]bool
	forms []map[string][]string // how they may be written, by their first bytes: forms[n] those that are told by n
}

func (s *secrets) add(text string, least int) {
	if len(text) < least || text == hidden || s.texts[text] {
		return
	}
	if s.texts == nil {
		s.texts = map[string]bool{}
		s.forms = make([]map[string][]string, minSecret+1)
	}
	s.texts[text] = true
	for _, form := range forms(text) {
		n := min(len(form), minSecret)
		if s.forms[n] == nil {
			s.forms[n] = map[string][]string{}
		}
		s.forms[n][form[:n]] = append(s.forms[n][form[:n]], form)
	}
}

// learn adds what is secret in a request.
func (s *secrets) learn(req *http.Request, keep []string) {
	for name, values := range req.Header {
		name = http.CanonicalHeaderKey(name)
		for _, v := range values {
			switch {
			case harmless(name):
			case secretName(name):
				s.header(v)
			case !slices.ContainsFunc(keep, func(k string) bool { return strings.EqualFold(k, name) }):
				s.add(v, minValue)
			}
		}
	}
	if u := req.URL.User; u != nil {
		password, _ := u.Password()
		s.add(password, minSecret)
		s.add(u.Username(), minSecret)
	}
	s.form(req.URL.RawQuery)
}

// learnBody adds what is secret in a body: of a form, or of a JSON object that
// has it in the open.
func (s *secrets) learnBody(contentType, body string) {
	kind, _, _ := mime.ParseMediaType(contentType)
	if kind == "application/x-www-form-urlencoded" {
		s.form(body)
		return
	}
	if !strings.HasPrefix(strings.TrimLeft(body, " \t\r\n"), "{") {
		return
	}
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &members) != nil {
		return
	}
	for name, raw := range members {
		var value string
		if secretName(name) && json.Unmarshal(raw, &value) == nil {
			s.add(value, minSecret)
		}
	}
}

// learnReply adds what is secret in the header of a response.
func (s *secrets) learnReply(resp *http.Response) {
	for _, c := range resp.Cookies() {
		s.add(c.Value, minSecret)
	}
	for name, values := range resp.Header {
		if name != "Set-Cookie" && secretName(name) {
			for _, v := range values {
				s.header(v)
			}
		}
	}
}

// form adds the values of parameters that are secrets.
func (s *secrets) form(query string) {
	for param := range strings.SplitSeq(query, "&") {
		if name, value, _ := strings.Cut(param, "="); secretName(unescaped(name)) {
			s.add(unescaped(value), minSecret)
		}
	}
}

// unescaped returns a name or a value of a query as it is meant.
func unescaped(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// header adds the value of a header of credentials: all of it, and each of
// its words but for one in front such as "Bearer".
func (s *secrets) header(value string) {
	s.add(value, minSecret)
	words := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" \t;,\"", r) })
	for i, w := range words {
		if i == 0 && len(words) > 1 && !strings.Contains(w, "=") {
			continue
		}
		s.add(w, minSecret)
		if _, v, ok := strings.Cut(w, "="); ok {
			s.add(v, minSecret)
		}
		if plain, err := base64.StdEncoding.DecodeString(w); err == nil && i == 1 && strings.EqualFold(words[0], "Basic") {
			s.add(string(plain), minSecret)
			_, password, _ := strings.Cut(string(plain), ":")
			s.add(password, minSecret)
		}
	}
}

// harmless reports whether a request header has no secret.
func harmless(name string) bool {
	for _, prefix := range []string{"Accept", "Content-", "If-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.Contains([]string{"Cache-Control", "Connection", "Date", "Expect", "Host", "Idempotency-Key", "Keep-Alive", "Origin",
		"Pragma", "Range", "Te", "Traceparent", "Tracestate", "Trailer", "Transfer-Encoding", "Upgrade", "User-Agent", "Via",
		"X-Client-Request-Id", "X-Idempotency-Key", "X-Request-Id"}, name)
}

// hideQuery returns the path and query of a URL, without the values of
// parameters that are secrets.
func hideQuery(u *url.URL) string {
	path := u.EscapedPath()
	if u.Opaque != "" {
		path = u.Opaque
		if rest, ok := strings.CutPrefix(path, "//"); ok { // of which the part up to the next slash is the host
			_, rest, _ = strings.Cut(rest, "/")
			path = "/" + rest
		}
	}
	if u.RawQuery == "" {
		return path
	}
	params := strings.Split(u.RawQuery, "&")
	for i, param := range params {
		name, value, _ := strings.Cut(param, "=")
		if value != "" && secretName(unescaped(name)) {
			params[i] = name + "=" + hidden
		}
	}
	return path + "?" + strings.Join(params, "&")
}

// hideLocation returns the value of a Location header without what may be
// secret in it, or "" if it is no URL.
func hideLocation(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return ""
	}
	target := hideQuery(u)
	if u.Host == "" {
		return target
	}
	return u.Scheme + "://" + u.Host + target
}
