package schema

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	validator "github.com/santhosh-tekuri/jsonschema/v5"
)

// suite is the official test suite in miniature: schemas with values that are
// valid and values that are not, one a line.
var suite = []struct {
	schema  string
	valid   string
	invalid string
}{
	{`true`, "1\nnull\n{}", ""},
	{`false`, "", "1\nnull\n{}"},
	{`{}`, "1\n\"a\"\n[]", ""},
	{`{"type":"null"}`, "null", "0\n\"\"\nfalse"},
	{`{"type":"boolean"}`, "true\nfalse", "0\nnull\n\"true\""},
	{`{"type":"integer"}`, "1\n-1\n1.0\n1e3\n10.50e1\n0\n-0.0\n12345678901234567890", "1.5\n1e-1\n\"1\"\nnull\n0.1"},
	{`{"type":"number"}`, "1\n1.5\n-1e-5\n0", "\"1\"\nnull\ntrue"},
	{`{"type":"string"}`, "\"\"\n\"a\"", "1\nnull\n[]"},
	{`{"type":"array"}`, "[]\n[1]", "{}\nnull"},
	{`{"type":"object"}`, "{}\n{\"a\":1}", "[]\nnull"},
	{`{"type":["string","null"]}`, "\"a\"\nnull", "1\n{}"},
	{`{"type":["integer","array"]}`, "1\n[]", "1.5\n{}"},

	{`{"const":1}`, "1\n1.0\n1e0\n10e-1", "2\n\"1\"\ntrue"},
	{`{"const":null}`, "null", "0\nfalse"},
	{`{"const":0}`, "0\n-0\n0.0\n0e5", "false\n1"},
	{`{"const":false}`, "false", "0\nnull\n[]"},
	{`{"const":{"a":1,"b":[2]}}`, `{"a":1,"b":[2]}` + "\n" + `{"b":[2.0],"a":1}`, `{"a":1}` + "\n" + `{"a":1,"b":[2],"c":3}`},
	{`{"const":"é"}`, `"é"` + "\n" + `"\u00e9"`, `"e"`},
	{`{"enum":["a","b",3,null]}`, "\"a\"\n3\n3.0\nnull", "\"c\"\n4\nfalse"},
	{`{"enum":[[1,"2"],{"x":{}}]}`, "[1,\"2\"]\n{\"x\":{}}", "[1,2]\n[\"2\",1]\n{\"x\":[]}"},
	{`{"enum":["a1:","a",["a"]]}`, "[\"a\"]\n\"a\"", "[\"a\",\"a\"]"},

	{`{"minimum":1.1}`, "1.1\n2\n\"x\"\n1.10", "1\n0\n-5\n1.0999999999999999999999"},
	{`{"minimum":-2}`, "-2\n-1\n0\n-2.0", "-3\n-2.0001"},
	{`{"maximum":3}`, "3\n2.9\n-100\nnull", "3.1\n4\n3.0000000000000000001"},
	{`{"maximum":300}`, "299.97\n300.0", "300.5"},
	{`{"exclusiveMinimum":1.1}`, "1.2", "1.1\n0.6\n1.10"},
	{`{"exclusiveMaximum":3}`, "2.2\n2.99999999999999999999", "3\n3.0\n3.5"},
	{`{"minimum":9007199254740993}`, "9007199254740993\n9007199254740994", "9007199254740992"},
	{`{"maximum":1e300}`, "1e299\n5", "1e301\n2e300"},
	{`{"multipleOf":2}`, "10\n0\n-4\n\"x\"\n4.0", "7\n1\n2.5"},
	{`{"multipleOf":1.5}`, "0\n4.5\n-3", "35\n1"},
	{`{"multipleOf":0.0001}`, "0.0075\n1", "0.00751"},
	{`{"multipleOf":0.01}`, "19.99\n0.07\n1e2", "19.999"},
	{`{"type":"integer","multipleOf":123456789}`, "123456789\n246913578", "1e20"},

	{`{"minLength":2}`, "\"fo\"\n\"foo\"\n1\n\"深海\"", "\"f\"\n\"\"\n\"深\"\n\"\\ud83d\\udc1f\""},
	{`{"maxLength":2}`, "\"f\"\n\"fo\"\n\"\\ud83d\\udc1f\\ud83d\\udc1f\"\n[1,2,3]", "\"foo\"\n\"深海魚\""},
	{`{"minLength":2.0,"maxLength":2}`, "\"ab\"", "\"a\"\n\"abc\""},
	{`{"pattern":"^a*$"}`, "\"aaa\"\n\"\"\n1\nnull", "\"abc\"\n\"b\""},
	{`{"pattern":"a+"}`, "\"xxaayy\"", "\"xyz\""},
	{`{"pattern":"^\\p{L}+$"}`, "\"深\"", "\"1\""},
	{`{"pattern":"^\\S{1,3}$"}`, "\"abc\"", "\"abcd\"\n\"a b\""},

	{`{"properties":{"foo":{"type":"integer"},"bar":{"type":"string"}}}`, `{"foo":1,"bar":"baz"}` + "\n{}\n[]\n" + `{"quux":[]}`, `{"foo":1,"bar":{}}` + "\n" + `{"foo":[],"bar":{}}`},
	{`{"properties":{"foo":true,"bar":false}}`, "{}\n{\"foo\":1}", "{\"bar\":2}\n{\"foo\":1,\"bar\":2}"},
	{`{"properties":{"a/b":{"type":"integer"},"c~d":{"type":"string"},"e f":{"type":"null"},"é":{"type":"array"}}}`, `{"a/b":1,"c~d":"x","e f":null}`, `{"a/b":"x"}` + "\n" + `{"c~d":1}` + "\n" + `{"e f":1}` + "\n" + `{"\u00e9":1}`},
	{`{"required":["foo"]}`, `{"foo":1}` + "\n" + `{"f\u006fo":null}` + "\n12", "{}\n{\"bar\":1}"},
	{`{"properties":{"foo":{}},"required":["foo","bar"]}`, `{"foo":1,"bar":2}`, `{"foo":1}` + "\n" + `{"bar":1}`},
	{`{"required":[]}`, "{}", ""},
	{`{"additionalProperties":false}`, "{}\n1", `{"a":1}`},
	{`{"properties":{"foo":{},"bar":{}},"patternProperties":{"^v":{}},"additionalProperties":false}`, `{"foo":1}` + "\n" + `{"foo":1,"vroom":2}` + "\n[]", `{"foo":1,"quux":true}`},
	{`{"properties":{"foo":{}},"additionalProperties":{"type":"boolean"}}`, `{"foo":1,"x":true}`, `{"foo":1,"x":12}`},
	{`{"patternProperties":{"f.*o":{"type":"integer"}}}`, `{"foo":1}` + "\n" + `{"foo":1,"foooooo":2}` + "\n{}", `{"foo":"bar"}` + "\n" + `{"foo":1,"fooo":"x"}`},
	{`{"patternProperties":{"a*":{"type":"integer"},"aaa*":{"maximum":20}}}`, `{"a":21}` + "\n" + `{"aaaa":18}`, `{"a":"bar"}` + "\n" + `{"aaaa":31}`},
	{`{"propertyNames":{"maxLength":3}}`, `{"f":{},"foo":{}}` + "\n{}\n[1,2,3,4]", `{"foo":{},"foobar":{}}`},
	{`{"propertyNames":false}`, "{}", `{"foo":1}`},
	{`{"propertyNames":{"enum":["a","b"]}}`, `{"a":1}`, `{"c":1}`},
	{`{"minProperties":1}`, `{"foo":1}` + "\n12", "{}"},
	{`{"maxProperties":2}`, "{}\n" + `{"a":1,"b":2}`, `{"a":1,"b":2,"c":3}`},
	{`{"dependentRequired":{"bar":["foo"]}}`, "{}\n" + `{"foo":1}` + "\n" + `{"foo":1,"bar":2}`, `{"bar":2}`},
	{`{"dependentSchemas":{"bar":{"properties":{"foo":{"type":"integer"}}}}}`, `{"foo":"quux"}` + "\n" + `{"foo":1,"bar":2}`, `{"foo":"quux","bar":2}`},
	{`{"dependentSchemas":{"bar":false}}`, `{"foo":1}`, `{"bar":1}`},

	{`{"items":{"type":"integer"}}`, "[1,2,3]\n[]\n{\"foo\":\"bar\"}", "[1,\"x\"]"},
	{`{"items":false}`, "[]", "[1]"},
	{`{"prefixItems":[{"type":"integer"},{"type":"string"}]}`, "[1,\"foo\"]\n[1]\n[]\n[1,\"foo\",true]", "[\"foo\",1]"},
	{`{"prefixItems":[{}],"items":{"type":"integer"}}`, "[null,2,3]\n[]", "[1,\"x\"]\n[1,2,null]"},
	{`{"prefixItems":[{},{}],"items":false}`, "[1,2]\n[1]", "[1,2,3]"},
	{`{"contains":{"minimum":5}}`, "[3,4,5]\n[3,4,5,6]\n{}", "[2,3,4]\n[]"},
	{`{"contains":{"const":1},"maxContains":1}`, "[1]\n[1,2]", "[]\n[1,1]"},
	{`{"contains":{"const":1},"minContains":2}`, "[1,1]\n[1,2,1]", "[1]\n[]"},
	{`{"contains":{"const":1},"minContains":0}`, "[]\n[2]", ""},
	{`{"contains":{"const":1},"minContains":2,"maxContains":3}`, "[1,1]\n[1,1,1]", "[1]\n[1,1,1,1]"},
	{`{"maxContains":1}`, "[1,2]", ""},
	{`{"minItems":1}`, "[1,2]\n[1]\n\"\"", "[]"},
	{`{"maxItems":2}`, "[1]\n[1,2]", "[1,2,3]"},
	{`{"uniqueItems":true}`, "[1,2]\n[1,true]\n[0,false]\n[[1],[2]]\n[{\"a\":1},{\"a\":2}]\n[\"a\",\"b\"]\n[[\"a\"],\"a\"]", "[1,1]\n[1.0,1.00,1]\n[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]\n[[\"x\"],[\"x\"]]\n[null,null]\n[\"a\",\"\\u0061\"]"},
	{`{"uniqueItems":false}`, "[1,1]", ""},

	{`{"allOf":[{"properties":{"bar":{"type":"integer"}},"required":["bar"]},{"properties":{"foo":{"type":"string"}},"required":["foo"]}]}`, `{"foo":"baz","bar":2}`, `{"foo":"baz"}` + "\n" + `{"bar":2}` + "\n" + `{"foo":"baz","bar":"quux"}`},
	{`{"allOf":[true,false]}`, "", "1"},
	{`{"anyOf":[{"type":"integer"},{"minimum":2}]}`, "1\n2.5\n3", "1.5"},
	{`{"type":"string","anyOf":[{"maxLength":2},{"minLength":4}]}`, "\"a\"\n\"foobar\"", "3\n\"foo\""},
	{`{"anyOf":[{"properties":{"bar":{"type":"integer"}},"required":["bar"]},{"properties":{"foo":{"type":"string"}},"required":["foo"]}]}`, `{"bar":2}` + "\n" + `{"foo":"baz","bar":2}`, `{"foo":2,"bar":"quux"}`},
	{`{"oneOf":[{"type":"integer"},{"minimum":2}]}`, "1\n2.5", "3\n1.5"},
	{`{"oneOf":[{"required":["foo","bar"]},{"required":["foo","baz"]}]}`, `{"foo":1,"bar":2}`, `{"bar":2}` + "\n" + `{"foo":1,"bar":2,"baz":3}`},
	{`{"oneOf":[true,true]}`, "", "1"},
	{`{"oneOf":[{"oneOf":[{"type":"null"}]}]}`, "null", "1"},
	{`{"not":{"type":"integer"}}`, "\"foo\"\n1.5", "1\n2.0"},
	{`{"not":{"properties":{"foo":{"type":"string"}},"type":"object"}}`, "1\n{\"foo\":1}", `{"foo":"bar"}` + "\n{}"},
	{`{"not":{}}`, "", "1\nnull"},
	{`{"not":{"not":{"type":"string"}}}`, "\"a\"", "1"},
	{`{"if":{"exclusiveMaximum":0},"then":{"minimum":-10},"else":{"multipleOf":2}}`, "-1\n4", "-100\n3"},
	{`{"if":{"const":0}}`, "0\n1", ""},
	{`{"then":{"const":0}}`, "1", ""},
	{`{"if":{"const":0},"then":{"const":1}}`, "3", "0"},
	{`{"if":{"type":"string"},"else":{"const":1}}`, "\"a\"\n1", "2"},
	{`{"if":{"properties":{"k":{"const":"a"}},"required":["k"]},"then":{"required":["x"]},"else":{"required":["y"]}}`, `{"k":"a","x":1}` + "\n" + `{"k":"b","y":1}`, `{"k":"a","y":1}` + "\n" + `{"x":1}`},

	{`{"properties":{"foo":{"$ref":"#"}},"additionalProperties":false}`, `{"foo":false}` + "\n" + `{"foo":{"foo":false}}`, `{"bar":false}` + "\n" + `{"foo":{"bar":false}}`},
	{`{"properties":{"foo":{"type":"integer"},"bar":{"$ref":"#/properties/foo"}}}`, `{"bar":3}`, `{"bar":true}`},
	{`{"prefixItems":[{"type":"integer"},{"$ref":"#/prefixItems/0"}]}`, "[1,2]", "[1,\"foo\"]"},
	{`{"$defs":{"a/b":{"type":"integer"},"c~d":{"type":"integer"},"e%f":{"type":"integer"}},"properties":{"x":{"$ref":"#/$defs/a~1b"},"y":{"$ref":"#/$defs/c~0d"},"z":{"$ref":"#/$defs/e%25f"}}}`, `{"x":1,"y":2,"z":3}`, `{"x":"a"}` + "\n" + `{"y":"a"}` + "\n" + `{"z":"a"}`},
	{`{"$defs":{"a":{"type":"integer"},"b":{"$ref":"#/$defs/a"},"c":{"$ref":"#/$defs/b"}},"$ref":"#/$defs/c"}`, "5", "\"a\""},
	{`{"$defs":{"r":{"type":"array"}},"properties":{"foo":{"$ref":"#/$defs/r","maxItems":2}}}`, `{"foo":[]}`, `{"foo":[1,2,3]}` + "\n" + `{"foo":"string"}`},
	{`{"properties":{"$ref":{"type":"string"}}}`, `{"$ref":"a"}`, `{"$ref":2}`},
	{`{"$ref":"#/$defs/b","$defs":{"b":false}}`, "", "1"},
	{`{"$ref":"#foo","$defs":{"A":{"$anchor":"foo","type":"integer"}}}`, "1", "\"a\""},
	{`{"$id":"http://x.test/tree","type":"object","properties":{"nodes":{"type":"array","items":{"$ref":"#/$defs/n"}}},"$defs":{"n":{"type":"object","properties":{"v":{"type":"number"},"t":{"$ref":"#"}},"required":["v"]}}}`, `{"nodes":[{"v":1,"t":{"nodes":[{"v":1.1}]}}]}`, `{"nodes":[{"v":1,"t":{"nodes":[{"v":"x"}]}}]}`},
	{`{"$id":"http://x.test/a.json","$ref":"http://x.test/a.json#/$defs/n","$defs":{"n":{"type":"null"}}}`, "null", "1"},

	{`{"properties":{"foo":{}},"unevaluatedProperties":false}`, `{"foo":1}` + "\n{}", `{"foo":1,"bar":2}`},
	{`{"unevaluatedProperties":{"minLength":3}}`, `{"foo":"foo"}`, `{"foo":"fo"}`},
	{`{"properties":{"foo":{}},"allOf":[{"properties":{"bar":{}}}],"unevaluatedProperties":false}`, `{"foo":1,"bar":2}`, `{"foo":1,"bar":2,"baz":3}`},
	{`{"properties":{"foo":{}},"anyOf":[{"properties":{"bar":{"const":"bar"}},"required":["bar"]},{"properties":{"baz":{"const":"baz"}},"required":["baz"]}],"unevaluatedProperties":false}`, `{"foo":1,"bar":"bar"}` + "\n" + `{"foo":1,"bar":"bar","baz":"baz"}`, `{"foo":1,"bar":"bar","baz":"not"}`},
	{`{"allOf":[{"properties":{"foo":{}}},{"unevaluatedProperties":false}]}`, "{}", `{"foo":1}`},
	{`{"if":{"properties":{"foo":{"const":"then"}},"required":["foo"]},"then":{"properties":{"bar":{}}},"else":{"properties":{"baz":{}}},"unevaluatedProperties":false}`, `{"foo":"then","bar":1}` + "\n" + `{"baz":1}`, `{"foo":"then","baz":1}` + "\n" + `{"foo":"else","baz":1}`},
	{`{"properties":{"foo":{}},"not":{"not":{"properties":{"bar":{"const":"bar"}},"required":["bar"]}},"unevaluatedProperties":false}`, "", `{"foo":1,"bar":"bar"}`},
	{`{"$ref":"#/$defs/bar","properties":{"foo":{}},"unevaluatedProperties":false,"$defs":{"bar":{"properties":{"bar":{}}}}}`, `{"foo":1,"bar":2}`, `{"foo":1,"bar":2,"baz":3}`},
	{`{"additionalProperties":true,"unevaluatedProperties":false}`, `{"a":1}`, ""},
	{`{"patternProperties":{"^f":{}},"unevaluatedProperties":false}`, `{"foo":1}`, `{"bar":1}`},
	{`{"dependentSchemas":{"foo":{"properties":{"bar":{}}}},"properties":{"foo":{}},"unevaluatedProperties":false}`, `{"foo":1,"bar":2}`, `{"bar":2}`},
	{`{"prefixItems":[{"type":"string"}],"unevaluatedItems":false}`, "[\"foo\"]\n[]", "[\"foo\",\"bar\"]"},
	{`{"items":{"type":"string"},"unevaluatedItems":false}`, "[\"a\",\"b\"]", ""},
	{`{"unevaluatedItems":{"type":"string"}}`, "[\"a\"]", "[1]"},
	{`{"contains":{"type":"string"},"unevaluatedItems":false}`, "[\"a\"]", "[\"a\",1]"},
	{`{"allOf":[{"prefixItems":[true]}],"unevaluatedItems":false}`, "[1]", "[1,2]"},
	{`{"anyOf":[{"prefixItems":[{"const":1}]},{"prefixItems":[true,{"const":2}]}],"unevaluatedItems":false}`, "[1]\n[1,2]", "[1,3]\n[1,2,3]"},

	{`{"format":"date-time"}`, "\"1963-06-19T08:30:06.283185Z\"\n\"1990-12-31T15:59:50-08:00\"\n1", "\"06/19/1963\"\n\"2013-350T01:01:01\"\n\"2020-13-01T00:00:00Z\"\n\"2020-01-01T00:00:00\"\n\"2020-01-01T+1:00:00Z\"\n\"2020-01-01T00:00:00,5Z\""},
	{`{"format":"date"}`, "\"1963-06-19\"\n\"2020-02-29\"", "\"2021-02-29\"\n\"06/19/1963\"\n\"2020-1-1\""},
	{`{"format":"time"}`, "\"08:30:06Z\"\n\"08:30:06.283185Z\"\n\"08:30:06+00:20\"", "\"8:30\"\n\"24:00:00Z\"\n\"08:30:06\"\n\"08:30:06 PST\""},
	{`{"format":"email"}`, "\"joe.bloggs@example.com\"\n\"te~st@example.com\"", "\"2962\"\n\"joe@\"\n\"Joe <joe@example.com>\"\n\"@x.com\""},
	{`{"format":"hostname"}`, "\"www.example.com\"\n\"xn--4gbwdl.xn--wgbh1c\"", "\"-a-host.com\"\n\"not_a_host\"\n\"\"\n\"a..b\"\n\"a.-b\""},
	{`{"format":"ipv4"}`, "\"192.168.0.1\"", "\"256.1.1.1\"\n\"127.0.0\"\n\"+1.2.3.4\"\n\"087.10.0.1\"\n\"::1\""},
	{`{"format":"ipv6"}`, "\"::1\"\n\"2001:db8::1\"", "\"12345::\"\n\"1:1\"\n\"fe80::1%eth0\"\n\"1.2.3.4\""},
	{`{"format":"uri"}`, "\"http://foo.bar/?baz=qux#quux\"\n\"mailto:a@b.c\"\n\"urn:oasis:x\"", "\"/abc\"\n\"abc\"\n\"http:// a\"\n\"\\\\\\\\WINDOWS\""},
	{`{"format":"uuid"}`, "\"2eb8aa08-aa98-11ea-b4aa-73b441d16380\"\n\"2EB8AA08-AA98-11EA-B4AA-73B441D16380\"", "\"2eb8aa08-aa98-11ea-b4aa-73b441d1638\"\n\"2eb8aa08aa9811eab4aa73b441d16380\"\n\"2eb8aa08-aa98-11ea-b4aa-73b441d1638g\""},
	{`{"format":"regex"}`, "\"([abc])+\\\\s+$\"", "\"^(abc]\""},
	{`{"format":"json-pointer"}`, "\"/foo/bar~0/baz~1\"\n\"\"", "\"foo\"\n\"/foo~\""},
	{`{"format":"unheard-of"}`, "\"x\"", ""},
	{`{"contentEncoding":"base64"}`, "\"%\"", ""},
	{`{"title":"t","description":"d","default":1,"examples":[2],"deprecated":true,"$comment":"c","x-other":{"type":3}}`, "\"x\"", ""},
}

