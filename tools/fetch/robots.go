package fetch

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// robots are the rules of a robots.txt for one user agent (RFC 9309).
type robots struct {
	rules []rule
	until time.Time // they are good
	size  int       // about how much memory they take
	why   string    // all is forbidden, if not by rules
}

// A rule allows or forbids the paths that match.
type rule struct {
	pattern string
	allow   bool
}

const (
	maxRobots = 512 << 10        // bytes of a robots.txt; RFC 9309 demands at least 500 KiB
	maxHosts  = 256              // whose rules are kept
	maxKept   = 16 << 20         // bytes that the rules of all take
	robotsAge = 24 * time.Hour   // as RFC 9309 advises
	errorAge  = 10 * time.Minute // for hosts whose rules could not be read
)

// obey returns an error of class ErrRobots if robots.txt forbids u.
func (f *Fetcher) obey(ctx context.Context, u *url.URL) error {
	if err := f.Guard.CheckURL(u); err != nil {
		return err
	}
	r, err := f.rules(ctx, u)
	if err != nil {
		return err
	}
	if r.allows(cmp.Or(u.EscapedPath(), "/"), u.RawQuery) {
		return nil
	}
	if r.why != "" {
		return fmt.Errorf("%w: %s", ErrRobots, r.why)
	}
	return fmt.Errorf("%w, for programs such as %s", ErrRobots, product(f.userAgent()))
}

// rules returns the rules of the host of u, from the cache or from the host.
func (f *Fetcher) rules(ctx context.Context, u *url.URL) (*robots, error) {
	key := u.Scheme + "://" + u.Host
	f.mu.Lock()
	r := f.robots[key]
	f.mu.Unlock()
	if r != nil && time.Now().Before(r.until) {
		return r, nil
	}
	r, err := f.readRobots(ctx, &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"})
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.robots == nil {
		f.robots = map[string]*robots{}
	}
	size := r.size
	for _, old := range f.robots {
		size += old.size
	}
	for k, old := range f.robots {
		if len(f.robots) < maxHosts && size <= maxKept && time.Now().Before(old.until) {
			continue
		}
		delete(f.robots, k) // any will do: the rules can be read again
		size -= old.size
	}
	f.robots[key] = r
	return r, nil
}

// readRobots reads rules. A server without them, by a 4xx, allows all; one that
// fails forbids all. One that does not answer would not send the page either.
func (f *Fetcher) readRobots(ctx context.Context, at *url.URL) (*robots, error) {
	client, done := f.client()
	defer done()
	guard := f.Guard
	guard.Redirects = 5 // as RFC 9309 demands
	client.CheckRedirect = checkRedirect(guard)
	resp, err := f.request(ctx, client, at, "text/plain,*/*;q=0.5")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	switch status := resp.StatusCode; {
	case status/100 == 2:
	case status/100 == 4 && status != http.StatusTooManyRequests:
		return &robots{until: time.Now().Add(robotsAge)}, nil
	default:
		return unread("it was answered by " + strconv.Itoa(status)), nil
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxRobots))
	if ctx.Err() != nil {
		return nil, f.cause(ctx.Err())
	}
	if err != nil {
		return unread("it broke off"), nil
	}
	r := &robots{rules: parseRobots(text, product(f.userAgent())), until: time.Now().Add(robotsAge)}
	for _, rule := range r.rules {
		r.size += len(rule.pattern) + 64
	}
	return r, nil
}

// unread returns the rules for where they could not be read.
func unread(why string) *robots {
	return &robots{rules: []rule{{"/", false}}, until: time.Now().Add(errorAge), why: why}
}

// product returns the name in a user agent.
func product(userAgent string) string {
	name, _, _ := strings.Cut(userAgent, "/")
	name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
	return name
}

// parseRobots returns the rules of the groups for name, or else for all.
func parseRobots(text []byte, name string) []rule {
	var mine, others []rule
	var known, forMe, forAll, inRules bool
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	for line := range strings.SplitSeq(strings.ReplaceAll(string(text), "\r", "\n"), "\n") {
		line, _, _ = strings.Cut(line, "#")
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		switch key = strings.ToLower(strings.TrimSpace(key)); key {
		case "user-agent":
			if inRules {
				forMe, forAll, inRules = false, false, false
			}
			me := strings.EqualFold(product(value), name)
			forMe, forAll, known = forMe || me, forAll || value == "*", known || me
		case "allow", "disallow":
			inRules = true
			if value == "" {
				continue
			}
			r := rule{normalize(value), key == "allow"}
			if forMe {
				mine = append(mine, r)
			}
			if forAll {
				others = append(others, r)
			}
		}
	}
	if known {
		return mine
	}
	return others
}

// allows reports whether a path may be read: the longest pattern that matches
// decides, and of two the one that allows.
func (r *robots) allows(path, query string) bool {
	if path == "/robots.txt" {
		return true
	}
	if query != "" {
		path += "?" + query
	}
	path = normalize(path)
	longest, allow := -1, true
	for _, rule := range r.rules {
		n := len(rule.pattern)
		if n < longest || n == longest && allow || !matchPath(rule.pattern, path) {
			continue
		}
		longest, allow = n, rule.allow
	}
	return allow
}

// matchPath reports whether a path begins with what pattern stands for, in
// which * is any text and $ at the end is the end. It takes linear time.
func matchPath(pattern, path string) bool {
	pattern, whole := strings.CutSuffix(pattern, "$")
	pieces := strings.Split(pattern, "*")
	path, ok := strings.CutPrefix(path, pieces[0])
	if !ok {
		return false
	}
	if len(pieces) == 1 {
		return !whole || path == ""
	}
	last := pieces[len(pieces)-1]
	for _, piece := range pieces[1 : len(pieces)-1] {
		if _, path, ok = strings.Cut(path, piece); !ok {
			return false
		}
	}
	if whole {
		return strings.HasSuffix(path, last)
	}
	return strings.Contains(path, last)
}

// normalize returns s with percent-encoding in one form: what need not be
// encoded is not, and the rest is in upper case.
func normalize(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c, encoded := s[i], false
		if c == '%' && i+2 < len(s) {
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi >= 0 && lo >= 0 {
				c, encoded = byte(hi<<4|lo), true
				i += 2
			}
		}
		plain := c < 0x80 && alphanumeric(c) || strings.IndexByte("-._~", c) >= 0
		if c >= 0x80 || encoded && !plain {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func unhex(c byte) int {
	if 'A' <= c && c <= 'F' {
		c += 'a' - 'A'
	}
	return strings.IndexByte("0123456789abcdef", c)
}
