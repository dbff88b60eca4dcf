package llmtest

import (
	"bytes"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// sample is a conversation as one may find it in a file, with what is special in
// a file in its bodies.
const sample = `llmtest recording 1
# What this is about.

-- request --
POST /chat?x=1
Accept: text/event-stream
Content-Type: application/json

{"a":1}
-- response --
200
Content-Type: text/event-stream
X-Request-Id: one
X-Request-Id: two

data: {"b":"深海"}

data: [DONE]


-- error --
unexpected EOF
-- request --
GET /lines

\-- request --
\\\ backslash
\blank at the end\x20
\tab\tand\r
\\\xff is not \xff, \u200d is not seen
--boundary

-- response --
204
-- request --
GET /
-- error --
EOF
-- end --
`

func sampleTape() *tape {
	return &tape{
		comments: []string{"# What this is about."},
		exchanges: []*exchange{
			{
				line: 4, method: "POST", target: "/chat?x=1",
				header: http.Header{"Accept": {"text/event-stream"}, "Content-Type": {"application/json"}},
				body:   `{"a":1}`,
				reply: reply{
					status: 200,
					header: http.Header{"Content-Type": {"text/event-stream"}, "X-Request-Id": {"one", "two"}},
					body:   "data: {\"b\":\"深海\"}\n\ndata: [DONE]\n\n",
					err:    "unexpected EOF",
				},
			},
			{
				line: 23, method: "GET", target: "/lines", header: http.Header{},
				body:  "-- request --\n\\ backslash\nblank at the end \ntab\tand\r\n\\xff is not \xff, \u200d is not seen\n--boundary\n",
				reply: reply{status: 204, header: http.Header{}},
			},
			{line: 35, method: "GET", target: "/", header: http.Header{}, reply: reply{err: "EOF"}},
		},
	}
}

func TestTape(t *testing.T) {
	got, err := parseTape([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	want := sampleTape()
	if !reflect.DeepEqual(got, want) {
		for i, ex := range got.exchanges {
			t.Errorf("exchange %d is %+v\nwant %+v", i, ex, want.exchanges[i])
		}
	}
	if text := string(want.format()); text != sample {
		t.Errorf("formatted:\n%s", text)
	}
}

// Any bytes come back as they were.
func TestTapeIsExact(t *testing.T) {
	bodies := []string{
		"", "\n", "\n\n", "x", "x\n", "\nx", "x\n\ny", " ", "x ", "x\t", "\t", "\r", "\r\n", "a\r\nb\r\n", "\\", "\\\\", `\n`, `\x41`,
		"-- request --", "-- request --\n", "x\n-- end --\ny", "-- ", "--", "\ufeffx", "\u2028", "\x00", "\x7f", "\u0085", "\u00a0", "\u3000",
		"\xff\xfe", "深海\xe6\xb7", "👩\u200d👩\u200d👧", "\ufffd", `"quotes" and 'others'`, "#", magic, strings.Repeat("x", 100_000), strings.Repeat("\n", 1000),
	}
	var all strings.Builder
	for i := range 256 {
		all.WriteByte(byte(i))
	}
	bodies = append(bodies, all.String(), strings.Join(bodies, "\n"), strings.Join(bodies, ""))
	want := new(tape)
	for _, body := range bodies {
		h := http.Header{"X-A": {body, "", " x"}}
		want.exchanges = append(want.exchanges,
			&exchange{method: "POST", target: "/" + body, header: h, body: body, reply: reply{status: 200, header: h, body: body}},
			&exchange{method: "--", target: " ", header: http.Header{}, reply: reply{err: body + "."}})
	}
	text := want.format()
	got, err := parseTape(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.exchanges) != len(want.exchanges) {
		t.Fatalf("%d exchanges, want %d", len(got.exchanges), len(want.exchanges))
	}
	for i, ex := range got.exchanges {
		ex.line = 0
		if !reflect.DeepEqual(ex, want.exchanges[i]) {
			t.Errorf("got %+v\nwant %+v", ex, want.exchanges[i])
		}
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.ContainsFunc(line, unprintable) || strings.ToValidUTF8(line, "") != line || strings.HasSuffix(line, " ") {
			t.Errorf("an editor may change the line %q", line)
		}
	}
}

func TestTapeMistakes(t *testing.T) {
	const head = magic + "\n\n-- request --\nGET /\n" // of four lines
	for _, tt := range []struct{ text, want string }{
		{"", `line 1: the file ends before "-- end --"`},
		{"llmtest recording 2\n", `line 1: the first line is not "llmtest recording 1"`},
		{magic, `line 1: the line has no end, so something is missing`},
		{magic + "\r\n", `line 1: the line ends in CRLF: have git and the editor leave such files as they are, with "*.http -text" in .gitattributes`},
		{magic + "\n", `line 2: the file ends before "-- end --"`},
		{magic + "\nhello\n", `line 2: before the first section there are only lines that begin with #`},
		{magic + "\n-- response --\n", `line 2: "-- response --" stands where "-- request --" should`},
		{magic + "\n-- Request --\n", `line 2: "-- Request --" stands where "-- request --" should`},
		{magic + "\n-- request --\n", `line 3: the file ends before "-- end --"`},
		{magic + "\n-- request --\n-- end --\n", `line 3: a request begins with a line such as "POST /path"`},
		{magic + "\n-- request --\nGET\n", `line 3: a request begins with a line such as "POST /path"`},
		{magic + "\n-- request --\nGET \n", `line 3: a request begins with a line such as "POST /path"`},
		{magic + "\n-- request --\nG(T /\n", `line 3: a request begins with a line such as "POST /path"`},
		{head, `line 5: the file ends before "-- end --"`},
		{head + "-- end --\n", `line 5: the request of line 3 has neither "-- response --" nor "-- error --"`},
		{head + "-- request --\n", `line 5: the request of line 3 has neither "-- response --" nor "-- error --"`},
		{head + "X\n", `line 5: a field of the header is a line such as "Name: value", and a body follows after an empty line`},
		{head + "X:y\n", `line 5: a field of the header is a line such as "Name: value", and a body follows after an empty line`},
		{head + "X Y: z\n", `line 5: a field of the header is a line such as "Name: value", and a body follows after an empty line`},
		{head + "\\\n", `line 5: a field of the header is a line such as "Name: value", and a body follows after an empty line`},
		{head + "\n\\\\q\n", `line 6: there is no escape "\\q"`},
		{head + "\n\\x\\\n", `line 6: there is no escape "\\"`},
		{head + "\n\xff\n", `line 6: the line is not UTF-8: other bytes are written as \xff in a line that begins with a backslash`},
		{head + "\nx\x00\n", `line 6: the line has a control character: it is written as \x00 in a line that begins with a backslash`},
		{head + "\nx\ry\n", `line 6: the line has a control character: it is written as \x00 in a line that begins with a backslash`},
		{head + "\n-- hello --\n", `line 6: the request of line 3 has neither "-- response --" nor "-- error --"`},
		{head + "-- response --\n", `line 6: the file ends before "-- end --"`},
		{head + "-- response --\n20\n", `line 6: a response begins with its status, such as 200`},
		{head + "-- response --\n099\n", `line 6: a response begins with its status, such as 200`},
		{head + "-- response --\n200 OK\n", `line 6: a response begins with its status, such as 200`},
		{head + "-- response --\n200\n-- response --\n", `line 7: "-- response --" stands where "-- request --" should`},
		{head + "-- response --\n200\n\n-- x\n", `line 8: "-- x" stands where "-- request --" should`},
		{head + "-- error --\n", `line 6: the file ends before "-- end --"`},
		{head + "-- error --\n\n", `line 6: the error is missing`},
		{head + "-- error --\n-- end --\n", `line 6: the error is missing`},
		{head + "-- error --\na\nb\n", `line 7: an error is one line`},
		{head + "-- error --\na\n-- response --\n", `line 7: "-- response --" stands where "-- request --" should`},
		{head + "-- error --\na\n-- end --\n\n", `line 8: something follows "-- end --"`},
		{magic + "\n" + strings.Repeat("-- request --\nGET /\n-- error --\na\n", maxExchanges+1) + "-- end --\n", `line 40002: there are more than 10000 requests`},
		{strings.Repeat("x", maxTape+1), "the file has 67108865 bytes, more than 67108864"},
	} {
		got, err := parseTape([]byte(tt.text))
		if err == nil || got != nil || err.Error() != tt.want {
			t.Errorf("%.200q: got %v, %v\nwant %s", tt.text, got, err, tt.want)
		}
	}
}

// Cut anywhere, a file is not taken for a whole one.
func TestTapeCut(t *testing.T) {
	for i := range len(sample) {
		if _, err := parseTape([]byte(sample[:i])); err == nil {
			t.Errorf("cut at %d, the file parses:\n%s", i, sample[:i])
		}
	}
}

// Where something is hidden there may be anything.
func TestLike(t *testing.T) {
	for _, tt := range []struct {
		recorded, live string
		want           bool
	}{
		{"", "", true},
		{"a", "b", false},
		{"[hidden]", "", true},
		{"[hidden]", "abc", true},
		{"[hidden]", "[hidden]", true},
		{"[hidden][hidden]", "a", true},
		{"a[hidden]", "ab", true},
		{"a[hidden]", "ba", false},
		{"[hidden]a", "ba", true},
		{"[hidden]a", "ab", false},
		{"a[hidden]a", "a", false},
		{"a[hidden]b[hidden]b", "a1b2b3b", true},
		{"a[hidden]b[hidden]b", "a1b", false},
		{"a[hidden]b", "a1b2", false},
	} {
		if got := like(tt.recorded, tt.live); got != tt.want {
			t.Errorf("like(%q, %q) is %v", tt.recorded, tt.live, got)
		}
	}
}

// What parses is the same after it is written and parsed again, and then to the
// byte.
func FuzzRecording(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(magic + "\n-- end --\n"))
	f.Add([]byte(magic + "\n# a\n#b\n\n-- request --\n\\GET\\x20/\\u1234\nx-y:\nx-Y:  a\n\n\\\n\n-- response --\n999\n-- error --\n\\\\\\\n-- end --\n"))
	f.Add([]byte(sample[:len(sample)/2]))
	f.Add([]byte(strings.ReplaceAll(sample, "\n", "\r\n")))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := parseTape(data)
		if err != nil {
			return
		}
		text := first.format()
		second, err := parseTape(text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if again := second.format(); !bytes.Equal(text, again) {
			t.Fatalf("formatted once:\n%s\ntwice:\n%s", text, again)
		}
		for _, tape := range []*tape{first, second} {
			for _, ex := range tape.exchanges {
				ex.line = 0
			}
		}
		if !reflect.DeepEqual(first, second) {
			t.Fatalf("%+v\nbecame %+v", first, second)
		}
	})
}
