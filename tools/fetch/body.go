package fetch

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

// read makes a page of an answer. ctx is that of the caller, without the
// timeout, which may have passed when there is still something to convert.
func (f *Fetcher) read(ctx context.Context, resp *http.Response) (*Page, error) {
	u := resp.Request.URL
	failure := &Error{URL: shown(u), Status: resp.StatusCode, Size: resp.ContentLength}
	declared := resp.Header.Get("Content-Type")
	failure.Type, _, _ = mime.ParseMediaType(declared)
	failure.Type = oneLine(failure.Type, 100)
	switch encoding := resp.Header.Get("Content-Encoding"); {
	case resp.StatusCode/100 != 2:
		failure.Err, failure.RetryAfter = ErrStatus, retryAfter(resp)
		return nil, failure
	case failure.Type != "" && !isText(failure.Type) && !isUnknown(failure.Type):
		failure.Err = ErrType
		return nil, failure
	case encoding != "" && encoding != "identity": // gzip is undone already
		failure.Err = ErrType
		failure.Type = cmp.Or(failure.Type, "text") + " compressed in a way that was not asked for"
		return nil, failure
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(f.maxBytes())+1))
	if ctx.Err() != nil {
		failure.Err = ctx.Err()
		return nil, failure
	}
	page := &Page{URL: shown(u), Type: failure.Type, Cut: err != nil}
	if len(body) > f.maxBytes() {
		body, page.Cut = body[:f.maxBytes()], true
	}
	if err == nil && isUnknown(page.Type) {
		page.Type, _, _ = mime.ParseMediaType(http.DetectContentType(body))
	}
	if err == nil && (!isText(page.Type) || isBinary(body, declared)) {
		failure.Err, failure.Type = ErrType, cmp.Or(failure.Type, page.Type)
		if failure.Size < 0 && !page.Cut {
			failure.Size = int64(len(body))
		}
		return nil, failure
	}
	f.convert(ctx, page, resp, body, declared)
	if ctx.Err() != nil {
		failure.Err = ctx.Err()
		return nil, failure
	}
	if err != nil {
		failure.Err = f.cause(err)
		if page.Markdown == "" {
			return nil, failure
		}
		return page, failure
	}
	return page, nil
}

// convert puts the text of body into page.
func (f *Fetcher) convert(ctx context.Context, page *Page, resp *http.Response, body []byte, declared string) {
	body = decode(body, declared, page.Cut)
	if page.Type != "text/html" && page.Type != "application/xhtml+xml" {
		page.Markdown = strings.TrimSpace(visibleLines(string(body)))
	} else {
		stop := func() bool { return ctx.Err() != nil }
		xml := page.Type != "text/html"
		c := newConverter(body, resp.Request.URL, f.Main, xml)
		c.run(stop)
		if c.main != 0 && len(c.w.out) == 0 {
			c = newConverter(body, resp.Request.URL, false, xml)
			c.run(stop)
		}
		page.Markdown, page.Title, page.Lang = string(c.w.out), c.title, c.lang
		page.Cut = page.Cut || c.w.cut
	}
	if len(page.Markdown) > f.maxBytes() {
		page.Markdown = wholeRunes(page.Markdown[:f.maxBytes()])
		page.Cut = true
	}
}

// decode returns body, which may have been cut, as valid UTF-8.
//
// Bytes beyond ASCII that are valid UTF-8 are UTF-8: text of another charset is
// so by accident next to never, while servers that declare the wrong one are
// many. Else it is what the header or the page says, or windows-1252.
func decode(body []byte, declared string, cut bool) []byte {
	whole := body
	if cut {
		whole = []byte(wholeRunes(string(body)))
	}
	ascii := bytes.IndexFunc(whole, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
	if !ascii && utf8.Valid(whole) {
		return bytes.TrimPrefix(whole, []byte("\xef\xbb\xbf"))
	}
	encoding, name, certain := charset.DetermineEncoding(body[:min(len(body), 1024)], declared)
	if name == "utf-8" || ascii && !certain {
		return bytes.ToValidUTF8(whole, []byte("\uFFFD"))
	}
	text, err := encoding.NewDecoder().Bytes(body)
	if err != nil {
		return bytes.ToValidUTF8(whole, []byte("\uFFFD"))
	}
	return text
}

// wholeRunes returns s without a character at its end that was cut.
func wholeRunes(s string) string {
	for i := len(s) - 1; i >= 0 && i >= len(s)-utf8.UTFMax; i-- {
		if utf8.RuneStart(s[i]) {
			if !utf8.FullRuneInString(s[i:]) {
				return s[:i]
			}
			break
		}
	}
	return s
}

// isText reports whether a media type is of text.
func isText(t string) bool {
	switch t {
	case "application/json", "application/xml", "application/javascript", "application/ecmascript", "application/x-javascript",
		"application/yaml", "application/x-yaml", "application/toml", "application/sql", "application/graphql",
		"application/x-ndjson", "application/jsonl", "application/x-sh", "application/x-tex":
		return true
	}
	return strings.HasPrefix(t, "text/") || strings.HasPrefix(t, "application/") &&
		(strings.HasSuffix(t, "+json") || strings.HasSuffix(t, "+xml"))
}

// isUnknown reports whether a media type says nothing.
func isUnknown(t string) bool {
	return t == "" || t == "application/octet-stream" || t == "binary/octet-stream"
}

// isBinary reports whether body is not the text that its type promises.
func isBinary(body []byte, declared string) bool {
	head := body[:min(len(body), 1024)]
	if _, name, _ := charset.DetermineEncoding(head, declared); strings.HasPrefix(name, "utf-16") {
		return false
	}
	return bytes.IndexByte(head, 0) >= 0
}

// retryAfter returns how long a server asked to wait.
func retryAfter(resp *http.Response) time.Duration {
	value := resp.Header.Get("Retry-After")
	if n, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(n, 0), 86400)) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(time.Until(at).Round(time.Second), 0), 24*time.Hour)
}
