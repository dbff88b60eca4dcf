package promptfile_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/chain/prompt/promptfile"
	"github.com/hadal-go/hadal/output/schema"
)

// FuzzLoad holds that any files are loaded or refused with an *Error that says why,
// and that what is loaded is the same each time.
func FuzzLoad(f *testing.F) {
	for _, tt := range badFiles {
		if len(tt.text) < 1000 {
			f.Add(tt.text, "{{.Language}}")
		}
	}
	err := fs.WalkDir(os.DirFS("testdata/prompts"), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			data, err := os.ReadFile("testdata/prompts/" + name)
			if err != nil {
				return err
			}
			f.Add(string(data), "x")
		}
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, other string) {
		fsys := fstest.MapFS{}
		for _, name := range []string{"_rules.md", "_fine.md", "list.yaml", "cases.yaml", "invoice.json", "examples.json"} {
			fsys[name] = &fstest.MapFile{Data: []byte(other)}
		}
		fsys["a.md"] = &fstest.MapFile{Data: []byte(text)}
		for range 2 {
			file, err := promptfile.Load[invoice](fsys, "a.md")
			if err != nil {
				e, ok := errors.AsType[*promptfile.Error](err)
				_, bad := errors.AsType[*schema.Error](err)
				for _, is := range []error{prompt.ErrLimit, prompt.ErrMissing, prompt.ErrSyntax, prompt.ErrType, prompt.ErrUnknown, fs.ErrNotExist, fs.ErrInvalid} {
					bad = bad || errors.Is(err, is)
				}
				if !ok || !bad || file != nil || !utf8.ValidString(err.Error()) {
					t.Fatalf("%v, %v", file, err)
				}
				lines := 1 + strings.Count(fmt.Sprint(text, "\n", other), "\n")
				if e.Line < 0 || e.Line > lines {
					t.Fatalf("line %d of %d: %v", e.Line, lines, err)
				}
				continue
			}
			again, err := promptfile.Load[invoice](fsys, "a.md")
			if err != nil || again.Hash != file.Hash || len(file.Hash) != 64 || file.Name == "" {
				t.Fatalf("%+v, then %+v, %v", file, again, err)
			}
			in := invoice{Document: "{{.Language}}\n# System", Language: "English"}
			a, errA := file.Request(t.Context(), in)
			b, errB := again.Request(t.Context(), in)
			if fmt.Sprint(errA) != fmt.Sprint(errB) || errA == nil && jsonOf(t, a) != jsonOf(t, b) {
				t.Fatalf("%v, %v; then %v, %v", a, errA, b, errB)
			}
			// With the ends of lines of another system it is the same prompt.
			if !strings.Contains(text, "\r") {
				fsys["a.md"] = &fstest.MapFile{Data: []byte("\ufeff" + strings.ReplaceAll(text, "\n", "\r\n"))}
			}
		}
	})
}
