package calc_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
	"github.com/hadal-go/hadal/tools/calc"
)

func ExampleTool() {
	set := tools.Set{calc.Tool()}
	call := llm.ToolCall{ID: "1", Name: "calc", Args: `{"expression": "3 * 19.99 + 8%\nround(64.7676, 2)\n1/0"}`}
	result, err := set.Call(context.Background(), call)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Content[0])
	// Output:
	// 3 * 19.99 + 8% = 64.7676
	// round(64.7676, 2) = 64.77
	// 1/0: column 2: division by zero
}

func ExampleCalculate() {
	for _, expr := range []string{"0.1 + 0.2", "15% of 80", "1/3", "√2", "1,000.50 × 2", "2^64; 2^-2"} {
		text, err := calc.Calculate(context.Background(), calc.Input{Expression: expr})
		fmt.Println(text, err)
	}
	// Output:
	// 0.3 <nil>
	// 12 <nil>
	// 1/3 ≈ 0.33333333333333333333 <nil>
	// ≈ 1.4142135623730950488 <nil>
	// 2001 <nil>
	// 2^64 = 18446744073709551616
	// 2^-2 = 0.25 <nil>
}

func ExampleEval() {
	n, err := calc.Eval(context.Background(), "0.1 + 0.2")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(n, n.Exact(), n.Rat())
	// Output: 0.3 true 3/10
}

func ExampleError() {
	_, err := calc.Eval(context.Background(), "100 + 10% + 5%")
	if e, ok := errors.AsType[*calc.Error](err); ok {
		fmt.Println(e.Column)
		fmt.Println(e.Problem)
	}
	// Output:
	// 11
	// two percentages may be of the same number, or one after the other: write 100 * (1 + (10%) + (5%)), or (100 + 10%) + 5%
}

func ExampleNumber_Bounds() {
	n, _ := calc.Eval(context.Background(), "sqrt(2)")
	lo, hi := n.Bounds()
	fmt.Println(lo.Cmp(n.Rat()), hi.Cmp(n.Rat()), n.Exact())
	fmt.Println(lo.FloatString(50))
	// Output:
	// -1 1 false
	// 1.41421356237309504880168872420969807856967187537695
}
