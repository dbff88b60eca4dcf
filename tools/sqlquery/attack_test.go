package sqlquery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
)

// attacks must be refused by the gate in each dialect.
var attacks = []string{
	// other statements
	"INSERT INTO customers VALUES (9, 'Eve', NULL, NULL, NULL)",
	"insert or replace into customers(id) values (1)",
	"REPLACE INTO customers(id, name) VALUES (1, 'Eve')",
	"UPDATE customers SET name = 'Eve'",
	"DELETE FROM customers",
	"MERGE INTO customers USING orders ON 1 = 1 WHEN MATCHED THEN DELETE",
	"TRUNCATE customers",
	"TRUNCATE TABLE customers",
	"DROP TABLE customers",
	"DROP VIEW paid_orders",
	"CREATE TABLE evil (x)",
	"CREATE TEMP TABLE evil AS SELECT * FROM secrets",
	"CREATE TRIGGER evil AFTER INSERT ON orders BEGIN DELETE FROM customers; END",
	"ALTER TABLE customers RENAME TO victims",
	"VACUUM",
	"VACUUM INTO '%s/copy.db'",
	"REINDEX",
	"ANALYZE",
	"PRAGMA query_only = 0",
	"PRAGMA writable_schema = 1",
	"PRAGMA journal_mode = WAL",
	"PRAGMA user_version = 7",
	"PRAGMA table_info(customers)",
	"ATTACH DATABASE '%s/evil.db' AS evil",
	"ATTACH ':memory:' AS evil",
	"DETACH DATABASE main",
	"BEGIN",
	"BEGIN IMMEDIATE",
	"COMMIT",
	"END TRANSACTION",
	"ROLLBACK",
	"SAVEPOINT a",
	"RELEASE a",
	"SET TRANSACTION READ WRITE",
	"SET ROLE postgres",
	"SET SESSION AUTHORIZATION postgres",
	"RESET ALL",
	"SET GLOBAL general_log = 1",
	"COPY customers TO '/tmp/copy.csv'",
	"COPY (SELECT * FROM secrets) TO PROGRAM 'sh'",
	"COPY customers FROM PROGRAM 'id'",
	"CALL evil()",
	"DO $$ BEGIN DELETE FROM customers; END $$",
	"DO SLEEP(10)",
	"EXECUTE evil",
	"PREPARE evil AS DELETE FROM customers",
	"DEALLOCATE ALL",
	"DECLARE c CURSOR FOR SELECT 1",
	"FETCH ALL FROM c",
	"LOCK TABLE customers",
	"LOCK TABLES customers WRITE",
	"LISTEN evil",
	"NOTIFY evil, 'x'",
	"GRANT ALL ON customers TO PUBLIC",
	"REVOKE ALL ON customers FROM PUBLIC",
	"LOAD 'evil'",
	"LOAD DATA INFILE '/etc/passwd' INTO TABLE notes",
	"HANDLER customers OPEN",
	"KILL 1",
	"SHUTDOWN",
	"SHOW GRANTS",
	"DESCRIBE customers",
	"USE mysql",
	"CHECKPOINT",
	"DISCARD ALL",
	"REFRESH MATERIALIZED VIEW x",
	"EXPLAIN DELETE FROM customers",
	"EXPLAIN ANALYZE DELETE FROM customers",
	"EXPLAIN (ANALYZE, FORMAT JSON) INSERT INTO customers VALUES (1)",
	"EXPLAIN QUERY PLAN UPDATE customers SET name = ''",
	"EXPLAIN ANALYZE EXECUTE evil",
	"EXPLAIN (ANALYZE FALSE DELETE) FROM customers",
	"EXPLAIN PRAGMA query_only = 0",
	"EXPLAIN FOR CONNECTION 7",
	"EXPLAIN EXPLAIN DELETE FROM customers",
	"EXPLAIN",
	// more than one
	"SELECT 1; DELETE FROM customers",
	"SELECT 1;DELETE FROM customers;",
	"SELECT 1; SELECT 2",
	"; DELETE FROM customers",
	"SELECT 1; ; DELETE FROM customers",
	"SELECT 1 -- a\n; DELETE FROM customers",
	"SELECT 1 /* a */; DELETE FROM customers",
	"SELECT ';'; DELETE FROM customers",
	"SELECT 'it''s'; DELETE FROM customers",
	`SELECT "a"";"; DELETE FROM customers`,
	"COMMIT; DELETE FROM customers",
	"SELECT 1; COMMIT; DELETE FROM customers; BEGIN",
	"SELECT 1) ; DELETE FROM customers; SELECT (1",
	// out of what is around it
	"SELECT 1) UNION SELECT * FROM (SELECT 2",
	"SELECT 1 ) LIMIT 1) DELETE FROM customers --",
	"SELECT 1 FROM customers) SELECT * FROM customers; --",
	"(SELECT 1",
	"SELECT (1))",
	"SELECT 1 /* no end",
	"SELECT 'no end",
	`SELECT "no end`,
	// what changes something inside of a query
	"WITH x AS (DELETE FROM customers RETURNING *) SELECT * FROM x",
	"WITH x AS (UPDATE customers SET name = '' RETURNING id) SELECT * FROM x",
	"WITH x AS (INSERT INTO customers(id) VALUES (9) RETURNING id) SELECT * FROM x",
	"WITH x AS (MERGE INTO customers USING orders ON true WHEN MATCHED THEN DELETE RETURNING *) SELECT 1",
	"WITH x AS (SELECT 1) DELETE FROM customers",
	"WITH x AS (SELECT 1) UPDATE customers SET name = ''",
	"WITH x AS (SELECT 1) INSERT INTO customers(id) SELECT 9",
	"WITH x AS (SELECT 1) REPLACE INTO customers(id) SELECT 9",
	"WITH x(a) AS (VALUES (1)) DELETE FROM customers WHERE id IN (SELECT a FROM x)",
	"WITH RECURSIVE x AS (SELECT 1) DELETE FROM customers",
	"WITH x AS (SELECT 1)/**/DELETE/**/FROM customers",
	"WITH x AS (SELECT 1)\ufeffDELETE FROM customers",
	"WITH x AS (SELECT 1)\u00a0DELETE FROM customers",
	"WITH x AS (SELECT 1)\u200bDELETE FROM customers",
	"WITH x AS (SELECT 1)\x0bDELETE FROM customers",
	"WITH x AS (SELECT 1), recursive AS (SELECT a pg_sleep (1)) SELECT 1",
	"WITH x (a, pg_sleep (1)) AS (SELECT 1) SELECT 1",
	"SELECT * INTO evil FROM customers",
	"SELECT * INTO TEMP evil FROM customers",
	"SELECT 1 INTO @a",
	"SELECT '<?php' INTO OUTFILE '/var/www/x.php'",
	"SELECT 1 INTO DUMPFILE '/tmp/x'",
	"SELECT * FROM customers FOR UPDATE",
	"SELECT * FROM customers FOR NO KEY UPDATE",
	"SELECT * FROM customers FOR SHARE SKIP LOCKED",
	"SELECT * FROM customers FOR KEY SHARE",
	"SELECT * FROM customers LOCK IN SHARE MODE",
	"SELECT * FROM customers PROCEDURE ANALYSE()",
	"SELECT NEXT VALUE FOR seq",
	// functions
	"SELECT load_extension('%s/evil.so')",
	"SELECT load_extension('%s/evil', 'init')",
	"SELECT writefile('%s/evil', 'x')",
	"SELECT readfile('/etc/passwd')",
	"SELECT edit('x', 'sh -c id #')",
	"SELECT fts3_tokenizer('x', x'00')",
	"SELECT zeroblob(1000000000)",
	"SELECT randomblob(1000000000)",
	"SELECT sqlite_offset(name) FROM customers",
	"SELECT * FROM fsdir('/')",
	"SELECT * FROM zipfile('x.zip')",
	"SELECT pg_read_file('/etc/passwd')",
	"SELECT pg_catalog.pg_read_file('/etc/passwd')",
	`SELECT "pg_read_file"('/etc/passwd')`,
	`SELECT "pg_catalog" . "pg_read_file" ('/etc/passwd')`,
	"SELECT PG_READ_FILE /* x */ ('/etc/passwd')",
	"SELECT pg_read_binary_file('/etc/passwd')",
	"SELECT * FROM pg_ls_dir('/')",
	"SELECT * FROM customers, LATERAL pg_ls_dir('/') f",
	"SELECT * FROM customers JOIN pg_ls_dir('/') AS f ON true",
	"SELECT * FROM ROWS FROM (pg_ls_dir('/'), generate_series(1, 2)) x",
	"SELECT * FROM (pg_ls_dir('/') CROSS JOIN customers)",
	"SELECT DISTINCT ON (name) pg_sleep(10) FROM customers",
	"SELECT (pg_sleep(10))",
	"SELECT 1 WHERE pg_sleep(10) IS NULL",
	"SELECT CASE WHEN true THEN pg_sleep(10) END",
	"SELECT count(*) FILTER (WHERE pg_sleep(10) IS NULL) FROM customers",
	"SELECT sum(1) OVER (ORDER BY pg_sleep(10)) FROM customers",
	"SELECT 1 ORDER BY pg_sleep(10)",
	"SELECT 1 LIMIT pg_sleep(10)",
	"VALUES (pg_sleep(10))",
	"EXPLAIN ANALYZE SELECT pg_sleep(10)",
	"SELECT ('/etc/passwd').pg_read_file",
	"SELECT (name).pg_read_file FROM customers",
	`SELECT ('/etc/passwd') . "pg_read_file"`,
	"SELECT ('/etc/passwd')./**/pg_read_file",
	"SELECT ((1)).pg_sleep.pg_sleep",
	"SELECT ? . pg_sleep",
	"SELECT lo_import('/etc/passwd')",
	"SELECT lo_export(1, '/tmp/x')",
	"SELECT lo_unlink(1)",
	"SELECT dblink('host=evil', 'SELECT 1')",
	"SELECT dblink_exec('host=evil', 'DELETE FROM customers')",
	"SELECT query_to_xml('DELETE FROM customers', true, true, '')",
	"SELECT table_to_xml('secrets', true, true, '')",
	"SELECT set_config('transaction_read_only', 'off', false)",
	"SELECT nextval('seq')",
	"SELECT setval('seq', 1)",
	"SELECT pg_terminate_backend(1)",
	"SELECT pg_cancel_backend(1)",
	"SELECT pg_reload_conf()",
	"SELECT pg_advisory_lock(1)",
	"SELECT pg_notify('x', 'y')",
	"SELECT pg_switch_wal()",
	"SELECT pg_create_restore_point('x')",
	"SELECT pg_logical_emit_message(true, 'x', 'y')",
	"SELECT txid_current()",
	"SELECT ts_stat('SELECT 1')",
	"SELECT currval('seq')",
	"SELECT repeat('x', 1000000000)",
	"SELECT sleep(10)",
	"SELECT benchmark(1000000000, 1)",
	"SELECT load_file('/etc/passwd')",
	"SELECT get_lock('x', 100)",
	"SELECT release_all_locks()",
	"SELECT sys_exec('id')",
	"SELECT master_pos_wait('x', 1)",
	"SELECT extractvalue(1, 'x')",
	"SELECT xp_cmdshell('id')",
	"SELECT public.lower('x')",
	"SELECT a.b.lower('x')",
	"SELECT evil('x')",
	"SELECT a FROM customers evil(a)",
	"SELECT x IN evil('y') FROM customers",
	"SELECT U&\"\\0070g_sleep\"(10)",
	"SELECT u&'\\0027; DELETE FROM customers; --'",
	// what databases read in different ways
	"SELECT /*! 1; DELETE FROM customers */ 2",
	"SELECT 1 /*!50000 INTO OUTFILE '/tmp/x' */",
	"SELECT 1 /*M! INTO OUTFILE '/tmp/x' */",
	"SELECT /*+ SET_VAR(max_execution_time=0) */ 1",
	"SELECT 1 -- x\r; DELETE FROM customers",
	"SELECT 1--\rDELETE",
	"SELECT 1; -- '\nDELETE FROM customers; -- '",
	"SELECT $$a$$; DELETE FROM customers; SELECT $$b$$",
	"SELECT $a$ ' $a$; DELETE FROM customers; --'",
	"SELECT '\\'; DELETE FROM customers; -- '",
	"SELECT E'\\'; DELETE FROM customers; -- '",
	"SELECT E'a'\n'\\'; DELETE FROM customers; -- '",
	"SELECT 1e'\\'; DELETE FROM customers; -- '",
	"SELECT 1a",
	"SELECT 'x\x00'; DELETE FROM customers",
	"SELECT \x00",
	"SELECT {d '2024-01-01'}",
	"SELECT \\N",
	"SELECT 1 \u2028",
	"",
	" \n ",
	";",
	"--",
	"/* DELETE FROM customers */",
	"(((",
	"SELECT " + strings.Repeat("(", 200) + "1" + strings.Repeat(")", 200),
	"SELECT '" + strings.Repeat("x", maxStatement) + "'",
	// what belongs to the database itself
	"SELECT writefile('a', 'b') FROM sqlite_master",
	"WITH a AS (SELECT 1) SELECT nextval('x') FROM a",
	"TABLE customers; DELETE FROM customers",
	"WITH a AS (SELECT 1) SEARCH DEPTH FIRST BY x, secrets SET y SELECT * FROM secrets",
}

