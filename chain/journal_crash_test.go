package chain

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The tests of this file run their own program again as a child, which may be
// killed, with journalChildEnv naming what it shall do.
const (
	journalChildEnv = "HADAL_JOURNAL_CHILD"
	crashItems      = 1500
	crashAtOnce     = 8
)

// A crashOut is the output for an item of the batch.
type crashOut struct {
	Item int
	Text string
}

// crashText is what the batch makes of an item: of various lengths.
func crashText(item int) string {
	sum := sha256.Sum256([]byte(strconv.Itoa(item)))
	return strings.Repeat(fmt.Sprintf("%x", sum), 1+item%40)
}

// TestJournalChild is the child: it does nothing if the tests are run as usual.
func TestJournalChild(t *testing.T) {
	what, dir, _ := strings.Cut(os.Getenv(journalChildEnv), ":")
	j := &Journal{Path: filepath.Join(dir, "batch.journal")}
	switch what {
	case "batch":
		crashBatch(t, dir, j)
	case "hold":
		if _, err := Journaled(j, Lift(crashText))(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		fmt.Println("held")
		io.Copy(io.Discard, os.Stdin) // until the parent closes it
	}
}

// crashBatch runs the batch, says on the standard output which items were
// yielded, and in the file calls for which the step was called.
func crashBatch(t *testing.T, dir string, j *Journal) {
	calls, err := os.OpenFile(filepath.Join(dir, "calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	step := Journaled(j, func(_ context.Context, item int) (crashOut, error) {
		_, err := fmt.Fprintf(calls, "%d\n", item)
		return crashOut{item, crashText(item)}, err
	})
	items := func(yield func(int) bool) {
		for i := 0; i < crashItems && yield(i); i++ {
		}
	}
	for i, r := range EachSeq(t.Context(), step, items, crashAtOnce) {
		if r.Err != nil || r.Value.Item != i || r.Value.Text != crashText(i) {
			t.Fatalf("item %d is %+v", i, r)
		}
		fmt.Printf("yielded %d\n", i)
	}
	fmt.Println("complete")
}

// journalChild returns a command for the child.
func journalChild(t *testing.T, what, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Skip(err) // no processes here
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestJournalChild$")
	cmd.Env = append(os.Environ(), journalChildEnv+"="+what+":"+dir)
	cmd.Stderr = os.Stderr
	return cmd
}

// runAndKill runs the batch, kills it after so many results, or never if
// negative, and returns which items were yielded until then and whether it was
// complete.
func runAndKill(t *testing.T, dir string, after int) (yielded []int, complete bool) {
	t.Helper()
	cmd := journalChild(t, "batch", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if after == 0 {
		cmd.Process.Kill()
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		complete = complete || lines.Text() == "complete"
		if number, ok := strings.CutPrefix(lines.Text(), "yielded "); ok {
			item, err := strconv.Atoi(number)
			if err != nil {
				continue // cut by the kill
			}
			if yielded = append(yielded, item); len(yielded) == after {
				cmd.Process.Kill()
			}
		}
	}
	if err := cmd.Wait(); err != nil && after < 0 {
		t.Fatal(err)
	}
	return yielded, complete
}

// recorded returns the items whose record is whole in the journal.
func recorded(t *testing.T, dir string) map[int]bool {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "batch.journal"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	items := map[int]bool{}
	for line := range bytes.Lines(data) {
		if _, out, ok := parseRecord(bytes.TrimSuffix(line, []byte("\n"))); ok && line[len(line)-1] == '\n' {
			var v crashOut
			if err := json.Unmarshal(out, &v); err != nil {
				t.Fatal(err)
			}
			if items[v.Item] {
				t.Errorf("item %d is recorded twice", v.Item)
			}
			items[v.Item] = true
		}
	}
	return items
}

// A batch that is killed again and again loses nothing that was recorded, and
// does no more twice than was under way.
func TestJournalSurvivesKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	const kills = 20
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	var before int // calls that were made until the last kill
	done := map[int]bool{}
	total := map[int]int{}
	check := func() {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(dir, "calls"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		calls := strings.Fields(string(data))
		for _, call := range calls[before:] {
			item, err := strconv.Atoi(call)
			if err != nil {
				t.Fatal(err)
			}
			if total[item]++; done[item] {
				t.Errorf("item %d was done again", item)
			}
		}
		before = len(calls)
		done = recorded(t, dir)
	}
	killed := 0
	for range kills {
		results := len(done) // that come from the journal, at least the first of them
		yielded, complete := runAndKill(t, dir, random.IntN(results+1+crashItems/kills))
		if !complete {
			killed++
		}
		check()
		for _, item := range yielded {
			if !done[item] {
				t.Errorf("item %d was yielded and is not in the journal", item)
			}
		}
	}
	yielded, complete := runAndKill(t, dir, -1)
	check()
	if len(yielded) != crashItems || !complete || len(done) != crashItems {
		t.Errorf("%d items yielded and %d recorded in the end, complete: %t; want all %d", len(yielded), len(done), complete, crashItems)
	}
	twice := 0
	for item := range crashItems {
		if total[item] == 0 {
			t.Errorf("item %d was never done", item)
		}
		twice += max(total[item]-1, 0)
	}
	if twice > killed*crashAtOnce {
		t.Errorf("%d calls too many after %d kills, want at most %d for each", twice, killed, crashAtOnce)
	}
	t.Logf("%d kills, %d calls too many", killed, twice)
}

func TestJournalInUseByAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	cmd := journalChild(t, "hold", dir)
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
	path := filepath.Join(dir, "batch.journal")
	refused := &Journal{Path: path}
	defer refused.Close()
	if _, err := Journaled(refused, Lift(crashText))(t.Context(), 1); !errors.Is(err, ErrJournalInUse) {
		t.Errorf("while another process has it: %v, want ErrJournalInUse", err)
	}
	if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
		t.Fatal(err)
	}
	j := &Journal{Path: path}
	defer j.Close()
	fail := func(context.Context, int) (string, error) { return "", errors.New("called") }
	if got, err := Journaled(j, fail)(t.Context(), 1); got != crashText(1) || err != nil {
		t.Errorf("afterwards: %.20q, %v; want what the other process recorded", got, err)
	}
}
