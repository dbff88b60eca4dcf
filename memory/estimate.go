package memory

import (
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm"
)

// Estimate returns about how many tokens messages take, without a vocabulary: by
// DeepSeek's rule of thumb, 0.3 for an ASCII character and 0.6 for any other,
// with 4 more for each message, tool call and result, and 1,024 for a file,
// which is the most that an image takes. It is what a [Window] without a
// Counter goes by: enough to say when to cut, not what it costs.
func Estimate(messages ...llm.Message) int {
	tenths := 0
	for _, m := range messages {
		tenths += 40 + tenthsOf(m.Parts)
	}
	return (tenths + 9) / 10
}

func tenthsOf(parts llm.Parts) int {
	tenths := 0
	for _, p := range parts {
		switch p := p.(type) {
		case llm.Text:
			tenths += textTenths(string(p))
		case llm.Reasoning:
			tenths += textTenths(p.Text)
		case llm.ToolCall:
			tenths += 40 + textTenths(p.Name) + textTenths(p.Args)
		case llm.ToolResult:
			tenths += 40 + tenthsOf(p.Content)
		case llm.Blob:
			tenths += 10240
		}
	}
	return tenths
}

func textTenths(s string) int {
	other := 0 // bytes that are not ASCII
	runes := 0 // that they are of
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			other++
			if utf8.RuneStart(s[i]) {
				runes++
			}
		}
	}
	return 3*(len(s)-other) + 6*runes
}
