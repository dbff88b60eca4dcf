package linefile

import (
	"bytes"
	"hash/crc32"
	"io/fs"
	"strings"
	"testing"
	"time"
)

func TestHasSealed(t *testing.T) {
	whole, err := Seal(map[string]string{"id": "turn 1", "text": "why?"})
	if err != nil {
		t.Fatal(err)
	}
	line := strings.TrimSuffix(string(whole), "\n")
	fake := `{"id":"x","sum":"00000000"},"sum":"` // as a damaged line may have it
	sum := sumOf(crc32.Checksum([]byte(fake), castagnoli))
	for text, want := range map[string]bool{
		"":                         false,
		line:                       false,
		line + "\v":                false,
		line + "\v{":               true,
		line[:len(line)-1] + "x{}": false,
		"x" + line + "\v{":         false,
		fake + "{}":                false,
		fake + sum + "\v{}":        true,
	} {
		if got := hasSealed([]byte(text)); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}

// A disk is a Handle in memory.
type disk struct {
	Handle
	data []byte
}

func (d *disk) Stat() (fs.FileInfo, error) { return stat(len(d.data)), nil }
func (d *disk) ReadAt(b []byte, off int64) (int, error) {
	return bytes.NewReader(d.data).ReadAt(b, off)
}
func (d *disk) WriteAt([]byte, int64) (int, error) { panic("it was written to") }

// A stat is the size of a regular file.
type stat int

func (s stat) Name() string       { return "" }
func (s stat) Size() int64        { return int64(s) }
func (s stat) Mode() fs.FileMode  { return 0o600 }
func (s stat) ModTime() time.Time { return time.Time{} }
func (s stat) IsDir() bool        { return false }
func (s stat) Sys() any           { return nil }

// Scan changes nothing, whatever there is.
func TestScan(t *testing.T) {
	line, err := Seal(map[string]int{"n": 1})
	if err != nil {
		t.Fatal(err)
	}
	header := Runs.Header()
	for text, want := range map[string]struct {
		lines, end int
		err        string
	}{
		"":                                       {},
		header[:7]:                               {},
		header:                                   {0, len(header), ""},
		header + string(line):                    {1, len(header) + len(line), ""},
		header + string(line) + string(line[2:]): {1, len(header) + len(line), ""},
		header + string(line) + string(line[:9]): {1, len(header) + len(line), ""},
		header + string(line[2:]) + string(line): {0, len(header), "damaged at byte"},
		Turns.Header() + string(line):            {0, 0, "not a file of this kind"},
		Runs.Version() + "2}\n":                  {0, 0, "another version"},
		header + strings.Repeat("x", 1000):       {0, 0, "more than the limit"},
	} {
		f := File{Handle: &disk{data: []byte(text)}, Format: Runs, Limit: 1000}
		n := 0
		size, err := f.Scan(func([]byte) error { n++; return nil })
		if n != want.lines || size != int64(len(text)) || (err == nil) != (want.err == "") || err != nil && !strings.Contains(err.Error(), want.err) {
			t.Errorf("%q: %d lines of %d bytes, %v; want %v", text, n, size, err, want)
		}
		if f.End != int64(want.end) {
			t.Errorf("%q: it ends at %d, want %d", text, f.End, want.end)
		}
	}
}
