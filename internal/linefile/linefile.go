// Package linefile keeps files of lines that are only appended to and survive
// crashes: those of conversations, notes and runs.
package linefile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hadal-go/hadal/internal/lockfile"
	"github.com/hadal-go/hadal/llm"
)

// A Format is what a file of lines holds. The file begins with the header. Each
// line after it is an object of JSON whose last member is a checksum:
//
//	{"id":"…","messages":[…],"sum":"c3a5f2d1"}
//
// It is the CRC-32C of what stands before `,"sum"`, so that a line that was
// changed, or written in part, is found.
type Format string

// The formats that there are.
const (
	Turns Format = "memory"
	Notes Format = "facts"
	Runs  Format = "run"
)

// Version returns how the header begins, before the number of the version.
func (k Format) Version() string { return `{"hadal":"` + string(k) + `","v":` }

// Header returns the first line.
func (k Format) Header() string { return k.Version() + "1}\n" }

// Longest is how many bytes a line may have, with the end of line.
const Longest = 64 << 20

const (
	sumStart = `,"sum":"`
	sumEnd   = `"}`
	sumSize  = len(sumStart) + 2*crc32.Size + len(sumEnd)
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A File is an open file of lines. Its methods must not run at the same time, but
// for Read.
type File struct {
	Handle Handle
	Path   string
	Format Format
	Force  bool  // every line to the disk
	Limit  int64 // bytes of the file
	End    int64 // of the whole lines; Load and Append set it

	broken error // why nothing can be written any more
}

// A Handle is what a File needs of an *os.File.
type Handle interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Stat() (fs.FileInfo, error)
	Truncate(size int64) error
	Sync() error
}

// Open opens or makes the file, locked, and calls each with the object of every
// line. It does not change a file that it refuses. One that somebody else has
// open is [lockfile.ErrInUse].
func Open(l File, each func(data []byte) error) (*File, error) {
	if l.Path == "" {
		return nil, errors.New("no Path")
	}
	f, err := lockfile.Open(l.Path)
	if err != nil {
		return nil, err
	}
	l.Handle = f
	if abs, err := filepath.Abs(l.Path); err == nil {
		l.Path = abs // the program may change its folder
	}
	if err := l.Load(each); err != nil {
		f.Close()
		return nil, err
	}
	return &l, nil
}

// Close closes the file.
func (l *File) Close() error { return l.Handle.Close() }

// Load reads the file, once, and makes it ready to be appended to.
func (l *File) Load(each func(data []byte) error) error {
	size, err := l.Scan(each)
	switch {
	case err != nil:
		return err
	case l.End == 0:
		header := l.Format.Header()
		if _, err := l.Handle.WriteAt([]byte(header), 0); err != nil {
			return err
		}
		l.End = int64(len(header))
	case l.End < size:
		if err := l.setAside(l.End, size); err != nil {
			return fmt.Errorf("setting aside what a crash has left of the last line: %w", err)
		}
	}
	return l.settle()
}

// Scan reads the file, once, and does not change it. It sets End to where the
// whole lines end, which is 0 in a file without a header: one that is new, or made
// in a crash. It returns how long the file is.
func (l *File) Scan(each func(data []byte) error) (size int64, err error) {
	info, err := l.Handle.Stat()
	if err != nil {
		return 0, err
	}
	size = info.Size()
	switch {
	case !info.Mode().IsRegular():
		return size, errors.New("not a regular file")
	case size > l.Limit:
		return size, fmt.Errorf("%w: it has %d bytes, more than the limit of %d", llm.ErrTooLarge, size, l.Limit)
	}
	header := l.Format.Header()
	head := make([]byte, len(header))
	n, err := l.Handle.ReadAt(head, 0)
	l.End = 0
	switch {
	case string(head) == header:
		l.End = int64(len(header))
		l.End, err = l.Read(size, each)
		return size, err
	case err != nil && err != io.EOF:
		return size, err
	case n < len(head) && strings.HasPrefix(header, string(head[:n])):
		return size, nil
	case bytes.HasPrefix(head, []byte(l.Format.Version())):
		return size, errors.New("it was made by another version: use the program that made it, or another file")
	}
	return size, fmt.Errorf("not a file of this kind, which begins with %s: use another file", strings.TrimSpace(header))
}

// settle forces what is there to the disk, if every line is to be there: whoever
// wrote it may have been killed before it was.
func (l *File) settle() error {
	if !l.Force {
		return nil
	}
	if dir, err := os.Open(filepath.Dir(l.Path)); err == nil {
		dir.Sync() // the name of the file, too, where a system can
		dir.Close()
	}
	return l.Handle.Sync()
}

// Read calls each with the objects of the lines up to the end of the file, or
// what is said to be it, and returns where the whole ones end. If the last is
// damaged or not whole, that is where it begins. It may run while lines are
// appended.
func (l *File) Read(end int64, each func(data []byte) error) (int64, error) {
	at := int64(len(l.Format.Header()))
	in := bufio.NewReaderSize(io.NewSectionReader(l.Handle, at, end-at), 64<<10)
	var long []byte
	for at < end {
		line, err := readLine(in, &long)
		if err != nil && err != io.EOF && err != errLongLine {
			return at, err
		}
		last := at+int64(len(line)) == end
		if err == io.EOF && !last {
			return at, fmt.Errorf("the file ends at byte %d: it was cut by others", at+int64(len(line)))
		}
		data, whole := Unseal(line)
		if !whole && last && !hasSealed(line) {
			return at, nil
		}
		switch {
		case whole:
			err = each(data)
		case err != errLongLine:
			err = errors.New("the line is not as it was written")
		}
		if err == ErrStop {
			return at, err
		}
		if err != nil {
			return at, fmt.Errorf("damaged at byte %d: %w: put a copy in its place, or cut the file off there", at, err)
		}
		at += int64(len(line))
	}
	return at, nil
}

