package deepseektest

import (
	"encoding/json"
	"fmt"
	"iter"

	"github.com/hadal-go/hadal/llm"
)

// fimBody is the body of a FIM request.
type fimBody struct {
	Model         *string     `json:"model"`
	Prompt        *string     `json:"prompt"`
	Suffix        *string     `json:"suffix"`
	Echo          *bool       `json:"echo"`
	Logprobs      *int64      `json:"logprobs"`
	MaxTokens     *int64      `json:"max_tokens"`
	Temperature   *float64    `json:"temperature"`
	TopP          *float64    `json:"top_p"`
	Stop          stopBody    `json:"stop"`
	Stream        *bool       `json:"stream"`
	StreamOptions *streamBody `json:"stream_options"`
	User          *string     `json:"user_id"`
}

// fim answers a request to fill in the middle.
func (e *exchange) fim() *apiError {
	var body fimBody
	err := decode(e.req.Body, &body)
	if err == nil {
		err = body.read(&e.req)
	}
	return e.answer(err, (*answer).fimStream, (*answer).fimPlain)
}

func (b *fimBody) read(r *Request) *apiError {
	switch {
	case b.Model == nil:
		return malformed("missing field `model`")
	case b.Prompt == nil:
		return malformed("missing field `prompt`")
	}
	r.Model, r.Prompt, r.Suffix = *b.Model, *b.Prompt, value(b.Suffix)
	r.FIM, r.Effort = true, llm.EffortNone
	r.MaxTokens, r.Temperature, r.TopP, r.Stop = int(value(b.MaxTokens)), b.Temperature, b.TopP, b.Stop
	r.Stream, r.Echo, r.User = value(b.Stream), value(b.Echo), value(b.User)
	r.IncludeUsage = b.StreamOptions != nil && b.StreamOptions.IncludeUsage
	r.Logprobs, r.TopLogprobs = b.Logprobs != nil, int(value(b.Logprobs))
	s := sampling{b.MaxTokens, b.Temperature, b.TopP, b.Stop, maxFIMTokens}
	switch {
	case !r.Beta:
		return invalid("completions api is only available when using beta api (set base_url=\"https://api.deepseek.com/beta\")")
	case models[r.Model] == "":
		return invalid("Model Not Exist")
	case r.Echo && b.Suffix != nil:
		return invalid("echo is not supported along with suffix")
	case r.Echo && r.Logprobs:
		return invalid("echo is not supported along with logprobs")
	case r.TopLogprobs < 0 || r.TopLogprobs > maxLogprobs:
		return invalid("Invalid logprobs value, the valid range of logprobs is [0, %d]", maxLogprobs)
	case b.StreamOptions != nil && !r.Stream:
		return invalid("stream_options should be set along with stream = true")
	}
	if err := s.check(); err != nil {
		return err
	}
	return checkUser(b.User)
}

// fimPlain returns the reply in one piece.
func (a *answer) fimPlain() []byte {
	b := a.fimChoice(nil, a.text, a.split(a.text, false), a.finish)
	if a.usage != nil {
		b = append(b, `,"usage":`...)
		b = appendUsage(b, a.usage)
	}
	return append(b, '}')
}

// fimStream returns the reply as the events of a stream.
func (a *answer) fimStream() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, p := range a.split(a.text, false) {
			b := a.fimChoice([]byte("data: "), p.Token, []piece{p}, "")
			if a.req.IncludeUsage {
				b = append(b, `,"usage":null`...)
			}
			if !yield(append(b, "}\n\n"...)) {
				return
			}
		}
		b := a.fimChoice([]byte("data: "), "", nil, a.finish)
		switch {
		case a.usage != nil && !a.reply.UsageApart:
			b = append(b, `,"usage":`...)
			b = appendUsage(b, a.usage)
		case a.req.IncludeUsage:
			b = append(b, `,"usage":null`...)
		}
		if !yield(append(b, "}\n\n"...)) {
			return
		}
		if a.usage != nil && a.reply.UsageApart {
			b = append(a.head([]byte("data: "), "text_completion"), `,"choices":[],"usage":`...)
			if !yield(append(appendUsage(b, a.usage), "}\n\n"...)) {
				return
			}
		}
		if !a.reply.NoDone {
			yield([]byte(done))
		}
	}
}

// fimChoice appends a reply or a chunk of one, without its closing brace.
func (a *answer) fimChoice(b []byte, text string, list []piece, finish llm.FinishReason) []byte {
	b = a.head(b, "text_completion")
	b = append(b, `,"choices":[{"text":`...)
	b = appendString(b, text)
	b = append(b, `,"index":0,"logprobs":`...)
	b = a.fimLogprobs(b, list)
	b = append(b, `,"finish_reason":`...)
	if finish == "" {
		b = append(b, "null"...)
	} else {
		b = appendString(b, string(finish))
	}
	return append(b, "}]"...)
}

// fimLogprobs appends logprobs in the form that the endpoint has for them.
func (a *answer) fimLogprobs(b []byte, list []piece) []byte {
	if !a.req.Logprobs || len(list) == 0 {
		return append(b, "null"...)
	}
	l := struct {
		Offset []int                `json:"text_offset"`
		Token  []float64            `json:"token_logprobs"`
		Tokens []string             `json:"tokens"`
		Top    []map[string]float64 `json:"top_logprobs"`
	}{}
	offset := 0
	for _, p := range list {
		for _, t := range p.logprobs {
			l.Offset = append(l.Offset, offset)
			l.Token = append(l.Token, t.Logprob)
			l.Tokens = append(l.Tokens, t.Token)
			top := make(map[string]float64)
			for _, t := range t.Top[:min(len(t.Top), a.req.TopLogprobs)] {
				top[t.Token] = t.Logprob
			}
			l.Top = append(l.Top, top)
			offset += len(t.Token)
		}
	}
	encoded, err := json.Marshal(l)
	if err != nil {
		return fmt.Append(b, "null") // a logprob that is infinite
	}
	return append(b, encoded...)
}
