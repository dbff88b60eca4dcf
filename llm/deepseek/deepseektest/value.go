package deepseektest

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A variable is a name and its type.
type variable struct {
	name string
	kind ast.Expr
}

// parameters returns each parameter, or result, of a list. The names may be "".
func parameters(fields *ast.FieldList) []variable {
	if fields == nil {
		return nil
	}
	var list []variable
	for _, f := range fields.List {
		for _, n := range f.Names {
			list = append(list, variable{n.Name, f.Type})
		}
		if len(f.Names) == 0 {
			list = append(list, variable{"", f.Type})
		}
	}
	return list
}

// locals returns the variables that a function declares ahead of the gap, by
// their types: the latest of each type.
func (g *goGap) locals(body *ast.BlockStmt) map[string]string {
	found := make(map[string]string)
	gap := g.path[len(g.path)-1].Pos()
	for _, n := range g.path {
		block, ok := n.(*ast.BlockStmt)
		if !ok || block.Pos() < body.Pos() {
			continue
		}
		for _, s := range block.List {
			if s.End() > gap {
				break
			}
			g.declared(s, found)
		}
	}
	return found
}

// declared notes the variables that a statement declares.
func (g *goGap) declared(s ast.Stmt, found map[string]string) {
	switch s := s.(type) {
	case *ast.DeclStmt:
		d, ok := s.Decl.(*ast.GenDecl)
		if !ok || d.Tok != token.VAR {
			return
		}
		for _, spec := range d.Specs {
			if v, ok := spec.(*ast.ValueSpec); ok && v.Type != nil && len(v.Names) > 0 {
				found[g.text(v.Type)] = v.Names[len(v.Names)-1].Name
			}
		}
	case *ast.AssignStmt:
		if s.Tok != token.DEFINE || len(s.Lhs) != len(s.Rhs) {
			return
		}
		for i, value := range s.Rhs {
			name, ok := s.Lhs[i].(*ast.Ident)
			if kind := g.typeOf(value); ok && kind != "" && name.Name != "_" {
				found[kind] = name.Name
			}
		}
	}
}

// typeOf returns the type of a value if that can be seen from it, or "".
func (g *goGap) typeOf(value ast.Expr) string {
	switch v := value.(type) {
	case *ast.BasicLit:
		return map[token.Token]string{token.INT: "int", token.FLOAT: "float64", token.STRING: "string", token.CHAR: "rune"}[v.Kind]
	case *ast.CompositeLit:
		if v.Type != nil {
			return g.text(v.Type)
		}
	case *ast.UnaryExpr:
		if kind := g.typeOf(v.X); v.Op == token.AND && kind != "" {
			return "*" + kind
		}
	case *ast.Ident:
		if v.Name == "true" || v.Name == "false" {
			return "bool"
		}
	case *ast.CallExpr:
		f, ok := v.Fun.(*ast.Ident)
		switch {
		case !ok || len(v.Args) == 0:
		case f.Name == "make":
			return g.text(v.Args[0])
		case f.Name == "new":
			return "*" + g.text(v.Args[0])
		case f.Name == "len" || f.Name == "cap":
			return "int"
		}
	}
	return ""
}

// scope returns the parameters and the variables ahead of the gap, by type.
func (g *goGap) scope(kind *ast.FuncType, body *ast.BlockStmt) map[string]string {
	found := make(map[string]string)
	for _, p := range slices.Backward(parameters(kind.Params)) {
		if p.name != "" && p.name != "_" {
			found[g.text(p.kind)] = p.name
		}
	}
	maps.Copy(found, g.locals(body))
	return found
}

// returned returns a return statement: variables of the types of the results, or
// their zero values.
func (g *goGap) returned(kind *ast.FuncType, known map[string]string) string {
	var values []string
	for _, r := range parameters(kind.Results) {
		value := known[g.text(r.kind)]
		if value == "" || g.text(r.kind) == "error" {
			value = g.zero(r.kind)
		}
		values = append(values, value)
	}
	return strings.TrimSpace("return " + strings.Join(values, ", "))
}

// guarded returns the return statement of an if: an error, where there is one to
// return, and zero values.
func (g *goGap) guarded(kind *ast.FuncType, guard *ast.IfStmt) string {
	var values []string
	for _, r := range parameters(kind.Results) {
		value := g.zero(r.kind)
		if g.text(r.kind) == "error" {
			asked := g.text(guard.Cond)
			switch {
			case strings.Contains(asked, "err"):
				value = "err"
			case g.imports("errors"):
				value = "errors.New(" + strconv.Quote(asked) + ")"
			case g.imports("fmt"):
				value = "fmt.Errorf(\"%s\", " + strconv.Quote(asked) + ")"
			}
		}
		values = append(values, value)
	}
	return strings.TrimSpace("return " + strings.Join(values, ", "))
}

func (g *goGap) imports(path string) bool {
	return slices.ContainsFunc(g.file.Imports, func(s *ast.ImportSpec) bool {
		return s.Path.Value == strconv.Quote(path) && s.Name == nil
	})
}

// zero returns the zero value of a type.
func (g *goGap) zero(kind ast.Expr) string {
	for range 10 { // types of types
		switch t := kind.(type) {
		case *ast.ParenExpr:
			kind = t.X
			continue
		case *ast.StarExpr, *ast.MapType, *ast.FuncType, *ast.ChanType, *ast.InterfaceType, *ast.Ellipsis:
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
			if _, generic := g.declaredType(t.Name); generic {
				return "*new(" + t.Name + ")"
			}
			if to, _ := g.declaredType(t.Name); to != nil {
				if _, ok := to.(*ast.StructType); !ok {
					kind = to
					continue
				}
			}
		case *ast.SelectorExpr:
			if g.text(t) == "time.Duration" {
				return "0"
			}
		}
		break
	}
	return g.text(kind) + "{}"
}

// declaredType returns what a type of the file is, or that the name is a type
// parameter of the function around the gap.
func (g *goGap) declaredType(name string) (is ast.Expr, generic bool) {
	if f, _, _ := g.function(); f != nil {
		if slices.ContainsFunc(parameters(f.Type.TypeParams), func(p variable) bool { return p.name == name }) {
			return nil, true
		}
	}
	for _, d := range g.file.Decls {
		if d, ok := d.(*ast.GenDecl); ok {
			for _, s := range d.Specs {
				if t, ok := s.(*ast.TypeSpec); ok && t.Name.Name == name {
					return t.Type, false
				}
			}
		}
	}
	return nil, false
}
