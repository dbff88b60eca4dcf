//go:build unix && !solaris && !aix

package exec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	osexec "os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

// systemChildren are programs for Unix.
var systemChildren = map[string]func(args []string){
	"deaf": func(args []string) { // to SIGTERM
		signal.Ignore(syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT)
		hold(args)
	},
	"polite": func(args []string) {
		end := make(chan os.Signal, 1)
		signal.Notify(end, syscall.SIGTERM)
		go hold(args)
		<-end
		fmt.Println("cleaned up")
		syscall.Exit(3)
	},
	"family": func(args []string) { // that hears SIGTERM, and children that do not
		for range 3 {
			spawn(nil, "deaf", args[0], "ready")
		}
		hold(args)
	},
	"leave": func(args []string) { // a child behind, with the output
		spawn(nil, "deaf", args[0], "ready")
		fmt.Println("gone")
	},
	"tree": func(args []string) { // the same over three generations
		spawn(nil, "leave", args[0], "ready")
		hold(args)
	},
	"escape": func(args []string) { // out of the group
		spawn(&syscall.SysProcAttr{Setsid: true}, "deaf", args[0], "ready")
		fmt.Println("gone")
	},
	"suicide": func(args []string) {
		sig := map[string]syscall.Signal{"kill": syscall.SIGKILL, "segv": syscall.SIGSEGV, "term": syscall.SIGTERM}[args[0]]
		signal.Reset(sig)
		syscall.Kill(os.Getpid(), sig)
		select {}
	},
	"stopped": func(args []string) { // as by SIGSTOP
		conn, err := net.Dial("tcp", args[0])
		if err != nil {
			panic(err)
		}
		for {
			fmt.Fprintln(conn, os.Getpid())
			syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		}
	},
	"parent": func(args []string) { // that runs a program by a Runner
		r := &Runner{Dir: os.TempDir(), Programs: []Program{{Name: "deaf", Path: os.Args[0], Args: []string{"child", "deaf"}}}}
		_, err := r.Run(context.Background(), Command{Program: "deaf", Args: args})
		fmt.Println(err)
	},
	"groups": func([]string) {
		fmt.Println(syscall.Getpgrp() == os.Getpid())
		if runtime.GOOS == "linux" {
			stat, err := os.ReadFile("/proc/self/stat")
			if err != nil {
				panic(err)
			}
			if session := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')'):]))[4]; session != fmt.Sprint(os.Getpid()) {
				fmt.Println("in the session", session)
			}
		}
	},
	"tty": func([]string) {
		_, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
		fmt.Println(err != nil)
	},
	"files": func(args []string) { // which of those that are open is this one
		want, err := os.Stat(args[0])
		if err != nil {
			panic(err)
		}
		for fd := range 256 {
			var s syscall.Stat_t
			if syscall.Fstat(fd, &s) == nil && s.Ino == want.Sys().(*syscall.Stat_t).Ino {
				fmt.Println("open:", fd)
			}
		}
	},
}

