// Package sqlquery gives a model tools to read a SQL database: sql_schema tells
// what tables there are, and sql_query runs one query.
//
//	sales := &sqlquery.DB{Dialect: sqlquery.Postgres} // and DB, the *sql.DB to ask
//	sales.Tables = []string{"orders", "customers"}
//	set := sales.Tools() // for an agent, or for the Tools of a request: set.Specs()
//
// It works over any driver of package database/sql, and imports none. The result
// of a query is text for a model, see [Result.String], or for a program what
// [DB.Query] returns. What a model gets wrong, it is told with advice: the name
// that it may have meant, what it may do instead.
//
// # Give it a user that can only read
//
// The floor of all is a user of the database with the right to SELECT from what
// the model may see, and no other right. Everything below is for the day when that
// was forgotten, or was given too much.
//
// In PostgreSQL that is a role with GRANT SELECT ON the tables, and with a
// statement_timeout of its own; in MySQL a user with the same, without FILE and
// PROCESS, and with a max_execution_time.
//
// With SQLite it is a file that is opened with mode=ro, and a bound for the size of
// one value, which SQLite else makes as big as 1 GB: SQLITE_LIMIT_LENGTH. The other
// databases have bounds for memory and for the files that a query makes.
//
// # Threats
//
// The model is taken to obey an attacker, who may have written what is in the
// tables. Whatever it sends:
//
//   - Only one statement that is a query is run. A gate cuts it into tokens as the
//     database does, and refuses what two databases, or two settings of one, would
//     cut differently. It refuses words that write or lock, wherever they stand
//     outside of quotes, and calls of all functions but those that are known to
//     change nothing, read no files and reach nowhere; PostgreSQL's calls without a
//     call, as in ('/etc/passwd').pg_read_file, are calls too.
//   - Tables by which the database tells of itself are refused, and so is every
//     table that is not one of DB.Tables, if that is set.
//   - The query runs in a read-only transaction that is rolled back. A driver that
//     has none is refused. PostgreSQL and MySQL enforce it, and drivers for SQLite
//     mostly do not: so with SQLite the connection is set to query_only for the
//     query, and set back.
//   - Rows, bytes of a value and of a result, and time are bounded. When the time is
//     over the call returns, and where there is a way the query is stopped too: by
//     the context, in PostgreSQL by a statement_timeout, and with SQLite by having
//     all rows found before the first is returned, as some drivers cannot stop
//     later. What cannot be stopped is left behind, up to four of them.
//   - Errors have what the database says of the statement. They have no address,
//     no user, and nothing of what a driver says of the network.
//   - No value of a table can pass for another row, or for a line of the tool.
//
// These do not hold:
//
//   - What a table says is no less able to mislead the model that reads it. The
//     tools are marked as reading what is private and what others wrote, which lets
//     an agent refuse to be given a way to send it off as well.
//   - Views, functions of the database, generated columns and casts that the owner
//     made do what they do, with the rights that they have. What DB.Functions lists
//     is the caller's to answer for.
//   - A database is kept busy by queries, up to MaxTime each. A pool of its own with
//     few connections, by SetMaxOpenConns, leaves others theirs. A MySQL server goes
//     on with a query whose connection is gone, so set max_execution_time for the
//     user.
//   - A value is made by the database, and read by the driver, before it is cut.
//   - Without a Dialect, and with one that is not that of the database, the gate does
//     not know where a string ends there. Without one it takes only what is the same
//     in SQLite, PostgreSQL and MySQL; other databases may read that in other ways.
package sqlquery
