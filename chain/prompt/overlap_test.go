package prompt_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/prompt"
)

func overlap(t *testing.T, input string, from ...string) []float64 {
	t.Helper()
	var list []prompt.Example
	for _, s := range from {
		list = append(list, prompt.Example{Input: s, Output: "the same for all"})
	}
	scores, err := prompt.Overlap(t.Context(), input, list)
	if err != nil || len(scores) != len(from) {
		t.Fatalf("got %v, %v", scores, err)
	}
	for i, s := range scores {
		if !(s >= 0 && s <= 1) {
			t.Fatalf("the score of %q and %q is %v", input, from[i], s)
		}
	}
	return scores
}

// TestOverlapRanks holds that the first of the texts is the most alike.
func TestOverlapRanks(t *testing.T) {
	for _, tt := range []struct {
		input string
		from  []string
	}{
		{"Where is my refund?", []string{"I was not refunded.", "Where is my parcel?", "Where is the office?", "Where is my invoice?", "What is my number?"}},
		{"REFUND!!", []string{"refund", "fund", "re"}},
		{"capital of France", []string{"What is the capital of Spain?", "What is the price of the pump?", "Who are you?"}},
		{"天气怎么样", []string{"今天天气如何?", "怎么退货?", "怎么登录?", "怎么付款?", "你是谁?"}}, // what is rare weighs more
		{"我想退款", []string{"请问如何退款", "我的订单在哪里", "refund"}},
		{"返品したい", []string{"返品の方法は?", "天気はどうですか", "注文を確認"}},
		{"환불해 주세요", []string{"환불해 줄 수 있나요", "배송 조회", "로그인"}},
		{"iPhone手机坏了", []string{"手机坏了", "电视坏了", "iPad"}},
		{"Über Größe", []string{"größe über alles", "grosse", "Ubere"}},
		{"a", []string{"a b", "b", "ab"}},
		{"水", []string{"水。", "火", "山"}},
	} {
		scores := overlap(t, tt.input, tt.from...)
		if best := slices.Max(scores); scores[0] != best || best == 0 || slices.Index(scores[1:], best) >= 0 {
			t.Errorf("%q: %v for %q", tt.input, scores, tt.from)
		}
	}
}

func TestOverlapEnds(t *testing.T) {
	scores := overlap(t, "the red pump", "The red PUMP.", "blue valves", "", "?!", "pump pump red the", "\xff\xfe")
	if math.Abs(scores[0]-1) > 1e-15 {
		t.Errorf("equal words score %v", scores[0])
	}
	if !slices.Equal(scores[1:4], []float64{0, 0, 0}) || scores[4] <= 0.5 || scores[5] != 0 {
		t.Errorf("got %v", scores)
	}
	for _, input := range []string{"", " ", "?", "\xff"} {
		if got := overlap(t, input, "a", "", input); !slices.Equal(got, []float64{0, 0, 0}) {
			t.Errorf("%q: got %v", input, got)
		}
	}
	if got := overlap(t, "a"); len(got) != 0 {
		t.Errorf("got %v for no examples", got)
	}
}

// TestOverlapSame holds that scores are the same to the last bit.
func TestOverlapSame(t *testing.T) {
	from := []string{strings.Repeat("the pump leaks at valve no. 7, ", 20), "my valve is broken", "水泵漏水 the pump"}
	want := overlap(t, "the pump leaks 水泵", from...)
	for range 50 {
		if got := overlap(t, "the pump leaks 水泵", from...); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

func TestOverlapCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if scores, err := prompt.Overlap(ctx, "a", numbered(3)); scores != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", scores, err)
	}
	if scores, err := prompt.Overlap(ctx, "a", nil); scores != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", scores, err)
	}
}
