package promptfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/output/schema"
)

// The limits on files.
const (
	maxFile     = 1 << 20 // bytes
	maxFront    = 64 << 10
	maxDepth    = 64 // of YAML
	maxPartials = 100
)

// Load reads the prompt file name of fsys and all that it includes, and checks it:
// the settings, the schema, and the texts against T as [prompt.ParseMessages] does.
// If the front matter has variables, they must be fields of T, all of them used, and
// no others. For files of which the type is not known, as in a test over a folder of
// prompts, T may be map[string]any, which has whatever fields a text uses.
//
// The error is an [*Error].
func Load[T any](fsys fs.FS, name string) (*File[T], error) {
	s, err := open(fsys, name)
	if err != nil {
		return nil, err
	}
	chat, err := compile[T](s)
	if err != nil {
		return nil, err
	}
	u := usesOf(s)
	if err := checkVariables[T](s, u); err != nil {
		return nil, err
	}
	return &File[T]{
		Name: s.front.name, Version: s.front.version, Description: s.front.description,
		Hash: s.hash(u), Defaults: s.front.defaults, Schema: s.schema, Chat: chat,
	}, nil
}

// A source is a prompt file as it was read, with all that it includes.
type source struct {
	fsys fs.FS
	name string
	text string // without byte order mark and CR before LF

	front    front
	sections []section
	schema   *schema.Schema
	examples []prompt.Example
	included []string  // the texts of the files of the schema and the examples
	partials []partial // that may be used, by name
	absent   []string  // the names of partials that are called, and have no file
}

// open reads the prompt file name.
func open(fsys fs.FS, name string) (*source, error) {
	s := &source{fsys: fsys, name: name}
	text, err := readFile(fsys, name)
	if err != nil {
		return nil, &Error{name, 0, err}
	}
	s.text = text
	if at, ok := invalidUTF8(text); ok {
		return nil, fail(name, at, prompt.ErrSyntax, "the file is not UTF-8")
	}
	body, line, err := s.readFront()
	if err != nil {
		return nil, err
	}
	if s.front.name == "" {
		base := path.Base(name)
		s.front.name = or(strings.TrimSuffix(base, path.Ext(base)), base)
	}
	if err := s.split(body, line); err != nil {
		return nil, err
	}
	return s, s.findPartials()
}

// readFile reads a regular file of a bearable size, and makes its lines end in LF.
func readFile(fsys fs.FS, name string) (string, error) {
	if !validName(name) {
		return "", fmt.Errorf("%w: want names with slashes, without \"..\", \".\" and empty parts", fs.ErrInvalid)
	}
	info, err := fs.Stat(fsys, name) // before it is opened, which waits for the writer of a pipe
	if err != nil {
		return "", withoutPath(err)
	}
	if !info.Mode().IsRegular() {
		return "", &flaw{prompt.ErrType, "it is no regular file"}
	}
	file, err := fsys.Open(name)
	if err != nil {
		return "", withoutPath(err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return "", withoutPath(err)
	}
	if len(data) > maxFile {
		return "", &flaw{prompt.ErrLimit, fmt.Sprintf("the file has more than %d bytes", maxFile)}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	return strings.ReplaceAll(string(data), "\r\n", "\n"), nil
}

// validName reports whether name may be that of a file, on all systems. The backslash
// separates folders on some.
func validName(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.ContainsAny(name, "\\:\x00")
}

// withoutPath returns the error of a file system without the name of the file, which
// the [Error] has.
func withoutPath(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// include reads a file that a setting names, relative to the prompt's folder.
func (s *source) include(setting, name string, line int) (file, text string, err error) {
	if !validName(name) { // path.Join would resolve what is wrong with it
		return "", "", &Error{s.name, line, fmt.Errorf("%s %s: %w: name a file in the prompt's folder or below it, without \"..\"", setting, short(name), fs.ErrInvalid)}
	}
	file = path.Join(path.Dir(s.name), name)
	if text, err = readFile(s.fsys, file); err != nil {
		return "", "", &Error{s.name, line, fmt.Errorf("%s %s: %w", setting, short(name), err)}
	}
	if at, ok := invalidUTF8(text); ok {
		return "", "", fail(file, at, prompt.ErrSyntax, "the file is not UTF-8")
	}
	s.included = append(s.included, text)
	return file, text, nil
}

// invalidUTF8 returns the line of the first byte that is not UTF-8, if there is one.
func invalidUTF8(s string) (line int, found bool) {
	if utf8.ValidString(s) {
		return 0, false
	}
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			return lineAt(s, i), true
		}
	}
	return 0, false
}

// lineAt returns the line of s[i]; of the end if there is none.
func lineAt(s string, i int) int { return 1 + strings.Count(s[:min(i, len(s))], "\n") }

// hash returns the hash of all that makes the prompt. Each text goes in with its
// length, so that what one loses and another gains does not go unseen.
func (s *source) hash(u *uses) string {
	texts := append([]string{s.text}, s.included...)
	for _, p := range s.partials {
		if u.called[p.name] {
			texts = append(texts, p.raw)
		}
	}
	h := sha256.New()
	for _, text := range texts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		io.WriteString(h, text)
	}
	return hex.EncodeToString(h.Sum(nil))
}
