package agenttest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hadal-go/hadal/chain/agent"
)

// faults says which cases must catch what. There may be more that do.
var faults = map[string]string{
	"has no ErrNotFound":                      "Unknown",
	"loads a run that is none":                "Unknown",
	"loads a run and ErrNotFound":             "Unknown",
	"loads the newest hundred only":           "Order Big",
	"loads the newest first":                  "Order",
	"puts batches in front":                   "Order",
	"loses every tenth of a batch":            "Order Big",
	"loads without Restore":                   "Order",
	"loads under another ID":                  "Order",
	"drops reasoning that is empty":           "Exact",
	"writes arguments anew":                   "Exact",
	"writes schemas anew":                     "Exact",
	"forgets settings":                        "Exact",
	"drops the data of blobs":                 "Exact",
	"makes nil of empty parts":                "Exact",
	"drops IsError":                           "Exact",
	"drops what was used":                     "Exact",
	"drops the answer":                        "Exact",
	"drops the time that was worked":          "Exact",
	"drops when an approval expires":          "Exact",
	"keeps times to the microsecond":          "Exact Order",
	"escapes HTML":                            "Exact",
	"makes one newline of two characters":     "Exact",
	"ends text at NUL":                        "Exact",
	"composes characters":                     "Exact",
	"drops the byte order mark":               "Exact",
	"drops what is not in the basic plane":    "Exact",
	"cuts at a megabyte":                      "Big",
	"panics on megabytes":                     "Big",
	"folds the case of IDs":                   "IDs",
	"trims IDs":                               "IDs",
	"cuts IDs":                                "IDs",
	"takes IDs for paths":                     "IDs",
	"ends IDs at NUL":                         "IDs",
	"takes blank IDs":                         "BadIDs",
	"makes IDs UTF-8":                         "BadIDs",
	"has no ErrConflict":                      "Conflict Race Begin",
	"appends at any place":                    "Conflict Race",
	"takes what is too far":                   "Conflict",
	"makes runs that do not begin":            "Conflict",
	"writes over the end":                     "Conflict Race Begin",
	"takes again what is there":               "Conflict",
	"keeps what it refuses":                   "Conflict",
	"keeps half a batch":                      "Whole",
	"makes runs of nothing":                   "Nothing",
	"refuses nothing":                         "Nothing",
	"keeps the slice":                         "Own",
	"changes what it is given":                "Own",
	"hands out one run to all":                "Own",
	"loads without a context":                 "ContextEnded",
	"appends without a context":               "ContextEnded",
	"removes without a context":               "ContextEnded",
	"appends one by one":                      "ContextEnds Concurrent",
	"looks and then appends":                  "Race",
	"is one run":                              "ManyRuns",
	"lists ten runs only":                     "Runs",
	"lists runs without what they began with": "Runs",
	"lists runs without a time":               "Runs",
	"lists runs for each record":              "Runs",
	"lists on when it is left":                "Runs",
	"lists without a context":                 "Runs",
	"removes nothing":                         "Delete",
	"removes what is not there":               "Delete",
	"removes by pattern":                      "Delete",
	"removes what begins alike":               "Delete",
}

// A single store has one run, whatever it is asked for.
type single struct{ agent.Store }

func (s single) Append(ctx context.Context, _ string, at int, recs ...agent.Record) error {
	return s.Store.Append(ctx, "run", at, recs...)
}

// judge returns which of the cases, or of all if none is named, find something wrong, and
// what.
func judge(t *testing.T, name string, only ...string) (caught map[string]string) {
	t.Helper()
	caught = map[string]string{}
	for _, c := range cases {
		if len(only) > 0 && !slices.Contains(only, c.name) {
			continue
		}
		p := &probed{open: func() agent.Store {
			if name == "is one run" {
				return single{&faulty{}}
			}
			return listing{&faulty{name: name}}
		}}
		if found := p.run(t.Context(), c); len(found) > 0 {
			caught[c.name] = found[0]
		}
	}
	return caught
}

// Each faulty store is caught by the cases that are about its fault.
func TestFaults(t *testing.T) {
	for name, want := range faults {
		t.Run(name, func(t *testing.T) {
			wants := strings.Fields(want)
			caught := judge(t, name, wants...)
			for _, c := range wants {
				if caught[c] == "" {
					t.Errorf("the case %s has not caught it", c)
				}
				t.Logf("%s: %.300s", c, caught[c])
			}
		})
	}
}

// The store that all of these are made of keeps every rule, and need not list its runs.
func TestNoFault(t *testing.T) {
	for name, found := range judge(t, "") {
		t.Errorf("%s: %s", name, found)
	}
	for _, c := range cases {
		p := &probed{open: func() agent.Store { return new(faulty) }}
		for _, found := range p.run(t.Context(), c) {
			t.Errorf("%s, of a store without a list: %s", c.name, found)
		}
	}
}

// Each case catches a store.
func TestEveryCaseHasAFault(t *testing.T) {
	for _, c := range cases {
		catches := false
		for _, want := range faults {
			catches = catches || slices.Contains(strings.Fields(want), c.name)
		}
		if !catches {
			t.Errorf("no fault is caught by the case %s", c.name)
		}
	}
}

// A cached store shows what the other has appended only when it appends itself.
type cached struct {
	agent.Store
	mu   sync.Mutex
	logs map[string][]agent.Record
}

func (c *cached) Load(ctx context.Context, id string) (*agent.Run, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if log := c.logs[id]; log != nil {
		return agent.Restore(id, slices.Clone(log))
	}
	r, err := c.Store.Load(ctx, id)
	if err == nil {
		c.logs = map[string][]agent.Record{id: r.Log}
	}
	return r, err
}

func (c *cached) Append(ctx context.Context, id string, at int, recs ...agent.Record) error {
	err := c.Store.Append(ctx, id, at, recs...)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.logs = nil
	}
	return err
}

func TestSharedFaults(t *testing.T) {
	pairs := map[string]func() (a, b agent.Store){
		"not one store": func() (a, b agent.Store) { return new(agent.Buffer), new(agent.Buffer) },
		"cached": func() (a, b agent.Store) {
			s := new(agent.Buffer)
			return &cached{Store: s}, &cached{Store: s}
		},
		"looks and then appends": func() (a, b agent.Store) {
			s := &faulty{name: "looks and then appends"}
			return s, s
		},
		"drops IsError": func() (a, b agent.Store) {
			s := &faulty{name: "drops IsError"}
			return s, s
		},
		"removes nothing": func() (a, b agent.Store) {
			s := listing{&faulty{name: "removes nothing"}}
			return s, s
		},
		"appends one by one": func() (a, b agent.Store) {
			s := &faulty{name: "appends one by one"}
			return s, s
		},
	}
	want := map[string]string{"not one store": "Known Exact Race Begin Concurrent", "cached": "Known", "looks and then appends": "Race",
		"drops IsError": "Exact", "removes nothing": "Delete", "appends one by one": "Concurrent"}
	for name, pair := range pairs {
		for _, c := range sharedCases {
			p := &probed{pair: pair}
			if found := p.run(t.Context(), c); slices.Contains(strings.Fields(want[name]), c.name) && len(found) == 0 {
				t.Errorf("%s: the case %s has not caught it", name, c.name)
			}
		}
	}
}
