// Package exec gives a model tools that run programs, one tool for each program
// that you name. It is opt-in: nothing runs that is not in the list.
//
//	r := &exec.Runner{
//		Dir: "work",
//		Env: []string{"PATH=/usr/bin:/bin"},
//		Programs: []exec.Program{{
//			Name:    "git_log",
//			About:   "Shows the history of the repository, the newest commit first.",
//			Path:    "/usr/bin/git",
//			Args:    []string{"log", "--oneline"},
//			Options: []string{"-n*", "--since=*", "--stat"},
//			Effect:  tools.Reads | tools.ReadsPrivate | tools.ReadsUntrusted,
//		}},
//	}
//	set, err := r.Tools() // for an agent, or for the Tools of a request: set.Specs()
//
// The model calls git_log with {"args": ["-n3"]}, and gets the exit code and the
// end of what the program wrote. [Runner.Run] is the same as a Func, for code. A
// file that needs os/exec too imports one of the two under another name, such as
// osexec.
//
// # Threats
//
// The model is taken to obey an attacker, who may have written what it reads.
// Whatever arguments it sends, these hold:
//
//   - There is no shell. A program gets its arguments one by one, byte for byte:
//     ";", "$(…)", quotes, patterns and line breaks are text.
//   - Only the listed programs run. Their files are found when the tools are made,
//     never by a PATH that changes later, and a link that is turned elsewhere
//     changes nothing; a file that is replaced or written to is not run any more.
//   - An argument that begins with a hyphen is refused unless [Program.Options]
//     lists it, so that none can turn `git log` into `git log --output=FILE`.
//     [Program.Check] is for what a list cannot tell.
//   - The environment is empty but for [Runner.Env]: no key of the program that
//     calls the model is in it. The folder to work in is fixed. No open file is
//     handed on but the three standard ones, and there is no terminal.
//   - A call ends. At the deadline, when the context is done, or when too much is
//     written, the program is asked to end (SIGTERM), and 0.3 seconds later it is
//     killed, with all processes of its group. What it has left running in its
//     group when it ends by itself is killed too. A process that keeps a pipe open
//     holds up a call for no more than a second.
//   - All is bounded: arguments, input, what may be written, what is kept of it,
//     time, and how many programs run at once.
//   - What a program writes reaches the model without escapes and control
//     characters of terminals. It can still say anything.
//   - A person is asked before each call, unless [Program.Effect] says that the
//     program only reads, or [Program.Unasked] that it need not be.
//
// These do not, as this is no sandbox:
//
//   - A program does what the user may do whom this process runs as: it reads and
//     writes files anywhere, uses the network, and sees other processes, on Linux
//     by /proc also the environment of this one. One that takes code or commands
//     for arguments (a shell, an interpreter, find, xargs, awk, tar, ssh, make) is
//     all programs at once. So may one be that heeds files in the folder, such as
//     the configuration of git: keep the model's other tools away from those. To
//     contain a program, make a sandbox the Program, with the real one in its Args:
//     bwrap with --die-with-parent, nsjail.
//   - Memory, processor, disk, open files and the number of processes are not
//     limited, nor is the umask changed: they are what this process has. prlimit
//     as the program limits them, and so does a sandbox.
//   - A process that leaves its group by setsid or setpgid lives on. A call does
//     not wait for it, and [Result.Held] says if it was seen.
//   - Options are told by the hyphen. Arguments that a program takes for orders
//     without one ("+cmd", "@file", "if=/dev/sda", "http://…", the script of sed)
//     are for Check.
//   - Between the last look at the file of a program and its start remains a
//     moment. Whoever can write there has better ways, so keep programs where the
//     model's other tools cannot write.
//   - If this process is killed, Linux kills the program, but nobody kills what
//     that has started. Other systems leave both running.
//   - What Go opens is closed on exec. A file that this process got from the one
//     that started it, or that C opened, may not be, and is then handed on.
//   - Away from Unix there are no process groups: only the program itself is
//     killed. Windows adds SYSTEMROOT to the environment, and there what begins
//     with a slash is an option as well. Batch files are refused, as cmd.exe reads
//     their arguments anew.
package exec
