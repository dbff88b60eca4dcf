package sqlquery

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"math"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/llm"
)

// A fake is a database that does what a test says, and tells what it was asked.
type fake struct {
	rows  func(query string) (*fakeRows, error) // of a query that is not a setting
	fails map[string]error                      // by what is asked

	mu     sync.Mutex
	log    []string
	closed int
}

func (f *fake) open(t *testing.T) *sql.DB {
	db := sql.OpenDB(f)
	t.Cleanup(func() { db.Close() })
	return db
}

// does writes down what is asked, and returns whether it fails.
func (f *fake) does(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, what)
	return f.fails[what]
}

func (f *fake) Connect(context.Context) (driver.Conn, error) {
	if err := f.does("connect"); err != nil {
		return nil, err
	}
	return &fakeConn{f: f}, nil
}

func (f *fake) Driver() driver.Driver { return nil }

type fakeConn struct {
	f    *fake
	only int64 // query_only
}

func (c *fakeConn) Prepare(string) (driver.Stmt, error) { return nil, errors.New("not asked for") }
func (c *fakeConn) Begin() (driver.Tx, error)           { return nil, errors.New("not asked for") }

func (c *fakeConn) Close() error {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	c.f.closed++
	return nil
}

func (c *fakeConn) BeginTx(_ context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if !opts.ReadOnly {
		return nil, errors.New("it is not read-only")
	}
	return c, c.f.does("begin")
}

func (c *fakeConn) Commit() error   { return c.f.does("commit") }
func (c *fakeConn) Rollback() error { return c.f.does("rollback") }

func (c *fakeConn) ExecContext(_ context.Context, query string, _ []driver.NamedValue) (driver.Result, error) {
	c.only = 1
	if strings.HasSuffix(query, "0") {
		c.only = 0
	}
	return driver.ResultNoRows, c.f.does(query)
}

func (c *fakeConn) QueryContext(ctx context.Context, query string, _ []driver.NamedValue) (driver.Rows, error) {
	if err := c.f.does(query); err != nil {
		return nil, err
	}
	if query == "PRAGMA query_only" {
		return &fakeRows{values: [][]driver.Value{{c.only}}}, nil
	}
	if strings.HasPrefix(query, "SELECT set_config") {
		return &fakeRows{values: [][]driver.Value{{"on"}}}, nil
	}
	r, err := c.f.rows(query)
	if err != nil {
		return nil, err
	}
	r.close = func() {
		if ctx.Err() != nil {
			c.f.does("the rest is not wanted")
		}
	}
	return r, nil
}

// fakeRows are rows of values, the types of which have names.
type fakeRows struct {
	types  []string
	values [][]driver.Value
	close  func()
}

func (r *fakeRows) Columns() []string {
	if len(r.values) == 0 {
		return nil
	}
	return slices.Repeat([]string{"c"}, len(r.values[0]))
}

func (r *fakeRows) Close() error {
	if r.close != nil {
		r.close()
	}
	return nil
}

func (r *fakeRows) ColumnTypeDatabaseTypeName(i int) string {
	if i < len(r.types) {
		return r.types[i]
	}
	return ""
}

func (r *fakeRows) Next(dest []driver.Value) error {
	if len(r.values) == 0 {
		return io.EOF
	}
	copy(dest, r.values[0])
	r.values = r.values[1:]
	return nil
}

// one is a result of one row.
func one(values ...driver.Value) func(string) (*fakeRows, error) {
	return func(string) (*fakeRows, error) { return &fakeRows{values: [][]driver.Value{values}}, nil }
}

// TestAsked holds what a database is asked, and in which order.
func TestAsked(t *testing.T) {
	wrapped := "WITH hadal_result AS MATERIALIZED (SELECT * FROM (\nSELECT 1 -- x\n) LIMIT 201) SELECT * FROM hadal_result"
	settings := "SELECT set_config('transaction_read_only', 'on', true), set_config('standard_conforming_strings', 'on', true)"
	for _, tt := range []struct {
		d    *DB
		want []string
	}{
		{&DB{}, []string{"connect", "begin", "SELECT 1 -- x\n+ 1", "rollback"}},
		{&DB{Dialect: MySQL}, []string{"connect", "begin", "SELECT 1 -- x\n+ 1", "rollback"}},
		{&DB{Dialect: Postgres}, []string{"connect", "begin", settings + ", set_config('statement_timeout', '20000', true)", "SELECT 1 -- x\n+ 1", "rollback"}},
		{&DB{Dialect: Postgres, MaxTime: -1}, []string{"connect", "begin", settings, "SELECT 1 -- x\n+ 1", "rollback"}},
		{&DB{Dialect: SQLite}, []string{"connect", "PRAGMA query_only", "PRAGMA query_only = 1", "PRAGMA query_only", "begin",
			strings.ReplaceAll(wrapped, "-- x\n", "-- x\n+ 1\n"), "rollback", "PRAGMA query_only = 0"}},
	} {
		f := &fake{rows: one(int64(2))}
		tt.d.DB = f.open(t)
		r, err := tt.d.Query(t.Context(), " SELECT 1 -- x\n+ 1; -- y ")
		if err != nil || len(r.Rows) != 1 || r.Rows[0][0] != int64(2) {
			t.Errorf("%v: %v, %v", tt.d.Dialect, r, err)
		}
		if !slices.Equal(f.log, tt.want) {
			t.Errorf("%v:\n got %q\nwant %q", tt.d.Dialect, f.log, tt.want)
		}
		if f.closed != 0 {
			t.Errorf("%v: the connection is not kept", tt.d.Dialect)
		}
	}
}

