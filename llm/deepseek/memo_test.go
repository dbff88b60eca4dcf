package deepseek

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/internal/wire"
)

// total returns what is kept, and how large it is said to be, one by one.
func (m *memo[T]) total() (n, size int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, list := range m.kept {
		for _, e := range list {
			n, size = n+1, size+e.size
		}
	}
	if size != m.size {
		panic(fmt.Sprintf("the size is %d, and said to be %d", size, m.size))
	}
	return n, size
}

func TestMemoIsBounded(t *testing.T) {
	const kept = 100
	m := &memo[int]{limit: kept * (memoryCost + 1000)}
	for i := range 10 * kept {
		m.put(uint64(i), nil, i, 1000)
		if n, size := m.total(); n != min(i+1, kept) || size > m.limit {
			t.Fatalf("after %d there are %d, of %d bytes; the limit is %d", i+1, n, size, m.limit)
		}
		if list := m.find(uint64(i)); len(list) != 1 || list[0].value != i {
			t.Fatalf("%d is not kept", i)
		}
	}
	m.put(1, nil, -1, m.limit/2)
	for _, e := range m.find(1) {
		if e.value == -1 {
			t.Error("what takes over half of the room is kept")
		}
	}
	m.put(2, nil, -2, m.limit/2-memoryCost)
	if n, size := m.total(); size > m.limit || n > kept/2+1 {
		t.Errorf("there are %d, of %d bytes", n, size)
	}
}

// One conversation that branches, or one hash of many, is no way around the bound.
func TestMemoOfOneHash(t *testing.T) {
	m := &memo[int]{limit: 1 << 20}
	for i := range 100 {
		m.put(7, nil, i, 400<<10)
		if n, size := m.total(); n != min(i+1, 2) || size > m.limit {
			t.Fatalf("after %d there are %d, of %d bytes", i+1, n, size)
		}
	}
	m = &memo[int]{limit: 1 << 20}
	for i := range 100 {
		m.put(7, nil, i, 0)
	}
	list := m.find(7)
	if n, _ := m.total(); n != maxSiblings || list[0].value != 96 || list[3].value != 99 {
		t.Errorf("%d are kept, the first is %d", n, list[0].value)
	}
	m.put(7, list[1:3], 100, 0)
	for i, want := range []int{96, 99, 100} {
		if got := m.find(7)[i].value; got != want {
			t.Errorf("in the place %d is %d, want %d", i, got, want)
		}
	}
	if list[1].value != 97 || list[3].value != 99 {
		t.Error("the list that was found has changed")
	}
}

func TestMemoForgets(t *testing.T) {
	m := &memo[string]{limit: 1 << 20, watched: true} // by this test
	m.put(1, nil, "idle", 10)
	m.put(2, nil, "in use", 10)
	m.put(2, nil, "idle", 10)
	now := time.Unix(1e9, 0)
	for minute := range 31 {
		n, _ := m.total()
		if want := map[bool]int{true: 3, false: 1}[minute <= 10]; n != want {
			t.Errorf("after %d minutes there are %d, want %d", minute, n, want)
		}
		if minute%5 == 0 {
			m.find(2)[0].use()
		}
		if !m.sweep(now) {
			t.Fatalf("after %d minutes nothing is left", minute)
		}
		now = now.Add(time.Minute)
	}
	m.find(2)[0].use()
	if m.sweep(now.Add(time.Hour)); len(m.find(2)) != 1 {
		t.Error("what was used since the last sweep is dropped")
	}
	if m.sweep(now.Add(2*time.Hour)) || m.watched {
		t.Error("something is left")
	}
}

// It is the garbage collector that makes it forget.
func TestMemoIsSwept(t *testing.T) {
	m := &memo[string]{limit: 1 << 20}
	m.put(1, nil, "idle", 10)
	m.put(2, nil, "idle", 10)
	for deadline := time.Now().Add(10 * time.Second); ; runtime.GC() {
		m.mu.Lock()
		left, watched := len(m.kept), m.watched
		for _, list := range m.kept {
			list[0].used.Store(false)
			list[0].idle = time.Now().Add(-maxIdle) // as if it were later
		}
		m.swept = time.Time{}
		m.mu.Unlock()
		if left == 0 {
			if watched {
				t.Error("it is watched, though there is nothing in it")
			}
			return
		}
		if !watched || time.Now().After(deadline) {
			t.Fatalf("%d are left; it is watched: %t", left, watched)
		}
	}
}

