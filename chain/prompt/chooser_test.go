package prompt_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/llm"
)

// numbered returns n examples of 4 and 6 bytes each.
func numbered(n int) []prompt.Example {
	list := make([]prompt.Example, n)
	for i := range list {
		list[i] = prompt.Example{Input: fmt.Sprintf("i%03d", i), Output: fmt.Sprintf("out%03d", i)}
	}
	return list
}

func TestByLength(t *testing.T) {
	words := func(text string) int { return len(strings.Fields(text)) }
	for _, tt := range []struct {
		max   int
		size  func(string) int
		input string
		want  int
	}{
		{100, nil, "", 10}, {99, nil, "", 9}, {100, nil, "x", 9}, {10, nil, "", 1}, {9, nil, "", 0}, {0, nil, "", 0},
		{-1, nil, "", 0}, {5, nil, "longer than that", 0}, {math.MinInt, nil, "x", 0}, {math.MaxInt, nil, "x", 10},
		{22, words, "two words", 10}, {21, words, "two words", 9}, {3, words, "two words", 0},
	} {
		got, err := prompt.ByLength(tt.max, tt.size)(t.Context(), tt.input, numbered(10))
		if err != nil || len(got) != tt.want || !slices.Equal(got, numbered(10)[:len(got)]) {
			t.Errorf("%d beside %q: got %v, %v, want %d", tt.max, tt.input, got, err, tt.want)
		}
	}
}

// TestByLengthStops holds that the choice is a beginning of the list, though
// what comes later might fit, and that nothing is measured in vain.
func TestByLengthStops(t *testing.T) {
	list := numbered(10)
	list[2].Output = strings.Repeat("long", 100)
	measured := 0
	got, err := prompt.ByLength(200, func(text string) int { measured++; return len(text) })(t.Context(), "input", list)
	if err != nil || !slices.Equal(got, list[:2]) || measured != 1+2*3 {
		t.Errorf("got %v, %v, measured %d texts", got, err, measured)
	}
}

