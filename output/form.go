package output

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/output/gate"
	"github.com/hadal-go/hadal/output/repair"
	"github.com/hadal-go/hadal/output/schema"
)

// A form is what a model is asked for: a value that satisfies want, or, where only
// objects will do and want is not of objects, an envelope with the value in it.
type form struct {
	want, asked *schema.Schema
	nulls       bool // it was asked in the strict form, in which null stands for what is absent
}

// wrapped reports whether there is an envelope.
func (f form) wrapped() bool { return f.want != f.asked }

// An envelope is an object around a value that is none.
type envelope[T any] struct {
	Value T `json:"value"`
}

// inside is where the value is in an envelope.
const inside = "/value"

// schemas returns the schema of the value, and that of objects which stand for it:
// the same, unless the value may be something else than an object.
func (g *Generator[T]) schemas() (want, object *schema.Schema, err error) {
	if want = g.Schema; want == nil {
		want = schema.For[T]()
	}
	switch {
	case want.Root().Types == schema.Object:
		return want, want, nil
	case g.Schema == nil:
		return want, schema.For[envelope[T]](), nil
	}
	object, err = schema.Parse(envelopeOf(want.JSON()))
	if err != nil {
		return nil, nil, fmt.Errorf("the schema, in an object: %w", err)
	}
	return want, object, nil
}

// envelopeOf returns the schema of an envelope for values that satisfy doc. The
// references in doc that begin at its root lead to where that is now.
func envelopeOf(doc json.RawMessage) []byte {
	b := []byte(`{"type":"object","properties":{"value":`)
	b = append(b, moveReferences(doc, "/properties"+inside)...)
	return append(b, `},"required":["value"],"additionalProperties":false}`...)
}

// moveReferences puts path at the root of each "$ref" in doc.
func moveReferences(doc []byte, path string) []byte {
	var b []byte
	ref := false // the last string was the name $ref
	for i := 0; i < len(doc); i++ {
		b = append(b, doc[i])
		if doc[i] != '"' {
			ref = ref && strings.IndexByte(": \t\r\n", doc[i]) >= 0
			continue
		}
		start := i + 1
		for i++; doc[i] != '"'; i++ { // doc is sound JSON
			if doc[i] == '\\' {
				i++
			}
		}
		text := string(doc[start:i])
		if rest, ok := strings.CutPrefix(text, "#"); ref && ok && (rest == "" || rest[0] == '/') {
			text = "#" + path + rest
		}
		b = append(append(b, text...), '"')
		ref = text == "$ref"
	}
	return b
}

// A found value, and how it was read.
type found[T any] struct {
	value   T
	json    json.RawMessage
	repairs []repair.Repair
}

// A wrong is what speaks against a reply.
type wrong struct {
	err      error            // wraps ErrUnfit
	findings []schema.Finding // of the value
	told     []schema.Finding // the same as the model must look for them: in the envelope, if it wrote one
}

// newWrong returns what err says of a value, or if lower, of an envelope.
func newWrong(err error, lower bool) *wrong {
	w := &wrong{err: unfit(err), told: findings(err)}
	w.findings = w.told
	if lower {
		w.findings = slices.Clone(w.told)
		for i := range w.findings {
			w.findings[i].Pointer = strings.TrimPrefix(w.findings[i].Pointer, inside)
		}
	}
	return w
}

// lifted returns w with what the model is told as of an envelope.
func (w *wrong) lifted(enveloped bool) *wrong {
	if enveloped {
		w.told = slices.Clone(w.told)
		for i := range w.told {
			w.told[i].Pointer = inside + w.told[i].Pointer
		}
	}
	return w
}

