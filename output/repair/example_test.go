package repair_test

import (
	"errors"
	"fmt"

	"github.com/hadal-go/hadal/output/repair"
	"github.com/hadal-go/hadal/output/schema"
)

func ExampleParse() {
	type Person struct {
		Name  string   `json:"name"`
		Age   int      `json:"age"`
		Likes []string `json:"likes,omitempty"`
	}
	text := "Sure! Here it is:\n```json\n{name: 'Ada', \"AGE\": \"36 years\", \"likes\": \"maths\",}\n```"
	r, err := repair.Parse(text, schema.For[Person]())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", r.JSON)
	for _, p := range r.Repairs {
		if p.To != "" {
			fmt.Printf("%s %s: %s became %s\n", p.Kind, p.Pointer, p.From, p.To)
		}
	}
	// Output:
	// {"name":"Ada","age":36,"likes":["maths"]}
	// renamed /age: "AGE" became "age"
	// number /age: "36 years" became 36
	// listed /likes: "maths" became ["maths"]
}

// Where a text can be read in several ways, none is taken.
func ExampleParse_ambiguous() {
	_, err := repair.Parse(`It is {"name": "Ada"} or {"name": "Bob"}.`, nil)
	fmt.Println(errors.Is(err, repair.ErrAmbiguous), err)
	// Output: true the text can be read in several ways: it holds several values that satisfy the schema, and they differ
}
