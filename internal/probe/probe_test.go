package probe_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/internal/probe"
)

func TestRun(t *testing.T) {
	for _, tt := range []struct {
		name string
		run  func(p *probe.Probe)
		want []string // how what is found begins
	}{
		{"nothing", func(*probe.Probe) {}, nil},
		{"errors", func(p *probe.Probe) { p.Errorf("a %d", 1); p.Errorf("b") }, []string{"a 1", "b"}},
		{"many", func(p *probe.Probe) {
			for range 10 {
				p.Errorf("a")
			}
		}, []string{"a", "a", "a"}},
		{"fatal", func(p *probe.Probe) { p.Fatalf("a"); p.Errorf("b") }, []string{"a"}},
		{"panic", func(*probe.Probe) { panic("mine") }, []string{"it must not panic: mine"}},
		{"in a group", func(p *probe.Probe) {
			p.Group(3, func(i int) {
				if i == 1 {
					p.Fatalf("a")
				}
			})
			p.Errorf("b")
		}, []string{"a"}},
		{"a group in order", func(p *probe.Probe) { p.Group(3, func(int) {}); p.Errorf("b") }, []string{"b"}},
	} {
		var p probe.Probe
		got := p.Run(func() { tt.run(&p) })
		if !slices.EqualFunc(got, tt.want, strings.HasPrefix) {
			t.Errorf("%s: found %q, want %q", tt.name, got, tt.want)
		}
	}
}
