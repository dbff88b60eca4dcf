package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
)

// answers asks for the models, which only a valid key may.
func (d *doctor) answers(ctx context.Context) []finding {
	models, err := d.client.Models(ctx)
	if err != nil {
		return []finding{failed(err)}
	}
	d.models = models
	n := d.notes.latest()
	figure := fmt.Sprintf("answers by %s in %s", n.proto, ms(n.head.Sub(n.sent)))
	if d.client.APIKey != "" {
		figure += ", and takes the key"
	}
	return []finding{{ok, figure, ""}}
}

// list tells which models there are, and whether the client's is among them.
func (d *doctor) list(context.Context) []finding {
	var list []finding
	var names []string
	for _, m := range d.models {
		names = append(names, m.ID)
		list = append(list, finding{ok, described(m), ""})
	}
	model := d.model()
	switch {
	case names == nil:
		list = append(list, finding{attention, "the service names none", "check DEEPSEEK_BASE_URL, if what follows fails too"})
	case slices.Contains(names, model):
		list = append(list, finding{ok, model + ", which is to be used, is among them", ""})
	case d.client.Abilities(model) != llm.Abilities{}:
		list = append(list, finding{attention, model + ", which is to be used, is not among them, but was another name of one", ""})
	default:
		list = append(list, finding{wrong, model + ", which is to be used, is not among them", "choose one of these, by DEEPSEEK_MODEL or -model"})
	}
	return list
}

// model returns the model that answers requests that name none.
func (d *doctor) model() string {
	return cmp.Or(d.client.Model, os.Getenv("DEEPSEEK_MODEL"), deepseek.DefaultModel)
}

// described returns what the service says of a model.
func described(m deepseek.ModelInfo) string {
	var parts []string
	if m.Context > 0 {
		parts = append(parts, fmt.Sprintf("%d tokens of context", m.Context))
	}
	if m.MaxOutput > 0 {
		parts = append(parts, fmt.Sprintf("%d of output", m.MaxOutput))
	}
	if len(m.Inputs) > 0 {
		parts = append(parts, "reads "+strings.Join(m.Inputs, " and "))
	}
	if len(m.Efforts) > 0 {
		var efforts []string
		for _, e := range m.Efforts {
			efforts = append(efforts, string(e))
			if e == m.DefaultEffort {
				efforts[len(efforts)-1] += " (default)"
			}
		}
		parts = append(parts, "effort "+strings.Join(efforts, ", "))
	}
	if parts == nil {
		return m.ID
	}
	return m.ID + ": " + strings.Join(parts, "; ")
}

// little is the balance below which there is not enough for long.
var little = map[string]deepseek.Amount{"USD": 1_000_000_000, "CNY": 5_000_000_000} // a dollar, and five yuan

// balance tells what is left in the account.
func (d *doctor) balance(ctx context.Context) []finding {
	balance, err := d.client.Balance(ctx)
	if e, ok := errors.AsType[*llm.Error](err); ok && (e.Status == http.StatusNotFound || errors.Is(err, llm.ErrProtocol)) {
		return []finding{{skipped, "the service does not say", ""}} // a gateway
	}
	if err != nil {
		return []finding{failed(err)}
	}
	topUp := "top up the account at https://platform.deepseek.com/top_up"
	var list []finding
	enough := false
	for _, f := range balance.Funds {
		enough = enough || f.Total >= little[f.Currency]
		list = append(list, finding{ok, fmt.Sprintf("%v %s: %v topped up, %v granted", f.Total, f.Currency, f.ToppedUp, f.Granted), ""})
	}
	switch {
	case len(list) == 0: // not so DeepSeek, which names what is empty; if it is, what follows tells
		return []finding{{skipped, "the service names no funds", ""}}
	case !balance.Available:
		last := &list[len(list)-1]
		last.outcome, last.figure, last.advice = wrong, last.figure+"; requests are not served for that", topUp
	case !enough:
		last := &list[len(list)-1]
		last.outcome, last.figure, last.advice = attention, last.figure+"; that is too low for long", topUp
	}
	return list
}

// maxSkew is how much the clocks may differ.
const maxSkew = 5 * time.Second

// clock compares this machine's clock with the service's, which tells whole
// seconds.
func (d *doctor) clock(context.Context) []finding {
	n := d.notes.latest()
	if n.status == 0 {
		return []finding{{skipped, "until something answers", ""}}
	}
	date, err := http.ParseTime(n.date)
	if err != nil {
		return []finding{{skipped, "the service does not tell the time", ""}}
	}
	trip := n.head.Sub(n.sent)
	skew := n.sent.Add(trip / 2).Sub(date.Add(time.Second / 2)).Round(time.Second)
	if skew.Abs()-trip/2 <= maxSkew {
		return []finding{{ok, "as the service's, to within " + (skew.Abs() + time.Second).String(), ""}}
	}
	if skew.Abs() > 2*time.Minute {
		skew = skew.Round(time.Minute)
	}
	figure := fmt.Sprintf("%v ahead of the service's", skew)
	if skew < 0 {
		figure = fmt.Sprintf("%v behind the service's", -skew)
	}
	return []finding{{attention, figure, "set the clock of this machine: peak prices, and when files expire, go by the service's"}}
}
