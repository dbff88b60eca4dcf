package repair_test

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/output/schema"
)

// The schemas of the corruption benchmark: those of testdata/corrupt, and these
// three that are made of Go types.

type corruptInvoice struct {
	InvoiceNumber string            `json:"invoice_number"`
	IssueDate     string            `json:"issue_date" jsonschema:"format=date"`
	DueDate       string            `json:"due_date,omitempty" jsonschema:"format=date"`
	Seller        corruptParty      `json:"seller"`
	Buyer         corruptParty      `json:"buyer"`
	Currency      string            `json:"currency" jsonschema:"enum=EUR,enum=USD,enum=CNY"`
	Lines         []corruptLine     `json:"lines" jsonschema:"minItems=1,maxItems=4"`
	Discounts     []corruptDiscount `json:"discounts,omitempty" jsonschema:"maxItems=2"`
	Total         float64           `json:"total" jsonschema:"minimum=1,maximum=900000"`
	Paid          bool              `json:"paid"`
	Notes         string            `json:"notes,omitempty"`
}

type corruptParty struct {
	Company string `json:"company"`
	VATID   string `json:"vat_id,omitempty"`
	Street  string `json:"street"`
	City    string `json:"city"`
}

type corruptLine struct {
	Description string  `json:"description"`
	Quantity    int     `json:"quantity" jsonschema:"minimum=1,maximum=20000"`
	UnitPrice   float64 `json:"unit_price" jsonschema:"minimum=0.01,maximum=20000"`
	VATRate     float64 `json:"vat_rate,omitempty" jsonschema:"minimum=1,maximum=25"`
}

type corruptDiscount struct {
	Reason  string  `json:"reason"`
	Percent float64 `json:"percent" jsonschema:"minimum=1,maximum=60"`
}

type corruptMail struct {
	From        string              `json:"from"`
	To          []string            `json:"to" jsonschema:"minItems=1,maxItems=3"`
	Cc          []string            `json:"cc,omitempty" jsonschema:"maxItems=2"`
	SentAt      time.Time           `json:"sent_at"`
	Subject     string              `json:"subject"`
	Body        string              `json:"body"`
	Category    string              `json:"category" jsonschema:"enum=order,enum=complaint,enum=job_application,enum=newsletter"`
	Urgent      bool                `json:"urgent"`
	Attachments []corruptAttachment `json:"attachments,omitempty" jsonschema:"maxItems=2"`
}

type corruptAttachment struct {
	Filename  string `json:"filename"`
	SizeBytes int    `json:"size_bytes" jsonschema:"minimum=10,maximum=50000000"`
	Inline    bool   `json:"inline,omitempty"`
}

type corruptContacts struct {
	Owner    string           `json:"owner"`
	Contacts []corruptContact `json:"contacts" jsonschema:"minItems=1,maxItems=3"`
}

type corruptContact struct {
	FirstName string            `json:"firstName"`
	LastName  string            `json:"lastName"`
	Birthday  *string           `json:"birthday,omitempty" jsonschema:"format=date"`
	Phones    map[string]string `json:"phones,omitempty"`
	Emails    []string          `json:"emails,omitempty" jsonschema:"maxItems=2"`
	Address   *corruptAddress   `json:"address,omitempty"`
	Favourite bool              `json:"favourite"`
	Note      string            `json:"note,omitempty"`
}

type corruptAddress struct {
	Street     string `json:"street"`
	PostalCode string `json:"postalCode"`
	City       string `json:"city"`
	Country    string `json:"country,omitempty"`
}

//go:embed testdata/corrupt/*.json
var corruptSchemas embed.FS

// A subject is a schema of the benchmark.
type subject struct {
	name   string
	schema *schema.Schema
	spec   *spec
	plain  map[string]any // the schema, for the peer that takes one
}

