package prompt

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// A Chat makes messages from a T. Make one with [Messages] or [ParseMessages]; the
// zero value only fails.
//
// The texts of its parts are templates, see the package comment: the roles and
// the order of the messages are those of the parts, whatever the values of T
// hold. It is safe for concurrent use, as long as Limits is not changed
// meanwhile.
//
// Put what is constant first: instructions, then examples, then the history,
// and what changes with every request last. DeepSeek bills what a request has in
// common with one before it, from the first byte on, at the price of its cache:
// 1/50 on deepseek-flash.
type Chat[T any] struct {
	Limits Limits // for all texts of a rendering together; history and examples are not counted

	parts []Part // compiled, without the partials
}

// A Part is what a [Chat] consists of: [System], [User], [Assistant], [Reminder],
// [History], [Examples], [Choose], or a [Partial]. A Partial makes no message:
// all texts of the chat can put it in, those before it too. Parts are values
// that may be used in any number of chats; nil is none.
type Part interface{ part() }

// A message is a part that makes one message of a text.
type message struct {
	role llm.Role
	text string

	name string // of the part, in errors
	prog *program
}

func (message) part() {}
func (Partial) part() {}

// System returns a part that makes a message which instructs the model. A
// message whose text comes out blank is left out, so that an {{if}} around all
// of it makes it optional; so it is for every role.
func System(text string) Part { return message{role: llm.RoleSystem, text: text} }

// User returns a part that makes a message from the user. Rendering fails if it
// comes out blank and the message before is the assistant's, of an example or of
// the history, unless one of another role follows: the model would go on with that.
func User(text string) Part { return message{role: llm.RoleUser, text: text} }

// Assistant returns a part that makes a message from the model. As the last part
// it is the beginning of the reply, which the model continues.
func Assistant(text string) Part { return message{role: llm.RoleAssistant, text: text} }

// Reminder returns a part that makes a message of [llm.RoleReminder], for what
// changes with every request: date, place and the like, which DeepSeek wants as
// in "2026-11-20,Friday,Lisbon,Web,en". It belongs to the message of the user
// right after it. So a [User] or a [History] must follow it; if that makes no
// message the reminder is left out too, and if the first it makes is not the
// user's, rendering fails.
func Reminder(text string) Part { return message{role: llm.RoleReminder, text: text} }

// Messages returns a Chat of the parts:
//
//	chat := prompt.Messages[Question](
//		prompt.System("You answer questions about {{.Topic}}."),
//		prompt.Examples(examples...),
//		prompt.History("History"),
//		prompt.User("{{.Text}}"),
//	)
//
// It panics if there is anything wrong with them, as [New] does: use
// [ParseMessages] for texts from outside.
func Messages[T any](parts ...Part) *Chat[T] {
	c, err := ParseMessages[T](parts...)
	if err != nil {
		panic(err)
	}
	return c
}

// ParseMessages returns a Chat of the parts, or an [*Error] that says what is
// wrong with them. It names the part, counted from 1, as in "part 3 (user)".
func ParseMessages[T any](parts ...Part) (*Chat[T], error) {
	typ := reflect.TypeFor[T]()
	var partials []Partial
	for _, p := range parts {
		if p, ok := p.(Partial); ok {
			partials = append(partials, p)
		}
	}
	if _, err := compile("partials", "", typ, partials); err != nil {
		return nil, err
	}
	c := new(Chat[T])
	var reminder string // the part before, if it is one
	for i, p := range parts {
		if _, ok := p.(Partial); ok {
			continue
		}
		name := fmt.Sprintf("part %d (%s)", i+1, kindOf(p))
		done, err := compilePart(name, p, typ, partials)
		if err != nil {
			return nil, err
		}
		if reminder != "" && !canFollowReminder(done) {
			break
		}
		reminder = ""
		if m, ok := done.(message); ok && m.role == llm.RoleReminder {
			reminder = name
		}
		c.parts = append(c.parts, done)
	}
	if reminder != "" {
		return nil, &Error{Name: reminder, Err: problem(ErrMissing, "a User or a History must follow a Reminder, which belongs to a message of the user")}
	}
	if len(c.parts) == 0 {
		return nil, &Error{Name: "chat", Err: problem(ErrMissing, "there is no part that makes a message")}
	}
	return c, nil
}

// kindOf names the sort of a part in errors.
func kindOf(p Part) string {
	switch p := p.(type) {
	case message:
		if p.role == llm.RoleReminder {
			return "reminder"
		}
		return string(p.role)
	case history:
		return "history"
	case examples:
		if p.chosen {
			return "choose"
		}
		return "examples"
	}
	return "unknown"
}

