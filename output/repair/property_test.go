package repair_test

import (
	"errors"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hadal-go/hadal/output/gate"
	"github.com/hadal-go/hadal/output/repair"
	"github.com/hadal-go/hadal/output/schema"
)

// rounds returns how often a property is tried.
func rounds(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

// TestValidUnchanged holds that a valid text comes back byte for byte, with a
// schema and without.
func TestValidUnchanged(t *testing.T) {
	m := newDocMaker(1)
	for range rounds(3000) {
		doc := m.document()
		want := strings.Trim(doc, " \t\r\n")
		for _, s := range []*schema.Schema{nil, inferred(t, doc)} {
			r, err := repair.Parse(doc, s)
			if err != nil {
				t.Fatalf("%v: %s", err, doc)
			}
			if string(r.JSON) != want || len(r.Repairs) > 0 {
				t.Fatalf("schema %v\ntext %s\n%s", s != nil, doc, reading(r, err))
			}
		}
	}
}

// TestValidScalarsUnchanged holds the same of documents that are a scalar.
func TestValidScalarsUnchanged(t *testing.T) {
	m := newDocMaker(2)
	for range rounds(1000) {
		m.b.Reset()
		m.value(5) // too deep for containers
		doc := m.b.String()
		for _, s := range []*schema.Schema{nil, inferred(t, doc)} {
			if r, err := repair.Parse("\n"+doc+" ", s); err != nil || string(r.JSON) != doc || len(r.Repairs) > 0 {
				t.Fatalf("%s becomes %s", doc, reading(r, err))
			}
		}
	}
}

// TestDamaged holds that whatever happens to a document, the result is sound,
// satisfies the schema, and is not changed when it is parsed again.
func TestDamaged(t *testing.T) {
	m := newDocMaker(3)
	for range rounds(3000) {
		doc := m.document()
		text := m.mutated(doc)
		for _, s := range []*schema.Schema{nil, inferred(t, doc)} {
			r, err := repair.Parse(text, s)
			if problem := broken(text, s, r, err); problem != "" {
				t.Fatalf("%s\nschema %v\ntext %q\n%s", problem, s != nil, text, reading(r, err))
			}
			if again, err2 := repair.Parse(text, s); reading(again, err2) != reading(r, err) {
				t.Fatalf("not the same twice\ntext %q\n%s\n%s", text, reading(r, err), reading(again, err2))
			}
		}
	}
}

// TestSurrounded holds that the bytes of a valid document come back from fences
// and from prose, whatever its strings hold.
func TestSurrounded(t *testing.T) {
	m := newDocMaker(9)
	for range rounds(1000) {
		doc := strings.Trim(m.document(), " \t\r\n")
		s := inferred(t, doc)
		for _, around := range [][2]string{
			{"```json\n", "\n```"},
			{"~~~\n", "\n~~~\n"},
			{"Sure! Here it is:\n\n```\n", "\n```\n\nLet me know if it's fine."},
			{"根据要求，结果如下：\n", "\n如有疑问请告诉我。"},
			{"<think>\nThe user wants JSON.\n</think>\n", ""},
			{"<json>", "</json>"},
			{"\ufeff", "\n"},
		} {
			text := around[0] + doc + around[1]
			if r, err := repair.Parse(text, s); err != nil || string(r.JSON) != doc {
				t.Fatalf("text\n%s\n%s", text, reading(r, err))
			}
		}
	}
}

// TestTruncated holds that nothing is invented when the end of a document is
// missing: what comes back is what is known of the document.
func TestTruncated(t *testing.T) {
	m := newDocMaker(10)
	for range rounds(200) {
		doc := strings.Trim(m.document(), " \t\r\n")
		var final any
		if err := gate.Decode([]byte(doc), &final); err != nil {
			t.Fatal(err)
		}
		for i := range doc {
			text := doc[:i]
			if text == "" || strings.HasSuffix(text, " ") || strings.HasSuffix(text, "\t") || strings.HasSuffix(text, "\n") {
				continue // where white space ends a number, it depends on whether it counts
			}
			var got any
			r, err := repair.Parse(text, nil)
			if err == nil {
				err = gate.Decode(r.JSON, &got)
			}
			floor, ok := atLeast(text)
			inside := strings.Count(strings.NewReplacer(`\\`, "", `\"`, "").Replace(text), `"`)%2 == 1
			if err != nil && !ok && errors.Is(err, repair.ErrNoValue) {
				continue
			}
			if err != nil || !grown(got, final) || ok && !inside && !grown(floor, got) {
				t.Fatalf("text\n%s\n%s\nat least %v\ndocument\n%s", text, reading(r, err), floor, doc)
			}
		}
	}
}

// TestConcurrent holds that Parse may be called concurrently with one schema.
func TestConcurrent(t *testing.T) {
	cases := readCases(t)
	want := make([]string, len(cases))
	for i, c := range cases {
		want[i] = reading(repair.Parse(c.text, schemaOf(t, c.schema)))
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i, c := range cases {
				if got := reading(repair.Parse(c.text, schemaOf(t, c.schema))); got != want[i] {
					t.Errorf("testdata/cases/%s.txt:%d: %s, want %s", c.file, c.line, got, want[i])
				}
			}
		})
	}
	wg.Wait()
}

