package memory_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
)

// benchTurn returns a turn of about 2 kB: a question, a call, its result, an answer.
func benchTurn(i int) memory.Turn {
	text := strings.Repeat("All that is known of it. ", 24)
	t := memory.Turn{ID: fmt.Sprint(i), Messages: []llm.Message{
		llm.User("What is known of number " + fmt.Sprint(i)), calls("1"),
		message(llm.RoleTool, llm.ToolResult{ID: "1", Name: "f", Content: llm.Parts{llm.Text(text)}}),
		message(llm.RoleAssistant, llm.Reasoning{Text: text}, llm.Text(text)),
	}}
	if i > 0 {
		t.After = fmt.Sprint(i - 1)
	}
	return t
}

// BenchmarkCheck checks turns of so many calls: what one costs does not grow.
func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			turn := manyCalls(n)
			b.ReportAllocs()
			for b.Loop() {
				if err := turn.Check(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/call")
		})
	}
}

func benchAppend(b *testing.B, m memory.Memory) {
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if err := m.Append(b.Context(), benchTurn(i)); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkBufferAppend(b *testing.B) { benchAppend(b, new(memory.Buffer)) }

func BenchmarkFileAppend(b *testing.B) {
	f := &memory.File{Path: filepath.Join(b.TempDir(), "chat.jsonl"), Limit: -1}
	defer f.Close()
	benchAppend(b, f)
}

// BenchmarkFileFloor is what an Append to a File cannot do without: one write,
// and before it the encoding.
func BenchmarkFileFloor(b *testing.B) {
	for _, encode := range []bool{false, true} {
		b.Run(map[bool]string{false: "write", true: "encode"}[encode], func(b *testing.B) {
			f, err := os.Create(filepath.Join(b.TempDir(), "floor"))
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			line, err := json.Marshal(benchTurn(1))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				i++
				if encode {
					if line, err = json.Marshal(benchTurn(i)); err != nil {
						b.Fatal(err)
					}
				}
				if _, err := f.Write(line); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFileOpen opens a File of 1,000 turns.
func BenchmarkFileOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "chat.jsonl")
	open := func() *memory.File { return &memory.File{Path: path} }
	f := open()
	for i := range 1000 {
		if err := f.Append(b.Context(), benchTurn(i)); err != nil {
			b.Fatal(err)
		}
	}
	f.Close()
	if info, err := os.Stat(path); err == nil {
		b.SetBytes(info.Size())
	}
	b.ReportAllocs()
	for b.Loop() {
		f := open()
		if _, err := f.Load(b.Context()); err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
}

// BenchmarkLoad loads 1,000 turns that are in memory.
func BenchmarkLoad(b *testing.B) {
	m := new(memory.Buffer)
	for i := range 1000 {
		if err := m.Append(b.Context(), benchTurn(i)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Load(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWindow loads a conversation after each of its turns: what a turn costs,
// and how many messages are counted for it, does not grow with their number.
func BenchmarkWindow(b *testing.B) {
	for _, turns := range []int{250, 500, 1000, 2000} {
		b.Run(fmt.Sprint(turns), func(b *testing.B) {
			list := make([]memory.Turn, turns)
			for i := range list {
				list[i] = benchTurn(i)
			}
			var counter *letters
			b.ReportAllocs()
			for b.Loop() {
				counter = new(letters)
				m := &memory.Window{Memory: new(memory.Buffer), Tokens: 100_000, Counter: counter}
				for _, t := range list {
					if err := m.Append(b.Context(), t); err != nil {
						b.Fatal(err)
					}
					if _, err := m.Load(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(turns), "ns/turn")
			b.ReportMetric(float64(counter.messages.Load())/float64(turns), "counted/turn")
		})
	}
}
