package files

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// forest is 1,000 files of 4 KiB in 20 folders; one in a hundred has the word.
func forest(b *testing.B) string {
	files := map[string]string{}
	for i := range 1000 {
		text := strings.Repeat("a line of text that is not looked for\n", 110)
		if i%100 == 0 {
			text += "here is the needle\n"
		}
		files[fmt.Sprintf("d%02d/f%03d.txt", i%20, i)] = text
	}
	return tree(b, files)
}

func BenchmarkSearch(b *testing.B) {
	dir := forest(b)
	for _, args := range []m{{"query": "needle"}, {"query": "NEEDLE", "ignore_case": true}, {"query": `the \w+dle$`, "regexp": true}} {
		b.Run(fmt.Sprint(args["query"]), func(b *testing.B) {
			tool := (&Folder{Dir: dir}).Search()
			b.ReportAllocs()
			for b.Loop() {
				if got := must(b, tool, args); strings.Count(got, "\n") != 10 {
					b.Fatal(got)
				}
			}
		})
	}
}

// BenchmarkSearchFloor is the same without any of the care.
func BenchmarkSearchFloor(b *testing.B) {
	dir := forest(b)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(name)
			if strings.Contains(string(data), "needle") {
				n++
			}
			return err
		})
		if err != nil || n != 10 {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	dir := tree(b, map[string]string{"a": strings.Repeat("a line of text that is read\n", 40_000)})
	tool := (&Folder{Dir: dir}).Read()
	b.ReportAllocs()
	for b.Loop() {
		must(b, tool, m{"path": "a", "offset": 20_000, "limit": 200})
	}
}

func BenchmarkList(b *testing.B) {
	dir := forest(b)
	tool := (&Folder{Dir: dir, MaxResults: 2000, MaxPage: 1 << 20}).List()
	b.ReportAllocs()
	for b.Loop() {
		must(b, tool, m{"pattern": "**"})
	}
}
