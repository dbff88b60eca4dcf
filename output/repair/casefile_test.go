package repair_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/hadal-go/hadal/output/schema"
)

// A malformed is one case of testdata/cases: a text as models write them, and
// what a careful reader takes it for. There is one file per kind of
// malformation:
//
//	# What the kind is about.
//	schema: person
//
//	=== name of the case
//	{"name": "Ada", "age": 36,}
//	>>> {"name": "Ada", "age": 36}
//
//	=== without a schema
//	schema: any
//	quoted: "[1,\x00\t2]"
//	>>> [1, 2]
//
// A schema is any, a file of testdata/schemas, or is written out; before the
// first case it holds for all that follow, otherwise for its case. The text is
// all lines up to the one that begins with >>>, or one or more quoted lines, as
// Go quotes strings, for what a text file cannot hold. What follows >>>, up to
// the next case, is
//
//   - a JSON value, which Parse must return, and some Repairs with it;
//   - same, if the text is valid: then it comes back as it is, without Repairs;
//   - bytes and a JSON value, if it stands in the text: then its bytes come back;
//   - error: and ambiguous, none or invalid, or several of them with | between.
type malformed struct {
	file, name string
	line       int
	schema     string // any, a name, or the schema
	text       string
	want       string // a JSON value; "" for an error
	mode       string // "", same, bytes or error
	errors     []string
}

// readCases returns all cases.
func readCases(t testing.TB) []malformed {
	t.Helper()
	files, err := filepath.Glob("testdata/cases/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var cases []malformed
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kind := strings.TrimSuffix(filepath.Base(file), ".txt")
		more, err := parseCases(kind, strings.ReplaceAll(string(data), "\r\n", "\n"))
		if err != nil {
			t.Fatalf("%s:%v", file, err)
		}
		cases = append(cases, more...)
	}
	return cases
}

// parseCases reads one file.
func parseCases(file, data string) ([]malformed, error) {
	var cases []malformed
	general := "any"
	lines := strings.Split(strings.TrimRight(data, "\n"), "\n")
	for i := 0; i < len(lines); {
		name, ok := strings.CutPrefix(lines[i], "=== ")
		if !ok {
			switch s, isSchema := strings.CutPrefix(lines[i], "schema: "); {
			case isSchema:
				general = s
			case lines[i] != "" && lines[i][0] != '#':
				return nil, fmt.Errorf("%d: neither a comment nor a case", i+1)
			}
			i++
			continue
		}
		c := malformed{file: file, name: name, line: i + 1, schema: general}
		end := i + 1
		for end < len(lines) && !strings.HasPrefix(lines[end], "=== ") {
			end++
		}
		if err := c.fill(lines[i+1 : end]); err != nil {
			return nil, fmt.Errorf("%d: %s: %w", i+1, name, err)
		}
		cases = append(cases, c)
		i = end
	}
	return cases, nil
}

// fill reads the lines of a case below its name.
func (c *malformed) fill(lines []string) error {
	at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, ">>>") })
	if at < 0 {
		return errors.New("no line begins with >>>")
	}
	text, want := lines[:at], strings.TrimSpace(strings.Join(lines[at:], "\n")[len(">>>"):])
	if len(text) > 0 && strings.HasPrefix(text[0], "schema: ") {
		c.schema, text = strings.TrimPrefix(text[0], "schema: "), text[1:]
	}
	if len(text) > 0 && strings.HasPrefix(text[0], "quoted: ") {
		for i, line := range text {
			s, err := strconv.Unquote(strings.TrimPrefix(line, "quoted: "))
			if err != nil {
				return fmt.Errorf("quoted line %d: %w", i+1, err)
			}
			text[i] = s
		}
		c.text = strings.Join(text, "")
	} else {
		c.text = strings.Join(text, "\n")
	}
	switch kinds, isError := strings.CutPrefix(want, "error: "); {
	case isError:
		c.mode, c.errors = "error", strings.Split(kinds, "|")
		for _, kind := range c.errors {
			if !slices.Contains([]string{"ambiguous", "none", "invalid"}, kind) {
				return fmt.Errorf("no error is called %q", kind)
			}
		}
	case want == "same":
		c.mode, c.want = "same", strings.TrimSpace(c.text)
	default:
		c.want = want
		if value, ok := strings.CutPrefix(want, "bytes "); ok {
			c.mode, c.want = "bytes", value
		}
	}
	return nil
}

// schemaCache holds the schemas of cases by what the case says of them.
var schemaCache sync.Map

// schemaOf returns the schema that a case names, nil for any.
func schemaOf(t testing.TB, name string) *schema.Schema {
	t.Helper()
	if name == "any" {
		return nil
	}
	if s, ok := schemaCache.Load(name); ok {
		return s.(*schema.Schema)
	}
	doc := []byte(name)
	if name[0] != '{' {
		var err error
		if doc, err = os.ReadFile(filepath.Join("testdata/schemas", name+".json")); err != nil {
			t.Fatal(err)
		}
	}
	s, err := schema.Parse(doc)
	if err != nil {
		t.Fatalf("schema %s: %v", name, err)
	}
	schemaCache.Store(name, s)
	return s
}

// schemaNames returns the names of the schemas in testdata, sorted.
func schemaNames(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/schemas/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no schemas: %v", err)
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(filepath.Base(file), ".json")
	}
	return files
}

// TestCaseFile holds how case files are read.
func TestCaseFile(t *testing.T) {
	const file = "# About.\nschema: person\n\n=== one\nschema: any\n\n  [1,]\t\n\n>>> [1]\n\n" +
		"=== two\nquoted: \"\\x00\"\nquoted: \"b\"\n>>> bytes [\n 2]\n=== three\n>>> error: none|invalid\n=== four\n 4\n>>> same\n"
	got, err := parseCases("f", file)
	want := []malformed{
		{file: "f", name: "one", line: 4, schema: "any", text: "\n  [1,]\t\n", want: "[1]"},
		{file: "f", name: "two", line: 11, schema: "person", text: "\x00b", want: "[\n 2]", mode: "bytes"},
		{file: "f", name: "three", line: 16, schema: "person", mode: "error", errors: []string{"none", "invalid"}},
		{file: "f", name: "four", line: 18, schema: "person", text: " 4", want: "4", mode: "same"},
	}
	if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
	for _, bad := range []string{"x\n", "=== a\n1\n", "=== a\n1\n>>> error: odd\n", "=== a\nquoted: x\n>>> 1\n"} {
		if got, err := parseCases("f", bad); err == nil {
			t.Errorf("%q is read as %+v", bad, got)
		}
	}
}
