package repair_test

import (
	"flag"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
)

// The corruption benchmark: random documents of twenty schemas, each through
// every operator that applies and through pairs of them, read by Hadal and by
// its peers. Right is the value that the document had. Wrong is another value
// that satisfies the schema, the one failure that no check finds.
//
//	go test ./output/repair -run TestCorruption -v
//	go test ./output/repair -run TestCorruption -corrupt.show='bare keys'
//
// The second prints the shortest cases in which the reading was not right.
var (
	corruptShow   = flag.String("corrupt.show", "", "print failing cases of the `operator` (or pair a+b, or all)")
	corruptReader = flag.String("corrupt.reader", "hadal", "whose cases")
	corruptNumber = flag.Int("corrupt.n", 5, "how many of each operator, one of a schema")
	corruptWidth  = flag.Int("corrupt.width", 700, "bytes to print of each text")
	corruptWrong  = flag.Bool("corrupt.wrong", false, "print only cases whose value is wrong but satisfies the schema")
)

// A tally counts the outcomes of one reader.
type tally [outcomes]int

func (t tally) sum() int {
	n := 0
	for _, c := range t {
		n += c
	}
	return n
}

// share returns how many percent had this outcome.
func (t tally) share(o outcome) float64 { return 100 * float64(t[o]) / float64(max(t.sum(), 1)) }

// A row is what all readers did with the texts of one operator or pair.
type row struct {
	name    string
	tallies []tally // by reader
}

func newRow(name string) *row { return &row{name, make([]tally, len(readers))} }

func (r *row) add(other *row) {
	for i := range r.tallies {
		for o, n := range other.tallies[i] {
			r.tallies[i][o] += n
		}
	}
}

// A corruption is one text to read.
type corruption struct {
	row  int
	name string
	doc  *document
	text string
}

func TestCorruption(t *testing.T) {
	docs := corruptDocuments(t)
	t.Run("single", func(t *testing.T) {
		var cases []corruption
		var rows []*row
		for i, o := range operators {
			rows = append(rows, newRow(o.name))
			for _, d := range docs {
				if text := corrupt(d, o); text != "" {
					cases = append(cases, corruption{i, o.name, d, text})
				}
			}
		}
		measure(t, rows, cases, 95, 0.5)
	})
	t.Run("pairs", func(t *testing.T) {
		var cases []corruption
		var rows []*row
		at := map[string]int{}
		for i, o := range operators {
			rows = append(rows, newRow(o.name+" and another"))
			at[o.name] = i
		}
		all := pairs()
		for i, d := range docs {
			for j := range 8 { // the pairs take turns
				p := all[(i*8+j)%len(all)]
				if text := corrupt(d, p[0], p[1]); text != "" {
					cases = append(cases, corruption{at[p[(i+j)%2].name], p[0].name + "+" + p[1].name, d, text})
				}
			}
		}
		measure(t, rows, cases, 90, 1)
	})
}

// corruptDocuments returns 50 documents of each schema, or 5 in a short test or
// under the race detector, all of which satisfy it.
func corruptDocuments(t testing.TB) []*document {
	n := 50
	if testing.Short() || raced {
		n = 5
	}
	docs := documents(subjects(t), n)
	for _, d := range docs {
		if err := d.schema.Validate([]byte(d.text)); err != nil {
			t.Fatalf("a document of %s: %v\n%s", d.name, err, d.text)
		}
	}
	return docs
}

// measure has all readers read all texts, prints the table and checks that Hadal
// is right and wrong in at least and at most that many percent.
func measure(t *testing.T, rows []*row, cases []corruption, atLeast, atMost float64) {
	shown := new(examples)
	var lock sync.Mutex
	next := make(chan corruption)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for c := range next {
				cutText := cut(c.text)
				var got string
				var o outcome
				var err error
				for i, r := range readers {
					switch {
					case !r.cut:
						got, err = r.safely(c.text, c.doc.subject)
						o, err = judge(got, err, c.doc)
					case cutText != c.text: // else it is as without the cut, the reader before
						got, err = r.safely(cutText, c.doc.subject)
						o, err = judge(got, err, c.doc)
					}
					lock.Lock()
					rows[c.row].tallies[i][o]++
					if o != right && r.name == *corruptReader {
						shown.add(c, got, o, err)
					}
					lock.Unlock()
				}
			}
		})
	}
	for _, c := range cases {
		next <- c
	}
	close(next)
	wg.Wait()

	total := newRow("all")
	for _, r := range rows {
		total.add(r)
	}
	t.Logf("%d texts, in percent: right/wrong but valid\n%s", total.tallies[0].sum(), table(append(rows, total)))
	t.Logf("all of them\n%s", totals(total))
	if *corruptShow != "" {
		t.Log(shown)
	}
	check(t, total, atLeast, atMost)
}

// check says where Hadal misses its aims.
func check(t *testing.T, total *row, atLeast, atMost float64) {
	t.Helper()
	hadal := total.tallies[0]
	if got := hadal.share(right); got < atLeast {
		t.Errorf("recall is %.2f %%, want at least %v", got, atLeast)
	}
	if got := hadal.share(wrong); got > atMost {
		t.Errorf("%.2f %% are wrong but valid, want at most %v", got, atMost)
	}
	if hadal[unfit] > 0 || hadal[crashed] > 0 {
		t.Errorf("%d values do not satisfy their schema, %d panics or hangs, want none", hadal[unfit], hadal[crashed])
	}
	for i, r := range readers[1:] {
		peer := total.tallies[i+1]
		if hadal.share(right) <= peer.share(right) || hadal.share(wrong) >= peer.share(wrong) {
			t.Errorf("right %.2f %%, wrong %.2f %%; %s has %.2f and %.2f, want to be ahead on both",
				hadal.share(right), hadal.share(wrong), r.name, peer.share(right), peer.share(wrong))
		}
	}
}

// table returns the rows in columns, one for each reader.
func table(rows []*row) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "operator\ttexts\t")
	for _, r := range readers {
		fmt.Fprintf(w, "%s\t", r.name)
	}
	fmt.Fprintln(w)
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%d\t", r.name, r.tallies[0].sum())
		for _, t := range r.tallies {
			fmt.Fprintf(w, "%.1f/%.1f\t", t.share(right), t.share(wrong))
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()
	return b.String()
}

// totals returns the outcomes of each reader in full. What a caller who does not
// check the schema takes for an answer is in "no error, wrong".
func totals(total *row) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "reader\tright %\twrong but valid %\tno error, wrong %\terror %\tpanics and hangs\t")
	for i, r := range readers {
		t := total.tallies[i]
		fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%.2f\t%.2f\t%d\t\n", r.name, t.share(right), t.share(wrong),
			t.share(wrong)+t.share(unfit), t.share(failed), t[crashed])
	}
	_ = w.Flush()
	return b.String()
}
