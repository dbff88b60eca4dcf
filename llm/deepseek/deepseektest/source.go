package deepseektest

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// A goGap is a gap in Go source of which at least whole declarations are there.
type goGap struct {
	*gap
	before, after string // as prompt and suffix, cut to declarations
	source        string // the two with a placeholder in the gap
	file          *ast.File
	path          []ast.Node // from the file to the placeholder; nil in a comment or a string
	errors        int        // of the syntax, whatever is in the gap
}

// placeholder is a name that stands in the gap while the source is parsed.
const placeholder = "theGapThatIsToBeFilled"

// byRules is the comment ahead of statements that the stand-in writes.
const byRules = "// No language model here: a stand-in wrote this by rules"

var (
	goClause      = regexp.MustCompile(`(?m)^package \w+`)
	goDeclaration = regexp.MustCompile(`(?m)^(?:func|type|var|const|import)\b.*[\w\])}"{(]$`)
)

func newGoGap(g *gap) (*goGap, bool) {
	c := &goGap{gap: g, before: g.prompt, after: g.suffix}
	if !goClause.MatchString(g.prompt) {
		at := goDeclaration.FindStringIndex(g.prompt)
		if at == nil {
			return nil, false
		}
		c.before = "package p\n\n" + g.prompt[at[0]:]
		if end := strings.LastIndex("\n"+g.suffix, "\n}"); end >= 0 {
			c.after = g.suffix[:end+1]
		}
	}
	c.source = c.before + placeholder + g.closers + c.after
	c.file, c.errors = parse(c.source)
	_, without := parse(c.before + c.after)
	c.errors = min(c.errors, without)
	c.path = pathTo(c.file)
	return c, c.path != nil || g.open.comment != "" || g.open.quote != 0
}

// parse returns what there is of a Go file, and the number of its mistakes.
func parse(source string) (*ast.File, int) {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.ParseComments|parser.AllErrors|parser.SkipObjectResolution)
	list, _ := err.(scanner.ErrorList)
	return file, len(list)
}

// pathTo returns the nodes from the file down to the placeholder.
func pathTo(file *ast.File) []ast.Node {
	var path, found []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return true
		}
		path = append(path, n)
		if id, ok := n.(*ast.Ident); ok && strings.HasSuffix(id.Name, placeholder) && found == nil {
			found = slices.Clone(path)
		}
		return true
	})
	return found
}

// fill returns the likeliest text that adds no mistake to the syntax, or "".
func (g *goGap) fill() string {
	var list []string
	switch {
	case g.open.comment != "":
		list = append(list, " "+unsaid, unsaid)
	case g.open.quote != 0:
		list = append(list, unsaid+g.closers)
	default:
		switch g.up(1).(type) {
		case *ast.ExprStmt:
			list = append(g.statements(), g.placed("// "+unwritten)+g.ends())
		case *ast.ReturnStmt:
			if values := g.zeros(); values != "" {
				list = append(list, values+g.closers)
			}
		}
		if g.closers != "" {
			list = append(list, g.closers)
		}
	}
	if strings.TrimSpace(g.rest) == "" { // or it would be part of the comment
		list = append(list, "// "+unwritten+g.ends())
	}
	list = append(list, "/* "+unwritten+" */"+g.closers)
	return first(list, func(text string) bool {
		_, n := parse(g.before + text + g.after)
		return n <= g.errors && !strings.Contains(text, placeholder)
	})
}

// up returns the node that is n above the placeholder.
func (g *goGap) up(n int) ast.Node { return g.path[max(0, len(g.path)-1-n)] }

// span returns where a node is in the source. Where the syntax is broken, so may
// be what the parser says of that.
func (g *goGap) span(n ast.Node) (start, end int) {
	start = max(0, min(int(n.Pos()-g.file.FileStart), len(g.source)))
	end = max(start, min(int(n.End()-g.file.FileStart), len(g.source)))
	return start, end
}

// text returns the source of a node.
func (g *goGap) text(n ast.Node) string {
	start, end := g.span(n)
	return g.source[start:end]
}

// function returns the innermost function around the gap, and its declaration if
// it has one.
func (g *goGap) function() (*ast.FuncDecl, *ast.FuncType, *ast.BlockStmt) {
	for _, n := range slices.Backward(g.path) {
		switch f := n.(type) {
		case *ast.FuncDecl:
			return f, f.Type, f.Body
		case *ast.FuncLit:
			return nil, f.Type, f.Body
		}
	}
	return nil, nil, nil
}

// statements returns what may be the body of the function, or the end of it.
func (g *goGap) statements() []string {
	declared, kind, body := g.function()
	if kind == nil || g.up(2) != ast.Node(body) || body.List[len(body.List)-1] != g.up(1) {
		return nil
	}
	var list []string
	if declared != nil && len(body.List) == 1 {
		if n := g.neighbour(declared); n != nil {
			list = append(list, g.placed(append([]string{byRules + ", after " + n.Name.Name + "."}, g.adapted(n, declared)...)...)+g.ends())
		}
	}
	if values := g.zeros(); values != "" {
		list = append(list, g.placed(byRules+".", "return "+values)+g.ends())
	}
	return list
}

// The most results, and the longest type, that values are written for.
const (
	maxResults = 16
	maxType    = 200
)

// zeros returns the zero values of the types that the function returns, or ""
// if there are none.
func (g *goGap) zeros() string {
	_, kind, _ := g.function()
	if kind == nil || kind.Results == nil || kind.Results.NumFields() > maxResults {
		return ""
	}
	if ret, ok := g.up(1).(*ast.ReturnStmt); ok && len(ret.Results) > 1 {
		return ""
	}
	var values []string
	for _, r := range kind.Results.List {
		if len(g.text(r.Type)) > maxType {
			return ""
		}
		for range max(1, len(r.Names)) {
			values = append(values, g.zero(r.Type))
		}
	}
	return strings.Join(values, ", ")
}

// zero returns the zero value of a type.
func (g *goGap) zero(kind ast.Expr) string {
	switch t := kind.(type) {
	case *ast.StarExpr, *ast.MapType, *ast.FuncType, *ast.ChanType, *ast.InterfaceType:
		return "nil"
	case *ast.ArrayType:
		if t.Len == nil {
			return "nil"
		}
	case *ast.Ident:
		switch t.Name {
		case "error", "any":
			return "nil"
		case "string":
			return `""`
		case "bool":
			return "false"
		case "byte", "rune", "uintptr", "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64",
			"float32", "float64", "complex64", "complex128":
			return "0"
		}
	}
	return "*new(" + g.text(kind) + ")"
}
