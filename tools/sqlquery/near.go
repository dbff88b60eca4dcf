package sqlquery

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"strings"
	"time"
)

// missing finds the name of a table or a column that a database says is not
// there: as SQLite, PostgreSQL and MySQL say it.
var missing = regexp.MustCompile(`no such (table|column): ([^\s()]+)` +
	`|(relation|column) "?([^"\s]+)"? does not exist` +
	`|(Table) '([^']+)' doesn't exist` +
	`|Unknown (column) '([^']+)' in`)

// advise returns err with what names are there for one that is not.
func (d *DB) advise(ctx context.Context, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Err != ErrDatabase || e.Cause == nil {
		return err
	}
	what, name := absent(e.Cause.Error())
	if name == "" {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	list, failed := d.Schema(ctx)
	if failed != nil {
		return err
	}
	if what != "column" {
		advised := *e
		advised.Say += suggest(name, tableNames(list))
		return &advised
	}
	var names []string
	for _, t := range list {
		for _, c := range t.Columns {
			names = append(names, t.Name+"."+c.Name)
		}
	}
	advised := *e
	advised.Say += suggestColumn(name, names) + "; what there is tells " + d.name(schemaName)
	return &advised
}

// absent returns what is not there, and its name, as a driver says it, or nothing.
func absent(said string) (what, name string) {
	found := missing.FindStringSubmatch(said)
	for i := 1; i < len(found); i += 2 {
		if found[i] != "" {
			return found[i], found[i+1]
		}
	}
	return "", ""
}

func tableNames(list []Table) []string {
	names := make([]string, len(list))
	for i, t := range list {
		names[i] = t.Name
	}
	return names
}

// suggest returns what to say of a name that is not among others.
func suggest(name string, names []string) string {
	short := name[strings.LastIndexByte(name, '.')+1:]
	best, least := "", len(short)/3+2
	for _, n := range names {
		if d := distance(short, n[strings.LastIndexByte(n, '.')+1:], least); d < least {
			best, least = n, d
		}
	}
	text := ""
	if best != "" {
		text = ": do you mean " + best + "?"
	}
	if len(names) == 0 {
		return text + ": there are no tables"
	}
	return cmp.Or(text, ":") + " The tables are " + head(strings.Join(names, ", "), 1000)
}

// suggestColumn returns what to say of a column that is not there: those of the
// nearest name, wherever they are.
func suggestColumn(name string, names []string) string {
	short := name[strings.LastIndexByte(name, '.')+1:]
	least := len(short)/3 + 2
	var near []string
	for _, n := range names {
		d := distance(short, n[strings.LastIndexByte(n, '.')+1:], least+1)
		switch {
		case d < least:
			near, least = []string{n}, d
		case d == least && len(near) > 0 && len(near) < 5:
			near = append(near, n)
		}
	}
	if len(near) == 0 {
		return ""
	}
	return ": do you mean " + strings.Join(near, " or ") + "?"
}

// distance returns how many letters are to be changed to make b of a, in any
// case, or limit if it is that or more.
func distance(a, b string, limit int) int {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	if d := len(x) - len(y); d >= limit || -d >= limit {
		return limit
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range y {
			d := diagonal
			if r != s {
				d = 1 + min(d, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], d
		}
	}
	return min(row[len(y)], limit)
}
