package wire

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// readEvents returns the data of all events, with the name of those that have
// one in front, and the error at the end.
func readEvents(r io.Reader, max int) ([]string, error) {
	var events []string
	e := NewEvents(r, max)
	for {
		data, name, err := e.Next()
		if err != nil {
			return events, err
		}
		if name != "" {
			name += "!"
		}
		events = append(events, name+string(data))
	}
}

var eventTests = []struct {
	name, stream string
	want         []string
	err          error
}{
	{"one line each", "data: a\n\ndata: b\n\n", []string{"a", "b"}, io.EOF},
	{"no space after the colon", "data:a\n\n", []string{"a"}, io.EOF},
	{"one space is removed, not two", "data:  a\n\n", []string{" a"}, io.EOF},
	{"no colon at all is empty data", "data\n\n", []string{""}, io.EOF},
	{"CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", []string{"a", "b"}, io.EOF},
	{"CR", "data: a\r\rdata: b\r\r", []string{"a", "b"}, io.EOF},
	{"line ends mixed", "data: a\r\n\ndata: b\n\rdata: c\r\r\ndata: d\n\r\n", []string{"a", "b", "c", "d"}, io.EOF},
	{"byte order mark", "\ufeffdata: a\n\n", []string{"a"}, io.EOF},
	{"only one byte order mark is skipped", "\ufeff\ufeffdata: a\n\ndata: b\n\n", []string{"b"}, io.EOF},
	{"comments", ": keep-alive\n\n:\n\ndata: a\n: within\n\n", []string{"a"}, io.EOF},
	{"several data lines", "data: a\ndata: b\ndata\ndata: c\n\n", []string{"a\nb\n\nc"}, io.EOF},
	{"other fields", "id: 1\nretry: 5\nevent: message\ndata: a\nfoo: bar\n\n", []string{"a"}, io.EOF},
	{"a field that only begins with data", "database: x\n\ndata: a\n\n", []string{"a"}, io.EOF},
	{"error events", "event: error\ndata: a\n\ndata: b\n\n", []string{"error!a", "b"}, io.EOF},
	{"the name may follow the data", "data: a\nevent: error\n\n", []string{"error!a"}, io.EOF},
	{"a name without data is no event", "event: error\n\ndata: a\n\n", []string{"a"}, io.EOF},
	{"empty events", "\n\n\r\n\ndata: a\n\n\n\n", []string{"a"}, io.EOF},
	{"nothing", "", nil, io.EOF},
	{"blank lines alone", "\n\n\n", nil, io.EOF},
	{"end in a line", "data: a\n\ndata: b", []string{"a"}, io.ErrUnexpectedEOF},
	{"end before the blank line", "data: a\n\ndata: b\n", []string{"a"}, io.ErrUnexpectedEOF},
	{"end in a comment", "data: a\n\n: kee", []string{"a"}, io.ErrUnexpectedEOF},
	{"DONE before the blank line", "data: a\n\ndata: [DONE]\n", []string{"a", "[DONE]"}, io.EOF},
	{"DONE in a line", "data: a\n\ndata: [DONE]", []string{"a", "[DONE]"}, io.EOF},
	{"DONE cut off", "data: a\n\ndata: [DON", []string{"a"}, io.ErrUnexpectedEOF},
	{"Unicode", "data: 深海 é 👩‍👩‍👧\n\n", []string{"深海 é 👩‍👩‍👧"}, io.EOF},
	{"a long line", "data: " + strings.Repeat("x", 100_000) + "\n\n", []string{strings.Repeat("x", 100_000)}, io.EOF},
}

func TestEvents(t *testing.T) {
	for _, test := range eventTests {
		t.Run(test.name, func(t *testing.T) {
			for name, r := range map[string]io.Reader{
				"at once":            strings.NewReader(test.stream),
				"byte by byte":       iotest.OneByteReader(strings.NewReader(test.stream)),
				"end with the bytes": iotest.DataErrReader(strings.NewReader(test.stream)),
			} {
				got, err := readEvents(r, 1<<20)
				if !slices.Equal(got, test.want) || err != test.err {
					t.Errorf("%s: events are %.80q, %v, want %.80q, %v", name, got, err, test.want, test.err)
				}
			}
		})
	}
}

// A stream split in two at any byte has the same events.
func TestEventsSplit(t *testing.T) {
	for _, test := range eventTests {
		if len(test.stream) > 200 {
			continue
		}
		for i := range len(test.stream) {
			r := io.MultiReader(strings.NewReader(test.stream[:i]), strings.NewReader(test.stream[i:]))
			if got, err := readEvents(r, 1<<20); !slices.Equal(got, test.want) || err != test.err {
				t.Errorf("%s, split at %d: events are %q, %v, want %q, %v", test.name, i, got, err, test.want, test.err)
			}
		}
	}
}

