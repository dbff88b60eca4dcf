package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func TestParseFault(t *testing.T) {
	for _, test := range []struct {
		spec   string
		want   fault
		string string // "" if it is spec
	}{
		{"status=429,after=2,for=3", fault{status: 429, after: 2, times: 3}, ""},
		{"for=3, retry-after=2s,after=2, status=429", fault{status: 429, after: 2, times: 3, retryAfter: 2 * time.Second}, "status=429,retry-after=2s,after=2,for=3"},
		{"cut=1200", fault{cut: "cut", cutAfter: 1200}, ""},
		{"cut", fault{cut: "cut", cutAfter: -1}, ""},
		{"stall", fault{cut: "stall", cutAfter: -1}, ""},
		{"reset=1", fault{cut: "reset", cutAfter: 1}, ""},
		{"end", fault{cut: "end", cutAfter: -1}, ""},
		{"delay=1500ms", fault{delay: 1500 * time.Millisecond}, "delay=1.5s"},
		{"delay=1h,pace=10m", fault{delay: time.Hour, pace: 10 * time.Minute}, ""},
		{"retry-after=2m30s,status=503", fault{status: 503, retryAfter: 150 * time.Second}, "status=503,retry-after=2m30s"},
		{"delay=1h0m5s", fault{delay: time.Hour + 5*time.Second}, ""},
		{"pace=50ms,trickle=3,keep-alive=10", fault{trickle: 3, pace: 50 * time.Millisecond, keepAlive: 10}, ""},
		{"empty,finish=length,no-done,no-usage,usage-apart", fault{empty: true, finish: "length", noDone: true, noUsage: true, usageApart: true}, ""},
		{"no-done,path=/v1/chat/completions", fault{noDone: true, path: "/chat/completions"}, "no-done,path=/chat/completions"},
		{"no-usage,path=/beta/completions", fault{noUsage: true, path: "/completions"}, "no-usage,path=/completions"},
		{"no-done,no-usage,path=/v1/responses", fault{noDone: true, noUsage: true, path: "/responses"}, "no-done,no-usage,path=/responses"},
		{"status=503,path=/models,every=2", fault{status: 503, path: "/models", every: 2}, ""},
		{"cut,path=/files/,share=0.25", fault{cut: "cut", cutAfter: -1, path: "/files/", share: 0.25}, ""},
		{"status=400,message=Slow down, please = wait ", fault{status: 400, message: "Slow down, please = wait "}, ""},
		{" status=502,wire=<html>,for=1", fault{status: 502, raw: true, wire: "<html>,for=1"}, "status=502,wire=<html>,for=1"},
		{"wire=", fault{raw: true}, ""},
		{"after=0,wire=@reply.sse", fault{raw: true, wire: "@reply.sse"}, "wire=@reply.sse"},
	} {
		got, err := parseFault(test.spec)
		if err != nil || got != test.want {
			t.Errorf("%q: %+v, %v, want %+v", test.spec, got, err, test.want)
		}
		want := test.string
		if want == "" {
			want = test.spec
		}
		if got.String() != want {
			t.Errorf("%q is %q, want %q", test.spec, got, want)
		}
	}
}

