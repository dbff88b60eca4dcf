package exec

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestPlain(t *testing.T) {
	for _, tt := range []struct{ data, want string }{
		{"", ""},
		{"text\n", "text\n"},
		{"a\tb", "a\tb"},
		{"a\r\nb\rc", "a\nb\nc"},
		{"a\r", "a\n"},
		{"\x1b[1;31mred\x1b[m", "red"},
		{"\x1b[2J\x1b[Htop", "top"},
		{"\x1b[?25lx\x1b[?25h", "x"},
		{"\x1b[38;2;1;2;3mx", "x"},
		{"\x1b]0;title\ax", "x"},
		{"\x1b]0;title\x1b\\x", "x"},
		{"\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x1b\\", "link"},
		{"\x1b]0;no end\nshown", "0;no end\nshown"},
		{"\x1b]" + strings.Repeat("x", 5000) + "\a", strings.Repeat("x", 5000)},
		{"\x1bPq#0\x1b\\x", "x"},
		{"\x1b_x\x1b\\y", "y"},
		{"\x1b(Bx", "x"},
		{"\x1b7x\x1b8", "x"},
		{"\x1bcx", "x"},
		{"x\x1b", "x"},
		{"x\x1b[", "x"},
		{"x\x1b[31", "x31"},
		{"x\x1b[31\nm", "x31\nm"},
		{"x\x1b\ny", "x\ny"},
		{"\x1b\x1b[1mx", "x"},
		{"\u009b31mx", "x"},
		{"\u009dtitle\u009cx", "x"},
		{"\x9b31mx", "\ufffd31mx"}, // not UTF-8
		{"N\bNA\bAM\bME\bE", "NAME"},
		{"_\bé", "é"},
		{"é\bx", "x"},
		{"a\n\bb", "a\nb"},
		{"\b\bx", "x"},
		{"\a\v\f\x7fx\u0085", "x"},
		{"caf\xe9", "caf\ufffd"},
		{"\xe2\x1b[m\x82\xac", "\ufffd\ufffd\ufffd"},
		{"\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"},
	} {
		if got, ok := plain([]byte(tt.data)); got != tt.want || !ok {
			t.Errorf("%q: %q, %v, want %q", tt.data, got, ok, tt.want)
		}
	}
	for data, want := range map[string]bool{
		"a\x00b": false, "\xff\xfe": true, strings.Repeat("\xff", 8): false, strings.Repeat("1234567\xff", 8): true, strings.Repeat("123456\xff", 8): false,
	} {
		if _, ok := plain([]byte(data)); ok != want {
			t.Errorf("%q: %v", data, ok)
		}
	}
}

func TestResultString(t *testing.T) {
	for _, tt := range []struct {
		r    Result
		want string
	}{
		{Result{}, "exit code 0\n(no output)"},
		{Result{Code: 3, Elapsed: 9999 * time.Millisecond}, "exit code 3\n(no output)"},
		{Result{Code: 3, Elapsed: 61234 * time.Millisecond}, "exit code 3, after 1m1.2s\n(no output)"},
		{Result{Code: -1, Signal: "killed", Elapsed: 10 * time.Second}, "ended by a signal: killed, after 10s\n(no output)"},
		{Result{Stdout: Output{Data: []byte("a\n\n")}}, "exit code 0\nstdout:\na\n"},
		{Result{Stderr: Output{Data: []byte("b")}}, "exit code 0\nstderr:\nb"},
		{Result{Stdout: Output{Data: []byte("a")}, Stderr: Output{Data: []byte("b\n")}}, "exit code 0\nstdout:\na\nstderr:\nb"},
		{Result{Stdout: Output{Data: []byte("tail"), Missing: 96}}, "exit code 0\nstdout:\n[the first 96 of 100 bytes are missing]\ntail"},
		{Result{Stdout: Output{Missing: 5}}, "exit code 0\nstdout:\n[the first 5 of 5 bytes are missing]"},
		{Result{Stdout: Output{Data: []byte{0}, Missing: 99}}, "exit code 0\nstdout:\n[100 bytes that are not text]"},
	} {
		if got := tt.r.String(); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.r, got, tt.want)
		}
	}
}

// TestTail holds that the end is kept however it is written, and no more memory than
// twice of it.
func TestTail(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		total := 0
		tl := &tail{most: 1 + rng.IntN(50), count: func(n int) { total += n }}
		var all []byte
		for range rng.IntN(30) {
			data := make([]byte, rng.IntN(120))
			for i := range data {
				data[i] = byte('a' + rng.IntN(26))
			}
			all = append(all, data...)
			if n, err := tl.Write(data); n != len(data) || err != nil {
				t.Fatal(n, err)
			}
			if len(tl.buf) > 2*tl.most {
				t.Fatalf("%d bytes are held, for %d", len(tl.buf), tl.most)
			}
		}
		want := all[max(len(all)-tl.most, 0):]
		if o := tl.output(); !bytes.Equal(o.Data, want) || o.Missing != int64(len(all)-len(want)) || total != len(all) {
			t.Fatalf("%q, %d missing; want %q of %d", o.Data, o.Missing, want, len(all))
		}
	}
}

func TestTailOfCharacters(t *testing.T) {
	for most, want := range map[int]string{1: "", 2: "", 3: "語", 4: "語", 5: "語", 6: "本語", 9: "日本語"} {
		tl := &tail{most: most, count: func(int) {}}
		tl.Write([]byte("日本語"))
		if o := tl.output(); string(o.Data) != want && most >= 3 || int64(len(o.Data))+o.Missing != 9 {
			t.Errorf("%d: %q, %d", most, o.Data, o.Missing)
		}
	}
}

// FuzzPlain holds that text for a model is UTF-8 without control characters, is not much
// longer than what was written, and stays the same if it is made plain again.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{"text", "\x1b[31mred\x1b[0m", "\x1b]0;t\a", "\x1b]0;t", "a\bb", "\xff\xfe", "\u009b1m", "\x1b", "\x1b[", "\x1b(", "\r\n\r"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text, ok := plain(data)
		if !ok {
			return
		}
		if !utf8.ValidString(text) || len(text) > 3*len(data) {
			t.Errorf("%q: %q", data, text)
		}
		for _, r := range text {
			if r != '\n' && r != '\t' && (r < ' ' || 0x7f <= r && r < 0xa0) {
				t.Errorf("%q: %q", data, text)
			}
		}
		if again, ok := plain([]byte(text)); again != text || !ok {
			t.Errorf("%q: %q, then %q", data, text, again)
		}
	})
}
