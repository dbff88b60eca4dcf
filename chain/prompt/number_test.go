package prompt_test

import (
	"errors"
	"math"
	"testing"

	"github.com/hadal-go/hadal/chain/prompt"
)

func TestAdd(t *testing.T) {
	type numbers struct {
		A    int
		B    uint8
		Huge int64
		Word string
		List []string
		Any  any
	}
	in := numbers{A: -3, B: 5, Huge: math.MaxInt64, List: []string{"a", "b"}, Any: 2.0}
	for _, tt := range []struct {
		text, want string
		err        error
	}{
		{"{{add .A .B}}", "2", nil},
		{"{{add .A .B 1 1}}", "4", nil},
		{"{{range $i, $x := .List}}{{add $i 1}}. {{$x}}\n{{end}}", "1. a\n2. b\n", nil},
		{"{{add .Any 1}}", "3", nil},
		{"{{eq (add 1 1) 2}}", "true", nil},
		{"{{add .Huge 1}}", "", prompt.ErrLimit},
		{"{{add .Huge .Huge}}", "", prompt.ErrLimit},
		{"{{add 1}}", "", prompt.ErrType},
		{"{{add 1 .Word}}", "", prompt.ErrType},
		{"{{add 1.5 1}}", "", prompt.ErrType},
	} {
		tmpl, err := prompt.Parse[numbers](tt.text)
		got := ""
		if err == nil {
			got, err = tmpl.Render(t.Context(), in)
		}
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s is %q, %v; want %q, %v", tt.text, got, err, tt.want, tt.err)
		}
	}
}
