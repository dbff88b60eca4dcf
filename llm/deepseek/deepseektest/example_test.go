package deepseektest_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// A server that runs without a test, and any HTTP client.
func Example() {
	server, err := deepseektest.Start(deepseektest.Reply{Text: "Hello!", Usage: &llm.Usage{Input: 5, Output: 2}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	body := `{"model":"deepseek-flash","messages":[{"role":"user","content":"Hi."}],"thinking":{"type":"disabled"}}`
	resp, err := http.Post(server.URL()+"/chat/completions", "application/json", strings.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	fmt.Println(strings.Contains(string(text), `"content":"Hello!"`), err)
	for _, r := range server.Requests() {
		fmt.Println(r.Method, r.Path, r.Model, r.Thinking, r.Last(llm.RoleUser))
	}
	// Output:
	// true <nil>
	// POST /chat/completions deepseek-flash false Hi.
}

// The first attempt is refused, the second breaks off, the third comes through.
func ExampleReply() {
	script := []deepseektest.Reply{
		{Status: http.StatusTooManyRequests, RetryAfter: time.Second},
		{Text: "The sky is blue because", CutAfter: 400},
		{Text: "Because of scattering."},
	}
	server, err := deepseektest.Start(script...)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	for range script {
		body := `{"model":"deepseek-flash","messages":[{"role":"user","content":"Why is the sky blue?"}],"stream":true}`
		resp, err := http.Post(server.URL()+"/chat/completions", "application/json", strings.NewReader(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(resp.Status, strings.HasSuffix(string(text), "data: [DONE]\n\n"), err)
	}
	// Output:
	// 429 Too Many Requests false <nil>
	// 200 OK false unexpected EOF
	// 200 OK true <nil>
}

func ExampleReply_func() {
	echo := deepseektest.Reply{Func: func(r deepseektest.Request) deepseektest.Reply {
		return deepseektest.Reply{Text: strings.ToUpper(r.Last(llm.RoleUser))}
	}}
	fmt.Println(echo.Func(deepseektest.Request{Messages: []deepseektest.Message{{Role: llm.RoleUser, Content: "hi"}}}).Text)
	// Output: HI
}

func ExampleStandIn() {
	reply := deepseektest.StandIn().Func(deepseektest.Request{Messages: []deepseektest.Message{
		{Role: llm.RoleSystem, Content: "The lighthouse was built in 1871. Its lamp burns whale oil no more."},
		{Role: llm.RoleUser, Content: "When was the lighthouse built?"},
	}})
	fmt.Println(reply.Text)
	fmt.Println(reply.Reasoning)
	// Output:
	// (No language model here: a stand-in that picks sentences from your text by rules.)
	//
	// The lighthouse was built in 1871.
	// No language model, but rules. Rule: answer from the text. 2 sentences were weighed; the best share these words with the question: lighthouse, built.
}

// The list of models breaks off, then the service is busy, then it is well.
func ExampleServer_Script() {
	server, err := deepseektest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	server.Script("/models",
		deepseektest.Reply{CutAfter: 100},
		deepseektest.Reply{Status: http.StatusServiceUnavailable},
		deepseektest.Reply{}) // the server's own answer from here on
	for range 4 {
		resp, err := http.Get(server.URL() + "/models")
		if err != nil {
			fmt.Println(err)
			return
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(resp.Status, len(body) > 100, err)
	}
	// Output:
	// 200 OK false unexpected EOF
	// 503 Service Unavailable true <nil>
	// 200 OK true <nil>
	// 200 OK true <nil>
}

// A server at an address of one's own.
func ExampleServe() {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		l, err = net.Listen("tcp", "127.0.0.1:0") // a machine without IPv6
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	server := deepseektest.Serve(l, deepseektest.Reply{Text: "Hello!"})
	defer server.Close()
	fmt.Println(server.URL() == "http://"+l.Addr().String())
	// Output: true
}

// Middleware sees what comes and goes.
func ExampleServer_Wrap() {
	server, err := deepseektest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Println(r.Method, r.URL.Path)
			w.Header().Set("X-Request-Id", "1")
			next.ServeHTTP(w, r)
		})
	})
	resp, err := http.Get(server.URL() + "/models")
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	fmt.Println(resp.Status, resp.Header.Get("X-Request-Id"))
	// Output:
	// GET /models
	// 200 OK 1
}
