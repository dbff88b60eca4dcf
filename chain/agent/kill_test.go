package agent_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
)

// A killSite is a folder in which children work on one run, one after the other, and are
// killed.
type killSite struct {
	dir     string
	kills   int
	orders  []string                // to the next child
	decided map[string]killDecision // by ID of the call, without that of the run: what a person has said of it
	done    map[string]int          // calls that had a result when a child was killed, and how often they had been made then
}

// A killDecision is what a person said of a call that waited, and how often it had been made
// by then.
type killDecision struct {
	grant bool
	made  int
}

// TestKill kills children that run an agent, at random points, and between acts and their
// records, until the run is done. Then it is as if nothing had happened.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		t.Skip("the children need a pipe")
	}
	const atLeast = 60
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	want := newKillSite(t)
	if end := want.child(t, 0); end != "done" {
		t.Fatalf("the child that is not killed ends with %q", end)
	}
	wantRun := want.run(t)
	if n := len(want.acts(t)); n != 14 || len(wantRun.Messages()) < 12 {
		t.Fatalf("there are %d calls and %d messages", n, len(wantRun.Messages()))
	}
	kills, sites, asked := 0, 0, 0
	for kills < atLeast {
		s := newKillSite(t)
		s.live(t, random)
		s.check(t, want, wantRun)
		kills += s.kills
		asked += len(s.decided)
		sites++
		if t.Failed() {
			return
		}
	}
	t.Logf("%d kills in %d runs; a person was asked %d times", kills, sites, asked)
	if asked == 0 {
		t.Error("no write-once call was interrupted: the test does not look at that")
	}
}

func newKillSite(t *testing.T) *killSite {
	return &killSite{dir: t.TempDir(), decided: make(map[string]killDecision), done: make(map[string]int)}
}

// live kills children until the run is done.
func (s *killSite) live(t *testing.T, random *rand.Rand) {
	t.Helper()
	for round := 0; ; round++ {
		switch n := 1 + random.IntN(6); {
		case round > 40:
			s.orders = append(s.orders, "calm") // it is enough
		case round%3 == 0:
			s.orders = append(s.orders, fmt.Sprint("before ", n)) // stop before the nth act
		case round%3 == 1:
			s.orders = append(s.orders, fmt.Sprint("after ", n)) // between act and record
		}
		after := 0
		if round%3 == 2 && round <= 40 {
			after = 1 + random.IntN(25) // signs of life
		}
		end := s.child(t, after)
		s.orders = nil
		switch {
		case end == "killed":
			s.kills++
			s.look(t)
		case end == "done":
			return
		case strings.HasPrefix(end, "waits "):
			s.decide(t, strings.Fields(end)[1:], random)
		default:
			t.Fatalf("the child ends with %q", end)
		}
	}
}

// child runs a child and returns its last words. It is killed when it says that it has
// stopped, and after so many signs of life, if that is not 0.
func (s *killSite) child(t *testing.T, after int) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Skip(err) // no processes here
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestKillChild$")
	cmd.Env = append(os.Environ(), childDir+"="+s.dir, childOrders+"="+strings.Join(s.orders, ";"),
		"GORACE=atexit_sleep_ms=0") // else each child takes a second to end
	cmd.ExtraFiles = []*os.File{write}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	last, signs, killed := "", 0, false
	for lines := bufio.NewScanner(read); lines.Scan(); {
		last = lines.Text()
		if signs++; last == "stopped" || signs == after {
			killed = true
			cmd.Process.Kill()
		}
	}
	err = cmd.Wait()
	if last == "done" || strings.HasPrefix(last, "waits ") {
		return last // too late to be killed
	}
	if killed {
		return "killed"
	}
	return fmt.Sprintf("%s, %v", last, err)
}

// look notes which calls have a result, and that none of those was made again.
func (s *killSite) look(t *testing.T) {
	t.Helper()
	acts := s.acts(t)
	for id, n := range s.done {
		if acts[id] != n {
			t.Errorf("%s was made again, though it had a result", id)
		}
	}
	run := s.run(t)
	if run == nil {
		return
	}
	for _, rec := range run.Log {
		if rec.Kind == agent.Called {
			s.done[rec.Call] = acts[rec.Call]
		}
	}
}

// decide is the person who is asked about calls: those that were not made are granted, and
// of those that were made some are too.
func (s *killSite) decide(t *testing.T, calls []string, random *rand.Rand) {
	t.Helper()
	acts := s.acts(t)
	for _, id := range calls {
		_, short, _ := strings.Cut(id, "/")
		if d, again := s.decided[short]; again && !d.grant {
			t.Errorf("%s waits, and was refused", id)
		}
		d := killDecision{made: acts[short], grant: acts[short] == 0 || random.IntN(2) == 0}
		s.decided[short] = d
		if d.grant {
			s.orders = append(s.orders, "grant "+id)
		} else {
			s.orders = append(s.orders, "refuse "+id)
		}
	}
}

