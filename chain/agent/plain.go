package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

// runGate lets through runs of any size: whoever reads one has bounded it.
var runGate = gate.Limits{Bytes: -1, Nodes: -1}

// decode decodes JSON of a run into v. A member that v has no field for is an error.
func decode(data []byte, v any) error {
	if err := runGate.Check(data); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err != nil && strings.HasPrefix(err.Error(), "json: unknown field ") {
		return fmt.Errorf("%w: a newer version has written it: %w", ErrRecord, err)
	}
	return err
}

// quote returns JSON as a string in other JSON, where package json would change its bytes.
func quote(data json.RawMessage) *string {
	if data == nil {
		return nil
	}
	return new(string(data))
}

// unquote undoes quote.
func unquote(text *string) json.RawMessage {
	if text == nil {
		return nil
	}
	return json.RawMessage(*text)
}

// plain makes rec what it will be when it comes back from JSON, so that a run that was
// stored goes on as one that was not. The error says why it would not come back.
func (rec *Record) plain() error {
	rec.At, rec.Expires = rec.At.UTC(), rec.Expires.UTC() // without a monotonic clock, too
	var s scan
	s.time(rec.At, rec.Expires)
	s.text(rec.Remind, rec.Call, rec.Digest, rec.Text, string(rec.Kind), string(rec.For))
	s.json(rec.Value)
	if h := rec.Header; h != nil {
		s.header(h)
	}
	if r := rec.Reply; r != nil {
		s.text(r.ID, r.Model, string(r.Finish))
		s.json(r.Extra)
		s.parts(r.Parts, 0)
		s.logprobs(r.Logprobs, 0)
	}
	if r := rec.Result; r != nil {
		s.text(r.ID, r.Name)
		s.parts(r.Content, 1)
	}
	if s.err != nil || !s.broken {
		return s.err
	}
	data, err := json.Marshal(rec)
	if err == nil {
		var back Record
		if err = json.Unmarshal(data, &back); err == nil {
			*rec = back
		}
	}
	return err
}

// A scan looks at all that a record holds.
type scan struct {
	broken bool  // some text is not UTF-8, which JSON cannot say
	err    error // there is what JSON has no form for
}

func (s *scan) text(list ...string) {
	for _, text := range list {
		s.broken = s.broken || !utf8.ValidString(text)
	}
}

func (s *scan) json(data json.RawMessage) { s.broken = s.broken || !utf8.Valid(data) }

func (s *scan) time(list ...time.Time) {
	for _, t := range list {
		if y := t.Year(); y < 0 || y > 9999 {
			s.err = errors.New("the year of a time has not four digits")
		}
	}
}

func (s *scan) number(list ...float64) {
	for _, f := range list {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			s.err = fmt.Errorf("the number %v is none", f)
		}
	}
}

// maxNested is how deep tool results may be inside each other, as in llm.Parts.
const maxNested = 100

func (s *scan) parts(parts llm.Parts, depth int) {
	if depth > maxNested {
		s.err = fmt.Errorf("there are more than %d tool results inside each other", maxNested)
		return
	}
	for _, p := range parts {
		switch p := p.(type) {
		case llm.Text:
			s.text(string(p))
		case llm.Reasoning:
			s.text(p.Text)
		case llm.ToolCall:
			s.text(p.ID, p.Name, p.Args)
		case llm.ToolResult:
			s.text(p.ID, p.Name)
			s.parts(p.Content, depth+1)
		case llm.Blob:
			s.text(p.MIMEType, p.Name, p.URL, p.ID, p.Detail)
		default:
			s.err = fmt.Errorf("a part is a %T, which is none of the kinds of part", p)
		}
	}
}

func (s *scan) messages(list []llm.Message) {
	for _, m := range list {
		s.text(string(m.Role))
		s.parts(m.Parts, 0)
	}
}

func (s *scan) logprobs(list []llm.Logprob, depth int) {
	if depth > maxNested {
		s.err = errors.New("the logprobs are too deep inside each other")
		return
	}
	for _, p := range list {
		s.text(p.Token)
		s.number(p.Logprob)
		s.logprobs(p.Top, depth+1)
	}
}

func (s *scan) header(h *Header) {
	s.text(h.Agent, h.System, h.After, h.Answer, h.Compact.Prompt)
	s.messages(h.History)
	s.messages(h.Input)
	for _, t := range h.Tools {
		s.text(t.Name, t.Description, t.Kind)
		s.json(t.Schema)
	}
	o := h.Settings
	s.text(o.Model, string(o.Effort), o.User)
	s.text(o.Stop...)
	s.json(o.Extra)
	for _, f := range []*float64{o.Temperature, o.TopP} {
		if f != nil {
			s.number(*f)
		}
	}
}
