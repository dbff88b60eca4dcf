package sqlquery

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/hadal-go/hadal/chain"
)

const (
	maxStrays = 4
	grace     = 500 * time.Millisecond // for a driver to stop
	cleanup   = 10 * time.Second       // to leave a connection as it was
)

// A querier is the transaction that a statement runs in.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// run calls f in a read-only transaction, with a context that ends in time. It
// returns then too, and leaves a driver behind that does not: what f has written
// must not be read unless run returns nil.
func (d *DB) run(ctx context.Context, f func(context.Context, querier) error) error {
	if err := d.ready(); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if n := d.strays.Load(); n >= maxStrays {
		return &Error{
			Say: fmt.Sprintf("%d queries that took too long are still running: try again later", n),
			At:  -1, Err: ErrBusy,
		}
	}
	timed, cancel := context.WithCancel(ctx)
	if limit := d.maxTime(); limit > 0 {
		timed, cancel = context.WithTimeoutCause(ctx, limit, errTime)
	}
	defer cancel()
	type outcome struct {
		err   error
		panic *chain.Panic
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() {
			if v := recover(); v != nil {
				o.panic = &chain.Panic{Value: v, Stack: debug.Stack()}
			}
			done <- o
		}()
		o.err = d.session(timed, f)
	}()
	result := func(o outcome) error {
		if o.panic != nil {
			panic(o.panic)
		}
		if o.err != nil && timed.Err() != nil {
			return late(timed, d.maxTime())
		}
		return o.err
	}
	select {
	case o := <-done:
		return result(o)
	case <-timed.Done():
	}
	wait := time.NewTimer(grace)
	defer wait.Stop()
	select {
	case o := <-done:
		return result(o)
	case <-wait.C:
	}
	d.strays.Add(1)
	go func() {
		if o := <-done; o.panic != nil {
			slog.Error("sqlquery: panic of a driver after the time of its query", "panic", o.panic.Value, "stack", string(o.panic.Stack))
		}
		d.strays.Add(-1)
	}()
	return late(timed, d.maxTime())
}

// session calls f in a transaction on a connection of its own, which it leaves as
// it was, or closes.
func (d *DB) session(ctx context.Context, f func(context.Context, querier) error) (err error) {
	conn, err := d.DB.Conn(ctx)
	if err != nil {
		return unreachable(err)
	}
	sound, doubt := false, true
	defer func() {
		if !sound {
			return // a driver has panicked, which leaves locks of package sql that to close would wait for
		}
		if doubt {
			conn.Raw(func(any) error { return driver.ErrBadConn }) // which closes it
		}
		conn.Close()
	}()
	restore, err := d.lock(context.WithoutCancel(ctx), conn)
	if err != nil {
		sound = true
		return unreachable(err)
	}
	tx, err := begin(ctx, conn)
	if err != nil {
		// To close a connection to SQLite may be to drop a database in memory.
		sound, doubt = true, restore() != nil || d.Dialect != SQLite
		return unreachable(err)
	}
	if err = d.confine(ctx, tx); err == nil {
		err = f(ctx, tx)
	}
	sound, doubt = true, errors.Join(tx.Rollback(), restore()) != nil
	return err
}

// begin starts a read-only transaction that does not end with ctx, as package sql
// would end it at some time on its own.
func begin(ctx context.Context, conn *sql.Conn) (*sql.Tx, error) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	tx, err := conn.BeginTx(own, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		cancel()
		return nil, err
	}
	if !stop() { // it is being rolled back
		tx.Rollback()
		return nil, ctx.Err()
	}
	return tx, nil
}

// lock makes a connection to SQLite read-only, where a transaction is not, and
// returns what takes it back.
func (d *DB) lock(ctx context.Context, conn *sql.Conn) (restore func() error, err error) {
	if d.Dialect != SQLite {
		return func() error { return nil }, nil
	}
	var before bool
	if err := conn.QueryRowContext(ctx, "PRAGMA query_only").Scan(&before); err != nil {
		return nil, err
	}
	if before {
		return func() error { return nil }, nil
	}
	if _, err := conn.ExecContext(ctx, "PRAGMA query_only = 1"); err != nil {
		return nil, err
	}
	var on bool
	if err := conn.QueryRowContext(ctx, "PRAGMA query_only").Scan(&on); err != nil || !on {
		return nil, errors.Join(err, errors.New("the connection cannot be made read-only by PRAGMA query_only"))
	}
	return func() error {
		ctx, cancel := context.WithTimeout(ctx, cleanup)
		defer cancel()
		_, err := conn.ExecContext(ctx, "PRAGMA query_only = 0")
		return err
	}, nil
}

// confine sets for a transaction what the server is to see to: that it only
// reads, that it ends, and that strings are read as the gate reads them.
func (d *DB) confine(ctx context.Context, tx *sql.Tx) error {
	if d.Dialect != Postgres {
		return nil
	}
	text := "SELECT set_config('transaction_read_only', 'on', true), set_config('standard_conforming_strings', 'on', true)"
	if limit := d.maxTime(); limit > 0 {
		ms := strconv.FormatInt(max(limit.Milliseconds(), 1), 10)
		text += ", set_config('statement_timeout', '" + ms + "', true)"
	}
	rows, err := tx.QueryContext(ctx, text)
	if err != nil {
		return unreachable(err)
	}
	for rows.Next() {
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return unreachable(err)
	}
	return nil
}

// query runs a statement of a model.
func (d *DB) query(ctx context.Context, q querier, st statement, args []any) (*Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	text := st.text
	if d.Dialect == SQLite && !st.explain {
		// Some drivers can be stopped only before the first row is there: so all
		// rows that are wanted are found before that, and no more.
		text = "WITH hadal_result AS MATERIALIZED (SELECT * FROM (\n" + text +
			"\n) LIMIT " + strconv.Itoa(d.maxRows()+1) + ") SELECT * FROM hadal_result"
	}
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, d.failure(err)
	}
	defer rows.Close()
	r, err := d.scan(rows)
	if err != nil {
		return nil, d.failure(err)
	}
	if r.More && d.Dialect != SQLite {
		cancel() // so that the driver does not read all the rest to be rid of it
	}
	return r, nil
}

// failure returns an error of a statement. What the database says of it helps the
// model; what is said of the network does not.
func (d *DB) failure(err error) error {
	_, network := errors.AsType[net.Error](err)
	if network || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return &Error{Say: "the connection to the database broke off", At: -1, Err: ErrConn, Cause: err}
	}
	return &Error{Say: "the database says: " + said(err), At: -1, Err: ErrDatabase, Cause: err}
}
