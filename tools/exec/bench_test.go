package exec

import (
	osexec "os/exec"
	"testing"
)

// BenchmarkRun is a program that does nothing. Nearly all of it is the work of the
// system, see BenchmarkFloor.
func BenchmarkRun(b *testing.B) {
	r := runner(b)
	b.ReportAllocs()
	for b.Loop() {
		if result, err := r.Run(b.Context(), Command{Program: "exit", Args: []string{"0"}}); err != nil || result.Code != 0 {
			b.Fatal(result, err)
		}
	}
}

// BenchmarkTool is the same by a call of a model.
func BenchmarkTool(b *testing.B) {
	set := mustTools(b, runner(b))
	b.ReportAllocs()
	for b.Loop() {
		if o := set.Do(b.Context(), toolCall("exit", "0")); o.Result.IsError {
			b.Fatal(textOf(o))
		}
	}
}

// BenchmarkFloor is the same by os/exec alone.
func BenchmarkFloor(b *testing.B) {
	file := self(b)
	b.ReportAllocs()
	for b.Loop() {
		cmd := osexec.Command(file, "child", "exit", "0")
		cmd.Env = []string{}
		if _, err := cmd.CombinedOutput(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOutput is a program that writes 6.9 MB.
func BenchmarkOutput(b *testing.B) {
	r := runner(b)
	b.SetBytes(6888890)
	b.ReportAllocs()
	for b.Loop() {
		if result, err := r.Run(b.Context(), Command{Program: "count", Args: []string{"1000000"}}); err != nil || result.Stdout.Missing == 0 {
			b.Fatal(result, err)
		}
	}
}

// BenchmarkOutputFloor is the same by os/exec alone, which keeps it all.
func BenchmarkOutputFloor(b *testing.B) {
	file := self(b)
	b.SetBytes(6888890)
	b.ReportAllocs()
	for b.Loop() {
		cmd := osexec.Command(file, "child", "count", "1000000")
		cmd.Env = []string{}
		if out, err := cmd.Output(); err != nil || len(out) != 6888890 {
			b.Fatal(len(out), err)
		}
	}
}
