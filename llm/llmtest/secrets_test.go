package llmtest_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm/llmtest"
)

// Secrets in every place that a request has for them, and repeated by the server
// in every way, do not get into the file. What is played back is the same but
// for them, whatever the keys are then.
func TestSecretsStayOut(t *testing.T) {
	canaries := map[string]string{
		"bearer": "sk-canary/one+two=0123", "basic": "canary-password", "xkey": "canary-x-api-key", "cookie": "canary-cookie-value",
		"other": "canary-gateway", "user": "canary-user", "pass": "canary-pa:ss", "query": "canary&query 1", "body": "canary<in>the body",
		"reply": "canary-set-cookie", "auth": "canary-auth-token", "crlf": "canary\r\nline",
	}
	echo := func(r *http.Request) (*http.Response, error) {
		sent, err := io.ReadAll(r.Body)
		var b strings.Builder
		fmt.Fprintf(&b, "%s\n%s\n%s\n%s\n", sent, r.URL, r.URL.Query(), r.Header)
		header := http.Header{"Set-Cookie": {"s=" + canaries["reply"] + "; Path=/chat"}, "X-Auth-Token": {canaries["auth"]}, "Content-Type": {"text/plain"}}
		for _, c := range canaries {
			quoted, _ := json.Marshal(c)
			fmt.Fprintf(&b, "%s %s %s %s %s %q %x %X\n", c, quoted, url.QueryEscape(c), url.PathEscape(c), strings.ReplaceAll(string(quoted), "/", `\/`), c, c, c)
			for i := range 3 {
				in := []byte("abc"[:i] + c + "xyz")
				fmt.Fprintf(&b, "%s %s\n", base64.StdEncoding.EncodeToString(in), base64.URLEncoding.EncodeToString(in))
			}
			header["X-Request-Id"] = append(header["X-Request-Id"], "id "+c)
			header["Location"] = append(header["Location"], "https://"+url.QueryEscape(c)+"@example.com/?token="+url.QueryEscape(c))
		}
		return &http.Response{StatusCode: 200, Header: header, Body: io.NopCloser(strings.NewReader(b.String()))}, err
	}
	ask := func(client *http.Client, canary func(string) string) answer {
		u := &url.URL{
			Scheme: "https", Host: "example.com", Path: "/chat", User: url.UserPassword(canary("user"), canary("pass")),
			RawQuery: "a=1&api_key=" + url.QueryEscape(canary("query")) + "&b=%20",
		}
		req, err := http.NewRequest("POST", u.String(), strings.NewReader("the key is "+canary("bearer")+", and "+canary("body")))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+canary("bearer"))
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("me:"+canary("basic"))))
		req.Header.Set("X-Api-Key", canary("xkey"))
		req.Header.Set("X-Gateway", canary("other"))
		req.Header.Set("User-Agent", "hadal-tests")
		req.Header.Set("Accept", "text/plain; "+canary("xkey"))
		req.AddCookie(&http.Cookie{Name: "c", Value: canary("cookie")})
		return send(client, req)
	}
	file := filepath.Join(t.TempDir(), "a.http")
	rec := &llmtest.Recording{File: file, Record: true, Base: transport(echo), Secrets: []string{canaries["body"], canaries["crlf"]}, Keep: []string{"Authorization", "X-Api-Key", "User-Agent"}}
	if got := ask(&http.Client{Transport: rec}, func(name string) string { return canaries[name] }); got.status != 200 || !strings.Contains(got.body, canaries["bearer"]) {
		t.Fatalf("got %+v", got)
	}
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	text := read(t, file)
	for name, c := range canaries {
		for _, form := range []string{c, hex.EncodeToString([]byte(c)), url.QueryEscape(c), base64.StdEncoding.EncodeToString([]byte(c))[:8]} {
			if strings.Contains(text, form) {
				t.Errorf("%s shows as %q", name, form)
			}
		}
	}
	if i := strings.Index(strings.ToLower(text), "canary"); i >= 0 {
		t.Errorf("a part of a secret shows: %q", text[max(0, i-50):i+50])
	}
	for _, want := range []string{"POST /chat?a=1&api_key=[hidden]&b=%20\nAccept: text/plain; [hidden]\nUser-Agent: hadal-tests\n\nthe key is [hidden], and [hidden]\n-- response --\n", "Location: https://example.com/?token=[hidden]\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the file lacks %q:\n%s", want, text)
		}
	}
	again := &llmtest.Recording{File: file, Secrets: []string{"another<in>the body"}}
	got := ask(&http.Client{Transport: again}, func(name string) string { return "another" + strings.TrimPrefix(canaries[name], "canary") })
	if got.status != 200 || !strings.Contains(got.body, "the key is [hidden], and [hidden]") {
		t.Errorf("played back with other keys: %+v", got)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// What a request has that the file must not is hidden in errors, too.
func TestSecretsInErrors(t *testing.T) {
	const canary = "sk-canary-0123456789"
	ask := func(base http.RoundTripper, rec *llmtest.Recording) string {
		rec.Base, rec.Secrets = base, []string{"canary-secret"}
		req, err := http.NewRequest("POST", "https://example.com/chat/canary-secret?key="+canary, strings.NewReader(`"`+canary+`"`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+canary)
		_, miss := rec.RoundTrip(req)
		var b strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			fmt.Fprintf(&b, verb+"\n", rec)
		}
		data, err := json.Marshal(rec)
		fmt.Fprintf(&b, "%s %v\n", data, err)
		slog.New(slog.NewTextHandler(&b, nil)).Info("", "rec", rec)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("", "rec", rec)
		if !rec.Record {
			fmt.Fprintln(&b, miss)
		}
		fmt.Fprintln(&b, rec.Close())
		return b.String()
	}
	failing := transport(func(*http.Request) (*http.Response, error) { return nil, fmt.Errorf("bad key %s", canary) })
	for _, text := range []string{
		ask(nil, &llmtest.Recording{File: write(t, two)}),
		ask(failing, &llmtest.Recording{File: write(t, two), Record: true}),
	} {
		if strings.Contains(text, "canary") || strings.Contains(text, hex.EncodeToString([]byte("canary"))) {
			t.Errorf("a secret shows:\n%s", text)
		}
		if !strings.Contains(text, "[hidden]") || !strings.Contains(text, "hand.http}") {
			t.Errorf("the error is not about the request:\n%s", text)
		}
	}
	// The broken reply of a server that repeats the key.
	file, _ := record(t, transport(func(r *http.Request) (*http.Response, error) {
		body := io.MultiReader(strings.NewReader("half"), &failed{fmt.Errorf("the key is %s", canary)})
		return &http.Response{StatusCode: 200, Body: io.NopCloser(body)}, nil
	}), func(client *http.Client) answer {
		req, err := http.NewRequest("GET", "https://"+canary+"@example.com", nil)
		if err != nil {
			t.Fatal(err)
		}
		return send(client, req)
	})
	if text := read(t, file); strings.Contains(text, "canary") || !strings.Contains(text, "-- error --\nthe key is [hidden]\n") {
		t.Errorf("the file is\n%s", text)
	}
}

type failed struct{ err error }

func (f *failed) Read([]byte) (int, error) { return 0, f.err }

// Names say what is secret.
func TestHiddenParameters(t *testing.T) {
	for query, want := range map[string]string{
		"key=abc":                              "key=[hidden]",
		"a=1&api-key=abc&b=2":                  "a=1&api-key=[hidden]&b=2",
		"accessToken=abc":                      "accessToken=[hidden]",
		"access_token=":                        "access_token=",
		"APIKEY=abc":                           "APIKEY=[hidden]",
		"%6Bey=abc":                            "%6Bey=[hidden]",
		"X-Amz-Signature=abc&X-Amz-Expires=60": "X-Amz-Signature=[hidden]&X-Amz-Expires=60",
		"client_secret=a=b":                    "client_secret=[hidden]",
		"max_tokens=5&keyword=x&monkey=y&key":  "max_tokens=5&keyword=x&monkey=y&key",
		"%zz=1&&=&a;b":                         "%zz=1&&=&a;b",
	} {
		file, _ := record(t, serve(strings.NewReader("")), func(client *http.Client) answer {
			return send(client, &http.Request{Method: "GET", URL: &url.URL{Scheme: "http", Host: "example.com", Path: "/", RawQuery: query}})
		})
		if text := read(t, file); !strings.Contains(text, "\nGET /?"+want+"\n") {
			t.Errorf("%s: the file is\n%s", query, text)
		}
	}
	for target, u := range map[string]*url.URL{
		"/":        {Scheme: "http", Host: "example.com"},
		"/a%2Fb":   {Scheme: "http", Host: "example.com", Path: "/a/b", RawPath: "/a%2Fb"},
		"/o/p?q=1": {Scheme: "http", Opaque: "//me:password@example.com/o/p", RawQuery: "q=1"},
	} {
		rec := &llmtest.Recording{File: write(t, "llmtest recording 1\n\n-- request --\nGET "+target+"\n-- response --\n200\n-- end --\n")}
		if _, err := rec.RoundTrip(&http.Request{URL: u}); err != nil {
			t.Errorf("%s: %v", target, err)
		}
	}
}

// Short texts are words, and stand for nothing else; but Secrets are taken at
// their word.
func TestShortSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.http")
	rec := &llmtest.Recording{File: file, Record: true, Secrets: []string{"", "Bob"}, Base: serve(strings.NewReader("the sky is blue, Bob, and [hidden] by golang; bearer"))}
	req, err := http.NewRequest("GET", "http://example.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"X-Api-Key": {"blue"}, "X-Lang": {"golang"}, "Authorization": {"bearer the"}, "X-Note": {"[hidden]"}, "Idempotency-Key": {"by golang; bearer"}}
	send(&http.Client{Transport: rec}, req)
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	if text := read(t, file); !strings.Contains(text, "\nthe sky is blue, [hidden], and [hidden] by golang; bearer\n") {
		t.Errorf("the file is\n%s", text)
	}
}

// Fields of the header that are asked for are written; the others are not seen
// by the client either, so that nothing is different when it is played back.
func TestKeep(t *testing.T) {
	base := transport(func(*http.Request) (*http.Response, error) {
		header := http.Header{"Etag": {"1"}, "Date": {"today"}, "X-Ratelimit-Left": {"9"}, "X-Auth-Token": {"abcdefgh"}, "Server": {"s"}}
		return &http.Response{StatusCode: 200, Header: header, Body: http.NoBody}, nil
	})
	file := filepath.Join(t.TempDir(), "a.http")
	rec := &llmtest.Recording{File: file, Record: true, Base: base, Keep: []string{"etag", "x-auth-token", "x-project"}}
	req, err := http.NewRequest("GET", "http://example.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"X-Project": {"hadal-tests"}, "X-Account": {"a-1234567"}}
	got := send(&http.Client{Transport: rec}, req)
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	if want := (http.Header{"Etag": {"1"}, "X-Ratelimit-Left": {"9"}}); !reflect.DeepEqual(got.header, want) {
		t.Errorf("the client sees %v, want %v", got.header, want)
	}
	if text := read(t, file); !strings.HasSuffix(text, "GET /\nX-Project: hadal-tests\n-- response --\n200\nEtag: 1\nX-Ratelimit-Left: 9\n-- end --\n") {
		t.Errorf("the file is\n%s", text)
	}
}

// A secret is found however those who repeat it escape it, and if it is short.
func TestEscapedSecrets(t *testing.T) {
	for _, tt := range []struct{ secret, written, want string }{
		{"Zoë Müller", `Zo\u00eb M\u00FCller`, ""},
		{"Zoë Müller", `Zo\\u00eb M\\u00fcller`, ""},
		{"canary🐙x", `canary\ud83d\udc19x`, ""},
		{"canary🐙x", `canary\\ud83d\\udc19x`, ""},
		{"canary\ud7ffx", `canary\ud7ffx`, ""},
		{`canary<"q"\z>`, `canary\u003c\"q\"\\z\u003e`, ""},
		{`canary<"q"\z>`, `canary<\\\"q\\\"\\\\z>`, ""},
		{"canary=/+x", "canary%3d%2f%2bx", ""},
		{"canary=/+x", "canary%253D%252F%25252Bx", ""},
		{"canary=/+x", `canary=\/\u002Bx`, ""},
		{"can!ary'(x)* =", "can!ary'(x)*%20%3D", ""},
		{"canary x", "canary+x", ""},
		{`canary&<"'x`, "canary&amp;&lt;&#34;&#39;x", ""},
		{`canary&<"'x`, "canary&#x26;&lt;&quot;&apos;x", ""},
		{"canary\r\nx", `canary\r\nx`, ""},
		{"深海", `\u6df1\u6d77`, ""},
		{"深海", "%e6%b7%b1%E6%B5%B7", ""},
		{"nadal-canary", `\nadal-canary`, `<< \[hidden] >>`}, // in a text that is no JSON
		{`ca\`, `ca\`, ""},
		{"%41%42", "%41%42", ""},
		{"50% off", "50%25+off", ""},
		{"a&b;c", "a&b;c", ""},
		{"canary%", "canary%25", ""},
	} {
		for _, name := range []string{"", "X-Api-Key"} {
			rec := &llmtest.Recording{File: filepath.Join(t.TempDir(), "a.http"), Record: true, Base: serve(strings.NewReader("<< " + tt.written + " >>"))}
			req := must(http.NewRequest("GET", "http://example.com/", nil))
			if name == "" {
				rec.Secrets = []string{tt.secret}
			} else if len(tt.secret) >= 6 {
				req.Header.Set(name, tt.secret)
			} else {
				continue
			}
			send(&http.Client{Transport: rec}, req)
			if err := rec.Close(); err != nil {
				t.Fatal(err)
			}
			if text := read(t, rec.File); !strings.Contains(text, "\n"+cmp.Or(tt.want, "<< [hidden] >>")+"\n") {
				t.Errorf("%q, written as %q: the file is\n%s", tt.secret, tt.written, text)
			}
		}
	}
	// What is like a secret only when its escapes are undone is none, if that is a word.
	rec := &llmtest.Recording{File: filepath.Join(t.TempDir(), "a.http"), Record: true, Secrets: []string{"%41", "&lt;"}, Base: serve(strings.NewReader("A < B, %41 and &lt;"))}
	get(&http.Client{Transport: rec})
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	if text := read(t, rec.File); !strings.Contains(text, "\nA < B, [hidden] and [hidden]\n") {
		t.Errorf("the file is\n%s", text)
	}
}

// Secrets may touch, overlap, and be part of others; and what is the same to the
// byte comes first.
func TestSecretsTogether(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.http")
	for secrets, want := range map[string]string{
		"ca-nary,secret":      "<[hidden][hidden]>",
		"ca-nary,ca-narysec":  "<[hidden]ret>",
		"ca-narysec,ca-nary":  "<[hidden]ret>",
		"ca-narysec,arysecre": "<[hidden]t>",
		"ca-narysecret,nary":  "<[hidden]>",
	} {
		rec := &llmtest.Recording{File: file, Record: true, Secrets: strings.Split(secrets, ","), Base: serve(strings.NewReader("<ca-narysecret>"))}
		get(&http.Client{Transport: rec})
		if err := rec.Close(); err != nil {
			t.Fatal(err)
		}
		if text := read(t, file); !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("%s: the file is\n%s", secrets, text)
		}
	}
	exact := "llmtest recording 1\n-- request --\nPOST /\n\na [hidden]\n-- response --\n201\n-- request --\nPOST /\n\na b\n-- response --\n202\n-- end --\n"
	client := &http.Client{Transport: &llmtest.Recording{File: write(t, exact)}}
	for _, want := range []int{202, 201} {
		if got := post(t.Context(), client, "http://example.com/", "a b"); got.status != want {
			t.Errorf("got %+v, want %d", got, want)
		}
	}
}

// A secret that a model repeats comes in pieces.
func TestSecretsInPieces(t *testing.T) {
	for _, tt := range []struct{ body, want string }{
		{
			`data: {"n":1,"delta":{"content":"Hi Bo"}}` + "\n\n" + `data: {"n":2,"delta":{"content":"b"}}` + "\n\n" + `data: {"n":3,"delta":{"content":" Smith!"}}`,
			`data: {"n":1,"delta":{"content":"Hi [hidden]"}}` + "\n\n" + `data: {"n":2,"delta":{"content":"[hidden]"}}` + "\n\n" + `data: {"n":3,"delta":{"content":"[hidden]!"}}`,
		},
		{
			`data: {"args":"{\"a\": \"Bob"}` + "\n\n" + `data: {"args":" Sm\u0069"}` + "\n\n" + `data: {"args":""}` + "\n\n" + `data: {"args":"th\"}"}`,
			`data: {"args":"{\"a\": \"[hidden]"}` + "\n\n" + `data: {"args":"[hidden]"}` + "\n\n" + `data: {"args":""}` + "\n\n" + `data: {"args":"[hidden]\"}"}`,
		},
		{
			`[{"text" : "Bob ", "n": "x"},` + "\n" + ` {"text" :` + "\n" + `"Smith"}]`,
			`[{"text" : "[hidden]", "n": "x"},` + "\n" + ` {"text" :` + "\n" + `"[hidden]"}]`,
		},
		{`{"a":"Bob"}` + "\n" + `{"b":" Smith"}`, `{"a":"Bob"}` + "\n" + `{"b":" Smith"}`},
	} {
		rec := &llmtest.Recording{File: filepath.Join(t.TempDir(), "a.http"), Record: true, Secrets: []string{"Bob Smith"}, Base: serve(strings.NewReader(tt.body))}
		get(&http.Client{Transport: rec})
		if err := rec.Close(); err != nil {
			t.Fatal(err)
		}
		if text := read(t, rec.File); !strings.HasSuffix(text, "\n200\n\n"+tt.want+"\n-- end --\n") {
			t.Errorf("the file is\n%s\nwant\n%s", text, tt.want)
		}
	}
}

// Forms and JSON objects have secrets in the open, in requests and in replies.
func TestSecretsInBodies(t *testing.T) {
	for _, tt := range []struct{ kind, body, reply, want string }{
		{"application/x-www-form-urlencoded; charset=utf-8", "grant_type=x&client_secret=canary-1%3D", "{}", "\ngrant_type=x&client_secret=[hidden]\n"},
		{"application/json", ` {"api_key":"canary-1","max_tokens":"100000","token":123456,"a":{"key":"nothing"}}`, "canary-1", ` {"api_key":"[hidden]","max_tokens":"100000","token":123456,"a":{"key":"nothing"}}` + "\n"},
		{"application/json", "{}", `{"access_token":"canary-1","refresh_token":"canary-2","canary_token":"short"}`, `{"access_token":"[hidden]","refresh_token":"[hidden]","`},
		{"", "key=nothing", "key=nothing", "\nkey=nothing\n"},
	} {
		file := filepath.Join(t.TempDir(), "a.http")
		ask := func(rec *llmtest.Recording) {
			req := must(http.NewRequest("POST", "http://example.com/", strings.NewReader(tt.body)))
			if tt.kind != "" {
				req.Header.Set("Content-Type", tt.kind)
			}
			send(&http.Client{Transport: rec}, req)
			if err := rec.Close(); err != nil {
				t.Error(err)
			}
		}
		ask(&llmtest.Recording{File: file, Record: true, Base: serve(strings.NewReader(tt.reply))})
		if text := read(t, file); strings.Contains(text, "canary-") || !strings.Contains(text, tt.want) {
			t.Errorf("the file is\n%s\nwant %s", text, tt.want)
		}
		ask(&llmtest.Recording{File: file})
	}
}

// What is compressed cannot be looked through, so it is not recorded.
func TestCompressedRequest(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, "canary")
	z.Close()
	file := write(t, two)
	rec := &llmtest.Recording{File: file, Record: true, Base: offline(t)}
	req := must(http.NewRequest("POST", "http://example.com/", &packed))
	req.Header.Set("Content-Encoding", "gzip")
	got := send(&http.Client{Transport: rec}, req)
	want := `llmtest: the request is encoded as "gzip", in which secrets cannot be found`
	if err := rec.Close(); err == nil || !strings.HasSuffix(err.Error(), "is not recorded: POST /: "+want) || !strings.HasSuffix(got.err, want) || read(t, file) != two {
		t.Errorf("got %+v, %v", got, err)
	}
}

// What is known to be a secret only later is hidden in what came before, which
// is found again all the same; as it is if the secret is another then.
func TestSecretLearntLater(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.http")
	ask := func(rec *llmtest.Recording, password string) {
		client := &http.Client{Transport: rec}
		for i, body := range []string{"a [hidden] word", "the password is " + password + ", " + password + ".", "the password is gone."} {
			if got := post(t.Context(), client, "http://example.com/"+password, body); got.body != fmt.Sprint(i) {
				t.Errorf("%s: got %+v", body, got)
			}
		}
		req := must(http.NewRequest("GET", "http://example.com/", nil))
		req.SetBasicAuth("me", password)
		send(client, req)
		if !rec.Record {
			for _, body := range []string{"the password is x", "the password is x, x", "a password is x, x."} {
				if got := post(t.Context(), client, "http://example.com/"+password, body); !strings.Contains(got.err, "request not recorded") {
					t.Errorf("%s: got %+v", body, got)
				}
			}
		} else if err := rec.Close(); err != nil {
			t.Error(err)
		}
	}
	n := -1
	ask(&llmtest.Recording{File: file, Record: true, Base: transport(func(*http.Request) (*http.Response, error) {
		n++
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(fmt.Sprint(n)))}, nil
	})}, "canary-1")
	if text := read(t, file); strings.Contains(text, "canary") || !strings.Contains(text, "POST /[hidden]\n\nthe password is [hidden], [hidden].\n") {
		t.Errorf("the file is\n%s", text)
	}
	ask(&llmtest.Recording{File: file}, "canary-1")
	ask(&llmtest.Recording{File: file}, "another")
}

// Each request may have secrets of its own, such as a random number.
func TestManySecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.http")
	for _, record := range []bool{true, false} {
		rec := &llmtest.Recording{File: file, Record: record, Base: serve(strings.NewReader(""))}
		for i := range 5000 {
			req := must(http.NewRequest("POST", "http://example.com/", strings.NewReader(fmt.Sprintf("%d is canary-%d", i, i))))
			req.Header.Set("X-Nonce", fmt.Sprint("canary-", i))
			send(&http.Client{Transport: rec}, req)
		}
		if err := rec.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if text := read(t, file); strings.Contains(text, "canary") || !strings.Contains(text, "\n4999 is [hidden]\n") {
		t.Errorf("the file is\n%.1000s", text)
	}
}
