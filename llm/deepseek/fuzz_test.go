package deepseek_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
)

// Whatever a server sends, a reply ends in exactly one finish or one error, and
// one with an error has no tool call to run.
func FuzzStream(f *testing.F) { fuzzStream(f, nil) }

// The same of the Responses endpoint.
func FuzzResponses(f *testing.F) { fuzzStream(f, schema) }

func fuzzStream(f *testing.F, schema []byte) {
	files, err := filepath.Glob("testdata/replies/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		_, reply, _ := bytes.Cut(data, []byte("-- reply --\n"))
		reply, _, _ = bytes.Cut(reply, []byte("-- want --\n"))
		f.Add(reply, false)
		f.Add(reply, true)
	}
	f.Fuzz(func(t *testing.T, body []byte, whole bool) {
		var texts [2]string
		for i, cut := range []func(io.Reader) io.Reader{iotest.OneByteReader, func(r io.Reader) io.Reader { return r }} {
			c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: transport(func(*http.Request) *http.Response {
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(cut(bytes.NewReader(body)))}
			})}}
			req := llm.Prompt("Hi")
			req.Whole, req.Schema = whole, schema
			finishes, failures, calls := 0, 0, 0
			for chunk, err := range c.Stream(t.Context(), req) {
				if finishes+failures > 0 {
					t.Fatal("something follows the end")
				}
				if err != nil {
					if chunk != nil {
						t.Fatal("a chunk comes with the error")
					}
					failures++
					texts[i] += "!" + err.Error()
					continue
				}
				if chunk.ToolCall != nil {
					calls++
				}
				if chunk.Finish != "" {
					finishes++
				}
				texts[i] += chunk.Reasoning + "|" + chunk.Text
			}
			if finishes+failures != 1 {
				t.Fatalf("%d finishes and %d errors", finishes, failures)
			}
			if failures > 0 && calls > 0 {
				t.Fatal("calls were handed over, and then an error")
			}
		}
		if texts[0] != texts[1] {
			t.Fatalf("byte by byte the reply is %q, at once %q", texts[0], texts[1])
		}
	})
}
