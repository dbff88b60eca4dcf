package deepseek_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// A key that is configured in every place there is shows up nowhere: not in what
// is printed, logged or encoded, not in errors, also where a server repeats it.
func TestSecretsDoNotShow(t *testing.T) {
	const canary, token, basic = "sk-canary-0123456789", "gateway-canary-987", "dXNlcjpjYW5hcnk="
	var seen bytes.Buffer
	look := func(values ...any) {
		for _, v := range values {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
				fmt.Fprintf(&seen, verb+"\n", v)
			}
			if data, err := json.Marshal(v); err == nil {
				seen.Write(data)
			}
			slog.New(slog.NewTextHandler(&seen, nil)).Info("value", "v", v)
			slog.New(slog.NewJSONHandler(&seen, nil)).Info("value", "v", v)
		}
	}
	echo := func(status int, text string) deepseektest.Reply {
		return deepseektest.Reply{Status: status, Message: text, Code: canary, Header: http.Header{"X-Request-Id": {"req-1"}}}
	}
	replies := []deepseektest.Reply{
		{Text: "Hi", Reasoning: "hm"},
		echo(401, "Your api key: "+canary+" is invalid"),
		echo(500, "Authorization: Bearer "+canary),
		echo(400, "The `reasoning_content` in the thinking mode must be passed back, "+canary),
		{Status: 502, Wire: []byte("<html>" + canary)},
		{Wire: []byte("<html>" + canary)},
		{Wire: []byte(`data: {"error":{"message":"key ` + canary + `"}}` + "\n\n")},
		{Wire: []byte(`{"error":{"message":"key ` + canary + `"}}`)},
		{Wire: []byte(canary + "\n\n")},
		{Wire: []byte(`{"` + canary + `":1,"` + canary + `":2}`)},
		{Wire: []byte(`data: {"` + canary + `":1,"` + canary + `":2}` + "\n\n")},
		{Status: 500, Message: token + " and " + basic, Header: http.Header{"X-Ds-Trace-Id": {"Bearer " + canary}}},
		{Status: 500, Message: "wrong (request_id: " + canary + ")", Header: http.Header{"X-Ds-Trace-Id": {""}}},
		{CutAfter: -1},
	}
	for i := range 40 { // across the places where texts are cut
		replies = append(replies,
			deepseektest.Reply{Status: 500, Message: strings.Repeat("x", 1024-i) + canary},
			deepseektest.Reply{Status: 500, Wire: []byte("<html>" + strings.Repeat("x", 1024-i) + canary)},
			deepseektest.Reply{Wire: []byte("<html>" + strings.Repeat("x", 256-i) + canary)})
	}
	for _, reply := range replies {
		server := deepseektest.NewServer(t, reply)
		for _, whole := range []bool{false, true} {
			c := &deepseek.Client{
				APIKey:  canary,
				BaseURL: strings.Replace(server.URL(), "http://", "http://user:"+canary+"@", 1) + "?key=" + canary,
				Header:  http.Header{"X-Api-Key": {token}, "Authorization": {"Basic " + basic}},
				Log:     slog.New(slog.NewTextHandler(&seen, nil)),
			}
			look(c, *c, []deepseek.Client{*c}, struct{ C *deepseek.Client }{c})
			c.BaseURL = server.URL()
			m := llm.Wrap(c, llm.Log(slog.New(slog.NewJSONHandler(&seen, &slog.HandlerOptions{Level: llm.LevelContent}))))
			req := llm.Prompt("Hi")
			req.Whole, req.Tools = whole, []llm.ToolSpec{weather}
			resp, err := llm.Generate(t.Context(), m, req)
			look(resp, *resp, err, req, *req, c.Abilities(""))
			look(server.Requests())
			for _, r := range server.Requests() {
				look(r, r.Header)
			}
		}
	}
	// Addresses that cannot be reached, with secrets in them.
	for _, url := range []string{"http://user:" + canary + "@127.0.0.1:1/" + "?key=" + canary, "https://" + canary + "\x00", "http://example.com?" + canary} {
		c := &deepseek.Client{APIKey: canary, BaseURL: url}
		_, err := llm.Generate(t.Context(), c, llm.Prompt("Hi"))
		look(c, *c, err)
	}
	text := seen.String()
	for _, secret := range []string{canary, canary[:12], token, basic} {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("%s shows: …%s…", secret, text[max(0, i-300):min(len(text), i+100)])
		}
		if strings.Contains(text, fmt.Sprintf("%x", secret)) {
			t.Errorf("%s shows in hexadecimal", secret)
		}
	}
}
