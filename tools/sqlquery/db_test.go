package sqlquery

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

// shop is a database to ask.
const shop = `
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT, since DATE, credit REAL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customers(id), placed DATETIME, total NUMERIC, paid BOOLEAN);
CREATE TABLE "Order Details" (order_id INTEGER REFERENCES orders(id), product TEXT, quantity INTEGER, price REAL, PRIMARY KEY (order_id, product));
CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, data BLOB, big INTEGER, tags TEXT);
CREATE TABLE secrets (name TEXT, value TEXT);
CREATE VIEW paid_orders AS SELECT o.id, c.name, o.total FROM orders o JOIN customers c ON c.id = o.customer WHERE o.paid;
CREATE INDEX by_city ON customers(city);
INSERT INTO customers VALUES (1, 'Ada', 'London', '1843-10-01', 10.5), (2, 'Grace', 'New York', '1952-05-02', 0), (3, 'Linus', NULL, NULL, NULL), (4, '李华', '北京', '2020-02-29', 1e-9);
INSERT INTO orders VALUES (10, 1, '2024-01-02 03:04:05', 99.5, 1), (11, 1, '2024-02-03 00:00:00', 20, 0), (12, 2, NULL, 7, 1);
INSERT INTO "Order Details" VALUES (10, 'engine', 1, 90), (10, 'card, punched', 19, 0.5), (12, 'bug "the first"', 1, 7);
INSERT INTO notes VALUES (1, 'plain', x'00ff10', 9007199254740993, '["a","b"]'), (2, '', NULL, -9223372036854775808, NULL), (3, 'two' || char(10) || 'lines; -- not a comment', x'', 0, '{"k":1}');
INSERT INTO secrets VALUES ('token', 'canary-7f3a');
`

// open opens a database in memory, with one connection.
func open(t testing.TB, script string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec(script); err != nil {
		t.Fatal(err)
	}
	return db
}

// openFile opens a database in a file.
func openFile(t testing.TB, script string) (db *sql.DB, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "shop.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec(script); err != nil {
		t.Fatal(err)
	}
	return db, file
}

// ask calls the query tool as a model does, and returns what the model sees.
func ask(t testing.TB, d *DB, query string, params ...any) (text string, failed bool) {
	t.Helper()
	args, err := json.Marshal(map[string]any{"sql": query, "params": params})
	if err != nil {
		t.Fatal(err)
	}
	return call(t, d, queryName, string(args))
}

// call calls a tool of d as a model does.
func call(t testing.TB, d *DB, tool, args string) (text string, failed bool) {
	t.Helper()
	o := d.Tools().Do(t.Context(), llm.ToolCall{ID: "1", Name: d.name(tool), Args: args})
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	return llm.Message{Parts: o.Result.Content}.Text(), o.Result.IsError
}

// bytesOf returns what is in a file.
func bytesOf(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestPolicy(t *testing.T) {
	for _, tool := range (&DB{}).Tools() {
		p := tools.PolicyOf(tool)
		if p.Effect.May(tools.Writes|tools.WritesOnce|tools.Sends) || !p.Effect.May(tools.ReadsPrivate) || !p.Effect.May(tools.ReadsUntrusted) {
			t.Errorf("%s: %v", tool.Spec().Name, p.Effect)
		}
	}
	if err := (&DB{}).Tools().Check(); err != nil {
		t.Error(err)
	}
	if err := (&DB{Name: "sales"}).Tools().Check(); err != nil {
		t.Error(err)
	}
}

// TestUnchanged shows that the test of attacks would see a change.
func TestUnchanged(t *testing.T) {
	db, file := openFile(t, shop)
	before := bytesOf(t, file)
	if _, err := db.Exec("UPDATE customers SET name = 'Eve' WHERE id = 1"); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(before, bytesOf(t, file)) {
		t.Error("a change does not show in the file")
	}
}

// TestNoDB shows that a program's mistake ends the run.
func TestNoDB(t *testing.T) {
	o := (&DB{}).Tools().Do(t.Context(), llm.ToolCall{Name: queryName, Args: `{"sql": "SELECT 1"}`})
	if o.Err == nil || !strings.Contains(o.Err.Error(), "a DB without DB") {
		t.Error(o.Err)
	}
}