// spawn starts one of the children and waits until it has come to the door.
func spawn(attr *syscall.SysProcAttr, args ...string) {
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	cmd := osexec.Command(os.Args[0], append([]string{"child"}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = os.Stdin, os.Stdout, os.Stderr, attr
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	w.Close()
	io.Copy(io.Discard, r)
}

// TestKill holds that nothing is left of a program, nor of what it has started, when its
// time is over or its context is done.
func TestKill(t *testing.T) {
	for _, tt := range []struct {
		name  string
		count int // of processes that come to the door
	}{{"hold", 1}, {"deaf", 1}, {"family", 4}, {"stopped", 1}} {
		t.Run(tt.name+"/cancel", func(t *testing.T) {
			d, r := listen(t), runner(t)
			ctx, cancel := context.WithCancelCause(t.Context())
			why := errors.New("the user has left")
			end := goRun(ctx, r, Command{Program: tt.name, Args: []string{d.addr()}})
			guests := enterAll(d, tt.count)
			cancel(why)
			result, err := end()
			if result == nil || result.Code != -1 || !errors.Is(err, why) {
				t.Errorf("%+v, %v", result, err)
			}
			for _, g := range guests {
				g.gone(t)
			}
			childless(t)
		})
		t.Run(tt.name+"/timeout", func(t *testing.T) {
			d, r := listen(t), runner(t)
			r.Timeout = 50 * time.Millisecond // whether they have come or not
			result, err := r.Run(t.Context(), Command{Program: tt.name, Args: []string{d.addr()}})
			if result == nil || result.Code != -1 || !errors.Is(err, ErrTimeout) {
				t.Errorf("%+v, %v", result, err)
			}
			if want := tt.name + " did not end within 50ms and was stopped: it may have done some or all of its work"; err == nil || err.Error() != want {
				t.Errorf("%v, want %s", err, want)
			}
			childless(t)
		})
	}
}

// goRun begins to run a program, and returns what waits for its end.
func goRun(ctx context.Context, r *Runner, c Command) (end func() (*Result, error)) {
	var result *Result
	var err error
	var wg sync.WaitGroup
	wg.Go(func() { result, err = r.Run(ctx, c) })
	return func() (*Result, error) {
		wg.Wait()
		return result, err
	}
}

func enterAll(d *door, n int) []*guest {
	var list []*guest
	for range n {
		list = append(list, d.enter())
	}
	return list
}

// childless holds that this process has no children, not as zombies either.
func childless(t testing.TB) {
	t.Helper()
	if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); err != syscall.ECHILD {
		t.Errorf("there is a child %d: %v", pid, err)
	}
}

// TestLeftBehind holds that what a program leaves in its group when it ends by itself is
// killed, and does not hold up the call though it has the output.
func TestLeftBehind(t *testing.T) {
	d, r := listen(t), runner(t)
	result, err := r.Run(t.Context(), Command{Program: "leave", Args: []string{d.addr()}})
	if err != nil || result.Code != 0 || string(result.Stdout.Data) != "gone\n" || result.Held {
		t.Errorf("%+v, %v", result, err)
	}
	d.enter().gone(t)
	childless(t)
}

// TestTree is the same for a grandchild whose parent is gone, in a program that is
// stopped.
func TestTree(t *testing.T) {
	d, r := listen(t), runner(t)
	ctx, cancel := context.WithCancel(t.Context())
	end := goRun(ctx, r, Command{Program: "tree", Args: []string{d.addr()}})
	guests := enterAll(d, 2)
	cancel()
	result, err := end()
	if result == nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", result, err)
	}
	for _, g := range guests {
		g.gone(t)
	}
}

// TestEscape holds that one who leaves the group does not hold up the call, and that the
// result says so.
func TestEscape(t *testing.T) {
	d, r := listen(t), runner(t)
	result, err := r.Run(t.Context(), Command{Program: "escape", Args: []string{d.addr()}})
	if err != nil || result.Code != 0 || string(result.Stdout.Data) != "gone\n" || !result.Held {
		t.Errorf("%+v, %v", result, err)
	}
	if got, want := result.String(), "exit code 0\n(something that it started goes on by itself, of which no output is shown)\nstdout:\ngone"; got != want {
		t.Errorf("%s", got)
	}
	g := d.enter()
	if _, err := fmt.Fprintln(g, "are you there?"); err != nil {
		t.Error(err)
	}
	g.Close() // upon which it ends
}

// TestParentKilled holds that on Linux a program does not outlive a process that has no
// chance to kill it.
func TestParentKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems leave the program running")
	}
	d := listen(t)
	cmd := osexec.Command(self(t), "child", "parent", d.addr())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	g := d.enter()
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	cmd.Wait()
	g.gone(t)
}

// TestPolite holds that a program is asked to end before it is made to, and that what it
// says then is not lost.
func TestPolite(t *testing.T) {
	d, r := listen(t), runner(t)
	set := mustTools(t, r)
	ctx, cancel := context.WithCancel(t.Context())
	var o tools.Outcome
	var wg sync.WaitGroup
	wg.Go(func() { o = set.Do(ctx, llm.ToolCall{Name: "polite", Args: argsOf(t, d.addr())}) })
	d.enter()
	cancel()
	wg.Wait()
	want := "exit code 3\nstdout:\ncleaned up\nerror: the call was cancelled before it ended, and may have done some or all of its work"
	if got := (llm.Message{Parts: o.Result.Content}).Text(); got != want || o.Err != context.Canceled {
		t.Errorf("%s, %v", got, o.Err)
	}
}

func TestSignals(t *testing.T) {
	set := mustTools(t, runner(t))
	for sig, want := range map[string]string{"kill": "killed", "term": "terminated"} {
		got, isErr := call(t, set, "suicide", argsOf(t, sig))
		if want := "ended by a signal: " + want + "\n(no output)"; got != want || isErr {
			t.Errorf("%s: %q, %v", sig, got, isErr)
		}
	}
}

