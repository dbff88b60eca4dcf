package deepseek_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// A stream that is cut, wherever that is, gives the full reply or ErrTruncated
// with a part of it; never a part of a tool call, and never a success.
func TestEveryCut(t *testing.T) {
	stream := recording(t)
	everyCut(t, stream, "data: [DONE]", nil)
	// With the usage in a chunk of its own.
	finish := bytes.LastIndex(stream, []byte(`"usage":{`))
	end := finish + bytes.Index(stream[finish:], []byte("}\n\n"))
	usage := bytes.Clone(stream[finish:end])
	everyCut(t, slices.Concat(stream[:finish], []byte(`"usage":null}`), []byte("\n\ndata: {\"choices\":[],"), usage, stream[end:]), "data: [DONE]", nil)
}

// The same of the Responses endpoint, the last event of which is the end.
func TestEveryCutUnderSchema(t *testing.T) {
	everyCut(t, schemaRecording(t), "<end>", schema)
}

// everyCut cuts a stream that is complete from where end is in it, or would be after it.
func everyCut(t *testing.T, stream []byte, end string, schema []byte) {
	full := readCut(t, bytes.NewReader(stream), schema)
	if full.err != nil || len(full.ToolCalls()) != 2 || full.Usage.Input != 410 {
		t.Fatalf("the full reply is %+v", full)
	}
	complete := bytes.Index(append(bytes.Clone(stream), "<end>"...), []byte(end)) // from here on the reply is there
	type cut struct {
		name  string
		rest  io.Reader
		clean bool
	}
	closed := cut{"closed", iotest.ErrReader(io.EOF), true}
	broken := [...]cut{ // in turn: where it is broken off and how has nothing to do with each other
		{"broken", iotest.ErrReader(io.ErrUnexpectedEOF), false},
		{"reset", iotest.ErrReader(errors.New("connection reset by peer")), false},
	}
	for i := range stream {
		for _, cut := range []cut{closed, broken[i%2]} {
			got := readCut(t, io.MultiReader(bytes.NewReader(stream[:i]), cut.rest), schema)
			checkCut(t, i, cut.name, got, full)
			if cut.clean && i == complete && got.err != nil {
				t.Errorf("%s at %d, after the last event of the reply: %v", cut.name, i, got.err)
			}
		}
	}
}

// The same over HTTP, where a body that is closed early and one that is
// complete are told apart by the transport.
func TestEveryCutOverHTTP(t *testing.T) {
	everyCutOverHTTP(t, recording(t), nil)
}

func TestEveryCutUnderSchemaOverHTTP(t *testing.T) {
	everyCutOverHTTP(t, schemaRecording(t), schema)
}

// everyCutOverHTTP leaves bytes out, not the same for each kind of cut: what it
// adds to everyCut is the transport, to which one byte is like another.
func everyCutOverHTTP(t *testing.T, stream, schema []byte) {
	full := readCut(t, bytes.NewReader(stream), schema)
	step := 5
	if testing.Short() {
		step = 17
	}
	for _, kind := range []deepseektest.Cut{deepseektest.CutClose, deepseektest.CutEnd} {
		server := deepseektest.NewServer(t, deepseektest.Reply{Func: func(r deepseektest.Request) deepseektest.Reply {
			return deepseektest.Reply{Wire: stream, Cut: kind, CutAfter: r.MaxTokens}
		}})
		c := &deepseek.Client{BaseURL: server.URL()}
		for i := 1 + int(kind); i < len(stream); i += step {
			req := llm.Prompt("Hi")
			req.MaxTokens, req.Schema = i, schema
			resp, err := llm.Generate(t.Context(), c, req)
			checkCut(t, i, kind.String(), cutReply{resp, err}, full)
		}
	}
}

// recording has text, reasoning and two tool calls.
func recording(t *testing.T) []byte {
	data, err := os.ReadFile("testdata/stream-cut.sse")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// schemaRecording is of the Responses endpoint, and has the same.
func schemaRecording(t *testing.T) []byte {
	data, err := os.ReadFile("testdata/responses-cut.sse")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

type cutReply struct {
	*llm.Response
	err error
}

func readCut(t *testing.T, body io.Reader, schema []byte) cutReply {
	c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: transport(func(*http.Request) *http.Response {
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: io.NopCloser(body)}
	})}}
	req := llm.Prompt("Hi")
	req.Schema = schema
	resp, err := llm.Generate(t.Context(), c, req)
	return cutReply{resp, err}
}

func checkCut(t *testing.T, i int, name string, got, full cutReply) {
	t.Helper()
	if got.err == nil {
		if got.Usage.Estimated { // the reply is there, but not what it cost
			got.Usage = full.Usage
		}
		if got.Finish != full.Finish || got.Text() != full.Text() || got.Reasoning() != full.Reasoning() || got.Usage != full.Usage || !slices.Equal(got.ToolCalls(), full.ToolCalls()) {
			t.Errorf("%s at %d: success with %+v, which is not the full reply", name, i, got.Response)
		}
		return
	}
	if !errors.Is(got.err, llm.ErrTruncated) {
		t.Errorf("%s at %d: %v, want ErrTruncated", name, i, got.err)
	}
	if len(got.ToolCalls()) != 0 || got.Finish != "" {
		t.Errorf("%s at %d: a broken reply has calls %+v and finish %q", name, i, got.ToolCalls(), got.Finish)
	}
	if !strings.HasPrefix(full.Text(), got.Text()) || !strings.HasPrefix(full.Reasoning(), got.Reasoning()) {
		t.Errorf("%s at %d: text %q and reasoning %q are not a beginning of the reply", name, i, got.Text(), got.Reasoning())
	}
}
