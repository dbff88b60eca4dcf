// Package files gives a model tools for the files of one folder: to read, list
// and search them, and, if it is to, to write and edit them.
//
//	docs := &files.Folder{Dir: "docs"}
//	set := docs.Tools() // for an agent, or for the Tools of a request: set.Specs()
//
// Writing is opt-in, and best approved of by a person:
//
//	work := &files.Folder{Dir: "work", MakeDirs: true}
//	set := append(work.Tools(),
//		tools.With(work.Write(), tools.Policy{Approve: true}),
//		tools.With(work.Edit(), tools.Policy{Approve: true}))
//
// The tools are read_file, list_files, search_files, write_file and edit_file.
// Results are text for a model: lines come with their numbers, what is too long
// comes in pages that say how to go on, and an error says what to do about it.
// Order and text depend on the files alone, so that the same call gives the same
// bytes.
//
// # Threats
//
// The model is taken to obey an attacker, who may have written what it reads.
// Whatever arguments it sends, these hold:
//
//   - Nothing outside of the folder is read, changed or found to exist: not by
//     "..", absolute paths, drive letters, device names of Windows or odd
//     characters, and not by symbolic links, even if another process swaps them
//     in while a call runs, as all access goes through an [os.Root]. Links that
//     stay inside are followed by a call that names them, never by a listing or
//     a search, which so have no cycles.
//   - Hidden files (.git, .env, .ssh) and those of Folder.Skip are out of reach,
//     through links too.
//   - A file with more than one hard link is refused, since it may be one from
//     outside, where an os.Root does not help.
//   - Only regular files are opened: a FIFO, a device or a socket is refused and
//     never waited for, as it would be by an os.Root alone.
//   - A call ends: what it reads, finds, returns and takes in time is bounded,
//     also for a file without an end, a million files in a folder, and a pattern
//     made to be slow.
//   - Paths and errors never name a folder of the host. A file name that could
//     pass for something else, with a line break in it for one, is quoted, and
//     the tools take it so.
//   - A write replaces a whole file or nothing, whatever fails in the middle:
//     the process, the disk, the quota. What all writes make up is bounded by
//     Folder.Quota, and no file is made executable. A file that is read-only
//     stays as it is.
//
// These do not:
//
//   - What a file says is no less able to mislead the model that reads it. The
//     tools are marked as reading what is private and what others wrote, which
//     lets an agent refuse to be given a way to send it off as well.
//   - A mount below the folder, such as /proc, is a part of it.
//   - Who else may change the folder may show what is hidden in it, by another
//     name for instance. On a system that takes several spellings of a letter
//     beyond ASCII for one, as a Mac does, Folder.Skip knows only its own.
//   - A file that the model may write may be run by somebody else: a Makefile, a
//     test, a page. Approve of writes, or give a folder of its own.
//   - A disk that does not answer, as of a dead network share, blocks its call.
//     The deadline of the tool leaves it behind.
//   - Another process with the folder may change files at the same time. A page
//     says if its file changed meanwhile, and an edit refuses; but between the
//     last look and the replacement remains a moment.
package files
