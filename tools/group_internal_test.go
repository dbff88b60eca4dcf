package tools

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// Who gives up waiting just as a place is free hands it on.
func TestAbandonedPlace(t *testing.T) {
	g := &Group{taken: 1}
	granted, waiting := make(chan bool, 1), make(chan bool, 1)
	g.queue = []chan bool{granted, waiting}
	g.leave()
	g.abandon(granted)
	if !<-waiting || g.taken != 1 || len(g.queue) != 0 {
		t.Errorf("%+v", g)
	}
	refused := make(chan bool, 1)
	g.queue = []chan bool{refused}
	g.stray(1)
	g.abandon(refused)
	if g.taken != 1 || g.strays != 1 {
		t.Errorf("taken %d, strays %d", g.taken, g.strays)
	}
}

// restless is a tool that ends when it likes.
type restless struct{}

func (restless) Spec() llm.ToolSpec { return llm.ToolSpec{Name: "f"} }

func (restless) Call(ctx context.Context, _ json.RawMessage) (llm.Parts, error) {
	switch rand.IntN(5) {
	case 0:
		time.Sleep(time.Duration(rand.IntN(5000)) * time.Millisecond)
	case 1:
		<-ctx.Done()
		return nil, ctx.Err()
	case 2:
		<-ctx.Done()
		time.Sleep(time.Duration(rand.IntN(3000)) * time.Millisecond)
	case 3:
		time.Sleep(time.Second) // just as it is given up
		return nil, errors.New("late")
	}
	return nil, nil
}

// Whenever calls end, are given up or are cancelled, all places are free at last.
func TestGroupIsFreed(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			g := &Group{Limit: 1 + rand.IntN(4)}
			set := Set{With(restless{}, Policy{Group: g, Timeout: time.Second})}
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(20))*500*time.Millisecond)
					defer cancel()
					set.Call(ctx, llm.ToolCall{Name: "f"})
					if deadline, _ := ctx.Deadline(); time.Since(deadline) > grace {
						t.Errorf("the call went on for %v after the end", time.Since(deadline))
					}
				})
			}
			wg.Wait()
			time.Sleep(time.Hour)
			g.mu.Lock()
			defer g.mu.Unlock()
			if g.taken != 0 || g.strays != 0 || len(g.queue) != 0 || Strays() != 0 {
				t.Errorf("%d taken, %d strays of %d, %d in the queue", g.taken, g.strays, Strays(), len(g.queue))
			}
		})
	}
}
