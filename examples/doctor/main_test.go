package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func TestMain(m *testing.M) { deepseektest.Main(m) }

const canary = "sk-qwxzjvkyqbgpzxjw"

// masked replaces the times and addresses in a report.
func masked(report string) string {
	report = regexp.MustCompile(`\b[\d.]+(?:µs|ms|s)\b`).ReplaceAllString(report, "TIME")
	return regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(report, "HOST")
}

// service returns the service at a base URL, with a key.
func service(baseURL string) *demo.Service {
	return &demo.Service{
		Client:  &deepseek.Client{BaseURL: baseURL, APIKey: canary, Model: deepseek.DefaultModel},
		About:   "A test.",
		KeyFrom: "the environment",
	}
}

// examine returns the report of d, masked, and holds that there is no secret in it.
func examine(t *testing.T, d *doctor) (report string, healthy bool) {
	t.Helper()
	var out strings.Builder
	healthy, err := d.run(t.Context(), &out)
	if err != nil {
		t.Fatal(err)
	}
	for i := 3; i+4 <= len(canary); i++ {
		if strings.Contains(out.String(), canary[i:i+4]) {
			t.Errorf("a part of the key is in the report:\n%s", out.String())
			break
		}
	}
	return masked(out.String()), healthy
}

// A front is a server in front of another one, of which it changes some replies.
type front struct {
	replies map[string]http.HandlerFunc // by path
	date    func() string               // if not nil, the header Date; "" for none
}

