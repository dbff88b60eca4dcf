package main

import "testing"

func TestWidth(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "中文": 4, "a中": 3, "，。": 4, "￥5": 3, "é": 1, "e\u0301": 1, "…": 1, "かな": 4} {
		if got := width(s); got != want {
			t.Errorf("width(%q) = %d, want %d", s, got, want)
		}
	}
	for _, tt := range []struct {
		s    string
		n    int
		want string
	}{{"abc", 2, "ab"}, {"abc", 3, "abc"}, {"中文", 3, "中"}, {"中文", 0, ""}} {
		if got := cut(tt.s, tt.n); got != tt.want {
			t.Errorf("cut(%q, %d) = %q, want %q", tt.s, tt.n, got, tt.want)
		}
	}
}

func TestTable(t *testing.T) {
	same(t, (&table{
		header: []string{"name", "never", "sum"},
		right:  []bool{false, false, true},
		rows:   [][]string{{"测深仪", "", "8.00"}, {"a\x1bb", "", "12.50"}},
	}).String(), `  name      sum
  测深仪   8.00
  a�b     12.50
`)
	same(t, describe([]field{{name: "a", value: "1"}, {name: "empty"}, {name: "list", table: &table{rows: [][]string{{"x\ny"}}}}, {name: "none", table: &table{}}}), `  a      1
  list
    x y
`)
}
