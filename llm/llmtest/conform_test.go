package llmtest_test

import (
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
)

func TestScriptConforms(t *testing.T) {
	llmtest.TestModel(t, func(t *testing.T, play llmtest.Play) llm.Model { return play.Model() })
}

func TestWrapConforms(t *testing.T) {
	llmtest.TestModel(t, func(t *testing.T, play llmtest.Play) llm.Model {
		if e, ok := errors.AsType[*llm.Error](play.Err); ok && e.RetryAfter == 0 {
			quick := *e
			quick.RetryAfter = time.Millisecond // so that Retry does not wait for longer
			play.Err = &quick
		}
		return llm.Wrap(play.Model(), llm.Retry(2), llm.Log(slog.New(slog.DiscardHandler)), llm.Defaults(llm.Request{User: "nobody"}))
	})
}

// The subtests of a faulty model fail, one each, and say what is wrong.
func TestModelReports(t *testing.T) {
	if os.Getenv("LLMTEST_FAULTY") != "" {
		llmtest.TestModel(t, faulty)
		return
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestModelReports$", "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), "LLMTEST_FAULTY=1")
	out, err := cmd.CombinedOutput()
	if _, failed := errors.AsType[*exec.ExitError](err); !failed {
		t.Fatalf("a faulty model passes (%v):\n%s", err, out)
	}
	got := regexp.MustCompile(`--- (FAIL|SKIP): TestModelReports/[\w-]+`).FindAllString(string(out), -1)
	want := []string{
		"--- FAIL: TestModelReports/text", "--- SKIP: TestModelReports/usage", "--- FAIL: TestModelReports/cancel", "--- FAIL: TestModelReports/error-auth",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the outcome is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, words := range []string{
		"text of 61 bytes, want 62; from byte 41 on it is\n        \t\" light more than red\", want\n        \t\" light more than red.\"\n        \tthe rule: text arrives to the byte\n",
		"no counts here\n",
		"new returned no model\n",
		"errors.AsType does not find a *llm.Error in the error, a *errors.errorString: authentication failed\n        \tthe rule: a failure of the provider is an error, of type *llm.Error and of the right class\n",
	} {
		if !strings.Contains(string(out), words) {
			t.Errorf("the output lacks\n%s", words)
		}
	}
	if t.Failed() {
		t.Logf("the output is\n%s", out)
	}
}

// faulty returns a model with a mistake in some cases.
func faulty(t *testing.T, play llmtest.Play) llm.Model {
	switch play.Name {
	case "text":
		play.Reply.Message = llm.Assistant(strings.TrimSuffix(play.Reply.Text(), "."))
	case "usage":
		t.Skip("no counts here")
	case "cancel":
		return nil
	case "error-auth":
		play.Err = llm.ErrAuth
	}
	return play.Model()
}

// Each play can be told from its fields alone, and no two cases have a name.
func TestPlays(t *testing.T) {
	names := make(map[string]bool)
	llmtest.TestModel(t, func(t *testing.T, play llmtest.Play) llm.Model {
		if names[play.Name] || !strings.HasSuffix(t.Name(), "/"+play.Name) {
			t.Errorf("case %s has the play %q, or there are two", t.Name(), play.Name)
		}
		names[play.Name] = true
		ends := 0
		for _, end := range []bool{play.Reply.Finish != "", play.Err != nil, play.Stall} {
			if end {
				ends++
			}
		}
		if ends != 1 || len(play.Request.Messages) == 0 {
			t.Errorf("the play ends in %d ways, its request is %s", ends, encode(play.Request))
		}
		if e, ok := errors.AsType[*llm.Error](play.Err); play.Err != nil && (!ok || e.Err == nil) {
			t.Errorf("the play fails with %v, which has no class", play.Err)
		}
		t.Skip("only looked at")
		return nil
	})
}