// broken returns what is wrong with an outcome of Parse, whatever the text, or "".
func broken(text string, s *schema.Schema, r *repair.Result, err error) string {
	trimmed := strings.Trim(text, " \t\r\n")
	valid := gate.Check([]byte(trimmed)) == nil && (s == nil || s.Validate([]byte(trimmed)) == nil)
	e, typed := errors.AsType[*repair.Error](err)
	if typed && (e.Offset < 0 || e.Offset > len(text)) {
		return "an error that is not in the text"
	}
	if r != nil {
		at := 0
		for _, p := range r.Repairs {
			if p.Kind == "" || p.Offset < at || p.Offset > len(text) {
				return "repairs that are not in the text, or not in its order"
			}
			at = p.Offset
		}
	}
	switch kind := kindOf(err); {
	case valid && (err != nil || string(r.JSON) != trimmed || len(r.Repairs) > 0):
		return "a valid text is changed"
	case err == nil && !valid && len(r.Repairs) == 0:
		return "no repairs of a text that is not valid"
	case err == nil:
		return unsound(r, s)
	case !typed:
		return "error is no *repair.Error"
	case kind == "invalid" && r == nil:
		return "no result along with a *schema.ValidationError"
	case r != nil && gate.Check(r.JSON) != nil:
		return "a result that is not sound along with an error"
	}
	return ""
}

// TestDeep holds that depth is an error and not a dead process: there is no
// recursion that the text drives.
func TestDeep(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(8 << 20))
	always := []string{"[", `{"a":`, `{"children":[`, `[{"a":`} // too deep however they are read
	others := []string{"{", "(", "｛", `{a=[`, `"{`, `{'`, "Person(", "<think>", "```\n"}
	for i, open := range append(always, others...) {
		for _, name := range []string{"any", "tree", "people", "person"} {
			s := schemaOf(t, name)
			for _, n := range []int{1000, 1 << 20 / len(open)} {
				text := strings.Repeat(open, n)
				r, err := repair.Parse(text, s)
				if problem := broken(text, s, r, err); problem != "" {
					t.Errorf("%s x %d, schema %s: %s (%.80v)", open, n, name, problem, err)
				}
				if i < len(always) && err == nil {
					t.Errorf("%s x %d, schema %s: no error", open, n, name)
				}
				p := &repair.Partial{Schema: s}
				_, _ = p.Write(text)
				decoded(t, p)
			}
		}
	}
	const deep = 100_000
	for _, text := range []string{
		strings.Repeat("[", deep) + strings.Repeat("]", deep),
		strings.Repeat(`{"a":`, deep) + "1" + strings.Repeat("}", deep),
		strings.Repeat("]", deep),
		"x" + strings.Repeat("}", deep),
	} {
		if _, err := repair.Parse(text, nil); err == nil {
			t.Errorf("%.10s...: no error", text)
		}
	}
	text := strings.Repeat("[", gate.DefaultDepth) + strings.Repeat("]", gate.DefaultDepth)
	if r, err := repair.Parse(text, nil); err != nil || string(r.JSON) != text {
		t.Errorf("%d levels: %v", gate.DefaultDepth, err)
	}
}

// nasty are what a text is made of that costs a careless parser time. The first
// line is what JSON is made of.
var nasty = []string{
	`"`, `'`, "`", `{`, `[`, `\`, `,`, `:`, `<`, `/`, "\n",
	`}`, `]`, `(`, `)`, `#`, `*`, `&`, `+`, `-`, `.`, `=`, `;`, `|`, ` `, `a`, `0`, `e`,
	"\x00", "\xff", "“", "”", "，", "：", "｛", "…", "\ufeff", "\u200b",
	`""`, `{"`, `\"`, `'"`, `"\`, `"a":`, `{"a":`, `[{`, `{}`, `[]`, `{"a":1}`, `{"a":`, `["`, `",`, `", "`, `":"`, `1,`, `1,234`, `1 `, `a `, `a b, `, `a: `,
	"a: b\n", "- a\n", `/*`, `//`, "//\n", `<!--`, `<think>`, `</think>`, `<a>`, "```", "```json\n", "```\n{}\n```\n", `"""`, `'''`, `...`, `&quot;`, `&`, `"a" + `, `0x`,
	`\u`, `\ud83d`, `true `, `nul`, `f(`, `f({`, `{a:1,`, `{"a" "b" `, `{"name":"Ada","age":36}`, `{"name":"Ada","age":36} or `, `"{\"a\":`, `{'a': 'it's `,
}

// TestNasty holds that no text takes long. A parser that is not linear would
// run into the time limit of the test.
func TestNasty(t *testing.T) {
	for i, piece := range nasty {
		for j, around := range [][2]string{{"", ""}, {`{"name": "`, `", "age": 36}`}, {`{"name": `, `}`}, {"[", "]"}} {
			size := rounds(1 << 16)
			if i < 11 && j == 0 {
				size = rounds(1 << 20)
			}
			text := around[0] + strings.Repeat(piece, size/len(piece)) + around[1]
			name := []string{"any", "person", "people"}[(i+j)%3]
			start := time.Now()
			r, err := repair.Parse(text, schemaOf(t, name))
			if took := time.Since(start); took > time.Second {
				t.Logf("%q in %q, schema %s: %v", piece, around, name, took)
			}
			if problem := broken(text, schemaOf(t, name), r, err); problem != "" {
				t.Errorf("%q in %q, schema %s: %s (%.80v)", piece, around, name, problem, err)
			}
		}
	}
}

// TestLinearMemory holds that a text of twice the length takes about twice the
// memory.
func TestLinearMemory(t *testing.T) {
	allocated := func(text string, s *schema.Schema) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = repair.Parse(text, s)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	const n = 1 << 14
	for _, piece := range nasty {
		for _, name := range []string{"any", "people", "person"} {
			s := schemaOf(t, name)
			once := allocated(strings.Repeat(piece, n/len(piece)), s)
			twice := allocated(strings.Repeat(piece, 2*n/len(piece)), s)
			if twice > 3*once+1<<20 { // where tables double, a bit more than twice
				t.Errorf("%q, schema %s: %d bytes for %d and %d for twice as many", piece, name, once, n, twice)
			}
		}
	}
}
