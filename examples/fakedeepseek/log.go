package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"strconv"
)

// An entry is what a line of the log says of a request: how it went, and never
// what was in it.
type entry struct {
	status int // 0 if nothing was sent
	fault  *fault
	whole  bool // the reply was not broken off
}

type entryKey struct{}

// note puts a fault into the entry of a request, if there is a log.
func note(ctx context.Context, f *fault) {
	if e, ok := ctx.Value(entryKey{}).(*entry); ok {
		e.fault = f
	}
}

// logTo returns middleware that writes a line for each request, once it is over.
func logTo(w io.Writer) func(http.Handler) http.Handler {
	lines := log.New(w, "", 0)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			e := new(entry)
			defer func() {
				lines.Print(r.Method, " ", r.URL.EscapedPath(), " ", e)
			}()
			next.ServeHTTP(&statusWriter{w, e}, r.WithContext(context.WithValue(r.Context(), entryKey{}, e)))
			e.whole = true
		})
	}
}

// String returns such as: 200, broken off, fault "cut=1200".
func (e *entry) String() string {
	text := "no answer"
	switch {
	case e.status != 0 && e.whole:
		text = strconv.Itoa(e.status)
	case e.status != 0:
		text = strconv.Itoa(e.status) + ", broken off"
	}
	if e.fault != nil {
		text += fmt.Sprintf(", fault %q", e.fault.String())
	}
	return text
}

// A statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	entry *entry
}

// WriteHeader notes the status.
func (w *statusWriter) WriteHeader(status int) {
	w.entry.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
