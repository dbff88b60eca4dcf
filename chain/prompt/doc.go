// Package prompt makes prompts of Go values: a template is checked against the type
// of its value when it is made, and what it makes is a text or messages. The values
// are data: nothing in them is ever run.
//
// The smallest program:
//
//	type Question struct {
//		Topic string
//		Words []string
//	}
//	ask := prompt.New[Question]("Explain {{.Topic}}, and use the words {{join \", \" .Words}}.")
//	text, err := ask.Render(ctx, Question{Topic: "tides", Words: []string{"moon", "day"}})
//	if err != nil {
//		return err
//	}
//	fmt.Println(text)
//
// [Template.Render] is a step of a chain, as are [Chat.Render] and [Chat.Request]:
//
//	explain := chain.Pipe(prompt.New[string]("Explain {{.}}.").Render, llm.Ask(model, "You are a teacher."))
//	answer, err := explain(ctx, "tides")
//
// A misspelled field does not wait for the first customer: [New] panics, as
// regexp.MustCompile does, and [Parse] returns the error, which says where it is,
// what there is instead, and which of it may be meant.
//
// # Templates
//
// A template is written as for text/template, whose parser reads it:
//
//   - {{.Topic}} is a field by its name in Go or in JSON, {{.User.Name}} one inside,
//     {{$.Topic}} one of the whole value. Of a map with texts as keys, it is a key.
//   - {{if .A}} … {{else if .B}} … {{else}} … {{end}}; {{with .A}}, inside of which
//     the dot is .A; {{range $i, $x := .List}} over slices, arrays and maps, the
//     latter in the order of their keys, with {{break}} and {{continue}}.
//   - {{$x := .A}} declares a variable, {{$x = .B}} sets it to another value of
//     its type.
//   - {{template "rules" .}} puts in a [Partial], or what {{define "rules"}} or
//     {{block "rules" .}} holds.
//   - {{- and -}} take away the spaces before and behind, {{/* this */}} is a
//     comment, and {{"{{"}} writes two braces.
//
// Texts, booleans, numbers and []byte are printed, numbers with all their digits.
// Other values are not, as Go's way of printing them is no prompt, nor are those
// whose type has a String method or another that says how it is printed, as no
// method is ever called. A text of such a type, as secrets have, comes out neither
// whole nor in parts: a template may test it, take its length, and ask whether it is
// equal to another. What is not there is an error: a key of a map, an element, a
// field behind a nil pointer. But {{if}}, {{with}}, and, or, not and default take it
// as false.
//
// The functions are these and no others:
//
//   - and, or, not: the first argument that decides; the rest is not evaluated.
//   - eq, ne, lt, le, gt, ge: of texts, or of numbers. {{eq .A "x" "y"}} is true
//     for either.
//   - {{len .A}}, {{index .List 0}}, {{index .Map "key"}}, {{first 3 .List}},
//     {{last 3 .List}}, {{join ", " .List}}.
//   - {{.A | default "none"}} where .A is empty or not there.
//   - {{add $i 1}}: of whole numbers.
//   - upper, lower, trim: of a text.
//   - {{truncate 100 .Text}}: to so many characters, the last of them … if it was cut.
//   - {{indent 2 .Text}}: every line that is not blank.
//   - {{quote .Text}}: as a JSON string.
//   - {{json .A}}: any value, as encoding/json has it, if no type in it has methods
//     for that.
//   - {{date "2006-01-02" .Time}}: of a time.Time.
//
// # Chats
//
// [Messages] makes a [Chat], whose parts keep their roles: a user's text can say
// that it is the system's, and stays in a user's message.
//
//	type Turn struct {
//		Product string
//		Past    []llm.Message
//		Text    string
//	}
//	support := prompt.Messages[Turn](
//		prompt.System("You help with {{.Product}}."),
//		prompt.Examples(prompt.Example{Input: "It is broken.", Output: "What do you see?"}),
//		prompt.History("Past"),
//		prompt.User("{{.Text}}"),
//	)
//	answer := chain.Pipe(support.Request, llm.Reply(model))
//
// [Choose] picks examples by length or by what they have in common with the
// question. A [Partial] among the parts is for all of them.
//
// What is constant comes first in a prompt, as the provider bills at a fraction what
// begins as an earlier request did: [Chat.Lint] and [Lint] find what changes there
// without need, such as dates.
//
// [Braces] translates texts with {name} in them. The package promptfile, beside this
// one, loads chats from Markdown files, and package jinja reads Jinja's templates as
// far as this engine has what they ask for. [ForCode], [ForExtraction], [ForChat] and
// [ForWriting] are settings for [llm.Defaults].
//
// # What cannot be reached
//
// A template may come from a file, a database, a customer. Whoever writes it gets at
// the fields of the value that it is given, and at nothing else: there is no function
// that reads a file, the environment or the network, no method is called, and neither
// is a field that is a function. It cannot loop without end or fill the memory: see
// [Limits]. A value may come from anyone, too. It is printed as it is, at one place:
// braces in it are text.
package prompt
