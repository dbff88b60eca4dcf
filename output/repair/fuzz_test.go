package repair_test

import (
	"bytes"
	"testing"

	"github.com/hadal-go/hadal/output/gate"
	"github.com/hadal-go/hadal/output/repair"
	"github.com/hadal-go/hadal/output/schema"
)

// choices returns the schemas that fuzzing chooses from, the first of them nil,
// with their names.
func choices(t testing.TB) (list []*schema.Schema, names []string) {
	names = append([]string{"any"}, schemaNames(t)...)
	for _, name := range names {
		list = append(list, schemaOf(t, name))
	}
	return list, names
}

// FuzzParse looks for a text that makes Parse panic, change a valid value,
// return what is not sound or does not satisfy the schema, or change its mind
// when it reads its own result.
func FuzzParse(f *testing.F) {
	schemas, names := choices(f)
	for _, c := range readCases(f) {
		for i, name := range names {
			if name == c.schema || i == 0 {
				f.Add(c.text, uint8(i))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string, choice uint8) {
		i := int(choice) % len(schemas)
		r, err := repair.Parse(text, schemas[i])
		if problem := broken(text, schemas[i], r, err); problem != "" {
			t.Errorf("%s\nschema %s\ntext %q\n%s", problem, names[i], text, reading(r, err))
		}
	})
}

// FuzzPartial looks for a text that makes a Partial panic or hold what is not
// sound, for a cut that changes what it holds, and for a valid document of
// which it does not hold all.
func FuzzPartial(f *testing.F) {
	schemas, names := choices(f)
	for i, c := range readCases(f) {
		for j, name := range names {
			if name == c.schema || j == 0 {
				f.Add(c.text, uint8(j), uint16(i), uint16(len(c.text)-i%7))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string, choice uint8, first, second uint16) {
		i := int(choice) % len(schemas)
		a := int(first) % (len(text) + 1)
		b := a + int(second)%(len(text)-a+1)
		whole := feed(t, schemas[i], []string{text}, true)
		parts := feed(t, schemas[i], []string{text[:a], text[a:b], text[b:]}, true)
		if !bytes.Equal(parts, whole) {
			t.Errorf("schema %s\ntext %q\nwhole %q\ncut at %d and %d %q", names[i], text, whole, a, b, parts)
		}
		trimmed := bytes.TrimLeft([]byte(text), " \t\r\n")
		container := len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[')
		if valid := gate.Check([]byte(text)) == nil && (schemas[i] == nil || schemas[i].Validate([]byte(text)) == nil); !valid || !container {
			return
		}
		if r, err := repair.Parse(text, schemas[i]); err != nil || !sameJSON(r.JSON, whole) {
			t.Errorf("schema %s\ntext %q\npartial %q\n%s", names[i], text, whole, reading(r, err))
		}
	})
}