func TestMemoAtOnce(t *testing.T) {
	m := &memo[int]{limit: 100 * memoryCost}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 2000 {
				list := m.find(uint64(i % 150))
				for _, e := range list {
					e.use()
				}
				m.put(uint64(i%150), list[:len(list)/2], i, i%50)
				if i%100 == 0 {
					m.sweep(time.Unix(int64(i)*1000, 0))
				}
			}
		})
	}
	wg.Wait()
	if _, size := m.total(); size > m.limit {
		t.Errorf("there are %d bytes, and the limit is %d", size, m.limit)
	}
}

// Two that go on with the same conversation do not write over each other.
func TestConversationBranches(t *testing.T) {
	s := wire.Settings{Model: "m"}
	messages := func(texts ...string) (list []llm.Message) {
		for _, text := range texts {
			list = append(list, llm.User(text))
		}
		return list
	}
	check := func(c *conversation, texts ...string) {
		t.Helper()
		want := []byte{'['}
		for _, m := range messages(texts...) {
			want = wire.AppendMessage(want, m, s)
		}
		if string(c.bytes) != string(want) {
			t.Errorf("the bytes are %s, want %s", c.bytes, want)
		}
		if n := c.common(messages(texts...)); n != len(texts) || len(c.marks) != n {
			t.Errorf("%d of the %d messages are found, want %d", n, len(c.marks), len(texts))
		}
	}
	var none *conversation
	long := strings.Repeat("long ", 1000)
	base := none.extend(messages(long, "a"), 0, s)
	base = base.extend(messages(long, "a", "b"), 2, s) // has room
	one := base.extend(messages(long, "a", "b", "1"), 3, s)
	two := base.extend(messages(long, "a", "b", "2", "22"), 3, s)
	early := base.extend(messages(long, "x"), 1, s)
	more := one.extend(messages(long, "a", "b", "1", "11"), 4, s)
	check(base, long, "a", "b")
	check(one, long, "a", "b", "1")
	check(two, long, "a", "b", "2", "22")
	check(early, long, "x")
	check(more, long, "a", "b", "1", "11")
	if &one.bytes[0] != &base.bytes[0] || &two.bytes[0] == &base.bytes[0] {
		t.Error("not the first of two goes on in the room that there is")
	}
}

func TestBody(t *testing.T) {
	for _, b := range []body{{}, {[]byte("head")}, {nil, []byte("messages")}, {[]byte("head"), []byte("messages"), []byte("tail")}, {[]byte("head"), nil, []byte("tail")}} {
		want := bytes.Join(b[:], nil)
		if b.size() != len(want) {
			t.Errorf("the size of %q is %d", want, b.size())
		}
		r := &bodyReader{body: b}
		if err := iotest.TestReader(r, want); err != nil {
			t.Error(err)
		}
		again, _ := r.again()
		var got strings.Builder
		one := make([]byte, 1)
		if n, err := again.Read(one); n > 0 && err == nil {
			got.Write(one)
		}
		if n, err := io.Copy(&got, again); err != nil || got.String() != string(want) || int(n) != max(0, len(want)-1) {
			t.Errorf("of %q, %q is read, %d bytes in one go, %v", want, got.String(), n, err)
		}
	}
	r := &bodyReader{body: body{[]byte("head"), []byte("messages")}}
	n, err := r.WriteTo(brokenWriter{})
	rest, _ := io.ReadAll(r)
	if n != 3 || !errors.Is(err, io.ErrShortWrite) || string(rest) != "dmessages" {
		t.Errorf("after %d bytes and %v there is %q left", n, err, rest)
	}
}

// A brokenWriter takes three bytes.
type brokenWriter struct{}

func (brokenWriter) Write(p []byte) (int, error) { return 3, io.ErrShortWrite }
