package files

import (
	"os"
	"runtime"
	"syscall"
	"testing"
)

// asNobody runs f without the rights of root, and what comes before it with them.
func asNobody(t *testing.T, before, f func()) {
	t.Helper()
	before()
	if os.Getuid() == 0 {
		// This thread alone loses them, for files.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := syscall.Setfsuid(65534); err != nil {
			t.Skipf("this test cannot give up the rights of root: %v", err)
		}
		defer syscall.Setfsuid(0)
	}
	f()
}
