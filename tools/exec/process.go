package exec

import (
	"context"
	"fmt"
	osexec "os/exec"
	"runtime"
	"sync"
	"time"
)

// A process is a program that runs, with all that it starts.
type process struct {
	cmd     *osexec.Cmd
	streams streams
	over    chan struct{} // closed when the program is gone, and what was left of its group was told to go
	err     error         // then: why it is not known how the program ended

	mu   sync.Mutex
	gone bool // the group may be another's by now
}

// start runs a program to its end.
func (b *built) start(ctx context.Context, p *program, c Command) (*Result, error) {
	cmd := &osexec.Cmd{Path: p.path, Args: append(p.argv[:len(p.argv):len(p.argv)], c.Args...), Env: b.env, Dir: b.dir, SysProcAttr: attributes()}
	r := &process{cmd: cmd, over: make(chan struct{})}
	if err := r.streams.open(b, cmd, c.Input); err != nil {
		return nil, notStarted(p, err)
	}
	begin := time.Now()
	started := make(chan error)
	var watch sync.WaitGroup
	watch.Go(func() { r.watch(started) })
	defer watch.Wait()
	if err := <-started; err != nil {
		r.streams.close()
		return nil, notStarted(p, err)
	}
	r.streams.copy(c.Input)
	stopped := r.await(ctx, b, p)
	most := pipeWait
	if stopped != nil {
		most = lastWait
	}
	held := r.streams.finish(most)
	if r.err != nil {
		return nil, &Error{p.Name, "has ended, but it is not known how", r.err}
	}
	result := &Result{
		Code:    cmd.ProcessState.ExitCode(),
		Signal:  signalOf(cmd.ProcessState),
		Stdout:  r.streams.out.output(),
		Stderr:  r.streams.err.output(),
		Held:    held,
		Elapsed: time.Since(begin),
	}
	return result, stopped
}

// watch starts the program and waits until it is gone.
func (r *process) watch(started chan<- error) {
	// Linux kills the program when the thread ends that has started it, which is not to
	// be before the program has.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := r.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	r.err = wait(r.cmd, r.end)
	close(r.over)
}

// end kills what is left of the group, for the last time.
func (r *process) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.gone {
		r.gone = true
		kill(r.cmd)
	}
}

// signal does something to the group unless that is gone.
func (r *process) signal(do func(*osexec.Cmd)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.gone {
		do(r.cmd)
	}
}

// await waits until the program is gone, and stops it if need be. The error is why.
func (r *process) await(ctx context.Context, b *built, p *program) error {
	var deadline <-chan time.Time
	if b.timeout > 0 {
		timer := time.NewTimer(b.timeout)
		defer timer.Stop()
		deadline = timer.C
	}
	var err error
	select {
	case <-r.over:
		return nil
	case <-ctx.Done():
		err = &Error{p.Name, "was stopped: the call was cancelled before it ended", context.Cause(ctx)}
	case <-deadline:
		err = &Error{p.Name, fmt.Sprintf("did not end within %v and was stopped: it may have done some or all of its work", b.timeout), ErrTimeout}
	case <-r.streams.flood:
		err = &Error{p.Name, fmt.Sprintf("was stopped, as it wrote more than %d bytes: ask it for less", b.maxWritten), ErrFlood}
	}
	select {
	case <-r.over: // at the same time
		return nil
	default:
	}
	r.signal(terminate)
	timer := time.NewTimer(termWait)
	defer timer.Stop()
	select {
	case <-r.over:
	case <-timer.C:
		r.signal(kill)
		<-r.over
	}
	return err
}

// notStarted returns the error for a program that could not be started.
func notStarted(p *program, err error) error {
	err = systemError(err)
	return &Error{p.Name, "could not be started: " + err.Error(), fmt.Errorf("%w: %w", ErrStart, err)}
}
