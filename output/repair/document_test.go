package repair_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/output/gate"
	"github.com/hadal-go/hadal/output/schema"
)

// A docMaker makes random JSON documents of what a forgiving parser is tempted
// to repair though nothing is wrong with it.
type docMaker struct {
	*rand.Rand
	b strings.Builder
}

func newDocMaker(seed uint64) *docMaker {
	return &docMaker{Rand: rand.New(rand.NewPCG(seed, 4))}
}

// pieces are what strings are made of, as they stand between quotes.
var pieces = []string{
	`a`, `Ada`, ` `, `  `, `\"`, `\\`, `\/`, `\n`, `\t`, `\u0000`, `\u00e9`, `\ud83d\ude00`, `\ud83d`, `\udc00`,
	`\"a\": 1`, `\", \"b\": \"`, `{`, `}`, `[`, `]`, `{\"a\":[1,2]}`, `:`, `,`, `, `, `: `, `'`, `''`, "`", "```", "```json\\n",
	`//`, `/*`, `*/`, `#`, `<!--`, `<think>`, `</think>`, `<json>`, `“`, `”`, `‘`, `’`, `，`, `：`, `｛`, `（`, `null`, `None`, `True`, `NaN`,
	`...`, `…`, `1,234`, `$3.50`, `12 kg`, `yes`, `&quot;`, `&amp;`, `\\u0041`, `\\n`, `C:\\new`, `你好`, `é`, `👩‍👩‍👧`, `𝔸`,
	"\u00a0", "\u200b", "\ufeff", "\u2028", "\x7f", `;`, `=`, `=>`, `|`, `(1, 2)`, ` + `, `- `, `**`, `0x1F`, `name: Ada`, `\r\n`, `http://x/y`,
}

// document returns a document with an array or an object as its root.
func (m *docMaker) document() string {
	m.b.Reset()
	m.space()
	m.container(0)
	m.space()
	return m.b.String()
}

func (m *docMaker) space() {
	for m.IntN(3) == 0 {
		m.b.WriteString([]string{" ", "\n", "\t", "\r\n", "  "}[m.IntN(5)])
	}
}

func (m *docMaker) container(depth int) {
	object := m.IntN(2) == 0
	m.b.WriteString([]string{"[", "{"}[toInt(object)])
	m.space()
	for i := range m.IntN(5) {
		if i > 0 {
			m.b.WriteByte(',')
			m.space()
		}
		if object {
			m.str(strconv.Itoa(i)) // so that no two names are equal
			m.space()
			m.b.WriteByte(':')
			m.space()
		}
		m.value(depth + 1)
		m.space()
	}
	m.b.WriteString([]string{"]", "}"}[toInt(object)])
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (m *docMaker) value(depth int) {
	switch n := m.IntN(10); {
	case n < 3 && depth < 5:
		m.container(depth)
	case n < 5:
		m.b.WriteString(m.number())
	case n < 6:
		m.b.WriteString([]string{"true", "false", "null"}[m.IntN(3)])
	default:
		m.str("")
	}
}

func (m *docMaker) number() string {
	switch m.IntN(6) {
	case 0:
		return strconv.Itoa(m.IntN(10))
	case 1:
		return strconv.FormatFloat(m.NormFloat64()*1000, 'g', -1, 64)
	case 2:
		return "1234567890123456789012345678901234567890." + strconv.Itoa(m.IntN(1000))
	case 3:
		return []string{"-0", "0.0", "-0.0e0", "1E5", "1e-7", "2.50", "1e+05", "0e0"}[m.IntN(8)]
	case 4:
		return "-" + strconv.FormatUint(m.Uint64(), 10)
	}
	return strconv.Itoa(m.IntN(2000) - 1000)
}

func (m *docMaker) str(end string) {
	m.b.WriteByte('"')
	for range m.IntN(6) {
		m.b.WriteString(pieces[m.IntN(len(pieces))])
	}
	m.b.WriteString(end + `"`)
}

// mutated returns a document with up to three small changes.
func (m *docMaker) mutated(doc string) string {
	b := []byte(doc)
	for range 1 + m.IntN(3) {
		i := m.IntN(len(b))
		switch piece := pieces[m.IntN(len(pieces))]; m.IntN(4) {
		case 0:
			b = slices.Delete(b, i, i+1)
		case 1:
			b = slices.Insert(b, i, []byte(piece)...)
		case 2:
			b[i] = `"'{}[]:,\ ab1`[m.IntN(13)]
		case 3:
			b = b[:i]
		}
		if len(b) == 0 {
			return piecesOnly(m)
		}
	}
	return string(b)
}

// piecesOnly returns a text that was no document before.
func piecesOnly(m *docMaker) string {
	var text strings.Builder
	for range 1 + m.IntN(20) {
		text.WriteString(pieces[m.IntN(len(pieces))])
	}
	return text.String()
}

// inferred returns a schema that doc satisfies and that says all it can.
func inferred(t testing.TB, doc string) *schema.Schema {
	t.Helper()
	var v any
	if err := gate.Decode([]byte(doc), &v); err != nil {
		t.Fatalf("%v: %s", err, doc)
	}
	data, err := json.Marshal(shapeOf(v))
	if err != nil {
		t.Fatal(err)
	}
	s, err := schema.Parse(data)
	if err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	if err := s.Validate([]byte(doc)); err != nil {
		t.Fatalf("%v: %s: %s", err, doc, data)
	}
	return s
}

func shapeOf(v any) map[string]any {
	switch v := v.(type) {
	case map[string]any:
		properties, required := map[string]any{}, []string{}
		for name, value := range v {
			properties[name] = shapeOf(value)
			required = append(required, name)
		}
		slices.Sort(required)
		return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
	case []any:
		shape := map[string]any{"type": "array"}
		var kinds []any
		var seen []string
		for _, item := range v {
			kind := shapeOf(item)
			if data, _ := json.Marshal(kind); !slices.Contains(seen, string(data)) {
				kinds, seen = append(kinds, kind), append(seen, string(data))
			}
		}
		switch len(kinds) {
		case 0:
		case 1:
			shape["items"] = kinds[0]
		default:
			shape["items"] = map[string]any{"anyOf": kinds}
		}
		return shape
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return map[string]any{"type": "number"}
		}
		return map[string]any{"type": "integer"}
	case string:
		return map[string]any{"type": "string"}
	case bool:
		return map[string]any{"type": "boolean"}
	}
	return map[string]any{"type": "null"}
}
