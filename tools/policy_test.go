package tools_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

// knowing is a tool that has a policy of its own.
type knowing struct {
	tools.Tool
	policy tools.Policy
}

func (k knowing) Policy() tools.Policy { return k.policy }

// wrapping is a tool around another.
type wrapping struct{ tools.Tool }

func (w wrapping) Unwrap() tools.Tool { return w.Tool }

func TestPolicyOf(t *testing.T) {
	a, b := new(tools.Group), new(tools.Group)
	full := tools.Policy{Effect: tools.Writes, Timeout: time.Second, MaxResult: 10, KeepTail: true, Group: a, Approve: true, Exact: true}
	plain := testTools[0]
	for _, tt := range []struct {
		name string
		tool tools.Tool
		want tools.Policy
	}{
		{"nil", nil, tools.Policy{}},
		{"none", plain, tools.Policy{}},
		{"one", tools.With(plain, full), full},
		{"nothing said twice", tools.With(tools.With(plain, full), tools.Policy{}), full},
		{"the outer wins", tools.With(tools.With(plain, full), tools.Policy{Effect: tools.Reads, Timeout: -1, MaxResult: -1, Group: b}),
			tools.Policy{Effect: tools.Reads, Timeout: -1, MaxResult: -1, KeepTail: true, Group: b, Approve: true, Exact: true}},
		{"three", tools.With(tools.With(tools.With(plain, tools.Policy{Timeout: 1, MaxResult: 1}), tools.Policy{Timeout: 2}), tools.Policy{Approve: true}),
			tools.Policy{Timeout: 2, MaxResult: 1, Approve: true}},
		{"its own", knowing{plain, full}, full},
		{"around its own", tools.With(knowing{plain, full}, tools.Policy{MaxResult: 20}),
			tools.Policy{Effect: tools.Writes, Timeout: time.Second, MaxResult: 20, KeepTail: true, Group: a, Approve: true, Exact: true}},
		{"through a wrap", wrapping{tools.With(plain, full)}, full},
		{"through wraps", tools.With(wrapping{wrapping{knowing{plain, tools.Policy{Timeout: 3}}}}, tools.Policy{MaxResult: 4}), tools.Policy{Timeout: 3, MaxResult: 4}},
		{"hidden", struct{ tools.Tool }{tools.With(plain, full)}, tools.Policy{}},
	} {
		if got := tools.PolicyOf(tt.tool); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
	w := tools.With(plain, full)
	if s, ok := w.(interface{ Unwrap() tools.Tool }); !ok || s.Unwrap() != plain || w.Spec().Name != plain.Spec().Name {
		t.Error("With hides the tool")
	}
	if parts, err := w.Call(t.Context(), []byte(`{"city":"Oslo"}`)); err != nil || !equalParts(t, parts, llm.Parts{llm.Text(`{"city":"Oslo"}`)}) {
		t.Error(parts, err)
	}
}

func TestEffect(t *testing.T) {
	for _, tt := range []struct {
		effect tools.Effect
		want   string
	}{
		{0, "unknown"},
		{tools.Reads, "reads"},
		{tools.ReadsUntrusted | tools.Sends, "reads untrusted text, sends"},
		{tools.Reads | tools.ReadsPrivate | tools.ReadsUntrusted | tools.Writes | tools.WritesOnce | tools.Sends,
			"reads, reads private data, reads untrusted text, writes, writes once, sends"},
	} {
		if got := tt.effect.String(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	for _, e := range []tools.Effect{tools.Reads, tools.ReadsPrivate, tools.ReadsUntrusted, tools.Writes, tools.WritesOnce, tools.Sends} {
		if !tools.Effect(0).May(e) || !e.May(e) || !(e | tools.Reads).May(e|tools.Sends) || e.May(^e) {
			t.Errorf("May is wrong for %v", e)
		}
	}
	// What a later version of this package has as an effect is unknown to this one.
	if e := tools.Effect(1 << 7); !e.May(tools.WritesOnce) || (e|tools.Reads).String() != "reads, unknown" {
		t.Errorf("%v", e|tools.Reads)
	}
}

// Results keep their limit, in whole characters, and say what is missing.
func TestMaxResult(t *testing.T) {
	blob := func(n int) llm.Blob { return llm.Blob{MIMEType: "image/png", Data: make([]byte, n)} }
	for _, tt := range []struct {
		name  string
		parts llm.Parts
		limit int
		tail  bool
		want  llm.Parts
	}{
		{"fits", llm.Parts{llm.Text("abc")}, 3, false, llm.Parts{llm.Text("abc")}},
		{"head", llm.Parts{llm.Text("abcdef")}, 4, false, llm.Parts{llm.Text("abcd\n[2 more bytes are missing: results are limited to 4 bytes]")}},
		{"tail", llm.Parts{llm.Text("abcdef")}, 4, true, llm.Parts{llm.Text("[the first 2 bytes are missing: results are limited to 4 bytes]\ncdef")}},
		{"characters", llm.Parts{llm.Text("aéé")}, 4, false, llm.Parts{llm.Text("aé\n[2 more bytes are missing: results are limited to 4 bytes]")}},
		{"characters, tail", llm.Parts{llm.Text("ééa")}, 4, true, llm.Parts{llm.Text("[the first 2 bytes are missing: results are limited to 4 bytes]\néa")}},
		{"wide characters", llm.Parts{llm.Text("🌊🌊")}, 7, false, llm.Parts{llm.Text("🌊\n[4 more bytes are missing: results are limited to 7 bytes]")}},
		{"wide characters, tail", llm.Parts{llm.Text("🌊🌊")}, 7, true, llm.Parts{llm.Text("[the first 4 bytes are missing: results are limited to 7 bytes]\n🌊")}},
		{"nothing fits", llm.Parts{llm.Text("🌊")}, 3, false, llm.Parts{llm.Text("[4 more bytes are missing: results are limited to 3 bytes]")}},
		{"nothing fits, tail", llm.Parts{llm.Text("🌊")}, 3, true, llm.Parts{llm.Text("[the first 4 bytes are missing: results are limited to 3 bytes]")}},
		{"several", llm.Parts{llm.Text("abc"), llm.Text("def"), llm.Text("ghi")}, 4, false, llm.Parts{llm.Text("abc"), llm.Text("d\n[5 more bytes are missing: results are limited to 4 bytes]")}},
		{"several, tail", llm.Parts{llm.Text("abc"), llm.Text("def"), llm.Text("ghi")}, 4, true, llm.Parts{llm.Text("[the first 5 bytes are missing: results are limited to 4 bytes]\nf"), llm.Text("ghi")}},
		{"blob fits", llm.Parts{blob(3), llm.Text("a")}, 4, false, llm.Parts{blob(3), llm.Text("a")}},
		{"blob first", llm.Parts{blob(3), llm.Text("abc")}, 4, false, llm.Parts{blob(3), llm.Text("a\n[2 more bytes are missing: results are limited to 4 bytes]")}},
		{"blob is too big", llm.Parts{llm.Text("a"), blob(5), llm.Text("b")}, 4, false, llm.Parts{llm.Text("a"), llm.Text("[image/png of 5 bytes is missing: results are limited to 4 bytes]"), llm.Text("b")}},
		{"named blob", llm.Parts{llm.Blob{Name: "a.pdf", Data: make([]byte, 5)}}, 4, false, llm.Parts{llm.Text("[a.pdf of 5 bytes is missing: results are limited to 4 bytes]")}},
		{"bare blob", llm.Parts{llm.Blob{URL: "https://a.example"}}, 4, false, llm.Parts{llm.Text("[a file of 17 bytes is missing: results are limited to 4 bytes]")}},
		{"two blobs", llm.Parts{blob(3), blob(2), blob(1)}, 4, true, llm.Parts{llm.Text("[image/png of 3 bytes is missing: results are limited to 4 bytes]"), blob(2), blob(1)}},
		{"blob after a cut", llm.Parts{llm.Text("abcdef"), blob(4)}, 4, false, llm.Parts{llm.Text("abcd\n[2 more bytes are missing: results are limited to 4 bytes]"), llm.Text("[image/png of 4 bytes is missing: results are limited to 4 bytes]")}},
		{"many blobs", llm.Parts{blob(5), llm.Text("a"), blob(6), blob(7)}, 4, false, llm.Parts{llm.Text("[3 files of 18 bytes are missing: results are limited to 4 bytes]"), llm.Text("a")}},
		{"long name", llm.Parts{llm.Blob{Name: strings.Repeat("é", 1<<20), Data: make([]byte, 5)}}, 4, false, llm.Parts{llm.Text("[" + strings.Repeat("é", 40) + "… of 5 bytes is missing: results are limited to 4 bytes]")}},
		{"no limit", llm.Parts{llm.Text("abcdef")}, -1, false, llm.Parts{llm.Text("abcdef")}},
		{"some UTF-8", llm.Parts{llm.Text("a\xffb"), llm.Text("é")}, -1, false, llm.Parts{llm.Text("a\ufffdb"), llm.Text("é")}},
		{"no UTF-8", llm.Parts{llm.Text("\x80\x80\x80\x80\x80\x80")}, 4, false, llm.Parts{llm.Text("\ufffd\n[2 more bytes are missing: results are limited to 4 bytes]")}},
		{"no UTF-8, tail", llm.Parts{llm.Text("\x80\x80\x80\x80\x80\x80")}, 4, true, llm.Parts{llm.Text("[the first 2 bytes are missing: results are limited to 4 bytes]\n\ufffd")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := byHand{"f", func(context.Context, string) (llm.Parts, error) { return tt.parts, nil }}
			set := tools.Set{tools.With(f, tools.Policy{MaxResult: tt.limit, KeepTail: tt.tail})}
			r, err := set.Call(t.Context(), llm.ToolCall{Name: "f"})
			if err != nil || r.IsError || fmt.Sprintf("%q", r.Content) != fmt.Sprintf("%q", tt.want) {
				t.Errorf("%q, %v, want %q", r.Content, err, tt.want)
			}
		})
	}
}

func TestMaxResultByDefault(t *testing.T) {
	const limit = 256 << 10
	for _, s := range []string{strings.Repeat("a", limit+1000), strings.Repeat("🌊", limit), strings.Repeat("aé", limit)} {
		f := byHand{"f", func(context.Context, string) (llm.Parts, error) { return llm.Parts{llm.Text(s)}, nil }}
		r, err := tools.Set{f}.Call(t.Context(), llm.ToolCall{Name: "f"})
		text := string(r.Content[0].(llm.Text))
		kept, mark, _ := strings.Cut(text, "\n")
		want := fmt.Sprintf("[%d more bytes are missing: results are limited to 262144 bytes]", len(s)-len(kept))
		if err != nil || mark != want || len(kept) > limit || len(kept) < limit-3 || !utf8.ValidString(text) {
			t.Errorf("%d bytes and %q, %v", len(kept), mark, err)
		}
	}
	// An error is told in at most 4 KiB where results are short, else as a result.
	f := failing(errors.New(strings.Repeat("e", 1<<20)))
	for limit, want := range map[int]int{10: 4 << 10, 0: 256 << 10, 8 << 10: 8 << 10, -1: 1<<20 + len("error: ")} {
		r, err := tools.Set{tools.With(f, tools.Policy{MaxResult: limit})}.Call(t.Context(), llm.ToolCall{Name: "f"})
		kept, _, _ := strings.Cut(string(r.Content[0].(llm.Text)), "\n")
		if err != nil || len(kept) != want {
			t.Errorf("limit %d: %d bytes, %v, want %d", limit, len(kept), err, want)
		}
	}
}

// A group holds across tools and sets, in the order of the calls, and waiting for it
// costs nothing of the timeout.
func TestGroup(t *testing.T) {
	for _, limit := range []int{-1, 0, 1, 3} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				group := &tools.Group{Limit: limit}
				var now, most atomic.Int64
				var mu sync.Mutex
				var order []string
				work := func(ctx context.Context, args string) (llm.Parts, error) {
					n := now.Add(1)
					defer now.Add(-1)
					for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
					}
					mu.Lock()
					order = append(order, args)
					mu.Unlock()
					time.Sleep(time.Second)
					return nil, ctx.Err()
				}
				policy := tools.Policy{Group: group, Timeout: 2 * time.Second}
				a, b := tools.Set{tools.With(byHand{"a", work}, policy)}, tools.Set{tools.With(byHand{"b", work}, policy)}
				start := time.Now()
				var wg sync.WaitGroup
				var want []string
				for i := range 12 {
					set, name := a, "a"
					if i%2 == 1 {
						set, name = b, "b"
					}
					want = append(want, fmt.Sprint(i))
					wg.Go(func() {
						if r, err := set.Call(t.Context(), llm.ToolCall{Name: name, Args: fmt.Sprint(i)}); err != nil || r.IsError {
							t.Error(r, err)
						}
					})
					synctest.Wait()
				}
				wg.Wait()
				bound := max(limit, 1)
				if int(most.Load()) != bound || time.Since(start) != time.Duration(12/bound)*time.Second {
					t.Errorf("%d at once, in %v", most.Load(), time.Since(start))
				}
				if bound == 1 && !slices.Equal(order, want) {
					t.Errorf("in the order %v", order)
				}
			})
		})
	}
}

