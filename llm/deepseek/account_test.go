package deepseek_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"reflect"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func TestModels(t *testing.T) {
	for _, suffix := range []string{"", "/v1", "/beta"} {
		c, server := serve(t)
		c.BaseURL += suffix
		models, err := c.Models(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := deepseek.ModelInfo{
			ID: "deepseek-flash", Name: "DeepSeek-V4.1-Flash", Owner: "deepseek", Context: 1 << 20, MaxOutput: 384 << 10,
			Inputs: []string{"text", "image"}, Outputs: []string{"text"},
			Efforts: []llm.Effort{llm.EffortLow, llm.EffortHigh, llm.EffortMax}, DefaultEffort: llm.EffortHigh,
		}
		if len(models) != 2 || !reflect.DeepEqual(models[0], want) || models[1].ID != "deepseek-v4-pro" {
			t.Errorf("models are %+v, want %+v first", models, want)
		}
		for _, m := range models { // the client's own table says the same
			a := c.Abilities(m.ID)
			if a.Context != m.Context || a.MaxOutput != m.MaxOutput || a.Images != (len(m.Inputs) == 2) {
				t.Errorf("abilities of %s are %+v, the API says %+v", m.ID, a, m)
			}
		}
		if r := server.Requests()[0]; r.Method != "GET" || r.Path != suffix+"/models" || r.Header.Get("Authorization") != "Bearer [hidden]" || r.Header.Get("Content-Type") != "" {
			t.Errorf("request is %s %s with %v", r.Method, r.Path, r.Header)
		}
	}
}

// Before September 2026 the API said nothing but the ids.
func TestModelsOfOldAPI(t *testing.T) {
	c := clientOf(canned{"application/json", `{"object":"list","data":[{"id":"m","object":"model","owned_by":"deepseek"}]}`})
	models, err := c.Models(t.Context())
	if want := []deepseek.ModelInfo{{ID: "m", Owner: "deepseek"}}; err != nil || !reflect.DeepEqual(models, want) {
		t.Errorf("models are %+v, %v, want %+v", models, err, want)
	}
}

func TestBalance(t *testing.T) {
	c, _ := serve(t)
	got, err := c.Balance(t.Context())
	want := &deepseek.Balance{Available: true, Funds: []deepseek.Funds{{Currency: "USD", Total: 110e9, Granted: 10e9, ToppedUp: 100e9}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("balance is %+v, %v, want %+v", got, err, want)
	}
}

func TestAmounts(t *testing.T) {
	for text, want := range map[string]deepseek.Amount{
		"0": 0, "0.00": 0, "110.00": 110e9, "0.1": 1e8, "0.000000001": 1, "-12.345": -12_345_000_000, "007": 7e9, "999999999.999999999": 999_999_999_999_999_999,
	} {
		var a deepseek.Amount
		if err := a.UnmarshalText([]byte(text)); err != nil || a != want {
			t.Errorf("%s is %d, %v, want %d", text, a, err, want)
		}
		var back deepseek.Amount
		if data, err := json.Marshal(a); err != nil || json.Unmarshal(data, &back) != nil || back != a {
			t.Errorf("%s comes back as %v from %s, %v", text, back, data, err)
		}
	}
	for _, text := range []string{"", "-", ".", "1.", ".5", "+1", "1e3", "0x1", "1,5", " 1", "1.0000000001", "1234567890", "--1", "NaN", "٣"} {
		a := deepseek.Amount(7)
		if err := a.UnmarshalText([]byte(text)); err == nil || a != 7 {
			t.Errorf("%q is %v, %v, want an error", text, a, err)
		}
	}
	for a, want := range map[deepseek.Amount]string{0: "0.00", 1: "0.000000001", 5e8: "0.50", -5e8: "-0.50", 1_234_500_000: "1.2345", -1 << 63: "-9223372036.854775808"} {
		if got := a.String(); got != want {
			t.Errorf("%d prints as %s, want %s", int64(a), got, want)
		}
	}
}

// What goes wrong with a chat goes wrong with these alike.
func TestAccountErrors(t *testing.T) {
	calls := map[string]func(*deepseek.Client) error{
		"models":  func(c *deepseek.Client) error { _, err := c.Models(t.Context()); return err },
		"balance": func(c *deepseek.Client) error { _, err := c.Balance(t.Context()); return err },
	}
	for name, call := range calls {
		for _, test := range []struct {
			client *deepseek.Client
			want   string
		}{
			{clientOf(canned{"text/html", "<html>"}), "ErrProtocol"},
			{clientOf(canned{"application/json", ""}), "ErrProtocol"},
			{clientOf(canned{"application/json", `{"data":5,"balance_infos":5}`}), "ErrProtocol"},
			{clientOf(canned{"application/json", `{"data":[],"data":[],"balance_infos":[],"balance_infos":[]}`}), "ErrProtocol"},
			{clientOf(canned{"application/json", `{"data":[{"id":1}],"balance_infos":[{"total_balance":"much"}]}`}), "ErrProtocol"},
			{&deepseek.Client{APIKey: "sk-test", MaxReply: 10, HTTP: clientOf(canned{"application/json", `{"data":[]}  `}).HTTP}, "ErrTooLarge"},
			{&deepseek.Client{BaseURL: "https://example.com", APIKey: "a b"}, "ErrAuth"},
			{&deepseek.Client{BaseURL: raw(t, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}")}, "ErrAuth"},
			{&deepseek.Client{BaseURL: raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}")}, "ErrTruncated temporary"},
		} {
			if err := call(test.client); classes(err) != test.want {
				t.Errorf("%s: %v (%s), want %s", name, err, classes(err), test.want)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		c, _ := serve(t)
		if _, err := c.Models(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
}

// clientOf returns a client that gets the same answer to everything.
func clientOf(answer canned) *deepseek.Client {
	return &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: transport(func(*http.Request) *http.Response { return answer.response() })}}
}

func ExampleClient_Models() {
	server, err := deepseektest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	models, err := (&deepseek.Client{BaseURL: server.URL()}).Models(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range models {
		fmt.Println(m.ID, m.Context, m.Inputs)
	}
	// Output:
	// deepseek-flash 1048576 [text image]
	// deepseek-v4-pro 1048576 [text]
}

func ExampleClient_Balance() {
	server, err := deepseektest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	balance, err := (&deepseek.Client{BaseURL: server.URL()}).Balance(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range balance.Funds {
		fmt.Println(balance.Available, f.Total, f.Currency)
	}
	// Output: true 110.00 USD
}
