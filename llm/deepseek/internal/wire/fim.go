package wire

import (
	"encoding/json"
	"strconv"
)

// A FIM is a request to fill in the middle, see package deepseek.
type FIM struct {
	Model       string
	Prompt      string
	Suffix      string
	MaxTokens   int
	Temperature *float64
	TopP        *float64
	Stop        []string
	TopLogprobs int
	Echo        bool
	User        string
	Extra       json.RawMessage
}

// AppendFIM appends the body of a FIM request to dst.
func AppendFIM(dst []byte, f *FIM, s Settings) []byte {
	e := encoder{dst, s}
	e.open('{')
	e.text("model", f.Model)
	e.text("prompt", f.Prompt)
	if f.Suffix != "" {
		e.text("suffix", f.Suffix)
	}
	if f.Echo {
		e.raw("echo", "true")
	}
	if f.TopLogprobs > 0 {
		e.raw("logprobs", strconv.Itoa(f.TopLogprobs))
	}
	e.sampling(f.MaxTokens, f.Temperature, f.TopP, f.Stop)
	e.delivery(s.Stream)
	e.user(f.User)
	e.merge(f.Extra)
	e.close('}')
	return e.b
}
