package memorytest_test

import (
	"path/filepath"
	"testing"

	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/memory/memorytest"
)

// The test of a store that outlives its program, which goes into a file of tests
// as a function such as TestStore.
func ExampleTestMemory() {
	TestStore := func(t *testing.T) {
		open := func(t testing.TB, path string) memory.Memory {
			m := &memory.File{Path: path}
			t.Cleanup(func() { m.Close() })
			return m
		}
		memorytest.TestMemory(t, func(t testing.TB) memory.Memory {
			return open(t, filepath.Join(t.TempDir(), "chat.jsonl"))
		}, func(t testing.TB, m memory.Memory) memory.Memory {
			old := m.(*memory.File)
			if err := old.Close(); err != nil {
				t.Fatal(err)
			}
			return open(t, old.Path)
		})
	}
	_ = TestStore
}

// The test of a store that two processes can have open at once. A Buffer twice
// stands for it here.
func ExampleTestShared() {
	TestStore := func(t *testing.T) {
		memorytest.TestShared(t, func(testing.TB) (a, b memory.Memory) {
			m := new(memory.Buffer)
			return m, m
		})
	}
	_ = TestStore
}
