package wire

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hadal-go/hadal/output/gate"
)

// Every string comes back from encoding/json as it was, but for bytes that are
// not UTF-8.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{
		"", "plain", `quote " and \ backslash`, "line\nfeed\ttab\rreturn", "\x00\x01\x1f\x7f", "<b>&amp;</b>",
		"é", "深海", "👩‍👩‍👧", "\u2028\u2029", "\xff", "a\xc3", "\xed\xa0\x80", "\xf0\x9f\x98", strings.Repeat("x", 100) + "\"",
		"1234567\"", "12345678\\", "1234567é", "\xff\xfe\xfd", "ok\xffok\xe4\xb8ok",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := appendString(nil, s)
		if string(b) != string(appendString(nil, []byte(s))) {
			t.Fatalf("%q is written in two ways", s)
		}
		if !utf8.Valid(b) {
			t.Fatalf("%q is written as %q, which is not UTF-8", s, b)
		}
		var back string
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatalf("%q is written as %q: %v", s, b, err)
		}
		if want := string([]rune(s)); back != want { // the conversion replaces each bad byte
			t.Fatalf("%q comes back as %q, want %q", s, back, want)
		}
	})
}

func FuzzAppendCompact(f *testing.F) {
	for _, s := range []string{`{ "a" : [ 1 , "b c" ] }`, "\"<>&\u2028\u2029\u202a \\\" \\\\\"", " 1 ", `{"a":{}}`, "\"\xe2\x80\"", "[\n]\t"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if gate.Check(text) != nil {
			return
		}
		want, err := json.Marshal(json.RawMessage(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := appendCompact(nil, text); string(got) != string(want) {
			t.Fatalf("%q is written as %q, want %q", text, got, want)
		}
	})
}

func BenchmarkAppendString(b *testing.B) {
	for name, s := range map[string]string{
		"english": strings.Repeat("The quick brown fox jumps over the lazy dog. ", 2000),
		"chinese": strings.Repeat("敏捷的棕色狐狸跳过了懒狗。", 2000),
		"code":    strings.Repeat("\tif err != nil {\n\t\treturn \"x\", err\n\t}\n", 2000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			dst := make([]byte, 0, 2*len(s))
			for b.Loop() {
				dst = appendString(dst[:0], s)
			}
		})
	}
}
