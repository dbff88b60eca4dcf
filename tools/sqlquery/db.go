package sqlquery

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"

	"github.com/hadal-go/hadal/tools"
)

// A DB makes tools that query a database. It needs DB, and should have Dialect;
// the zero value of all else is a safe default.
//
// Set the fields before the first call. Then a DB and its tools are safe for
// concurrent use, and it must not be copied. It opens and closes nothing: each
// call takes a connection of DB and gives it back. A DB without DB ends the run
// by [tools.Fatal].
type DB struct {
	DB      *sql.DB
	Dialect Dialect // what is not the same in all databases; zero takes only what is
	Name    string  // if set, tools are named for it, as in "sales_sql_query", to tell several databases apart
	About   string  // if set, what the schema tool tells, in place of what it asks the database

	// Tables are the tables and views that can be read, and told of: as they are
	// named in statements, with the schema in front if that is to be written, and
	// in capital and small letters as the database has them. If nil, all can be but
	// those by which a database tells of itself. The gate sees to it as it reads a
	// statement, so views and functions of the database reach further, and rights
	// in the database are the better fence.
	Tables []string
	// Functions may be called in statements besides those that are known to change
	// nothing. "schema.name" is for one with that in front.
	Functions []string

	MaxRows  int           // rows of a result; 0 is 200
	MaxBytes int           // of a result as text; 0 is 32 KiB
	MaxCell  int           // bytes of a value, of which more is cut; 0 is 2 KiB
	MaxTime  time.Duration // of a query, the wait for a connection included; 0 is 20 seconds, negative none

	strays atomic.Int32 // queries that go on after their time
}

const (
	defaultRows  = 200
	defaultBytes = 32 << 10
	defaultCell  = 2 << 10
	defaultTime  = 20 * time.Second
)

func (d *DB) maxRows() int  { return atLeast(d.MaxRows, defaultRows) }
func (d *DB) maxBytes() int { return atLeast(d.MaxBytes, defaultBytes) }
func (d *DB) maxCell() int  { return atLeast(d.MaxCell, defaultCell) }

// maxTime returns the time of a query, or 0 if there is no limit.
func (d *DB) maxTime() time.Duration { return max(cmp.Or(d.MaxTime, defaultTime), 0) }

func atLeast(n, zero int) int {
	if n <= 0 {
		return zero
	}
	return n
}

// name returns the name of a tool.
func (d *DB) name(tool string) string {
	if d.Name == "" {
		return tool
	}
	return d.Name + "_" + tool
}

// Check returns an *[Error] of class [ErrRefused] if [DB.Query] would refuse text
// without asking the database, and nil otherwise. Needs no DB.DB.
func (d *DB) Check(text string) error {
	if _, err := d.check(text); err != nil {
		return err
	}
	return nil
}

// Query runs a query that only reads, and returns what is found, within the
// limits of d. What args there are stand for ? or $1 in text, by the way of the
// driver, and are of the types that package database/sql takes.
//
// The statement passes the gate that the package comment tells of, and runs in a
// read-only transaction that is rolled back. An *[Error] tells why there is no
// result: errors.Is [ErrRefused], [ErrDatabase], [ErrConn], [ErrBusy], or
// context.DeadlineExceeded after MaxTime. If ctx is done first, the error is its
// cause.
//
// Query returns within a second after its time, or after the end of ctx, also if
// the driver goes on. Such a query keeps its connection until it ends; while
// there are four of them, others are refused with ErrBusy.
func (d *DB) Query(ctx context.Context, text string, args ...any) (*Result, error) {
	st, refused := d.check(text)
	if refused != nil {
		return nil, refused
	}
	var r *Result
	err := d.run(ctx, func(ctx context.Context, q querier) (err error) {
		r, err = d.query(ctx, q, st, args)
		return err
	})
	if err != nil {
		return nil, d.advise(ctx, err)
	}
	return r, nil
}

// ready returns an error if there is no database to ask.
func (d *DB) ready() error {
	if d.DB == nil {
		return tools.Fatal(errors.New("sqlquery: a DB without DB"))
	}
	return nil
}