// start returns the handler of a front of a stand-in, or of a script.
func (f front) handler(t *testing.T, replies ...deepseektest.Reply) http.Handler {
	t.Helper()
	target, err := url.Parse(deepseektest.NewServer(t, replies...).URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(r *http.Response) error {
			r.Header.Del("Date")
			return nil
		},
		FlushInterval: -1,
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { panic(http.ErrAbortHandler) },
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.date != nil {
			w.Header()["Date"] = nil
			if date := f.date(); date != "" {
				w.Header().Set("Date", date)
			}
		}
		if reply := f.replies[r.URL.Path]; reply != nil {
			reply(w, r)
			return
		}
		// The body is read first: once the reply begins, the server closes it,
		// and a proxy that has not seen its end by then gives up the connection.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	})
}

func (f front) start(t *testing.T, replies ...deepseektest.Reply) string {
	t.Helper()
	server := httptest.NewServer(f.handler(t, replies...))
	t.Cleanup(server.Close)
	return server.URL
}

// says returns a handler that replies with a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

const (
	healthyHead = `A test.

ok         address   http://HOST
ok         key       from the environment, 19 characters
ok         proxy     none is used
ok         network   this machine, connected in TIME
`
	healthyService = `ok         service   answers by HTTP/1.1 in TIME, and takes the key
ok         clock     as the service's, to within TIME
`
	healthyBalance = `ok         balance   110.00 USD: 100.00 topped up, 10.00 granted
`
	healthyModels = `ok         models    deepseek-flash: 1048576 tokens of context; 393216 of output; reads text and image; effort low, high (default), max
ok         models    deepseek-v4-pro: 1048576 tokens of context; 393216 of output; reads text; effort low, high (default), max
ok         models    deepseek-flash, which is to be used, is among them
`
	healthyTrials = `ok         streamed  head in TIME, first chunk TIME, first text TIME, all TIME; about 402 tokens in, 0% of them cached, 2 out
ok         whole     all in TIME; about 402 tokens in, 95% of them cached, 2 out
`
)

var deep = deepseektest.Reply{Text: "Deep."}

func TestHealthy(t *testing.T) {
	report, healthy := examine(t, newDoctor(service(front{}.start(t, deep)), time.Minute))
	if want := healthyHead + healthyService + healthyBalance + healthyModels + healthyTrials + "\n12 ok\n"; report != want || !healthy {
		t.Errorf("healthy: %v; got:\n%s\nwant:\n%s", healthy, report, want)
	}
}

// TestFindings has something wrong, and holds what the report says of it.
func TestFindings(t *testing.T) {
	at := func(d time.Duration) func() string {
		return func() string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	}
	replies := func(path string, h http.HandlerFunc) front {
		return front{replies: map[string]http.HandlerFunc{path: h}}
	}
	funds := func(available, list string) front {
		return replies("/user/balance", says(200, `{"is_available":`+available+`,"balance_infos":[`+list+`]}`))
	}
	skippedAfter := func(gate string) string {
		return skippedBy(gate, "balance", "models", "streamed", "whole")
	}
	const clock = "ok         clock     as the service's, to within TIME\n"
	const keysAdvice = "                     -> make a key at https://platform.deepseek.com/api_keys and set DEEPSEEK_API_KEY to it, in the environment or in a file .env.\n"
	const topUp = "                     -> top up the account at https://platform.deepseek.com/top_up.\n"
	const busy = "                     -> DeepSeek is busy: try again later, and see https://status.deepseek.com.\n"
	for _, tt := range []struct {
		name    string
		front   front
		script  deepseektest.Reply
		prepare func(*doctor)
		healthy bool
		want    string
	}{
		{name: "key refused", front: replies("/models", says(401, `{"error":{"message":"Authentication Fails, Your api key: `+canary+` is invalid","code":"invalid_request_error"}}`)),
			want: healthyHead + "wrong      service   deepseek: authentication failed: Authentication Fails, Your api key: [hidden] is invalid (status 401, code invalid_request_error)\n" +
				keysAdvice + clock + skippedAfter("service") + "\n5 ok, 1 wrong, 4 skipped\n"},
		{name: "overloaded", front: replies("/models", says(503, `{"error":{"message":"Service is too busy."}}`)),
			want: healthyHead + "wrong      service   deepseek: provider overloaded: Service is too busy. (status 503)\n" + busy + clock + skippedAfter("service") + "\n5 ok, 1 wrong, 4 skipped\n"},
		{name: "rate limited", script: deepseektest.Reply{Status: 429, Message: "Too many."},
			want: healthyHead + healthyService + healthyBalance + healthyModels +
				"wrong      streamed  deepseek: rate limited: Too many. (status 429, code invalid_request_error, request ID)\n                     -> wait a minute, and send fewer requests at once.\n" +
				"wrong      whole     deepseek: rate limited: Too many. (status 429, code invalid_request_error, request ID)\n                     -> wait a minute, and send fewer requests at once.\n" +
				"\n10 ok, 2 wrong\n"},
		{name: "out of credit", front: funds("false", `{"currency":"CNY","total_balance":"-0.01","granted_balance":"0.00","topped_up_balance":"-0.01"}`), script: deepseektest.Reply{Status: 402},
			want: healthyHead + healthyService + "wrong      balance   -0.01 CNY: -0.01 topped up, 0.00 granted; requests are not served for that\n" + topUp + healthyModels +
				"wrong      streamed  deepseek: account out of credit: Insufficient Balance (status 402, code invalid_request_error, request ID)\n" + topUp +
				"wrong      whole     deepseek: account out of credit: Insufficient Balance (status 402, code invalid_request_error, request ID)\n" + topUp +
				"\n9 ok, 3 wrong\n"},
		{name: "little credit", front: funds("true", `{"currency":"USD","total_balance":"0.123456","granted_balance":"0.10","topped_up_balance":"0.023456"},{"currency":"CNY","total_balance":"4.99","granted_balance":"0","topped_up_balance":"4.99"}`),
			script: deep, healthy: true,
			want: healthyHead + healthyService + "ok         balance   0.123456 USD: 0.023456 topped up, 0.10 granted\n" +
				"attention  balance   4.99 CNY: 4.99 topped up, 0.00 granted; that is too low for long\n" + topUp +
				healthyModels + healthyTrials + "\n12 ok, 1 attention\n"},
		{name: "no funds", front: funds("false", ""), script: deep,
			healthy: true,
			want:    healthyHead + healthyService + "skipped    balance   the service names no funds\n" + healthyModels + healthyTrials + "\n11 ok, 1 skipped\n"},
		{name: "balance of a gateway", front: replies("/user/balance", says(200, "{}")), script: deep, healthy: true,
			want: healthyHead + healthyService + "skipped    balance   the service does not say\n" + healthyModels + healthyTrials + "\n11 ok, 1 skipped\n"},
		{name: "a gateway", front: front{replies: map[string]http.HandlerFunc{"/user/balance": says(404, "{}"), "/models": says(200, `{"data":[{"id":"deepseek-flash"}]}`)}, date: func() string { return "" }},
			script: deep, healthy: true,
			want: healthyHead + "ok         service   answers by HTTP/1.1 in TIME, and takes the key\nskipped    clock     the service does not tell the time\n" +
				"skipped    balance   the service does not say\nok         models    deepseek-flash\nok         models    deepseek-flash, which is to be used, is among them\n" + healthyTrials + "\n9 ok, 2 skipped\n"},
		{name: "clock behind", front: front{date: at(3*time.Hour + 10*time.Second)}, script: deep, healthy: true,
			want: healthyHead + "ok         service   answers by HTTP/1.1 in TIME, and takes the key\nattention  clock     3h0m0s behind the service's\n" +
				"                     -> set the clock of this machine: peak prices, and when files expire, go by the service's.\n" + healthyBalance + healthyModels + healthyTrials + "\n11 ok, 1 attention\n"},
		{name: "clock ahead", front: front{date: at(-48*time.Hour - 10*time.Second)}, script: deep, healthy: true,
			want: healthyHead + "ok         service   answers by HTTP/1.1 in TIME, and takes the key\nattention  clock     48h0m0s ahead of the service's\n" +
				"                     -> set the clock of this machine: peak prices, and when files expire, go by the service's.\n" + healthyBalance + healthyModels + healthyTrials + "\n11 ok, 1 attention\n"},
		{name: "no such model", script: deepseektest.Reply{Status: 400, Message: "Model Not Exist"}, prepare: func(d *doctor) { d.client.Model = "deepseek-v9" },
			want: healthyHead + healthyService + healthyBalance + strings.Replace(healthyModels, "ok         models    deepseek-flash, which is to be used, is among them\n",
				"wrong      models    deepseek-v9, which is to be used, is not among them\n                     -> choose one of these, by DEEPSEEK_MODEL or -model.\n", 1) +
				skippedBy("models", "streamed", "whole") + "\n9 ok, 1 wrong, 2 skipped\n"},
		{name: "another name of a model", script: deep, healthy: true, prepare: func(d *doctor) { d.client.Model = "deepseek-v4-flash" },
			want: healthyHead + healthyService + healthyBalance + strings.Replace(healthyModels, "ok         models    deepseek-flash, which is to be used, is among them",
				"attention  models    deepseek-v4-flash, which is to be used, is not among them, but was another name of one", 1) + healthyTrials + "\n11 ok, 1 attention\n"},
		{name: "no text", script: deepseektest.Reply{Finish: llm.FinishLength, Usage: &llm.Usage{Input: 400, Cached: 384, Output: 32}}, healthy: true,
			want: healthyHead + healthyService + healthyBalance + healthyModels +
				"attention  streamed  head in TIME, first chunk TIME, no text, all TIME; 400 tokens in, 96% of them cached, 32 out\n" +
				"ok         whole     all in TIME; 400 tokens in, 96% of them cached, 32 out\n\n11 ok, 1 attention\n"},
		{name: "no models", front: replies("/models", says(200, `{"object":"list","data":[]}`)), script: deep, healthy: true,
			want: healthyHead + "ok         service   answers by HTTP/1.1 in TIME, and takes the key\n" + clock + healthyBalance +
				"attention  models    the service names none\n                     -> check DEEPSEEK_BASE_URL, if what follows fails too.\n" + healthyTrials + "\n9 ok, 1 attention\n"},
		{name: "quotes around the key", prepare: func(d *doctor) { d.client.APIKey = `"sk-qwxzjvkyqbgpzx"` },
			want: "A test.\n\nok         address   http://HOST\nwrong      key       from the environment, 19 characters, of which some cannot be part of a key\n                     -> remove white space, quotes and the like around the key.\n" +
				skippedBy("key", "proxy", "network", "service") + "skipped    clock     until something answers\n" + skippedAfter("key") + "\n1 ok, 1 wrong, 8 skipped\n"},
		{name: "another kind of key", script: deep, healthy: true, prepare: func(d *doctor) { d.client.APIKey = "other" },
			want: strings.Replace(healthyHead, "ok         key       from the environment, 19 characters\n", "attention  key       from the environment, 5 characters, and not as DeepSeek's keys begin\n                     -> check that it is the key of this service.\n", 1) +
				healthyService + healthyBalance + healthyModels + healthyTrials + "\n11 ok, 1 attention\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDoctor(service(tt.front.start(t, tt.script)), time.Minute)
			if tt.prepare != nil {
				tt.prepare(d)
			}
			report, healthy := examine(t, d)
			report = regexp.MustCompile(`request [0-9a-f]{32}`).ReplaceAllString(report, "request ID")
			if report != tt.want || healthy != tt.healthy {
				t.Errorf("healthy: %v; got:\n%s\nwant:\n%s", healthy, report, tt.want)
			}
		})
	}
}

