package sqlquery

import (
	"database/sql"
	"testing"
)

const benched = "SELECT id, name, total, placed, note FROM big WHERE total > 10 ORDER BY id LIMIT 200"

func bigShop(b *testing.B) *sql.DB {
	return open(b, `CREATE TABLE big (id INTEGER PRIMARY KEY, name TEXT, total REAL, placed TEXT, note TEXT);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10000)
		INSERT INTO big SELECT i, 'customer ' || i, i * 1.5, '2026-01-02', NULL FROM n`)
}

// BenchmarkQuery reads 200 rows of 5 columns through the tool's way.
func BenchmarkQuery(b *testing.B) {
	d := &DB{DB: bigShop(b), Dialect: SQLite}
	b.ReportAllocs()
	for b.Loop() {
		r, err := d.Query(b.Context(), benched)
		if err != nil || len(r.String()) < 5000 {
			b.Fatal(r, err)
		}
	}
}

// BenchmarkByHand reads the same with package sql alone.
func BenchmarkByHand(b *testing.B) {
	db := bigShop(b)
	b.ReportAllocs()
	for b.Loop() {
		rows, err := db.QueryContext(b.Context(), benched)
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for rows.Next() {
			var id int64
			var name, placed string
			var total float64
			var note *string
			if err := rows.Scan(&id, &name, &total, &placed, &note); err != nil {
				b.Fatal(err)
			}
			n++
		}
		if err := rows.Close(); err != nil || n != 200 {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	d := &DB{Dialect: SQLite, Tables: []string{"big"}}
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Check(benched); err != nil {
			b.Fatal(err)
		}
	}
}
