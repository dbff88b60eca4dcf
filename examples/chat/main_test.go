package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func TestMain(m *testing.M) { deepseektest.Main(m) }

// masked replaces the times in an output.
func masked(out string) string {
	return regexp.MustCompile(`[\d.]+m?s\]`).ReplaceAllString(out, "TIME]")
}

// said returns the conversations that the server received, one to a line.
func said(server *deepseektest.Server) string {
	var b strings.Builder
	for _, r := range server.Requests() {
		var list []string
		for _, m := range r.Messages {
			list = append(list, m.Content)
		}
		b.WriteString(strings.Join(list, " | ") + "\n")
	}
	return b.String()
}

// script returns replies with a text each.
func script(texts ...string) []deepseektest.Reply {
	var list []deepseektest.Reply
	for _, text := range texts {
		list = append(list, deepseektest.Reply{Text: text, Usage: &llm.Usage{Input: 9, Output: 2}})
	}
	return list
}

// stalled is a reply that says how it begins, and no more.
var stalled = deepseektest.Reply{Text: "Once upon a time there was a fish.", CutAfter: 1200, Cut: deepseektest.CutStall}

func TestPiped(t *testing.T) {
	server := deepseektest.NewServer(t, script("Hello.", "Again.", "New.")...)
	service := &demo.Service{Client: &deepseek.Client{BaseURL: server.URL()}, About: "A script."}
	var out strings.Builder
	in := "Hi.\n\n  And now?  \n/new\nWho?\n/help\n"
	if err := run(t.Context(), service, strings.NewReader(in), &out, nil); err != nil {
		t.Fatal(err)
	}
	want := `A script.

/new begins a new conversation, /quit ends the program, Ctrl-C stops a reply.

> 
Hello.

[9 tokens in, 0 of them cached; 2 out, 0 of them reasoning; TIME]

> > 
Again.

[9 tokens in, 0 of them cached; 2 out, 0 of them reasoning; TIME]

> A new conversation.

> 
New.

[9 tokens in, 0 of them cached; 2 out, 0 of them reasoning; TIME]

> There is no command /help, only /new and /quit.

> 
`
	if got := masked(out.String()); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got, want := said(server), "Hi.\nHi. | Hello. | And now?\nWho?\n"; got != want {
		t.Errorf("sent:\n%s\nwant:\n%s", got, want)
	}
}

// TestQuit holds that nothing is sent after /quit.
func TestQuit(t *testing.T) {
	server := deepseektest.NewServer(t)
	service := &demo.Service{Client: &deepseek.Client{BaseURL: server.URL()}}
	if err := run(t.Context(), service, strings.NewReader("/quit\nHi.\n"), io.Discard, nil); err != nil {
		t.Error(err)
	}
	if got := said(server); got != "" {
		t.Errorf("sent:\n%s", got)
	}
}

