package repair_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	realalexandre "github.com/RealAlexandreAI/json-repair"
	"github.com/kaptinlin/jsonrepair"

	"github.com/hadal-go/hadal/output/repair"
)

// A reader reads a value from what a model wrote.
type reader struct {
	name string
	cut  bool // it is given what a careful caller would cut from the text
	read func(text string, d *subject) (string, error)
}

// readers are Hadal and its peers. Each peer is asked twice: with the text as it
// is, and cut. One of them can take the schema.
var readers = []reader{
	{"hadal", false, func(text string, d *subject) (string, error) {
		r, err := repair.Parse(text, d.schema)
		if err != nil {
			return "", err
		}
		return string(r.JSON), nil
	}},
	{"kaptinlin", false, kaptinlin},
	{"kaptinlin, cut", true, kaptinlin},
	{"RealAlexandre", false, realAlexandre},
	{"RealAlexandre, cut", true, realAlexandre},
	{"RealAlexandre, schema", false, realAlexandreSchema},
	{"RealAlexandre, schema, cut", true, realAlexandreSchema},
}

func kaptinlin(text string, _ *subject) (string, error) { return jsonrepair.Repair(text) }

func realAlexandre(text string, _ *subject) (string, error) { return realalexandre.RepairJSON(text) }

func realAlexandreSchema(text string, d *subject) (string, error) {
	return realalexandre.RepairJSONWithSchema(text, d.plain)
}

// cut returns what is from the first opening bracket to the last closing one.
func cut(text string) string {
	from, to := strings.IndexAny(text, "{["), strings.LastIndexAny(text, "}]")
	if from < 0 || to < from {
		return text
	}
	return text[from : to+1]
}

var errHangs = errors.New("still reading after ten seconds")

// safely reads as read does. That it panics or does not come back is an error.
func (r reader) safely(text string, d *subject) (got string, err error) {
	type answer struct {
		got string
		err error
	}
	done := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if p := recover(); p != nil {
				a.err = panicError(fmt.Sprint(p))
			}
			done <- a
		}()
		a.got, a.err = r.read(text, d)
	}()
	timer := time.NewTimer(10 * time.Second)
	defer timer.Stop()
	select {
	case a := <-done:
		return a.got, a.err
	case <-timer.C:
		return "", errHangs
	}
}

// A panicError is what a reader panicked with.
type panicError string

func (e panicError) Error() string { return "panic: " + string(e) }

// An outcome of one reading.
type outcome int

const (
	right outcome = iota
	wrong         // another value, which satisfies the schema
	unfit         // another value, which does not: found by whoever checks
	failed
	crashed // the reader panicked or hung
	outcomes
)

// judge says what a reading came to. The error is the reader's, or that of the
// schema.
func judge(got string, err error, d *document) (outcome, error) {
	var p panicError
	if errors.As(err, &p) || errors.Is(err, errHangs) {
		return crashed, err
	}
	if err != nil {
		return failed, err
	}
	value, err := decode(got)
	if err != nil {
		return failed, err
	}
	if same(d.want, value) {
		return right, nil
	}
	if err := d.schema.Validate([]byte(got)); err != nil {
		return unfit, err
	}
	return wrong, nil
}

func decode(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("more than one value")
	}
	return v, nil
}
