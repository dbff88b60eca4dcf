package sqlquery

import (
	"slices"
	"strings"
)

// A level is what is known of the query between two parentheses. It tells where
// the name of a table stands, and where that of a table is a name that WITH
// gives.
type level struct {
	selects bool // there was a SELECT
	from    bool // it is in a list of tables
	expect  bool // the next name is that of a table
	bracket bool // it is between brackets
	body    bool // it is the query of a name in WITH

	with      with
	recursive bool
	pending   string   // the name whose query is next
	names     []string // that WITH has given up to here
}

// with is what a list after WITH needs next.
type with uint8

const (
	noWith with = iota
	wantName
	wantBody // a list of columns, AS, and the query
	wantMore // a comma, or the query that the names are for
)

// place returns the level of the current token.
func (g *gate) place() *level { return &g.levels[len(g.levels)-1] }

// inWith returns an error for what does not belong into a list after WITH, where
// names are taken from what a model writes.
func (g *gate) inWith(t token) *Error {
	ok := true
	switch g.place().with {
	case wantName:
		ok = t.kind == word || t.kind == quoted
	case wantBody:
		ok = t.is("as", "not", "materialized") || t.isOp("(")
	case wantMore:
		ok = t.is("select", "values", "table") || t.isOp("(") || t.isOp(",")
	}
	if ok {
		return nil
	}
	return refusal(t.pos, "what stands after WITH is not understood at byte %d: it is WITH name AS (query), more of these, and then SELECT", t.pos)
}

// plain are keywords that a parenthesis may follow, without being called.
var (
	plain = setOf(`select all distinct from where and or not in exists any some on using join as by having
		limit offset union intersect except values when then else case between like ilike similar to is over
		filter group rollup cube sets lateral array row materialized with escape fetch only zone interval
		decimal numeric varchar varying repeatable end`)
	plainSQLite = setOf("glob regexp match")
	plainMySQL  = setOf("regexp rlike xor div mod binary key index partition against of columns")
)

// isPlain reports whether a word is a keyword that is not called.
func (g *gate) isPlain(text string) bool {
	switch g.d.Dialect {
	case SQLite:
		return plain[text] || plainSQLite[text]
	case MySQL:
		return plain[text] || plainMySQL[text]
	}
	return plain[text]
}

// keyword follows what a word means for the places of tables, and reports whether
// that is all there is to it.
//
// No word may end a list of tables here that a database would take for the name
// of a table, as some do with OFFSET and WITH: the rest of the list would be
// overlooked.
func (g *gate) keyword(t, before, after token) bool {
	p := g.place()
	first := g.i == g.start || before.isOp("(") // of a query
	switch t.text {
	case "with":
		if first {
			p.with, p.from, p.expect = wantName, false, false
			p.recursive = g.d.Dialect == SQLite // which does not ask for the word
		}
		return first || g.other(t, after)
	case "recursive":
		if p.with == wantName {
			p.recursive = true
			return true
		}
		return g.other(t, after)
	case "select":
		p.selects, p.from, p.expect, p.with = true, false, false, noWith
	case "values":
		if p.with != wantMore && (!first || !after.isOp("(") && !after.is("row")) {
			return g.other(t, after)
		}
		p.from, p.expect, p.with = false, false, noWith
	case "table":
		p.from, p.expect, p.with = false, true, noWith
	case "from":
		// That of EXTRACT and TRIM stands in parentheses without a SELECT.
		distinct := before.is("distinct") && (g.look(-2).is("is") || g.look(-2).is("not") && g.look(-3).is("is"))
		if p.selects && !distinct || before.is("rows") {
			p.from, p.expect = true, true
		}
	case "join", "straight_join":
		p.from, p.expect = true, true
	case "in":
		p.expect = !after.isOp("(") && (g.d.Dialect == SQLite || g.d.Dialect.generic())
	case "lateral":
		return g.d.Dialect != SQLite || g.other(t, after)
	case "only":
		return p.expect && (g.d.Dialect == Postgres || g.d.Dialect.generic()) || g.other(t, after)
	case "rows":
		return p.expect && after.is("from") || g.other(t, after)
	case "where", "having", "limit", "union", "group", "order":
		if !before.is("for", "within") { // of a hint or an aggregate
			p.from, p.expect = false, false
		}
	default:
		return g.other(t, after)
	}
	return true
}

