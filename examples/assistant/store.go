package main

import "github.com/hadal-go/hadal/chain/agent"

// newStore returns the store of the runs, in a folder.
func newStore(path string) agent.Store { return &agent.Folder{Path: path} }
