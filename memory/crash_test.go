package memory

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/hadal-go/hadal/llm"
)

// The tests of this file run their own program again as a child, which may be
// killed, with childEnv naming what it shall do.
const childEnv = "HADAL_MEMORY_CHILD"

// crashTurn returns turn i: of various lengths, with a call and its result.
func crashTurn(i int) Turn {
	text := strings.Repeat(fmt.Sprintf("%x", sha256.Sum256([]byte(strconv.Itoa(i)))), 1+i%20)
	t := Turn{ID: strconv.Itoa(i), Messages: []llm.Message{
		llm.User(text),
		{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.ToolCall{ID: "c", Name: "f", Args: `{ "a": 1.0 }`}}},
		{Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "c", Name: "f", Content: llm.Parts{llm.Text(text)}}}},
		llm.Assistant(text),
	}}
	if i > 0 {
		t.After = strconv.Itoa(i - 1)
	}
	return t
}

// TestChild is the child: it does nothing if the tests are run as usual.
func TestChild(t *testing.T) {
	what, path, _ := strings.Cut(os.Getenv(childEnv), ":")
	f := &File{Path: path}
	switch what {
	case "talk": // goes on with the conversation, and says which turns are acknowledged, until it is killed
		h, err := f.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range 100 {
			i += len(h.Turns)
			if err := f.Append(t.Context(), crashTurn(i)); err != nil {
				t.Fatal(err)
			}
			fmt.Printf("has %d\n", i)
		}
	case "share": // opens the file for each of its turns, as others do
		for i := range shareTurns {
			f := &File{Path: path, Wait: true}
			if err := errors.Join(Append(t.Context(), f, llm.User(fmt.Sprintf("%d %d", os.Getpid(), i))), f.Close()); err != nil {
				t.Fatal(err)
			}
		}
	case "hold":
		if _, err := f.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		fmt.Println("held")
		io.Copy(io.Discard, os.Stdin) // until the parent closes it
	}
}

// child returns a command for the child.
func child(t *testing.T, what, path string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Skip(err) // no processes here
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childEnv+"="+what+":"+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// talk lets the child append turns, kills it after so many, and returns the last
// one that was acknowledged, or -1.
func talk(t *testing.T, path string, turns int) int {
	t.Helper()
	cmd := child(t, "talk", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last, seen := -1, 0
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // cut by the kill
		}
		if _, err := fmt.Sscanf(line, "has %d\n", &last); err == nil {
			if seen++; seen == turns {
				cmd.Process.Kill()
			}
		}
	}
	cmd.Wait()
	return last
}

// However often it is killed, a conversation has every turn that was acknowledged,
// in order and whole.
func TestFileSurvivesKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	const kills = 24
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	path := filepath.Join(t.TempDir(), "chat.jsonl")
	known := 0
	for range kills {
		last := talk(t, path, 1+random.IntN(40))
		f := &File{Path: path}
		h, err := f.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(h.Turns) <= last || len(h.Turns) < known {
			t.Fatalf("%d turns are left, but turn %d was acknowledged, and %d were there before", len(h.Turns), last, known)
		}
		for i, mark := range h.Turns {
			want := crashTurn(i)
			if mark.ID != want.ID || !reflect.DeepEqual(h.messages(i), want.Messages) {
				t.Fatalf("turn %d is not as it was appended", i)
			}
		}
		for i := max(last-5, 0); i <= last; i++ { // as a program does that has not heard of the end
			if err := f.Append(t.Context(), crashTurn(i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		known = len(h.Turns)
	}
	t.Logf("%d turns after %d kills", known, kills)
}

const shareTurns = 40

// Processes that wait for each other make one conversation.
func TestFileShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chat.jsonl")
	want := map[string]int{} // how many turns of each process have been seen
	var wg sync.WaitGroup
	for range 3 {
		cmd := child(t, "share", path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		want[strconv.Itoa(cmd.Process.Pid)] = 0
		wg.Go(func() {
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	f := &File{Path: path}
	defer f.Close()
	h, err := f.Load(t.Context())
	if err != nil || len(h.Turns) != len(want)*shareTurns {
		t.Fatalf("%d turns, %v; want %d", len(h.Turns), err, len(want)*shareTurns)
	}
	for _, m := range h.Messages {
		pid, i, _ := strings.Cut(m.Text(), " ")
		if n, ok := want[pid]; !ok || i != strconv.Itoa(n) {
			t.Fatalf("turn %s of process %s stands where turn %d is due", i, pid, n)
		}
		want[pid]++
	}
}

func TestFileInUseByAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chat.jsonl")
	cmd := child(t, "hold", path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	refused, waits := &File{Path: path}, &File{Path: path, Wait: true}
	defer refused.Close()
	defer waits.Close()
	if err := refused.Append(t.Context(), fileTurn(0)); !errors.Is(err, ErrInUse) {
		t.Errorf("while another process has it: %v, want ErrInUse", err)
	}
	done := make(chan error)
	go func() { done <- waits.Append(t.Context(), fileTurn(0)) }()
	if err := errors.Join(in.Close(), <-done, cmd.Wait()); err != nil {
		t.Errorf("who waits: %v", err)
	}
}
