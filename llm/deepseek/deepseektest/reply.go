package deepseektest

import (
	"net/http"
	"strconv"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// A Reply is what the server answers to a request to a model: chat, Responses or
// FIM. The zero value is an empty reply that ends as "stop". How it is sent, in
// one piece or as a stream, is for the request to say, and in which form for the
// endpoint: of Responses, Finish decides the status. For what it is elsewhere, see
// [Server.Script].
//
// The first group of fields is what the model says, and is sent in the form of
// the API, cut where the request's max_tokens or stop strings cut it. The second
// replaces that, the third says how the bytes travel; those apply to any reply,
// errors included.
type Reply struct {
	Text      string           // the answer; for FIM what goes into the gap
	Reasoning string           // sent if the request is in thinking mode, else left out
	ToolCalls []llm.ToolCall   // an empty ID is given a new one
	Usage     *llm.Usage       // sent exactly as it is; if nil, an estimate that says so
	NoUsage   bool             // no usage at all
	Finish    llm.FinishReason // if empty, "tool_calls" with ToolCalls and "stop" without; "length" if the reply had to be cut
	Logprobs  []llm.Logprob    // sent if the request asks for them; if nil, each piece of the reply is sure
	Title     string           // of the conversation; sent if the request asks for one, and not of Responses
	Model     string           // which model answers; if empty, the one that the request names, or what serves it

	Func    func(Request) Reply // if set, computes the reply in place of all other fields; called concurrently
	Status  int                 // HTTP status; if zero, 200. From 400 on the body is an error, unless there is Wire
	Message string              // of the error; if empty, the API's own for Status
	Code    string              // of the error; if empty, "invalid_request_error"
	Wire    []byte              // if not nil, the whole body, sent as it is in place of a reply or an error
	Header  http.Header         // further fields of the header; they replace the server's own

	RetryAfter time.Duration // header Retry-After, in whole seconds; and Retry-After-Ms if that is not the same
	Delay      time.Duration // before the first byte, header included
	KeepAlive  int           // comments ahead of a stream, or blank lines ahead of a plain reply
	Pace       time.Duration // between the chunks of a stream, or the pieces of Trickle
	Trickle    int           // bytes to a piece; if zero, a chunk is sent in one piece
	CutAfter   int           // bytes of the body after which the reply is cut, or where it ends if it is shorter; negative: nothing is sent, not even a header but with CutEnd; zero: no cut
	Cut        Cut           // how
	NoDone     bool          // the stream lacks its last event: [DONE], or of Responses what has the status
	UsageApart bool          // the usage follows the finish reason, in a chunk without choices; not of Responses
}

// A Cut is how a reply ends before its end, see [Reply.CutAfter].
type Cut int

// The ways to cut a reply.
const (
	CutClose Cut = iota // the connection is closed without the body's having ended: an unexpected EOF for the client
	CutEnd              // the body ends as if it were complete
	CutReset            // the connection is reset
	CutStall            // nothing more is said until the client leaves or the server is closed
)

// String returns the name of the constant.
func (c Cut) String() string {
	switch c {
	case CutClose:
		return "CutClose"
	case CutEnd:
		return "CutEnd"
	case CutReset:
		return "CutReset"
	case CutStall:
		return "CutStall"
	}
	return "Cut(" + strconv.Itoa(int(c)) + ")"
}

// messages are the texts of errors for which a script gives none.
var messages = map[int]string{
	http.StatusBadRequest:            "Invalid request.",
	http.StatusUnauthorized:          "Authentication Fails, Your api key is invalid",
	http.StatusPaymentRequired:       "Insufficient Balance",
	http.StatusForbidden:             "Forbidden",
	http.StatusNotFound:              "Not Found",
	http.StatusRequestEntityTooLarge: "Failed to buffer the request body: length limit exceeded",
	http.StatusUnprocessableEntity:   "Invalid parameters",
	http.StatusTooManyRequests:       "Too many requests: the limit on concurrency is reached",
	http.StatusInternalServerError:   "Internal Server Error",
	http.StatusServiceUnavailable:    "Service is too busy. Please try again later.",
}