// skippedBy returns the lines of checks that are skipped after a gate.
func skippedBy(gate string, names ...string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString("skipped    " + name + strings.Repeat(" ", 10-len(name)) + "until what is wrong with the " + gate + " is put right\n")
	}
	return b.String()
}

// contains holds that a report has the lines, and whether it finds something
// wrong.
func contains(t *testing.T, report string, healthy, wantHealthy bool, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(report, line) {
			t.Errorf("no %q in:\n%s", line, report)
		}
	}
	if healthy != wantHealthy {
		t.Errorf("healthy: %v in:\n%s", healthy, report)
	}
}

// TestStall holds that the doctor does not hang where the service does.
func TestStall(t *testing.T) {
	url := front{}.start(t, deepseektest.Reply{Text: "Once upon a time there was a fish.", CutAfter: 1200, Cut: deepseektest.CutStall})
	report, healthy := examine(t, newDoctor(service(url), 3*time.Second))
	contains(t, report, healthy, false, "wrong      streamed  broken off after TIME: deepseek: context deadline exceeded: not done in TIME, a third of -timeout: the request was abandoned\n                     -> allow it more time; if it stays silent, check the proxy and DEEPSEEK_BASE_URL, and see https://status.deepseek.com.\n")

	report, healthy = examine(t, newDoctor(service(url), time.Nanosecond))
	contains(t, report, healthy, true, "attention  address   there was no time left for it\n                     -> allow more with -timeout.\n", "\n10 attention\n")
}

