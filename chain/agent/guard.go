package agent

import (
	"context"
	"fmt"
	"strings"

	"github.com/hadal-go/hadal/tools"
)

// guard returns an error if the tools are dangerous together: the Rule of Two. It goes
// by what policies declare. A tool of unknown effect counts as one that changes things,
// but not as one that reads what others have written, nor as one that reaches private
// data: whoever has such a tool declares it.
func (a *Agent) guard(ctx context.Context) error {
	if a.Unguarded {
		return nil
	}
	approve := a.approver(ctx)
	var untrusted, private, acting []string
	for _, t := range a.Tools {
		p, name := tools.PolicyOf(t), t.Spec().Name
		if p.Approve {
			continue // a person sees each call
		}
		if p.Effect&tools.ReadsUntrusted != 0 {
			untrusted = append(untrusted, name)
		}
		if p.Effect&tools.ReadsPrivate != 0 {
			private = append(private, name)
		}
		if approve == nil && p.Effect.May(tools.Writes|tools.WritesOnce|tools.Sends) {
			acting = append(acting, name)
		}
	}
	if len(untrusted) == 0 || len(private) == 0 || len(acting) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s may read what others have written, %s may reach private data, and %s may change things or reach outside, so that a text could have the model send the data away: take one of the three from the agent, have a person approve of it, by Approve or a tools.Policy, or set Unguarded if it is meant",
		ErrUnsafe, strings.Join(untrusted, ", "), strings.Join(private, ", "), strings.Join(acting, ", "))
}