func TestBadFaults(t *testing.T) {
	const all = "what goes wrong is one of status, retry-after, delay, pace, trickle, keep-alive, cut, reset, stall, end, empty, finish, no-done, no-usage, usage-apart, message, wire; which requests, path, after, for, every, share"
	for spec, want := range map[string]string{
		"":                       "a setting is missing: " + all,
		"status=429,":            "a setting is missing: " + all,
		"explode":                `there is no "explode": ` + all,
		"Status=429":             `there is no "Status": ` + all,
		"status = 429":           `there is no "status ": ` + all,
		"=":                      `there is no "": ` + all,
		"after=2":                "it says which requests, but not what goes wrong: " + all,
		"status=200":             `status: "200" is not a number from 400 to 599`,
		"status":                 `status: "" is not a number from 400 to 599`,
		"status=429,status=503":  "status is there twice",
		"cut=0":                  `cut: "0" is not a number from 1 on`,
		"cut=":                   `cut: "" is not a number from 1 on`,
		"cut=99999999999":        `cut: "99999999999" is not a number from 1 on`,
		"cut=1,reset":            "reset: there is cut already",
		"delay=2":                `delay: "2" is not a time such as 2s or 50ms`,
		"delay=-2s":              `delay: "-2s" is not a time such as 2s or 50ms`,
		"trickle=x":              `trickle: "x" is not a number from 1 on`,
		"empty=1":                "empty: it takes no value",
		"finish=":                "finish: it needs a value",
		"wire":                   "wire: it needs a value, or wire= for a body that is empty",
		"status=400,message=":    "message: it needs a value",
		"message=x":              "message goes with status",
		"retry-after=2s,cut":     "retry-after goes with status",
		"cut,path=models":        `path: "models" does not begin with a slash`,
		"cut,share=0":            `share: "0" is not a share such as 0.2, which is one in five`,
		"cut,share=2":            `share: "2" is not a share such as 0.2, which is one in five`,
		"cut,share=NaN":          `share: "NaN" is not a share such as 0.2, which is one in five`,
		"cut,share=0.1,every=2":  "every and share both say which requests",
		"cut,every=0":            `every: "0" is not a number from 1 on`,
		"cut,after=-1":           `after: "-1" is not a number from 0 on`,
		"status=500,no-done":     "no-done is for a reply of the model, and status takes its place",
		"empty,wire=x":           "empty is for a reply of the model, and wire takes its place",
		"no-usage,path=/models":  "no-usage is for a reply of the model: path is /chat/completions, /responses or /completions, not /models",
		"usage-apart,path=/":     "usage-apart is for a reply of the model: path is /chat/completions, /responses or /completions, not /",
		"keep-alive=1000001,cut": `keep-alive: "1000001" is not a number from 1 to 1000000`,

		"usage-apart,path=/beta/responses": "usage-apart is for chunks, and a stream of /responses has none",
	} {
		if f, err := parseFault(spec); err == nil || err.Error() != want {
			t.Errorf("%q: %+v, %v, want %s", spec, f, err, want)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	for _, spec := range []string{"status=429,after=2,for=3,retry-after=2s", "cut=1200", "stall", "trickle=3,pace=50ms", "no-done", "wire=@file", "status=400,message=a, b=c", "delay=1h,share=1e-3,path=/v1//x", ",,=,", "reset,keep-alive=+5"} {
		f.Add(spec)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		first, err := parseFault(spec)
		if err != nil {
			return
		}
		again, err := parseFault(first.String())
		if err != nil || again != first {
			t.Errorf("%q is %q, and that is %+v, %v", spec, first, again, err)
		}
		first.at("/models")
		first.hits(math.MaxInt)
	})
}

func TestHits(t *testing.T) {
	for spec, want := range map[string]string{
		"cut":                       "111111111111",
		"cut,after=2":               "001111111111",
		"cut,after=2,for=3":         "001110000000",
		"cut,for=3":                 "111000000000",
		"cut,every=5":               "000010000100",
		"cut,after=1,for=6,every=2": "001010100000",
		"cut,share=1":               "111111111111",
	} {
		f, err := parseFault(spec)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(want))
		for n := range got {
			got[n] = '0'
			if f.hits(n + 1) {
				got[n] = '1'
			}
		}
		if string(got) != want {
			t.Errorf("%s hits %s, want %s", spec, got, want)
		}
	}
	f, n := fault{share: 0.2}, 0
	for i := range 10_000 {
		if f.hits(i) {
			n++
		}
	}
	if n < 1900 || n > 2100 {
		t.Errorf("%d of 10,000, want a fifth", n)
	}
}

func TestAt(t *testing.T) {
	for _, test := range []struct {
		own, path string
		want      bool
	}{
		{"", chatPath, true}, {"", "/completions", false}, {"", "/models", false},
		{"/models", "/models", true}, {"/models", "/models/a", false}, {"/models/", "/models/a", true}, {"/models/", "/models", false},
		{"/", "/models", true}, {"/", chatPath, true},
	} {
		f := fault{path: test.own}
		if f.at(test.path) != test.want {
			t.Errorf("a fault of %q is for %s: %v", test.own, test.path, !test.want)
		}
	}
}

// Each fault counts for itself, and the first that fits is the one.
func TestPick(t *testing.T) {
	var p plan
	for _, spec := range []string{"status=429,for=2", "cut,after=1,for=2", "status=503,path=/models,after=1"} {
		if err := p.Set(spec); err != nil {
			t.Fatal(err)
		}
	}
	var got []int
	for _, path := range []string{chatPath, chatPath, "/models", chatPath, "/models", chatPath, "/files"} {
		got = append(got, p.pick(path))
	}
	if want := []int{0, 0, -1, 1, 2, -1, -1}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := p.String(); got != "status=429,for=2 cut,after=1,for=2 status=503,path=/models,after=1" {
		t.Errorf("the plan is %s", got)
	}
}

func TestWire(t *testing.T) {
	name := filepath.Join(t.TempDir(), "reply.sse")
	if err := os.WriteFile(name, []byte("data: {}\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for spec, want := range map[string]string{"wire=@" + name: "data: {}\n\n", "wire=a@b": "a@b", "wire=": ""} {
		var p plan
		if err := p.Set(spec); err != nil {
			t.Fatal(err)
		}
		reply := p.over(deepseektest.Reply{Text: "x"}).Func(deepseektest.Request{Path: "/v1/chat/completions"})
		if reply.Wire == nil || string(reply.Wire) != want {
			t.Errorf("%s: %q, want %q", spec, reply.Wire, want)
		}
	}
	if err := new(plan).Set("wire=@" + name + "x"); err == nil || !strings.HasPrefix(err.Error(), "wire: open ") {
		t.Errorf("err = %v for a file that is not there", err)
	}
}

func TestOver(t *testing.T) {
	f, err := parseFault("delay=1s,pace=2s,trickle=3,keep-alive=4,stall=5,empty,finish=length,no-done,no-usage,usage-apart")
	if err != nil {
		t.Fatal(err)
	}
	got := f.over(deepseektest.Reply{Text: "x", Reasoning: "r", ToolCalls: []llm.ToolCall{{}}}, nil)
	want := deepseektest.Reply{Reasoning: "r", Delay: time.Second, Pace: 2 * time.Second, Trickle: 3, KeepAlive: 4, CutAfter: 5, Cut: deepseektest.CutStall,
		Finish: llm.FinishLength, NoDone: true, NoUsage: true, UsageApart: true}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	note(context.Background(), &f) // without a log there is nobody to tell
}
