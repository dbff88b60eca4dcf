package wire

import (
	"strings"
	"testing"
)

// shown returns what a leak lets pass of a text that comes in the given pieces,
// and what it holds back.
func shown(pieces ...string) (text, held string) {
	var l leak
	for _, p := range pieces {
		text += string(l.pass([]byte(p)))
	}
	text += string(l.rest())
	return text, string(l.held)
}

func TestLeak(t *testing.T) {
	for _, tt := range []struct{ text, shown string }{
		{"", ""},
		{"a < b, and <b>bold</b> | a <| b", "a < b, and <b>bold</b> | a <| b"},
		{"ends with <", "ends with <"},
		{"ends with <｜DSM", "ends with <｜DSM"},
		{"ends with </ |DSML", "ends with </ |DSML"},
		{"<｜User｜> is another token", "<｜User｜> is another token"},
		{"DSML and ｜DSML｜ alone", "DSML and ｜DSML｜ alone"},
		{"<DSML|x>", "<DSML|x>"},
		{"Let me see.\n\n<｜DSML｜tool_calls>\n", "Let me see.\n\n"},
		{"<｜DSML｜ calls>", ""},
		{"a</｜DSML｜parameter>", "a"},
		{"a<|DSML|invoke name=\"x\">b", "a"},
		{"a<｜｜DSML｜｜tool_calls>", "a"},
		{"a<‖DSML‖tool_calls>", "a"},
		{"a< / ｜ DSML\n|tool_calls>", "a"},
		{"<<<｜DSML｜x", "<<"},
		{"<" + strings.Repeat(" ", 40) + "｜DSML｜", ""},
		{"<" + strings.Repeat(" ", 80) + "｜DSML｜", "<" + strings.Repeat(" ", 80) + "｜DSML｜"},
		// What is quoted is meant to be shown.
		{"It writes `<｜DSML｜tool_calls>` first.", "It writes `<｜DSML｜tool_calls>` first."},
		{"It writes ``a ` <｜DSML｜`` first.", "It writes ``a ` <｜DSML｜`` first."},
		{"```xml\n<｜DSML｜tool_calls>\n```\nLike this.", "```xml\n<｜DSML｜tool_calls>\n```\nLike this."},
		{"```\ncode\n```\n<｜DSML｜tool_calls>", "```\ncode\n```\n"},
		{"`code` <｜DSML｜tool_calls>", "`code` "},
		{"a stray ` here\n<｜DSML｜tool_calls>", "a stray ` here\n"},
		{"```\na stray ` here\n```\n<｜DSML｜tool_calls>", "```\na stray ` here\n```\n"},
		// Backticks without a second one quote nothing.
		{"a stray ` and <｜DSML｜tool_calls>\n`", "a stray ` and "},
		{"a stray ` and <｜DSML｜tool_calls>", "a stray ` and "},
		{"a stray `` and <｜DSML｜tool_calls> `", "a stray `` and "},
		{"`<｜DSML｜` and `<|DSML|`", "`<｜DSML｜` and `<|DSML|`"},
		{"`<｜DSML｜` and <|DSML|", "`<｜DSML｜` and "},
		{"`<｜DSML｜\n`<|DSML|`", "`"},
		// What begins and ends a block.
		{"Use ``` for code.\n<｜DSML｜tool_calls>", "Use ``` for code.\n"},
		{"````\n```\n<｜DSML｜\n```\n<|DSML|\n````\n<|DSML|", "````\n```\n<｜DSML｜\n```\n<|DSML|\n````\n"},
		{"```\n// ``` \n<｜DSML｜\n```\n<|DSML|", "```\n// ``` \n<｜DSML｜\n```\n"},
		{"```\n- ```\n<｜DSML｜", "```\n- ```\n<｜DSML｜"},
		{"```\n```go\n<｜DSML｜\n``` \t\r\n<|DSML|", "```\n```go\n<｜DSML｜\n``` \t\r\n"},
		{"```\n<｜DSML｜\n````\n<|DSML|", "```\n<｜DSML｜\n````\n"},
		{"```\ncode\n``` <｜DSML｜", "```\ncode\n``` "},
		{"```\ncode\n```<a><｜DSML｜", "```\ncode\n```<a><｜DSML｜"},
		{"```<｜DSML｜``` <|DSML|", "```<｜DSML｜``` "},
		{"```<｜DSML｜`` ``` <|DSML|", "```<｜DSML｜`` ``` "},
		{"1. Say\n\n   ```\n   <｜DSML｜\n   ```\n<|DSML|", "1. Say\n\n   ```\n   <｜DSML｜\n   ```\n"},
		{"- ```\n  <｜DSML｜\n  ```\n> ```\n> <｜DSML｜\n> ```\n<|DSML|", "- ```\n  <｜DSML｜\n  ```\n> ```\n> <｜DSML｜\n> ```\n"},
	} {
		hidden := strings.TrimPrefix(tt.text, tt.shown)
		if got, held := shown(tt.text); got != tt.shown || held != hidden {
			t.Errorf("%q: shows %q and holds %q, want %q", tt.text, got, held, tt.shown)
		}
		if got, held := shown(strings.Split(tt.text, "")...); got != tt.shown || held != hidden {
			t.Errorf("%q, by characters: shows %q and holds %q, want %q", tt.text, got, held, tt.shown)
		}
		for i := range len(tt.text) { // within characters, too
			if got, held := shown(tt.text[:i], tt.text[i:]); got != tt.shown || held != hidden {
				t.Errorf("%q, cut at %d: shows %q and holds %q, want %q", tt.text, i, got, held, tt.shown)
			}
		}
	}
}

