package llmtest

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// readRequest returns the body of a request, and closes it. It ends with the
// request's context, whatever the body does.
func readRequest(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	closed := make(chan struct{})
	stop := context.AfterFunc(req.Context(), func() {
		defer close(closed)
		req.Body.Close()
	})
	defer func() {
		if stop() {
			req.Body.Close()
		} else {
			<-closed
		}
	}()
	body, err := io.ReadAll(io.LimitReader(req.Body, maxTape+1))
	if len(body) > maxTape {
		return nil, fmt.Errorf("llmtest: the body of a request has more than %d bytes", maxTape)
	}
	if end := req.Context().Err(); err != nil && end != nil {
		err = end
	}
	return body, err
}

// exchange returns what is to be written of a request, with secrets only where
// others repeat them.
func (r *Recording) exchange(req *http.Request, body []byte) *exchange {
	r.mu.Lock()
	r.secrets.learn(req, r.Keep)
	r.secrets.learnBody(req.Header.Get("Content-Type"), string(body))
	r.mu.Unlock()
	ex := &exchange{
		method: cmp.Or(req.Method, http.MethodGet),
		target: cmp.Or(hideQuery(req.URL), "/"),
		header: r.kept(req.Header, requestHeader),
		body:   string(body),
	}
	for i, v := range ex.header["Content-Type"] {
		kind, params, err := mime.ParseMediaType(v)
		if b := params["boundary"]; err == nil && b != "" && strings.HasPrefix(kind, "multipart/") {
			params["boundary"] = boundary
			ex.header["Content-Type"][i] = mime.FormatMediaType(kind, params)
			ex.body = strings.ReplaceAll("\r\n"+ex.body, "\r\n--"+b, "\r\n--"+boundary)[2:]
		}
	}
	return ex
}

// boundary stands in place of that of a multipart body.
const boundary = "boundary"

// The fields of headers that are written. A prefix ends in "-".
var (
	requestHeader  = []string{"Accept", "Content-Type"}
	responseHeader = []string{
		"Content-Type", "Location", "Retry-After", "Retry-After-Ms", "X-Should-Retry", "X-Ratelimit-",
		"Request-Id", "X-Request-Id", "X-Ds-Trace-Id", "X-Deepseek-Request-Id",
	}
)

// kept returns the fields of h that are written.
func (r *Recording) kept(h http.Header, names []string) http.Header {
	list := http.Header{}
	for name, values := range h {
		known := func(k string) bool {
			k = http.CanonicalHeaderKey(k)
			return name == k || strings.HasSuffix(k, "-") && strings.HasPrefix(name, k)
		}
		if (slices.ContainsFunc(names, known) || slices.ContainsFunc(r.Keep, known)) && !secretName(name) && methodForm.MatchString(name) {
			list[name] = slices.Clone(values)
		}
	}
	return list
}

// hidden returns a copy of ex without secrets.
func (r *Recording) hidden(ex *exchange) *exchange {
	c := *ex
	c.method, c.target, c.body = r.secrets.hide(c.method), r.secrets.hide(c.target), r.secrets.hide(c.body)
	c.header = r.hiddenHeader(c.header)
	c.reply.header = r.hiddenHeader(c.reply.header)
	c.reply.body, c.reply.err = r.secrets.hide(c.reply.body), r.secrets.hide(c.reply.err)
	return &c
}

func (r *Recording) hiddenHeader(h http.Header) http.Header {
	h = h.Clone()
	for name, values := range h {
		for i, v := range values {
			if name == "Location" {
				v = hideLocation(v)
			}
			values[i] = r.secrets.hide(v)
		}
	}
	return h
}
