package sqlquery

import "slices"

// What a statement may be at most.
const (
	maxStatement = 32 << 10 // bytes
	maxDepth     = 100      // parentheses in parentheses
)

// A statement is one that the gate let pass.
type statement struct {
	text    string // without what is before and after it
	explain bool   // it asks how, not what
}

// never are words that have no place in a statement that only reads. A column of
// such a name is written in quotes.
var never = setOf(`insert update delete merge upsert into returning create drop alter grant revoke attach
	detach pragma vacuum reindex procedure call execute outfile dumpfile`)

// calls are words of never that are also functions: without a parenthesis after
// them they are refused.
var calls = setOf("replace truncate")

// A gate looks at the tokens of a statement.
type gate struct {
	d        *DB
	src      string
	list     []token
	i        int
	start    int // where the query begins, after EXPLAIN
	levels   []level
	indirect bool // the name to come is looked up in the value before it
}

// check returns the statement in text, or why it is refused.
func (d *DB) check(text string) (statement, *Error) {
	if len(text) > maxStatement {
		return statement{}, refusal(maxStatement, "the statement has %d bytes, and %d are the most: ask for less at once, and give long values as parameters", len(text), maxStatement)
	}
	list, err := lex(d.Dialect, text)
	if err != nil {
		return statement{}, err
	}
	for len(list) > 0 && list[len(list)-1].isOp(";") {
		list = list[:len(list)-1]
	}
	if len(list) == 0 {
		return statement{}, refusal(0, "there is no statement")
	}
	if i := slices.IndexFunc(list, func(t token) bool { return t.isOp(";") }); i >= 0 {
		return statement{}, refusal(list[i].pos, "there is more than one statement, from the semicolon at byte %d on: send one at a time", list[i].pos)
	}
	g := &gate{d: d, src: text, list: list, levels: []level{{}}}
	st := statement{text: text[list[0].pos:list[len(list)-1].end]}
	if list[0].is("explain") {
		st.explain = true
		if err := g.options(); err != nil {
			return st, err
		}
	}
	g.start = g.i
	if err := g.begins(); err != nil {
		return st, err
	}
	for ; g.i < len(list); g.i++ {
		if err := g.token(); err != nil {
			return st, err
		}
	}
	if len(g.levels) != 1 {
		return st, refusal(len(text), "a parenthesis is not closed")
	}
	return st, nil
}

// name returns a name as the database reads it. MySQL may tell capital letters
// from small ones without quotes too.
func (g *gate) name(t token) string {
	if t.kind == word && (g.d.Dialect == MySQL || g.d.Dialect.generic()) {
		return g.src[t.pos:t.end]
	}
	return t.text
}

// look returns the token n after the current one.
func (g *gate) look(n int) token {
	if i := g.i + n; i >= 0 && i < len(g.list) {
		return g.list[i]
	}
	return token{kind: op}
}

// options passes over EXPLAIN and what belongs to it.
func (g *gate) options() *Error {
	for g.i++; g.i < len(g.list); g.i++ {
		t := g.look(0)
		switch {
		case t.is("query", "plan", "analyze", "verbose"):
		case t.is("format") && g.look(1).isOp("="):
			g.i += 2
		case t.isOp("(") && g.list[g.i-1].is("explain") && g.look(1).is("analyze", "verbose", "costs", "settings", "generic_plan", "buffers", "serialize", "wal", "timing", "summary", "memory", "format"):
			for !g.look(0).isOp(")") {
				if t := g.look(0); g.i == len(g.list) || t.kind != word && t.kind != number && !t.isOp(",") && !t.isOp("(") {
					return refusal(t.pos, "the options of EXPLAIN are not understood: leave them out")
				}
				g.i++
			}
		default:
			return nil
		}
	}
	return nil
}

