package sqlquery

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestEndless wants queries without an end to be stopped, in the database too,
// and the connection to be of use afterwards.
func TestEndless(t *testing.T) {
	d := &DB{DB: open(t, shop), Dialect: SQLite, MaxTime: 50 * time.Millisecond}
	for _, query := range []string{
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 3",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n ORDER BY i",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT count(*) FROM n a, n b, n c",
	} {
		_, err := d.Query(t.Context(), query)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", query, err)
		}
		if n := d.strays.Load(); n != 0 {
			t.Errorf("%s: %d strays", query, n)
		}
		text, failed := ask(t, d, query)
		if want := "error: the query was stopped after 50ms: let it read less"; !failed || !strings.HasPrefix(text, want) {
			t.Error(text)
		}
		if text, failed := ask(t, &DB{DB: d.DB, Dialect: SQLite}, "SELECT count(*) FROM customers"); failed {
			t.Errorf("after it: %s", text)
		}
	}
	if _, err := d.DB.Exec("UPDATE customers SET name = 'Ada' WHERE id = 1"); err != nil {
		t.Errorf("the connection stays read-only: %v", err)
	}
}

// TestCancel wants the cause of the context, and at once.
func TestCancel(t *testing.T) {
	d := &DB{DB: open(t, shop), Dialect: SQLite, MaxTime: -1}
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if _, err := d.Query(ctx, "SELECT 1"); err != why {
		t.Error(err)
	}
	ctx, cancel = context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(why) })
	if _, err := d.Query(ctx, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"); err != why {
		t.Error(err)
	}
	if _, err := d.Schema(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestMillions wants little memory to be used for a result of millions of rows.
func TestMillions(t *testing.T) {
	d := &DB{DB: open(t, shop), Dialect: SQLite}
	query := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000) SELECT a.i, b.i, printf('%100d', a.i) FROM n a, n b"
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := d.Query(t.Context(), query)
	runtime.ReadMemStats(&after)
	if err != nil || len(r.Rows) != 200 || !r.More {
		t.Fatalf("%v, %v", r, err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
		t.Errorf("%d bytes were used", n)
	}
	text := r.String()
	if want := "(the first 200 rows; there are more: add a condition, use aggregates, or order them and go on with OFFSET 200)"; !strings.HasSuffix(text, "\n"+want) {
		t.Error(text[len(text)-200:])
	}
}

func TestLimits(t *testing.T) {
	db := open(t, shop)
	numbers := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT %d) SELECT i FROM n"
	for _, tt := range []struct {
		d     *DB
		query string
		want  string
	}{
		{&DB{MaxRows: 2}, fmt.Sprintf(numbers, 2), "i\n1\n2\n(2 rows)"},
		{&DB{MaxRows: 2}, fmt.Sprintf(numbers, 3), "i\n1\n2\n(the first 2 rows; there are more: add a condition, use aggregates, or order them and go on with OFFSET 2)"},
		{&DB{MaxRows: 1}, "SELECT 1 AS i WHERE 0", "i\n(0 rows)"},
		{&DB{MaxBytes: 8}, fmt.Sprintf(numbers, 3), "i\n1\n2\n3\n(3 rows)"},
		{&DB{MaxBytes: 7}, fmt.Sprintf(numbers, 3), "i\n1\n2\n(the first 2 rows; there are more, which would make the result too long: select fewer columns, add a condition, or use aggregates)"},
		{&DB{MaxBytes: 4}, "SELECT 'abcdef' AS a", "a\n(the first 0 rows; there are more, which would make the result too long: select fewer columns, add a condition, or use aggregates)"},
		{&DB{MaxCell: 4}, "SELECT 'abcd' AS a, 'abcde' AS b, '你好' AS c, x'0102030405' AS d, x'01' AS e", "a\tb\tc\td\te\nabcd\tabcd…<1 byte more>\t你…<3 bytes more>\t<blob of 5 bytes>\t<blob of 1 byte>\n(1 row)"},
		{&DB{MaxCell: 4}, "SELECT 'a…<9 bytes more>' AS a", "a\na……<14 bytes more>\n(1 row)"},
		{&DB{}, "SELECT 'a…<9 bytes more>' AS a", "a\n\"a…<9 bytes more>\"\n(1 row)"},
	} {
		d := &DB{DB: db, Dialect: SQLite, MaxRows: tt.d.MaxRows, MaxBytes: tt.d.MaxBytes, MaxCell: tt.d.MaxCell}
		if text, failed := ask(t, d, tt.query); failed || text != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.query, text, tt.want)
		}
	}
}

// TestTogether runs many queries at once, on few connections.
func TestTogether(t *testing.T) {
	db, _ := openFile(t, shop)
	db.SetMaxOpenConns(4)
	d := &DB{DB: db, Dialect: SQLite}
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			want := fmt.Sprintf("n\n%d\n(1 row)", i)
			if text, failed := ask(t, d, "SELECT ? AS n FROM customers WHERE id = 1", i); failed || text != want {
				t.Errorf("%s, want %s", text, want)
			}
			if _, failed := ask(t, d, "DELETE FROM customers"); !failed {
				t.Error("deleted")
			}
			if i%10 == 0 {
				if _, failed := call(t, d, schemaName, `{}`); failed {
					t.Error("no schema")
				}
			}
		})
	}
	wg.Wait()
	if _, err := db.Exec("DELETE FROM customers WHERE id = 1"); err != nil {
		t.Error(err)
	}
}

