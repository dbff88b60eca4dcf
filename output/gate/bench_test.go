package gate_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/output/gate"
)

// reply is as small and as ordinary as an answer of a model.
const reply = `{"id":"930c60df-bf64-41c9-a88e-3ec75f81e00e","object":"chat.completion","created":1718345013,` +
	`"model":"deepseek-chat","choices":[{"index":0,"message":{"role":"assistant","content":"The sky is blue because air ` +
	`scatters short waves of light more than long ones.\n","tool_calls":null},"logprobs":null,"finish_reason":"stop"}],` +
	`"usage":{"prompt_tokens":16,"completion_tokens":19,"total_tokens":35,"prompt_tokens_details":{"cached_tokens":0},` +
	`"prompt_cache_hit_tokens":0,"prompt_cache_miss_tokens":16},"system_fingerprint":"fp_eaab8d114b_prod0820_fp8_kvcache"}`

type completion struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	Model   string `json:"model"`
	Choices []struct {
		Index   int `json:"index"`
		Message struct {
			Role    string `json:"role"`
			Content string `json:"content"`
		} `json:"message"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Usage struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
		Total      int `json:"total_tokens"`
	} `json:"usage"`
}

// megabyte is a list of what replies hold: names, numbers, ASCII and Chinese.
func megabyte() []byte {
	var b strings.Builder
	b.WriteString("[")
	for i := 0; b.Len() < 1<<20; i++ {
		fmt.Fprintf(&b, `{"id":%d,"name":"item %d","tags":["a","b",null,true],"score":%d.25,"text":"深海は静か, and dark \"below\"."},`, i, i, i)
	}
	return []byte(strings.TrimSuffix(b.String(), ",") + "]")
}

func benchmarkCheck(b *testing.B, data []byte) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if err := (gate.Limits{Bytes: -1}).Check(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckReply(b *testing.B)    { benchmarkCheck(b, []byte(reply)) }
func BenchmarkCheckMegabyte(b *testing.B) { benchmarkCheck(b, megabyte()) }
func BenchmarkCheckNames(b *testing.B)    { benchmarkCheck(b, []byte(object(100_000))) }
func BenchmarkCheckText(b *testing.B) {
	benchmarkCheck(b, []byte(`"`+strings.Repeat("深海は静か。", 50_000)+`"`))
}

func BenchmarkDecode(b *testing.B) {
	decoders := []struct {
		name   string
		decode func([]byte, any) error
	}{
		{"gate", gate.Decode},
		{"json", json.Unmarshal},
	}
	for _, d := range decoders {
		b.Run("struct/"+d.name, func(b *testing.B) {
			b.SetBytes(int64(len(reply)))
			b.ReportAllocs()
			for b.Loop() {
				var c completion
				if err := d.decode([]byte(reply), &c); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("any/"+d.name, func(b *testing.B) {
			b.SetBytes(int64(len(reply)))
			b.ReportAllocs()
			for b.Loop() {
				var v any
				if err := d.decode([]byte(reply), &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