// A text is shown as soon as it cannot be markup any more.
func TestLeakHoldsLittle(t *testing.T) {
	var l leak
	for _, step := range []struct{ text, shown string }{
		{"a <", "a "}, {" b", "< b"}, {" <｜", " "}, {"DSM", ""}, {"X", "<｜DSMX"}, {"c", "c"},
	} {
		if got := string(l.pass([]byte(step.text))); got != step.shown {
			t.Errorf("after %q it shows %q, want %q", step.text, got, step.shown)
		}
	}
}

func TestLeakAllocations(t *testing.T) {
	var l leak
	text := []byte("if a < b { return `x` }\n")
	if n := testing.AllocsPerRun(100, func() { l.pass(text) }); n != 0 {
		t.Errorf("%v allocations for text without markup, want 0", n)
	}
}

// What is in doubt is not copied again with each piece that follows.
func TestLeakIsNotCopiedAgain(t *testing.T) {
	const size = 1 << 16
	piece := []byte("x")
	if n := testing.AllocsPerRun(10, func() {
		var l leak
		l.pass([]byte("` <|DSML|"))
		for range size {
			l.pass(piece)
		}
		if len(l.held) < size {
			t.Fatalf("%d bytes are held", len(l.held))
		}
	}); n > 100 {
		t.Errorf("%v allocations for %d pieces", n, size)
	}
}

// Cut anywhere, a text shows the same, and nothing is lost of it.
func FuzzLeak(f *testing.F) {
	for _, text := range []string{
		"a < b <｜DSML｜tool_calls>", "`<｜DSML｜`\n<|DSML|", "```\n<｜DSML｜\n```<‖DSML‖x", "< / ||DSML |", "<｜", "<\xef\xbd", "` <|DSML|a`\n```<|DSML|``` `<|DSML|\n",
		"<|DSML|\xef",
	} {
		f.Add(text, 3)
	}
	f.Fuzz(func(t *testing.T, text string, cut int) {
		want, held := shown(text)
		if want+held != text {
			t.Fatalf("%q: shows %q and holds %q", text, want, held)
		}
		if cut < 0 || cut > len(text) {
			cut = len(text) / 2
		}
		if got, rest := shown(text[:cut], text[cut:]); got != want || rest != held {
			t.Fatalf("%q cut at %d: shows %q and holds %q, want %q and %q", text, cut, got, rest, want, held)
		}
		pieces := make([]string, len(text))
		for i := range len(text) {
			pieces[i] = text[i : i+1]
		}
		if got, rest := shown(pieces...); got != want || rest != held {
			t.Fatalf("%q by bytes: shows %q and holds %q, want %q and %q", text, got, rest, want, held)
		}
		if held != "" {
			if _, whole := marker([]byte(held)); !whole {
				t.Fatalf("%q: holds %q, which is no markup", text, held)
			}
		}
	})
}
