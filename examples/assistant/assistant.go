package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/tools"
	"github.com/hadal-go/hadal/tools/calc"
	"github.com/hadal-go/hadal/tools/clock"
	"github.com/hadal-go/hadal/tools/files"
)

const system = `You are the assistant of one person, whom you talk to on a terminal. Answer briefly, in their language.
You have a folder of files, a calculator, a clock and your own notes. Note what will still matter in later conversations.
A person sees each change before it is made and may refuse it: then ask what they would have instead.`

// An assistant is an agent, what it keeps on disk, and a terminal.
type assistant struct {
	agent  *agent.Agent
	memory *memory.File
	facts  *memory.Facts
	mark   string // path of the file that has the ID of the run that is not finished
	screen *demo.Screen
	input  *input
}

func newAssistant(model llm.Model, o options, screen *demo.Screen, in *input) *assistant {
	a := &assistant{
		memory: &memory.File{Path: filepath.Join(o.home, "conversation.jsonl")},
		facts:  &memory.Facts{Path: filepath.Join(o.home, "notes.jsonl")},
		mark:   filepath.Join(o.home, "unfinished"),
		screen: screen,
		input:  in,
	}
	work := &files.Folder{Dir: o.folder, MakeDirs: true}
	a.agent = &agent.Agent{
		Name:   "assistant",
		Model:  llm.Wrap(model, llm.Retry(3)),
		System: system,
		Tools: slices.Concat(
			work.Tools(), // read, list, search
			tools.Set{work.Write(), work.Edit(), calc.Tool(), clock.Tool(nil), clock.DateTool(nil)},
			a.facts.Tools(), // note, forget
		),
		Memory:  a.memory,
		Remind:  a.facts.Remind, // the notes, right before what the user says
		Approve: a.approve,      // before whatever changes something, notes included: a file could ask for one
		Store:   newStore(filepath.Join(o.home, "runs")),
		Limits:  agent.Limits{Time: 5 * time.Minute, Finish: true},
	}
	return a
}

func (a *assistant) close() error { return errors.Join(a.memory.Close(), a.facts.Close()) }

// turn answers a line. The error is one that ends the program.
func (a *assistant) turn(ctx context.Context, line string) error {
	a.screen.Printf("\n")
	var err error
	switch {
	case line == "/notes":
		err = a.notes(ctx)
	case line == "/resume":
		err = a.resume(ctx)
	case strings.HasPrefix(line, "/"):
		a.screen.Printf("There is no command %s.\n\n", demo.Printable(line))
	default:
		var run *agent.Run
		if run, err = a.agent.Start(ctx, line); err == nil {
			err = a.goOn(ctx, run)
		}
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil, errors.Is(err, memory.ErrInUse):
		return err
	case errors.Is(err, agent.ErrApproval):
		a.screen.Printf("[it waits for your answer: -resume asks again]\n\n")
		return nil
	}
	a.screen.Printf("[no answer: %v; /resume tries again]\n\n", err)
	return nil
}

// goOn works on a run until it is done, and shows what happens. Until then the mark says
// which run it is.
func (a *assistant) goOn(ctx context.Context, run *agent.Run) error {
	if err := os.WriteFile(a.mark, []byte(run.ID), 0o600); err != nil {
		return err
	}
	for event, err := range a.agent.Resume(ctx, run) {
		if err != nil {
			a.screen.End()
			return err
		}
		switch event.Kind() {
		case "chunk":
			a.screen.Show(event.Chunk)
		case "call":
			a.screen.Call(event.Call.ToolCall, 0)
		case "result":
			a.screen.Result(event.Call.ToolCall, event.Outcome.Result, 0)
		case "retry", "limit":
			a.screen.End()
			a.screen.Printf("[%s: %v]\n", event.Kind(), event.Err)
		case "done":
			a.screen.End()
			a.screen.Bill(event.Result.Usage, event.Result.Elapsed)
		}
	}
	return os.Remove(a.mark)
}

// last returns the ID of the run that was not finished, or "".
func (a *assistant) last() (string, error) {
	id, err := os.ReadFile(a.mark)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(id)), err
}

// resume goes on with the run that was not finished. What waits for a person is asked
// about first: calls that nobody has approved of, and those that were begun, and may have
// been done, when the program was killed.
func (a *assistant) resume(ctx context.Context) error {
	id, err := a.last()
	if err != nil {
		return err
	}
	if id == "" {
		a.screen.Printf("Nothing is left to be finished.\n\n")
		return nil
	}
	run, err := a.agent.Store.Load(ctx, id)
	if err != nil {
		return err
	}
	used := run.Used()
	input := run.Header.Input[len(run.Header.Input)-1]
	a.screen.Printf("[going on after %d model calls and %d tool calls with: %s]\n\n", used.Calls, used.Tools, demo.Printable(input.Text()))
	for _, call := range run.Waiting() {
		a.screen.Printf("[%s]\n", call.Why)
		switch err := a.approve(ctx, call.ToolCall); {
		case err == nil:
			err = run.Grant(call.ID, time.Now().Add(time.Hour))
			if err != nil {
				return err
			}
		case errors.Is(err, agent.ErrApproval) || ctx.Err() != nil:
			return err
		default:
			if err := run.Refuse(call.ID, err.Error()); err != nil {
				return err
			}
		}
	}
	return a.goOn(ctx, run)
}

// notes shows what the model has noted.
func (a *assistant) notes(ctx context.Context) error {
	list, err := a.facts.Notes(ctx)
	for _, n := range list {
		a.screen.Printf("  %s: %s\n", demo.Printable(n.Name), demo.Printable(n.Text))
	}
	if len(list) == 0 && err == nil {
		a.screen.Printf("There are no notes.\n")
	}
	a.screen.Printf("\n")
	return err
}

// approve asks the user about a call, and shows all of it. What is neither yes nor no is
// the reason why not, for the model.
func (a *assistant) approve(ctx context.Context, call llm.ToolCall) error {
	a.screen.End()
	a.screen.Details(call)
	a.screen.Printf("May it? [y/n, or what to do instead] ")
	answer, err := a.input.line(ctx)
	a.screen.Printf("\n")
	switch strings.ToLower(answer) {
	case "y", "yes", "是", "好":
		return nil
	}
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("nobody answered: %w", agent.ErrApproval)
	case err != nil:
		return err
	case answer == "" || strings.EqualFold(answer, "n") || strings.EqualFold(answer, "no") || answer == "否":
		return errors.New("the user does not want it")
	}
	return errors.New(answer)
}
