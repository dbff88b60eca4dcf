package wire

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// finishReason returns the reason that a server gave, in the words of the protocol
// if it is one that other servers have other words for.
func finishReason(given []byte) llm.FinishReason {
	switch string(given) {
	case "stop", "eos", "eos_token", "stop_sequence", "end_turn":
		return llm.FinishStop
	case "tool_calls", "function_call", "tool_use":
		return llm.FinishTools
	case "length", "max_tokens", "max_output_tokens":
		return llm.FinishLength
	}
	return llm.FinishReason(given)
}

// begins reports whether d looks like the beginning of a call. Servers that send
// whole calls may leave out both the index and the id that tell them apart.
func (d *CallDelta) begins() bool {
	return len(d.Name) > 0 && bytes.HasPrefix(bytes.TrimLeft(d.Args, " \t\r\n"), []byte{'{'})
}

// complete reports whether k came in one piece, and nothing is missing from its
// arguments. They are looked at once, and not again with each piece that follows.
func (k *call) complete() bool {
	if k.pieces != 1 {
		return false
	}
	args := strings.TrimSpace(k.args.String())
	return strings.HasPrefix(args, "{") && strings.HasSuffix(args, "}") && json.Valid([]byte(args))
}
