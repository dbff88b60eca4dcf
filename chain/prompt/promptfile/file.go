// Package promptfile loads prompts from Markdown files, so that whoever writes them
// needs no Go, and whoever runs them knows at the start that they are sound.
//
//	const file = `---
//	description: Takes the data out of an invoice.
//	version: 3
//	model: deepseek-flash
//	effort: low
//	schema: invoice.json
//	variables: [Document, Language]
//	---
//	# System
//	You extract invoices. Answer in {{.Language}}.
//
//	# User
//	{{.Document}}
//	`
//
// That is what stands in a file, invoice.md. It is a prompt for a type with the
// fields Document and Language:
//
//	type Invoice struct{ Document, Language string }
//
//	invoice := promptfile.Must(promptfile.Load[Invoice](os.DirFS("prompts"), "invoice.md"))
//	req, err := invoice.Request(ctx, Invoice{Document: "Three lamps …", Language: "English"})
//
// The files come from an [io/fs.FS]: a folder, or part of the program as an embed.FS.
// [Load] checks all of it: the settings, the schema, and the templates against the
// type. A [File] is what it returns.
//
// # Sections
//
// A heading of level one that consists of one of these names alone, in any case,
// begins a section, and each section is a message:
//
//   - "# System" instructs the model.
//   - "# User" is from the user.
//   - "# Assistant" is from the model; as the last section, the beginning of its reply.
//   - "# Reminder" tells facts of the moment, such as the date, for the user's message
//     after it.
//   - "# History Past" stands for the messages in the field Past; without a name, in
//     the field History.
//   - "# Examples" stands for the examples of the front matter.
//
// A file without any is one message from the user. If there are examples but no
// section for them, they come after the system messages. Blank lines around the
// text of a section are no part of it, and before the first section there is
// nothing else. All other headings are text, and so is everything in fenced code.
// HTML's comments are text, too: those of the template, {{/* … */}}, are not sent.
// To have a heading of one of those names in the text, put a backslash before it:
// "\# User".
//
// The text of a section is a template as of [prompt.New]. Examples are not: what
// stands in them is sent as it is.
//
// # Front matter
//
// Between two lines of three dashes at the start of the file, in YAML, and all of it
// optional:
//
//	const front = `---
//	name: invoice          # if absent, the file's name without what follows its last dot
//	version: 3             # any text or number, kept as written
//	description: Takes the data out of an invoice.
//	model: deepseek-flash  # this and the next are fields of llm.Request
//	effort: low            # none, low, high, max
//	max_tokens: 2000
//	temperature: 0         # 0 to 2
//	top_p: 0.9             # over 0, at most 1
//	stop: [END]            # one text or several
//	format: json           # text, json
//	schema: invoice.json   # of the reply: a JSON or YAML file, or the JSON Schema itself
//	variables:             # the fields of the type that the text uses: a list of their
//	  Document: the text   # names, or with a description of each
//	style: braces          # the text has {Document} for {{.Document}}; if absent, go
//	examples:              # a list, or a JSON or YAML file that holds one
//	  - input: 2 × 5 €
//	    output: {total: 10}
//	---`
//
// In place of the schema, reply says what a reply looks like, as [schema.Example]
// wants it: {total: number}. For the style, see [prompt.Braces].
//
// Anything else there is an error, and so are anchors, aliases and tags. The input
// and the output of an example are texts; one that is a mapping or a list is
// written as JSON, with its keys in order.
//
// # Other files
//
// A file whose name begins with an underscore and ends in ".md" is a partial for
// the prompts of its folder: {{template "rules" .}} puts in _rules.md. It has no
// front matter and no sections. Partials can call partials. To embed a folder with
// them, write //go:embed all:prompts or prompts/*.md: without, such files are left
// out.
//
// Files that are included are named relative to the prompt's folder, and must be in
// it or below, whatever the name. All are read through the fs.FS, at once, and never
// again. Note that [os.DirFS] follows symbolic links to anywhere; for a folder that
// others can write to, use the FS of an [os.Root].
//
// Files are UTF-8, at most 1 MiB each, the front matter 64 KiB. A byte order mark is
// removed, and CRLF read as LF, so that a prompt has the same bytes on all machines.
package promptfile

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/schema"
)

// A File is a prompt that was loaded with [Load]. It keeps no connection to the
// files that it came from: to have their changes, load it again. It is safe for
// concurrent use, as long as its fields are not changed.
type File[T any] struct {
	Name        string // as the front matter says, or the file's name without its extension
	Version     string // as the front matter says; may be empty
	Description string // as the front matter says; may be empty

	// Hash is what tells whether a prompt is the same as another: the SHA-256, in
	// hexadecimal, over the contents of the file, of the files that it includes, and
	// of the partials that it uses, as they are after the removal of the byte order
	// mark and of CR before LF. Any change of these changes it, and nothing else
	// does: not their names, nor other files. It is good for logs, evaluations, and
	// the name of a journal or a cache.
	Hash string

	// Defaults is what the front matter asks for: Model, Effort, MaxTokens,
	// Temperature, TopP, Stop and Format. [llm.Defaults] takes it, too.
	Defaults llm.Request

	// Schema is that of the reply, or nil. It is for an output.Generator:
	//
	//	g := output.Generator[Invoice]{Model: model, Schema: f.Schema}
	//	result, err := g.Generate(ctx, req)
	Schema *schema.Schema

	// Chat is the text. Its Limits may be set before the first use.
	Chat *prompt.Chat[T]
}

// Must returns f, and panics if err is not nil. It is for prompts that are part of
// the program:
//
//	var invoice = promptfile.Must(promptfile.Load[Invoice](files, "invoice.md"))
func Must[T any](f *File[T], err error) *File[T] {
	if err != nil {
		panic(err)
	}
	return f
}

// Render returns the messages for in, see [prompt.Chat.Render]. It is a Func.
func (f *File[T]) Render(ctx context.Context, in T) ([]llm.Message, error) {
	return f.Chat.Render(ctx, in)
}

// Request returns the request for in: the messages, what is in Defaults, and the
// schema, if there is one. It is a Func. The request is the caller's.
//
// As the request has the schema, a model that is asked directly enforces it or
// refuses the request: DeepSeek enforces it, but not along with stop strings,
// reminders, or the beginning of a reply. An output.Generator sets the schema
// aside and finds the best way that there is for the model and the request.
func (f *File[T]) Request(ctx context.Context, in T) (*llm.Request, error) {
	messages, err := f.Chat.Render(ctx, in)
	if err != nil {
		return nil, err
	}
	req := f.Defaults
	req.Messages = messages
	req.Stop = slices.Clone(req.Stop)
	req.Temperature, req.TopP = clone(req.Temperature), clone(req.TopP)
	if f.Schema != nil {
		req.Schema = json.RawMessage(slices.Clone(f.Schema.JSON()))
	}
	return &req, nil
}

// clone returns a pointer to a copy of *p, or nil.
func clone(p *float64) *float64 {
	if p == nil {
		return nil
	}
	return new(*p)
}
