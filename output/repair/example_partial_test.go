package repair_test

import (
	"fmt"

	"github.com/hadal-go/hadal/output/repair"
	"github.com/hadal-go/hadal/output/schema"
)

func ExamplePartial() {
	type person struct {
		Name string   `json:"name"`
		Age  int      `json:"age"`
		Tags []string `json:"tags"`
	}
	p := repair.Partial{Schema: schema.For[person]()}
	for _, chunk := range []string{"Sure:\n```json\n{'name': 'Ad", "a', age: '3", "6', tags: [", "'math', 'po", "etry',]}\n```"} {
		if _, err := p.Write(chunk); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s\n", p.JSON())
	}
	// Output:
	// {"name":"Ad"}
	// {"name":"Ada"}
	// {"name":"Ada","age":36,"tags":[]}
	// {"name":"Ada","age":36,"tags":["math","po"]}
	// {"name":"Ada","age":36,"tags":["math","poetry"]}
}
