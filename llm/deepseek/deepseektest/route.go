package deepseektest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/hadal-go/hadal/output/gate"
)

// maxBody is the longest request that the API accepts.
const maxBody = 48 << 20

// route answers the request, or returns why it cannot be answered. Each path
// records the request once it is decoded, and in any case before it is answered.
func (e *exchange) route() *apiError {
	path, beta := plainPath(e.r.URL.Path)
	e.req.Beta = beta
	if err := checkAuth(e.r.Header); err != nil {
		e.record()
		return err
	}
	if reply, ok := e.s.scripted(e.r.Method, path); ok {
		return e.play(reply, path)
	}
	return e.own(path)
}

// own answers the request without regard to the scripts of paths.
func (e *exchange) own(path string) *apiError {
	switch {
	case path == "/chat/completions":
		return e.post(e.chat)
	case path == "/responses":
		return e.post(e.responses)
	case path == "/completions":
		return e.post(e.fim)
	case path == "/files" || strings.HasPrefix(path, "/files/"):
		return e.fileCall(strings.TrimPrefix(path, "/files"))
	case e.r.URL.Path == "/v1/tools/search":
		return e.post(e.search)
	case e.r.URL.Path == "/v1/tools/fetch":
		return e.post(e.fetch)
	}
	e.record()
	switch {
	case path == "/models":
		return e.get(listModels())
	case path == "/user/balance":
		return e.get([]byte(balance))
	case strings.HasPrefix(path, "/models/"):
		body, err := oneModel(strings.TrimPrefix(path, "/models/"))
		if err != nil {
			return err
		}
		return e.get(body)
	}
	return notFound()
}

func notFound() *apiError {
	return &apiError{status: http.StatusNotFound, message: "Not Found"}
}

func wrongMethod() *apiError {
	return &apiError{status: http.StatusMethodNotAllowed, message: "Method Not Allowed"}
}

// checkAuth refuses a key that is not sent as the API wants it. Any key will do,
// and none: whether a key is right only the real service knows.
func checkAuth(h http.Header) *apiError {
	values := h["Authorization"]
	if len(values) == 0 {
		return nil
	}
	key, ok := strings.CutPrefix(values[0], "Bearer ")
	if !ok || len(values) > 1 || key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return &apiError{status: http.StatusUnauthorized, message: "Authentication Fails (auth header format should be Bearer sk-...)"}
	}
	return nil
}

// balance is the account of whoever asks.
const balance = `{"is_available":true,"balance_infos":[{"currency":"USD","total_balance":"110.00","granted_balance":"10.00","topped_up_balance":"100.00"}]}`

// get answers a GET.
func (e *exchange) get(body []byte) *apiError {
	if e.r.Method != http.MethodGet {
		return wrongMethod()
	}
	writeJSON(e.w, http.StatusOK, body)
	return nil
}

// post reads the body of a POST and hands it on.
func (e *exchange) post(answer func() *apiError) *apiError {
	if e.r.Method != http.MethodPost {
		e.record()
		return wrongMethod()
	}
	body, err := readAll(e.r.Body, e.r.ContentLength, maxBody)
	if err != nil {
		e.record()
		return err
	}
	e.req.Body = body
	return answer()
}

// readAll reads a body of up to max bytes. The size is what is said to come, or
// not positive if nothing is.
func readAll(r io.Reader, size, max int64) ([]byte, *apiError) {
	var b bytes.Buffer
	if size > 0 {
		b.Grow(int(min(size, max)) + bytes.MinRead) // so that nothing is copied
	}
	_, err := b.ReadFrom(io.LimitReader(r, max+1))
	body := b.Bytes()
	if err != nil {
		return nil, &apiError{status: http.StatusBadRequest, message: "Failed to buffer the request body"}
	}
	if int64(len(body)) > max {
		io.CopyN(io.Discard, r, 16<<20) // lets a client that writes first and reads later see the answer
		return nil, &apiError{status: http.StatusRequestEntityTooLarge, message: "Failed to buffer the request body: length limit exceeded"}
	}
	return body, nil
}

// decode decodes the body of a request into v.
func decode(body []byte, v any) *apiError {
	err := gate.Limits{Bytes: maxBody}.Decode(body, v)
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*gate.Error](err)
	if !ok {
		return malformed("%v", err)
	}
	text := strings.TrimPrefix(e.Rule.Error(), "gate: ")
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		kind, _, _ := strings.Cut(t.Value, " ")
		text = "invalid type: " + kind + ", expected " + expected(t.Type)
	}
	if path := dotted(e.Path); path != "" {
		text = path + ": " + text
	}
	before := body[:min(e.Offset, len(body))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return malformed("%s at line %d column %d", text, line, column)
}

// expected returns what JSON a Go type stands for.
func expected(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "a boolean"
	case reflect.Float64:
		return "a number"
	case reflect.Int64:
		return "an integer"
	case reflect.Slice:
		return "a sequence"
	}
	return "a map"
}

// malformed returns the error for a body that does not have the form of a
// request.
func malformed(format string, args ...any) *apiError {
	return invalid("Failed to deserialize the JSON body into the target type: "+format, args...)
}

// dotted returns a JSON pointer in the form that the API uses: messages[0].role.
func dotted(pointer string) string {
	var b strings.Builder
	for _, name := range strings.Split(pointer, "/")[1:] {
		if name != "" && strings.Trim(name, "0123456789") == "" {
			b.WriteString("[" + name + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(name)
	}
	return b.String()
}
