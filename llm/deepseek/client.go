// Package deepseek is a client of the DeepSeek API: an [llm.Model], and what
// only DeepSeek has.
//
// The smallest program needs a key in $DEEPSEEK_API_KEY and nothing else:
//
//	resp, err := llm.Generate(ctx, &deepseek.Client{}, llm.Prompt("Why is the sky blue?"))
//
// Without a key, package deepseektest serves the same API on loopback.
//
// DeepSeek's models reason before they answer unless told otherwise: leave
// [llm.Request.Effort] empty for that, or set it to [llm.EffortNone]. With tools
// in a request, the API wants every earlier reply back with its reasoning as it
// was; append [llm.Response.Message] to the conversation and it will be.
//
// [llm.Request.Schema] makes the API enforce a JSON Schema on the reply, whatever
// else the request says; see [Client.Stream] for the few things that it cannot be
// combined with.
//
// A request that breaks a rule of the API is turned down before it is sent, with
// an [llm.Error] that names the rule. A reply is an error unless it arrives
// complete; what did arrive has been yielded by then.
//
// What the API refuses has a class by its status: 400 and 422 are [llm.ErrInvalid],
// or [llm.ErrFiltered] or [llm.ErrTooLong] if it says so, 401 [llm.ErrAuth], 402
// [llm.ErrBalance], 429 [llm.ErrRateLimit], 503 [llm.ErrOverload] and 500
// [llm.ErrUnavailable].
//
// The client sends a request once and leaves it to the caller to try again, as
// [llm.Retry] does. There are two exceptions: [Client.Stream] may put in reasoning
// that the API misses, and net/http repeats a GET if the connection, kept from an
// earlier request, turns out to be closed.
//
// Besides the chat there are [Client.Complete], which fills in the middle,
// [Client.Search] and [Client.Fetch] for the web, [Client.Upload] and its like
// for files, and [Client.Models] and [Client.Balance].
//
// Other servers of the protocol that OpenAI began, such as vLLM and Ollama, take
// a [Client.BaseURL] and a [Client.Dialect]:
//
//	client := &deepseek.Client{BaseURL: "http://localhost:8000/v1", Model: "Qwen/Qwen3-8B", Dialect: deepseek.OpenAI}
//
// What the client knows of the API is from https://api-docs.deepseek.com as of
// November 2026.
package deepseek

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// DefaultModel is the model used if neither the request, the client nor the
// environment names one.
const DefaultModel = "deepseek-flash"

const defaultBaseURL = "https://api.deepseek.com"

// A Client is an [llm.Model] served by DeepSeek, or by another server that speaks
// a [Dialect] of the protocol. The zero value is ready to use.
//
// A Client is safe for concurrent use, provided its fields are not changed
// meanwhile. It may be copied.
//
// A conversation that grows is checked and encoded once, and not from its beginning
// with each request. For that, what the requests of a conversation were encoded to
// is kept in memory, with their texts, from the first that has a reply in it on;
// and likewise tools and schemas. Clients share it: in all at most 64 MiB of
// conversations, none of them over half of that, and 16 MiB of tools and schemas.
// What no request had in it for ten minutes is dropped as soon as garbage is
// collected. Messages and schemas are compared with what is kept of them, so they
// may be changed, also in place, once a reply has ended.
//
// Printing a Client, or encoding it, never shows the key or the headers. In an
// unexported field of another struct keep a *Client, as package fmt prints what
// is there without asking.
type Client struct {
	// APIKey authenticates, as a bearer token; if empty, $DEEPSEEK_API_KEY. It is
	// sent over https or to this machine only. None is needed for a server on this
	// machine, nor if Header or HTTP see to it.
	APIKey string

	// BaseURL is where the API is; if empty, $DEEPSEEK_BASE_URL, or else
	// https://api.deepseek.com. It may end in /v1 or /beta. What a gateway wants
	// to know besides, secrets above all, goes into Header.
	BaseURL string

	// Model answers requests that name none; if empty, $DEEPSEEK_MODEL, or else
	// DefaultModel.
	Model string

	// Dialect is whose form of the protocol the server speaks. The zero value is
	// DeepSeek's own; with OpenAI, BaseURL and Model have no defaults, and the
	// environment is not asked for anything.
	Dialect Dialect

	// HTTP makes the requests; if nil, a client that all of this package shares,
	// made for long streams and many connections. Redirects to another host are
	// refused in any case. Its Timeout cuts replies off: use Clocks instead. For
	// any way to authenticate but a bearer token, give it a Transport that signs
	// requests; no APIKey is needed then. An [*llm.Error] of the Transport's is
	// handed on.
	HTTP *http.Client

	// Header is added to every request, in place of what the client would say
	// itself: for gateways, the version of an API, or a key of another kind. An
	// Authorization, Api-Key or X-Api-Key in it is sent over https or to this
	// machine only.
	Header http.Header

	// Log receives what the client does on its own account, at slog.LevelWarn:
	// that Stream sent a request once more, or made calls of markup. If nil, it is
	// silent.
	Log *slog.Logger

	// Clocks bounds the time that a reply may take.
	Clocks Clocks

	// MaxReply is the limit in bytes, after decompression, on one event of a
	// stream, on the arguments of its tool calls, and on a reply that is not
	// streamed; if 0, 8 MiB. A stream as a whole may have 64 times as many. Under a
	// schema, the last event of a stream has all of the reply again, with its log
	// probabilities if they were asked for: 20 of them to each of 5,000 tokens are
	// 8 MiB.
	MaxReply int
}