// attacksOn must be refused in one dialect, where they may be sound, or
// otherwise wrong, in others.
var attacksOn = map[Dialect][]string{
	SQLite: {
		"SELECT 1 /* /* */ ; DELETE FROM customers /* */ */",
		"SELECT * FROM pragma_database_list",
		"SELECT * FROM pragma_query_only(0)",
		`SELECT * FROM "pragma_table_info"('customers')`,
		"SELECT * FROM sqlite_dbpage",
		"SELECT * FROM customers, sqlite_dbpage WHERE pgno = 1",
		"SELECT * FROM main.dbstat",
		"SELECT * FROM 'sqlite_dbpage'",
		"SELECT 1 IN sqlite_dbpage",
		"SELECT * FROM fsdir WHERE path = '/'",
		"SELECT $a(')); DELETE FROM customers; --')",
		"SELECT :name, @name, #x",
		"SELECT zeroblob(1e9)",
		"SELECT * FROM customers offset, sqlite_dbpage",
		"SELECT * FROM customers with, sqlite_dbpage",
		"SELECT * FROM customers window, sqlite_dbpage",
	},
	Postgres: {
		"SELECT 1 /* /* */ */ ; DELETE FROM customers",
		"SELECT * FROM pg_shadow",
		"SELECT * FROM pg_catalog.pg_authid",
		"TABLE pg_stat_activity",
		"SELECT * FROM ONLY pg_shadow",
		"SELECT * FROM (pg_shadow CROSS JOIN customers)",
		"SELECT ARRAY[pg_sleep(1)]",
		"SELECT (ARRAY['/etc/passwd'])[1].pg_read_file",
		"SELECT $1.pg_read_file",
		"SELECT CAST(pg_sleep(1) AS text)",
		"SELECT pg_sleep(1)::text",
		"SELECT 1 OPERATOR(pg_catalog.+) pg_sleep(1)",
		"SELECT $a$ $a$ ; DELETE FROM customers",
		"SELECT $é$ $é$",
		"SELECT `id`",
		"SELECT * FROM crosstab('DELETE FROM customers')",
		"SELECT json_populate_record(null::x, '{}')",
		"SELECT EXTRACT(year FROM pg_sleep(1))",
		"SELECT * FROM generate_series(1, 10) WITH ORDINALITY AS x, pg_ls_dir('/')",
	},
	MySQL: {
		"SELECT 1 /* /* */ ; DELETE FROM customers /* */ */",
		"SELECT 1 # x\n; DELETE FROM customers",
		"SELECT @@version",
		"SELECT @a := 1",
		"SELECT * FROM mysql.user",
		"SELECT * FROM information_schema.processlist",
		"SELECT * FROM INFORMATION_SCHEMA . PROCESSLIST",
		"SELECT * FROM performance_schema.threads",
		"SELECT seq.nextval",
		"SELECT 5--1",
		`SELECT "\"; DELETE FROM customers; -- "`,
		`SELECT '\\\'; DELETE FROM customers; -- '`,
		"SELECT [a] FROM customers",
		"SELECT * FROM `mysql`.`user`",
		"SELECT $1",
	},
	Generic: {
		"SELECT 1 /* /* */ ; DELETE FROM customers /* */ */",
		"SELECT 1 # 2",
		"SELECT `a`",
		"SELECT [a]",
		"SELECT @a",
		"SELECT a::int",
		"SELECT 'a\\'",
		`SELECT "a\"`,
		"SELECT 5--1",
		"SELECT $$a$$",
		"SELECT * FROM pg_shadow",
		"SELECT * FROM mysql.user",
		"SELECT * FROM sqlite_dbpage",
		"SELECT seq.currval",
		"SELECT now()",
	},
}

