package agent

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/tools"
)

// A state is what a log amounts to. It grows with the log: to fold a record in costs
// what is in the record.
type state struct {
	folded   int   // records
	misfit   error // the next one cannot have happened
	specs    []llm.ToolSpec
	messages []llm.Message // as the model sees them
	turn     []llm.Message // of this run, all of them
	input    int           // index in messages of what the turn began with
	open     []pending     // calls of the last reply; none if all have a result
	text     string        // what the model has said last
	value    json.RawMessage
	done     bool
	finished bool // what there is was summed up at a limit

	limits  Limits
	used    Used
	elapsed time.Duration
	tokens  int // about how many the next request has
	replies int
	cuts    int          // replies in a row that were cut
	reminds int          // or that were no answer
	unfit   string       // why the last of these was none
	answer  string       // name of the tool that takes the answer; "" if there is none
	last    llm.ToolCall // the newest call
	repeats int          // how often it was made in a row
	told    int          // number of the reply in which the model was told so; 0 if it was not
	loop    string       // name of the tool that it called all the same

	specTokens int // of the tools, estimated
	compaction compaction
}

// fold adds a record of r that fits.
func (s *state) fold(r *Run, rec Record) {
	s.folded++
	s.elapsed += rec.Elapsed
	switch rec.Kind {
	case Began:
		r.Header = rec.Header
		s.begin(rec.Header)
	case Replied:
		s.reply(r, rec)
	case Failed:
		s.use(rec.Used)
	case Limited: // somebody has seen how the run stands, and lets it go on
		s.limits, s.finished = rec.Limits.or(), false
		s.cuts, s.reminds, s.told, s.loop = 0, 0, 0, ""
	default:
		s.call(r, rec)
	}
	s.weigh(r.Header)
}

func (s *state) begin(h *Header) {
	s.specs, s.limits, s.answer = h.specs(), h.Limits.or(), h.Answer
	s.messages = make([]llm.Message, 0, 1+len(h.History)+len(h.Input)+16)
	s.turn = make([]llm.Message, 0, len(h.Input)+16)
	if h.System != "" {
		s.messages = append(s.messages, llm.System(h.System))
	}
	s.messages = append(s.messages, h.History...)
	s.input = len(s.messages)
	s.messages = append(s.messages, h.Input...)
	s.turn = append(s.turn, h.Input...)
	for _, t := range s.specs {
		s.specTokens += 16 + (len(t.Name)+len(t.Description)+len(t.Schema))*3/10
	}
	s.tokens = memory.Estimate(s.messages...) + s.specTokens
}

func (s *state) use(u *Used) {
	if u != nil {
		s.used = s.used.add(*u)
	}
}

// say adds a message of this turn.
func (s *state) say(m llm.Message) {
	s.messages = append(s.messages, m)
	s.turn = append(s.turn, m)
}

// tell adds a message and counts it.
func (s *state) tell(m llm.Message) {
	s.say(m)
	s.tokens = plus(s.tokens, memory.Estimate(m))
}

// reminded notes that a reply was no answer, and what the model is told.
func (s *state) reminded(words string) {
	s.reminds++
	s.unfit = short(strings.NewReplacer(":\n", ": ", "\n", "; ").Replace(words), 500)
}

// reply adds what the model has said.
func (s *state) reply(r *Run, rec Record) {
	resp := rec.Reply
	s.use(&Used{Calls: 1, Usage: resp.Usage})
	switch rec.For {
	case StepFinish:
		s.finished, s.text = true, resp.Text()
		return
	case StepCompact:
		s.compact(r.Header, resp)
		return
	}
	s.replies++
	calls := resp.ToolCalls()
	m, sent := sendable(resp.Message, calls)
	if u := resp.Usage; u.Input > 0 {
		s.say(m)
		s.tokens = plus(u.Input, u.Output)
	} else {
		s.tell(m)
	}
	s.text = resp.Text()
	switch {
	case len(calls) > 0:
		s.cuts = 0
		s.ask(r, sent, calls)
	case resp.Finish == llm.FinishLength:
		s.cuts++
		s.tell(llm.User(cutWords))
	case rec.Remind != "":
		s.reminded(rec.Remind)
		s.tell(llm.User(rec.Remind))
	default:
		s.value = rec.Value
		s.done = true
		if s.value != nil {
			s.text = string(s.value)
		}
	}
}

// ask notes the calls of a reply, as they are sent back and as the model wrote them.
func (s *state) ask(r *Run, sent, wrote []llm.ToolCall) {
	s.open = make([]pending, len(wrote))
	for i, c := range wrote {
		p := &s.open[i]
		p.ToolCall = c
		p.ToolCall.ID = sent[i].ID
		p.ID = r.ID + "/" + strconv.Itoa(s.replies) + "." + strconv.Itoa(i+1)
		if t := r.Header.tool(c.Name); t != nil {
			p.once = t.Effect.May(tools.WritesOnce)
			p.final = t.Final
			if t.Approve {
				p.hold("the tool needs the approval of a person", "")
			}
		}
		if p.final && len(wrote) > 1 {
			p.end(aloneWords)
		}
		s.repeat(p)
	}
	s.settle()
}

// repeat tells the model that it makes the same call again and again, and notes that it
// goes on with that.
func (s *state) repeat(p *pending) {
	if !same(p.ToolCall, s.last) {
		s.repeats, s.told = 0, 0
	}
	s.last = p.ToolCall
	s.repeats++
	most := s.limits.Repeats
	switch {
	case most <= 0 || s.repeats < most || p.phase == called:
	case s.told > 0 && s.told < s.replies:
		s.loop = p.Name
	default:
		p.end(fmt.Sprintf(loopWords, most-1))
		s.told = s.replies
	}
}

// call notes what has become of a call.
func (s *state) call(r *Run, rec Record) {
	p := s.find(r, rec.Call)
	switch rec.Kind {
	case Calling:
		if !p.begun {
			s.use(&Used{Tools: 1})
		}
		p.phase, p.begun, p.lent = calling, true, false
	case Held:
		p.hold(rec.Text, rec.Digest)
	case Granted:
		if rec.Digest != r.wanted(p) {
			p.lent = true
			break
		}
		p.phase, p.Why, p.digest, p.expires = granted, "", rec.Digest, rec.Expires
	case Refused:
		p.refuse(rec.Text)
	case Called:
		p.phase, p.result, p.value = called, rec.Result, rec.Value
		s.use(rec.Used)
	}
	s.settle()
}

// find returns the call with that ID, or nil. Records have it without the ID of the run.
func (s *state) find(r *Run, id string) *pending {
	for i := range s.open {
		if p := &s.open[i]; p.ID == id || strings.TrimPrefix(p.ID, r.ID+"/") == id {
			return p
		}
	}
	return nil
}

// settle goes on once all calls have a result.
func (s *state) settle() {
	for i := range s.open {
		if s.open[i].phase != called {
			return
		}
	}
	for _, m := range s.close(nil, "") {
		s.tell(m)
	}
	if p := s.open[0]; len(s.open) == 1 && p.Name == s.answer && p.result.IsError {
		s.reminded(llm.Message{Parts: p.result.Content}.Text())
	} else {
		s.reminds = 0
	}
	for _, p := range s.open {
		if p.final && !p.result.IsError {
			s.done = true
			s.text, s.value = llm.Message{Parts: p.result.Content}.Text(), p.value
			if p.value != nil {
				s.text = string(p.value)
			}
		}
	}
	s.open = nil
}
