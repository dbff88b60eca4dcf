package deepseektest

import (
	"os"
	"testing"
)

// Main runs the tests of a package with none of $DEEPSEEK_API_KEY,
// $DEEPSEEK_BASE_URL and $DEEPSEEK_MODEL set, so that they do not depend on whose
// machine they run on, and no test has a key with which to ask the real service.
// It is for a package with tests of clients that take from the environment what
// their fields leave open:
//
//	func TestMain(m *testing.M) {
//		deepseektest.Main(m)
//	}
//
// The variables are not put back. A test that needs one of them sets it, with
// [testing.T.Setenv]. When TestMain returns after Main, the process exits with
// the status of the tests.
func Main(m *testing.M) {
	for _, name := range []string{"DEEPSEEK_API_KEY", "DEEPSEEK_BASE_URL", "DEEPSEEK_MODEL"} {
		os.Unsetenv(name)
	}
	m.Run()
}
