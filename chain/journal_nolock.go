//go:build js || wasip1

package chain

import "os"

// lockedFile opens or makes a file. There are no locks in WebAssembly.
func lockedFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}
