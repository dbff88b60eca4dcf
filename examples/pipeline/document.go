package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hadal-go/hadal/examples/internal/demo"
)

// bundled are the documents that come with the program, which may run anywhere.
//
//go:embed texts
var bundled embed.FS

// home is where the bundled documents are in the repository.
const home = "examples/pipeline/"

// documents returns those that are named, or else the bundled ones.
func documents(names []string) ([]Document, error) {
	if len(names) == 0 {
		var err error
		if names, err = fs.Glob(bundled, "texts/*.txt"); err != nil {
			return nil, err
		}
		list := make([]Document, len(names))
		for i, name := range names {
			if list[i], err = own(name); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	list := make([]Document, len(names))
	for i, name := range names {
		var err error
		if list[i], err = read(name); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// own returns a document that comes with the program.
func own(name string) (Document, error) {
	text, err := bundled.ReadFile(name)
	return Document{Name: name, Text: string(text)}, err
}

// maxSize is how large a file may be: a model reads all of it, for money.
const maxSize = 256 << 10

// read returns a document of the user's, or one that comes with the program.
func read(name string) (Document, error) {
	found, err := demo.Find(name)
	slashed := filepath.ToSlash(name)
	if errors.Is(err, fs.ErrNotExist) {
		if d, err := own(strings.TrimPrefix(slashed, home)); err == nil {
			return d, nil
		}
	}
	if err != nil {
		return Document{}, err
	}
	info, err := os.Stat(found)
	switch {
	case err != nil:
		return Document{}, err
	case info.IsDir():
		return Document{}, fmt.Errorf("%s is a directory", name)
	case info.Size() > maxSize:
		return Document{}, fmt.Errorf("%s has %d bytes, which is more than %d", name, info.Size(), maxSize)
	}
	text, err := os.ReadFile(found)
	if err != nil {
		return Document{}, err
	}
	if strings.TrimSpace(string(text)) == "" {
		return Document{}, fmt.Errorf("%s is empty", name)
	}
	return Document{Name: slashed, Text: string(text)}, nil
}