// Who waits for a group heeds the context, and leaves no trace.
func TestGroupCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		policy := tools.Policy{Group: new(tools.Group)}
		sleep := tools.With(byHand{"f", func(ctx context.Context, args string) (llm.Parts, error) {
			time.Sleep(time.Minute)
			return nil, nil
		}}, policy)
		set := tools.Set{sleep}
		var wg sync.WaitGroup
		wg.Go(func() { set.Call(t.Context(), llm.ToolCall{Name: "f"}) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		r, err := set.Call(ctx, llm.ToolCall{ID: "1", Name: "f"})
		if err != context.DeadlineExceeded || time.Since(start) != time.Second || !equalParts(t, r.Content, llm.Parts{llm.Text("error: the call was not made, as the run was cancelled")}) {
			t.Error(r, err, time.Since(start))
		}
		if r, err := set.Call(t.Context(), llm.ToolCall{Name: "f"}); err != nil || r.IsError || time.Since(start) != 2*time.Minute {
			t.Error(r, err, time.Since(start))
		}
		wg.Wait()
	})
}

// A call within a call of the same group would wait for ever for the one that waits for it.
func TestGroupWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		group, other := &tools.Group{Limit: 3}, new(tools.Group)
		leaf := byHand{"leaf", func(context.Context, string) (llm.Parts, error) { return llm.Parts{llm.Text("done")}, nil }}
		inner := tools.Set{tools.With(leaf, tools.Policy{Group: group})}
		middle := tools.Set{tools.With(byHand{"middle", func(ctx context.Context, _ string) (llm.Parts, error) {
			r, err := inner.Call(tools.WithCallID(ctx, "own"), llm.ToolCall{Name: "leaf"})
			return r.Content, err
		}}, tools.Policy{Group: other})}
		var after context.Context
		outer := tools.Set{tools.With(byHand{"outer", func(ctx context.Context, _ string) (llm.Parts, error) {
			after = context.WithoutCancel(ctx)
			r, err := middle.Call(ctx, llm.ToolCall{Name: "middle"})
			return r.Content, err
		}}, tools.Policy{Group: group})}
		start := time.Now()
		const want = `tool outer: tool middle: tool leaf: tools: the call is made within another of the same Group, which holds the place that it may wait for: give one of them no group, or another`
		if r, err := outer.Call(t.Context(), llm.ToolCall{Name: "outer"}); err == nil || err.Error() != want || !r.IsError || time.Since(start) != 0 {
			t.Error(r, err, time.Since(start))
		}
		if r, err := inner.Call(after, llm.ToolCall{Name: "leaf"}); err != nil || r.IsError { // the outer call is over
			t.Error(r, err)
		}
	})
}

