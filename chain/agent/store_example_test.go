package agent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/chain/agent/agenttest"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/tools"
)

// postman returns an agent that sends mail, each of which a person is to approve of. It
// stands for one that is made anew in each process.
func postman(store agent.Store) *agent.Agent {
	send := tools.New("send", "Sends a mail.", func(_ context.Context, in struct {
		To string `json:"to"`
	}) (string, error) {
		fmt.Println("sending mail to", in.To)
		return "sent", nil
	})
	return &agent.Agent{
		Name: "postman",
		Model: &llmtest.Script{Func: func(_ int, req *llm.Request) (*llm.Response, error) {
			if req.Messages[len(req.Messages)-1].Role == llm.RoleTool {
				return &llm.Response{Message: llm.Assistant("Done.")}, nil
			}
			return &llm.Response{Message: llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{
				llm.ToolCall{ID: "1", Name: "send", Args: `{"to":"ada@example.org"}`}}}}, nil
		}},
		Tools: tools.Set{tools.With(send, tools.Policy{Effect: tools.WritesOnce, Approve: true})},
		Store: store,
	}
}

// resumeLast goes on with the newest run of a store, and approves of what it waits for.
func resumeLast(ctx context.Context, store *agent.Folder) error {
	for stored, err := range store.Runs(ctx) {
		if err != nil {
			return err
		}
		if strings.Contains(stored.ID, "/") {
			continue // of an agent that is a tool of another, which goes on with it
		}
		run, err := store.Load(ctx, stored.ID)
		if err != nil {
			return err
		}
		for _, call := range run.Waiting() {
			fmt.Println("approved:", call.Name, call.Args)
			if err := run.Grant(call.ID, time.Now().Add(time.Hour)); err != nil {
				return err
			}
		}
		for event, err := range postman(store).Resume(ctx, run) {
			if err != nil {
				return err
			}
			if event.Result != nil {
				fmt.Println(event.Result.Text)
			}
		}
		return nil
	}
	return agent.ErrNotFound
}

// A run waits for a person. Another process goes on with it.
func ExampleFolder() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()

	_, err = postman(&agent.Folder{Path: dir}).Run(ctx, "Tell Ada.")
	fmt.Println(strings.Contains(err.Error(), "a person is to decide"))

	if err := resumeLast(ctx, &agent.Folder{Path: dir}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// true
	// approved: send {"to":"ada@example.org"}
	// sending mail to ada@example.org
	// Done.
}

// A list of runs, as a program shows it that lets its user choose one to go on with.
func ExampleFolder_Runs() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	store := &agent.Folder{Path: dir}
	if _, err := postman(store).Start(ctx, "Tell Ada."); err != nil {
		log.Fatal(err)
	}
	for stored, err := range store.Runs(ctx) {
		if err != nil {
			fmt.Println(err) // of one file; the others follow
			continue
		}
		input := stored.Header.Input
		fmt.Println(stored.Header.Agent+":", input[len(input)-1].Text())
		fmt.Println(stored.Began.IsZero(), stored.Changed.IsZero())
	}
	// Output:
	// postman: Tell Ada.
	// false false
}

// Runs that are done can be removed.
func ExampleFolder_Delete() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	store := &agent.Folder{Path: dir}
	if _, err := postman(store).Start(ctx, "Tell Ada."); err != nil {
		log.Fatal(err)
	}
	for stored, err := range store.Runs(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		run, err := store.Load(ctx, stored.ID)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("next:", run.Next().Kind)
		if err := store.Delete(ctx, run.ID); err != nil {
			log.Fatal(err)
		}
		_, err = store.Load(ctx, run.ID)
		fmt.Println(strings.HasSuffix(err.Error(), "no such run"))
	}
	// Output:
	// next: model
	// true
}

// In a server a run waits in memory for a person.
func ExampleBuffer() {
	ctx := context.Background()
	store := new(agent.Buffer)
	_, err := postman(store).Run(ctx, "Tell Ada.")
	fmt.Println(err != nil)

	for stored, err := range store.Runs(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		run, err := store.Load(ctx, stored.ID)
		if err != nil {
			log.Fatal(err)
		}
		for _, call := range run.Waiting() {
			if err := run.Refuse(call.ID, "not today"); err != nil {
				log.Fatal(err)
			}
		}
		for event, err := range postman(store).Resume(ctx, run) {
			if err != nil {
				log.Fatal(err)
			}
			if event.Result != nil {
				fmt.Println(event.Result.Text)
			}
		}
		if err := store.Delete(ctx, run.ID); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// true
	// Done.
}

// A recordTable stands for a table of a database, with the primary key (id, at).
type recordTable struct {
	mu   sync.Mutex
	rows map[string][]string
}

// Append implements [agent.Store]. In a database it is one transaction that inserts the
// rows, and a row that is there already is the conflict.
func (t *recordTable) Append(ctx context.Context, id string, at int, recs ...agent.Record) error {
	if ctx.Err() != nil || len(recs) == 0 {
		return ctx.Err()
	}
	if strings.TrimSpace(id) == "" {
		return fmt.Errorf("%w: no ID", agent.ErrRecord)
	}
	rows := make([]string, len(recs))
	for i, rec := range recs {
		data, err := json.Marshal(rec)
		if err != nil {
			return err // and nothing is inserted
		}
		rows[i] = string(data)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.rows[id]); at != n {
		return fmt.Errorf("%w: there are %d records, not %d", agent.ErrConflict, n, at)
	}
	if t.rows == nil {
		t.rows = make(map[string][]string)
	}
	t.rows[id] = append(t.rows[id], rows...)
	return nil
}

// Load implements [agent.Store].
func (t *recordTable) Load(ctx context.Context, id string) (*agent.Run, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	t.mu.Lock()
	rows := t.rows[id]
	t.mu.Unlock()
	if len(rows) == 0 {
		return nil, fmt.Errorf("%q: %w", id, agent.ErrNotFound)
	}
	recs := make([]agent.Record, len(rows))
	for i, row := range rows {
		if err := json.Unmarshal([]byte(row), &recs[i]); err != nil {
			return nil, err
		}
	}
	return agent.Restore(id, recs)
}

func TestTable(t *testing.T) {
	agenttest.TestStore(t, func(testing.TB) agent.Store { return new(recordTable) })
}

// A store is two methods. Package agenttest tests that it keeps the rules.
func ExampleStore() {
	ctx := context.Background()
	store := new(recordTable)
	run, err := postman(store).Start(ctx, "Tell Ada.")
	if err != nil {
		log.Fatal(err)
	}
	for _, err := range postman(store).Resume(ctx, run) {
		if err != nil {
			break // it waits for a person
		}
	}
	again, err := store.Load(ctx, run.ID)
	if err != nil {
		log.Fatal(err)
	}
	for _, rec := range again.Log {
		fmt.Println(rec.Kind)
	}
	fmt.Println(len(again.Waiting()), "call waits")
	// Output:
	// began
	// replied
	// 1 call waits
}
