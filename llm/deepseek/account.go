package deepseek

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// A ModelInfo is what the API says of a model that it serves.
type ModelInfo struct {
	ID            string       // what requests call it
	Name          string       // what people call it; may be empty
	Owner         string       // who made it
	Context       int          // tokens of prompt and reply together; 0 if not said
	MaxOutput     int          // tokens of a reply; 0 if not said
	Inputs        []string     // what it reads: "text", "image"; nil if not said
	Outputs       []string     // what it writes
	Efforts       []llm.Effort // how much it can be asked to reason; nil if not said
	DefaultEffort llm.Effort   // what it does if not asked
}

// Models returns the models that the API serves, with what the server says of
// them; most say no more than the ID. Errors are of type [*llm.Error].
func (c *Client) Models(ctx context.Context) ([]ModelInfo, error) {
	var body modelsBody
	if err := c.get(ctx, "/models", &body); err != nil {
		return nil, c.sign(err)
	}
	models := make([]ModelInfo, len(*body.Data))
	for i, m := range *body.Data {
		models[i] = ModelInfo{m.ID, m.Name, m.Owner, cmp.Or(m.Context, m.MaxLen, m.Length), m.MaxOutput, m.Inputs, m.Outputs, m.Effort.Levels, m.Effort.Default}
	}
	return models, nil
}

type modelsBody struct {
	Data *[]struct {
		ID        string   `json:"id"`
		Name      string   `json:"name"`
		Owner     string   `json:"owned_by"`
		Context   int      `json:"context_window"`
		MaxLen    int      `json:"max_model_len"`  // vLLM's and SGLang's name for it
		Length    int      `json:"context_length"` // OpenRouter's
		MaxOutput int      `json:"max_output_tokens"`
		Inputs    []string `json:"input_modalities"`
		Outputs   []string `json:"output_modalities"`
		Effort    struct {
			Levels  []llm.Effort `json:"supported_levels"`
			Default llm.Effort   `json:"default_level"`
		} `json:"effort"`
	} `json:"data"`
}

func (b *modelsBody) lacks() string {
	if b.Data == nil {
		return "data"
	}
	return ""
}

// A Balance is what is left in an account.
type Balance struct {
	Available bool    // enough for requests to be served
	Funds     []Funds // one for each currency
}

// Funds are what an account holds in one currency.
type Funds struct {
	Currency string // "CNY" or "USD"
	Total    Amount // what is left in all
	Granted  Amount // of it, what DeepSeek gave away and has not expired
	ToppedUp Amount // of it, what was paid for
}

// Balance returns what is left in the account of the key. Errors are of type
// [*llm.Error].
func (c *Client) Balance(ctx context.Context) (*Balance, error) {
	if err := c.deepSeekOnly("Balance"); err != nil {
		return nil, err
	}
	var body balanceBody
	if err := c.get(ctx, "/user/balance", &body); err != nil {
		return nil, err
	}
	b := &Balance{Available: *body.Available}
	for _, f := range body.Funds {
		b.Funds = append(b.Funds, Funds(f))
	}
	return b, nil
}

type balanceBody struct {
	Available *bool `json:"is_available"`
	Funds     []struct {
		Currency string `json:"currency"`
		Total    Amount `json:"total_balance"`
		Granted  Amount `json:"granted_balance"`
		ToppedUp Amount `json:"topped_up_balance"`
	} `json:"balance_infos"`
}

func (b *balanceBody) lacks() string {
	if b.Available == nil {
		return "is_available"
	}
	return ""
}

// An Amount is an amount of money in billionths of a currency's unit. It is
// exact: the API gives amounts as decimal numbers with few digits.
type Amount int64

const (
	amountDigits = 9
	amountUnit   = 1_000_000_000
)

// String returns a as a decimal number with two digits after the point, or more
// if it takes more.
func (a Amount) String() string {
	sign, n := "", uint64(a)
	if a < 0 {
		sign, n = "-", -n
	}
	fraction := fmt.Sprintf("%09d", n%amountUnit)
	return fmt.Sprintf("%s%d.%s%s", sign, n/amountUnit, fraction[:2], strings.TrimRight(fraction[2:], "0"))
}

// MarshalText implements [encoding.TextMarshaler].
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. The text must be a decimal
// number with at most nine digits after the point.
func (a *Amount) UnmarshalText(text []byte) error {
	digits, negative := strings.CutPrefix(string(text), "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if whole == "" || point && fraction == "" || len(whole) > amountDigits || len(fraction) > amountDigits ||
		strings.Trim(whole+fraction, "0123456789") != "" {
		return fmt.Errorf("deepseek: %q is not an amount of money", text)
	}
	n := Amount(0)
	for _, d := range whole + fraction + strings.Repeat("0", amountDigits-len(fraction)) {
		n = 10*n + Amount(d-'0')
	}
	if negative {
		n = -n
	}
	*a = n
	return nil
}
