package agenttest_test

import (
	"testing"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/chain/agent/agenttest"
)

// The test of a store, which goes into a file of tests as a function such as TestFiles.
func ExampleTestStore() {
	TestFiles := func(t *testing.T) {
		agenttest.TestStore(t, func(t testing.TB) agent.Store {
			return &agent.Folder{Path: t.TempDir()}
		})
	}
	_ = TestFiles
}

// The test of a store that two processes can have open at once.
func ExampleTestShared() {
	TestFiles := func(t *testing.T) {
		agenttest.TestShared(t, func(t testing.TB) (a, b agent.Store) {
			dir := t.TempDir()
			return &agent.Folder{Path: dir}, &agent.Folder{Path: dir}
		})
	}
	_ = TestFiles
}
