package repair_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/output/repair"
	"github.com/hadal-go/hadal/output/schema"
)

// benchReply has thirty fields on three levels, as what one extracts often has.
type benchReply struct {
	ID          int         `json:"id"`
	Title       string      `json:"title"`
	Summary     string      `json:"summary"`
	Language    string      `json:"language" jsonschema:"enum=en,enum=zh,enum=de"`
	Created     string      `json:"created"`
	Updated     string      `json:"updated"`
	Priority    string      `json:"priority" jsonschema:"enum=low,enum=medium,enum=high"`
	Resolved    bool        `json:"resolved"`
	Score       float64     `json:"score"`
	Tags        []string    `json:"tags"`
	Customer    benchPerson `json:"customer"`
	Agent       benchPerson `json:"agent"`
	Items       []benchItem `json:"items"`
	Total       float64     `json:"total"`
	Currency    string      `json:"currency"`
	Notes       *string     `json:"notes,omitempty"`
	Attachments int         `json:"attachments"`
}

type benchPerson struct {
	Name    string       `json:"name"`
	Email   string       `json:"email"`
	Phone   string       `json:"phone,omitempty"`
	Address benchAddress `json:"address"`
}

type benchAddress struct {
	Street  string `json:"street"`
	City    string `json:"city"`
	Zip     string `json:"zip"`
	Country string `json:"country"`
}

type benchItem struct {
	SKU      string  `json:"sku"`
	Name     string  `json:"name"`
	Quantity int     `json:"quantity"`
	Price    float64 `json:"price"`
	InStock  bool    `json:"in_stock"`
}

type benchReplies struct {
	Replies []benchReply `json:"replies"`
}

func newBenchReply(i int) benchReply {
	person := func(name, mail string) benchPerson {
		return benchPerson{name, mail, "+49 40 123456", benchAddress{"Hafenstr. 12", "Hamburg", "20457", "Germany"}}
	}
	return benchReply{
		ID: 4000 + i, Title: "Late delivery of order #48213", Language: "en", Priority: "high", Score: 0.87, Total: 149.9,
		Summary: "The customer's parcel arrived two days late, and the box was \"open\"; a refund of the shipping costs is asked for.",
		Created: "2026-03-01T08:15:00Z", Updated: "2026-03-02T17:40:12Z", Tags: []string{"delivery", "refund", "物流"},
		Customer: person("Anna Müller", "anna@example.com"), Agent: person("李娜", "li@example.cn"),
		Items:    []benchItem{{"SKU_99812", "Desk lamp", 1, 49.9, true}, {"SKU_4711", "Olive oil, 1 l", 2, 50, false}},
		Currency: "EUR", Attachments: 2,
	}
}

// benchDocuments returns a reply and a document of 100 kB, as a model writes them.
func benchDocuments(tb testing.TB) (reply, large string) {
	var all benchReplies
	size := 0
	for i := 0; size < 100_000; i++ {
		all.Replies = append(all.Replies, newBenchReply(i))
		one, err := json.MarshalIndent(all.Replies[i], "    ", "  ")
		if err != nil {
			tb.Fatal(err)
		}
		if i == 0 {
			reply = string(one)
		}
		size += len(one)
	}
	whole, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		tb.Fatal(err)
	}
	return reply, string(whole)
}

// breakText does to a sound text most of what models do, evenly over its length.
func breakText(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		name, rest, ok := strings.Cut(line, `": `)
		switch {
		case i%5 == 0 && ok:
			line = strings.Replace(name, `"`, "", 1) + ": " + rest
		case i%7 == 0 && strings.HasSuffix(line, `",`):
			line = strings.TrimSuffix(line, ",")
		case i%11 == 0 && !strings.Contains(line, "'"):
			line = strings.ReplaceAll(strings.ReplaceAll(line, `\"`, "“"), `"`, "'")
		case i%13 == 0 && strings.HasSuffix(line, ","):
			line += " // as stated"
		case i%17 == 0 && strings.HasSuffix(line, "true,"):
			line = strings.Replace(line, "true", "True", 1)
		}
		lines[i] = line
	}
	return "Here is what I found:\n\n```json\n" + strings.Join(lines[:len(lines)-1], "\n") + "\n```\nAnything else?"
}

// A benchReader is what a benchmark runs beside another.
type benchReader struct {
	name string
	read func(text string) error
}

func parseWith(s *schema.Schema) func(string) error {
	return func(text string) error {
		_, err := repair.Parse(text, s)
		return err
	}
}

func unmarshalAny(text string) error {
	var v any
	return json.Unmarshal([]byte(text), &v)
}

