package sqlquery_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"strings"

	_ "modernc.org/sqlite"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
	"github.com/hadal-go/hadal/tools/sqlquery"
)

// shop makes a database to ask, in memory.
func shop() *sql.DB {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	_, err = db.Exec(`
		CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT);
		CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers, placed DATE, total REAL);
		CREATE TABLE passwords (customer INTEGER, hash BLOB);
		INSERT INTO customers VALUES (1, 'Ada', 'London'), (2, 'Grace', NULL);
		INSERT INTO orders VALUES (10, 1, '2026-01-02', 99.5), (11, 1, '2026-02-03', 20), (12, 2, '2026-02-04', 7)`)
	if err != nil {
		log.Fatal(err)
	}
	return db
}

// call is what an agent does with a call of its model.
func call(set tools.Set, name, args string) {
	result, err := set.Call(context.Background(), llm.ToolCall{ID: "call_1", Name: name, Args: args})
	if err != nil {
		log.Fatal(err)
	}
	// Tabs are made visible.
	fmt.Println(strings.ReplaceAll(llm.Message{Parts: result.Content}.Text(), "\t", " | "))
}

func Example() {
	db := shop()
	defer db.Close()
	set := (&sqlquery.DB{DB: db, Dialect: sqlquery.SQLite, Tables: []string{"customers", "orders"}}).Tools()
	call(set, "sql_schema", `{}`)
	call(set, "sql_query", `{"sql": "SELECT c.name, count(*) AS orders, sum(o.total) AS total FROM customers c JOIN orders o ON o.customer = c.id GROUP BY c.id"}`)
	call(set, "sql_query", `{"sql": "SELECT nam FROM customers WHERE city = ?", "params": ["London"]}`)
	call(set, "sql_query", `{"sql": "SELECT 1; DELETE FROM customers"}`)
	call(set, "sql_query", `{"sql": "SELECT hash FROM passwords"}`)
	// Output:
	// customers: id INTEGER primary key, name TEXT not null, city TEXT
	// orders: id INTEGER primary key, customer INTEGER -> customers, placed DATE, total REAL
	// (2 of 2 tables)
	// name | orders | total
	// Ada | 2 | 119.5
	// Grace | 1 | 7
	// (2 rows)
	// error: the database says: SQL logic error: no such column: nam (1): do you mean customers.name?; what there is tells sql_schema
	// error: there is more than one statement, from the semicolon at byte 8 on: send one at a time
	// error: passwords is not one of the tables that can be read: customers, orders
}

// Several databases are told apart by their names.
func ExampleDB() {
	db := shop()
	defer db.Close()
	sales := &sqlquery.DB{DB: db, Dialect: sqlquery.SQLite, Name: "sales", MaxRows: 1, MaxCell: 3}
	set := sales.Tools()
	for _, tool := range set {
		fmt.Println(tool.Spec().Name)
	}
	call(set, "sales_sql_query", `{"sql": "SELECT name, city FROM customers ORDER BY name"}`)
	// Output:
	// sales_sql_schema
	// sales_sql_query
	// name | city
	// Ada | Lon…<3 bytes more>
	// (the first 1 row; there are more: add a condition, use aggregates, or order them and go on with OFFSET 1)
}

func ExampleDB_Tools() {
	for _, tool := range new(sqlquery.DB).Tools() {
		fmt.Printf("%s: %v\n", tool.Spec().Name, tools.PolicyOf(tool).Effect)
	}
	// Output:
	// sql_schema: reads, reads private data, reads untrusted text
	// sql_query: reads, reads private data, reads untrusted text
}

// What About says may hold more than a database knows of itself.
func ExampleDB_SchemaTool() {
	d := &sqlquery.DB{About: "orders(id, total): total is in cents, and 0 if it was cancelled"}
	call(tools.Set{d.SchemaTool()}, "sql_schema", `{}`)
	// Output:
	// orders(id, total): total is in cents, and 0 if it was cancelled
}

// Where the tables stand in the prompt, one tool is enough.
func ExampleDB_QueryTool() {
	db := shop()
	defer db.Close()
	set := tools.Set{(&sqlquery.DB{DB: db, Dialect: sqlquery.SQLite}).QueryTool()}
	call(set, "sql_query", `{"sql": "SELECT id, placed FROM orders WHERE total > ?", "params": [10]}`)
	// Output:
	// id | placed
	// 10 | 2026-01-02
	// 11 | 2026-02-03
	// (2 rows)
}

func ExampleDB_Query() {
	db := shop()
	defer db.Close()
	d := &sqlquery.DB{DB: db, Dialect: sqlquery.SQLite}
	r, err := d.Query(context.Background(), "SELECT name, city FROM customers WHERE id = ?", 2)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q: %v\n", r.Columns, r.Rows)

	_, err = d.Query(context.Background(), "UPDATE customers SET city = 'Paris'")
	fmt.Println(errors.Is(err, sqlquery.ErrRefused))
	// Output:
	// ["name" "city"]: [[Grace <nil>]]
	// true
}

func ExampleDB_Check() {
	d := &sqlquery.DB{Dialect: sqlquery.Postgres}
	fmt.Println(d.Check("SELECT date_trunc('month', now())"))
	fmt.Println(d.Check("SELECT pg_read_file('/etc/passwd')"))
	// Output:
	// <nil>
	// the function pg_read_file cannot be called: only those that are known to change nothing can; in front of the columns of an alias, write AS (byte 7)
}

func ExampleDB_Schema() {
	db := shop()
	defer db.Close()
	list, err := (&sqlquery.DB{DB: db, Dialect: sqlquery.SQLite}).Schema(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range list {
		fmt.Println(t.Name, len(t.Columns))
	}
	// Output:
	// customers 3
	// orders 4
	// passwords 2
}

func ExampleResult_String() {
	r := &sqlquery.Result{
		Columns: []string{"name", "note"},
		Rows:    [][]any{{"Ada", nil}, {"Grace", ""}, {"Linus", "two\nlines"}, {"Eve", []byte("\x00\x01")}},
	}
	fmt.Println(strings.ReplaceAll(r.String(), "\t", " | "))
	// Output:
	// name | note
	// Ada | NULL
	// Grace | ""
	// Linus | "two\nlines"
	// Eve | <blob of 2 bytes>
	// (4 rows)
}

func ExampleDialect_String() {
	fmt.Println(sqlquery.Generic, sqlquery.SQLite, sqlquery.Postgres, sqlquery.MySQL)
	// Output:
	// SQL SQLite PostgreSQL MySQL
}

// An error says what to do, and for the program what was the matter.
func ExampleError() {
	_, err := (&sqlquery.DB{DB: new(sql.DB)}).Query(context.Background(), "SELECT sleep(10)")
	e, _ := errors.AsType[*sqlquery.Error](err)
	fmt.Println(e.Err, "at byte", e.At)
	// Output:
	// refused at byte 7
}
