package exec

import (
	"errors"
	osexec "os/exec"
	"syscall"
)

// attributes returns how a program is started: in a session of its own, which is a
// group of its own and has no terminal, and so that it dies with this process.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
}

// wait waits for the end of a program and calls end while it is a zombie: until then
// the number of its group cannot be given to another.
func wait(cmd *osexec.Cmd, end func()) error {
	const byPID = 1
	for {
		_, _, e := syscall.Syscall6(syscall.SYS_WAITID, byPID, uintptr(cmd.Process.Pid), 0, syscall.WEXITED|syscall.WNOWAIT, 0, 0)
		if e != syscall.EINTR {
			break // other errors are those of Wait too
		}
	}
	end()
	err := cmd.Wait()
	if _, ok := errors.AsType[*osexec.ExitError](err); ok {
		return nil
	}
	return err
}
