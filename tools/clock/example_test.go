package clock_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
	"github.com/hadal-go/hadal/tools/clock"
)

func ExampleTool() {
	set := tools.Set{clock.Tool(time.UTC)} // or where the user is
	call := llm.ToolCall{ID: "1", Name: "clock", Args: `{"zone": "new york"}`}
	result, err := set.Call(context.Background(), call)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Contains(fmt.Sprint(result.Content[0]), "America/New_York"))
	// Output: true
}

func ExampleDateTool() {
	set := tools.Set{clock.DateTool(time.UTC)}
	for _, args := range []string{
		`{"date": "2026-03-01", "add": "90 days"}`,
		`{"date": "2026-03-01 15:00", "zone": "Asia/Shanghai", "in": "London"}`,
	} {
		result, err := set.Call(context.Background(), llm.ToolCall{ID: "1", Name: "date", Args: args})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(result.Content[0])
	}
	// Output:
	// 2026-05-30 Saturday, ISO week 2026-W22, day 150 of 365
	// 2026-03-01 07:00:00 +00:00 Sunday, Europe/London (GMT), ISO week 2026-W09, day 60 of 365, Unix 1772348400
}

func ExampleNow() {
	text, err := clock.Now(context.Background(), clock.NowInput{Zone: "Beijing"})
	fmt.Println(strings.Contains(text, "+08:00"), strings.Contains(text, "Asia/Shanghai (CST)"), err)
	// Output: true true <nil>
}

func ExampleDate() {
	for _, in := range []clock.DateInput{
		{Date: "2026-01-31", Add: "1 month"},
		{Date: "2026-03-06", Add: "5 working days"},
		{Date: "2026-03-06", Weekday: "next Monday"},
		{Date: "2026-01-31", Until: "2026-03-01"},
	} {
		text, err := clock.Date(context.Background(), in)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(text)
	}
	// Output:
	// 2026-02-28 Saturday, ISO week 2026-W09, day 59 of 365 (the month has no day 31: its last is taken)
	// 2026-03-13 Friday, ISO week 2026-W11, day 72 of 365
	// 2026-03-09 Monday, ISO week 2026-W11, day 68 of 365
	// 2026-01-31 Saturday to 2026-03-01 Sunday: 29 days (4 weeks 1 day; 1 month 1 day; 20 of them from Monday to Friday); 30 days with both ends
}

func ExampleError() {
	_, err := clock.Date(context.Background(), clock.DateInput{Date: "2026-03-01", Zone: "CST"})
	if e, ok := errors.AsType[*clock.Error](err); ok {
		fmt.Println(e.Field)
		fmt.Println(e.Problem)
	}
	// Output:
	// zone
	// "CST" is short for more than one time: write Asia/Shanghai, America/Chicago, or America/Havana
}
