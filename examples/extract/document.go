package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/examples/internal/demo"
)

// A document is a text to make a value of.
type document struct {
	name string // as the user knows it
	kind string
	text string
}

// kinds are what documents may be, in order.
var kinds = []string{"invoice", "cv", "mail"}

// bundled are the documents that come with the program, which may run anywhere.
//
//go:embed texts
var bundled embed.FS

// home is where the bundled documents are in the repository.
const home = "examples/extract/"

// documents returns those that are named, or else the bundled ones; of one kind, if
// that is given.
func documents(names []string, kind string) ([]document, error) {
	if kind != "" && !slices.Contains(kinds, kind) {
		return nil, fmt.Errorf("-kind %q is none of %s", kind, strings.Join(kinds, ", "))
	}
	var list []document
	for _, name := range names {
		d, err := read(name, kind)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	if len(names) > 0 {
		return list, nil
	}
	for _, k := range kinds {
		if kind != "" && kind != k {
			continue
		}
		files, err := bundled.ReadDir("texts/" + k)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			d, err := own("texts/" + k + "/" + f.Name())
			if err != nil {
				return nil, err
			}
			list = append(list, d)
		}
	}
	return list, nil
}

// own returns a document that comes with the program.
func own(name string) (document, error) {
	text, err := bundled.ReadFile(name)
	return document{name: name, kind: path.Base(path.Dir(name)), text: string(text)}, err
}

// maxSize is how large a file may be: a model reads all of it, for money.
const maxSize = 256 << 10

// read returns a document of the user's, or one that comes with the program.
func read(name, kind string) (document, error) {
	found, err := demo.Find(name)
	slashed := filepath.ToSlash(name)
	if errors.Is(err, fs.ErrNotExist) {
		if d, err := own(strings.TrimPrefix(slashed, home)); err == nil {
			return d, nil
		}
	}
	if err != nil {
		return document{}, err
	}
	info, err := os.Stat(found)
	switch {
	case err != nil:
		return document{}, err
	case info.IsDir():
		return document{}, fmt.Errorf("%s is a directory", name)
	case info.Size() > maxSize:
		return document{}, fmt.Errorf("%s has %d bytes, which is more than %d", name, info.Size(), maxSize)
	}
	text, err := os.ReadFile(found)
	if err != nil {
		return document{}, err
	}
	if kind == "" { // as the bundled ones are kept
		kind = path.Base(path.Dir(filepath.ToSlash(found)))
	}
	if !slices.Contains(kinds, kind) {
		return document{}, fmt.Errorf("say what %s is: -kind %s", name, strings.Join(kinds, ", or "))
	}
	if strings.TrimSpace(string(text)) == "" {
		return document{}, fmt.Errorf("%s is empty", name)
	}
	return document{name: slashed, kind: kind, text: string(text)}, nil
}
