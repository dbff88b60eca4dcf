package chain_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/hadal-go/hadal/chain"
)

// A page is an input of about 1 kB, a digest an output of about 200 bytes.
type page struct {
	Number int
	Text   string
}

type digest struct {
	Number  int
	Title   string
	Topics  []string
	Summary string
}

func newPage(i int) page { return page{i, pageText} }

var pageText = func() string {
	text := make([]byte, 1000)
	for i := range text {
		text[i] = 'a' + byte(i%26)
	}
	return string(text)
}()

func digestOf(_ context.Context, p page) (digest, error) {
	return digest{p.Number, "Of the deep sea", []string{"sea", "depth", "light"}, p.Text[:130]}, nil
}

func BenchmarkJournaledHit(b *testing.B) {
	step := chain.Journaled(newJournal(b), digestOf)
	in := newPage(1)
	if _, err := step(b.Context(), in); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := step(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJournaledMiss(b *testing.B) {
	step := chain.Journaled(newJournal(b), digestOf)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		if _, err := step(b.Context(), newPage(i)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJournaledFloor is what a miss cannot do without: encoding input and
// output, and one write.
func BenchmarkJournaledFloor(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "floor"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		in := newPage(i)
		if _, err := json.Marshal(in); err != nil {
			b.Fatal(err)
		}
		out, err := digestOf(b.Context(), in)
		if err != nil {
			b.Fatal(err)
		}
		line, err := json.Marshal(out)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := f.Write(append(line, '\n')); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJournalOpen opens a journal of 100,000 records, and says what a
// record takes in memory.
func BenchmarkJournalOpen(b *testing.B) {
	const records = 100_000
	path := filepath.Join(b.TempDir(), "big.journal")
	j := &chain.Journal{Path: path}
	step := chain.Journaled(j, digestOf)
	for i := range records {
		if _, err := step(b.Context(), newPage(i)); err != nil {
			b.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		j := &chain.Journal{Path: path}
		if _, err := chain.Journaled(j, digestOf)(b.Context(), newPage(1)); err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if err := j.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/records, "B/record")
}