// A stray keeps its place, and nobody waits for a group of strays.
func TestGroupOfStrays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		group := &tools.Group{Limit: 2}
		set := tools.Set{
			tools.With(byHand{"f", ignores}, tools.Policy{Group: group, Timeout: time.Second}),
			tools.With(byHand{"g", func(context.Context, string) (llm.Parts, error) { return nil, nil }}, tools.Policy{Group: group}),
		}
		const busy = "error: earlier calls have not ended though their time was over, so that this one was not made: do without it, or try much later"
		call := func(name string) (string, time.Duration) {
			start := time.Now()
			r, err := set.Call(t.Context(), llm.ToolCall{Name: name})
			if err != nil {
				t.Error(err)
			}
			return llm.Message{Parts: r.Content}.Text(), time.Since(start)
		}
		call("f")
		if text, _ := call("g"); text != "" { // there is another place
			t.Error(text)
		}
		var wg sync.WaitGroup
		wg.Go(func() { call("f") })
		synctest.Wait()
		if text, d := call("g"); text != busy || d != time.Second { // when that is a stray, too
			t.Error(text, d)
		}
		if text, d := call("g"); text != busy || d != 0 {
			t.Error(text, d)
		}
		wg.Wait()
		if tools.Strays() != 2 {
			t.Errorf("%d strays", tools.Strays())
		}
		time.Sleep(2 * time.Hour)
		if text, d := call("g"); text != "" || d != 0 || tools.Strays() != 0 { // they have ended
			t.Error(text, d, tools.Strays())
		}
	})
}

