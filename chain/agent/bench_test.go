package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/tools"
)

// rounds is a transport in memory that plays a model which calls two tools in each
// round and then answers.
type rounds struct {
	bodies []string
	n      atomic.Int64
}

func newRounds(n int) *rounds {
	r := new(rounds)
	const head = `{"id":"b1946ac9","object":"chat.completion","created":1795180000,"model":"deepseek-flash","choices":[{"index":0,"message":`
	const tail = `}],"usage":{"prompt_tokens":420,"completion_tokens":31,"total_tokens":451,"prompt_cache_hit_tokens":384,"prompt_cache_miss_tokens":36}}`
	for i := range n {
		r.bodies = append(r.bodies, fmt.Sprintf(head+`{"role":"assistant","content":"","reasoning_content":"Next pair.","tool_calls":[{"index":0,"id":"call_%d_0","type":"function","function":{"name":"add","arguments":"{\"a\":%d,\"b\":1}"}},{"index":1,"id":"call_%d_1","type":"function","function":{"name":"add","arguments":"{\"a\":%d,\"b\":2}"}}]},"logprobs":null,"finish_reason":"tool_calls"`+tail, i, i, i, i))
	}
	r.bodies = append(r.bodies, head+`{"role":"assistant","content":"All sums are done.","reasoning_content":"Done."},"logprobs":null,"finish_reason":"stop"`+tail)
	return r
}

func (r *rounds) RoundTrip(req *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return nil, err
	}
	req.Body.Close()
	body := r.bodies[int(r.n.Add(1)-1)%len(r.bodies)]
	return &http.Response{
		Status: "200 OK", StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: req,
	}, nil
}

// client returns a client of the transport.
func (r *rounds) client() *deepseek.Client {
	return &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: r}}
}

// BenchmarkLoop is five rounds of two calls at once, and the answer: six requests.
//
// What it is compared with: the loop of package tools, without limits, records and
// memory; a loop on the same client that decodes the arguments and calls the function
// itself; and one on net/http and encoding/json alone.
func BenchmarkLoop(b *testing.B) {
	set := tools.Set{add()}
	for _, loop := range []struct {
		name string
		run  func(r *rounds) func() (string, error)
	}{
		{"agent", func(r *rounds) func() (string, error) {
			a := &agent.Agent{Model: r.client(), System: benchSystem, Tools: set}
			return func() (string, error) { return a.Run(context.Background(), benchInput) }
		}},
		{"hand/set", func(r *rounds) func() (string, error) {
			return byHand(r.client(), set.Specs(), func(calls []llm.ToolCall) (llm.Message, error) {
				return set.Results(context.Background(), calls)
			})
		}},
		{"hand/bare", func(r *rounds) func() (string, error) { return byHand(r.client(), set.Specs(), bare) }},
		{"floor", func(r *rounds) func() (string, error) { return onHTTP(r, set.Specs()) }},
	} {
		b.Run(loop.name, func(b *testing.B) {
			run := loop.run(newRounds(5))
			b.ReportAllocs()
			for b.Loop() {
				if text, err := run(); err != nil || text != "All sums are done." {
					b.Fatal(text, err)
				}
			}
		})
	}
}

// BenchmarkRounds is runs of many rounds: what a round takes should not grow with them.
func BenchmarkRounds(b *testing.B) {
	for _, n := range []int{5, 50, 500} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			a := manyRounds(newRounds(n).client())
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Run(context.Background(), benchInput); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/round")
		})
	}
}

// manyRounds returns an agent without limits.
func manyRounds(model llm.Model) *agent.Agent {
	return &agent.Agent{Model: model, System: benchSystem, Tools: tools.Set{add()}, Limits: agent.Limits{Calls: -1, Tools: -1, Tokens: -1}}
}

// In a run of 500 rounds nothing is encoded, counted or folded twice: a round takes as
// much memory as one of a run of 100, but for the copies that its slices grow by.
func TestRoundsAllocate(t *testing.T) {
	perRound := func(n int) (objects, bytes float64) {
		a := manyRounds(newRounds(n).client())
		run := func() {
			if _, err := a.Run(context.Background(), benchInput); err != nil {
				t.Fatal(err)
			}
		}
		run()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		run()
		runtime.ReadMemStats(&after)
		return float64(after.Mallocs-before.Mallocs) / float64(n), float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
	}
	shortObjects, shortBytes := perRound(100)
	longObjects, longBytes := perRound(500)
	if longObjects > 1.1*shortObjects || longBytes > 1.5*shortBytes {
		t.Errorf("a round takes %.0f objects and %.0f bytes in a run of 500, and %.0f and %.0f in one of 100", longObjects, longBytes, shortObjects, shortBytes)
	}
}

