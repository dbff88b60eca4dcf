package deepseektest_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func TestMain(m *testing.M) { deepseektest.Main(m) }

// TestMainOfTests runs the binary of these tests again, where the variables are
// set.
func TestMainOfTests(t *testing.T) {
	for _, name := range []string{"DEEPSEEK_API_KEY", "DEEPSEEK_BASE_URL", "DEEPSEEK_MODEL"} {
		if value, ok := os.LookupEnv(name); ok {
			t.Fatalf("%s is %q", name, value)
		}
	}
	const child = "DEEPSEEKTEST_CHILD"
	switch os.Getenv(child) {
	case "passes":
		return
	case "fails":
		t.Fatal("as asked")
	}
	for outcome, status := range map[string]int{"passes": 0, "fails": 1} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestMainOfTests$")
		cmd.Env = append(os.Environ(), child+"="+outcome, "DEEPSEEK_API_KEY=sk-nobody", "DEEPSEEK_BASE_URL=foo", "DEEPSEEK_MODEL=foo")
		if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != status {
			t.Errorf("a test that %s has status %d, want %d:\n%s", outcome, cmd.ProcessState.ExitCode(), status, out)
		}
	}
}
