package sqlquery

import (
	"errors"
	"strings"
	"testing"
)

// TestSound holds that the gate lets queries of each dialect pass.
func TestSound(t *testing.T) {
	everywhere := []string{
		"SELECT 1",
		"SELECT a, b FROM t WHERE c = 'it''s' ORDER BY a LIMIT 10",
		"SELECT count(*) FROM a JOIN b ON a.id = b.id GROUP BY a.x HAVING count(*) > 1",
		"WITH x AS (SELECT 1 AS n) SELECT n FROM x UNION ALL SELECT 2",
		"SELECT CAST(a AS varchar(10)) FROM t",
		"SELECT EXTRACT(YEAR FROM placed) FROM t",
		"SELECT TRIM(BOTH ' ' FROM name) FROM t",
		"SELECT \"Order Details\".a FROM \"Order Details\"",
		"SELECT a FROM t WHERE b IN (SELECT c FROM u) AND NOT EXISTS (SELECT 1 FROM v)",
		"SELECT rank() OVER (PARTITION BY a ORDER BY b) FROM t",
		"SELECT a -- all\nFROM t /* that; there */",
		"(SELECT 1) UNION (SELECT 2)",
		"SELECT '\\n', 'C:\\dir'",
		"SELECT a FROM t WHERE deleted = 0 AND updated > 1 AND t.update IS NULL",
		"SELECT a FROM information_schema.columns",
		"SELECT a FROM t WHERE b = ?",
		"EXPLAIN SELECT 1",
		"SELECT x.y.z FROM s.t AS x(a, b)",
		"SELECT replace(a, 'x', 'y') FROM t",
		"SELECT 'DELETE FROM t; --'",
	}
	for dialect, list := range map[Dialect][]string{
		Generic: {"SELECT a FROM t WHERE b = $1"},
		SQLite: {
			"SELECT a FROM t WHERE b = ?1 AND c IN u AND d IN main.u",
			"SELECT [a b], `c` FROM t INDEXED BY i",
			"SELECT '\\', '\\\\'",
			"SELECT a FROM t WHERE b REGEXP ('x') OR c GLOB ('y')",
			"SELECT a FROM sqlite_schema",
			"SELECT 1--2",
		},
		Postgres: {
			"SELECT a::numeric(10,2), b::text[], c->>'x', d @> '{}' FROM t WHERE e ~* 'x' AND f ? 'k'",
			"SELECT $tag$ it's; 'x' $tag$, $$;$$, E'a\\nb', E'it\\\\', 'a\\', $1",
			"SELECT ARRAY[1, 2][1], (ARRAY[1, 2])[1]",
			"SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b DESC",
			"SELECT * FROM generate_series(1, 3) AS g(i), LATERAL (SELECT i) x WHERE i < ALL (ARRAY[1])",
			"SELECT * FROM unnest(ARRAY[1]) WITH ORDINALITY AS u(a, b)",
			"SELECT date_trunc('month', now()) AT TIME ZONE ('UTC'), '1 day'::interval",
			"SELECT CAST(a AS timestamp(3) with time zone), b::timestamp(0), c::character varying(10) FROM t",
			"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM t",
			"SELECT a FROM ONLY t TABLESAMPLE SYSTEM (10) REPEATABLE (1)",
			"SELECT * FROM (VALUES (1, 'a'), (2, 'b')) v(n, s) FETCH FIRST 1 ROWS ONLY",
			"SELECT substring(a FROM 2 FOR 3), overlay(a PLACING 'x' FROM 1), position('a' IN b) FROM t",
			"TABLE t",
			"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT 1",
			"EXPLAIN ANALYZE VERBOSE SELECT 1",
			"SELECT a FROM t /* outer /* inner */ still; */ WHERE true",
			"SELECT pg_catalog.lower('A'), a IS NOT DISTINCT FROM b FROM t",
			"SELECT * FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY[3, 4])) AS r(a, b)",
			"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT sum(i) FROM n",
			"SELECT (x).*, GROUPING(a) FROM t GROUP BY GROUPING SETS ((a), ()), ROLLUP (a), CUBE (a)",
			"SELECT * FROM jsonb_to_recordset('[]') AS x(a int, b text)",
		},
		MySQL: {
			"SELECT `a` FROM `db`.`t` # all\nWHERE b = \"x\" AND c <=> NULL",
			"SELECT IF(a > 1, 'x', 'y'), DATE_FORMAT(b, '%Y'), DATE_ADD(c, INTERVAL 1 DAY) FROM t",
			"SELECT GROUP_CONCAT(DISTINCT a ORDER BY a SEPARATOR ',') FROM t",
			"SELECT a FROM t USE INDEX (i) IGNORE INDEX FOR ORDER BY (j), u PARTITION (p0)",
			"SELECT a DIV (2), a MOD (3), NOT (b XOR (c)), BINARY (d) FROM t",
			"SELECT MATCH (a) AGAINST ('x' IN BOOLEAN MODE) FROM t",
			"SELECT TRUNCATE(1.23, 1), INSTR('a', 'b'), 1 FROM DUAL LIMIT 1, 2",
			"SELECT JSON_EXTRACT(a, '$.b'), a->'$.b', a->>'$.c', 1 MEMBER OF ('[1]') FROM t",
			"SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a INT PATH '$')) AS j",
			"EXPLAIN FORMAT=JSON SELECT 1",
			"VALUES ROW(1, 2), ROW(3, 4)",
			"SELECT 'a\\\\', _utf8mb4'x', x'41', 0x41, 5 - -1 FROM t",
			"SELECT a FROM t STRAIGHT_JOIN u ON t.x = u.x GROUP BY a WITH ROLLUP",
		},
	} {
		for _, query := range append(list, everywhere...) {
			if err := (&DB{Dialect: dialect}).Check(query); err != nil {
				t.Errorf("%v: %s\n%v", dialect, query, err)
			}
		}
	}
}

