package deepseektest

import (
	"go/ast"
	"slices"
	"strings"
)

// A body is what may be the body of a function.
type body struct {
	after string // whose body it was, such as ", after Max"
	lines []string
}

// maxNeighbours is how many neighbours are tried.
const maxNeighbours = 3

// bodies returns bodies for a function: of the field that it is named for, of
// the struct that it makes, or of neighbours of the same type.
func (g *goGap) bodies(f *ast.FuncDecl) []body {
	var list []body
	if text, ok := g.field(f); ok {
		list = append(list, body{lines: []string{text}})
	}
	if text, ok := g.literal(f); ok {
		list = append(list, body{lines: []string{text}})
	}
	var neighbours []*ast.FuncDecl
	for _, d := range g.file.Decls {
		n, ok := d.(*ast.FuncDecl)
		if ok && n != f && n.Body != nil && len(n.Body.List) > 0 && g.signature(n) == g.signature(f) {
			neighbours = append(neighbours, n)
		}
	}
	slices.SortStableFunc(neighbours, func(a, b *ast.FuncDecl) int { // the nearest first
		return int(max(a.Pos()-f.Pos(), f.Pos()-a.Pos()) - max(b.Pos()-f.Pos(), f.Pos()-b.Pos()))
	})
	for _, n := range neighbours[:min(len(neighbours), maxNeighbours)] {
		list = append(list, body{", after " + n.Name.Name, g.adapted(n, f)})
	}
	return list
}

// signature returns the types of a function's receiver, parameters and results.
func (g *goGap) signature(f *ast.FuncDecl) string {
	var b strings.Builder
	for _, list := range []*ast.FieldList{f.Recv, f.Type.TypeParams, f.Type.Params, f.Type.Results} {
		for _, p := range parameters(list) {
			b.WriteString(g.text(p.kind) + ",")
		}
		b.WriteByte(';')
	}
	return b.String()
}

// adapted returns the lines of from's body with the words exchanged in which its
// name, its comment and its parameters differ from those of to.
func (g *goGap) adapted(from, to *ast.FuncDecl) []string {
	w := make(wording)
	w.align(sentenceWords(from.Doc), sentenceWords(to.Doc))
	w.align(partPattern.FindAllString(from.Name.Name, -1), partPattern.FindAllString(to.Name.Name, -1))
	w[from.Name.Name] = to.Name.Name
	names := func(f *ast.FuncDecl) []variable {
		return slices.Concat(parameters(f.Recv), parameters(f.Type.TypeParams), parameters(f.Type.Params), parameters(f.Type.Results))
	}
	theirs, ours := names(from), names(to)
	for i, v := range theirs {
		if i < len(ours) && v.name != "" && ours[i].name != "" {
			w[v.name] = ours[i].name
		}
	}
	start, end := g.span(from)
	known := make(map[string]bool)
	for _, rest := range []string{g.source[:start], g.source[end:]} {
		for _, name := range namePattern.FindAllString(rest, -1) {
			known[name] = true
		}
	}
	text := g.text(from.Body)
	text = strings.Trim(strings.TrimSuffix(strings.TrimPrefix(text, "{"), "}"), " \t\r\n")
	text = w.apply(text, func(name string) bool { return known[name] })
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "\t")
	}
	return lines
}

// sentenceWords returns the words of the first sentence of a comment.
func sentenceWords(doc *ast.CommentGroup) []string {
	text, _, _ := strings.Cut(strings.ReplaceAll(doc.Text(), "\n", " "), ". ")
	return namePattern.FindAllString(text, -1)
}

// field returns the body of a method that is named for a field.
func (g *goGap) field(f *ast.FuncDecl) (string, bool) {
	if len(parameters(f.Recv)) != 1 || len(parameters(f.Type.Params)) > 0 || len(parameters(f.Type.Results)) != 1 {
		return "", false
	}
	receiver := parameters(f.Recv)[0]
	for _, v := range g.fields(receiver.kind) {
		if strings.EqualFold(v.name, f.Name.Name) && g.text(v.kind) == g.text(f.Type.Results.List[0].Type) && receiver.name != "" {
			return "return " + receiver.name + "." + v.name, true
		}
	}
	return "", false
}

// literal returns the body of a function that makes a struct of its parameters.
func (g *goGap) literal(f *ast.FuncDecl) (string, bool) {
	params, results := parameters(f.Type.Params), parameters(f.Type.Results)
	if len(params) == 0 || len(results) == 0 {
		return "", false
	}
	fields := g.fields(results[0].kind)
	var members []string
	for _, p := range params {
		i := slices.IndexFunc(fields, func(v variable) bool { return strings.EqualFold(v.name, p.name) && g.text(v.kind) == g.text(p.kind) })
		if i < 0 {
			return "", false
		}
		members = append(members, fields[i].name+": "+p.name)
	}
	kind, pointer := strings.CutPrefix(g.text(results[0].kind), "*")
	text := "return " + kind + "{" + strings.Join(members, ", ") + "}"
	if pointer {
		text = "return &" + kind + "{" + strings.Join(members, ", ") + "}"
	}
	for _, r := range results[1:] {
		text += ", " + g.zero(r.kind)
	}
	return text, true
}

// fields returns the fields of a struct of the file, or of what points to one.
func (g *goGap) fields(kind ast.Expr) []variable {
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	name, ok := kind.(*ast.Ident)
	if !ok {
		return nil
	}
	is, _ := g.declaredType(name.Name)
	if s, ok := is.(*ast.StructType); ok {
		return parameters(s.Fields)
	}
	return nil
}
