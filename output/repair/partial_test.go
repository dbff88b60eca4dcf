package repair_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hadal-go/hadal/output/gate"
	"github.com/hadal-go/hadal/output/repair"
	"github.com/hadal-go/hadal/output/schema"
)

// TestPartialPrefixes holds what is known of a valid document after each of its
// bytes: all that is complete and nothing that is not, strings as far as they
// go; and that what was known once stays.
func TestPartialPrefixes(t *testing.T) {
	m := newDocMaker(5)
	for range rounds(150) {
		doc := m.document()
		var final any
		if err := gate.Decode([]byte(doc), &final); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*schema.Schema{nil, inferred(t, doc)} {
			p := &repair.Partial{Schema: s}
			var last any
			known := false
			for i := range len(doc) {
				if n, err := p.Write(doc[i : i+1]); n != 1 || err != nil {
					t.Fatalf("Write = %d, %v", n, err)
				}
				got, ok := decoded(t, p)
				fail := func(what string) {
					t.Helper()
					t.Fatalf("%s\nschema %v\ntext   %s\nresult %s\nbefore %v\ndocument %s", what, s != nil, doc[:i+1], p.JSON(), last, doc)
				}
				floor, started := atLeast(doc[:i+1])
				switch {
				case known && !ok:
					fail("a value is forgotten")
				case started && !ok:
					fail("no value, though one has begun")
				case !ok:
					continue
				case known && !grown(last, got):
					fail("what was known has changed")
				case started && !grown(floor, got):
					fail("what is complete is missing")
				case !grown(got, final):
					fail("what is known is not in the document")
				}
				last, known = got, true
			}
			if !sameValue(last, final) {
				t.Fatalf("in the end %s\ndocument %s", p.JSON(), doc)
			}
		}
	}
}

// decoded returns what p knows, which must be sound.
func decoded(t *testing.T, p *repair.Partial) (v any, ok bool) {
	t.Helper()
	raw := p.JSON()
	if raw == nil {
		return nil, false
	}
	if err := gate.Decode(raw, &v); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return v, true
}

// grown reports whether more may be what becomes of v as the text grows:
// objects and arrays get more, strings longer, and all else stays.
func grown(v, more any) bool {
	switch v := v.(type) {
	case map[string]any:
		more, ok := more.(map[string]any)
		for name, value := range v {
			if other, has := more[name]; !has || !grown(value, other) {
				return false
			}
		}
		return ok
	case []any:
		more, ok := more.([]any)
		return ok && len(v) <= len(more) && slices.EqualFunc(v, more[:len(v)], grown)
	case string:
		more, ok := more.(string)
		return ok && strings.HasPrefix(more, v)
	}
	return sameValue(v, more)
}

// atLeast returns what must be known of a document that begins with text: all
// that is complete, and of a string that is not, what there is of it. What is
// open and empty still, and what more characters could change, may be missing.
func atLeast(text string) (v any, ok bool) {
	type level struct {
		object bool
		name   string // of the member to come
		named  bool
		items  []any
		m      map[string]any
	}
	var open []*level
	add := func(v any) {
		switch top := open[len(open)-1]; {
		case !top.object:
			top.items = append(top.items, v)
		case top.named:
			top.m[top.name], top.named = v, false
		default:
			top.name, top.named = v.(string), true
		}
	}
	value := func(l *level) any {
		if l.object {
			return l.m
		}
		return append([]any{}, l.items...)
	}
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '{' || c == '[':
			open = append(open, &level{object: c == '{', m: map[string]any{}})
			i++
		case c == '}' || c == ']':
			v := value(open[len(open)-1])
			if open = open[:len(open)-1]; len(open) == 0 {
				return v, true
			}
			add(v)
			i++
		case c == '"':
			n, s := scanString(text[i:])
			isValue := !open[len(open)-1].object || open[len(open)-1].named
			if n > 0 || isValue && s != "" {
				add(s)
			}
			if n == 0 {
				n = len(text) - i
			}
			i += n
		case strings.IndexByte(" \t\r\n,:", c) >= 0:
			i++
		default:
			n := strings.IndexAny(text[i:], " \t\r\n,]}")
			if n < 0 {
				n = len(text) - i
			} else {
				var v any
				_ = gate.Decode([]byte(text[i:i+n]), &v)
				add(v)
			}
			i += n
		}
	}
	for len(open) > 1 {
		inner := open[len(open)-1]
		open = open[:len(open)-1]
		if len(inner.m)+len(inner.items) > 0 {
			add(value(inner))
		}
	}
	if len(open) == 0 || len(open[0].m)+len(open[0].items) == 0 {
		return nil, false
	}
	return value(open[0]), true
}