// TestSimulated holds that a report on a stand-in says so, and is no failure.
func TestSimulated(t *testing.T) {
	service, err := demo.StandIn(0)
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	report, healthy := examine(t, newDoctor(service, time.Minute))
	contains(t, report, healthy, true, "stand-in", "attention  key       none in the environment or in a file .env: what follows is simulated\n", "ok         service   answers by HTTP/1.1 in TIME\n",
		"\n11 ok, 1 attention\nAll of it is simulated: a stand-in has no keys, no accounts and no language model.\n")
}

// TestNoKey has a server that is not the program's own and needs no key.
func TestNoKey(t *testing.T) {
	s := service(front{}.start(t, deep))
	s.Client.APIKey = ""
	t.Setenv("DEEPSEEK_API_KEY", "")
	report, healthy := examine(t, newDoctor(s, time.Minute))
	contains(t, report, healthy, true, "attention  key       none: a server on this machine needs none\n")
	s.Client.Header = http.Header{"Authorization": {"Bearer hunter2"}}
	report, healthy = examine(t, newDoctor(s, time.Minute))
	contains(t, report, healthy, true, "skipped    key       the header of the client is what authenticates\n")
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestBrokenOutput(t *testing.T) {
	want := errors.New("closed")
	if _, err := newDoctor(service("x"), time.Minute).run(t.Context(), brokenWriter{want}); !errors.Is(err, want) {
		t.Errorf("%v, want %v", err, want)
	}
}

// TestInterrupt ends the examination in the middle of a check.
func TestInterrupt(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	url := front{replies: map[string]http.HandlerFunc{"/user/balance": func(_ http.ResponseWriter, r *http.Request) {
		stop()
		<-r.Context().Done()
	}}}.start(t, deep)
	var out strings.Builder
	if _, err := newDoctor(service(url), time.Minute).run(ctx, &out); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
	if got := masked(out.String()); got != healthyHead+healthyService {
		t.Errorf("got:\n%s", got)
	}
}

func TestOneLine(t *testing.T) {
	if got, want := oneLine("a\nb\tc\x1b[31md"), "a b c�[31md"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestProgram runs the program: its exit status, its end by Ctrl-C, and that it
// says nothing of the key.
func TestProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	bin := filepath.Join(t.TempDir(), "doctor.exe")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	stalled := make(chan struct{}, 1)
	stall := front{replies: map[string]http.HandlerFunc{"/models": func(_ http.ResponseWriter, r *http.Request) {
		stalled <- struct{}{}
		<-r.Context().Done()
	}}}.start(t)
	for _, tt := range []struct {
		name, key, url string
		args           []string
		interrupt      bool
		status         int
		want           string
	}{
		{name: "no key", want: "All of it is simulated"},
		{name: "healthy", key: canary, url: front{}.start(t), want: "from the environment, 19 characters"},
		{name: "key refused", key: canary, url: front{replies: map[string]http.HandlerFunc{"/models": says(401, "{}")}}.start(t), status: 1, want: "wrong      service"},
		{name: "no such model", url: front{}.start(t), args: []string{"-model", "x"}, status: 1, want: "x, which is to be used, is not among them"},
		{name: "no time", args: []string{"-timeout", "0s"}, status: 1, want: "-timeout is 0s: it must be positive"},
		{name: "help", args: []string{"-help"}, want: "  -model name\n    \tthe model to try, by its name; if empty, $DEEPSEEK_MODEL\n  -timeout duration\n"},
		{name: "arguments", args: []string{"key"}, status: 1, want: `"key" is not a flag`},
		{name: "interrupt", url: stall, interrupt: true, status: 130, want: "stopped"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.interrupt && runtime.GOOS == "windows" {
				t.Skip("a process cannot send another a Ctrl-C there")
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, bin, tt.args...)
			cmd.Env = append(os.Environ(), "DEEPSEEK_API_KEY="+tt.key, "DEEPSEEK_BASE_URL="+tt.url, "DEEPSEEK_MODEL=")
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if tt.interrupt {
				<-stalled
				if err := cmd.Process.Signal(os.Interrupt); err != nil {
					t.Fatal(err)
				}
			}
			cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != tt.status || !strings.Contains(out.String(), tt.want) {
				t.Errorf("status %d, want %d and %q in:\n%s", got, tt.status, tt.want, out.String())
			}
			if strings.Contains(out.String(), canary[3:]) {
				t.Errorf("the key in:\n%s", out.String())
			}
		})
	}
}

// TestTrial holds that the request that is tried is worth caching, and cheap.
func TestTrial(t *testing.T) {
	body, err := json.Marshal(trial())
	if err != nil || len(body) < 1200 || len(body) > 2400 {
		t.Errorf("%d bytes, %v", len(body), err)
	}
}
