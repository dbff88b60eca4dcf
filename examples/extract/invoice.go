package main

import (
	"fmt"
	"math"
	"strconv"
)

// An Invoice is a bill, of a company or of a restaurant.
type Invoice struct {
	Number   string  `json:"number" jsonschema_description:"the number of the invoice, as printed"`
	Date     string  `json:"date" jsonschema:"format=date" jsonschema_description:"the day of the invoice"`
	Due      string  `json:"due,omitempty" jsonschema:"format=date" jsonschema_description:"the day by which it is to be paid, if it says so"`
	Seller   string  `json:"seller" jsonschema_description:"the name of who wants to be paid, without the address"`
	Buyer    string  `json:"buyer,omitempty" jsonschema_description:"the name of who has to pay, without the address"`
	Currency string  `json:"currency,omitempty" jsonschema:"enum=EUR,enum=GBP,enum=USD,enum=CNY,enum=JPY,enum=CHF"`
	Lines    []Line  `json:"lines" jsonschema_description:"what is billed, in the order of the invoice"`
	Discount float64 `json:"discount,omitempty" jsonschema:"minimum=0" jsonschema_description:"what is taken off, if the invoice says so"`
	Tax      float64 `json:"tax,omitempty" jsonschema:"minimum=0" jsonschema_description:"the amount of the tax, if the lines are without it"`
	Total    float64 `json:"total" jsonschema_description:"what is to be paid in the end"`
}

// A Line is an item of an invoice.
type Line struct {
	Description string  `json:"description"`
	Quantity    float64 `json:"quantity"`
	UnitPrice   float64 `json:"unit_price,omitempty"`
	Amount      float64 `json:"amount"`
}

// Validate reports what no schema can say: output.Extract has the model correct it.
// It does not check the sums, which may be wrong on paper too: a model told to
// correct those would have to invent.
func (v Invoice) Validate() error {
	if v.Due != "" && v.Due < v.Date { // both are of the form 2006-01-02
		return fmt.Errorf("due (%s) is before date (%s)", v.Due, v.Date)
	}
	return nil
}

func (v Invoice) fields() []field {
	lines := &table{header: []string{"description", "quantity", "unit price", "amount"}, right: []bool{false, true, true, true}}
	for _, l := range v.Lines {
		lines.rows = append(lines.rows, []string{l.Description, number(l.Quantity), money(l.UnitPrice), money(l.Amount)})
	}
	return []field{
		{name: "number", value: v.Number}, {name: "date", value: v.Date}, {name: "due", value: v.Due},
		{name: "seller", value: v.Seller}, {name: "buyer", value: v.Buyer}, {name: "currency", value: v.Currency},
		{name: "lines", table: lines},
		{name: "discount", value: money(v.Discount)}, {name: "tax", value: money(v.Tax)}, {name: "total", value: money(v.Total)},
	}
}

func (v Invoice) row() []string {
	return []string{v.Number, v.Date, v.Due, v.Seller, v.Buyer, strconv.Itoa(len(v.Lines)), money(v.Tax), money(v.Total), v.Currency}
}

// invoices is the head of a table of invoices.
var invoices = table{
	header: []string{"number", "date", "due", "seller", "buyer", "lines", "tax", "total", ""},
	right:  []bool{false, false, false, false, false, true, true, true, false},
}

// remark says if the lines do not add up to the total.
func (v Invoice) remark() string {
	sum := v.Tax - v.Discount
	for _, l := range v.Lines {
		sum += l.Amount
	}
	if math.Abs(sum-v.Total) < 0.005 {
		return ""
	}
	return fmt.Sprintf("the lines, with tax and discount, make %s, the total is %s", money(sum), money(v.Total))
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// money returns an amount with two decimals, or nothing for none.
func money(v float64) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}