var benchPeers = []benchReader{
	{"kaptinlin", func(text string) error { _, err := kaptinlin(text, nil); return err }},
	{"RealAlexandre", func(text string) error { _, err := realAlexandre(text, nil); return err }},
}

func benchRead(b *testing.B, texts []string, list []benchReader, mayFail bool) {
	size := int64(0)
	for _, t := range texts {
		size += int64(len(t))
	}
	for _, r := range list {
		b.Run(r.name, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			failed := 0
			for b.Loop() {
				for _, t := range texts {
					err := r.read(t)
					if err == nil {
						continue
					}
					if failed++; !mayFail {
						b.Fatal(err)
					}
				}
			}
			if mayFail { // who gives up soon is not fast
				b.ReportMetric(float64(failed)/float64(b.N*len(texts)), "failed/text")
			}
		})
	}
}

// BenchmarkParseValid reads sound JSON. Parse has to hold it against the schema
// besides what json.Unmarshal does.
func BenchmarkParseValid(b *testing.B) {
	reply, large := benchDocuments(b)
	b.Run("reply", func(b *testing.B) {
		benchRead(b, []string{reply}, append([]benchReader{
			{"hadal", parseWith(schema.For[benchReply]())},
			{"hadal, no schema", parseWith(nil)},
			{"unmarshal any", unmarshalAny},
			{"unmarshal type", func(text string) error { return json.Unmarshal([]byte(text), new(benchReply)) }},
		}, benchPeers...), false)
	})
	b.Run("100kB", func(b *testing.B) {
		benchRead(b, []string{large}, append([]benchReader{
			{"hadal", parseWith(schema.For[benchReplies]())},
			{"hadal, no schema", parseWith(nil)},
			{"unmarshal any", unmarshalAny},
			{"unmarshal type", func(text string) error { return json.Unmarshal([]byte(text), new(benchReplies)) }},
		}, benchPeers...), false)
	})
}

// BenchmarkParseBroken reads what models broke: a text of each of the 1,000
// documents of the corruption benchmark, whose operators take turns, and one of
// 100 kB. The peers get what is between the first and the last bracket.
func BenchmarkParseBroken(b *testing.B) {
	var cases []corruption
	for i, d := range corruptDocuments(b) {
		for j := range operators {
			o := operators[(i+j)%len(operators)]
			if text := corrupt(d, o); text != "" {
				cases = append(cases, corruption{name: o.name, doc: d, text: text})
				break
			}
		}
	}
	b.Run(fmt.Sprintf("%d texts", len(cases)), func(b *testing.B) {
		texts, size := make([]string, len(cases)), int64(0)
		for i, c := range cases {
			texts[i] = cut(c.text)
			size += int64(len(c.text))
		}
		b.Run("hadal", func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				for _, c := range cases {
					_, _ = repair.Parse(c.text, c.doc.schema) // TestCorruption says which of them fail
				}
			}
		})
		benchRead(b, texts, benchPeers, true)
	})
	b.Run("100kB", func(b *testing.B) {
		_, large := benchDocuments(b)
		broken := breakText(large)
		benchRead(b, []string{broken}, []benchReader{
			{"hadal", parseWith(schema.For[benchReplies]())},
			{"hadal, no schema", parseWith(nil)},
		}, true)
		benchRead(b, []string{cut(broken)}, benchPeers, true)
	})
}

// BenchmarkPartial reads a reply of 100 kB that comes in 10,000 chunks and asks
// for the value after each, and beside it the whole at once. The peers, who know
// no stream, read all there is after every thousandth chunk.
func BenchmarkPartial(b *testing.B) {
	_, large := benchDocuments(b)
	s := schema.For[benchReplies]()
	chunks := make([]string, 10_000)
	for i := range chunks {
		chunks[i] = large[len(large)*i/len(chunks) : len(large)*(i+1)/len(chunks)]
	}
	partial := func(s *schema.Schema) func(string) error {
		return func(text string) error {
			p := repair.Partial{Schema: s}
			for _, c := range chunks {
				_, _ = p.Write(c)
				p.JSON()
			}
			return nil
		}
	}
	list := []benchReader{
		{"whole", parseWith(s)},
		{"10000 chunks", partial(s)},
		{"10000 chunks, no schema", partial(nil)},
	}
	for _, peer := range benchPeers {
		list = append(list, benchReader{peer.name + ", 10 chunks", func(text string) error {
			for i := range 10 {
				_ = peer.read(text[:len(text)*(i+1)/10]) // a prefix, which it may refuse
			}
			return nil
		}})
	}
	benchRead(b, []string{large}, list, false)
}
