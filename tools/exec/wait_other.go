//go:build !linux

package exec

import (
	"errors"
	osexec "os/exec"
)

// wait waits for the end of a program and then calls end. In between the number of its
// group could be given to another, if the system went through all numbers meanwhile.
func wait(cmd *osexec.Cmd, end func()) error {
	err := cmd.Wait()
	end()
	if _, ok := errors.AsType[*osexec.ExitError](err); ok {
		return nil
	}
	return err
}