func subjects(t testing.TB) []*subject {
	t.Helper()
	list := []*subject{
		{name: "invoice", schema: schema.For[corruptInvoice]()},
		{name: "mail", schema: schema.For[corruptMail]()},
		{name: "contacts", schema: schema.For[corruptContacts]()},
	}
	files, err := corruptSchemas.ReadDir("testdata/corrupt")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := corruptSchemas.ReadFile(path.Join("testdata/corrupt", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		s, err := schema.Parse(data)
		if err != nil {
			t.Fatalf("%s: %v", f.Name(), err)
		}
		list = append(list, &subject{name: strings.TrimSuffix(f.Name(), ".json"), schema: s})
	}
	for _, s := range list {
		s.spec = new(spec)
		if err := json.Unmarshal(s.schema.JSON(), s.spec); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if err := json.Unmarshal(s.schema.JSON(), &s.plain); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		s.spec.link(s.spec)
	}
	return list
}

// A spec is what a schema says, as far as the schemas of the benchmark go. It is
// read here and not taken from schema.Root, so that the instrument does not
// lean on what it measures.
type spec struct {
	Ref        string           `json:"$ref"`
	Defs       map[string]*spec `json:"$defs"`
	Title      string           `json:"title"`
	Type       names            `json:"type"`
	Properties properties       `json:"properties"`
	Required   []string         `json:"required"`
	Rest       *spec            `json:"additionalProperties"`
	Items      *spec            `json:"items"`
	Enum       []any            `json:"enum"`
	Const      any              `json:"const"`
	AnyOf      []*spec          `json:"anyOf"`
	OneOf      []*spec          `json:"oneOf"`
	Minimum    *float64         `json:"minimum"`
	Maximum    *float64         `json:"maximum"`
	MinItems   int              `json:"minItems"`
	MaxItems   *int             `json:"maxItems"`
	Format     string           `json:"format"`

	never  bool  // the schema is false
	target *spec // of Ref
}

func (s *spec) UnmarshalJSON(data []byte) error {
	type plain spec
	switch string(bytes.TrimSpace(data)) {
	case "true":
		return nil
	case "false":
		s.never = true
		return nil
	}
	return json.Unmarshal(data, (*plain)(s))
}

// link finds what the references of s lead to.
func (s *spec) link(root *spec) {
	if s == nil || s.target != nil {
		return
	}
	if s.Ref == "#" {
		s.target = root
		return
	}
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		s.target = root.Defs[name]
		return
	}
	for _, p := range s.Properties {
		p.spec.link(root)
	}
	for _, d := range s.Defs {
		d.link(root)
	}
	for _, u := range slices.Concat(s.AnyOf, s.OneOf) {
		u.link(root)
	}
	s.Rest.link(root)
	s.Items.link(root)
}

// real follows references.
func (s *spec) real() *spec {
	for s.target != nil {
		s = s.target
	}
	return s
}

// allows reports whether a value of this type is allowed.
func (s *spec) allows(typ string) bool {
	s = s.real()
	if union := slices.Concat(s.AnyOf, s.OneOf); len(union) > 0 {
		return slices.ContainsFunc(union, func(u *spec) bool { return u.allows(typ) })
	}
	for _, e := range append(slices.Clip(s.Enum), s.Const) {
		if _, ok := e.(string); ok && typ == "string" {
			return true
		}
	}
	return len(s.Type) == 0 && s.Enum == nil && s.Const == nil && s.Properties == nil || slices.Contains(s.Type, typ) ||
		typ == "integer" && slices.Contains(s.Type, "number")
}

// names is a name or a list of names.
type names []string

func (n *names) UnmarshalJSON(data []byte) error {
	*n = make(names, 1)
	if json.Unmarshal(data, &(*n)[0]) == nil {
		return nil
	}
	return json.Unmarshal(data, (*[]string)(n))
}

// properties keep their order.
type properties []property

type property struct {
	name string
	spec *spec
}

func (p *properties) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		next := property{fmt.Sprint(name), new(spec)}
		if err := d.Decode(next.spec); err != nil {
			return err
		}
		*p = append(*p, next)
	}
	return nil
}