// setAside moves what stands in the file from one place to another to a file
// beside it, after what is there already.
func (l *File) setAside(from, to int64) error {
	aside, err := os.OpenFile(l.Path+".torn", os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	torn := io.MultiReader(io.NewSectionReader(l.Handle, from, to-from), strings.NewReader("\n"))
	_, err = io.Copy(aside, torn)
	if l.Force {
		err = errors.Join(err, aside.Sync())
	}
	if err = errors.Join(err, aside.Close()); err != nil {
		return err
	}
	return l.Handle.Truncate(from)
}

// fits returns an error if a line is too long for the file.
func (l *File) fits(line []byte) error {
	if int64(len(line)) > l.Limit-l.End {
		return fmt.Errorf("%w: with this the file would have %d bytes, more than the limit of %d", llm.ErrTooLarge, l.End+int64(len(line)), l.Limit)
	}
	return nil
}

// ours returns an error if others have put another file in the place of this
// one, or changed its size. A line would be lost, or spoil what they wrote.
func (l *File) ours() error {
	info, err := l.Handle.Stat()
	if err != nil {
		return err
	}
	if info.Size() != l.End {
		return fmt.Errorf("others have changed the file: it has %d bytes, and had %d: close it and open it again", info.Size(), l.End)
	}
	there, err := os.Stat(l.Path)
	if err != nil {
		return fmt.Errorf("others have moved the file: put it back, or close this one to begin another: %w", err)
	}
	if !os.SameFile(info, there) {
		return errors.New("others have put another file in its place: put it back, or close this one and open that")
	}
	return nil
}

// Append writes a line at once. If that fails, the file is as it was. If it was
// the disk that could not be reached, the line may yet be there after a power cut.
func (l *File) Append(line []byte) error {
	if l.broken != nil {
		return l.broken
	}
	if err := l.fits(line); err != nil {
		return err
	}
	if err := l.ours(); err != nil {
		return err
	}
	if _, err := l.Handle.WriteAt(line, l.End); err != nil {
		if cut := l.Handle.Truncate(l.End); cut != nil {
			l.broken = fmt.Errorf("part of a line could not be removed, so nothing is written after it: close the file and open it again: %w", cut)
		}
		return err
	}
	if l.Force {
		if err := l.Handle.Sync(); err != nil {
			// What the disk has is not known from now on: the system forgets what it
			// could not write, and forces nothing by trying again. So the line is
			// removed, that whoever repeats it writes it anew.
			l.Handle.Truncate(l.End)
			l.broken = fmt.Errorf("an earlier line did not reach the disk: close the file and open it again: %w", err)
			return err
		}
	}
	l.End += int64(len(line))
	return nil
}

// ErrStop is for the function that Read calls, to end reading.
var ErrStop = errors.New("stop")

var errLongLine = errors.New("a line that is longer than any that is written")

// readLine returns the next line with its end, in memory that is used again. At
// the end of the file it returns what is there and io.EOF.
func readLine(in *bufio.Reader, long *[]byte) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return line, err
	}
	*long = (*long)[:0]
	for err == bufio.ErrBufferFull {
		if *long = append(*long, line...); len(*long) > Longest {
			return nil, errLongLine
		}
		line, err = in.ReadSlice('\n')
	}
	*long = append(*long, line...)
	return *long, err
}

// Seal returns the line for an object that has members, with its end of line.
func Seal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	line := bytes.TrimSuffix(b.Bytes(), []byte("}\n"))
	line = append(append(line, sumOf(crc32.Checksum(line, castagnoli))...), '\n')
	if len(line) > Longest {
		return nil, fmt.Errorf("%w: as JSON it has %d bytes, more than %d", llm.ErrTooLarge, len(line), Longest)
	}
	return line, nil
}

// Unseal returns the object of a line, in its memory, and whether the line is
// whole and what Seal returned.
func Unseal(line []byte) ([]byte, bool) {
	n := len(line) - sumSize - 1
	if n < 1 || line[len(line)-1] != '\n' {
		return nil, false
	}
	if string(line[n:len(line)-1]) != sumOf(crc32.Checksum(line[:n], castagnoli)) {
		return nil, false
	}
	return append(line[:n], '}'), true
}

// hasSealed reports whether a line begins with a whole one that more than an end
// of line follows: no crash leaves that, but a damaged end of line does.
func hasSealed(line []byte) bool {
	var sum uint32
	summed := 0
	for {
		n := bytes.Index(line[summed:], []byte(sumStart))
		if n < 0 || len(line) <= summed+n+sumSize+1 {
			return false
		}
		n += summed
		sum = crc32.Update(sum, castagnoli, line[summed:n])
		if string(line[n:n+sumSize]) == sumOf(sum) {
			return true
		}
		sum = crc32.Update(sum, castagnoli, line[n:n+1])
		summed = n + 1
	}
}

// sumOf returns the end of a line with a checksum.
func sumOf(sum uint32) string { return fmt.Sprintf("%s%08x%s", sumStart, sum, sumEnd) }
