package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// marker is the comment that stands for the gap in a file.
const marker = "/*gap*/"

// The longest file that is read, and the most of it that the model sees on
// either side of the gap.
const (
	maxFile = 16 << 20
	maxSeen = 64 << 10
)

// A place is a gap in a file.
type place struct {
	path          string
	before, after string
	line, column  int    // from 1; the column in bytes
	was           []byte // the file, when it was read
}

// String returns the place as file:line:column.
func (p *place) String() string {
	return fmt.Sprintf("%s:%d:%d", filepath.ToSlash(p.path), p.line, p.column)
}

var withLine = regexp.MustCompile(`^(.+?):(\d{1,9})(?::(\d{1,9}))?:?$`)

// open reads the file of a target, such as "main.go:17", and finds the gap.
func open(target string) (*place, error) {
	p := &place{path: target}
	line, column := 0, 0
	if m := withLine.FindStringSubmatch(target); m != nil && !exists(target) {
		p.path = m[1]
		line, _ = strconv.Atoi(m[2])
		column, _ = strconv.Atoi(m[3])
		if line == 0 || m[3] != "" && column == 0 {
			return nil, fmt.Errorf("%s: lines and columns begin at 1", target)
		}
	}
	if info, err := os.Stat(p.path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file with text", p.path)
	} else if info.Size() > maxFile {
		return nil, fmt.Errorf("%s is over %d MiB", p.path, maxFile>>20)
	}
	var err error
	if p.was, err = os.ReadFile(p.path); err != nil {
		return nil, err
	}
	if !utf8.Valid(p.was) || bytes.IndexByte(p.was, 0) >= 0 {
		return nil, fmt.Errorf("%s is not a text in UTF-8", p.path)
	}
	return p, p.locate(line, column)
}

// locate puts the gap into the text that was read, at a line and a column if they
// are not 0.
func (p *place) locate(line, column int) error {
	var err error
	if line == 0 {
		err = p.find()
	} else {
		err = p.seek(line, column)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", p.path, err)
	}
	if strings.TrimSpace(p.before+p.after) == "" {
		return fmt.Errorf("%s: there is nothing around the gap to go by", p.path)
	}
	p.line = strings.Count(p.before, "\n") + 1
	p.column = len(p.before) - strings.LastIndexByte(p.before, '\n')
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// find puts the gap where the marker is.
func (p *place) find() error {
	switch strings.Count(string(p.was), marker) {
	case 0:
		return fmt.Errorf("where is the gap? Name a line, as in file:17, or put %s there", marker)
	case 1:
		p.before, p.after, _ = strings.Cut(string(p.was), marker)
		return nil
	}
	return fmt.Errorf("%s is there more than once: name the line", marker)
}

// seek puts the gap ahead of the column of a line; if the column is 0, where the
// marker is in the line, or else at the end of it.
func (p *place) seek(line, column int) error {
	text := string(p.was)
	start := 0
	for range line - 1 {
		i := strings.IndexByte(text[start:], '\n')
		if i < 0 {
			return fmt.Errorf("there is no line %d, but %d", line, strings.Count(text, "\n")+1)
		}
		start += i + 1
	}
	content, _, _ := strings.Cut(text[start:], "\n")
	content = strings.TrimSuffix(content, "\r")
	at := len(content)
	switch marked := strings.Index(content, marker); {
	case column > 0:
		at = column - 1
	case strings.Count(content, marker) > 1:
		return fmt.Errorf("%s is in line %d more than once: name the column", marker, line)
	case marked >= 0:
		at = marked
	}
	if at > len(content) || at < len(content) && !utf8.RuneStart(content[at]) {
		return fmt.Errorf("line %d has no column %d", line, column)
	}
	p.before, p.after = text[:start+at], strings.TrimPrefix(text[start+at:], marker)
	return nil
}

// end returns the end of a text: so many lines, but no more than maxSeen.
func end(text string, lines int) string {
	at := len(text)
	for range lines {
		i := strings.LastIndexByte(text[:max(at-1, 0)], '\n') + 1
		if len(text)-i > maxSeen {
			break
		}
		at = i
	}
	if at == len(text) && text != "" && text[at-1] != '\n' { // one line that is too long
		for at = max(0, len(text)-maxSeen); !utf8.RuneStart(text[at]); at++ {
		}
	}
	return text[at:]
}

// beginning returns the beginning of a text: so many lines, but no more than
// maxSeen.
func beginning(text string, lines int) string {
	at := 0
	for range lines {
		i := strings.IndexByte(text[at:], '\n') + 1
		if i == 0 {
			i = len(text) - at
		}
		if at+i > maxSeen {
			break
		}
		at += i
	}
	if at == 0 && text != "" { // one line that is too long
		for at = min(len(text), maxSeen); at < len(text) && !utf8.RuneStart(text[at]); at-- {
		}
	}
	return text[:at]
}

// fitted returns text with line ends as the file has them.
func (p *place) fitted(text string) string {
	if bytes.Contains(p.was, []byte("\r\n")) {
		return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
	}
	return text
}

func (p *place) isGo() bool { return filepath.Ext(p.path) == ".go" }

// syntax returns the first mistake in the syntax of a Go file.
func syntax(path, text string) error {
	_, err := parser.ParseFile(token.NewFileSet(), filepath.Base(path), text, parser.SkipObjectResolution)
	if list, ok := errors.AsType[scanner.ErrorList](err); ok {
		return list[0]
	}
	return err
}

// write puts text into the gap: all of the file is as it was, or all of it is as
// it should be, whatever happens. It is not written if it has changed since it
// was read.
func (p *place) write(text string) error {
	path, err := filepath.EvalSymlinks(p.path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode()&0o200 == 0 {
		return fmt.Errorf("%s is read-only: %v", p.path, info.Mode())
	}
	next, err := os.CreateTemp(filepath.Dir(path), ".fim-*")
	if err != nil {
		return err
	}
	_, err = next.WriteString(p.before + text + p.after)
	err = errors.Join(err, next.Chmod(info.Mode().Perm()), next.Sync(), next.Close())
	if err == nil {
		err = p.unchanged(path)
	}
	if err == nil {
		err = os.Rename(next.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(next.Name()))
	}
	return nil
}

// unchanged returns an error if the file is not what was read.
func (p *place) unchanged(path string) error {
	now, err := os.ReadFile(path)
	if err == nil && !bytes.Equal(now, p.was) {
		return fmt.Errorf("%s has changed meanwhile", p.path)
	}
	return err
}
