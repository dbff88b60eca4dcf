package agenttest_test

import (
	"testing"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/chain/agent/agenttest"
)

func TestBuffer(t *testing.T) {
	agenttest.TestStore(t, func(testing.TB) agent.Store { return new(agent.Buffer) })
}

// A Buffer twice is one store that two have open.
func TestSharedBuffer(t *testing.T) {
	agenttest.TestShared(t, func(testing.TB) (a, b agent.Store) {
		s := new(agent.Buffer)
		return s, s
	})
}

func TestFolder(t *testing.T) {
	for name, sync := range map[string]bool{"plain": false, "sync": true} {
		t.Run(name, func(t *testing.T) {
			agenttest.TestStore(t, func(t testing.TB) agent.Store {
				return &agent.Folder{Path: t.TempDir(), Sync: sync}
			})
		})
	}
}

func TestSharedFolder(t *testing.T) {
	agenttest.TestShared(t, func(t testing.TB) (a, b agent.Store) {
		dir := t.TempDir()
		return &agent.Folder{Path: dir}, &agent.Folder{Path: dir}
	})
}
