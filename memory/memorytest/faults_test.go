package memorytest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hadal-go/hadal/memory"
)

// faults says which cases must catch what. There may be more that do.
var faults = map[string]string{
	"is not empty at first":                "Empty",
	"shows the newest hundred only":        "Order",
	"shows the oldest hundred only":        "Order",
	"shows the newest first":               "Order",
	"appends every tenth twice":            "Order Concurrent",
	"loses every tenth":                    "Order Concurrent",
	"marks no turns":                       "Order Kinds",
	"marks turns one late":                 "Order Kinds",
	"says the wrong Last":                  "Order",
	"shows what a Summary stands for":      "Summary Reopen",
	"loses the Summary itself":             "Summary",
	"marks no Summary":                     "Summary",
	"forgets what a Summary stands for":    "Known",
	"drops reasoning":                      "Kinds Random",
	"drops empty reasoning":                "Kinds",
	"drops empty text":                     "Kinds",
	"makes one text of several":            "Kinds",
	"makes nil of empty parts":             "Kinds",
	"drops messages of tools":              "Kinds Random",
	"takes reminders for system prompts":   "Kinds",
	"writes arguments anew":                "Kinds",
	"fills in empty arguments":             "Kinds",
	"drops IsError":                        "Kinds Random",
	"makes text of results":                "Kinds",
	"drops the data of blobs":              "Kinds Random",
	"makes nil of empty data":              "Kinds",
	"trims text":                           "Kinds",
	"ends text at NUL":                     "Kinds",
	"makes one newline of two characters":  "Kinds",
	"escapes HTML":                         "Kinds",
	"composes characters":                  "Kinds",
	"drops the byte order mark":            "Kinds",
	"drops what is not in the basic plane": "Kinds",
	"drops what is not UTF-8":              "Kinds",
	"cuts at a megabyte":                   "Big",
	"panics on megabytes":                  "Big",
	"folds the case of IDs":                "IDs",
	"trims IDs":                            "IDs",
	"cuts IDs":                             "IDs",
	"knows the newest only":                "Known IDs",
	"knows no turn":                        "Known SameTurn ContextEnds",
	"says that a turn is known":            "Known SameTurn ContextEnds",
	"looks at After first":                 "Known",
	"takes what does not follow":           "Conflict Race",
	"takes what comes after any turn":      "Conflict",
	"lets any turn begin":                  "Conflict",
	"lets a Summary come after any":        "Conflict",
	"refuses without ErrConflict":          "Conflict Race",
	"refuses without IDs":                  "Conflict",
	"refuses with one ID":                  "Conflict",
	"keeps what it refuses":                "Conflict",
	"takes what is invalid":                "Invalid",
	"refuses without ErrInvalid":           "Invalid",
	"shares what it is given":              "OwnTurn",
	"shares its messages":                  "OwnHistory",
	"hands out parts with room":            "OwnHistory",
	"changes what it is given":             "OwnTurn",
	"is one for all":                       "Separate",
	"loads without a context":              "ContextEnded",
	"appends without a context":            "ContextEnded",
	"appends message by message":           "ContextEnds",
	"looks and then appends":               "Race",
	"shows half turns":                     "Concurrent",
	"mixes up messages under load":         "Order Concurrent",
	"keeps nothing":                        "Reopen",
	"loses the newest when it is closed":   "Reopen",
	"sorts turns by ID when it is opened":  "Reopen",
	"forgets which turns it knows":         "Reopen",
	"tells only what is shown":             "Summary",
	"tells turns without After":            "Order",
	"tells its own turns":                  "Order",
	"tells all but an error":               "Order",
	"tells on when it is left":             "Order",
}

// judge returns which of the cases, or of all if none is named, find something
// wrong, and what.
func judge(t *testing.T, name string, only ...string) (caught map[string]string) {
	t.Helper()
	caught = map[string]string{}
	all := &faulty{name: name}
	for _, c := range cases {
		if len(only) > 0 && !slices.Contains(only, c.name) {
			continue
		}
		p := &probed{
			open: func() memory.Memory {
				if name == "is one for all" {
					return telling{all}
				}
				return telling{&faulty{name: name}}
			},
			reopen: func(m memory.Memory) memory.Memory {
				s := &faulty{name: name, list: m.(telling).list}
				s.past = len(s.list)
				switch name {
				case "keeps nothing":
					s.list, s.past = nil, 0
				case "loses the newest when it is closed":
					s.list = s.list[:max(len(s.list)-1, 0)]
				case "sorts turns by ID when it is opened":
					slices.SortFunc(s.list, func(a, b memory.Turn) int { return strings.Compare(a.ID, b.ID) })
				}
				return telling{s}
			},
		}
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

// The store that all of these are made of keeps every rule.
func TestNoFault(t *testing.T) {
	for name, found := range judge(t, "") {
		t.Errorf("%s: %s", name, found)
	}
}

// Each case catches a store.
func TestEveryCaseHasAFault(t *testing.T) {
	for _, c := range cases {
		catches := false
		for _, want := range faults {
			catches = catches || slices.Contains(strings.Fields(want), c.name)
		}
		if !catches && c.name != "ReopenEmpty" { // which a store breaks that does not begin well
			t.Errorf("no fault is caught by the case %s", c.name)
		}
	}
}

// A cached store shows what the other has appended only when it appends itself.
type cached struct {
	memory.Memory
	mu sync.Mutex
	h  *memory.History
}

func (c *cached) Load(ctx context.Context) (memory.History, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.h == nil {
		h, err := c.Memory.Load(ctx)
		if err != nil {
			return h, err
		}
		c.h = &h
	}
	h := *c.h
	h.Messages, h.Turns = slices.Clone(h.Messages), slices.Clone(h.Turns)
	return h, nil
}

func (c *cached) Append(ctx context.Context, t memory.Turn) error {
	err := c.Memory.Append(ctx, t)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.h = nil
	return err
}

func TestSharedFaults(t *testing.T) {
	pairs := map[string]func() (a, b memory.Memory){
		"not one conversation": func() (a, b memory.Memory) { return new(memory.Buffer), new(memory.Buffer) },
		"cached": func() (a, b memory.Memory) {
			m := new(memory.Buffer)
			return &cached{Memory: m}, &cached{Memory: m}
		},
		"looks and then appends": func() (a, b memory.Memory) {
			m := &faulty{name: "looks and then appends"}
			return m, m
		},
	}
	want := map[string]string{"not one conversation": "Known Concurrent Race", "cached": "Known", "looks and then appends": "Race"}
	for name, pair := range pairs {
		caught := map[string]string{}
		for _, c := range sharedCases {
			p := &probed{pair: pair}
			if found := p.run(t.Context(), c); len(found) > 0 {
				caught[c.name] = found[0]
			}
		}
		for c := range strings.FieldsSeq(want[name]) {
			if caught[c] == "" {
				t.Errorf("%s: the case %s has not caught it, only: %v", name, c, caught)
			}
		}
	}
}
