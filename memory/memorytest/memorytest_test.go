package memorytest_test

import (
	"path/filepath"
	"testing"

	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/memory/memorytest"
)

func TestBuffer(t *testing.T) {
	memorytest.TestMemory(t, func(testing.TB) memory.Memory { return new(memory.Buffer) }, nil)
}

func TestWindow(t *testing.T) {
	memorytest.TestMemory(t, func(testing.TB) memory.Memory {
		return &memory.Window{Memory: new(memory.Buffer), Tokens: 1 << 30}
	}, nil)
}

// A Buffer twice is one conversation that two have open.
func TestSharedBuffer(t *testing.T) {
	memorytest.TestShared(t, func(testing.TB) (a, b memory.Memory) {
		m := new(memory.Buffer)
		return m, m
	})
}

func TestFile(t *testing.T) {
	for name, sync := range map[string]bool{"plain": false, "sync": true} {
		t.Run(name, func(t *testing.T) {
			memorytest.TestMemory(t, func(t testing.TB) memory.Memory {
				m := &memory.File{Path: filepath.Join(t.TempDir(), "test.jsonl"), Sync: sync}
				t.Cleanup(func() { m.Close() })
				return m
			}, func(t testing.TB, m memory.Memory) memory.Memory {
				old := m.(*memory.File)
				if err := old.Close(); err != nil {
					t.Fatal(err)
				}
				m = &memory.File{Path: old.Path, Sync: sync}
				t.Cleanup(func() { m.(*memory.File).Close() })
				return m
			})
		})
	}
}
