package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/hadal-go/hadal/output/gate"
	"github.com/hadal-go/hadal/output/repair"
	"github.com/hadal-go/hadal/output/schema"
)

// Decode stores the arguments of a call in v, which is a pointer, if they satisfy s, a
// schema of objects. It is for tools that are written by hand; those of [New] use it. If
// v has a method Validate() error, that is asked too. What is in v after an error is of
// no use. As a *json.RawMessage v gets the arguments as they were checked.
//
// Blank arguments and null stand for {}. Others that do not satisfy s are repaired by
// package repair, but only in a call of a [Set], only if the [Policy] allows it, and only
// if it takes no guess: not if they end too early, lack a bracket or a quote, have words
// around them or an ellipsis, say something twice, or have a unit at a number. The error
// has the findings in words for the model, and wraps the *schema.ValidationError or the
// *gate.Error.
func Decode(ctx context.Context, s *schema.Schema, args json.RawMessage, v any) error {
	if err := decode(ctx, s, args, v); err != nil {
		return err
	}
	return validate(v)
}

func decode(ctx context.Context, s *schema.Schema, args json.RawMessage, v any) error {
	if text := bytes.TrimSpace(args); len(text) == 0 || string(text) == "null" {
		return decodeBlank(ctx, s, string(text), v)
	}
	err := s.Decode(args, v)
	if err == nil {
		return nil
	}
	fixed, repairs := repaired(ctx, s, args, err)
	if fixed == nil || s.Decode(fixed, v) != nil {
		return &argsError{err, excerpt(args, err)}
	}
	callOf(ctx).mark(repairs)
	return nil
}

// decodeBlank decodes no arguments. Where there could be some, they may have got lost,
// so that it takes the right to repair.
func decodeBlank(ctx context.Context, s *schema.Schema, text string, v any) error {
	if err := s.Decode([]byte("{}"), v); err != nil {
		return &argsError{err, ""}
	}
	if root := s.Root(); root.Closed && len(root.Properties) == 0 {
		return nil
	}
	if !callOf(ctx).mayRepair() {
		return &argsError{errBlank, ""}
	}
	callOf(ctx).mark([]repair.Repair{{Kind: repair.NullAbsent, From: text, To: "{}"}})
	return nil
}

// repaired returns what args are meant to be, with what was done to them, or nil if
// that may not be done. err says what is wrong with them.
func repaired(ctx context.Context, s *schema.Schema, args json.RawMessage, err error) (json.RawMessage, []repair.Repair) {
	if !callOf(ctx).mayRepair() || errors.Is(err, gate.Truncated) || errors.Is(err, gate.WrongType) {
		return nil, nil
	}
	r, err := repair.Parse(string(args), s)
	if err != nil || !sure(r.Repairs, args, s) {
		return nil, nil
	}
	return r.JSON, r.Repairs
}

// validate asks v whether it is as it should be, if it can say so.
func validate(v any) error {
	if c, ok := v.(interface{ Validate() error }); ok {
		if err := c.Validate(); err != nil {
			return &argsError{err, ""}
		}
	}
	return nil
}

var errBlank = errors.New("there are none: write {} if that is what you mean")

// An argsError says why arguments are refused. Its message is for the model that wrote
// them.
type argsError struct {
	err    error
	before string // what stands in the arguments where err is
}

// Error returns what is wrong, each finding in a line, and what to do.
func (e *argsError) Error() string {
	const again = "\nCall the tool again with all of its arguments, corrected."
	if v, ok := errors.AsType[*schema.ValidationError](e.err); ok && len(v.Findings) > 0 {
		var text strings.Builder
		text.WriteString("the arguments do not fit the schema:")
		for _, f := range v.Findings {
			text.WriteString("\n" + f.String())
		}
		if v.More {
			text.WriteString("\nand more")
		}
		return text.String() + again
	}
	if g, ok := errors.AsType[*gate.Error](e.err); ok {
		text := strings.TrimPrefix(g.Error(), "gate: ")
		if g.Rule != gate.WrongType {
			return "the arguments are not sound JSON: " + text + e.before + again
		}
		if g.Err != nil {
			text += ": " + short(g.Err.Error(), 200)
		}
		return "the arguments cannot be used: " + text + again
	}
	return "the arguments cannot be used: " + e.err.Error() + again
}

func (e *argsError) Unwrap() error { return e.err }

// excerpt says before what the syntax is wrong, as a model cannot count bytes.
func excerpt(args json.RawMessage, err error) string {
	g, ok := errors.AsType[*gate.Error](err)
	if !ok || g.Rule != gate.Syntax && g.Rule != gate.TrailingData {
		return ""
	}
	rest, _, _ := bytes.Cut(args[min(g.Offset, len(args)):], []byte("\n"))
	text := short(strings.TrimSpace(string(rest[:min(100, len(rest))])), 30)
	if text == "" {
		return ""
	}
	return ", before " + strings.ToValidUTF8(text, "\ufffd")
}
