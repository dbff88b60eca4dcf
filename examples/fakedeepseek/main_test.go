package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func TestMain(m *testing.M) { deepseektest.Main(m) }

// start runs the program and returns the address of its server, and what ends
// it and returns what it has logged.
func start(t *testing.T, args ...string) (url string, end func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, stdout := io.Pipe()
	var stderr bytes.Buffer
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, stdout, &stderr)
		stdout.CloseWithError(err)
		ended <- err
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "DEEPSEEK_BASE_URL=")
	if !ok {
		t.Fatalf("it printed %q", line)
	}
	return url, func() string {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		return stderr.String()
	}
}

const question = "The cat is nine years old. How old is the cat?"

func TestRun(t *testing.T) {
	url, end := start(t)
	text, err := llm.Ask(&deepseek.Client{BaseURL: url}, "")(t.Context(), question)
	if err != nil || !strings.HasSuffix(text, "The cat is nine years old.") {
		t.Errorf("%q, %v", text, err)
	}
	if log := end(); log != "" {
		t.Errorf("it logs without being asked to: %s", log)
	}
}

// ask asks the question and says in a few words what comes of it.
func ask(ctx context.Context, c *deepseek.Client) string {
	req := llm.Prompt(question)
	req.Effort = llm.EffortNone
	resp, err := llm.Generate(ctx, c, req)
	words := []string{"part"}
	switch {
	case resp.Text() == "":
		words[0] = "nothing"
	case strings.HasSuffix(resp.Text(), "nine years old."):
		words[0] = "all"
	}
	for name, class := range map[string]error{
		"rate-limit": llm.ErrRateLimit, "overload": llm.ErrOverload, "truncated": llm.ErrTruncated, "unavailable": llm.ErrUnavailable,
		"invalid": llm.ErrInvalid, "protocol": llm.ErrProtocol, "deadline": context.DeadlineExceeded,
	} {
		if errors.Is(err, class) {
			words = append(words, name)
		}
	}
	if len(words) == 1 && err != nil {
		words = append(words, err.Error())
	}
	if e, ok := errors.AsType[*llm.Error](err); ok && e.RetryAfter > 0 {
		words = append(words, e.RetryAfter.String())
	}
	if err == nil && resp.Finish != llm.FinishStop {
		words = append(words, string(resp.Finish))
	}
	return strings.Join(words, " ")
}

func TestFaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "reply.sse")
	wire := `data: {"choices":[{"index":0,"delta":{"content":"I am nine years old."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}` + "\n\ndata: [DONE]\n\n"
	if err := os.WriteFile(file, []byte(wire), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		specs []string
		want  []string // of request after request
	}{
		{[]string{"status=429,after=2,for=3,retry-after=2s"}, []string{"all", "all", "nothing rate-limit 2s", "nothing rate-limit 2s", "nothing rate-limit 2s", "all"}},
		{[]string{"status=429,for=1", "cut=3000,after=1"}, []string{"nothing rate-limit", "part truncated", "part truncated"}},
		{[]string{"status=503,every=2"}, []string{"all", "nothing overload", "all", "nothing overload"}},
		{[]string{"status=400,message=Invalid, it is"}, []string{"nothing invalid"}},
		{[]string{"status=500,path=/models"}, []string{"all"}},
		{[]string{"status=503,path=/"}, []string{"nothing overload"}},
		{[]string{"cut=3000"}, []string{"part truncated"}},
		{[]string{"cut"}, []string{"nothing unavailable"}},
		{[]string{"reset=3000"}, []string{"part truncated"}},
		{[]string{"reset"}, []string{"nothing unavailable"}},
		{[]string{"end=3000"}, []string{"part truncated"}},
		{[]string{"end"}, []string{"nothing truncated"}},
		{[]string{"delay=1ms"}, []string{"all"}},
		{[]string{"delay=1h"}, []string{"nothing deadline"}},
		{[]string{"stall=3000"}, []string{"part deadline"}},
		{[]string{"stall"}, []string{"nothing deadline"}},
		{[]string{"trickle=3,pace=1us"}, []string{"all"}},
		{[]string{"keep-alive=100"}, []string{"all"}},
		{[]string{"empty"}, []string{"nothing overload"}},
		{[]string{"finish=length"}, []string{"all length"}},
		{[]string{"finish=insufficient_system_resource"}, []string{"all overload"}},
		{[]string{"no-done"}, []string{"all"}},
		{[]string{"no-usage"}, []string{"all"}},
		{[]string{"usage-apart"}, []string{"all"}},
		{[]string{"wire=@" + file}, []string{"all"}},
		{[]string{"wire=data:{\n\n"}, []string{"nothing protocol"}},
		{[]string{"status=502,wire=<html>"}, []string{"nothing unavailable"}},
	} {
		t.Run(strings.Join(test.specs, "+"), func(t *testing.T) {
			t.Parallel()
			var args []string
			for _, spec := range test.specs {
				args = append(args, "-fault", spec)
			}
			url, end := start(t, args...)
			defer end()
			c := &deepseek.Client{BaseURL: url, APIKey: "sk-secret"}
			for i, want := range test.want {
				ctx := t.Context()
				if strings.Contains(want, "deadline") {
					patience := 100 * time.Millisecond
					if strings.HasPrefix(want, "part") {
						patience = 3 * time.Second // for what comes before the stall
					}
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, patience)
					defer cancel()
				}
				if got := ask(ctx, c); got != want {
					t.Errorf("request %d: %s, want %s", i, got, want)
				}
			}
		})
	}
}

