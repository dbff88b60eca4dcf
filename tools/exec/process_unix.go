//go:build unix

package exec

import (
	"os"
	osexec "os/exec"
	"syscall"
)

const onWindows = false

// terminate asks the processes of a group to end.
func terminate(cmd *osexec.Cmd) { syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

// kill kills the processes of a group.
func kill(cmd *osexec.Cmd) { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// signalOf returns the signal by which a process ended, or "".
func signalOf(state *os.ProcessState) string {
	if s, ok := state.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		return s.Signal().String()
	}
	return ""
}