func TestSchema(t *testing.T) {
	d := &DB{DB: open(t, shop+`CREATE TABLE parts (id INTEGER PRIMARY KEY, of INTEGER REFERENCES parts)`), Dialect: SQLite}
	text, failed := call(t, d, schemaName, `{}`)
	want := `"Order Details": order_id INTEGER primary key -> orders.id, product TEXT primary key, quantity INTEGER, price REAL
customers: id INTEGER primary key, name TEXT not null, city TEXT, since DATE, credit REAL
notes: id INTEGER primary key, body TEXT, data BLOB, big INTEGER, tags TEXT
orders: id INTEGER primary key, customer INTEGER not null -> customers.id, placed DATETIME, total NUMERIC, paid BOOLEAN
paid_orders (view): id INTEGER, name TEXT, total NUMERIC
parts: id INTEGER primary key, "of" INTEGER -> parts
secrets: name TEXT, value TEXT
(7 of 7 tables)`
	if failed || text != want {
		t.Errorf("%s\nwant %s", text, want)
	}
	text, failed = call(t, d, schemaName, `{"tables": ["Secrets", "[Order Details]"]}`)
	want = `secrets: name TEXT, value TEXT
"Order Details": order_id INTEGER primary key -> orders.id, product TEXT primary key, quantity INTEGER, price REAL
(2 of 7 tables)`
	if failed || text != want {
		t.Errorf("%s\nwant %s", text, want)
	}
	text, failed = call(t, d, schemaName, `{"tables": ["custmers"]}`)
	want = "error: custmers is not a table that can be read: do you mean customers? The tables are Order Details, customers, notes, orders, paid_orders, parts, secrets"
	if !failed || text != want {
		t.Errorf("%s\nwant %s", text, want)
	}

	few := &DB{DB: d.DB, Dialect: SQLite, Tables: []string{"Customers", "orders"}}
	if text, failed = call(t, few, schemaName, `{}`); failed || strings.Contains(text, "secret") || !strings.HasSuffix(text, "(2 of 2 tables)") {
		t.Error(text)
	}
	if text, failed = call(t, few, schemaName, `{"tables": ["secrets"]}`); !failed || strings.Contains(text, "value") {
		t.Error(text)
	}
	if text, failed = ask(t, few, "SELECT * FROM orders o JOIN customers c ON c.id = o.customer"); failed {
		t.Error(text)
	}
	if text, failed = ask(t, few, "SELECT * FROM secrets"); !failed || strings.Contains(text, "canary") {
		t.Error(text)
	}
	if text, failed = ask(t, few, "SELECT valeu FROM orders"); !failed || strings.Contains(text, "secret") {
		t.Error(text)
	}

	small := &DB{DB: d.DB, Dialect: SQLite, MaxBytes: 100}
	text, failed = call(t, small, schemaName, `{}`)
	want = "\"Order Details\"\ncustomers\nnotes\norders\npaid_orders\nparts\nsecrets\n(only names, as there are many tables: ask for the columns of those that you need by tables)"
	if failed || text != want {
		t.Errorf("%s\nwant %s", text, want)
	}
	told := &DB{About: "customers(id, name)"}
	if text, failed = call(t, told, schemaName, `{}`); failed || text != told.About {
		t.Error(text)
	}
	if text, failed = call(t, &DB{DB: open(t, ""), Dialect: SQLite}, schemaName, `{}`); failed || text != "(there are no tables)" {
		t.Error(text)
	}
}

// TestAdvice wants the names that are there for one that is not.
func TestAdvice(t *testing.T) {
	d := &DB{DB: open(t, shop), Dialect: SQLite}
	for query, want := range map[string]string{
		"SELECT * FROM custmer":                       "error: the database says: SQL logic error: no such table: custmer (1): do you mean customers? The tables are Order Details, customers, notes, orders, paid_orders, secrets",
		"SELECT * FROM main.xyz":                      "error: the database says: SQL logic error: no such table: main.xyz (1): The tables are Order Details, customers, notes, orders, paid_orders, secrets",
		"SELECT nam FROM customers":                   "error: the database says: SQL logic error: no such column: nam (1): do you mean customers.name or paid_orders.name or secrets.name?; what there is tells sql_schema",
		"SELECT c.zzzzzzzzz FROM customers c":         "error: the database says: SQL logic error: no such column: c.zzzzzzzzz (1); what there is tells sql_schema",
		"SELECT quantitty FROM \"Order Details\" o":   "error: the database says: SQL logic error: no such column: quantitty (1): do you mean Order Details.quantity?; what there is tells sql_schema",
		"SELECT name FORM customers":                  "error: the database says: SQL logic error: near \"customers\": syntax error (1)",
		"SELECT name, count(*) FROM customers GRUP x": "error: the database says: SQL logic error: near \"x\": syntax error (1)",
	} {
		if text, failed := ask(t, d, query); !failed || text != want {
			t.Errorf("%s\n got %s\nwant %s", query, text, want)
		}
	}
	for said, want := range map[string][2]string{
		`ERROR: relation "custmer" does not exist (SQLSTATE 42P01)`:  {"relation", "custmer"},
		`ERROR: column "nam" does not exist (SQLSTATE 42703)`:        {"column", "nam"},
		`ERROR: column c.nam does not exist (SQLSTATE 42703)`:        {"column", "c.nam"},
		`Error 1146 (42S02): Table 'shop.custmer' doesn't exist`:     {"Table", "shop.custmer"},
		`Error 1054 (42S22): Unknown column 'c.nam' in 'field list'`: {"column", "c.nam"},
	} {
		what, name := absent(said)
		if what != want[0] || name != want[1] {
			t.Errorf("%s: %s %s", said, what, name)
		}
	}
}
