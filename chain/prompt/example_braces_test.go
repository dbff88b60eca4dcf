package prompt_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/hadal-go/hadal/chain/prompt"
)

func ExampleBraces() {
	type input struct {
		Language string `json:"language"`
		Text     string `json:"text"`
	}
	chat := prompt.Messages[input](
		prompt.System(prompt.Braces(`Translate into {language}. Reply with {{"text": "…"}}.`)),
		prompt.User(prompt.Braces("{text}")),
	)
	show(chat.Render(context.Background(), input{"Portuguese", "Good {morning}!"}))
	// Output:
	// system: Translate into Portuguese. Reply with {"text": "…"}.
	// user: Good {morning}!
}

// What reaches into values is refused, as is what has no meaning in a prompt.
func ExampleParseBraces() {
	for _, text := range []string{"{name}", "Hi,\n{user.__class__}", "{0}", "{name!r}", `{"a": 1}`} {
		tmpl, err := prompt.ParseBraces(text)
		if e, ok := errors.AsType[*prompt.Error](err); ok {
			fmt.Println(e.Line, e.Err)
		} else {
			fmt.Println(tmpl)
		}
	}
	// Output:
	// {{.name}}
	// 2 not a template: {user.__class__}: there is no reaching into values: give what is wanted a field of its own, or write {{.A.B}} in a text without Braces
	// 1 not a template: {0}: fields have names, not numbers
	// 1 not a template: {name!r}: there are no conversions and no formats: give the field as it shall be printed
	// 1 not a template: {"a": 1}: if this is JSON or code, write {{ and }} for its braces
}