// read returns the value that text holds. The findings are of the value itself,
// without an envelope.
func read[T any](text string, f form, refuse func(repair.Repair) bool) (*found[T], *wrong) {
	result, unwrap, err := f.parse(text)
	if err != nil {
		return nil, newWrong(err, unwrap)
	}
	v := &found[T]{json: result.JSON}
	if unwrap {
		var e envelope[json.RawMessage]
		if err := gate.Decode(result.JSON, &e); err != nil {
			return nil, newWrong(err, true)
		}
		v.json = e.Value
	}
	for _, r := range result.Repairs {
		if f.nulls && r.Kind == repair.NullAbsent {
			continue
		}
		if unwrap {
			r.Pointer = strings.TrimPrefix(r.Pointer, inside)
		}
		v.repairs = append(v.repairs, r)
	}
	if err := refusals(v.repairs, refuse); err != nil {
		return nil, newWrong(err, false).lifted(unwrap)
	}
	decode := gate.Decode // what repair returns is checked
	if unwrap {
		decode = f.want.Decode
	}
	if err := decode(v.json, &v.value); err != nil {
		return nil, newWrong(err, false).lifted(unwrap)
	}
	if err := validate(&v.value, v.json); err != nil {
		return nil, newWrong(err, false).lifted(unwrap)
	}
	return v, nil
}

// parse reads what was asked for, and reports whether it is in an envelope. A model
// may leave that out: what is sound without it, or is found only so, is meant so.
func (f form) parse(text string) (result *repair.Result, enveloped bool, err error) {
	result, err = repair.Parse(text, f.asked)
	if !f.wrapped() || err == nil && len(result.Repairs) == 0 {
		return result, f.wrapped(), err
	}
	bare, e := repair.Parse(text, f.want)
	switch {
	case e != nil && err != nil && inner(e) && !inner(err): // it looks more like a value
		return bare, false, e
	case e != nil:
	case len(bare.Repairs) == 0,
		err == nil && len(bare.Repairs) < len(result.Repairs),
		err != nil && !errors.Is(err, repair.ErrAmbiguous):
		return bare, false, nil
	}
	return result, true, err
}

// inner reports whether err finds fault with parts of a value alone.
func inner(err error) bool {
	e, ok := errors.AsType[*schema.ValidationError](err)
	return ok && !slices.ContainsFunc(e.Findings, func(f schema.Finding) bool { return f.Pointer == "" || f.Pointer == inside })
}

// refusals returns an error with a finding for each repair that is refused.
func refusals(repairs []repair.Repair, refuse func(repair.Repair) bool) error {
	if refuse == nil {
		return nil
	}
	var list []schema.Finding
	for _, r := range repairs {
		if refuse(r) {
			f := schema.Finding{Pointer: r.Pointer, Problem: "is not sound as it is written", Want: line(r.To)}
			if r.From != "" {
				f.Problem = "is written as " + line(r.From)
			}
			if f.Want == "" {
				f.Want = "nothing of that"
			}
			list = append(list, f)
		}
	}
	if list == nil {
		return nil
	}
	return &schema.ValidationError{Findings: list}
}

// line returns s on one line.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// validate calls the method Validate of a value, or of a pointer to it. There is no
// value to call it on where a pointer is null.
func validate[T any](v *T, raw json.RawMessage) error {
	if string(raw) == "null" {
		return nil
	}
	if c, ok := any(v).(validator); ok {
		return c.Validate()
	}
	if c, ok := any(*v).(validator); ok {
		return c.Validate()
	}
	return nil
}

// findings returns what err says, as findings. Those of errors that were joined are
// all there.
func findings(err error) []schema.Finding {
	if many, ok := err.(interface{ Unwrap() []error }); ok && joined(err, many.Unwrap()) {
		var list []schema.Finding
		for _, e := range many.Unwrap() {
			list = append(list, findings(e)...)
		}
		return list
	}
	if e, ok := errors.AsType[*schema.ValidationError](err); ok && len(e.Findings) > 0 {
		return slices.Clone(e.Findings)
	}
	return []schema.Finding{{Problem: err.Error()}}
}

// joined reports whether err is of errors.Join, and says no more than its parts.
func joined(err error, parts []error) bool {
	texts := make([]string, len(parts))
	for i, e := range parts {
		texts[i] = e.Error()
	}
	return err.Error() == strings.Join(texts, "\n")
}
