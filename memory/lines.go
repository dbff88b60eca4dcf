package memory

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/hadal-go/hadal/internal/lockfile"
	"github.com/hadal-go/hadal/llm"
)

// A format is what a file of lines holds. The file begins with the header. Each
// line after it is an object of JSON whose last member is a checksum:
//
//	{"id":"…","messages":[…],"sum":"c3a5f2d1"}
//
// It is the CRC-32C of what stands before `,"sum"`, so that a line that was
// changed, or written in part, is found.
type format string

const (
	turnFormat format = "memory"
	noteFormat format = "facts"
)

func (k format) version() string { return `{"hadal":"` + string(k) + `","v":` }
func (k format) header() string  { return k.version() + "1}\n" }

const (
	sumStart = `,"sum":"`
	sumEnd   = `"}`
	sumSize  = len(sumStart) + 2*crc32.Size + len(sumEnd)

	longestLine = 64 << 20 // bytes, with the end of line
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A lineFile is an open file of lines. Its methods must not run at the same
// time, but for read.
type lineFile struct {
	f      handle
	path   string
	format format
	force  bool  // every line to the disk
	limit  int64 // bytes of the file
	end    int64 // of the whole lines
	broken error // why nothing can be written any more
}

// A handle is what a lineFile needs of an *os.File.
type handle interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	Sync() error
}

// openLines opens or makes the file and calls each with the object of every
// line. It does not change a file that it refuses.
func openLines(l lineFile, each func(data []byte) error) (*lineFile, error) {
	if l.path == "" {
		return nil, errors.New("no Path")
	}
	f, err := lockfile.Open(l.path)
	if err == lockfile.ErrInUse {
		err = ErrInUse
	}
	if err != nil {
		return nil, err
	}
	l.f = f
	if err := l.load(f, each); err != nil {
		f.Close()
		return nil, err
	}
	return &l, nil
}

// load reads the file, once, and makes it ready to be appended to.
func (l *lineFile) load(f *os.File, each func(data []byte) error) error {
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("not a regular file")
	case info.Size() > l.limit:
		return fmt.Errorf("%w: it has %d bytes, more than the limit of %d", llm.ErrTooLarge, info.Size(), l.limit)
	}
	header := l.format.header()
	head := make([]byte, len(header))
	n, err := io.ReadFull(f, head)
	switch {
	case string(head) == header:
		return l.index(info.Size(), each)
	case err != nil && err != io.EOF && err != io.ErrUnexpectedEOF:
		return err
	case n < len(head) && strings.HasPrefix(header, string(head[:n])): // new, or made in a crash
		return l.begin(header)
	case bytes.HasPrefix(head, []byte(l.format.version())):
		return errors.New("it was made by another version: use the program that made it, or another file")
	}
	return fmt.Errorf("not a file of this kind, which begins with %s: use another file", strings.TrimSpace(header))
}

// begin writes the header.
func (l *lineFile) begin(header string) error {
	if _, err := l.f.WriteAt([]byte(header), 0); err != nil {
		return err
	}
	l.end = int64(len(header))
	if !l.force {
		return nil
	}
	if dir, err := os.Open(filepath.Dir(l.path)); err == nil {
		dir.Sync() // the name of the file, too, where a system can
		dir.Close()
	}
	return l.f.Sync()
}

// index reads the lines and sets aside what stands after the last whole one.
func (l *lineFile) index(size int64, each func(data []byte) error) error {
	l.end = int64(len(l.format.header()))
	end, err := l.read(size, each)
	if err != nil {
		return err
	}
	l.end = end
	if end == size {
		return nil
	}
	if err := l.setAside(end, size); err != nil {
		return fmt.Errorf("setting aside what a crash has left of the last line: %w", err)
	}
	return nil
}

// read calls each with the objects of the lines up to the end of the file, or
// what is said to be it, and returns where the whole ones end. If the last is
// damaged or not whole, that is where it begins. It may run while lines are
// appended.
func (l *lineFile) read(end int64, each func(data []byte) error) (int64, error) {
	at := int64(len(l.format.header()))
	in := bufio.NewReaderSize(io.NewSectionReader(l.f, at, end-at), 64<<10)
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
		data, whole := unseal(line)
		if !whole && last && !hasSealed(line) {
			return at, nil
		}
		switch {
		case whole:
			err = each(data)
		case err != errLongLine:
			err = errors.New("the line is not as it was written")
		}
		if err == errStop {
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
func (l *lineFile) setAside(from, to int64) error {
	aside, err := os.OpenFile(l.path+".torn", os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	torn := io.MultiReader(io.NewSectionReader(l.f, from, to-from), strings.NewReader("\n"))
	_, err = io.Copy(aside, torn)
	if l.force {
		err = errors.Join(err, aside.Sync())
	}
	if err = errors.Join(err, aside.Close()); err != nil {
		return err
	}
	if err := l.f.Truncate(from); err != nil || !l.force {
		return err
	}
	return l.f.Sync()
}

// fits returns an error if a line is too long for the file.
func (l *lineFile) fits(line []byte) error {
	if int64(len(line)) > l.limit-l.end {
		return fmt.Errorf("%w: with this the file would have %d bytes, more than the limit of %d", llm.ErrTooLarge, l.end+int64(len(line)), l.limit)
	}
	return nil
}

// append writes a line at once. If that fails, the file stays as it was, unless
// it was only the disk that could not be reached: then the line may be there.
func (l *lineFile) append(line []byte) error {
	if l.broken != nil {
		return l.broken
	}
	if err := l.fits(line); err != nil {
		return err
	}
	if _, err := l.f.WriteAt(line, l.end); err != nil {
		if cut := l.f.Truncate(l.end); cut != nil {
			l.broken = fmt.Errorf("part of a line could not be removed, so nothing is written after it: close the file and open it again: %w", cut)
		}
		return err
	}
	if l.force {
		if err := l.f.Sync(); err != nil {
			// What the disk has is not known from now on, not even by trying again.
			l.broken = fmt.Errorf("an earlier line did not reach the disk: close the file and open it again: %w", err)
			return err
		}
	}
	l.end += int64(len(line))
	return nil
}

// errStop is for each to end reading.
var errStop = errors.New("stop")

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
		if *long = append(*long, line...); len(*long) > longestLine {
			return nil, errLongLine
		}
		line, err = in.ReadSlice('\n')
	}
	*long = append(*long, line...)
	return *long, err
}

// seal returns the line for an object that has members, with its end of line.
func seal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	line := bytes.TrimSuffix(b.Bytes(), []byte("}\n"))
	line = append(append(line, sumOf(crc32.Checksum(line, castagnoli))...), '\n')
	if len(line) > longestLine {
		return nil, fmt.Errorf("%w: as JSON it has %d bytes, more than %d", llm.ErrTooLarge, len(line), longestLine)
	}
	return line, nil
}

// unseal returns the object of a line, in its memory, and whether the line is
// whole and what seal returned.
func unseal(line []byte) ([]byte, bool) {
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
