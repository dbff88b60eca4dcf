package llmtest_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm/llmtest"
)

// A test has its replies from a file. A client of a model takes the HTTP client
// as a field, such as deepseek.Client{HTTP: llmtest.Replay(t, …)}.
func ExampleReplay() {
	testGreeting := func(t testing.TB) {
		client := llmtest.Replay(t, "testdata/greeting.http")
		resp, err := client.Post("https://api.example.com/chat/completions", "application/json",
			strings.NewReader(`{"model":"m","messages":[{"role":"user","content":"Hi."}]}`))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		fmt.Printf("%s\n", body)
	}
	failed, _ := runTest("TestGreeting", func(t *fakeTest) { testGreeting(t) })
	fmt.Println("failed:", failed)
	// Output:
	// {"choices":[{"message":{"content":"Hello!"},"finish_reason":"stop"}]}
	// failed: false
}

// A program makes a recording, and plays it back when the server is gone. The
// key does not get into it.
func ExampleRecording() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintln(w, "There is no model for", r.Header.Get("Authorization"))
	}))
	dir, err := os.MkdirTemp("", "recording")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "models.http")

	ask := func(rec *llmtest.Recording) {
		req, err := http.NewRequest("GET", server.URL+"/models?limit=1", nil)
		if err != nil {
			log.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer sk-0123456789")
		resp, err := (&http.Client{Transport: rec}).Do(req)
		if err != nil {
			log.Fatal(err)
		}
		defer resp.Body.Close()
		io.Copy(os.Stdout, resp.Body)
	}
	rec := &llmtest.Recording{File: file, Record: true}
	ask(rec)
	if err := rec.Close(); err != nil {
		log.Fatal(err)
	}
	server.Close()

	rec = &llmtest.Recording{File: file}
	ask(rec)
	fmt.Println(rec.Close())
	text, _ := os.ReadFile(file)
	fmt.Printf("\n%s", text)
	// Output:
	// There is no model for Bearer sk-0123456789
	// There is no model for [hidden]
	// <nil>
	//
	// llmtest recording 1
	// # Played back by tests. To record it again, set LLMTEST_RECORD=models\.http for go test.
	//
	// -- request --
	// GET /models?limit=1
	// -- response --
	// 200
	// Content-Type: text/plain
	//
	// There is no model for [hidden]
	//
	// -- end --
}

// A request that is not in the file says how it differs, and how to record it.
func ExampleRecording_Client() {
	testGreeting := func(t testing.TB) {
		client := (&llmtest.Recording{File: "testdata/greeting.http", Secrets: []string{"Bob"}}).Client(t)
		_, err := client.Post("https://api.example.com/chat/completions", "application/json",
			strings.NewReader(`{"model":"m","messages":[{"role":"user","content":"Hi, Bob."}]}`))
		fmt.Println(errors.Is(err, llmtest.ErrNotRecorded))
		t.Fatal("no greeting")
	}
	_, output := runTest("TestGreeting", func(t *fakeTest) { testGreeting(t) })
	fmt.Println(output)
	// Output:
	// true
	// no greeting
	// llmtest: request not recorded: POST /chat/completions
	// 	the nearest, testdata/greeting.http:4, differs in its body at byte 53
	// 	recorded: …"messages":[{"role":"user","content":"Hi."}]} (end)
	// 	came:     …"messages":[{"role":"user","content":"Hi, [hidden]."}]} (end)
	// 	to record it: LLMTEST_RECORD='greeting\.http' go test -run '^TestGreeting$'
}

// Close says what was recorded and did not come.
func ExampleRecording_Close() {
	rec := &llmtest.Recording{File: "testdata/greeting.http"}
	fmt.Println(rec.Close())
	// Output: llmtest: testdata/greeting.http:4: POST /chat/completions was recorded, but did not come; to record it, set Record
}

// Printing a recording never shows its secrets.
func ExampleRecording_Format() {
	fmt.Printf("%+v\n", &llmtest.Recording{File: "testdata/greeting.http", Secrets: []string{"sk-0123456789"}})
	// Output: llmtest.Recording{testdata/greeting.http}
}
