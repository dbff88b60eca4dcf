package sqlquery

import "strings"

// A Dialect is the kind of SQL that a database reads, on which it depends where
// a string or a comment ends. The zero value is for any other database, and for
// none in particular: it takes only what all dialects read alike.
type Dialect int

// The dialects. Generic is the zero value.
const (
	Generic  Dialect = iota
	SQLite           // SQLite 3
	Postgres         // PostgreSQL 12 or later
	MySQL            // MySQL 8 or MariaDB 10.5, or later, over a connection in UTF-8
)

// String returns the name of the dialect, as a model knows it.
func (d Dialect) String() string {
	switch d {
	case SQLite:
		return "SQLite"
	case Postgres:
		return "PostgreSQL"
	case MySQL:
		return "MySQL"
	}
	return "SQL"
}

// generic reports whether d is none in particular.
func (d Dialect) generic() bool { return d != SQLite && d != Postgres && d != MySQL }

// quote returns a name as it is written in a statement.
func (d Dialect) quote(name string) string {
	if isPlain(name, d == Postgres) {
		return name
	}
	mark := `"`
	if d == MySQL {
		mark = "`"
	}
	return mark + strings.ReplaceAll(name, mark, mark+mark) + mark
}

// isPlain reports whether a name needs no quotes. Where lower is set, capital
// letters need them, as the database would fold them.
func isPlain(name string, lower bool) bool {
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '_', 'a' <= c && c <= 'z':
		case 'A' <= c && c <= 'Z' && !lower:
		case '0' <= c && c <= '9' && i > 0:
		default:
			return false
		}
	}
	return name != "" && !reserved[strings.ToLower(name)]
}

// reserved are the words that names of tables and columns are quoted for: those
// that are reserved in a dialect and not unlikely as a name, and those that a
// statement is refused for.
var reserved = setOf(`all alter analyze and any array as asc authorization between both call case cast check
	collate column columns condition constraint create cross current_date current_time current_timestamp
	current_user cursor database default delete desc describe distinct div do drop else end except exists
	exit explain false fetch for foreign from full function grant group groups having if ignore in index
	inner insert intersect interval into is isnull join key keys kill lateral lead left like limit lines
	load lock long loop match merge mod natural not notnull null of offset on only option or order outer
	over partition placing pragma primary procedure range rank read recursive references release rename
	repeat replace require restrict return returning revoke right row rows schema select separator set
	show signal some sql start system table then to trigger true truncate union unique update usage use
	user using values varying view when where while window with write`)

// setOf returns the words of a list.
func setOf(lists ...string) map[string]bool {
	set := make(map[string]bool)
	for _, list := range lists {
		for word := range strings.FieldsSeq(list) {
			set[word] = true
		}
	}
	return set
}
