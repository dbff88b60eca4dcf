package main

import (
	"context"
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hadal-go/hadal/tools"
)

//go:embed data
var data embed.FS

// A shop is what the tools look into.
type shop struct {
	dir   string   // for the terms alone, as their agent reads all that is there
	terms *os.Root // dir
}

// open opens the shop, to a customer of it.
func open(customer string) (*shop, error) {
	all, err := table("orders.csv", "customer", customer)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there is no customer %q: ada and bo are", customer)
	}
	text, err := data.ReadFile("data/terms.md")
	if err != nil {
		return nil, err
	}
	s := new(shop)
	if s.dir, err = os.MkdirTemp("", "handoff"); err != nil {
		return nil, err
	}
	if err = os.WriteFile(filepath.Join(s.dir, "terms.md"), text, 0o600); err == nil {
		s.terms, err = os.OpenRoot(s.dir)
	}
	if err != nil {
		os.RemoveAll(s.dir)
		return nil, err
	}
	return s, nil
}

func (s *shop) close() { errors.Join(s.terms.Close(), os.RemoveAll(s.dir)) }

type customerKey struct{}

// withCustomer returns a context that says who the customer is.
func withCustomer(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, customerKey{}, name)
}

// customerOf returns who the customer is. A tool that does not know it ends the run: it
// must never show what is another's.
func customerOf(ctx context.Context) (string, error) {
	name, ok := ctx.Value(customerKey{}).(string)
	if !ok {
		return "", tools.Fatal(errors.New("nobody said who the customer is"))
	}
	return name, nil
}

// private is the policy of tools that read what is a customer's.
var private = tools.Policy{Effect: tools.Reads | tools.ReadsPrivate}

// An Order says which orders are asked for. The customer is not among the arguments.
type Order struct {
	Order int `json:"order,omitempty" jsonschema:"minimum=1" jsonschema_description:"number of the order; all of the customer if left out"`
}

func (s *shop) orders() tools.Tool {
	return tools.With(tools.New("orders", "Lists the orders of the customer: items, dates, prices, and what was paid or charged.",
		func(ctx context.Context, in Order) (string, error) {
			customer, err := customerOf(ctx)
			if err != nil {
				return "", err
			}
			where := []string{"customer", customer}
			if in.Order > 0 {
				where = append(where, "order", fmt.Sprint(in.Order))
			}
			return found("such order", where...)("orders.csv")
		}), private)
}

// A Piece says which gear is asked for.
type Piece struct {
	Gear string `json:"gear,omitempty" jsonschema_description:"such as regulator; all of the customer if left out"`
}

func (s *shop) gear() tools.Tool {
	return tools.With(tools.New("gear", "Lists the gear of the customer: when it was serviced, and when that is due again.",
		func(ctx context.Context, in Piece) (string, error) {
			customer, err := customerOf(ctx)
			if err != nil {
				return "", err
			}
			where := []string{"customer", customer}
			if in.Gear != "" {
				where = append(where, "gear", in.Gear)
			}
			return found("such gear", where...)("gear.csv")
		}), private)
}

// A Symptom is what is wrong with gear.
type Symptom struct {
	Symptom string `json:"symptom" jsonschema:"enum=free-flow,enum=hissing,enum=leak,enum=blank display"`
}

func (s *shop) manual() tools.Tool {
	return tools.With(tools.New("manual", "Tells the cause of a symptom and its remedy, such as a free-flow, hissing, a leak or a blank display.",
		func(_ context.Context, in Symptom) (string, error) {
			return found("such symptom", "symptom", in.Symptom)("manual.csv")
		}), tools.Policy{Effect: tools.Reads})
}

// found returns a function that tells the rows of a file that a model asks for.
func found(what string, where ...string) func(file string) (string, error) {
	return func(file string) (string, error) {
		rows, err := table(file, where...)
		if err == nil && len(rows) == 0 {
			return "", errors.New("there is no " + what)
		}
		return strings.Join(rows, "\n"), err
	}
}

// table returns the rows of a file as text, those in which the named columns hold the
// given words: pairs of both.
func table(file string, where ...string) ([]string, error) {
	f, err := data.Open("data/" + file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	var list []string
rows:
	for _, row := range all[1:] {
		var text []string
		for i, column := range all[0] {
			for j := 0; j < len(where); j += 2 {
				if where[j] == column && !strings.Contains(row[i], where[j+1]) {
					continue rows
				}
			}
			text = append(text, column+" "+row[i])
		}
		list = append(list, strings.Join(text, ", "))
	}
	return list, nil
}
