package gate_test

import (
	"errors"
	"fmt"

	"github.com/hadal-go/hadal/output/gate"
)

func ExampleCheck() {
	err := gate.Check([]byte(`{"path": "ok", "PATH": "/etc/passwd"}`))
	fmt.Println(err)

	if e, ok := errors.AsType[*gate.Error](err); ok {
		fmt.Println(e.Rule, e.Offset, e.Path)
	}
	// Output:
	// gate: name differs from another only in case at offset 15, in "/PATH"
	// gate: name differs from another only in case 15 /PATH
}

func ExampleDecode() {
	var args struct {
		ID   int64  `json:"id"`
		Path string `json:"path"`
		More any    `json:"more"`
	}
	err := gate.Decode([]byte(`{"id": 7, "PATH": "/etc/passwd", "more": 12345678901234567890}`), &args)
	fmt.Printf("%+v %v\n", args, err)

	err = gate.Decode([]byte(`{"id": "seven"}`), &args)
	fmt.Println(err)
	// Output:
	// {ID:7 Path: More:12345678901234567890} <nil>
	// gate: wrong type at offset 7, in "/id": string for int64
}

func ExampleLimits() {
	small := gate.Limits{Bytes: 1 << 10, Depth: 2}
	fmt.Println(small.Check([]byte(`{"list": [1, 2]}`)))

	err := small.Check([]byte(`{"list": [1, [2]]}`))
	fmt.Println(errors.Is(err, gate.TooDeep), err)

	var list []int
	fmt.Println(small.Decode([]byte(`[1, 2]`), &list), list)
	// Output:
	// <nil>
	// true gate: too deep at offset 13, in "/list/1"
	// <nil> [1 2]
}
