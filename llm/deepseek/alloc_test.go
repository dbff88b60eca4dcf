//go:build !race

package deepseek_test

import (
	"context"
	"net/http"
	"runtime"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
)

// What a call may allocate. The benchmarks show how long it takes.
func TestAllocations(t *testing.T) {
	stream := func(n int) canned { return canned{"text/event-stream", streamReply(n)} }
	plain := canned{"application/json", plainReply}
	for _, test := range []struct {
		name          string
		reply         canned
		req           *llm.Request
		allocs, bytes uint64
	}{
		{"plain, 2 messages", plain, shortRequest(), 60, 16 << 10},
		{"plain, 200 messages", plain, longRequest(), 100, 256 << 10},
		{"stream of 1,000", stream(1_000), shortRequest(), 150, 400 << 10},
		{"stream of 10,000", stream(10_000), shortRequest(), 500, 4_000_000},
	} {
		c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: test.reply}}
		test.req.Whole = test.reply.contentType != "text/event-stream"
		const runs = 10
		call := func() {
			for _, err := range c.Stream(context.Background(), test.req) {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		call()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range runs {
			call()
		}
		runtime.ReadMemStats(&after)
		allocs, bytes := (after.Mallocs-before.Mallocs)/runs, (after.TotalAlloc-before.TotalAlloc)/runs
		if allocs > test.allocs || bytes > test.bytes {
			t.Errorf("%s: %d allocations and %d bytes, want at most %d and %d", test.name, allocs, bytes, test.allocs, test.bytes)
		}
	}
}