// TestTables holds which tables a statement reaches, if only t, u and s.v can
// be read.
func TestTables(t *testing.T) {
	all := []Dialect{Generic, SQLite, Postgres, MySQL}
	for _, tt := range []struct {
		query string
		ok    bool
		in    []Dialect // nil is all
	}{
		{"SELECT 1", true, nil},
		{"SELECT * FROM t", true, nil},
		{"SELECT * FROM t, u", true, nil},
		{"SELECT * FROM t AS x JOIN u AS y ON x.a = y.a", true, nil},
		{"SELECT t.secret FROM t WHERE secret = 1 ORDER BY secret, b LIMIT 1, 2", true, nil},
		{"SELECT * FROM s.v", true, nil},
		{"SELECT * FROM (SELECT * FROM t) x, (SELECT a, b FROM u) y", true, nil},
		{"SELECT * FROM ((t JOIN u ON true))", true, nil},
		{"WITH x AS (SELECT * FROM t), y(a, b) AS (SELECT * FROM x) SELECT * FROM y, x", true, nil},
		{"WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT 2 FROM x) SELECT * FROM x", true, nil},
		{"WITH x AS (SELECT 1 UNION ALL SELECT 2 FROM x) SELECT * FROM x", true, []Dialect{SQLite}},
		{"SELECT EXTRACT(year FROM secret), TRIM(secret FROM secret), a IS DISTINCT FROM secret FROM t", true, nil},
		{"SELECT sum(a) OVER w FROM t WINDOW w AS (ORDER BY a, b)", true, nil},
		{"SELECT a FROM t GROUP BY secret, b HAVING count(*) > 1 UNION SELECT b FROM u", true, nil},
		{"SELECT * FROM main.t, T, `u`, [u], 'u' WHERE 1 IN u", true, []Dialect{SQLite}},
		{"SELECT * FROM T, \"u\"", true, []Dialect{Postgres}},
		{"SELECT * FROM LATERAL (SELECT 1) x, ONLY t, generate_series(1, 2) g, LATERAL unnest(ARRAY[1, 2]) h", true, []Dialect{Postgres}},
		{"TABLE t", true, nil},
		{"SELECT 1 FROM DUAL", true, []Dialect{MySQL}},
		{"SELECT * FROM t USE INDEX FOR ORDER BY (i), u", true, []Dialect{MySQL}},

		{"SELECT * FROM secret", false, nil},
		{"SELECT * FROM t, secret", false, nil},
		{"SELECT * FROM t x, secret y", false, nil},
		{"SELECT * FROM t AS x, secret", false, nil},
		{"SELECT * FROM t JOIN u ON t.a = u.a, secret", false, nil},
		{"SELECT * FROM t JOIN u USING (a), secret", false, nil},
		{"SELECT * FROM t JOIN secret ON true", false, nil},
		{"SELECT * FROM t NATURAL LEFT OUTER JOIN secret", false, nil},
		{"SELECT * FROM (t, secret)", false, nil},
		{"SELECT * FROM (t CROSS JOIN (u CROSS JOIN secret))", false, nil},
		{"SELECT * FROM (SELECT 1) x, secret", false, nil},
		{"SELECT (SELECT a FROM secret) FROM t", false, nil},
		{"SELECT * FROM t WHERE a IN (SELECT a FROM secret)", false, nil},
		{"SELECT * FROM t WHERE a = 1 UNION SELECT * FROM secret", false, nil},
		{"SELECT * FROM t ORDER BY (SELECT 1 FROM secret)", false, nil},
		{"SELECT EXTRACT(year FROM (SELECT a FROM secret))", false, nil},
		{"TABLE secret", false, nil},
		{"SELECT * FROM (TABLE secret) x", false, nil},
		{"SELECT * FROM t UNION TABLE secret", false, nil},
		{"SELECT * FROM s.secret", false, nil},
		{"SELECT * FROM v", false, nil},
		{"SELECT * FROM x.t", false, nil},
		{"SELECT * FROM s.v.secret", false, nil},
		{`SELECT * FROM "secret"`, false, nil},
		{`SELECT * FROM"secret"`, false, nil},
		{"SELECT * FROM/**/secret", false, nil},
		{"SELECT * FROM information_schema.tables", false, nil},
		{"EXPLAIN SELECT * FROM secret", false, nil},
		// names that WITH gives, where it gives them
		{"WITH x AS (SELECT * FROM secret) SELECT * FROM x", false, nil},
		{"WITH secret AS (SELECT * FROM secret) SELECT * FROM secret", false, []Dialect{Generic, Postgres, MySQL}}, // SQLite knows it is circular
		{"SELECT * FROM (WITH secret AS (SELECT 1) SELECT * FROM secret) x, secret", false, nil},
		{"(WITH secret AS (SELECT 1) SELECT 1) UNION SELECT * FROM secret", false, nil},
		{"WITH x AS (SELECT * FROM y), y AS (SELECT 1) SELECT * FROM x", false, nil},
		{"WITH secret AS (SELECT 1) SELECT * FROM main.secret", false, nil},
		{`WITH "SECRET" AS (SELECT 1) SELECT * FROM secret`, false, nil},
		{"WITH SECRET AS (SELECT 1) SELECT * FROM secret", false, []Dialect{MySQL, Generic}},
		{"SELECT * FROM t, (WITH u AS (SELECT 1), secret AS (SELECT * FROM secret2) SELECT 1) x", false, nil},
		// words that end a list of tables in some dialects only
		{"SELECT * FROM t offset, secret", false, nil},
		{"SELECT * FROM t window, secret", false, nil},
		{"SELECT * FROM t with, secret", false, nil},
		{"SELECT * FROM t except, secret", false, nil},
		{"SELECT * FROM t intersect, secret", false, nil},
		{"SELECT * FROM t fetch, secret", false, nil},
		{"SELECT * FROM t for, secret", false, nil},
		{"SELECT * FROM t values, secret", false, nil},
		{"SELECT * FROM t recursive, secret", false, nil},
		{"SELECT * FROM t qualify, secret", false, nil},
		{"SELECT * FROM t lateral, secret", false, nil},
		{"SELECT * FROM t only, secret", false, nil},
		{"SELECT * FROM t rows, secret", false, nil},
		{"SELECT * FROM lateral, t", false, []Dialect{SQLite}},
		{"SELECT * FROM only, t", false, []Dialect{SQLite, MySQL}},
		{"SELECT * FROM rows", false, nil},
		{"SELECT * FROM values", false, nil},
		{"SELECT * FROM t JOIN u ON t.where = u.order, secret", false, nil},
		{"SELECT * FROM t USE INDEX FOR ORDER BY (i), secret", false, []Dialect{MySQL}},
		{"SELECT * FROM t USE INDEX FOR GROUP BY (i), secret", false, []Dialect{MySQL}},
		{"SELECT * FROM .secret", false, nil},
		{"SELECT * FROM t JOIN .secret", false, nil},
		{"SELECT * FROM 'secret'", false, []Dialect{SQLite}},
		{"SELECT 1 IN secret", false, []Dialect{SQLite, Generic}},
		{"SELECT 1 NOT IN main.secret", false, []Dialect{SQLite, Generic}},
		{"SELECT * FROM T", false, []Dialect{MySQL, Generic}}, // which may tell t from T
		{`SELECT * FROM "T"`, false, []Dialect{Postgres, MySQL, Generic}},
		{"SELECT * FROM ONLY secret", false, []Dialect{Postgres}},
		{"SELECT * FROM ONLY (secret)", false, []Dialect{Postgres}},
		{"SELECT * FROM t, LATERAL (SELECT * FROM secret) x", false, []Dialect{Postgres, MySQL}},
		{"SELECT ARRAY(SELECT a FROM secret)", false, []Dialect{Postgres}},
		{"SELECT ARRAY[(SELECT a FROM secret)]", false, []Dialect{Postgres}},
		{"SELECT * FROM t TABLESAMPLE SYSTEM (10), secret", false, []Dialect{Postgres}},
		{"SELECT DISTINCT FROM secret", false, []Dialect{Postgres}},
		{"SELECT FROM secret", false, []Dialect{Postgres}},
		{"SELECT 1FROM secret", false, nil},
		{"SELECT t.*FROM secret", false, nil},
		{"SELECT * FROM t STRAIGHT_JOIN secret", false, []Dialect{MySQL}},
	} {
		if tt.in == nil {
			tt.in = all
		}
		for _, dialect := range tt.in {
			d := &DB{Dialect: dialect, Tables: []string{"t", "u", "s.v"}}
			err := d.Check(tt.query)
			if tt.ok && err != nil {
				t.Errorf("%v: %s\n%v", dialect, tt.query, err)
			}
			if !tt.ok && !errors.Is(err, ErrRefused) {
				t.Errorf("%v: %s\nis let pass: %v", dialect, tt.query, err)
			}
		}
	}
	err := (&DB{Tables: []string{}}).Check("SELECT * FROM t")
	if err == nil || !strings.Contains(err.Error(), "there are none") {
		t.Error(err)
	}
}