// TestFaults holds what becomes of a call and of its connection when a step
// fails. No text for a model says what the driver says of the network.
func TestFaults(t *testing.T) {
	secret := errors.New("dial tcp 10.1.2.3:5432: password=hunter2")
	for _, tt := range []struct {
		fails  string
		err    error
		class  error
		closed int
		say    string
	}{
		{"connect", secret, ErrConn, 0, "the database cannot be reached at the moment"},
		{"PRAGMA query_only", secret, ErrConn, 1, "the database cannot be reached at the moment"},
		{"PRAGMA query_only = 1", secret, ErrConn, 1, "the database cannot be reached at the moment"},
		{"begin", secret, ErrConn, 0, "the database cannot be reached at the moment"},
		{"SELECT 1", errors.New("no such\nthing"), ErrDatabase, 0, "the database says: no such thing"},
		{"SELECT 1", errors.New(strings.Repeat("é", 400)), ErrDatabase, 0, "the database says: " + strings.Repeat("é", 250) + "…"},
		{"SELECT 1", &net.OpError{Op: "read", Err: secret}, ErrConn, 0, "the connection to the database broke off"},
		{"SELECT 1", io.ErrUnexpectedEOF, ErrConn, 0, "the connection to the database broke off"},
		{"rollback", secret, nil, 1, ""},
		{"PRAGMA query_only = 0", secret, nil, 1, ""},
	} {
		f := &fake{rows: one(int64(1)), fails: map[string]error{tt.fails: tt.err}}
		d := &DB{DB: f.open(t), Dialect: SQLite}
		err := d.run(t.Context(), func(ctx context.Context, q querier) error {
			_, err := d.query(ctx, q, statement{text: "SELECT 1", explain: true}, nil)
			return err
		})
		e, _ := errors.AsType[*Error](err)
		if tt.class == nil && err != nil || tt.class != nil && (!errors.Is(err, tt.class) || !errors.Is(err, tt.err) || e.Say != tt.say) {
			t.Errorf("%s: %v, want %v", tt.fails, err, tt.class)
		}
		if f.closed != tt.closed {
			t.Errorf("%s: %d connections closed, want %d", tt.fails, f.closed, tt.closed)
		}
	}
}

// TestNotReadOnly wants a driver to be refused that cannot read only.
func TestNotReadOnly(t *testing.T) {
	d := &DB{DB: sql.OpenDB(plainConnector{})}
	defer d.DB.Close()
	_, err := d.Query(t.Context(), "SELECT 1")
	if e, ok := errors.AsType[*Error](err); !ok || e.Err != ErrConn || !strings.Contains(e.Cause.Error(), "does not support read-only") {
		t.Errorf("%v", err)
	}
}

type plainConnector struct{}

func (plainConnector) Connect(context.Context) (driver.Conn, error) { return plainConn{}, nil }
func (plainConnector) Driver() driver.Driver                        { return nil }

type plainConn struct{}

func (plainConn) Prepare(string) (driver.Stmt, error) { return nil, errors.New("not asked for") }
func (plainConn) Begin() (driver.Tx, error)           { return nil, errors.New("not asked for") }
func (plainConn) Close() error                        { return nil }

// TestStrays has a driver that ignores its context.
func TestStrays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		f := &fake{rows: func(string) (*fakeRows, error) {
			<-release // and not in Next, where package sql would wait for a lock, which is no time to synctest
			return &fakeRows{values: [][]driver.Value{{int64(1)}}}, nil
		}}
		d := &DB{DB: sql.OpenDB(f), MaxTime: time.Minute}
		defer d.DB.Close()
		for i := range 4 {
			begin := time.Now()
			_, err := d.Query(t.Context(), "SELECT 1")
			if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "the query was stopped after 1m0s") {
				t.Error(err)
			}
			if took := time.Since(begin); took != time.Minute+grace {
				t.Errorf("query %d took %v", i, took)
			}
		}
		_, err := d.Query(t.Context(), "SELECT 1")
		if want := "4 queries that took too long are still running: try again later"; !errors.Is(err, ErrBusy) || err.Error() != want {
			t.Error(err)
		}
		close(release)
		synctest.Wait()
		if r, err := d.Query(t.Context(), "SELECT 1"); err != nil || len(r.Rows) != 1 {
			t.Error(r, err)
		}
		if n := d.strays.Load(); n != 0 {
			t.Errorf("%d strays", n)
		}
	})
}