// scanString returns the length of the string literal at the beginning of text,
// or 0 if it is not complete, and what it holds so far.
func scanString(text string) (n int, s string) {
	i := 1
	for i < len(text) && text[i] != '"' {
		size := 1
		if text[i] == '\\' {
			size = 2
			if rest := strings.ToLower(text[i+1:]); rest == "" || rest[0] == 'u' {
				size = 6
				if high := len(rest) > 2 && rest[1] == 'd' && strings.IndexByte("89ab", rest[2]) >= 0; high && !loneSurrogate(rest[min(5, len(rest)):]) {
					size = 12
				}
			}
		}
		if i+size > len(text) {
			break
		}
		i += size
	}
	body := text[1:i]
	for !utf8.ValidString(body) {
		body = body[:len(body)-1]
	}
	_ = json.Unmarshal([]byte(`"`+body+`"`), &s)
	if i < len(text) && text[i] == '"' {
		return i + 1, s
	}
	return 0, s
}

// loneSurrogate reports whether it is certain of what follows the high half of
// a pair that it is not the low half.
func loneSurrogate(text string) bool {
	for i, accepted := range []string{`\`, `u`, `d`, `cdef`} {
		if i == len(text) {
			return false
		}
		if strings.IndexByte(accepted, text[i]) < 0 {
			return true
		}
	}
	return false
}

// TestAtLeast holds what TestPartialPrefixes demands.
func TestAtLeast(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`{`, ``}, {`[`, ``}, {` `, ``}, {`{"a`, ``}, {`{"a":`, ``}, {`{"a": "`, ``}, {`{"a": 1`, ``}, {`[1`, ``},
		{`{"a": "x`, `{"a":"x"}`},
		{`{"a": "x\`, `{"a":"x"}`},
		{`{"a": "x\u00`, `{"a":"x"}`},
		{`{"a": "x\ud83d`, `{"a":"x"}`},
		{`{"a": "x\ud83d\ude0`, `{"a":"x"}`},
		{`{"a": "x\ud83d\ude00`, `{"a":"x😀"}`},
		{`{"a": "x\ud83d"`, `{"a":"x\ufffd"}`},
		{"{\"a\": \"x\xe4\xbd", `{"a":"x"}`},
		{`{"a": 1,`, `{"a":1}`},
		{`{"a": 1, "b": [`, `{"a":1}`},
		{`{"a": 1, "b": [true `, `{"a":1,"b":[true]}`},
		{`{"a": 1, "b": [{"c": "d\"e`, `{"a":1,"b":[{"c":"d\"e"}]}`},
		{`{"a": []`, `{"a":[]}`},
		{`[[], {}, null]`, `[[],{},null]`},
		{`["a", "`, `["a"]`},
	} {
		v, ok := atLeast(tt.text)
		got, _ := json.Marshal(v)
		if !ok && tt.want == "" {
			continue
		}
		if !sameJSON(got, []byte(tt.want)) {
			t.Errorf("%s: %s, want %s", tt.text, got, tt.want)
		}
	}
}

// TestAtLeastGrows holds that TestPartialPrefixes demands nothing that it forbids.
func TestAtLeastGrows(t *testing.T) {
	m := newDocMaker(8)
	for range rounds(300) {
		doc := m.document()
		var last, final any
		_ = gate.Decode([]byte(doc), &final)
		for i := range len(doc) {
			v, ok := atLeast(doc[:i+1])
			if !ok {
				continue
			}
			if last != nil && !grown(last, v) || !grown(v, final) {
				t.Fatalf("of %s\nbefore %v\nnow    %v\nfinal  %v", doc[:i+1], last, v, final)
			}
			last = v
		}
	}
}

// TestGrown holds what becomes of a value.
func TestGrown(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{`{}`, `{"a":1}`, true}, {`{"a":"x"}`, `{"b":1,"a":"xy"}`, true}, {`["x"]`, `["xy",1]`, true}, {`[1]`, `[1,2]`, true},
		{`{"a":1}`, `{}`, false}, {`{"a":1}`, `{"a":12}`, false}, {`["x"]`, `["y"]`, false}, {`[1,2]`, `[1]`, false},
		{`[]`, `{}`, false}, {`{}`, `[]`, false}, {`"x"`, `1`, false}, {`null`, `null`, true}, {`true`, `false`, false},
	} {
		var a, b any
		_ = gate.Decode([]byte(tt.a), &a)
		_ = gate.Decode([]byte(tt.b), &b)
		if got := grown(a, b); got != tt.want {
			t.Errorf("grown(%s, %s) = %v", tt.a, tt.b, got)
		}
	}
}

// TestPartialStages holds what is known of texts that are more than a document,
// as they grow.
func TestPartialStages(t *testing.T) {
	type stage struct{ text, want string }
	for _, tt := range []struct {
		name, schema string
		stages       []stage
	}{
		{"fence", "person", []stage{
			{"Sure! Here it is:\n```json\n{\"name\": \"Ad", `{"name":"Ad"}`},
			{"a\", \"age\": 3", `{"name":"Ada"}`},
			{"6", `{"name":"Ada"}`},
			{", ", `{"name":"Ada","age":36}`},
			{"\"city\": \"Lon", `{"name":"Ada","age":36,"city":"Lon"}`},
			{"don\"}\n```\nThat is", `{"name":"Ada","age":36,"city":"London"}`},
			{" all.", `{"name":"Ada","age":36,"city":"London"}`},
		}},
		{"reasoning", "person", []stage{
			{`<think>Is it Bob, 30?</think>{"name": "A`, `{"name":"A"}`},
			{`da", "age": 36}`, `{"name":"Ada","age":36}`},
		}},
		{"list", "people", []stage{
			{`[{"name": "Ada", "age": 36}, {"name": "B`, `[{"name":"Ada","age":36},{"name":"B"}]`},
			{`ob", "age": 40`, `[{"name":"Ada","age":36},{"name":"Bob"}]`},
			{`}]`, `[{"name":"Ada","age":36},{"name":"Bob","age":40}]`},
		}},
		{"numbers and words", "settings", []stage{
			{`{"theme": "x", "volume": "8`, `{"theme":"x"}`},
			{`0 %`, `{"theme":"x"}`},
			{`", "beta": "n`, `{"theme":"x","volume":80}`},
			{`o", "dark_mode": `, `{"theme":"x","volume":80,"beta":false}`},
			{`true}`, `{"theme":"x","volume":80,"beta":false,"dark_mode":true}`},
		}},
		{"names in another style", "user", []stage{
			{`{"userName": "a`, `{"user_name":"a"}`},
			{`da", "userId": "7", "HomeAddress": {"streetName": "El`, `{"user_name":"ada","user_id":7,"home_address":{"street_name":"El"}}`},
			{`m"}}`, `{"user_name":"ada","user_id":7,"home_address":{"street_name":"Elm"}}`},
		}},
		{"unknown and null", "person", []stage{
			{`{"note": "so, so", "city": null, "name": "Ada", "age": 36`, `{"name":"Ada"}`},
			{`}`, `{"name":"Ada","age":36}`},
		}},
		{"damaged", "mail", []stage{
			{`{'subject': 'It\'s`, `{"subject":"It's"}`},
			{" late', body: \"Dear Ada,\n\nsee", `{"subject":"It's late","body":"Dear Ada,\n\nsee"}`},
			{` you",}`, `{"subject":"It's late","body":"Dear Ada,\n\nsee you"}`},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &repair.Partial{Schema: schemaOf(t, tt.schema)}
			var text strings.Builder
			for _, s := range tt.stages {
				if _, err := p.Write(s.text); err != nil {
					t.Fatal(err)
				}
				text.WriteString(s.text)
				if got := p.JSON(); !sameJSON(got, []byte(s.want)) {
					t.Errorf("after %s\ngot  %s\nwant %s", text.String(), got, s.want)
				}
			}
		})
	}
}

// TestPartialSplits holds that it does not matter how a text is cut, nor when
// it is looked at: for valid documents it is what Parse returns.
func TestPartialSplits(t *testing.T) {
	m := newDocMaker(6)
	for range rounds(100) {
		doc := m.document()
		for _, s := range []*schema.Schema{nil, inferred(t, doc)} {
			r, err := repair.Parse(doc, s)
			if err != nil {
				t.Fatal(err)
			}
			for _, chunks := range [][]string{{doc}, splitBytes(doc), strings.Split(doc, ""), m.chunks(doc)} {
				if got := feed(t, s, chunks, m.IntN(2) == 0); !sameJSON(got, r.JSON) {
					t.Fatalf("in %d chunks %s, want %s", len(chunks), got, r.JSON)
				}
			}
		}
	}
}

// TestPartialCases holds that no malformed text, nor a prefix of one, ends in
// an unsound value, and that it does not matter how it is cut.
func TestPartialCases(t *testing.T) {
	m := newDocMaker(7)
	for _, c := range readCases(t) {
		s := schemaOf(t, c.schema)
		whole := feed(t, s, []string{c.text}, false)
		for _, chunks := range [][]string{splitBytes(c.text), m.chunks(c.text)} {
			if got := feed(t, s, chunks, true); !bytes.Equal(got, whole) {
				t.Errorf("testdata/cases/%s.txt:%d: in %d chunks %s, whole %s", c.file, c.line, len(chunks), got, whole)
			}
		}
	}
}

// TestPartialEmpty holds what is known of nothing.
func TestPartialEmpty(t *testing.T) {
	var p repair.Partial
	if got := p.JSON(); got != nil {
		t.Errorf("JSON = %s, want nil", got)
	}
	if n, err := p.Write(""); n != 0 || err != nil || p.JSON() != nil {
		t.Errorf("Write = %d, %v, JSON = %s", n, err, p.JSON())
	}
	if n, err := p.Write("Sure! Here is the"); n != 17 || err != nil {
		t.Errorf("Write = %d, %v", n, err)
	}
}

// TestPartialNasty holds that no text in small chunks takes long, looked at after
// each.
func TestPartialNasty(t *testing.T) {
	size, chunk := rounds(1<<17), 1<<10
	for i, piece := range nasty {
		text := []string{"", `{"name": "`}[i%2] + strings.Repeat(piece, size/len(piece))
		p := &repair.Partial{Schema: schemaOf(t, []string{"any", "person", "people"}[i%3])}
		for len(text) > 0 {
			n := min(chunk, len(text))
			_, err := p.Write(text[:n])
			if errors.Is(err, gate.TooDeep) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			_ = p.JSON()
			text = text[n:]
		}
		decoded(t, p)
	}
}

// feed returns what is known after the chunks, or those up to which the text is
// not nested too deeply. If look is true, it looks after each.
func feed(t testing.TB, s *schema.Schema, chunks []string, look bool) json.RawMessage {
	t.Helper()
	p := &repair.Partial{Schema: s}
	for _, c := range chunks {
		n, err := p.Write(c)
		if errors.Is(err, gate.TooDeep) {
			break
		}
		if n != len(c) || err != nil {
			t.Fatalf("Write = %d, %v, want %d", n, err, len(c))
		}
		if raw := p.JSON(); look && raw != nil {
			if err := gate.Check(raw); err != nil {
				t.Fatalf("%v: %q", err, raw)
			}
		}
	}
	return slices.Clone(p.JSON())
}

func splitBytes(text string) []string {
	var list []string
	for i := range len(text) {
		list = append(list, text[i:i+1])
	}
	return list
}

// chunks cuts a text anywhere, also in the middle of a character.
func (m *docMaker) chunks(text string) []string {
	var list []string
	for len(text) > 0 {
		n := min(m.IntN(12), len(text))
		list, text = append(list, text[:n]), text[n:]
	}
	return list
}
