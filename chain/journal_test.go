package chain_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain"
)

// newJournal returns a Journal in a folder of its own, closed with the test.
func newJournal(t testing.TB) *chain.Journal {
	j := &chain.Journal{Path: filepath.Join(t.TempDir(), "test.journal")}
	t.Cleanup(func() { j.Close() })
	return j
}

// counted returns f and the number of its calls.
func counted[I, O any](f chain.Func[I, O]) (chain.Func[I, O], *atomic.Int64) {
	calls := new(atomic.Int64)
	return func(ctx context.Context, in I) (O, error) {
		calls.Add(1)
		return f(ctx, in)
	}, calls
}

func TestJournaledCallsOnce(t *testing.T) {
	j := newJournal(t)
	for round := range 3 {
		f, calls := counted(double)
		again := &chain.Journal{Path: j.Path, Sync: round == 0}
		step := chain.Journaled(again, f)
		for range 2 {
			for i := range 10 {
				if out, err := step(t.Context(), i); out != 2*i || err != nil {
					t.Errorf("round %d: step(%d) = %d, %v", round, i, out, err)
				}
			}
		}
		if want := int64(10); round == 0 && calls.Load() != want || round > 0 && calls.Load() != 0 {
			t.Errorf("round %d: %d calls", round, calls.Load())
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestJournaledErrorsAreTriedAgain(t *testing.T) {
	boom := errors.New("boom")
	fail := true
	step := chain.Journaled(newJournal(t), func(_ context.Context, s string) (string, error) {
		if fail {
			return "half of " + s, boom
		}
		return "all of " + s, nil
	})
	if out, err := step(t.Context(), "it"); out != "half of it" || err != boom {
		t.Errorf("step = %q, %v; want what f returned", out, err)
	}
	fail = false
	if out, err := step(t.Context(), "it"); out != "all of it" || err != nil {
		t.Errorf("step = %q, %v", out, err)
	}
}

func TestJournalSteps(t *testing.T) {
	j := newJournal(t)
	name := func(s string) chain.Func[int, string] {
		return func(_ context.Context, i int) (string, error) { return fmt.Sprintf("%q %d", s, i), nil }
	}
	steps := map[string]*chain.Journal{"": j, "a": j.Step("a"), "a/b": j.Step("a").Step("b"), "b": j.Step("b"), "\xff\"\\": j.Step("\xff\"\\")}
	for range 2 { // the second time from the file
		for s, j := range steps {
			if out, err := chain.Journaled(j, name(s))(t.Context(), 1); out != fmt.Sprintf("%q 1", s) || err != nil {
				t.Errorf("step %q = %q, %v", s, out, err)
			}
		}
	}
	if out, err := chain.Journaled(j.Step("a/b"), name("?"))(t.Context(), 1); out != `"a/b" 1` || err != nil {
		t.Errorf("step a/b = %q, %v; want what step b of step a has", out, err)
	}
	if err := steps["a"].Close(); err != nil {
		t.Error(err)
	}
	if _, err := chain.Journaled(j, name(""))(t.Context(), 1); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after Close of a step: %v, want fs.ErrClosed", err)
	}
}

func TestJournalFileFormat(t *testing.T) {
	j := newJournal(t)
	tag := func(_ context.Context, s string) (string, error) { return "<b>" + s + "</b>\u2028", nil }
	if _, err := chain.Journaled(j.Step("tag"), tag)(t.Context(), "a & b"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(j.Path)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"hadal":"journal","v":1}` + "\n" +
		`{"key":"39d00b86dbb38f2f46374eab8844584504eac6d4b801f8f303a630bc51c08b4d","step":"tag","out":"<b>a & b</b>\u2028","sum":"b3257e92"}` + "\n"
	if string(got) != want {
		t.Errorf("file is\n%swant\n%s", got, want)
	}
	for line := range bytes.Lines(got) {
		if !json.Valid(line) {
			t.Errorf("%s is not JSON", line)
		}
	}
}

func TestJournalClosed(t *testing.T) {
	j := newJournal(t)
	f, calls := counted(double)
	step := chain.Journaled(j, func(ctx context.Context, i int) (int, error) {
		if i == 7 {
			if err := j.Close(); err != nil {
				t.Error(err)
			}
		}
		return f(ctx, i)
	})
	if _, err := step(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	// Closed under a call: the output is returned, and what went wrong.
	out, err := step(t.Context(), 7)
	if e, ok := errors.AsType[*chain.JournalError](err); out != 14 || !ok || e.Op != "write" || !errors.Is(err, fs.ErrClosed) {
		t.Errorf("step = %d, %v; want 14 and that it could not be recorded", out, err)
	}
	_, err = step(t.Context(), 1)
	if e, ok := errors.AsType[*chain.JournalError](err); !ok || e.Op != "use" || e.Path != j.Path || !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if calls.Load() != 2 {
		t.Errorf("%d calls, want 2", calls.Load())
	}
	unused := newJournal(t)
	if err := unused.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(unused.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Close without a use made a file: %v", err)
	}
}

func TestJournalInUse(t *testing.T) {
	j := newJournal(t)
	if _, err := chain.Journaled(j, double)(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	f, calls := counted(double)
	second := chain.Journaled(&chain.Journal{Path: j.Path}, f)
	if _, err := second(t.Context(), 1); !errors.Is(err, chain.ErrJournalInUse) || !strings.Contains(err.Error(), j.Path) {
		t.Errorf("a second Journal: %v, want ErrJournalInUse with the path", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := second(t.Context(), 1); !errors.Is(err, chain.ErrJournalInUse) {
		t.Errorf("the same Journal later: %v, want the same error", err)
	}
	third := &chain.Journal{Path: j.Path}
	defer third.Close()
	if out, err := chain.Journaled(third, f)(t.Context(), 1); out != 2 || err != nil || calls.Load() != 0 {
		t.Errorf("another Journal after Close = %d, %v, %d calls; want 2 from the file", out, err, calls.Load())
	}
}

func TestJournalThatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	for name, j := range map[string]*chain.Journal{
		"no path":        {},
		"a folder":       {Path: dir},
		"no such folder": {Path: filepath.Join(dir, "none", "x")},
	} {
		f, calls := counted(double)
		_, err := chain.Journaled(j, f)(t.Context(), 1)
		if e, ok := errors.AsType[*chain.JournalError](err); !ok || e.Op != "open" || calls.Load() != 0 {
			t.Errorf("%s: %v after %d calls", name, err, calls.Load())
		}
	}
}

// What JSON cannot keep is an error, for an input before f is called.
func TestJournaledInputs(t *testing.T) {
	j := newJournal(t)
	refuse := func(name string, err error, calls int64) {
		t.Helper()
		if e, ok := errors.AsType[*chain.JournalError](err); !ok || e.Op != "encode input" || calls != 0 {
			t.Errorf("%s: %v after %d calls", name, err, calls)
		}
	}
	id := func(_ context.Context, s string) (string, error) { return "ok", nil }
	text, calls := counted(id)
	for _, s := range []string{"\xff", "a\xc3", `\` + "\xff", "\ufffd\xff"} {
		_, err := chain.Journaled(j, text)(t.Context(), s)
		refuse(fmt.Sprintf("%q", s), err, calls.Load())
	}
	for _, s := range []string{"\ufffd", `\ufffd`, `\\ufffd`, "<&>\u2028\x00"} {
		if out, err := chain.Journaled(j, text)(t.Context(), s); out != "ok" || err != nil {
			t.Errorf("%q: %q, %v", s, out, err)
		}
	}
	if calls.Load() != 4 {
		t.Errorf("%d calls, want 4 for 4 different texts", calls.Load())
	}
	number, calls := counted(func(_ context.Context, x float64) (float64, error) { return x, nil })
	_, err := chain.Journaled(j, number)(t.Context(), math.NaN())
	refuse("NaN", err, calls.Load())
	channel, calls := counted(func(context.Context, chan int) (int, error) { return 0, nil })
	_, err = chain.Journaled(j, channel)(t.Context(), nil)
	refuse("channel", err, calls.Load())
	key, calls := counted(func(context.Context, map[string]int) (int, error) { return 0, nil })
	_, err = chain.Journaled(j, key)(t.Context(), map[string]int{"\xff": 1})
	refuse("key that is not UTF-8", err, calls.Load())
	// The text of an escape is no escape, so the input need not decode.
	note, _ := counted(func(context.Context, [2]fmt.Stringer) (string, error) { return "ok", nil })
	if out, err := chain.Journaled(j, note)(t.Context(), [2]fmt.Stringer{textStringer(`\ufffd`), nil}); out != "ok" || err != nil {
		t.Errorf("an interface: %q, %v", out, err)
	}
	// The escape is the caller's own: nothing is lost.
	raw, _ := counted(func(_ context.Context, m json.RawMessage) (json.RawMessage, error) { return m, nil })
	if out, err := chain.Journaled(j, raw)(t.Context(), json.RawMessage(`"\ufffd"`)); string(out) != `"\ufffd"` || err != nil {
		t.Errorf("RawMessage: %s, %v", out, err)
	}
}

// Methods that encode a pointer to the value are used for the value, too.
func TestJournaledByPointer(t *testing.T) {
	next, calls := counted(func(_ context.Context, n big.Int) (big.Int, error) {
		return *new(big.Int).Add(&n, big.NewInt(1)), nil
	})
	step := chain.Journaled(newJournal(t), next)
	for range 2 {
		for _, n := range []int64{1, 1 << 62} {
			if out, err := step(t.Context(), *big.NewInt(n)); out.Int64() != n+1 || err != nil {
				t.Errorf("after %d comes %s, %v", n, out.String(), err)
			}
		}
	}
	if calls.Load() != 2 {
		t.Errorf("%d calls, want 2", calls.Load())
	}
}

// A step that returns another type than it did gets an error, and nothing of the
// old output.
func TestJournaledTypeChanges(t *testing.T) {
	type page struct {
		Title string
		Words int
	}
	j := newJournal(t)
	if _, err := chain.Journaled(j, func(context.Context, int) (map[string]string, error) {
		return map[string]string{"Title": "Sea", "Words": "many"}, nil
	})(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	f, calls := counted(func(context.Context, int) (page, error) { return page{}, nil })
	out, err := chain.Journaled(j, f)(t.Context(), 1)
	if e, ok := errors.AsType[*chain.JournalError](err); out != (page{}) || !ok || e.Op != "read" || calls.Load() != 0 {
		t.Errorf("%+v, %v after %d calls", out, err, calls.Load())
	}
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok || !strings.Contains(err.Error(), "does not fit, so give the step a new name") {
		t.Errorf("%v, want what to do and why", err)
	}
}

// Equal maps are equal inputs, in whichever order they are ranged over.
func TestJournaledMaps(t *testing.T) {
	f, calls := counted(func(_ context.Context, m map[string]int) (int, error) { return len(m), nil })
	step := chain.Journaled(newJournal(t), f)
	for range 20 {
		m := map[string]int{}
		for i := range 50 {
			m[fmt.Sprint(i)] = i
		}
		if out, err := step(t.Context(), m); out != 50 || err != nil {
			t.Errorf("%d, %v", out, err)
		}
	}
	if calls.Load() != 1 {
		t.Errorf("%d calls, want 1", calls.Load())
	}
}

func TestJournaledOutputs(t *testing.T) {
	type shape struct {
		Name   string
		hidden int
		Parts  []string `json:",omitempty"`
	}
	j := newJournal(t)
	value := func(_ context.Context, i int) (*shape, error) { return &shape{"x", i, []string{}}, nil }
	first, err := chain.Journaled(j.Step("shape"), value)(t.Context(), 1)
	if err != nil || first.Name != "x" || first.hidden != 0 || first.Parts != nil {
		t.Errorf("first = %+v, %v; want what JSON keeps", first, err)
	}
	second, err := chain.Journaled(j.Step("shape"), value)(t.Context(), 1)
	if err != nil || second == first || second.Name != "x" {
		t.Errorf("second = %+v, %v; want an equal value of its own", second, err)
	}
	unfit := func(name, why string, out, want string, err error) {
		t.Helper()
		if e, ok := errors.AsType[*chain.JournalError](err); !ok || e.Op != "encode output" || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want %s", name, err, why)
		}
		if out != want {
			t.Errorf("%s: output %s, want %s along with the error", name, out, want)
		}
	}
	broken, err := chain.Journaled(j.Step("text"), func(context.Context, int) (string, error) { return "a\xffb", nil })(t.Context(), 1)
	unfit("text", "not UTF-8", broken, "a\xffb", err)
	nan, err := chain.Journaled(j.Step("nan"), func(context.Context, int) (float64, error) { return math.NaN(), nil })(t.Context(), 1)
	unfit("NaN", "unsupported value", fmt.Sprint(nan), "NaN", err)
	stringer, err := chain.Journaled(j.Step("interface"), func(context.Context, int) (fmt.Stringer, error) { return time.Second, nil })(t.Context(), 1)
	unfit("interface", "cannot unmarshal", fmt.Sprint(stringer), "1s", err)
	if info, err := os.Stat(j.Path); err != nil || info.Size() > 1000 {
		t.Errorf("the file has %d bytes, %v; want one record", info.Size(), err)
	}
}

type textStringer string

func (s textStringer) String() string { return string(s) }

func TestJournaledWaitsForEqualInput(t *testing.T) {
	enough := errors.New("enough")
	j := newJournal(t)
	synctest.Test(t, func(t *testing.T) {
		fails := 1
		f, calls := counted(func(_ context.Context, i int) (int, error) {
			<-time.After(time.Minute)
			if fails--; fails >= 0 {
				return 0, errors.New("the first one fails")
			}
			return 2 * i, nil
		})
		step := chain.Journaled(j, f)
		hurried, cancel := context.WithTimeoutCause(t.Context(), time.Second, enough)
		defer cancel()
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := step(t.Context(), 1); err == nil || err.Error() != "the first one fails" {
				t.Errorf("first: %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if _, err := step(hurried, 1); !errors.Is(err, enough) || time.Since(start) != time.Second {
				t.Errorf("hurried: %v after %v", err, time.Since(start))
			}
		})
		for range 3 {
			wg.Go(func() {
				if out, err := step(t.Context(), 1); out != 2 || err != nil || time.Since(start) != 2*time.Minute {
					t.Errorf("later: %d, %v after %v", out, err, time.Since(start))
				}
			})
		}
		wg.Wait()
		if calls.Load() != 2 {
			t.Errorf("%d calls, want 2", calls.Load())
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A panic ends the call for those who wait, too.
func TestJournaledPanics(t *testing.T) {
	j := newJournal(t)
	fail := true
	step := chain.Journaled(j, func(_ context.Context, i int) (int, error) {
		if fail {
			fail = false
			panic("boom")
		}
		return i, nil
	})
	if value, _ := endOf(func() { step(t.Context(), 5) }); value != "boom" {
		t.Errorf("the first call ended with %v", value)
	}
	if out, err := step(t.Context(), 5); out != 5 || err != nil {
		t.Errorf("the second: %d, %v", out, err)
	}
}

func TestJournaledManyCallers(t *testing.T) {
	const keys = 7
	var calls [keys]atomic.Int64
	step := chain.Journaled(newJournal(t), func(_ context.Context, i int) (string, error) {
		calls[i].Add(1)
		return fmt.Sprint("out ", i), nil
	})
	var wg sync.WaitGroup
	for i := range 10_000 {
		wg.Go(func() {
			if out, err := step(t.Context(), i%keys); out != fmt.Sprint("out ", i%keys) || err != nil {
				t.Errorf("step(%d) = %q, %v", i%keys, out, err)
			}
		})
	}
	wg.Wait()
	for i := range calls {
		if n := calls[i].Load(); n != 1 {
			t.Errorf("%d calls for %d, want 1", n, i)
		}
	}
}
