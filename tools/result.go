package tools

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

// partsOf returns what a function has returned as the model is to see it.
func partsOf(out any) (llm.Parts, error) {
	v := reflect.ValueOf(out)
	for n := 0; n < 8 && v.Kind() == reflect.Pointer && !v.IsNil(); n++ { // a pointer may lead to itself
		v = v.Elem()
	}
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return llm.Parts{llm.Text("null")}, nil
	}
	if v.IsValid() {
		switch p := v.Interface().(type) {
		case llm.Text, llm.Blob, llm.Reasoning, llm.ToolCall, llm.ToolResult:
			return llm.Parts{p.(llm.Part)}, nil
		case llm.Parts:
			return p, nil
		case []llm.Part:
			return p, nil
		case json.RawMessage:
			return plain(p)
		}
		switch {
		case encodesItself(out):
		case v.Kind() == reflect.String:
			return llm.Parts{llm.Text(v.String())}, nil
		case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
			return plain(v.Bytes())
		}
	}
	data, err := encode(out)
	if err != nil {
		return nil, &resultError{err}
	}
	return llm.Parts{llm.Text(data)}, nil
}

// encodesItself reports whether package json leaves the encoding of v to v.
func encodesItself(v any) bool {
	switch v.(type) {
	case json.Marshaler, interface{ MarshalText() ([]byte, error) }:
		return true
	}
	return false
}

// plain returns data as text.
func plain(data []byte) (llm.Parts, error) {
	if !utf8.Valid(data) {
		return nil, &resultError{fmt.Errorf("it is %d bytes that are not text", len(data))}
	}
	return llm.Parts{llm.Text(data)}, nil
}

// encode returns v as JSON, without escapes for HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// valueOf stores the result of a tool in out, which is a pointer.
func valueOf(parts llm.Parts, out any) error {
	text := llm.Message{Parts: parts}.Text()
	switch out := out.(type) {
	case *string:
		*out = text
		return nil
	case *llm.Text:
		*out = llm.Text(text)
		return nil
	case *llm.Parts:
		*out = parts
		return nil
	case *[]byte:
		*out = []byte(text)
		return nil
	case *llm.Blob:
		if len(parts) == 1 {
			if b, ok := parts[0].(llm.Blob); ok {
				*out = b
				return nil
			}
		}
		return errors.New("it is not one blob")
	}
	if v := reflect.ValueOf(out).Elem(); v.Kind() == reflect.String && !encodesItself(v.Interface()) {
		v.SetString(text)
		return nil
	}
	return gate.Decode([]byte(text), out)
}

// A resultError says why the model cannot be shown what a tool returned.
type resultError struct{ err error }

// Error returns the reason in words for the model.
func (e *resultError) Error() string {
	return "the tool has run, but its result cannot be shown: " + strings.TrimPrefix(e.err.Error(), "json: ")
}

func (e *resultError) Unwrap() error { return e.err }

// checkParts returns an error if parts has something that is no part of a result.
func checkParts(parts llm.Parts) error {
	for i, p := range parts {
		switch p.(type) {
		case llm.Text, llm.Blob:
		default:
			return &resultError{fmt.Errorf("part %d of it is a %T, neither text nor a blob", i, p)}
		}
	}
	return nil
}

// short returns the beginning of a long text, in whole characters.
func short(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:startOf(s, most)] + "…"
}

// startOf returns the greatest index up to i at which a character of s begins.
func startOf(s string, i int) int {
	for n := i; n > i-utf8.UTFMax && n >= 0; n-- {
		if utf8.RuneStart(s[n]) {
			return n
		}
	}
	return i // it is not UTF-8 anyway
}
