//go:build !linux

package files

import "testing"

func asNobody(t *testing.T, _, _ func()) {
	t.Helper()
	t.Skip("this test needs Linux")
}
