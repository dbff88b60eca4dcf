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
	set := token.NewFileSet()
	var err error
	c.file, err = parser.ParseFile(set, "", c.source, parser.ParseComments|parser.AllErrors|parser.SkipObjectResolution)
	c.errors = countErrors(err)
	if _, err := parser.ParseFile(token.NewFileSet(), "", c.before+c.after, parser.AllErrors|parser.SkipObjectResolution); countErrors(err) < c.errors {
		c.errors = countErrors(err)
	}
	c.path = pathTo(c.file)
	return c, c.path != nil || g.open.comment != "" || g.open.quote != 0
}

func countErrors(err error) int {
	list, _ := err.(scanner.ErrorList)
	return len(list)
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

func (g *goGap) sound(text string) bool {
	_, err := parser.ParseFile(token.NewFileSet(), "", g.before+text+g.after, parser.AllErrors|parser.SkipObjectResolution)
	return countErrors(err) <= g.errors && !strings.Contains(text, placeholder)
}

func (g *goGap) candidates() []string {
	if g.open.comment != "" {
		return g.comment()
	}
	var list []string
	if g.path == nil { // in a string
		if text, ok := g.repeated(); ok {
			list = append(list, text)
		}
		return append(list, "…"+g.closers)
	}
	switch parent := g.up(1).(type) {
	case *ast.ExprStmt:
		list = g.statements()
	case *ast.ReturnStmt:
		list = g.results()
	default:
		if text, ok := g.repeated(); ok {
			list = append(list, text)
		}
		if text, ok := g.series(); ok {
			list = append(list, text)
		}
		switch parent := parent.(type) {
		case *ast.IfStmt:
			list = append(list, g.condition())
		case *ast.CallExpr:
			list = append(list, g.arguments(parent)...)
		}
		list = append(list, g.closers)
	}
	return append(list, "// "+unwritten+g.ends(), "/* "+unwritten+" */"+g.closers, "")
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

// function returns the innermost function around the gap.
func (g *goGap) function() (name *ast.FuncDecl, kind *ast.FuncType, body *ast.BlockStmt) {
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

// statements returns statements that may be in the gap.
func (g *goGap) statements() []string {
	name, kind, body := g.function()
	if kind == nil {
		return nil
	}
	var list []string
	add := func(from string, lines []string) {
		inner := strings.TrimLeft(g.line, " \t")
		if len(lines) == 1 && inner != "" && strings.HasPrefix(strings.TrimLeft(g.rest, " "), "}") { // a block in one line
			text := lines[0]
			if !strings.HasSuffix(inner, " ") {
				text = " " + text
			}
			if !strings.HasPrefix(g.rest, " ") {
				text += " "
			}
			list = append(list, text)
		}
		label := byRules + from + "."
		list = append(list, g.placed(append([]string{label}, lines...)...)+g.ends())
	}
	stmt := g.up(1).(ast.Stmt)
	if block, ok := g.up(2).(*ast.BlockStmt); ok && block == body {
		switch i := slices.Index(body.List, stmt); {
		case i == 0 && len(body.List) == 1:
			if name != nil {
				for _, from := range g.bodies(name) {
					add(from.after, from.lines)
				}
			}
			fallthrough
		case i == len(body.List)-1 && kind.Results != nil:
			if kind.Results != nil {
				add("", []string{g.returned(kind, g.locals(body))})
			}
		}
	}
	if guard, ok := g.up(3).(*ast.IfStmt); ok {
		add("", []string{g.guarded(kind, guard)})
	}
	if text, ok := g.series(); ok {
		list = append(list, text)
	}
	return append(list, g.placed("// "+unwritten)+g.ends())
}

// results returns what may follow "return".
func (g *goGap) results() []string {
	name, kind, body := g.function()
	var list []string
	if name != nil && len(body.List) == 1 {
		for _, from := range g.bodies(name) {
			if value, ok := strings.CutPrefix(from.lines[0], "return "); ok && len(from.lines) == 1 {
				list = append(list, value)
			}
		}
	}
	var values []variable
	if kind != nil && len(g.up(1).(*ast.ReturnStmt).Results) == 1 {
		values = parameters(kind.Results)
	}
	if text, ok := g.repeated(); ok && len(values) < 2 {
		list = append(list, text)
	}
	if len(values) > 0 {
		list = append(list, strings.TrimPrefix(g.returned(kind, g.locals(body)), "return ")+g.closers)
	}
	return list
}

// condition returns what an if may ask.
func (g *goGap) condition() string {
	before := strings.Split(g.prompt, "\n")
	if recent := strings.Join(before[max(0, len(before)-4):], "\n"); regexp.MustCompile(`\berr\b.*=`).MatchString(recent) {
		return "err != nil"
	}
	_, kind, body := g.function()
	if kind != nil {
		if name := g.scope(kind, body)["bool"]; name != "" {
			return name
		}
	}
	return "true"
}

// arguments returns the arguments of a call of a function in the same file.
func (g *goGap) arguments(call *ast.CallExpr) []string {
	_, kind, body := g.function()
	name, ok := call.Fun.(*ast.Ident)
	if !ok || kind == nil || len(call.Args) != 1 {
		return nil
	}
	for _, d := range g.file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != name.Name {
			continue
		}
		known := g.scope(kind, body)
		var args []string
		for _, p := range parameters(f.Type.Params) {
			value := known[g.text(p.kind)]
			if value == "" {
				value = g.zero(p.kind)
			}
			args = append(args, value)
		}
		return []string{strings.Join(args, ", ") + g.closers}
	}
	return nil
}

// comment returns the rest of a comment: that of the function below it, if
// nothing is said yet.
func (g *goGap) comment() []string {
	said := strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(g.line), "/*"))
	for _, d := range g.file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || int(f.Pos()-g.file.FileStart) < len(g.before) {
			continue
		}
		space := ""
		if !strings.HasSuffix(g.line, " ") {
			space = " "
		}
		whole := g.description(f)
		if rest, ok := strings.CutPrefix(whole, said); ok && g.rest == "" {
			if said != "" {
				rest = strings.TrimLeft(rest, " ")
			}
			return []string{space + rest}
		}
		break
	}
	if text, ok := g.repeated(); ok {
		return []string{text}
	}
	return []string{unsaid}
}

// description returns what can be said of a function by its first line.
func (g *goGap) description(f *ast.FuncDecl) string {
	var takes, returns []string
	for _, p := range parameters(f.Type.Params) {
		if p.name != "_" && p.name != "" {
			takes = append(takes, p.name)
		}
	}
	for _, p := range parameters(f.Type.Results) {
		kind := g.text(p.kind)
		article := "a "
		if kind != "" && strings.ContainsAny(kind[:1], "aeiouAEIO") {
			article = "an "
		}
		returns = append(returns, article+kind)
	}
	text := f.Name.Name
	if len(takes) > 0 {
		text += " takes " + enumeration(takes)
	}
	if len(returns) > 0 {
		if len(takes) > 0 {
			text += " and"
		}
		text += " returns " + enumeration(returns)
	}
	if text == f.Name.Name {
		text += " is to be described"
	}
	return text + "."
}

func enumeration(list []string) string {
	if n := len(list); n > 1 {
		return strings.Join(list[:n-1], ", ") + " and " + list[n-1]
	}
	return list[0]
}
