package sqlquery

import (
	"strings"
	"testing"
)

// TestBenign runs what models ask for, in SQLite. It wants the lines after the
// names of the columns, with | between them, a comma for each tab, and without
// the count.
func TestBenign(t *testing.T) {
	d := &DB{DB: open(t, shop), Dialect: SQLite}
	for _, tt := range []struct{ query, want string }{
		{"SELECT 1", "1"},
		{"select 1;", "1"},
		{"SELECT 1 ; ; ", "1"},
		{"-- how many\nSELECT count(*) FROM customers", "4"},
		{"SELECT count(*) /* all; of them */ FROM customers -- end", "4"},
		{"SELECT name FROM customers WHERE city = 'London'", "Ada"},
		{"SELECT name FROM customers WHERE city IS NULL", "Linus"},
		{"SELECT name, city FROM customers ORDER BY name DESC LIMIT 2", "李华,北京|Linus,NULL"},
		{"SELECT name FROM customers ORDER BY id LIMIT 2 OFFSET 1", "Grace|Linus"},
		{"SELECT name FROM customers ORDER BY id LIMIT 1, 1", "Grace"},
		{"SELECT DISTINCT customer FROM orders ORDER BY 1", "1|2"},
		{"SELECT * FROM orders WHERE paid ORDER BY id", "10,1,2024-01-02T03:04:05Z,99.5,1|12,2,NULL,7,1"},
		{"SELECT since FROM customers ORDER BY id LIMIT 1", "1843-10-01"},
		{"SELECT c.name, sum(o.total) AS sales FROM customers AS c JOIN orders AS o ON o.customer = c.id GROUP BY c.id HAVING sum(o.total) > 10", "Ada,119.5"},
		{"SELECT c.name FROM customers c LEFT OUTER JOIN orders o ON o.customer = c.id WHERE o.id IS NULL ORDER BY c.id", "Linus|李华"},
		{"SELECT name FROM customers WHERE id IN (SELECT customer FROM orders WHERE total > 50)", "Ada"},
		{"SELECT name FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer = c.id AND NOT o.paid)", "Ada"},
		{"SELECT count(*) FROM orders, customers", "12"},
		{"SELECT count(*) FROM orders CROSS JOIN customers NATURAL JOIN notes", "0"},
		{"SELECT count(*) FROM (orders JOIN customers ON customers.id = orders.customer)", "3"},
		{"SELECT avg(total), min(total), max(total), total(total) FROM orders", "42.166666666666664,7,99.5,126.5"},
		{"WITH big AS (SELECT * FROM orders WHERE total > 10) SELECT count(*) FROM big", "2"},
		{"WITH a AS (SELECT 1 AS x), b(y) AS (SELECT x + 1 FROM a) SELECT x, y FROM a, b", "1,2"},
		{"WITH a AS NOT MATERIALIZED (SELECT 2 AS x) SELECT x FROM a", "2"},
		{"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT group_concat(i, ' ') FROM n", "1 2 3 4 5"},
		{"SELECT id FROM orders UNION SELECT id FROM customers WHERE id > 3 ORDER BY id", "4|10|11|12"},
		{"SELECT id FROM orders INTERSECT SELECT 10", "10"},
		{"SELECT id FROM orders EXCEPT SELECT 10", "11|12"},
		{"VALUES (1, 'a'), (2, 'b')", "1,a|2,b"},
		{"SELECT * FROM (VALUES (1), (2)) AS t", "1|2"},
		{`SELECT product FROM "Order Details" WHERE quantity > 1`, "card, punched"},
		{"SELECT product FROM [Order Details] WHERE quantity > 1", "card, punched"},
		{"SELECT product FROM `Order Details` WHERE order_id = 12", `bug "the first"`},
		{"SELECT name FROM paid_orders ORDER BY name", "Ada|Grace"},
		{"SELECT CASE WHEN total > 50 THEN 'big' ELSE 'small' END FROM orders ORDER BY id", "big|small|small"},
		{"SELECT CAST(total AS INTEGER) FROM orders ORDER BY id", "99|20|7"},
		{"SELECT CAST('3' AS DECIMAL(10, 2))", "3"},
		{"SELECT name || ' of ' || coalesce(city, '?') FROM customers WHERE id = 3", "Linus of ?"},
		{"SELECT upper(name), length(name), substr(name, 1, 2), replace(name, 'A', 'I') FROM customers WHERE id = 1", "ADA,3,Ad,Ida"},
		{"SELECT strftime('%Y', placed) AS y, count(*) FROM orders WHERE placed NOTNULL GROUP BY y", "2024,2"},
		{"SELECT date('2024-02-28', '+1 day')", "2024-02-29"},
		{"SELECT round(julianday('2024-03-01') - julianday('2024-02-01'))", "29"},
		{"SELECT row_number() OVER (ORDER BY total DESC) AS r, id FROM orders", "1,10|2,11|3,12"},
		{"SELECT sum(total) OVER w FROM orders WINDOW w AS (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)", "99.5|119.5|27"},
		{"SELECT count(*) FILTER (WHERE paid) FROM orders", "2"},
		{"SELECT lag(total, 1, 0) OVER (PARTITION BY customer ORDER BY id) FROM orders", "0|99.5|0"},
		{"SELECT value FROM notes, json_each(notes.tags) WHERE notes.id = 1", "a|b"},
		{"SELECT json_extract(tags, '$.k'), tags ->> 'k' FROM notes WHERE id = 3", "1,1"},
		{"SELECT name FROM customers WHERE name LIKE '%a%' ORDER BY 1", "Ada|Grace"},
		{"SELECT name FROM customers WHERE name LIKE '10\\%' ESCAPE '\\'", ""},
		{"SELECT name FROM customers WHERE name GLOB 'A*'", "Ada"},
		{"SELECT name FROM customers WHERE id BETWEEN 2 AND 3", "Grace|Linus"},
		{"SELECT big FROM notes ORDER BY id", "9007199254740993|-9223372036854775808|0"},
		{"SELECT body FROM notes ORDER BY id", `plain|""|"two\nlines; -- not a comment"`},
		{"SELECT data FROM notes ORDER BY id", "<blob of 3 bytes>|NULL|<blob of 0 bytes>"},
		{"SELECT 'DROP TABLE customers; --', 'it''s', 'NULL', NULL, 'null'", `DROP TABLE customers; --,it's,"NULL",NULL,"null"`},
		{`SELECT 'update' AS "update", 1 AS "delete"`, "update,1"},
		{"SELECT '(3 rows)', '<blob of 9 bytes>', ' x', 'a,b', '\"', 'a\tb'", `"(3 rows)","<blob of 9 bytes>"," x",a,b,"\"","a\tb"`},
		{"SELECT 0.1 + 0.2, 1e100, 1.0, 1/3.0, -0.5", "0.30000000000000004,1e+100,1,0.3333333333333333,-0.5"},
		{"SELECT 0x1f, .5, 1., 1e3, 1_000", "31,0.5,1,1000,1000"},
		{"SELECT typeof(x'00'), hex(x'0aff'), quote('a''b')", "blob,0AFF,'a''b'"},
		{"SELECT iif(1 > 0, 'yes', 'no'), nullif(1, 1), ifnull(NULL, 2)", "yes,NULL,2"},
		{"SELECT printf('%.2f', 3.14159), format('%d', 3)", "3.14,3"},
		{"SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'o%'", "orders|Order Details"},
		{"SELECT 10 IS DISTINCT FROM 11, 1 IS NOT DISTINCT FROM 1", "1,1"},
		{"SELECT id FROM orders WHERE (customer, total) = (1, 20)", "11"},
		{"SELECT (SELECT max(total) FROM orders)", "99.5"},
		{"SELECT id FROM orders WHERE customer IN customers_or_not", "error"},
		{"SELECT c.name FROM customers c INDEXED BY by_city WHERE city = 'London'", "Ada"},
		{"SELECT name COLLATE NOCASE FROM customers ORDER BY name COLLATE NOCASE LIMIT 1", "Ada"},
		{"SELECT abs(-3), sqrt(16), power(2, 10), mod(7, 3), ceil(1.2), pi() > 3", "3,4,1024,1,2,1"},
		{"SELECT count(*) FROM orders AS a(id) WHERE 1", "error"},
		{"SELECT\tname\r\nFROM\fcustomers\nWHERE id=1", "Ada"},
		{"SELECT 1 AS 数字", "1"},
	} {
		text, failed := ask(t, d, tt.query)
		if failed || tt.want == "error" {
			if !failed || tt.want != "error" {
				t.Errorf("%s\n%s", tt.query, text)
			} else if !strings.Contains(text, "the database says") {
				t.Errorf("%s\nwas not run: %s", tt.query, text)
			}
			continue
		}
		lines := strings.Split(text, "\n")
		if got := strings.ReplaceAll(strings.Join(lines[1:len(lines)-1], "|"), "\t", ","); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.query, got, tt.want)
		}
	}
	for _, query := range []string{"EXPLAIN QUERY PLAN SELECT * FROM customers WHERE city = 'London'", "EXPLAIN SELECT 1"} {
		if text, failed := ask(t, d, query); failed {
			t.Errorf("%s\n%s", query, text)
		}
	}
}

func TestParams(t *testing.T) {
	d := &DB{DB: open(t, shop), Dialect: SQLite}
	text, failed := ask(t, d, "SELECT ? AS a, ? AS b, ? AS c, ? AS d, typeof(?), typeof(?) FROM customers WHERE id = ?",
		"x'; DROP TABLE customers; --", int64(9007199254740993), 1.5, nil, true, "1", 1)
	want := "a\tb\tc\td\ttypeof(?)\ttypeof(?):1\nx'; DROP TABLE customers; --\t9007199254740993\t1.5\tNULL\tinteger\ttext\n(1 row)"
	if failed || text != want {
		t.Errorf("%s\nwant %s", text, want)
	}
	text, failed = ask(t, d, "SELECT ?2, ?1", "a", "b")
	if want := "?2\t?1\nb\ta\n(1 row)"; failed || text != want {
		t.Errorf("%s\nwant %s", text, want)
	}
	text, failed = ask(t, d, "SELECT ?", []int{1})
	if !failed || !strings.Contains(text, "parameter 1 is neither a string nor a number") {
		t.Error(text)
	}
	if text, failed = ask(t, d, "SELECT ?"); !failed {
		t.Error(text)
	}
}
