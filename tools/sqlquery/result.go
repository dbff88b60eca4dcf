package sqlquery

import (
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Result is what a query has found.
type Result struct {
	Columns []string // their names, as the database tells them
	Types   []string // their types, as the driver tells them, such as "VARCHAR"; empty where it does not

	// Rows has a value for each column: nil for NULL, a bool, int64, uint64,
	// float64, string, []byte, time.Time, or a [Cut] for one that is too long.
	Rows [][]any

	// More says that there is more than Rows: at least one row.
	More bool

	limit string // why there are not more rows
}

// A Cut is what is left of a value that is longer than DB.MaxCell.
type Cut struct {
	Head string // the beginning of a text; empty if it is none
	Size int    // bytes of the whole
}

// scan reads rows up to the limits.
func (d *DB) scan(rows *sql.Rows) (*Result, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	r := &Result{Columns: make([]string, len(types)), Types: make([]string, len(types))}
	for i, t := range types {
		r.Columns[i], r.Types[i] = t.Name(), strings.ToUpper(t.DatabaseTypeName())
	}
	values := make([]any, len(types))
	targets := make([]any, len(types))
	for i := range values {
		targets[i] = &values[i]
	}
	line := r.header(nil)
	size := len(line)
	for rows.Next() {
		if len(r.Rows) == d.maxRows() {
			r.More, r.limit = true, "rows"
			break
		}
		clear(values)
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		row := make([]any, len(values))
		for i, v := range values {
			row[i] = d.value(v, r.Types[i])
		}
		line = r.line(line[:0], row)
		if size += len(line); size > d.maxBytes() {
			r.More, r.limit = true, "bytes"
			break
		}
		r.Rows = append(r.Rows, row)
	}
	if r.More {
		return r, nil
	}
	return r, rows.Err()
}

// value returns a value of a driver as it is in a Result.
func (d *DB) value(v any, typ string) any {
	switch x := v.(type) {
	case []byte:
		switch {
		case d.isBlob(x, typ):
			if len(x) > d.maxCell() {
				return Cut{Size: len(x)}
			}
			return x
		case len(x) > d.maxCell():
			return Cut{whole(string(x[:min(len(x), d.maxCell()+1)]), d.maxCell()), len(x)}
		}
		return string(x)
	case string:
		if len(x) > d.maxCell() {
			return Cut{strings.Clone(whole(x, d.maxCell())), len(x)}
		}
		return x
	case nil, bool, int64, uint64, float64, time.Time:
		return x
	case int, int8, int16, int32:
		n, _ := strconv.ParseInt(fmt.Sprint(x), 10, 64)
		return n
	case uint, uint8, uint16, uint32:
		n, _ := strconv.ParseUint(fmt.Sprint(x), 10, 64)
		return n
	case float32:
		f, _ := strconv.ParseFloat(strconv.FormatFloat(float64(x), 'g', -1, 32), 64)
		return f
	}
	return d.value(fmt.Sprint(v), typ)
}

// isBlob reports whether bytes are not text. Drivers give both as bytes, but that
// of SQLite.
func (d *DB) isBlob(b []byte, typ string) bool {
	return d.Dialect == SQLite || strings.Contains(typ, "BLOB") || strings.Contains(typ, "BINARY") || typ == "BYTEA" || typ == "BIT" || typ == "GEOMETRY" || !utf8.Valid(b)
}

// whole returns what fits of s in n bytes in whole characters.
func whole(s string, n int) string {
	if n >= len(s) {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// String returns the result as text for a model: lines of values with tabs
// between them, the first with the names of the columns, and a last one in
// parentheses, which counts the rows and says how to get more.
//
// NULL is a value that is missing. Numbers are exact; a time is in RFC 3339, and
// without the hour if its type is DATE. Text is as it is, or in quotes, with
// escapes as in JSON, if it is empty, has a tab or a line break in it, or could be
// taken for something else. Bytes are <blob of 9 bytes>, and of a value that is
// too long the rest is …<9 bytes more>. So no value can pass for a row, for NULL,
// or for the last line.
func (r *Result) String() string {
	b := r.header(nil)
	for _, row := range r.Rows {
		b = r.line(b, row)
	}
	return string(append(b, r.end()...))
}

// end returns the last line.
func (r *Result) end() string {
	n := len(r.Rows)
	rows := strconv.Itoa(n) + " rows"
	if n == 1 {
		rows = "1 row"
	}
	switch {
	case !r.More:
		return "(" + rows + ")"
	case r.limit == "bytes":
		return "(the first " + rows + "; there are more, which would make the result too long: select fewer columns, add a condition, or use aggregates)"
	}
	return "(the first " + rows + "; there are more: add a condition, use aggregates, or order them and go on with OFFSET " + strconv.Itoa(n) + ")"
}

// header appends the line of the names.
func (r *Result) header(b []byte) []byte {
	for i, name := range r.Columns {
		if i > 0 {
			b = append(b, '\t')
		}
		b = appendText(b, head(name, 100))
	}
	return append(b, '\n')
}

// line appends the line of a row.
func (r *Result) line(b []byte, row []any) []byte {
	for i, v := range row {
		if i > 0 {
			b = append(b, '\t')
		}
		typ := ""
		if i < len(r.Types) {
			typ = r.Types[i]
		}
		b = appendValue(b, v, typ)
	}
	return append(b, '\n')
}

func appendValue(b []byte, v any, typ string) []byte {
	switch x := v.(type) {
	case nil:
		return append(b, "NULL"...)
	case bool:
		return strconv.AppendBool(b, x)
	case int64:
		return strconv.AppendInt(b, x, 10)
	case uint64:
		return strconv.AppendUint(b, x, 10)
	case float64:
		return appendFloat(b, x)
	case []byte:
		return fmt.Appendf(b, "<blob of %s>", countBytes(len(x)))
	case time.Time:
		if typ == "DATE" && x.Equal(x.Truncate(24*time.Hour)) {
			return x.AppendFormat(b, time.DateOnly)
		}
		return x.AppendFormat(b, time.RFC3339Nano)
	case Cut:
		if x.Head == "" {
			return fmt.Appendf(b, "<blob of %s>", countBytes(x.Size))
		}
		return fmt.Appendf(appendText(b, x.Head), "…<%s more>", countBytes(x.Size-len(x.Head)))
	case string:
		return appendText(b, x)
	}
	return appendText(b, fmt.Sprint(v))
}

func countBytes(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return strconv.Itoa(n) + " bytes"
}

// appendFloat writes a number without an exponent where that is short.
func appendFloat(b []byte, f float64) []byte {
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		return strconv.AppendFloat(b, f, 'g', -1, 64)
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

// appendText writes a text, in quotes if it could be taken for something else.
func appendText(b []byte, s string) []byte {
	if !inQuotes(s) {
		return append(b, s...)
	}
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i, r := range s {
		switch {
		case r == '"', r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"):
			b = append(b, "\ufffd"...)
		case hiding(r) && r <= 0xffff:
			b = append(b, '\\', 'u', hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		case hiding(r):
			b = append(b, "\ufffd"...)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

// inQuotes reports whether a text must be in quotes.
func inQuotes(s string) bool {
	if s == "" || s[0] == ' ' || s[len(s)-1] == ' ' || strings.EqualFold(s, "null") {
		return true
	}
	if c := s[0]; c == '(' || c == '<' || c == '"' || strings.Contains(s, "…<") {
		return true
	}
	for i, r := range s {
		if hiding(r) || r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			return true
		}
	}
	return false
}

// hiding reports whether a character breaks lines or is not to be seen.
func hiding(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Cf, r) && r != '\u200d' && r != '\u200c'
}
