package hadal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/hadal-go/hadal"

// A source is a Go file of the repository.
type source struct {
	path string // from the root of the repository, with forward slashes
	file *ast.File
	fset *token.FileSet
	text string
}

// dir returns the package of s, as its path below the module; "." is the root.
func (s source) dir() string { return path.Dir(s.path) }

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// line returns where pos is, as path:line.
func (s source) line(pos token.Pos) string {
	p := s.fset.Position(pos)
	p.Column = 0
	return p.String()
}

// sources parses all Go files of the repository, in order of their paths. As
// the go command does, it leaves out testdata and what begins with a dot or an
// underscore.
func sources(t *testing.T) []source {
	t.Helper()
	var list []source
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := name != "." && strings.ContainsAny(d.Name()[:1], "._")
		switch {
		case d.IsDir() && (hidden || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || hidden || path.Ext(name) != ".go":
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		s := source{path: name, fset: token.NewFileSet(), text: string(text)}
		s.file, err = parser.ParseFile(s.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		list = append(list, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// packages returns the directories of the sources.
func packages(list []source) []string {
	var dirs []string
	for _, s := range list {
		dirs = append(dirs, s.dir())
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}
