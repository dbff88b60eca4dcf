package deepseek

import (
	"math"
	"net/url"
	"strconv"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

// A Dialect is whose form of the protocol a server speaks. The zero value is
// [DeepSeek].
type Dialect int

const (
	// DeepSeek is what DeepSeek's own API speaks, and gateways before it.
	DeepSeek Dialect = iota

	// OpenAI is what other servers of this protocol have in common: vLLM, SGLang,
	// Ollama, llama.cpp, gateways, OpenAI itself. There is no default server: the
	// client needs a BaseURL, which mostly ends in /v1, and a Model, its own or the
	// request's. It does not look at the variables $DEEPSEEK_…, so that a key of
	// DeepSeek's never reaches another server; without an APIKey it sends none.
	// Errors name the host of BaseURL as the provider.
	//
	// What only DeepSeek has is left out, or refused with [llm.ErrInvalid] where
	// leaving it out would change what is meant. The differences are:
	//
	//   - Effort goes out as reasoning_effort, word for word, and none does too;
	//     there is no thinking member. A forced tool call may be combined with it.
	//   - User goes out as user, and may be any text of up to 512 bytes.
	//   - The reasoning of earlier replies is not sent back.
	//   - Schema goes to the chat API like any other request, as a response_format
	//     of the type json_schema that is strict, and may be combined with whatever
	//     may be sent without it. At DeepSeek it goes elsewhere, see
	//     [Client.Stream]. In both it is the stronger form of the JSON format, which
	//     may be set too.
	//   - Tools may be strict one by one, and a request for the JSON format need
	//     not contain the word.
	//   - A last message of the assistant is refused, as the protocol does not say
	//     that a reply continues it. With {"continue_final_message": true,
	//     "add_generation_prompt": false} in Extra, which vLLM and SGLang know, it
	//     is sent; Ollama and llama.cpp continue it in any case.
	//   - Reminders and tools with a Kind are refused.
	//   - A message with the role developer keeps it.
	//   - Limits that differ from server to server are left to the server.
	//
	// All paths are below BaseURL as it is: there is no beta. [Client.Complete]
	// asks for /completions, which few servers can do with a suffix.
	// [Client.Balance], [Client.Search], [Client.Fetch] and all that has to do with
	// files are refused.
	OpenAI
)

// String returns the name of d.
func (d Dialect) String() string {
	switch d {
	case DeepSeek:
		return "DeepSeek"
	case OpenAI:
		return "OpenAI"
	}
	return "Dialect(" + strconv.Itoa(int(d)) + ")"
}

// maxUser is how long the name of a user may be.
const maxUser = 512

// checkOpenAI checks the fields of a request for the OpenAI dialect that have
// rules of their own there.
func checkOpenAI(req *llm.Request) error {
	switch {
	case req.Temperature != nil && !atLeastZero(*req.Temperature):
		return invalid("temperature is %v: it must be a number, and not negative", *req.Temperature)
	case req.TopP != nil && !atLeastZero(*req.TopP):
		return invalid("TopP is %v: it must be a number, and not negative", *req.TopP)
	case len(req.User) > maxUser:
		return invalid("the user is %d bytes long: at most %d are allowed", len(req.User), maxUser)
	}
	return nil
}

func atLeastZero(f float64) bool { return f >= 0 && !math.IsInf(f, 1) }

// checkLast returns an error if the conversation ends in a message that the
// model would not continue.
func checkLast(req *llm.Request) error {
	i := len(req.Messages) - 1
	if req.Messages[i].Role != llm.RoleAssistant {
		return nil
	}
	var extra struct {
		Continue bool `json:"continue_final_message"`
	}
	if len(req.Extra) > 0 && gate.Decode(req.Extra, &extra) == nil && extra.Continue {
		return nil
	}
	return invalid(`message %d: the last message is the assistant's, but the OpenAI protocol has no way to say that the reply continues it: end with a message of the user, or set {"continue_final_message": true, "add_generation_prompt": false} in Extra if the server knows that, as vLLM and SGLang do`, i)
}

// check returns what the client lacks, whatever it is asked for.
func (c *Client) check() error {
	switch {
	case c.Dialect != DeepSeek && c.Dialect != OpenAI:
		return invalid("the client's Dialect is %v, which is none", c.Dialect)
	case c.Dialect == OpenAI && c.BaseURL == "":
		return invalid("the client's BaseURL is empty: the OpenAI dialect has no default for it; set it to where the server is, such as http://localhost:8000/v1")
	}
	return nil
}

// modelFor returns the model that a request asks for by the given name, which
// may be empty.
func (c *Client) modelFor(name string) (string, error) {
	if err := c.check(); err != nil {
		return "", err
	}
	if name == "" {
		name = c.model()
	}
	if name == "" {
		return "", invalid("there is no model: the OpenAI dialect has no default for it; set the client's Model or the request's to what the server calls it, see Models")
	}
	return name, nil
}

// deepSeekOnly returns an error if what is asked for is not in the client's
// dialect.
func (c *Client) deepSeekOnly(what string) error {
	if c.Dialect == DeepSeek {
		return nil
	}
	return c.sign(invalid("%s is DeepSeek's alone: the client's Dialect is %v", what, c.Dialect))
}

// sign names the provider in an error that is about to leave the package. One
// that a transport made says itself whose it is.
func (c *Client) sign(err error) error {
	e, ok := err.(*llm.Error)
	if !ok || c.Dialect == DeepSeek || e.Provider != provider {
		return err
	}
	signed := *e
	signed.Provider = ""
	if u, err := url.Parse(c.BaseURL); err == nil {
		signed.Provider = c.scrub(u.Host, nil)
	}
	return &signed
}
