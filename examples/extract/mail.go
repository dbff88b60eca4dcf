package main

import (
	"strconv"
	"strings"
)

// A Mail is a message, without those that it quotes.
type Mail struct {
	From    Person   `json:"from" jsonschema_description:"who sent it"`
	Subject string   `json:"subject"`
	Date    string   `json:"date" jsonschema:"format=date" jsonschema_description:"the day it was sent"`
	Intent  string   `json:"intent" jsonschema:"enum=order,enum=inquiry,enum=complaint,enum=cancellation,enum=meeting,enum=other" jsonschema_description:"what the sender wants"`
	Dates   []string `json:"dates" jsonschema:"format=date" jsonschema_description:"the days that the text names"`
	Actions []string `json:"actions" jsonschema_description:"what the reader is asked to do, each in the words of the text"`
}

// A Person is a sender.
type Person struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email" jsonschema:"format=email"`
}

func (v Mail) fields() []field {
	actions := &table{}
	for _, a := range v.Actions {
		actions.rows = append(actions.rows, []string{a})
	}
	return []field{
		{name: "from", value: v.From.Name}, {name: "email", value: v.From.Email}, {name: "subject", value: v.Subject}, {name: "date", value: v.Date},
		{name: "intent", value: v.Intent}, {name: "dates", value: strings.Join(v.Dates, ", ")}, {name: "actions", table: actions},
	}
}

func (v Mail) row() []string {
	return []string{v.Date, v.From.Name, v.Subject, v.Intent, strings.Join(v.Dates, " "), strconv.Itoa(len(v.Actions))}
}

// mails is the head of a table of mails.
var mails = table{
	header: []string{"date", "from", "subject", "intent", "days named", "actions"},
	right:  []bool{false, false, false, false, false, true},
}

func (v Mail) remark() string { return "" }
