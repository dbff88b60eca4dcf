package sqlquery

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// seeds are queries that pass and queries that do not.
func seeds(f *testing.F) {
	for _, attack := range attacks {
		if len(attack) < 1000 {
			f.Add(attack)
		}
	}
	for _, list := range attacksOn {
		for _, attack := range list {
			f.Add(attack)
		}
	}
	for _, query := range []string{
		"WITH a AS (SELECT 1 AS x), b(y) AS (SELECT x FROM a) SELECT x, y FROM a, b",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT group_concat(i, ' ') FROM n",
		"SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer = c.id WHERE o.id IS NULL ORDER BY c.id LIMIT 2",
		"SELECT * FROM (customers JOIN orders USING (id)), [customers] WHERE 1 IN customers",
		"SELECT sum(id) OVER w FROM customers WINDOW w AS (ORDER BY id), x AS (w)",
		"SELECT * FROM customers UNION SELECT *, 1, 1, 1 FROM secrets",
		"SELECT * FROM customers offset, secrets WHERE EXISTS (SELECT value FROM secrets)",
		"SELECT (SELECT value FROM main.'secrets'), \"x\"\"y\", `a` -- end",
	} {
		f.Add(query)
	}
}

// FuzzGate holds that a statement that passes, and that SQLite runs with nothing
// else to stop it, changes nothing; and that it reads no table but those listed.
func FuzzGate(f *testing.F) {
	db := open(f, shop)
	d := &DB{DB: db, Dialect: SQLite}
	fenced := &DB{DB: db, Dialect: SQLite, Tables: []string{"customers", "orders"}}
	state := func(t *testing.T) (all string) {
		for _, query := range []string{
			"SELECT total_changes() || ' ' || (SELECT schema_version FROM pragma_schema_version) || ' ' || (SELECT user_version FROM pragma_user_version)",
			"SELECT group_concat(name) FROM (SELECT name FROM pragma_database_list UNION ALL SELECT name FROM temp.sqlite_master)",
			"SELECT group_concat(name || coalesce(city, '')) FROM customers",
			"SELECT group_concat(sql) FROM sqlite_master",
		} {
			var s *string
			if err := db.QueryRow(query).Scan(&s); err != nil {
				t.Fatal(err)
			}
			if s != nil {
				all += *s + "\n"
			}
		}
		return all
	}
	seeds(f)
	f.Fuzz(func(t *testing.T, query string) {
		st, refused := d.check(query)
		if refused != nil {
			return
		}
		before := state(t)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		d.query(ctx, db, st, nil)
		if after := state(t); after != before {
			t.Errorf("%s\nchanges the database from %s to %s", query, before, after)
		}
		if st, refused = fenced.check(query); refused != nil || strings.Contains(query, "7f3a") {
			return
		}
		if r, err := fenced.query(ctx, db, st, nil); err == nil && strings.Contains(r.String(), "7f3a") {
			t.Errorf("%s\nreads a table that is not listed: %s", query, r)
		}
	})
}

// FuzzCheck holds that the gate says yes or no to any bytes, in each dialect, and
// that what it lets pass is what it lets pass.
func FuzzCheck(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, query string) {
		for _, dialect := range []Dialect{Generic, SQLite, Postgres, MySQL} {
			d := &DB{Dialect: dialect}
			st, refused := d.check(query)
			if refused != nil {
				if !errors.Is(refused, ErrRefused) || refused.At < 0 || refused.At > len(query) || len(refused.Say) > 1000 {
					t.Errorf("%v: %q: %d %s", dialect, query, refused.At, refused.Say)
				}
				continue
			}
			if _, refused := d.check("-- x\n" + st.text + " ;"); refused != nil {
				t.Errorf("%v: %q is let pass, but %q is not: %v", dialect, query, st.text, refused)
			}
			end := 0
			list, _ := lex(dialect, st.text)
			for _, tok := range list {
				if tok.pos < end || tok.end <= tok.pos || tok.end > len(st.text) || tok.isOp(";") {
					t.Errorf("%v: %q: token %+v", dialect, query, tok)
				}
				end = tok.end
			}
		}
	})
}
