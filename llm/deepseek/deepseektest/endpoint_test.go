package deepseektest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// do sends a request without a body.
func do(t *testing.T, method, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestEndpoints(t *testing.T) {
	s := deepseektest.NewServer(t)
	const flash = `{"id":"deepseek-flash","object":"model","owned_by":"deepseek","name":"DeepSeek-V4.1-Flash","context_window":1048576,"max_output_tokens":393216,"input_modalities":["text","image"],"output_modalities":["text"],"effort":{"supported_levels":["low","high","max"],"default_level":"high"},"api_capabilities":{"anthropic_messages":{"system_prompt_update":"in-history"}}}`
	const pro = `{"id":"deepseek-v4-pro","object":"model","owned_by":"deepseek","name":"DeepSeek-V4-Pro","context_window":1048576,"max_output_tokens":393216,"input_modalities":["text"],"output_modalities":["text"],"effort":{"supported_levels":["low","high","max"],"default_level":"high"},"api_capabilities":{"anthropic_messages":{"system_prompt_update":"in-history"}}}`
	failure := func(message string) string {
		return `{"error":{"message":"` + message + `","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`
	}
	for _, test := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/models", 200, `{"object":"list","data":[` + flash + `,` + pro + `]}`},
		{"GET", "/v1/models", 200, `{"object":"list","data":[` + flash + `,` + pro + `]}`},
		{"GET", "/models/deepseek-v4-pro", 200, pro},
		{"GET", "/beta/models/deepseek-v4-flash", 200, flash},
		{"GET", "/models/gpt", 404, failure("Model Not Exist")},
		{"POST", "/models", 405, failure("Method Not Allowed")},
		{"GET", "/user/balance", 200, `{"is_available":true,"balance_infos":[{"currency":"USD","total_balance":"110.00","granted_balance":"10.00","topped_up_balance":"100.00"}]}`},
		{"GET", "/chat/completions", 405, failure("Method Not Allowed")},
		{"POST", "/embeddings", 404, failure("Not Found")},
		{"POST", "/v1/beta/chat/completions", 404, failure("Not Found")},
		{"GET", "/", 404, failure("Not Found")},
		{"GET", "/files", 200, `{"object":"list","data":[],"has_more":false}`},
		{"GET", "/files/file-api-0", 404, failure("File not found")},
		{"DELETE", "/files/file-api-0", 404, failure("File not found")},
		{"DELETE", "/files", 405, failure("Method Not Allowed")},
		{"PUT", "/files/file-api-0", 405, failure("Method Not Allowed")},
		{"GET", "/files?limit=0", 400, failure("Invalid limit value, the valid range of limit is [1, 1000]")},
		{"GET", "/files?limit=1001", 400, failure("Invalid limit value, the valid range of limit is [1, 1000]")},
		{"GET", "/files?order=up", 400, failure("Invalid order value, it must be `asc` or `desc`")},
		{"GET", "/files?purpose=batch", 400, failure("Invalid purpose value, it must be one of `user_data`, `text_recognition`, `rich_layout_recognition`")},
		{"POST", "/files", 400, failure("multipart/form-data is expected")},
	} {
		status, body := do(t, test.method, s.URL()+test.path)
		if status != test.status || body != test.body {
			t.Errorf("%s %s: %d %s", test.method, test.path, status, body)
		}
	}
	if got := len(s.Requests()); got != 21 {
		t.Errorf("%d requests", got)
	}
}

const png = "\x89PNG\r\n\x1a\n"