// compilePart returns p checked against typ and ready to render.
func compilePart(name string, p Part, typ reflect.Type, partials []Partial) (Part, error) {
	switch p := p.(type) {
	case message:
		prog, err := compile(name, p.text, typ, partials)
		p.name, p.prog = name, prog
		return p, err
	case history:
		return p.compile(name, typ)
	case examples:
		return p.compile(name, typ)
	case nil:
		return nil, &Error{Name: name, Err: problem(ErrMissing, "the part is nil")}
	}
	return nil, &Error{Name: name, Err: problem(ErrType, "%T is not a part: use what System, User and their like return, or a Partial", p)}
}

func canFollowReminder(p Part) bool {
	if m, ok := p.(message); ok {
		return m.role == llm.RoleUser
	}
	_, ok := p.(history)
	return ok
}

// Render returns the messages for in. It is a Func.
//
// The slice is the caller's, but the parts of its messages may be shared with in
// and with other renderings, and must not be modified. Its errors are
// [*Error]s, such as for a value that is not there, for a [Chooser] that fails,
// or for the end of ctx; there are no messages then.
func (c *Chat[T]) Render(ctx context.Context, in T) ([]llm.Message, error) {
	if err := ctx.Err(); err != nil {
		return nil, &Error{Name: "chat", Err: err}
	}
	if len(c.parts) == 0 {
		return nil, &Error{Name: "chat", Err: problem(ErrMissing, "the zero Chat has no parts; make one with Messages or ParseMessages")}
	}
	r := rendering{
		ctx:    ctx,
		data:   reflect.ValueOf(&in).Elem(),
		budget: newBudget(ctx, c.Limits),
		msgs:   make([]llm.Message, 0, len(c.parts)),
	}
	for _, p := range c.parts {
		if err := r.add(p); err != nil {
			return nil, err
		}
	}
	if n := len(r.msgs); r.blank != "" && n > 0 && r.msgs[n-1].Role == llm.RoleAssistant {
		return nil, r.unasked()
	}
	return r.msgs, nil
}

// Request returns a request of the messages for in, with nothing else set. It is
// a Func; the errors are those of [Chat.Render].
func (c *Chat[T]) Request(ctx context.Context, in T) (*llm.Request, error) {
	msgs, err := c.Render(ctx, in)
	if err != nil {
		return nil, err
	}
	return &llm.Request{Messages: msgs}, nil
}

// A rendering is the messages so far, and what they are made of.
type rendering struct {
	ctx    context.Context
	data   reflect.Value // the T
	budget *budget
	msgs   []llm.Message
	buf    []byte // for one text after the other

	reminder string // the part of the last message, if it is a reminder
	blank    string // the part of a User that came out blank, with no message after it
}

// add appends the messages of p.
func (r *rendering) add(p Part) error {
	before := len(r.msgs)
	var m message // p, if it is one
	var err error
	switch p := p.(type) {
	case message:
		m = p
		err = r.message(p)
	case history:
		err = r.history(p)
	case examples:
		err = r.examples(p)
	}
	if err != nil {
		return err
	}
	made := len(r.msgs) > before
	switch {
	case m.role == llm.RoleReminder && made:
		r.reminder = m.name
		return nil
	case r.reminder != "" && !made:
		r.msgs = r.msgs[:before-1]
	case r.reminder != "" && r.msgs[before].Role != llm.RoleUser:
		return &Error{Name: r.reminder, Err: problem(ErrType, "the message after a Reminder must be the user's, but its role is %q", r.msgs[before].Role)}
	}
	r.reminder = ""
	switch {
	case made && r.blank != "" && before > 0 && r.msgs[before-1].Role == llm.RoleAssistant && r.msgs[before].Role == llm.RoleAssistant:
		return r.unasked()
	case made:
		r.blank = ""
	case m.role == llm.RoleUser:
		r.blank = m.name
	}
	return nil
}

// unasked is the error of a User that came out blank where it parts two messages of
// the assistant, or follows the last one.
func (r *rendering) unasked() error {
	return &Error{Name: r.blank, Err: problem(ErrMissing, "the text came out blank, and the model would continue the assistant's message before it")}
}

func (r *rendering) message(m message) error {
	text, err := r.text(m.prog)
	if err != nil {
		return err
	}
	if strings.TrimSpace(text) != "" {
		r.msgs = append(r.msgs, llm.Message{Role: m.role, Parts: llm.Parts{llm.Text(text)}})
	}
	return nil
}

// text returns the text of p.
func (r *rendering) text(p *program) (string, error) {
	out, err := p.append(r.buf[:0], r.data, r.budget)
	if err != nil {
		return "", err
	}
	r.buf = out
	return string(out), nil
}
