//go:build !unix

package exec

import (
	"os"
	osexec "os/exec"
	"runtime"
	"syscall"
)

const onWindows = runtime.GOOS == "windows"

// attributes returns nil: there are no groups.
func attributes() *syscall.SysProcAttr { return nil }

// terminate kills the program, as there is no way to ask.
func terminate(cmd *osexec.Cmd) { cmd.Process.Kill() }

// kill kills the program, and not what it has started.
func kill(cmd *osexec.Cmd) { cmd.Process.Kill() }

// signalOf returns "": there are no signals.
func signalOf(*os.ProcessState) string { return "" }
