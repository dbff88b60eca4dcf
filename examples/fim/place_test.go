package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpen(t *testing.T) {
	for _, tt := range []struct{ text, at, want string }{ // want is the text with "‸" in the gap, or a part of the error
		{"a\nbc\nd\n", ":2", "a\nbc‸\nd\n"},
		{"a\nbc\nd\n", ":2:1", "a\n‸bc\nd\n"},
		{"a\nbc\nd\n", ":2:3:", "a\nbc‸\nd\n"},
		{"a\nbc\nd\n", ":4", "a\nbc\nd\n‸"},
		{"a\r\nbc\r\n", ":1", "a‸\r\nbc\r\n"},
		{"a\nb", ":2", "a\nb‸"},
		{"x = /*gap*/;\n", "", "x = ‸;\n"},
		{"a\nx = /*gap*/;\n", ":2", "a\nx = ‸;\n"},
		{"a\nx = /*gap*/;\n", ":1", "a‸\nx = /*gap*/;\n"},
		{"/*gap*/\n/*gap*/b\n", ":2", "/*gap*/\n‸b\n"},
		{"/*gap*/ /*gap*/\n", ":1:9", "/*gap*/ ‸\n"},
		{"x /*gap*/\n", ":1:1", "‸x /*gap*/\n"},
		{"/*gap*/ /*gap*/\n", ":1", "/*gap*/ is in line 1 more than once: name the column"},
		{"日本", ":1:4", "日‸本"},
		{"日本", ":1:3", "line 1 has no column 3"},
		{"a\nbc\nd\n", ":2:4", "line 2 has no column 4"},
		{"a\nbc\nd\n", ":5", "there is no line 5, but 4"},
		{"a\n", ":0", "lines and columns begin at 1"},
		{"a\n", ":1:0", "lines and columns begin at 1"},
		{"a\n", "", "where is the gap? Name a line, as in file:17, or put /*gap*/ there"},
		{"/*gap*/ /*gap*/\n", "", "/*gap*/ is there more than once: name the line"},
		{"\n \n", ":1", "there is nothing around the gap to go by"},
		{"a\xff\n", ":1", "is not a text in UTF-8"},
		{"a\x00\n", ":1", "is not a text in UTF-8"},
	} {
		p, err := open(file(t, "x.txt", tt.text) + tt.at)
		if err != nil {
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%q%s: %v, want %q", tt.text, tt.at, err, tt.want)
			}
			continue
		}
		if got := p.before + "‸" + p.after; got != tt.want {
			t.Errorf("%q%s: %q, want %q", tt.text, tt.at, got, tt.want)
		}
	}
	if _, err := open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "is not a file with text") {
		t.Errorf("a folder: %v", err)
	}
}

// TestOpenName has a file with a name that looks like a target.
func TestOpenName(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a:2")
	if err := os.WriteFile(name, []byte("/*gap*/b"), 0o600); err != nil {
		t.Skip(err) // names have no colons there
	}
	if p, err := open(name); err != nil || p.after != "b" {
		t.Errorf("%v, %v", p, err)
	}
}

func TestPosition(t *testing.T) {
	p, err := open(file(t, "x.txt", "a\n日/*gap*/b\n"))
	if err != nil || p.line != 2 || p.column != 4 {
		t.Errorf("%v, %v, want 2:4", p, err)
	}
}

func TestSeen(t *testing.T) {
	long := strings.Repeat("日", maxSeen) // three bytes each
	for _, tt := range []struct {
		text                   string
		lines                  int
		wantEnd, wantBeginning string
	}{
		{"a\nb\nc", 1, "c", "a\n"},
		{"a\nb\nc", 2, "b\nc", "a\nb\n"},
		{"a\nb\nc", 9, "a\nb\nc", "a\nb\nc"},
		{"a\nb\n", 1, "b\n", "a\n"},
		{"", 1, "", ""},
		{"\n", 1, "\n", "\n"},
		{long, 9, long[:maxSeen/3*3], long[:maxSeen/3*3]},
		{"a\n" + long + "\nb", 9, "b", "a\n"},
	} {
		if got := end(tt.text, tt.lines); got != tt.wantEnd {
			t.Errorf("the last %d lines of %.10q: %.10q of %d bytes", tt.lines, tt.text, got, len(got))
		}
		if got := beginning(tt.text, tt.lines); got != tt.wantBeginning {
			t.Errorf("the first %d lines of %.10q: %.10q of %d bytes", tt.lines, tt.text, got, len(got))
		}
	}
}