// TestAttacks sends attacks through the tool, and wants the gate to refuse each,
// and the database and its folder to be as they were.
func TestAttacks(t *testing.T) {
	db, file := openFile(t, shop)
	dir := filepath.Dir(file)
	before := bytesOf(t, file)
	n := 0
	for _, dialect := range []Dialect{Generic, SQLite, Postgres, MySQL} {
		d := &DB{DB: db, Dialect: dialect}
		for _, attack := range append(attacks, attacksOn[dialect]...) {
			n++
			if strings.Contains(attack, "%s") {
				attack = fmt.Sprintf(attack, dir)
			}
			o := d.Tools().Do(t.Context(), llm.ToolCall{Name: queryName, Args: quote(attack)})
			text := llm.Message{Parts: o.Result.Content}.Text()
			invalid := strings.Trim(attack, " \n") == "" && attack == "" // the schema refuses that
			if o.Err != nil || !o.Result.IsError || !errors.Is(o.Cause, ErrRefused) && !invalid {
				t.Errorf("%v: %s\nis not refused: %v %s", dialect, attack, o.Err, text)
			}
			if len(text) > 3000 {
				t.Errorf("%v: %.100s\nis told in %d bytes", dialect, attack, len(text))
			}
			if err := d.Check(attack); !errors.Is(err, ErrRefused) {
				t.Errorf("%v: %s\nis not refused by Check: %v", dialect, attack, err)
			}
		}
	}
	if !bytes.Equal(before, bytesOf(t, file)) {
		t.Error("the database has changed")
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("files were made: %v", list)
	}
	t.Logf("%d attacks", n)
}