// TestFailure holds that the chat goes on after a reply that broke off or never
// came, without it.
func TestFailure(t *testing.T) {
	cut := stalled
	cut.Cut = deepseektest.CutClose
	server := deepseektest.NewServer(t, cut, deepseektest.Reply{Status: 402}, script("Fine.")[0])
	service := &demo.Service{Client: &deepseek.Client{BaseURL: server.URL()}}
	var out strings.Builder
	if err := run(t.Context(), service, strings.NewReader("One.\nTwo.\nThree.\n"), &out, nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Once upon", "[no reply: deepseek: reply ended early", "[no reply: deepseek: account out of credit", "Fine."} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
	if got, want := said(server), "One.\nTwo.\nThree.\n"; got != want {
		t.Errorf("sent:\n%s\nwant:\n%s", got, want)
	}
}

func TestLongLine(t *testing.T) {
	server := deepseektest.NewServer(t, script("Read.")...)
	service := &demo.Service{Client: &deepseek.Client{BaseURL: server.URL()}}
	if err := run(t.Context(), service, strings.NewReader(strings.Repeat("x", 100_000)), io.Discard, nil); err != nil {
		t.Error(err)
	}
	if got := said(server); len(got) != 100_001 {
		t.Errorf("sent %d bytes", len(got))
	}
	if err := run(t.Context(), service, strings.NewReader(strings.Repeat("x", 2<<20)), io.Discard, nil); err == nil {
		t.Error("no error for a line of 2 MiB")
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestBrokenOutput(t *testing.T) {
	want := errors.New("closed")
	if err := run(t.Context(), &demo.Service{Client: &deepseek.Client{}}, strings.NewReader(""), brokenWriter{want}, nil); !errors.Is(err, want) {
		t.Errorf("%v, want %v", err, want)
	}
}

// A terminal is the other end of a chat.
type terminal struct {
	t    *testing.T
	in   io.Writer
	out  io.Reader
	seen string // and not yet waited for
}

// say types a line.
func (x *terminal) say(line string) {
	x.t.Helper()
	if _, err := io.WriteString(x.in, line+"\n"); err != nil {
		x.t.Fatal(err)
	}
}

// wait waits until text is shown.
func (x *terminal) wait(text string) {
	x.t.Helper()
	buf := make([]byte, 4096)
	for !strings.Contains(x.seen, text) {
		n, err := x.out.Read(buf)
		x.seen += string(buf[:n])
		if err != nil && !strings.Contains(x.seen, text) {
			x.t.Fatalf("%v while waiting for %q in %q", err, text, x.seen)
		}
	}
	_, x.seen, _ = strings.Cut(x.seen, text)
}

func TestInterrupt(t *testing.T) {
	server := deepseektest.NewServer(t, stalled, script("Fine.")[0], stalled)
	service := &demo.Service{Client: &deepseek.Client{BaseURL: server.URL()}}
	stdin, in := io.Pipe()
	out, stdout := io.Pipe()
	late := time.AfterFunc(time.Minute, func() { stdout.CloseWithError(errors.New("a minute has passed")) })
	defer late.Stop()
	interrupts := make(chan os.Signal, 1)
	ended := make(chan error, 1)
	go func() {
		err := run(context.Background(), service, stdin, stdout, interrupts)
		stdout.Close()
		ended <- err
	}()
	x := &terminal{t: t, in: in, out: out}
	x.wait("> ")
	x.say("Tell me a story.")
	x.wait("Once upon")
	interrupts <- os.Interrupt
	x.wait("[stopped")
	x.wait("> ")
	x.say("How are you?") // the program goes on
	x.wait("Fine.")
	x.wait("> ")
	interrupts <- os.Interrupt // which does not end it, as something else came in between
	x.wait("[Ctrl-C again to leave]\n> ")
	x.say("Tell me a story.")
	x.wait("Once upon")
	interrupts <- os.Interrupt
	x.wait("[stopped")
	x.wait("> ")
	interrupts <- os.Interrupt
	x.wait("\n")
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	in.Close() // lets the reader go
	if got, want := said(server), "Tell me a story.\nHow are you?\nHow are you? | Fine. | Tell me a story.\n"; got != want {
		t.Errorf("sent:\n%s\nwant:\n%s", got, want)
	}
}

// TestSignal interrupts a real process: first a reply, then the program.
func TestSignal(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot send another a Ctrl-C there")
	}
	if testing.Short() {
		t.Skip("runs the go command")
	}
	server := deepseektest.NewServer(t, deepseektest.Reply{
		Text: strings.Repeat("Once upon a time there was a fish. ", 1000),
		Pace: 20 * time.Millisecond,
	})
	bin := filepath.Join(t.TempDir(), "chat")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin)
	cmd.Env = append(os.Environ(), "DEEPSEEK_API_KEY=", "DEEPSEEK_MODEL=", "DEEPSEEK_BASE_URL="+server.URL())
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	x := &terminal{t: t, in: in, out: out}
	interrupt := func() {
		t.Helper()
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	x.wait("Talking to deepseek-flash at 127.0.0.1:")
	x.wait("> ")
	x.say("Tell me a story.")
	x.wait("Once upon a time")
	interrupt()
	x.wait("[stopped")
	x.wait("> ")
	x.say("/new")
	x.wait("A new conversation.")
	x.wait("> ")
	interrupt()
	x.wait("[Ctrl-C again to leave]")
	interrupt()
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestArguments(t *testing.T) {
	want := `"Hello" is of no use here: start the program, and type what there is to say`
	if err := start(t.Context(), []string{"Hello", "there"}, nil); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