// TestSuite holds that the walk, the findings and the library agree on it, also
// if the library reads the schema as it is written.
func TestSuite(t *testing.T) {
	triples := 0
	for _, group := range suite {
		s, err := Parse([]byte(group.schema))
		if err != nil {
			t.Errorf("%s: %v", group.schema, err)
			continue
		}
		c := validator.NewCompiler()
		if err := c.AddResource("hadal:suite", strings.NewReader(group.schema)); err != nil {
			t.Fatal(err)
		}
		written, err := c.Compile("hadal:suite")
		if err != nil {
			t.Fatalf("%s: %v", group.schema, err)
		}
		second, err := s.second()
		if err != nil {
			t.Errorf("%s: %v", group.schema, err)
			continue
		}
		for want, values := range map[bool]string{true: group.valid, false: group.invalid} {
			for value := range strings.Lines(values) {
				triples++
				w := newWalk(s, []byte(value))
				if got := w.ok(s.top, 0, nil); got != want {
					t.Errorf("%s: %s is %t by the walk, want %t", group.schema, value, got, want)
				}
				if list := w.explain(s.top, 0); (len(list) == 0) != want {
					t.Errorf("%s: %s has findings %v, want valid %t", group.schema, value, list, want)
				}
				w.release()
				var v any
				d := json.NewDecoder(bytes.NewReader([]byte(value)))
				d.UseNumber()
				if err := d.Decode(&v); err != nil {
					t.Fatal(err)
				}
				if err := second.compiled.Validate(v); (err == nil) != want {
					t.Errorf("%s: %s: the library says %v of what was emitted, want valid %t", group.schema, value, err, want)
				}
				if err := written.Validate(v); (err == nil) != want && !strings.Contains(group.schema, "format") {
					t.Errorf("%s: %s: the library says %v, want valid %t", group.schema, value, err, want)
				}
				if got := s.Accepts([]byte(value)); got != want {
					t.Errorf("%s: %s is accepted: %t, want %t", group.schema, value, got, want)
				}
				if err := s.Validate([]byte(value)); (err == nil) != want {
					t.Errorf("%s: %s: %v, want valid %t", group.schema, value, err, want)
				}
			}
		}
	}
	if triples < 300 {
		t.Errorf("%d triples", triples)
	}
}