// quote returns the arguments of a query as a hostile model writes them: bytes
// that are not UTF-8 stay as they are.
func quote(query string) string {
	var b strings.Builder
	b.WriteString(`{"sql": "`)
	for i := range len(query) {
		switch c := query[i]; {
		case c == '"', c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + `"}`
}

// TestSecondFence lets statements past the gate, and wants what is behind it to
// leave the database as it was.
func TestSecondFence(t *testing.T) {
	db, file := openFile(t, shop)
	before := bytesOf(t, file)
	d := &DB{DB: db, Dialect: SQLite}
	for _, attack := range []string{
		"INSERT INTO customers VALUES (9, 'Eve', NULL, NULL, NULL)",
		"UPDATE customers SET name = 'Eve' RETURNING id",
		"DELETE FROM customers",
		"DROP TABLE customers",
		"CREATE TABLE evil (x)",
		"PRAGMA user_version = 7",
		"WITH x AS (SELECT 1) DELETE FROM customers",
	} {
		for _, explain := range []bool{false, true} { // which is run without a query around it
			err := d.run(t.Context(), func(ctx context.Context, q querier) error {
				_, err := d.query(ctx, q, statement{text: attack, explain: explain}, nil)
				return err
			})
			if err == nil {
				t.Errorf("%s is run", attack)
			}
		}
	}
	if !bytes.Equal(before, bytesOf(t, file)) {
		t.Error("the database has changed")
	}
	if _, err := db.Exec("UPDATE customers SET name = 'Eve'"); err != nil {
		t.Errorf("the connections are read-only for others too: %v", err)
	}
}