// Clocks bounds the time that a reply may take. A field that is zero means its
// default; a negative one, no limit.
//
// The clocks stand still while the caller handles a chunk, except for Total.
// Only what is part of the reply counts as something: the API sends comments and
// blank lines to keep a connection open, also if nothing will ever come. A clock
// that runs out is [llm.ErrStalled].
type Clocks struct {
	// First is the time until the first piece of a reply. The default is 10
	// minutes, when DeepSeek itself gives up on a request that waits for its
	// turn. Of a reply that is not streamed, and so comes only when all of it is
	// done, First is the time until the head of the response.
	First time.Duration

	// Between is the time between two pieces of a reply. The default is 2
	// minutes. Of a reply that is not streamed, it counts from its first byte
	// that is not blank.
	Between time.Duration

	// Total is the time for all of it. The default is 1 hour.
	Total time.Duration
}

const (
	defaultFirst    = 10 * time.Minute
	defaultBetween  = 2 * time.Minute
	defaultTotal    = time.Hour
	defaultMaxReply = 8 << 20
)

// Stream implements [llm.Model].
//
// A request that is Whole is answered in one piece, which takes the API as long,
// but the machine less work.
//
// A request with a Schema goes to DeepSeek's Responses endpoint, the one place
// where it enforces a JSON Schema on a reply, and comes back the same way as any
// other: https://api-docs.deepseek.com/guides/responses_api. What cannot be
// combined with a Schema there is refused with [llm.ErrInvalid]: Stop, strict
// tools, reminders, files but for images, and a last message of the assistant for
// the model to continue. If the model refuses, the finish reason is
// [llm.FinishFilter], and what it says is the text of the reply and the member
// refusal of Extra.
//
// If the API misses reasoning in the conversation that the request does not have
// either, as it may with replies of other models, Stream sends the request once
// more with blank reasoning in its place, and logs that.
//
// A tool call that a server leaves in the text, as the markup that models write
// (DSML), is never shown as an answer. It becomes the call that it was meant to
// be, and this is logged, if the markup is closed and the last of the text, and
// the call is of a tool that the request lets the model call and has the required
// arguments; the member tool_markup of Extra has the markup then. Otherwise the
// reply ends in an error with a [*MarkupError]. Markup that the answer quotes, as
// code in Markdown or in a JSON document that was asked for, is left alone.
func (c *Client) Stream(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
	return sequence(func(yield func(*llm.Chunk) bool) error {
		return c.sign(c.chat(ctx, req, yield))
	})
}

// Abilities returns what the named model can do, or the client's if the name is
// empty. What is not known of a model is zero. See [llm.AbilitiesOf].
//
// Of models behind the OpenAI dialect, it is known only that the servers enforce
// JSON and a schema. Whoever knows more of theirs wraps the client in a model that
// has an Abilities method of its own.
func (c *Client) Abilities(model string) llm.Abilities {
	if c.Dialect == OpenAI {
		return llm.Abilities{JSON: true, Schema: true}
	}
	return abilities(cmp.Or(model, c.model()))
}

// abilities is the table of models, after
// https://api-docs.deepseek.com/quick_start/pricing of November 2026.
func abilities(model string) llm.Abilities {
	a := llm.Abilities{
		Schema: true, JSON: true, StrictTools: true, ForcedTools: true, Prefix: true, Logprobs: true,
		Images: true, Context: 1 << 20, MaxOutput: 384 << 10,
	}
	switch model {
	case "deepseek-flash", "deepseek-v4-flash", "deepseek-v4-flash-vision-exp":
		return a
	case "deepseek-v4-pro":
		a.Images = false
		return a
	}
	return llm.Abilities{}
}

func (c *Client) model() string { return c.setting(c.Model, "DEEPSEEK_MODEL", DefaultModel) }

func (c *Client) key() string { return c.setting(c.APIKey, "DEEPSEEK_API_KEY", "") }

func (c *Client) baseURL() string {
	return c.setting(c.BaseURL, "DEEPSEEK_BASE_URL", defaultBaseURL)
}

// setting returns a field of c. What stands in for one that is empty is for
// DeepSeek's eyes only.
func (c *Client) setting(field, variable, otherwise string) string {
	if c.Dialect != DeepSeek {
		return field
	}
	return cmp.Or(field, os.Getenv(variable), otherwise)
}

func (c *Client) log() *slog.Logger {
	return cmp.Or(c.Log, silent)
}

var silent = slog.New(slog.DiscardHandler)

// Format implements [fmt.Formatter]. Whatever the verb, it prints no secret.
func (c Client) Format(f fmt.State, verb rune) {
	dialect := ""
	if c.Dialect != DeepSeek {
		dialect = c.Dialect.String() + " "
	}
	fmt.Fprintf(f, "deepseek.Client{%s%s %s}", dialect, c.public(), c.model())
}

// LogValue implements [slog.LogValuer]. It has no secret.
func (c Client) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("base_url", c.public()), slog.String("model", c.model())}
	if c.Dialect != DeepSeek {
		attrs = append(attrs, slog.String("dialect", c.Dialect.String()))
	}
	return slog.GroupValue(attrs...)
}

// MarshalJSON implements [json.Marshaler]. It has no secret.
func (c Client) MarshalJSON() ([]byte, error) {
	public := struct {
		BaseURL string `json:"base_url"`
		Model   string `json:"model"`
		Dialect string `json:"dialect,omitempty"`
	}{BaseURL: c.public(), Model: c.model()}
	if c.Dialect != DeepSeek {
		public.Dialect = c.Dialect.String()
	}
	return json.Marshal(public)
}

// public returns the base URL without what may be secret in it.
func (c *Client) public() string {
	u, err := url.Parse(c.baseURL())
	if err != nil || u.Host == "" {
		return "(invalid URL)"
	}
	return u.Scheme + "://" + u.Host + u.Path
}
