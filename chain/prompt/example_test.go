package prompt_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/prompt"
)

func Example() {
	type Product struct {
		Name  string
		Price float64
	}
	type Letter struct {
		Customer string
		Since    time.Time
		Products []Product
		Notes    map[string]string
	}
	letter := prompt.New[Letter](`Write to {{.Customer}}, a customer since {{date "2006" .Since}}.
{{range $i, $p := .Products}}{{if $i}}, {{end}}{{.Name}} at {{.Price}} euros{{else}}Nothing was bought{{end}}.
Tone: {{.Notes.tone | default "friendly"}}.`)
	text, err := letter.Render(context.Background(), Letter{
		Customer: "Ada {{.Secret}}", // a value is not a template
		Since:    time.Date(2019, 5, 1, 0, 0, 0, 0, time.UTC),
		Products: []Product{{"a lamp", 9.5}, {"a rug", 40}},
	})
	fmt.Println(text, err)
	// Output:
	// Write to Ada {{.Secret}}, a customer since 2019.
	// a lamp at 9.5 euros, a rug at 40 euros.
	// Tone: friendly. <nil>
}

func ExampleNew() {
	greet := prompt.New[[]string](`Greet {{join " and " .}}.`)
	fmt.Println(greet.Render(context.Background(), []string{"Ada", "Bob"}))
	// Output: Greet Ada and Bob. <nil>
}

func ExampleNew_partials() {
	rules := prompt.Partial{Name: "rules", Text: "Answer in {{.Language}}, in {{.Words}} words or fewer."}
	type Task struct {
		Language, Text string
		Words          int
	}
	summarize := prompt.New[Task](`{{template "rules" .}} Summarize: {{quote .Text}}`, rules)
	translate := prompt.New[Task](`{{template "rules" .}} Translate: {{quote .Text}}`, rules)
	task := Task{"Dutch", `She said "yes".`, 20}
	fmt.Println(summarize.Render(context.Background(), task))
	fmt.Println(translate.Render(context.Background(), task))
	// Output:
	// Answer in Dutch, in 20 words or fewer. Summarize: "She said \"yes\"." <nil>
	// Answer in Dutch, in 20 words or fewer. Translate: "She said \"yes\"." <nil>
}

func ExampleParse() {
	type Question struct{ Topic string }
	for _, text := range []string{
		"Explain {{.Topik}}.",
		"Explain {{.Topic | shell}}.",
		"Explain {{.Topic}",
	} {
		_, err := prompt.Parse[Question](text)
		fmt.Println(err)
	}
	// Output:
	// prompt: template:1: in {{.Topik}}: unknown name: there is no .Topik, did you mean .Topic? There is .Topic
	// prompt: template:1: in {{.Topic | shell}}: unknown name: there is no function shell; there are add, and, date, default, eq, first, ge, gt, indent, index, join, json, last, le, len, lower, lt, ne, not, or, quote, trim, truncate, upper
	// prompt: template:1: not a template: bad character U+007D '}'
}

func ExampleTemplate_Render() {
	// stands for a model
	shout := func(_ context.Context, prompt string) (string, error) { return strings.ToUpper(prompt), nil }

	explain := chain.Pipe(prompt.New[string]("Explain {{.}}.").Render, shout)
	fmt.Println(explain(context.Background(), "tides"))
	// Output: EXPLAIN TIDES. <nil>
}

func ExampleError() {
	ask := prompt.New[map[string]any]("Explain {{.topic}}\nto {{.audience.name}}.")
	_, err := ask.Render(context.Background(), map[string]any{"topic": "tides"})
	if e, ok := errors.AsType[*prompt.Error](err); ok {
		fmt.Println(e.Name, e.Line, errors.Is(err, prompt.ErrMissing))
	}
	fmt.Println(err)
	// Output:
	// template 2 true
	// prompt: template:2: in {{.audience.name}}: a value is not there: .audience.name; test it with if or with, or give it a default
}

func ExampleLimits() {
	list := prompt.New[[]string]("{{range .}}- {{.}}\n{{end}}")
	list.Limits.Output = 1000
	_, err := list.Render(context.Background(), make([]string, 1_000_000))
	fmt.Println(err)
	// Output: prompt: template:1: in the text: over a limit: more than 1000 bytes, see Limits
}
