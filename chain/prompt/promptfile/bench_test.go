package promptfile_test

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/hadal-go/hadal/chain/prompt/promptfile"
)

// memory returns the files of testdata in memory.
func inMemory(b *testing.B) fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, name := range []string{"invoice.md", "_rules.md", "invoice.json", "joke.md"} {
		data, err := os.ReadFile("testdata/prompts/" + name)
		if err != nil {
			b.Fatal(err)
		}
		fsys[name] = &fstest.MapFile{Data: data}
	}
	return fsys
}

func BenchmarkLoad(b *testing.B) {
	fsys := inMemory(b)
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := promptfile.Load[question](fsys, "joke.md"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("full", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := promptfile.Load[invoice](fsys, "invoice.md"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkRequest(b *testing.B) {
	f := promptfile.Must(promptfile.Load[invoice](inMemory(b), "invoice.md"))
	in := invoice{Document: "Three lamps"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Request(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
}
