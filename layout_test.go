package hadal_test

import (
	"go/ast"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTopLevel holds that the root has these folders and no others. Those whose
// names begin with a dot are not part of the tree that a reader sees.
func TestTopLevel(t *testing.T) {
	want := []string{"llm", "chain", "tools", "memory", "output", "examples", "internal"}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !slices.Contains(want, e.Name()) {
			t.Errorf("folder %s at the root: there are only %s", e.Name(), strings.Join(want, ", "))
		}
	}
}

// TestFiles holds what is true of every Go file.
func TestFiles(t *testing.T) {
	const longest = 500
	unfinished := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`) // in pieces, so as not to find itself
	for _, s := range sources(t) {
		if n := strings.Count(s.text, "\n"); n > longest {
			t.Errorf("%s has %d lines: split what is over %d by subject", s.path, n, longest)
		}
		for i, line := range strings.Split(s.text, "\n") {
			if mark := unfinished.FindString(line); mark != "" {
				t.Errorf("%s:%d: %s", s.path, i+1, mark)
			}
		}
	}
}

// TestComments holds that each package has one package comment, and what it
// exports a comment that says what it is.
func TestComments(t *testing.T) {
	list := sources(t)
	lessons := map[string]int{}
	for _, s := range list {
		if s.isTest() {
			continue
		}
		lessons[s.dir()] += 0
		if s.file.Doc != nil {
			lessons[s.dir()]++
		}
		for _, decl := range s.file.Decls {
			for _, id := range uncommented(decl) {
				if slices.Contains([]string{"Error", "Unwrap"}, id.Name) && strings.Contains(s.path, "internal/") {
					continue // everybody knows what these do
				}
				t.Errorf("%s: %s has no comment that names it", s.line(id.Pos()), id.Name)
			}
		}
	}
	for dir, n := range lessons {
		if n != 1 {
			t.Errorf("package %s has %d package comments", dir, n)
		}
	}
}

// uncommented returns the exported names of decl that lack a comment.
func uncommented(decl ast.Decl) []*ast.Ident {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && exportedReceiver(d) && !names(d.Doc, d.Name) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		var bad []*ast.Ident
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() && !names(spec.Doc, spec.Name) && !names(d.Doc, spec.Name) {
					bad = append(bad, spec.Name)
				}
			case *ast.ValueSpec:
				// one comment may speak for a group
				if spec.Doc == nil && spec.Comment == nil && d.Doc == nil {
					bad = append(bad, slices.DeleteFunc(slices.Clone(spec.Names), func(id *ast.Ident) bool { return !id.IsExported() })...)
				}
			}
		}
		return bad
	}
	return nil
}

// exportedReceiver reports whether d is a function, or a method of an exported
// type.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	for t := d.Recv.List[0].Type; ; {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// names reports whether a comment begins with the name, after an article or not.
func names(doc *ast.CommentGroup, id *ast.Ident) bool {
	words := strings.Fields(doc.Text())
	if len(words) > 0 && slices.Contains([]string{"A", "An", "The"}, words[0]) {
		words = words[1:]
	}
	return len(words) > 1 && strings.TrimSuffix(words[0], "'s") == id.Name
}

// TestUncommented shows that uncommented finds what it is for.
func TestUncommented(t *testing.T) {
	for _, tt := range []struct {
		text string
		want int
	}{
		{"func F() {}", 1},
		{"// Returns nothing.\nfunc F() {}", 1},
		{"// F returns nothing.\nfunc F() {}", 0},
		{"func f() {}", 0},
		{"func (t) F() {}", 0},
		{"func (*T) F() {}", 1},
		{"func (*T[A]) F() {}", 1},
		{"type T int", 1},
		{"// A T counts.\ntype T int", 0},
		{"const A, b, C = 1, 2, 3", 2},
		{"// The letters.\nconst (\nA = 1\nB = 2\n)", 0},
		{"const (\nA = 1 // first\nB = 2\n)", 1},
	} {
		file := parse(t, token.NewFileSet(), "package p\n"+tt.text)
		if got := uncommented(file.Decls[0]); len(got) != tt.want {
			t.Errorf("%q: %v, want %d", tt.text, got, tt.want)
		}
	}
}