// run returns the run as it is on the disk, or nil.
func (s *killSite) run(t *testing.T) *agent.Run {
	t.Helper()
	store := &agent.Folder{Path: filepath.Join(s.dir, "runs")}
	for stored, err := range store.Runs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		run, err := store.Load(t.Context(), stored.ID)
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	return nil
}

// lines returns those of a file of the site.
func (s *killSite) lines(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// acts returns how often each call was made, by its ID without that of the run.
func (s *killSite) acts(t *testing.T) map[string]int {
	t.Helper()
	acts := make(map[string]int)
	for _, line := range s.lines(t, "acts") {
		if _, id, ok := strings.Cut(line, "/"); ok {
			acts[id]++
		}
	}
	return acts
}

// check compares what there is in the end with the site where nobody was killed.
func (s *killSite) check(t *testing.T, want *killSite, wantRun *agent.Run) {
	t.Helper()
	s.look(t)
	run := s.run(t)
	names, wantNames := s.named(t), want.named(t)
	acts := s.acts(t)
	for id := range want.acts(t) {
		d, asked := s.decided[id]
		if names[id] != wantNames[id] && !(asked && !d.grant) {
			t.Errorf("the call %s was %q, want %q", id, names[id], wantNames[id])
		}
		most := 1
		if asked {
			most = d.made
		}
		if asked && d.grant {
			most++
		}
		if wantNames[id] == "send" && acts[id] > most {
			t.Errorf("%s %s was made %d times, which a person has allowed %d times", wantNames[id], id, acts[id], most)
		}
	}
	for id := range acts {
		if wantNames[id] == "" {
			t.Errorf("a call %s was made that the model did not ask for", id)
		}
	}
	for _, line := range s.lines(t, "acts") {
		if _, id, _ := strings.Cut(line, " "); !strings.HasPrefix(id, run.ID+"/") {
			t.Errorf("a call had the CallID %q, which is not of the run %s", id, run.ID)
		}
	}
	if got, want := s.text(t, run.Messages(), wantRun), textOf(t, wantRun.Messages()); got != want {
		t.Errorf("the transcript is\n%s\nwant\n%s", got, want)
	}
	s.checkRequests(t, want, wantRun)
	m := &memory.File{Path: filepath.Join(s.dir, "talk.jsonl")}
	defer m.Close()
	h, err := m.Load(t.Context())
	if err != nil || len(h.Turns) != 1 {
		t.Fatalf("the memory has %d turns, %v; want 1", len(h.Turns), err)
	}
	if got, want := textOf(t, h.Messages), textOf(t, run.Turn()); got != want {
		t.Errorf("the memory has\n%s\nwant\n%s", got, want)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "stray")); err == nil {
		t.Error("a tool had no CallID")
	}
}

// named returns the tools of calls that were made.
func (s *killSite) named(t *testing.T) map[string]string {
	names := make(map[string]string)
	for _, line := range s.lines(t, "acts") {
		name, id, _ := strings.Cut(line, " ")
		_, id, _ = strings.Cut(id, "/")
		names[id] = name
	}
	return names
}

// checkRequests compares the requests, of which some were made again, byte for byte.
func (s *killSite) checkRequests(t *testing.T, want *killSite, wantRun *agent.Run) {
	t.Helper()
	seen := make(map[string]bool)
	var got []string
	for _, line := range s.lines(t, "requests") {
		if !strings.HasSuffix(line, "}") {
			continue // cut by a kill
		}
		var req llm.Request
		if err := json.Unmarshal([]byte(line), &req); err != nil {
			t.Fatal(err)
		}
		if text := s.text(t, req.Messages, wantRun); text == textOf(t, req.Messages) {
			if !seen[line] {
				got = append(got, line)
			}
			seen[line] = true
			continue
		} else if data := strings.Replace(line, textOf(t, req.Messages), text, 1); !seen[data] {
			got = append(got, data)
			seen[data] = true
		}
	}
	if !slices.Equal(got, want.lines(t, "requests")) {
		t.Errorf("the requests are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want.lines(t, "requests"), "\n"))
	}
}

// text returns messages as JSON, with the results of calls that were made and refused as
// they are where nobody was killed.
func (s *killSite) text(t *testing.T, list []llm.Message, wantRun *agent.Run) string {
	t.Helper()
	list = slices.Clone(list)
	replies := 0
	wantList := wantRun.Messages()
	for i, m := range list {
		if m.Role == llm.RoleAssistant {
			replies++
		}
		for k, part := range m.Parts {
			r, ok := part.(llm.ToolResult)
			if !ok {
				continue
			}
			d, asked := s.decided[fmt.Sprintf("%d.%d", replies, k+1)]
			if !asked || d.grant {
				continue
			}
			if text := (llm.Message{Parts: r.Content}).Text(); !r.IsError || !strings.Contains(text, refusal) {
				t.Errorf("the model was told %q of a call that a person has refused", text)
			}
			list[i].Parts = slices.Clone(list[i].Parts)
			list[i].Parts[k] = wantList[i].Parts[k]
		}
	}
	return textOf(t, list)
}

// textOf returns messages as JSON.
func textOf(t *testing.T, list []llm.Message) string {
	t.Helper()
	data, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