// TestAlone holds what a program does not have: a terminal, our group, our open files.
func TestAlone(t *testing.T) {
	set := mustTools(t, runner(t))
	secret := filepath.Join(t.TempDir(), "secret")
	f, err := os.Create(secret)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for name, tt := range map[string]struct{ args, want string }{
		"groups": {`{}`, "exit code 0\nstdout:\ntrue"},
		"tty":    {`{}`, "exit code 0\nstdout:\ntrue"},
		"files":  {argsOf(t, secret), "exit code 0\n(no output)"},
	} {
		if got, isErr := call(t, set, name, tt.args); got != tt.want || isErr {
			t.Errorf("%s: %q, %v", name, got, isErr)
		}
	}
}

// TestNoDescriptors holds that no open file is left, whatever became of the program.
func TestNoDescriptors(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the open files are counted in /proc")
	}
	r := runner(t)
	r.Programs = append(r.Programs, Program{Name: "broken", Path: broken(t)})
	r.MaxWritten = 1 << 16
	// Go starts files of its own with the first process.
	if _, err := r.Run(t.Context(), Command{Program: "exit", Args: []string{"0"}}); err != nil {
		t.Fatal(err)
	}
	before := names(t, "/proc/self/fd")
	for range 5 {
		for _, c := range []Command{{"exit", []string{"1"}, ""}, {"line", nil, strings.Repeat("x\n", 1<<16)}, {"flood", nil, ""}, {"broken", nil, ""}, {"none", nil, ""}} {
			r.Run(t.Context(), c)
		}
	}
	if after := names(t, "/proc/self/fd"); len(after) != len(before) {
		t.Errorf("open files: %v, were %v", after, before)
	}
}

// broken makes a file that may be run, but cannot be.
func broken(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(file, []byte("#!/nowhere/interpreter\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestStart(t *testing.T) {
	file := broken(t)
	r := &Runner{Dir: t.TempDir(), Programs: []Program{{Name: "broken", Path: file, Stdin: true}}}
	result, err := r.Run(t.Context(), Command{Program: "broken", Input: "x"})
	if result != nil || !errors.Is(err, ErrStart) || !errors.Is(err, syscall.ENOENT) {
		t.Errorf("%v, %v", result, err)
	}
	if want := "broken could not be started: no such file or directory"; err.Error() != want {
		t.Errorf("%v", err)
	}
}

// TestParallel holds that no more run at once than may, and that waiting ends with the
// context.
func TestParallel(t *testing.T) {
	d, r := listen(t), runner(t)
	r.Parallel = 2
	mustTools(t, r)
	ended := make(chan error, 3)
	for range 3 {
		go func() {
			_, err := r.Run(t.Context(), Command{Program: "hold", Args: []string{d.addr()}})
			ended <- err
		}()
	}
	a, b := d.enter(), d.enter()
	if n := len(r.built.places); n != 2 {
		t.Errorf("%d places are taken", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Run(ctx, Command{Program: "hold", Args: []string{d.addr()}}); !errors.Is(err, context.Canceled) || !strings.HasSuffix(err.Error(), "was not run: the call was cancelled") {
		t.Errorf("%v", err)
	}
	a.Close()
	c := d.enter()
	b.Close()
	c.Close()
	for range 3 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if n := len(r.built.places); n != 0 {
		t.Errorf("%d places are taken", n)
	}
}

// TestNoGoroutines holds that no goroutine is left, whatever became of the program.
func TestNoGoroutines(t *testing.T) {
	d, r := listen(t), runner(t)
	r.Programs = append(r.Programs, Program{Name: "broken", Path: broken(t)})
	r.MaxWritten = 1 << 16
	ctx, cancel := context.WithCancel(t.Context())
	end := goRun(ctx, r, Command{Program: "deaf", Args: []string{d.addr()}})
	d.enter()
	cancel()
	end()
	for _, c := range []Command{{"exit", []string{"1"}, ""}, {"line", nil, strings.Repeat("x\n", 1<<16)}, {"flood", nil, ""}, {"broken", nil, ""}, {"none", nil, ""}, {"escape", []string{d.addr()}, ""}} {
		r.Run(t.Context(), c)
	}
	d.enter().Close()
	stacks := make([]byte, 1<<20)
	for range 1_000_000 { // one that has said that it is done has a few instructions left
		text := string(stacks[:runtime.Stack(stacks, true)])
		if !strings.Contains(text, "exec.(*process)") && !strings.Contains(text, "exec.(*streams)") {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%s", stacks[:runtime.Stack(stacks, true)])
}