const (
	benchSystem = "You add numbers with the tool."
	benchInput  = "Add them all."
)

// byHand is the loop without an agent.
func byHand(model llm.Model, specs []llm.ToolSpec, call func([]llm.ToolCall) (llm.Message, error)) func() (string, error) {
	return func() (string, error) {
		req := &llm.Request{Messages: []llm.Message{llm.System(benchSystem), llm.User(benchInput)}, Tools: specs, Whole: true}
		for {
			resp, err := llm.Generate(context.Background(), model, req)
			if err != nil {
				return "", err
			}
			calls := resp.ToolCalls()
			if len(calls) == 0 {
				return resp.Text(), nil
			}
			results, err := call(calls)
			if err != nil {
				return "", err
			}
			req.Messages = append(req.Messages, resp.Message, results)
		}
	}
}

// bare makes calls with nothing around them.
func bare(calls []llm.ToolCall) (llm.Message, error) {
	results := make(llm.Parts, len(calls))
	var wg sync.WaitGroup
	for i, c := range calls {
		wg.Go(func() {
			results[i] = llm.ToolResult{ID: c.ID, Name: c.Name, Content: llm.Parts{llm.Text(addBare(c.Args))}}
		})
	}
	wg.Wait()
	return llm.Message{Role: llm.RoleTool, Parts: results}, nil
}

func addBare(args string) string {
	var in sum
	if err := json.Unmarshal([]byte(args), &in); err != nil {
		return err.Error()
	}
	return strconv.Itoa(in.A + in.B)
}

type floorMessage struct {
	Role       string      `json:"role"`
	Content    string      `json:"content"`
	Reasoning  *string     `json:"reasoning_content,omitempty"`
	ToolCalls  []floorCall `json:"tool_calls,omitempty"`
	ToolCallID string      `json:"tool_call_id,omitempty"`
}

type floorCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

type floorTool struct {
	Type     string `json:"type"`
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
	} `json:"function"`
}

type floorRequest struct {
	Model    string         `json:"model"`
	Messages []floorMessage `json:"messages"`
	Tools    []floorTool    `json:"tools"`
}

// onHTTP is the loop on net/http, without a client.
func onHTTP(r *rounds, specs []llm.ToolSpec) func() (string, error) {
	hc := &http.Client{Transport: r}
	declared := make([]floorTool, len(specs))
	for i, s := range specs {
		declared[i].Type = "function"
		declared[i].Function.Name, declared[i].Function.Description, declared[i].Function.Parameters = s.Name, s.Description, s.Schema
	}
	return func() (string, error) {
		req := floorRequest{Model: "deepseek-flash", Tools: declared, Messages: []floorMessage{{Role: "system", Content: benchSystem}, {Role: "user", Content: benchInput}}}
		for {
			m, err := postHTTP(hc, &req)
			if err != nil || len(m.ToolCalls) == 0 {
				return m.Content, err
			}
			results := make([]floorMessage, len(m.ToolCalls))
			var wg sync.WaitGroup
			for i, c := range m.ToolCalls {
				wg.Go(func() {
					results[i] = floorMessage{Role: "tool", ToolCallID: c.ID, Content: addBare(c.Function.Arguments)}
				})
			}
			wg.Wait()
			req.Messages = append(append(req.Messages, m), results...)
		}
	}
}

func postHTTP(hc *http.Client, req *floorRequest) (m floorMessage, err error) {
	body, err := json.Marshal(req)
	if err != nil {
		return m, err
	}
	post, err := http.NewRequest("POST", "http://api.example.com/chat/completions", bytes.NewReader(body))
	if err != nil {
		return m, err
	}
	post.Header.Set("Content-Type", "application/json")
	resp, err := hc.Do(post)
	if err != nil {
		return m, err
	}
	defer resp.Body.Close()
	var reply struct {
		Choices []struct {
			Message floorMessage `json:"message"`
		} `json:"choices"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
		return m, err
	}
	return reply.Choices[0].Message, nil
}