// An approval is for the calls made with it, not for what a tool calls itself.
func TestApproved(t *testing.T) {
	guarded := tools.With(tools.New("guarded", "Does it.", func(context.Context, struct{}) (string, error) { return "done", nil }), tools.Policy{Approve: true})
	set := tools.Set{guarded}
	outer := tools.New("outer", "Calls the other.", func(ctx context.Context, _ struct{}) (string, error) {
		r, err := set.Call(ctx, llm.ToolCall{Name: "guarded"})
		return llm.Message{Parts: r.Content}.Text(), err
	})
	set = append(set, tools.With(outer, tools.Policy{Approve: true}))
	const refused = "error: the call needs the approval of a person, and nobody was asked"
	for _, tt := range []struct {
		name     string
		approved bool
		want     string
	}{
		{"guarded", false, refused},
		{"guarded", true, "done"},
		{"outer", true, refused},
	} {
		ctx := t.Context()
		if tt.approved {
			ctx = tools.Approved(ctx)
		}
		r, err := set.Call(ctx, llm.ToolCall{Name: tt.name})
		if got := (llm.Message{Parts: r.Content}).Text(); got != tt.want || err != nil || r.IsError != (tt.want == refused && tt.name == "guarded") {
			t.Errorf("%s, approved %t: %q, %v, error %t; want %q", tt.name, tt.approved, got, err, r.IsError, tt.want)
		}
	}
}
