package exec

import (
	"context"
	"sync"
	"time"

	"github.com/hadal-go/hadal/tools"
)

// A Runner runs programs for a model. It needs Programs and Dir; the zero value of
// all else is a safe default.
//
// Set the fields before the first call of a method, which looks at them and at the
// programs once. Then a Runner and its tools are safe for concurrent use, and it must
// not be copied. It holds nothing open between calls.
type Runner struct {
	Programs []Program // what may be run
	Dir      string    // the folder that programs run in, as this program knows it; a model never sees it
	Env      []string  // all of their environment, as "NAME=value"; the last of a name counts

	Timeout     time.Duration // of a run, until it is stopped; 0 is 1 minute, negative is none
	MaxOutput   int           // bytes that are kept of the end of stdout, and as many of stderr; below 1 is 16 KiB
	MaxWritten  int64         // bytes that may be written to both, before the program is stopped; 0 is 64 MiB, negative is no limit
	MaxInput    int           // bytes for stdin; below 1 is 256 KiB
	MaxArgs     int           // arguments of a call; below 1 is 64
	MaxArgBytes int           // that they have in all; below 1 is 32 KiB
	Parallel    int           // programs that run at once, others wait; below 1 is 4

	once  sync.Once
	built *built
	err   error // why there is none
}

// A Program is something that may be run.
type Program struct {
	// Name is what the model calls it by, and the name of its tool: 1 to 64
	// letters, digits, hyphens and underscores. The same file may have several
	// names, each with its own Args.
	Name string
	// About says what it does, for the model. If empty, that it runs Name.
	About string
	// Path is the file: an absolute path, or if empty what the PATH of this
	// process has for Name. It is looked up once. Files that are setuid or setgid
	// are refused, as they could not be killed.
	Path string
	// Args stand before those of the model, which does not see them. If the last is
	// "--", and the program heeds it, what follows is no option.
	Args []string
	// Options are the arguments with a hyphen in front that the model may give:
	// "--stat" is that alone, and "--since=*" with a star at its end whatever
	// begins so. "-*" is any. If empty, none. What follows "--" is no exception,
	// since it may itself be the value of an option.
	Options []string
	// Check, if it is not nil, is asked about the arguments of the model, after all
	// other checks. An error refuses the call, and the model sees its text. It must
	// be safe for concurrent use.
	Check func(args []string) error
	// Stdin lets the model give input. Else there is none.
	Stdin bool
	// Effect is what the program does, with all arguments that are not refused, for
	// the policy of its tool. If zero, it is unknown.
	Effect tools.Effect
	// Unasked is for a program that may write, write once or send, by its Effect or
	// because that is unknown, and of whose calls nobody needs to approve.
	Unasked bool
}

const (
	defaultTimeout     = time.Minute
	defaultMaxOutput   = 16 << 10
	defaultMaxWritten  = 64 << 20
	defaultMaxInput    = 256 << 10
	defaultMaxArgs     = 64
	defaultMaxArgBytes = 32 << 10
	defaultParallel    = 4
)

// How long what is to end has for it.
const (
	termWait = 300 * time.Millisecond // from SIGTERM to SIGKILL
	pipeWait = time.Second            // for the output of a program that has ended
	lastWait = 400 * time.Millisecond // for that of one that was stopped: a Set waits a second in all
)

// A Command is what to run.
type Command struct {
	Program string   // the Name of one of the programs
	Args    []string // after those of the program
	Input   string   // for stdin; if empty, there is none
}

// Run runs a program and returns what became of it. It is a Func.
//
// That a program ends with an exit code other than 0, or by a signal, is a Result and
// no error. The error is an *[Error] if the command is refused ([ErrDenied]), if the
// program cannot be started ([ErrStart]) or is not what it was ([ErrChanged]), or if
// it was stopped: for the time ([ErrTimeout]), for what it wrote ([ErrFlood]), or
// because ctx was done, whose cause it then wraps. If it was stopped there is a
// Result too. An error that is no *Error says what is wrong with the Runner.
//
// Run waits for a place if as many programs run as may. It returns when the program is
// gone, with its group, and nothing is left of its own; a process that the system
// cannot kill, as one that waits for a dead network disk, holds it up.
func (r *Runner) Run(ctx context.Context, c Command) (*Result, error) {
	b, err := r.build()
	if err != nil {
		return nil, err
	}
	p := b.find(c.Program)
	if p == nil {
		return nil, b.unknown(c.Program)
	}
	return b.run(ctx, p, c)
}

// build looks at the fields and the programs, once.
func (r *Runner) build() (*built, error) {
	r.once.Do(func() { r.built, r.err = newBuilt(r) })
	return r.built, r.err
}

// run checks a command and runs it when there is a place.
func (b *built) run(ctx context.Context, p *program, c Command) (*Result, error) {
	if err := b.check(p, c); err != nil {
		return nil, err
	}
	if err := context.Cause(ctx); err != nil {
		return nil, &Error{p.Name, "was not run: the call was cancelled", err}
	}
	select {
	case b.places <- struct{}{}:
		defer func() { <-b.places }()
	case <-ctx.Done():
		return nil, &Error{p.Name, "was not run: the call was cancelled while it waited for others to end", context.Cause(ctx)}
	}
	if err := b.changed(p); err != nil {
		return nil, err
	}
	return b.start(ctx, p, c)
}
