package exec

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

// TestMain makes this binary the programs that the tests run: the first argument is
// "child", the second says which.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "child" {
		child, ok := children[os.Args[2]]
		if !ok {
			child = systemChildren[os.Args[2]]
		}
		child(os.Args[3:])
		syscall.Exit(0) // as os.Exit, but the race detector does not sleep for a second
	}
	os.Exit(m.Run())
}

// children are programs for every system.
var children = map[string]func(args []string){
	"echo": func(args []string) {
		for _, a := range args {
			fmt.Printf("%q\n", a)
		}
	},
	"env": func([]string) {
		for _, v := range os.Environ() {
			if !strings.HasPrefix(v, "SYSTEMROOT=") { // of Windows
				fmt.Println(v)
			}
		}
	},
	"dir": func([]string) {
		dir, err := os.Getwd()
		fmt.Println(dir, err)
	},
	"argv0": func([]string) { fmt.Println(os.Args[0]) },
	"upper": func([]string) {
		data, err := io.ReadAll(os.Stdin)
		if err != nil {
			panic(err)
		}
		fmt.Print(strings.ToUpper(string(data)))
	},
	"line": func([]string) { // and no more is read
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		fmt.Printf("%q %v\n", line, err)
	},
	"exit": func(args []string) {
		code, err := strconv.Atoi(args[0])
		if err != nil {
			panic(err)
		}
		syscall.Exit(code)
	},
	"both": func(args []string) {
		fmt.Println("fine")
		fmt.Fprintln(os.Stderr, "not so fine")
		syscall.Exit(len(args))
	},
	"bytes": func(args []string) { // in hexadecimal
		for _, a := range args {
			data, err := hex.DecodeString(a)
			if err != nil {
				panic(err)
			}
			os.Stdout.Write(data)
		}
	},
	"count": func(args []string) {
		n, err := strconv.Atoi(args[0])
		if err != nil {
			panic(err)
		}
		w := bufio.NewWriter(os.Stdout)
		for i := range n {
			fmt.Fprintln(w, i)
		}
		w.Flush()
	},
	"flood": func([]string) { // without end on both
		line := []byte(strings.Repeat("y", 1023) + "\n")
		go func() {
			for {
				os.Stderr.Write(line)
			}
		}()
		for {
			os.Stdout.Write(line)
		}
	},
	"hold": hold,
}

// hold says to a listener that it runs, and goes on until the connection ends.
func hold(args []string) {
	conn, err := net.Dial("tcp", args[0])
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(conn, os.Getpid())
	if len(args) > 1 { // the one who waits for it
		if w := os.NewFile(3, "ready"); w != nil {
			w.Close()
		}
	}
	io.Copy(io.Discard, conn)
}

// self is the file of this binary.
func self(t testing.TB) string {
	t.Helper()
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// child returns a program that is one of the children.
func child(t testing.TB, name string) Program {
	return Program{Name: name, Path: self(t), Args: []string{"child", name}, Unasked: true}
}

// runner returns a Runner with all children.
func runner(t testing.TB) *Runner {
	t.Helper()
	r := &Runner{Dir: t.TempDir()}
	for name := range children {
		p := child(t, name)
		p.Stdin = name == "upper" || name == "line"
		r.Programs = append(r.Programs, p)
	}
	for name := range systemChildren {
		r.Programs = append(r.Programs, child(t, name))
	}
	slices.SortFunc(r.Programs, func(a, b Program) int { return strings.Compare(a.Name, b.Name) })
	return r
}

// mustTools returns the tools of r.
func mustTools(t testing.TB, r *Runner) tools.Set {
	t.Helper()
	set, err := r.Tools()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// call calls a tool and returns what the model is told, and whether that is an error.
func call(t testing.TB, set tools.Set, name, args string) (string, bool) {
	t.Helper()
	o := set.Do(t.Context(), llm.ToolCall{ID: "call_1", Name: name, Args: args})
	if o.Err != nil {
		t.Fatalf("%s %s: %v", name, args, o.Err)
	}
	return llm.Message{Parts: o.Result.Content}.Text(), o.Result.IsError
}

// argsOf returns the arguments of a tool as a model writes them.
func argsOf(t testing.TB, args ...string) string {
	t.Helper()
	data, err := json.Marshal(map[string][]string{"args": args})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A door is where children say that they run.
type door struct {
	t testing.TB
	net.Listener
}

// listen opens a door.
func listen(t testing.TB) *door {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return &door{t, l}
}

func (d *door) addr() string { return d.Addr().String() }

// A guest is a child that runs.
type guest struct {
	net.Conn
	pid int
}

// enter waits for the next child that says that it runs.
func (d *door) enter() *guest {
	d.t.Helper()
	if err := d.Listener.(*net.TCPListener).SetDeadline(time.Now().Add(time.Minute)); err != nil {
		d.t.Fatal(err)
	}
	conn, err := d.Accept()
	if err != nil {
		d.t.Fatalf("no child has come: %v", err)
	}
	d.t.Cleanup(func() { conn.Close() })
	g := &guest{Conn: conn}
	if _, err := fmt.Fscanln(conn, &g.pid); err != nil {
		d.t.Fatal(err)
	}
	return g
}

// gone waits until the child is no more, which the system tells by the end of its
// connection.
func (g *guest) gone(t testing.TB) {
	t.Helper()
	if err := g.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	var b [1]byte
	if n, err := g.Read(b[:]); n > 0 || os.IsTimeout(err) {
		t.Errorf("process %d goes on: %d, %v", g.pid, n, err)
	}
}

// names returns what is in a folder.
func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// copySelf makes a file that is this binary too.
func copySelf(t testing.TB, name string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	data, err := os.ReadFile(self(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}
