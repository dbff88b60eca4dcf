package promptfile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/chain/prompt"
)

// A partial is a file that sections can put in.
type partial struct {
	name, file string
	raw, text  string // of the file, and without blank lines around it
	line       int    // at which text begins
}

var (
	comment = regexp.MustCompile(`(?s)\{\{-?\s*/\*.*?\*/\s*-?\}\}`)
	call    = regexp.MustCompile("\\{\\{-?\\s*template\\s+(?:\"([^\"\\\\]*)\"|`([^`]*)`)")
)

// findPartials reads the partials that the sections call, and those that these call.
func (s *source) findPartials() error {
	if s.front.braces {
		return nil // in which nothing can be called
	}
	var texts []string
	for _, sec := range s.sections {
		texts = append(texts, sec.text)
	}
	seen := map[string]bool{}
	for i := 0; i < len(texts); i++ {
		for _, m := range call.FindAllStringSubmatch(comment.ReplaceAllString(texts[i], ""), -1) {
			name := m[1] + m[2]
			if seen[name] || !validName(name) || strings.Contains(name, "/") {
				continue // the engine says that there is none
			}
			seen[name] = true
			p, err := s.readPartial(name)
			if err != nil {
				return err
			}
			if p == nil {
				s.absent = append(s.absent, name)
				continue
			}
			s.partials = append(s.partials, *p)
			texts = append(texts, p.text)
		}
	}
	slices.SortFunc(s.partials, func(a, b partial) int { return strings.Compare(a.name, b.name) })
	return nil
}

// explained returns the error of a text with why a partial is not there, if it is
// that: what is not embedded looks as if it had not been written.
func (s *source) explained(err error) error {
	for _, name := range s.absent {
		if strings.Contains(err.Error(), "there is no partial "+name) {
			return fmt.Errorf("%w; there is no file _%s.md beside the prompt (to embed one, write //go:embed all:folder or folder/*.md)", err, short(name))
		}
	}
	return err
}

// readPartial reads a partial. It returns nil if there is none: then the name may
// be one that the text defines, and if not, the engine says so.
func (s *source) readPartial(name string) (*partial, error) {
	file := path.Join(path.Dir(s.name), "_"+name+".md")
	raw, err := readFile(s.fsys, file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, &Error{file, 0, err}
	case len(s.partials) == maxPartials:
		return nil, fail(file, 0, prompt.ErrLimit, "the prompt calls more than %d partials", maxPartials)
	}
	if line, bad := invalidUTF8(raw); bad {
		return nil, fail(file, line, prompt.ErrSyntax, "the file is not UTF-8")
	}
	text, line := trimBlank(raw, 1)
	return &partial{name, file, raw, text, line}, nil
}
