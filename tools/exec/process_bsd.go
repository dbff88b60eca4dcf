//go:build unix && !linux

package exec

import "syscall"

// attributes returns how a program is started: in a session of its own, which is a
// group of its own and has no terminal.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
