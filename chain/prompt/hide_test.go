package prompt_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/prompt"
)

// Types that hide what they hold from fmt and log/slog.
type (
	hiddenText   string
	hiddenBytes  []byte
	hiddenRunes  []rune
	hiddenArray  [3]byte
	hiddenNumber int
)

func (hiddenText) String() string          { panic("called") }
func (*hiddenBytes) String() string        { panic("called") }
func (hiddenRunes) Format(fmt.State, rune) { panic("called") }
func (hiddenArray) GoString() string       { panic("called") }
func (hiddenNumber) LogValue() slog.Value  { panic("called") }

type hiding struct {
	Text   hiddenText
	Bytes  hiddenBytes
	Runes  hiddenRunes
	Array  hiddenArray
	Number hiddenNumber
	List   []hiddenText
	Keys   map[hiddenText]int
}

// TestHidden holds that what a type hides does not come out, neither whole nor piece
// by piece, whether the type is known when the template is made or at rendering.
func TestHidden(t *testing.T) {
	in := hiding{"abc", hiddenBytes("abc"), hiddenRunes("abc"), hiddenArray{97, 98, 99}, 97, []hiddenText{"abc"}, map[hiddenText]int{"abc": 97}}
	open := map[string]any{"Text": in.Text, "Bytes": in.Bytes, "Runes": in.Runes, "Array": in.Array, "Number": in.Number, "List": in.List, "Keys": in.Keys}
	for _, text := range []string{
		"{{.Text}}", "{{upper .Text}}", "{{quote .Text}}", "{{json .Text}}", "{{truncate 1 .Text}}", "{{indent 1 .Text}}", `{{if lt .Text "b"}}{{end}}`, `{{if ge "b" .Text}}{{end}}`,
		"{{.Bytes}}", "{{range .Bytes}}{{.}}{{end}}", "{{index .Bytes 0}}", `{{join "," .Bytes}}`, "{{range first 1 .Bytes}}{{.}}{{end}}", "{{json .Bytes}}", "{{trim .Bytes}}",
		"{{range .Runes}}{{.}}{{end}}", "{{index .Runes 0}}", `{{join "," .Runes}}`, "{{index (last 1 .Runes) 0}}", "{{json .Runes}}",
		"{{range .Array}}{{.}}{{end}}", "{{index .Array 0}}", `{{join "," .Array}}`, "{{index (first 1 .Array) 0}}", "{{json .Array}}",
		"{{.Number}}", "{{add .Number 0}}", "{{range .List}}{{.}}{{end}}", `{{join "," .List}}`, "{{json .List}}", "{{index .List 0}}",
		"{{range $k, $v := .Keys}}{{$k}}{{end}}", "{{json .Keys}}", `{{$x := "a"}}{{$x = .Text}}{{$x}}`, `{{.Text | default "x"}}`, `{{or .Text "x"}}`,
	} {
		made, err := prompt.Parse[hiding](text)
		if err == nil {
			t.Errorf("%s is made", text)
			_, err = made.Render(t.Context(), in)
		}
		if !errors.Is(err, prompt.ErrType) {
			t.Errorf("%s: %v", text, err)
		}
		got, err := prompt.New[map[string]any](text).Render(t.Context(), open)
		if !errors.Is(err, prompt.ErrType) || got != "" || strings.Contains(err.Error(), "abc") {
			t.Errorf("%s at rendering: %q, %v", text, got, err)
		}
	}
	got, err := prompt.New[hiding](`{{if .Text}}{{len .Bytes}}{{eq .Text "abc"}}{{gt .Number 3}}{{end}}`).Render(t.Context(), in)
	if want := "3truetrue"; err != nil || got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}