// upload sends a file with the given fields.
func upload(t *testing.T, s *deepseektest.Server, name string, content []byte, fields ...string) (int, string) {
	t.Helper()
	var b bytes.Buffer
	b.Grow(len(content) + 4096) // some are large
	w := multipart.NewWriter(&b)
	for i := 0; i < len(fields); i += 2 {
		w.WriteField(fields[i], fields[i+1])
	}
	if name != "" {
		part, _ := w.CreateFormFile("file", name)
		part.Write(content)
	}
	w.Close()
	resp, err := http.Post(s.URL()+"/v1/files", w.FormDataContentType(), bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

type file struct {
	ID, Object, Filename, Purpose string
	Bytes                         int
	CreatedAt                     int64 `json:"created_at"`
	ExpiresAt                     int64 `json:"expires_at"`
}

func TestFiles(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{})
	var files [3]file
	for i := range files {
		status, body := upload(t, s, fmt.Sprintf("%d.png", i), []byte(png), "purpose", "user_data", "expires_after[anchor]", "created_at", "expires_after[seconds]", "3600")
		if err := json.Unmarshal([]byte(body), &files[i]); err != nil || status != 200 {
			t.Fatalf("%d %s", status, body)
		}
	}
	f := files[1]
	if !strings.HasPrefix(f.ID, "file-api-") || f.ExpiresAt != f.CreatedAt+3600 {
		t.Errorf("file: %+v", f)
	}
	f.ID, f.CreatedAt, f.ExpiresAt = "", 0, 0
	if want := (file{Object: "file", Filename: "1.png", Purpose: "user_data", Bytes: 8}); f != want {
		t.Errorf("file: %+v", f)
	}
	var list struct {
		Data []file
		More bool `json:"has_more"`
	}
	_, body := do(t, "GET", s.URL()+"/files?limit=1&after="+files[0].ID)
	json.Unmarshal([]byte(body), &list)
	if len(list.Data) != 1 || list.Data[0] != files[1] || !list.More {
		t.Errorf("page: %s", body)
	}
	_, body = do(t, "GET", s.URL()+"/files?order=desc&purpose=user_data&limit=2")
	json.Unmarshal([]byte(body), &list)
	if len(list.Data) != 2 || list.Data[0] != files[2] || list.Data[1] != files[1] || !list.More ||
		!strings.Contains(body, `"first_id":"`+files[2].ID+`","last_id":"`+files[1].ID+`"`) {
		t.Errorf("page: %s", body)
	}
	if _, body = do(t, "GET", s.URL()+"/files?limit=3"); !strings.Contains(body, `"has_more":false`) {
		t.Errorf("page: %s", body)
	}
	if _, body = do(t, "GET", s.URL()+"/files?purpose=text_recognition"); body != `{"object":"list","data":[],"has_more":false}` {
		t.Errorf("page: %s", body)
	}
	message := chat("Hi.")
	message = strings.Replace(message, `"Hi."`, `[{"type":"file","file_id":"`+files[2].ID+`"}]`, 1)
	ask(t, s, message)
	for _, want := range []int{200, 404} {
		if status, _ := do(t, "DELETE", s.URL()+"/files/"+files[2].ID); status != want {
			t.Errorf("status %d", status)
		}
	}
	if status, _ := post(t, s.URL()+"/chat/completions", message); status != 400 {
		t.Errorf("status %d for a file that was deleted", status)
	}
	if status, _ := do(t, "GET", s.URL()+"/files/"+files[0].ID); status != 200 {
		t.Errorf("status %d", status)
	}
}

func TestUploadRules(t *testing.T) {
	s := deepseektest.NewServer(t)
	for _, test := range []struct {
		name    string
		content string
		fields  []string
		status  int
		want    string
	}{
		{"a.txt", "hello", []string{"purpose", "user_data"}, 400, "Unsupported file type"},
		{"a.png", "", []string{"purpose", "user_data"}, 400, "File is empty"},
		{"a.png", png, nil, 400, "Invalid purpose value"},
		{"a.png", png, []string{"purpose", "batch"}, 400, "Invalid purpose value"},
		{"", "", []string{"purpose", "user_data"}, 400, "missing field `file`"},
		{"a.png", png, []string{"purpose", "user_data", "expires_after[anchor]", "created_at", "expires_after[seconds]", "3599"}, 400, "Invalid expires_after value"},
		{"a.png", png, []string{"purpose", "user_data", "expires_after[anchor]", "created_at"}, 400, "Invalid expires_after value"},
		{"a.png", png, []string{"purpose", "user_data", "expires_after[seconds]", "3600"}, 400, "expires_after[anchor] must be"},
		{"a.png", png, []string{"purpose", "user_data", "expires_after[anchor]", "created_at", "expires_after[seconds]", "2592001"}, 400, "Invalid expires_after value"},
		{"a.png", png, []string{"purpose", "user_data", "expires_after[anchor]", "created_at", "expires_after[seconds]", "2592000"}, 200, "file-api-"},
		{strings.Repeat("a", 512), png, []string{"purpose", "user_data"}, 200, "file-api-"},
		{strings.Repeat("a", 513), png, []string{"purpose", "user_data"}, 400, "The filename is too long"},
		{"a.zip", "PK\x03\x04", []string{"purpose", "text_recognition"}, 400, "Unsupported file type"},
		{"a.pdf", "%PDF-1.7", []string{"purpose", "user_data"}, 400, "Unsupported file type"},
		{"a.pdf", "%PDF-1.7", nil, 400, "must come before the `file` field"},
		{"a.pdf", "%PDF-1.7", []string{"purpose", "rich_layout_recognition"}, 200, "file-api-"},
		{"a.docx", "PK\x03\x04", []string{"purpose", "text_recognition"}, 200, "file-api-"},
		{"a.epub", "PK\x03\x04", []string{"purpose", "text_recognition"}, 200, "file-api-"},
		{"a.xlsx", "PK\x03\x04", []string{"purpose", "text_recognition"}, 200, "file-api-"},
		{"a.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", []string{"purpose", "text_recognition"}, 200, "file-api-"},
		{"a.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", []string{"purpose", "text_recognition"}, 200, "file-api-"},
		{"a.txt", "hello", []string{"purpose", "text_recognition"}, 200, "file-api-"},
		{"a.png", png, []string{"purpose", "text_recognition"}, 200, "file-api-"},
	} {
		status, body := upload(t, s, test.name, []byte(test.content), test.fields...)
		if status != test.status || !strings.Contains(body, test.want) {
			t.Errorf("%s %q: %d %s", test.name, test.fields, status, body)
		}
	}
	if testing.Short() {
		return
	}
	for _, test := range []struct {
		name, head, purpose string
		limit               int // MiB
	}{
		{"a.png", png, "user_data", 64},
		{"a.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "text_recognition", 32},
	} {
		large := make([]byte, test.limit<<20+1)
		copy(large, test.head)
		if status, body := upload(t, s, test.name, large, "purpose", test.purpose); status != http.StatusRequestEntityTooLarge || !strings.Contains(body, fmt.Sprintf("at most %d MiB", test.limit)) {
			t.Errorf("%s: %d %s", test.name, status, body)
		}
		if test.limit > 32 {
			continue // once is enough, and takes time
		}
		if status, body := upload(t, s, test.name, large[:len(large)-1], "purpose", test.purpose); status != http.StatusOK {
			t.Errorf("%s: %d %s", test.name, status, body)
		}
	}
}

func TestFIM(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{Text: "a + b", Usage: &llm.Usage{Input: 9, Output: 3}})
	body := func(members string) string {
		return `{"model":"deepseek-flash","prompt":"return "` + members + `}`
	}
	const used = `"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0},"prompt_cache_hit_tokens":0,"prompt_cache_miss_tokens":9}`
	head := `{"id":"` + firstID + `","object":"text_completion","created":0,"model":"deepseek-flash","system_fingerprint":"fp_hadal_deepseektest"`
	_, got := post(t, s.URL()+"/beta/completions", body(`,"suffix":"\n}"`))
	same(t, created.ReplaceAllString(got, `"created":0`), head+`,"choices":[{"text":"a + b","index":0,"logprobs":null,"finish_reason":"stop"}],`+used+`}`)

	s = deepseektest.NewServer(t, deepseektest.Reply{Text: "a + b", Usage: &llm.Usage{Input: 9, Output: 3}})
	_, got = post(t, s.URL()+"/beta/completions", body(`,"stream":true,"stream_options":{"include_usage":true}`))
	sameFrames(t, frames(t, got), []string{
		head + `,"choices":[{"text":"a","index":0,"logprobs":null,"finish_reason":null}],"usage":null}`,
		head + `,"choices":[{"text":" +","index":0,"logprobs":null,"finish_reason":null}],"usage":null}`,
		head + `,"choices":[{"text":" b","index":0,"logprobs":null,"finish_reason":null}],"usage":null}`,
		head + `,"choices":[{"text":"","index":0,"logprobs":null,"finish_reason":"stop"}],` + used + `}`,
		"[DONE]"})

	r := s.Requests()[0]
	if !r.FIM || !r.Beta || r.Thinking || r.Prompt != "return " || !r.Stream {
		t.Errorf("request: %+v", r)
	}
	_, got = post(t, s.URL()+"/beta/completions", body(`,"echo":true`))
	if !strings.Contains(got, `"text":"return a + b"`) {
		t.Errorf("got %s", got)
	}
	_, got = post(t, s.URL()+"/beta/completions", body(`,"logprobs":1`))
	if !strings.Contains(got, `"logprobs":{"text_offset":[0,1,3],"token_logprobs":[0,0,0],"tokens":["a"," +"," b"],"top_logprobs":[{},{},{}]}`) {
		t.Errorf("got %s", got)
	}
	for _, test := range []struct{ path, body, want string }{
		{"/completions", body(``), "completions api is only available when using beta api (set base_url="},
		{"/v1/completions", body(``), "completions api is only available when using beta api"},
		{"/beta/completions", `{"model":"deepseek-flash"}`, "missing field `prompt`"},
		{"/beta/completions", `{"prompt":"a"}`, "missing field `model`"},
		{"/beta/completions", `{"model":"m","prompt":"a"}`, "Model Not Exist"},
		{"/beta/completions", body(`,"max_tokens":4097`), "the valid range of max_tokens is [1, 4096]"},
		{"/beta/completions", body(`,"echo":true,"suffix":"s"`), "echo is not supported along with suffix"},
		{"/beta/completions", body(`,"echo":true,"logprobs":1`), "echo is not supported along with logprobs"},
		{"/beta/completions", body(`,"logprobs":21`), "the valid range of logprobs is [0, 20]"},
		{"/beta/completions", body(`,"temperature":3`), "Invalid temperature value"},
		{"/beta/completions", body(`,"stop":` + many(17, `"s%d"`)), "at most 16 stop sequences"},
		{"/beta/completions", body(`,"stream_options":{}`), "stream_options should be set along with stream = true"},
		{"/beta/completions", body(`,"user_id":"a:b"`), "Invalid 'user_id'"},
		{"/beta/completions", body(`,"prompt":3`), "duplicate name"},
	} {
		if status, got := post(t, s.URL()+test.path, test.body); status != 400 || !strings.Contains(got, test.want) {
			t.Errorf("%s %s: %d %s", test.path, test.body, status, got)
		}
	}
	if got := ask(t, s, chat("Hi.")).Choices[0].Message.Content; got != "a + b" {
		t.Errorf("got %q", got)
	}
}