func TestByLengthErrors(t *testing.T) {
	for _, bad := range []string{"input", "i001", "out002"} {
		size := func(text string) int {
			if text == bad {
				return -1
			}
			return 1
		}
		got, err := prompt.ByLength(100, size)(t.Context(), "input", numbered(5))
		if got != nil || err == nil || err.Error() != "the size of a text is -1" {
			t.Errorf("%s: got %v, %v", bad, got, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := prompt.ByLength(100, nil)(ctx, "", numbered(5)); got != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestBySimilarity(t *testing.T) {
	inf := math.Inf(1)
	for _, tt := range []struct {
		n      int
		scores []float64
		want   []int
	}{
		{1, []float64{0, 2, 1}, []int{1}},
		{2, []float64{1, 0, 2}, []int{0, 2}},
		{2, []float64{1, 1, 1, 1}, []int{0, 1}},       // equal: the first
		{2, []float64{0, 1, 2, 1}, []int{1, 2}},       // equal: the first, in the order of the list
		{2, []float64{-1, -3, -2}, []int{0, 2}},       //
		{2, []float64{-inf, inf, 0, 5}, []int{1, 3}},  //
		{3, []float64{9, 1, 1, 1, 1}, []int{0, 1, 2}}, //
		{0, []float64{1, 2}, []int{}},
		{-1, []float64{1, 2}, []int{}},
	} {
		score := func(_ context.Context, input string, from []prompt.Example) ([]float64, error) {
			if input != "in" || !slices.Equal(from, numbered(len(tt.scores))) {
				t.Errorf("called for %q with %v", input, from)
			}
			return tt.scores, nil
		}
		got, err := prompt.BySimilarity(tt.n, score)(t.Context(), "in", numbered(len(tt.scores)))
		want := make([]prompt.Example, 0)
		for _, i := range tt.want {
			want = append(want, numbered(10)[i])
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%d of %v: got %v, %v, want %v", tt.n, tt.scores, got, err, want)
		}
	}
}

func TestBySimilarityErrors(t *testing.T) {
	broken := errors.New("no embeddings")
	for _, tt := range []struct {
		scores []float64
		err    error
		want   string
	}{
		{[]float64{1, 2}, nil, "2 scores for 3 examples"},
		{[]float64{1, 2, 3, 4}, nil, "4 scores for 3 examples"},
		{[]float64{1, math.NaN(), 3}, nil, "the score of example 2 is not a number"},
		{[]float64{1, 2, 3}, broken, "no embeddings"},
	} {
		score := func(context.Context, string, []prompt.Example) ([]float64, error) { return tt.scores, tt.err }
		got, err := prompt.BySimilarity(1, score)(t.Context(), "in", numbered(3))
		if got != nil || err == nil || err.Error() != tt.want {
			t.Errorf("%v: got %v, %v", tt.scores, got, err)
		}
		if got, err := prompt.BySimilarity(3, score)(t.Context(), "in", numbered(3)); err != nil || !slices.Equal(got, numbered(3)) {
			t.Errorf("all of them: got %v, %v", got, err) // without a look at the scores
		}
	}
}

func TestChoose(t *testing.T) {
	type key struct{}
	from := numbered(5)
	choose := func(ctx context.Context, input string, from []prompt.Example) ([]prompt.Example, error) {
		if ctx.Value(key{}) != "here" {
			return nil, errors.New("another context")
		}
		n := len(input)
		clear(from[n:]) // it is the chooser's own
		return append(from[:n], prompt.Example{Input: "{{.Question}}", Output: input}), nil
	}
	chat := prompt.Messages[ticket](prompt.System("s"), prompt.Choose("question", choose, from...), prompt.User("{{.Question}}"))
	clear(from)
	for range 2 {
		msgs, err := chat.Render(context.WithValue(t.Context(), key{}, "here"), ticket{Question: "ab"})
		want := []llm.Message{
			llm.System("s"), llm.User("i000"), llm.Assistant("out000"), llm.User("i001"), llm.Assistant("out001"),
			llm.User("{{.Question}}"), llm.Assistant("ab"), llm.User("ab"),
		}
		if err != nil || !reflect.DeepEqual(msgs, want) {
			t.Errorf("got %v, %v", msgs, err)
		}
	}
}

func TestChooseWhole(t *testing.T) {
	chat := prompt.Messages[string](prompt.Choose(".", prompt.ByLength(12, nil), numbered(2)...), prompt.User("{{.}}"))
	msgs, err := chat.Render(t.Context(), "ab")
	if want := []llm.Message{llm.User("i000"), llm.Assistant("out000"), llm.User("ab")}; err != nil || !reflect.DeepEqual(msgs, want) {
		t.Errorf("got %v, %v", msgs, err)
	}
}

func TestChooseErrors(t *testing.T) {
	broken := errors.New("the index is down")
	returns := func(list []prompt.Example, err error) prompt.Chooser {
		return func(context.Context, string, []prompt.Example) ([]prompt.Example, error) { return list, err }
	}
	const doing = "choosing examples for .Question: "
	for _, tt := range []struct {
		choose prompt.Chooser
		class  error
		want   string
	}{
		{returns(numbered(1), broken), broken, doing + "the index is down"},
		{returns([]prompt.Example{{Input: "a", Output: "b"}, {Input: "a"}}, nil), prompt.ErrMissing, doing + "a value is not there: example 2 has no output"},
		{returns([]prompt.Example{{Output: "b"}}, nil), prompt.ErrMissing, doing + "a value is not there: example 1 has no input"},
	} {
		msgs, err := prompt.Messages[ticket](prompt.System("s"), prompt.Choose("Question", tt.choose)).Render(t.Context(), ticket{Question: "q"})
		if msgs != nil || err == nil {
			t.Errorf("got %v, %v", msgs, err)
			continue
		}
		checkError(t, err, "part 2 (choose)", 0, tt.class, tt.want)
	}
	_, err := prompt.Messages[map[string]any](prompt.Choose("q", returns(nil, nil))).Render(t.Context(), map[string]any{})
	checkError(t, err, "part 1 (choose)", 0, prompt.ErrMissing, "")
}

// secretText is a string that must not come out but through its method.
type secretText string

func (secretText) String() string { return "hidden" }

func TestChooseSecret(t *testing.T) {
	type in struct{ Key secretText }
	_, err := prompt.ParseMessages[in](prompt.Choose("Key", prompt.ByLength(10, nil)))
	checkError(t, err, "part 1 (choose)", 0, prompt.ErrType, "")
}

// TestChoosePrefix holds that a longer input never changes the examples that
// stay, so that the cache knows them.
func TestChoosePrefix(t *testing.T) {
	chat := prompt.Messages[string](prompt.Choose(".", prompt.ByLength(100, nil), numbered(20)...), prompt.User("{{.}}"))
	var before []llm.Message
	for n := 100; n > 0; n-- {
		msgs, err := chat.Render(t.Context(), strings.Repeat("x", n))
		if err != nil {
			t.Fatal(err)
		}
		examples := msgs[:len(msgs)-1]
		if len(examples) < len(before) || len(before) > 0 && !reflect.DeepEqual(examples[:len(before)], before) {
			t.Fatalf("input of %d: %v after %v", n, examples, before)
		}
		before = examples
	}
	if len(before) != 2*9 {
		t.Errorf("%d messages in the end", len(before))
	}
}

func benchmarkChooser(b *testing.B, choose prompt.Chooser) {
	list := make([]prompt.Example, 1000)
	for i := range list {
		list[i] = prompt.Example{
			Input:  fmt.Sprintf("Question %d: how do I return %d pumps of type %x that leak at the valve?", i, i%7, i*i),
			Output: "Send them back within thirty days.",
		}
	}
	chat := prompt.Messages[string](prompt.Choose(".", choose, list...), prompt.User("{{.}}"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := chat.Render(b.Context(), "My pump of type 51 leaks. Can I return it?"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkByLength(b *testing.B)     { benchmarkChooser(b, prompt.ByLength(2000, nil)) }
func BenchmarkBySimilarity(b *testing.B) { benchmarkChooser(b, prompt.BySimilarity(5, nil)) }