// TestNoDialect holds that a dialect that there is not is taken for Generic.
func TestNoDialect(t *testing.T) {
	for _, query := range append(attacks, attacksOn[Generic]...) {
		if err := (&DB{Dialect: 99}).Check(query); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestFunctions(t *testing.T) {
	d := &DB{Dialect: Postgres, Functions: []string{"Region", "geo.near", "full_name"}}
	for query, ok := range map[string]bool{
		"SELECT region(1), REGION(2)":        true,
		"SELECT geo.near(1), GEO . near (1)": true,
		"SELECT (c).full_name FROM c":        true,
		"SELECT other.region(1)":             false,
		"SELECT near(1)":                     false,
		"SELECT db.geo.near(1)":              false,
		"SELECT (c).phone FROM c":            false,
		`SELECT "LOWER"('x')`:                false,
	} {
		if err := d.Check(query); (err == nil) != ok {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// TestRefusals holds what a model is told.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		d    *DB
		text string
		at   int
		want string
	}{
		{&DB{}, "", 0, "there is no statement"},
		{&DB{}, "DROP TABLE x", 0, "only queries can be run, which begin with SELECT, WITH, VALUES or EXPLAIN, not with drop: nothing can be changed here"},
		{&DB{Name: "shop"}, "SHOW TABLES", 0, "only queries can be run, not show: what tables and columns there are tells shop_sql_schema"},
		{&DB{}, "SELECT 1; SELECT 2", 8, "there is more than one statement, from the semicolon at byte 8 on: send one at a time"},
		{&DB{}, "SELECT update FROM t", 7, "update cannot be used, since nothing can be changed or locked here: if it is a name, write it in quotes (byte 7)"},
		{&DB{}, "SELECT sleep(1)", 7, "the function sleep cannot be called: only those that are known to change nothing can; in front of the columns of an alias, write AS (byte 7)"},
		{&DB{Dialect: Postgres}, "SELECT (1).sqlt", 11, "sqlt after a value would call a function of that name, and it cannot be called (byte 11)"},
		{&DB{Tables: []string{"a", "b"}}, "SELECT * FROM c", 14, "c is not one of the tables that can be read: a, b"},
		{&DB{}, "SELECT 'a", 7, "the quote at byte 7 has no end"},
		{&DB{}, "SELECT :a", 7, "':' cannot be used outside of quotes: write a value into the statement, or ? for a parameter (byte 7)"},
		{&DB{Dialect: MySQL}, `SELECT '\''`, 9, `the quote at byte 9 may end the string or not, with the backslash before it: write '' for a quote in a string, and ESCAPE '!' for a LIKE, or give the string as a parameter`},
		{&DB{}, "WITH a SELECT 1", 7, "what stands after WITH is not understood at byte 7: it is WITH name AS (query), more of these, and then SELECT"},
	} {
		err := tt.d.Check(tt.text)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Say != tt.want || e.At != tt.at {
			t.Errorf("%s\n got %v\nwant %s, at %d", tt.text, err, tt.want, tt.at)
		}
	}
}