// other reports whether a word without a meaning for tables is no name of one and
// not called.
func (g *gate) other(t, after token) bool {
	return !g.place().expect && (g.isPlain(t.text) || !after.isOp("("))
}

// cte takes the name of a query in WITH.
func (g *gate) cte() *Error {
	p := g.place()
	p.with, p.pending = wantBody, g.name(g.look(0))
	if p.recursive {
		p.names = append(p.names, p.pending)
	}
	if !g.look(1).isOp("(") {
		return nil
	}
	for g.i++; !g.look(0).isOp(")"); { // the names of its columns
		if t := g.look(1); t.kind != word && t.kind != quoted || !g.look(2).isOp(",") && !g.look(2).isOp(")") {
			return refusal(t.pos, "the columns of %s are not understood", head(p.pending, 80))
		}
		g.i += 2
	}
	return nil
}

// defined ends the query of a name in WITH.
func (g *gate) defined() {
	p := g.place()
	p.with = wantMore
	p.names = append(p.names, p.pending)
}

// given reports whether WITH has given a name that can be used here.
func (g *gate) given(name string) bool {
	return slices.ContainsFunc(g.levels, func(l level) bool { return slices.Contains(l.names, name) })
}

// table reads the name of a table, or a function in the place of one.
func (g *gate) table() *Error {
	p, t := g.place(), g.look(0)
	p.expect = false
	names := []string{g.name(t)}
	for g.look(1).isOp(".") && (g.look(2).kind == word || g.look(2).kind == quoted || g.look(2).kind == str) {
		g.i += 2
		names = append(names, g.name(g.look(0)))
	}
	if g.look(1).isOp("(") {
		return g.function()
	}
	if len(names) == 1 && g.given(names[0]) {
		return nil
	}
	return g.d.mayRead(t.pos, names)
}

// mayRead returns an error if the table of that name, in parts, must not be read.
func (d *DB) mayRead(at int, names []string) *Error {
	name := strings.Join(names, ".")
	if d.Tables != nil {
		if d.listed(name) || d.Dialect == MySQL && lower(name) == "dual" {
			return nil
		}
		return refusal(at, "%s is not one of the tables that can be read: %s", head(name, 80), d.listOfTables())
	}
	schema := ""
	if len(names) > 1 {
		schema = lower(names[len(names)-2])
	}
	if !d.Dialect.own(schema, lower(names[len(names)-1])) {
		return nil
	}
	return refusal(at, "%s belongs to the database itself, and cannot be read: what tables and columns there are tells %s", head(name, 80), d.name(schemaName))
}

// described are the tables of information_schema that tell of tables and columns.
// Others tell what other users do.
var described = setOf(`tables columns views schemata key_column_usage table_constraints
	referential_constraints constraint_column_usage check_constraints statistics`)

// own reports whether a table, with its schema or "", is one by which a database
// tells of itself and of others than the caller. What tells of tables and columns
// is not.
func (d Dialect) own(schema, table string) bool {
	sqlite := inner(table)
	postgres := strings.HasPrefix(table, "pg_") || schema == "pg_catalog"
	mysql := schema == "mysql" || schema == "sys" || schema == "performance_schema"
	if d != SQLite && schema == "information_schema" {
		return !described[table]
	}
	switch d {
	case SQLite:
		return sqlite
	case Postgres:
		return postgres
	case MySQL:
		return mysql
	}
	return sqlite || postgres || mysql
}

// inner reports whether a table of SQLite is one of the program itself or reads
// something else than the database.
func inner(name string) bool {
	switch name {
	case "sqlite_master", "sqlite_schema":
		return false
	case "dbstat", "fsdir", "zipfile", "bytecode", "tables_used", "completion", "stmt":
		return true
	}
	return strings.HasPrefix(name, "sqlite_") || strings.HasPrefix(name, "pragma_")
}

// listed reports whether a table is one of DB.Tables.
func (d *DB) listed(name string) bool {
	if d.Dialect != SQLite {
		return slices.Contains(d.Tables, name)
	}
	name = strings.TrimPrefix(lower(name), "main.")
	return slices.ContainsFunc(d.Tables, func(t string) bool { return lower(t) == name })
}

func (d *DB) listOfTables() string {
	if len(d.Tables) == 0 {
		return "there are none"
	}
	return head(strings.Join(d.Tables, ", "), 2000)
}