// What the client makes up for is seen on the wire.
func TestStreamFaults(t *testing.T) {
	body := `{"model":"deepseek-flash","messages":[{"role":"user","content":"Hi."}],"stream":true,"stream_options":{"include_usage":true}}`
	for spec, want := range map[string]struct{ done, usage, apart bool }{
		"delay=1ns":   {true, true, false},
		"no-done":     {false, true, false},
		"no-usage":    {true, false, false},
		"usage-apart": {true, true, true},
	} {
		url, end := start(t, "-fault", spec)
		resp, err := http.Post(url+"/chat/completions", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		end()
		got := struct{ done, usage, apart bool }{
			bytes.HasSuffix(text, []byte("data: [DONE]\n\n")),
			bytes.Contains(text, []byte(`"usage":{"prompt_tokens"`)),
			bytes.Contains(text, []byte(`"choices":[],"usage":{`)),
		}
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v in %s", spec, got, err, want, text)
		}
	}
}

// A request with a schema meets the faults of its own endpoint.
func TestSchemaFaults(t *testing.T) {
	for spec, want := range map[string]string{
		"delay=1ns":                     `true, <nil>`,
		"no-done":                       `true, <nil>`,
		"no-done,path=/responses":       `false, truncated`,
		"no-usage,path=/responses":      `true, <nil>, estimated`,
		"finish=length,path=/responses": `false, <nil>`,
		"empty,path=/responses":         `false, <nil>`,
	} {
		url, end := start(t, "-fault", spec)
		req := llm.Prompt("City: Lisbon")
		req.Schema = []byte(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`)
		resp, err := llm.Generate(t.Context(), &deepseek.Client{BaseURL: url}, req)
		end()
		got := fmt.Sprint(resp.Finish == llm.FinishStop && resp.Text() == `{"city":"Lisbon"}`, ", ", err)
		if errors.Is(err, llm.ErrTruncated) {
			got = "false, truncated"
		}
		if resp.Usage.Estimated && strings.HasPrefix(spec, "no-usage") {
			got += ", estimated"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", spec, got, want)
		}
	}
}

// Faults of other endpoints, and what the log has of it all.
func TestLog(t *testing.T) {
	url, end := start(t, "-v", "-fault", "status=503,path=/models,for=1", "-fault", "cut,path=/user/", "-fault", "reset=10,path=/completions", "-fault", "cut=3000,after=1")
	c := &deepseek.Client{BaseURL: url, APIKey: "sk-secret"}
	ctx := t.Context()
	_, err1 := c.Models(ctx)
	models, err2 := c.Models(ctx)
	_, err3 := c.Balance(ctx)
	_, err4 := c.Complete(ctx, deepseek.FIM{Prompt: "secret"})
	if !errors.Is(err1, llm.ErrOverload) || err2 != nil || len(models) != 2 || !errors.Is(err3, llm.ErrUnavailable) || !errors.Is(err4, llm.ErrTruncated) {
		t.Errorf("%v, %v, %v, %v", err1, err2, err3, err4)
	}
	if got := ask(ctx, c) + ", " + ask(ctx, c); got != "all, part truncated" {
		t.Error(got)
	}
	resp, err := http.Post(url+"/v1/chat/completions?key=sk-secret", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	resp, err = http.Get(url + "/a%0Ab")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	want := `GET /models 503, fault "status=503,path=/models,for=1"
GET /models 200
GET /user/balance no answer, fault "cut,path=/user/"
POST /beta/completions 200, broken off, fault "reset=10,path=/completions"
POST /chat/completions 200
POST /chat/completions 200, broken off, fault "cut=3000,after=1"
POST /v1/chat/completions 400
GET /a%0Ab 404
`
	// A client that has seen a connection break off may ask again on its own.
	if got := end(); strings.Join(uniq(strings.SplitAfter(got, "\n")), "") != want {
		t.Errorf("the log is\n%swant\n%s", got, want)
	}
}

// uniq drops what is there twice in a row.
func uniq(list []string) []string {
	var kept []string
	for i, s := range list {
		if i == 0 || s != list[i-1] {
			kept = append(kept, s)
		}
	}
	return kept
}

func TestAddr(t *testing.T) {
	url, end := start(t, "-addr", "localhost:0")
	if !strings.HasPrefix(url, "http://127.0.0.1:") && !strings.HasPrefix(url, "http://[::1]:") {
		t.Errorf("localhost is %s", url)
	}
	taken := strings.TrimPrefix(url, "http://")
	for addr, want := range map[string]string{
		taken:           "listen tcp ",
		"8080":          "-addr is a host and a port, such as 127.0.0.1:8080: ",
		"127.0.0.1:x":   "-addr is a host and a port, such as 127.0.0.1:8080: ",
		":8080":         "-addr :8080: other machines can reach that; if they are to, add -remote",
		"0.0.0.0:8080":  "-addr 0.0.0.0:8080: other machines can reach that; if they are to, add -remote",
		"[::]:0":        "-addr [::]:0: other machines can reach that; if they are to, add -remote",
		"192.0.2.1:443": "-addr 192.0.2.1:443: other machines can reach that; if they are to, add -remote",
	} {
		if err := run(t.Context(), []string{"-addr", addr}, io.Discard, io.Discard); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", addr, err, want)
		}
	}
	end()

	url, end = start(t, "-addr", taken) // it is free again
	if url != "http://"+taken {
		t.Errorf("it serves at %s, want %s", url, taken)
	}
	end()

	url, end = start(t, "-remote", "-addr", "0.0.0.0:0")
	defer end()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestBadFlags(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-fault", "explode"}, `invalid value "explode" for flag -fault: there is no "explode": what goes wrong is one of status, `},
		{[]string{"-fault"}, "flag needs an argument: -fault (-help explains the flags)"},
		{[]string{"-faults", "cut"}, "flag provided but not defined: -faults (-help explains the flags)"},
		{[]string{"cut"}, `"cut" is not a flag (-help explains those)`},
	} {
		var out strings.Builder
		err := run(t.Context(), test.args, &out, &out)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) || out.Len() > 0 {
			t.Errorf("%q: %v, and %q", test.args, err, &out)
		}
	}
}

// The help names every flag and every setting, and its examples are right.
func TestHelp(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), []string{"-help"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, s := range settings {
		if !strings.Contains(out.String(), "\n  "+s.name+s.value+" ") {
			t.Errorf("the help lacks %s", s.name)
		}
	}
	_, examples, _ := strings.Cut(out.String(), "For example:")
	n := 0
	for line := range strings.Lines(examples) {
		words := strings.Fields(line)
		if i := strings.IndexByte(line, '\''); i >= 0 {
			words = []string{"-fault", line[i+1 : strings.LastIndexByte(line, '\'')]}
		}
		for i, word := range words {
			if word == "-fault" {
				n++
				if _, err := parseFault(words[i+1]); err != nil {
					t.Errorf("%s: %v", words[i+1], err)
				}
			}
		}
	}
	if n != 11 {
		t.Errorf("%d examples", n)
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > 110 {
			t.Errorf("%d bytes in a line of the help: %s", len(line), line)
		}
	}
	if err := run(t.Context(), []string{"-help"}, brokenWriter{}, io.Discard); err == nil {
		t.Error("a help that nobody can read is no error")
	}
	if err := run(t.Context(), nil, brokenWriter{}, io.Discard); err == nil {
		t.Error("an address that nobody can read is no error")
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, fmt.Errorf("broken") }
