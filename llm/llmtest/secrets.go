package llmtest

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
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
	texts    map[string]bool
	replacer *strings.Replacer // nil if texts has grown
}

func (s *secrets) add(text string, least int) {
	if len(text) < least || text == hidden || s.texts[text] {
		return
	}
	if s.texts == nil {
		s.texts = map[string]bool{}
	}
	s.texts[text] = true
	s.replacer = nil
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
	for param := range strings.SplitSeq(req.URL.RawQuery, "&") {
		s.parameter(param)
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

// parameter adds the value of a query parameter, if it is a secret.
func (s *secrets) parameter(param string) {
	name, value, _ := strings.Cut(param, "=")
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	if !secretName(name) {
		return
	}
	s.add(value, minSecret)
	if plain, err := url.QueryUnescape(value); err == nil {
		s.add(plain, minSecret)
	}
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

// hide returns text without the secrets.
func (s *secrets) hide(text string) string {
	if len(s.texts) == 0 || text == "" {
		return text
	}
	if s.replacer == nil {
		var all []string
		for t := range s.texts {
			all = append(all, forms(t)...)
		}
		slices.SortFunc(all, func(a, b string) int { // the longest wins
			return cmp.Or(len(b)-len(a), strings.Compare(a, b))
		})
		var pairs []string
		for _, t := range slices.Compact(all) {
			pairs = append(pairs, t, hidden)
		}
		s.replacer = strings.NewReplacer(pairs...)
	}
	return s.replacer.Replace(text)
}

// forms returns a secret as it may be written by a server that repeats it.
func forms(secret string) []string {
	list := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
	if len(secret) >= minSecret {
		digits := hex.EncodeToString([]byte(secret))
		list = append(list, digits, strings.ToUpper(digits))
	}
	escaped, _ := json.Marshal(secret)
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	enc.Encode(secret)
	for _, quoted := range []string{string(escaped), strings.TrimSuffix(plain.String(), "\n")} {
		inner := quoted[1 : len(quoted)-1]
		list = append(list, inner, strings.ReplaceAll(inner, "/", `\/`), strings.NewReplacer("+", `\u002B`, "/", `\/`).Replace(inner))
	}
	// Encoded along with what stands around it, a secret begins at one of three
	// places in a group. Where it shares a character with that, it is left out.
	for before := range 3 {
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := enc.EncodeToString([]byte("xx"[:before] + secret))
			first, last := (before*8+5)/6, (before+len(secret))*8/6
			if last-first >= minSecret {
				list = append(list, text[first:last])
			}
		}
	}
	return list
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
		plain, err := url.QueryUnescape(name)
		if err != nil {
			plain = name
		}
		if value != "" && secretName(plain) {
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
