package deepseektest

import (
	"go/ast"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest body that is taken over, and the longest word that takes the place
// of another in it.
const (
	maxNeighbour = 4 << 10
	maxWord      = 40
)

// neighbour returns the nearest function of the same type as f that has a body,
// or nil.
func (g *goGap) neighbour(f *ast.FuncDecl) *ast.FuncDecl {
	var nearest *ast.FuncDecl
	distance := func(n *ast.FuncDecl) int { return int(max(n.Pos()-f.Pos(), f.Pos()-n.Pos())) }
	signature := g.signature(f)
	for _, d := range g.file.Decls {
		n, ok := d.(*ast.FuncDecl)
		if !ok || n == f || n.Body == nil || len(n.Body.List) == 0 || len(g.text(n.Body)) > maxNeighbour || g.signature(n) != signature {
			continue
		}
		if nearest == nil || distance(n) < distance(nearest) {
			nearest = n
		}
	}
	return nearest
}

// lists returns the receiver, the parameters and the results of a function.
func lists(f *ast.FuncDecl) []*ast.FieldList {
	return []*ast.FieldList{f.Recv, f.Type.TypeParams, f.Type.Params, f.Type.Results}
}

// signature returns the types in a function's lists.
func (g *goGap) signature(f *ast.FuncDecl) string {
	var b strings.Builder
	for _, list := range lists(f) {
		if list != nil {
			for _, field := range list.List {
				b.WriteString(strconv.Itoa(len(field.Names)) + " " + g.text(field.Type) + ",")
			}
		}
		b.WriteByte(';')
	}
	return b.String()
}

// parameters returns the names in a function's lists.
func parameters(f *ast.FuncDecl) []string {
	var names []string
	for _, list := range lists(f) {
		if list != nil {
			for _, field := range list.List {
				for _, n := range field.Names {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}

// adapted returns the lines of from's body with the words exchanged in which its
// name, its comment and its parameters differ from those of to.
func (g *goGap) adapted(from, to *ast.FuncDecl) []string {
	w := make(wording)
	w.align(sentenceWords(from.Doc), sentenceWords(to.Doc))
	w.align(partPattern.FindAllString(from.Name.Name, -1), partPattern.FindAllString(to.Name.Name, -1))
	exact := map[string]string{from.Name.Name: to.Name.Name}
	ours := parameters(to)
	for i, name := range parameters(from) {
		exact[name] = ours[i]
	}
	start, end := g.span(from)
	known := make(map[string]bool)
	for _, rest := range []string{g.source[:start], g.source[end:]} {
		for _, name := range namePattern.FindAllString(rest, -1) {
			known[name] = true
		}
	}
	text := strings.Trim(strings.TrimSuffix(strings.TrimPrefix(g.text(from.Body), "{"), "}"), " \t\r\n")
	text = namePattern.ReplaceAllStringFunc(text, func(name string) string {
		to, ok := exact[name]
		if !ok {
			to = w.apply(name)
		}
		if len(to) > maxWord || known[name] && !known[to] {
			return name
		}
		return to
	})
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

var (
	namePattern = regexp.MustCompile(`[\pL_][\pL\pN_]*`)
	partPattern = regexp.MustCompile(`\p{Lu}+\P{Lu}*|[^\p{Lu}_]+|_+`)
)

// A wording is the words, in lower case, that take the place of others when a
// text becomes its neighbour.
type wording map[string]string

// align notes the words in which two sentences of the same length differ.
func (w wording) align(from, to []string) {
	if len(from) != len(to) {
		return
	}
	for i, word := range from {
		if !strings.EqualFold(word, to[i]) {
			w[strings.ToLower(word)] = strings.ToLower(to[i])
		}
	}
}

// apply returns a name with the words in it exchanged.
func (w wording) apply(name string) string {
	return partPattern.ReplaceAllStringFunc(name, func(part string) string {
		to, ok := w[strings.ToLower(part)]
		switch {
		case !ok || len(to) > maxWord:
			return part
		case len(part) > 1 && part == strings.ToUpper(part):
			return strings.ToUpper(to)
		case part[0] >= 'A' && part[0] <= 'Z':
			r, n := utf8.DecodeRuneInString(to)
			return string(unicode.ToUpper(r)) + to[n:]
		}
		return to
	})
}