// TestRestLeft wants a driver to be told that the rest is not wanted.
func TestRestLeft(t *testing.T) {
	many := slices.Repeat([][]driver.Value{{"x"}}, 1000)
	f := &fake{rows: func(string) (*fakeRows, error) { return &fakeRows{values: many}, nil }}
	d := &DB{DB: f.open(t), Dialect: Postgres, MaxRows: 3}
	r, err := d.Query(t.Context(), "SELECT c FROM t")
	if err != nil || len(r.Rows) != 3 || !r.More || !slices.Contains(f.log, "the rest is not wanted") {
		t.Errorf("%v, %v: %q", r, err, f.log)
	}
}

// TestPanic wants the panic of a driver in the goroutine of the caller, at once.
func TestPanic(t *testing.T) {
	f := &fake{rows: func(string) (*fakeRows, error) { panic("driver") }}
	d := &DB{DB: f.open(t)}
	func() {
		defer func() {
			p, ok := recover().(*chain.Panic)
			if !ok || p.Value != "driver" || !strings.Contains(string(p.Stack), "QueryContext") {
				t.Errorf("%v", p)
			}
		}()
		d.Query(t.Context(), "SELECT 1")
		t.Error("no panic")
	}()
	o := d.Tools().Do(t.Context(), llm.ToolCall{Name: queryName, Args: `{"sql": "SELECT 1"}`})
	if o.Err != nil || !o.Result.IsError {
		t.Errorf("%v", o)
	}
}

// TestValues holds how values of all drivers are shown.
func TestValues(t *testing.T) {
	zone := time.FixedZone("", 3600)
	for _, tt := range []struct {
		d    Dialect
		typ  string
		v    driver.Value
		want string
	}{
		{MySQL, "VARCHAR", []byte("text"), "text"},
		{MySQL, "DECIMAL", []byte("12.50"), "12.50"},
		{MySQL, "BLOB", []byte("text"), "<blob of 4 bytes>"},
		{MySQL, "VARBINARY", []byte("text"), "<blob of 4 bytes>"},
		{MySQL, "CHAR", []byte("\xff\x00"), "<blob of 2 bytes>"},
		{Postgres, "BYTEA", []byte("text"), "<blob of 4 bytes>"},
		{Postgres, "NUMERIC", []byte("1e3"), "1e3"},
		{SQLite, "TEXT", []byte("text"), "<blob of 4 bytes>"},
		{Postgres, "BOOL", true, "true"},
		{Postgres, "DATE", time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), "2024-02-29"},
		{Postgres, "DATE", time.Date(2024, 2, 29, 1, 0, 0, 0, time.UTC), "2024-02-29T01:00:00Z"},
		{Postgres, "TIMESTAMPTZ", time.Date(2024, 2, 29, 1, 2, 3, 4000, zone), "2024-02-29T01:02:03.000004+01:00"},
		{Postgres, "FLOAT8", math.NaN(), "NaN"},
		{Postgres, "FLOAT8", math.Inf(-1), "-Inf"},
		{Postgres, "FLOAT8", 1e20, "100000000000000000000"},
		{Postgres, "FLOAT8", 1e21, "1e+21"},
		{Postgres, "TEXT", "a\tb\rc\u2028\u202e\x1b\U000e0041\xff", "\"a\\tb\\rc\\u2028\\u202e\\u001b\ufffd\ufffd\""},
		{Postgres, "TEXT", "a\\b", `a\b`},
		{Postgres, "TEXT", "\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"},
		{Postgres, "TEXT", "Null", `"Null"`},
		{Postgres, "TEXT", nil, "NULL"},
		{Postgres, "INT8", int64(math.MinInt64), "-9223372036854775808"},
	} {
		f := &fake{rows: func(string) (*fakeRows, error) {
			return &fakeRows{types: []string{tt.typ}, values: [][]driver.Value{{tt.v}}}, nil
		}}
		d := &DB{DB: f.open(t), Dialect: tt.d}
		r, err := d.Query(t.Context(), "SELECT 1")
		if err != nil {
			t.Error(err)
			continue
		}
		if got, want := r.String(), "c\n"+tt.want+"\n(1 row)"; got != want {
			t.Errorf("%v %s %v:\n got %q\nwant %q", tt.d, tt.typ, tt.v, got, want)
		}
	}
	text := []byte("héllo")
	for n, want := range map[int]string{1: "h", 2: "h", 3: "hé", 5: "hél" + "l"} {
		if got := (&DB{MaxCell: n}).value(text, "TEXT"); got != (Cut{want, 6}) {
			t.Errorf("%d bytes: %v", n, got)
		}
	}
	d := &DB{}
	for want, list := range map[any][]any{
		int64(-3):   {int(-3), int8(-3), int16(-3), int32(-3)},
		uint64(3):   {uint(3), uint8(3), uint16(3), uint32(3), uint64(3)},
		float64(.1): {float32(.1)},
		"[1 2]":     {[2]int{1, 2}},
	} {
		for _, v := range list {
			if got := d.value(v, ""); got != want {
				t.Errorf("%T(%v) is %T(%v)", v, v, got, got)
			}
		}
	}
}
