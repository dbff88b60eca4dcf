package sqlquery

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// A Table is a table or a view.
type Table struct {
	Name    string // as a statement names it, without quotes; with its schema where that is needed
	View    bool
	Columns []Column
}

// A Column is one of a table.
type Column struct {
	Name    string
	Type    string // as the database tells it; empty if it has none
	NotNull bool
	Key     bool   // it is the primary key, or a part of it
	To      string // the column that it refers to, as "table.column", if it does
}

// Schema returns the tables and views that can be read, in the order of their
// names: those of DB.Tables, or if that is nil all of the database that this user
// may see, without those of the database itself. The columns are in their own
// order. Primary keys and references are told of by SQLite, PostgreSQL and MySQL;
// a database of no dialect needs an information_schema.
func (d *DB) Schema(ctx context.Context) ([]Table, error) {
	var list []Table
	err := d.run(ctx, func(ctx context.Context, q querier) (err error) {
		list, err = d.tables(ctx, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// The statements tell of each column: schema, table, whether it is a view, column,
// type, whether it can be NULL, whether it is of the key, and what it refers to. The
// schema is empty where a name needs none.
const (
	sqliteSchema = `
SELECT '', m.name, m.type = 'view', c.name, c.type, c."notnull" = 0, c.pk > 0,
  (SELECT max(f."table" || '.' || coalesce(f."to", '')) FROM pragma_foreign_key_list(m.name) AS f WHERE f."from" = c.name)
FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!'
ORDER BY m.name, c.cid`

	postgresSchema = `
SELECT CASE WHEN pg_catalog.pg_table_is_visible(r.oid) THEN '' ELSE n.nspname END, r.relname, r.relkind IN ('v', 'm'),
  a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
  EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k
    WHERE k.conrelid = r.oid AND k.contype = 'p' AND a.attnum = ANY (k.conkey)),
  (SELECT min(CASE WHEN pg_catalog.pg_table_is_visible(t.oid) THEN '' ELSE tn.nspname || '.' END || t.relname || '.' || ta.attname)
    FROM pg_catalog.pg_constraint k
    CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS p(own, other)
    JOIN pg_catalog.pg_class t ON t.oid = k.confrelid
    JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
    JOIN pg_catalog.pg_attribute ta ON ta.attrelid = t.oid AND ta.attnum = p.other
    WHERE k.conrelid = r.oid AND k.contype = 'f' AND p.own = a.attnum)
FROM pg_catalog.pg_class r
JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT r.relispartition
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_any_column_privilege(r.oid, 'SELECT')
ORDER BY 1, 2, a.attnum`

	mysqlSchema = `
SELECT '', c.table_name, t.table_type LIKE '%VIEW%', c.column_name, c.column_type, c.is_nullable = 'YES', c.column_key = 'PRI',
  (SELECT min(concat(k.referenced_table_name, '.', k.referenced_column_name))
    FROM information_schema.key_column_usage k
    WHERE k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name)
FROM information_schema.columns c
JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
WHERE c.table_schema = database()
ORDER BY c.table_name, c.ordinal_position`

	genericSchema = `
SELECT c.table_schema, c.table_name, CASE WHEN t.table_type LIKE '%VIEW%' THEN 1 ELSE 0 END, c.column_name, c.data_type,
  CASE WHEN c.is_nullable = 'YES' THEN 1 ELSE 0 END, 0, NULL
FROM information_schema.columns c
JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
WHERE lower(c.table_schema) NOT IN ('information_schema', 'pg_catalog', 'mysql', 'sys', 'performance_schema')
ORDER BY c.table_schema, c.table_name, c.ordinal_position`
)

// tables asks the database for them.
func (d *DB) tables(ctx context.Context, q querier) ([]Table, error) {
	text := genericSchema
	switch d.Dialect {
	case SQLite:
		text = sqliteSchema
	case Postgres:
		text = postgresSchema
	case MySQL:
		text = mysqlSchema
	}
	rows, err := q.QueryContext(ctx, text)
	if err != nil {
		return nil, d.failure(err)
	}
	defer rows.Close()
	var list []Table
	for rows.Next() {
		var schema, table, to, typ *string
		var c Column
		var view, null, key bool
		if err := rows.Scan(&schema, &table, &view, &c.Name, &typ, &null, &key, &to); err != nil {
			return nil, d.failure(err)
		}
		c.Type, c.NotNull, c.Key = *cmp.Or(typ, new("")), !null, key
		c.To = strings.TrimSuffix(*cmp.Or(to, new("")), ".") // SQLite leaves out the primary key
		name := *cmp.Or(table, new(""))
		if s := *cmp.Or(schema, new("")); s != "" && !d.listed(name) {
			name = s + "." + name
		}
		if d.Tables != nil && !d.listed(name) {
			continue
		}
		if n := len(list); n == 0 || list[n-1].Name != name {
			list = append(list, Table{Name: name, View: view})
		}
		last := &list[len(list)-1]
		last.Columns = append(last.Columns, c)
	}
	if err := rows.Err(); err != nil {
		return nil, d.failure(err)
	}
	slices.SortStableFunc(list, func(a, b Table) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

// line returns a table in one line, as it might be created.
func (d *DB) line(t Table) string {
	var b strings.Builder
	b.WriteString(d.quoteTable(t.Name))
	if t.View {
		b.WriteString(" (view)")
	}
	b.WriteString(": ")
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(d.Dialect.quote(c.Name))
		if c.Type != "" {
			b.WriteString(" " + c.Type)
		}
		if c.Key {
			b.WriteString(" primary key")
		} else if c.NotNull {
			b.WriteString(" not null")
		}
		if c.To != "" {
			b.WriteString(" -> " + c.To)
		}
	}
	return b.String()
}

// quoteTable returns the name of a table as it is written. A point in it parts a
// schema from a name in all but SQLite.
func (d *DB) quoteTable(name string) string {
	schema, table, ok := strings.Cut(name, ".")
	if !ok || d.Dialect == SQLite {
		return d.Dialect.quote(name)
	}
	return d.Dialect.quote(schema) + "." + d.Dialect.quote(table)
}
