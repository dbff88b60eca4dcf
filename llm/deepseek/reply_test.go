package deepseek_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
)

var update = flag.Bool("update", false, "rewrite what the files in testdata want")

// TestReplies reads what a server may send. Each file in testdata/replies has
// one behavior: what it is about, the content type, the bytes of the reply, and
// what comes of them.
func TestReplies(t *testing.T) {
	files, err := filepath.Glob("testdata/replies/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sections := split(t, data)
			req := llm.Prompt("Hi")
			req.Whole = strings.HasPrefix(name, "plain-") || strings.HasPrefix(name, "responses-plain-")
			if strings.HasPrefix(name, "responses-") {
				req.Schema = schema
			}
			if strings.Contains(name, "logprobs") {
				req.TopLogprobs = 2
			}
			if strings.Contains(name, "dsml") {
				req.Tools = []llm.ToolSpec{weather}
			}
			got := read(t, strings.TrimSpace(string(sections["type"])), sections["reply"], req)
			if *update {
				head, _, _ := bytes.Cut(data, []byte("-- want --\n"))
				if err := os.WriteFile(file, append(append(head, "-- want --\n"...), got...), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := string(sections["want"]); got != want {
				t.Errorf("reply is\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// split cuts a file into its sections, which begin with a line like "-- name --".
func split(t *testing.T, data []byte) map[string][]byte {
	sections := map[string][]byte{}
	name := "comment"
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		if s, ok := bytes.CutPrefix(line, []byte("-- ")); ok && bytes.HasSuffix(s, []byte(" --")) {
			name = string(bytes.TrimSuffix(s, []byte(" --")))
		} else {
			sections[name] = append(sections[name], data[:len(data)-len(rest)]...)
		}
		data = rest
	}
	if reply, ok := sections["reply without its last newline"]; ok {
		sections["reply"] = bytes.TrimSuffix(reply, []byte("\n"))
	}
	if sections["comment"] == nil || sections["type"] == nil {
		t.Fatal("the file lacks a section")
	}
	return sections
}

// schema makes a request one for the Responses endpoint.
var schema = []byte(`{"type":"object"}`)

// read renders what the client makes of a reply, however it is cut up, and in
// whatever dialect, unless it is of the Responses endpoint, which is DeepSeek's
// alone. The host of the other server is called as DeepSeek is, so that errors
// read the same.
func read(t *testing.T, contentType string, body []byte, req *llm.Request) string {
	t.Helper()
	var renderings []string
	whole := func(r io.Reader) io.Reader { return r }
	for i, cut := range []func(io.Reader) io.Reader{whole, iotest.OneByteReader, iotest.DataErrReader, whole} {
		c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: transport(func(r *http.Request) *http.Response {
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(cut(bytes.NewReader(body)))}
		})}}
		if i == 3 && req.Schema == nil {
			c.Dialect, c.BaseURL, c.Model = deepseek.OpenAI, "https://deepseek/v1", "deepseek-flash"
		}
		resp, err := llm.Generate(t.Context(), c, req)
		renderings = append(renderings, render(t, resp, err))
	}
	for _, r := range renderings[1:] {
		if r != renderings[0] {
			t.Errorf("cut up or in another dialect, the reply is\n%s\nwant\n%s", r, renderings[0])
		}
	}
	return renderings[0]
}

func render(t *testing.T, resp *llm.Response, err error) string {
	t.Helper()
	data, marshalErr := json.MarshalIndent(resp, "", "  ")
	if marshalErr != nil {
		t.Fatal(marshalErr)
	}
	s := string(data) + "\n"
	if err != nil {
		s += fmt.Sprintf("error: %v\nclass: %s\n", err, classes(err))
	}
	return s
}

// classes names what errors.Is finds in err.
func classes(err error) string {
	var names []string
	for _, class := range []struct {
		name string
		err  error
	}{
		{"ErrAuth", llm.ErrAuth}, {"ErrForbidden", llm.ErrForbidden}, {"ErrBalance", llm.ErrBalance}, {"ErrInvalid", llm.ErrInvalid},
		{"ErrTooLong", llm.ErrTooLong}, {"ErrFiltered", llm.ErrFiltered}, {"ErrRateLimit", llm.ErrRateLimit}, {"ErrOverload", llm.ErrOverload},
		{"ErrUnavailable", llm.ErrUnavailable}, {"ErrTruncated", llm.ErrTruncated}, {"ErrStalled", llm.ErrStalled},
		{"ErrProtocol", llm.ErrProtocol}, {"ErrTooLarge", llm.ErrTooLarge}, {"ErrBudget", llm.ErrBudget},
	} {
		if errors.Is(err, class.err) {
			names = append(names, class.name)
		}
	}
	if e, ok := errors.AsType[*llm.Error](err); ok && e.Temporary() {
		names = append(names, "temporary")
	}
	return strings.Join(names, " ")
}

// A transport answers in memory.
type transport func(*http.Request) *http.Response

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	resp := f(r)
	resp.Request = r
	return resp, nil
}