func TestEventsLimit(t *testing.T) {
	const limit = 1000
	event := func(n int) string { return "data: " + strings.Repeat("x", n) + "\n\n" }
	lines := func(n int) string { return strings.Repeat("data: "+strings.Repeat("x", 99)+"\n", n) + "\n" }
	for _, test := range []struct {
		name, stream string
		want         int // events
		err          error
	}{
		{"at the limit", event(limit), 1, io.EOF},
		{"over the limit", event(limit + 1), 0, ErrEventSize},
		{"many events", strings.Repeat(event(limit), 100), 100, io.EOF},
		{"lines at the limit", lines(10), 1, io.EOF},
		{"lines over it", lines(11), 0, ErrEventSize},
	} {
		got, err := readEvents(strings.NewReader(test.stream), limit)
		if len(got) != test.want || err != test.err {
			t.Errorf("%s: %d events, %v, want %d, %v", test.name, len(got), err, test.want, test.err)
		}
	}
	for name, line := range map[string]string{"data": "data: ", "comment": ": ", "field": "x"} {
		endless := io.MultiReader(strings.NewReader(line), endless('x'))
		if _, err := readEvents(endless, 1<<20); err != ErrEventSize {
			t.Errorf("endless %s: %v, want %v", name, err, ErrEventSize)
		}
	}
}

// endless is a reader of one byte for ever.
type endless byte

func (c endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

// However long an event, what is held is at most about twice the limit, and
// the work is linear: each byte is moved and looked at a bounded number of times.
func TestEventsMemory(t *testing.T) {
	const limit = 8 << 20
	stream := "data: " + strings.Repeat("x", limit) + "\n\n"
	e := NewEvents(iotest.HalfReader(strings.NewReader(stream)), limit)
	data, _, err := e.Next()
	if err != nil || len(data) != limit {
		t.Fatalf("Next = %d bytes, %v", len(data), err)
	}
	if held := cap(e.buf) + cap(e.data); held > 2*limit+limit/8 {
		t.Errorf("%d bytes are held for an event of %d", held, limit)
	}
}

func TestEventsErrors(t *testing.T) {
	boom := errors.New("boom")
	got, err := readEvents(io.MultiReader(strings.NewReader("data: a\n\ndata: b"), iotest.ErrReader(boom)), 100)
	if !slices.Equal(got, []string{"a"}) || err != boom {
		t.Errorf("events are %q, %v, want a, boom", got, err)
	}
	if _, err := readEvents(stuck{}, 100); err != io.ErrNoProgress {
		t.Errorf("a reader that returns nothing: %v, want %v", err, io.ErrNoProgress)
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestPeek(t *testing.T) {
	for stream, want := range map[string]byte{
		"data: a\n\n": 'd', "\n\n\r\n  {\"a\":1}": '{', "\ufeff<html>": '<', ": x": ':',
	} {
		e := NewEvents(iotest.OneByteReader(strings.NewReader(stream)), 100)
		if got, err := e.Peek(); got != want || err != nil {
			t.Errorf("Peek of %q = %q, %v, want %q", stream, got, err, want)
		}
		rest, err := io.ReadAll(e.Rest())
		if want := strings.TrimLeft(stream, "\ufeff\r\n "); err != nil || string(rest) != want {
			t.Errorf("Rest of %q = %q, %v, want %q", stream, rest, err, want)
		}
	}
	if _, err := NewEvents(strings.NewReader("\n \n"), 100).Peek(); err != io.EOF {
		t.Errorf("Peek of blank lines: %v, want EOF", err)
	}
}

// Any bytes: no panic, an end, and the same events however they are cut up.
func FuzzEvents(f *testing.F) {
	for _, test := range eventTests {
		f.Add([]byte(test.stream), 3)
	}
	f.Fuzz(func(t *testing.T, stream []byte, cut int) {
		want, wantErr := readEvents(bytes.NewReader(stream), 100)
		got, err := readEvents(iotest.OneByteReader(bytes.NewReader(stream)), 100)
		if !slices.Equal(got, want) || err != wantErr {
			t.Fatalf("%q byte by byte: %q, %v, want %q, %v", stream, got, err, want, wantErr)
		}
		if cut >= 0 && cut < len(stream) {
			r := io.MultiReader(bytes.NewReader(stream[:cut]), bytes.NewReader(stream[cut:]))
			if got, err := readEvents(r, 100); !slices.Equal(got, want) || err != wantErr {
				t.Fatalf("%q cut at %d: %q, %v, want %q, %v", stream, cut, got, err, want, wantErr)
			}
		}
	})
}

func BenchmarkEvents(b *testing.B) {
	stream := []byte(strings.Repeat("data: "+strings.Repeat("x", 250)+"\n\n", 1000))
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for b.Loop() {
		e := NewEvents(bytes.NewReader(stream), 1<<20)
		for {
			if _, _, err := e.Next(); err != nil {
				break
			}
		}
	}
}