// begins returns an error if it is not a query that begins here.
func (g *gate) begins() *Error {
	i := g.i
	for i < len(g.list) && g.list[i].isOp("(") {
		i++
	}
	if i < len(g.list) && g.list[i].is("select", "with", "values", "table") {
		return nil
	}
	at, what := 0, "nothing"
	if i < len(g.list) {
		at, what = g.list[i].pos, head(g.list[i].text, 40)
	}
	if g.list[0].is("pragma", "show", "describe", "desc") {
		return refusal(at, "only queries can be run, not %s: what tables and columns there are tells %s", what, g.d.name(schemaName))
	}
	return refusal(at, "only queries can be run, which begin with SELECT, WITH, VALUES or EXPLAIN, not with %s: nothing can be changed here", what)
}

// token looks at one.
func (g *gate) token() *Error {
	t, before, after := g.look(0), g.look(-1), g.look(1)
	member := before.isOp(".") // never a keyword
	indirect := member && g.indirect
	g.indirect = false
	if t.kind == word && !member {
		if err := forbidden(t, before, after); err != nil {
			return err
		}
	}
	if err := g.inWith(t); err != nil {
		return err
	}
	p := g.place()
	switch {
	case t.kind == op:
		return g.operator(t, before)
	case t.kind == str && p.expect && g.d.Dialect == SQLite:
		return g.table() // it takes a string for a name there
	case t.kind != word && t.kind != quoted:
		p.expect = false
		return nil
	case indirect:
		g.indirect = after.isOp(".")
		return g.function()
	case t.kind == word && member && (t.text == "nextval" || t.text == "currval") && (g.d.Dialect == MySQL || g.d.Dialect.generic()):
		return refusal(t.pos, "%s changes a sequence, and cannot be used", t.text)
	case p.with == wantName && !(t.is("recursive") && before.is("with")):
		return g.cte()
	case t.kind == word && !member && g.keyword(t, before, after):
		return nil
	case p.expect:
		return g.table()
	case after.isOp("(") && !g.alias(before):
		return g.function()
	}
	return nil
}

// forbidden returns an error for a word that does not only read.
func forbidden(t, before, after token) *Error {
	bad := never[t.text] || calls[t.text] && !after.isOp("(")
	switch {
	case t.text == "for":
		bad = after.is("update", "share", "no", "key")
	case t.text == "lock":
		bad = after.is("in")
	case t.text == "value":
		bad = before.is("next", "previous") && after.is("for")
	}
	if !bad {
		return nil
	}
	return refusal(t.pos, "%s cannot be used, since nothing can be changed or locked here: if it is a name, write it in quotes (byte %d)", t.text, t.pos)
}

// operator follows parentheses, commas and points.
func (g *gate) operator(t, before token) *Error {
	p := g.place()
	switch t.text {
	case "(", "[":
		if len(g.levels) == maxDepth {
			return refusal(t.pos, "the parentheses are nested deeper than %d: ask in a simpler way", maxDepth)
		}
		// After FROM it may be a join that is in parentheses.
		inner := level{bracket: t.text == "[", expect: p.expect, from: p.expect, body: p.with == wantBody}
		p.expect = false
		if p.with == wantMore {
			p.with = noWith
		}
		g.levels = append(g.levels, inner)
	case ")", "]":
		if len(g.levels) == 1 || p.bracket != (t.text == "]") {
			return refusal(t.pos, "the %s at byte %d closes nothing", t.text, t.pos)
		}
		body := p.body
		g.levels = g.levels[:len(g.levels)-1]
		if body {
			g.defined()
		}
	case ",":
		p.expect = p.from
		if p.with == wantMore {
			p.with = wantName
		}
	case ".":
		g.indirect = before.isOp(")") || before.isOp("]") || before.kind == param
	case "*":
	default:
		p.expect = false
	}
	return nil
}

// alias reports whether a name that a parenthesis follows is no call: that of a
// table or a type, with the names of columns or a size after it.
func (g *gate) alias(before token) bool {
	return before.is("as") || before.isOp("::") || before.is("tablesample") || before.isOp(")") && g.place().from
}
