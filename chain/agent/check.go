package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
)

// check returns why rec cannot have happened where the run stands. It goes by what the
// log says, not by what was estimated then and may be estimated otherwise now: how many
// tokens there are, and so when to compact.
func (s *state) check(r *Run, rec Record) error {
	switch {
	case s.misfit != nil:
		return s.misfit
	case (rec.Kind == Began) != (s.folded == 0):
		return errors.New("a run begins with one record of the kind began")
	case rec.Elapsed < 0 || s.elapsed+rec.Elapsed < 0:
		return fmt.Errorf("%v cannot have been worked", rec.Elapsed)
	case rec.Used != nil && (rec.Used.Calls < 0 || rec.Used.Tools < 0):
		return fmt.Errorf("%d model calls and %d tool calls cannot have been made", rec.Used.Calls, rec.Used.Tools)
	case rec.Value != nil && !json.Valid(rec.Value):
		return errors.New("the value is not JSON")
	case rec.Kind.about():
		return s.checkCall(r, rec)
	}
	switch rec.Kind {
	case Began:
		return checkHeader(r.ID, rec.Header)
	case Replied:
		if err := s.checkAsked(rec.For); err != nil {
			return err
		}
		return checkReply(rec)
	case Failed:
		return s.checkAsked(rec.For)
	case Limited:
		if rec.Limits == nil {
			return errors.New("there are no limits in it")
		}
		return nil
	}
	return fmt.Errorf("the kind %q is not known: a newer version has written it", rec.Kind)
}

// checkHeader returns why a run cannot begin so.
func checkHeader(id string, h *Header) error {
	switch {
	case strings.TrimSpace(id) == "" || !utf8.ValidString(id):
		return fmt.Errorf("the run has no ID that will do: %q", id)
	case h == nil:
		return errors.New("there is no header in it")
	case h.Answer != "" && (h.tool(h.Answer) == nil || !h.tool(h.Answer).Final):
		return fmt.Errorf("the tool %q for the answer is not there, or not final", h.Answer)
	}
	o := h.Settings
	if o.Messages != nil || o.Tools != nil || o.ToolChoice != "" || o.Format != "" || o.Schema != nil || o.Whole {
		return errors.New("the settings have what is not the same in each request: messages, tools, the choice of them, format, schema, or whole")
	}
	if len(o.Extra) > 0 && !json.Valid(o.Extra) {
		return errors.New("the extra settings are not JSON")
	}
	for _, t := range h.Tools {
		if len(t.Schema) > 0 && !json.Valid(t.Schema) {
			return fmt.Errorf("the schema of the tool %q is not JSON", t.Name)
		}
	}
	return memory.Turn{ID: "input", Messages: h.Input}.Check()
}

// checkAsked returns why the model was not asked in a step of that kind.
func (s *state) checkAsked(kind StepKind) error {
	switch kind {
	case StepModel, StepCompact, StepFinish:
	default:
		return fmt.Errorf("in the step %q no model is asked", kind)
	}
	if s.done {
		return errors.New("the run is done")
	}
	if err := s.stop(); err != nil {
		return err
	}
	if kind == StepFinish {
		if !s.mayFinish() {
			return errors.New("nothing was to be summed up at a limit")
		}
		return nil
	}
	if len(s.open) > 0 {
		return errors.New("there are calls without a result")
	}
	if limit := s.limit(0); limit != nil && limit.Limit != "tokens" {
		return limit
	}
	return nil
}

// checkReply returns why a model cannot have replied so.
func checkReply(rec Record) error {
	resp := rec.Reply
	switch {
	case resp == nil:
		return errors.New("there is no reply in it")
	case resp.Role != llm.RoleAssistant:
		return fmt.Errorf("the reply has the role %q", resp.Role)
	case resp.Text() != resp.Message.Text() || resp.HasReasoning() != resp.Message.HasReasoning():
		return errors.New("the reply is not finished")
	}
	for _, p := range resp.Parts {
		switch p.(type) {
		case llm.Text, llm.Reasoning, llm.ToolCall:
		default:
			return fmt.Errorf("the reply has a part of the type %T", p)
		}
	}
	return complete(rec.For, resp)
}

// checkCall returns why rec cannot have happened to a call.
func (s *state) checkCall(r *Run, rec Record) error {
	p := s.find(r, rec.Call)
	if p == nil {
		return fmt.Errorf("there is no open call %q", rec.Call)
	}
	if p.phase == called {
		return fmt.Errorf("the call %q has a result already", rec.Call)
	}
	waits := p.waits() && !p.lent
	switch rec.Kind {
	case Granted, Refused:
		if !p.waits() {
			return fmt.Errorf("the call %q does not wait for a person", rec.Call)
		}
	case Calling:
		if waits {
			return fmt.Errorf("the call %q waits for a person", rec.Call)
		}
		if limit := s.limit(1); limit != nil && limit.Limit == "tools" && !p.begun {
			return limit // of the time it is not known whether it was over before the calls beside this one
		}
	case Held:
		if waits {
			return fmt.Errorf("the call %q waits for a person already", rec.Call)
		}
	case Called:
		switch {
		case p.phase == held && !p.lent:
			return fmt.Errorf("the call %q waits for a person", rec.Call)
		case rec.Result == nil:
			return errors.New("there is no result in it")
		case rec.Result.ID != p.ToolCall.ID:
			return fmt.Errorf("the result is of %q, and the call is %q", rec.Result.ID, p.ToolCall.ID)
		}
	}
	return nil
}
