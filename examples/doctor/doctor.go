package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
)

// A doctor examines a service.
type doctor struct {
	service   *demo.Service
	client    *deepseek.Client // the service's, with notes on what goes over the wire
	notes     *notes
	transport *http.Transport
	resolver  *net.Resolver // if nil, the system's
	timeout   time.Duration // of all checks

	models []deepseek.ModelInfo // that the service has, once it has answered
}

func newDoctor(service *demo.Service, timeout time.Duration) *doctor {
	d := &doctor{service: service, timeout: timeout, transport: http.DefaultTransport.(*http.Transport).Clone()}
	d.notes = &notes{base: d.transport}
	client := *service.Client
	client.HTTP = &http.Client{Transport: d.notes}
	d.client = &client
	return d
}

// A check is a part of the examination.
type check struct {
	name  string
	run   func(ctx context.Context) []finding
	rules checkRules
}

// checkRules are what distinguishes a check from others.
type checkRules int

const (
	gate checkRules = 1 << iota // where it finds something wrong, those after it are skipped
	free                        // it is not skipped
)

func (d *doctor) checks() []check {
	return []check{
		{"address", d.address, gate},
		{"key", d.key, gate},
		{"proxy", d.proxy, gate},
		{"network", d.network, gate},
		{"service", d.answers, gate},
		{"clock", d.clock, free},
		{"balance", d.balance, 0},
		{"models", d.list, gate},
		{"streamed", d.streamed, 0},
		{"whole", d.whole, 0},
	}
}

// run writes the report. It reports whether nothing is wrong; the error is that
// of writing, or of the end of ctx.
func (d *doctor) run(ctx context.Context, stdout io.Writer) (bool, error) {
	defer d.transport.CloseIdleConnections()
	inTime, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	r := &report{w: stdout}
	r.printf("%s\n\n", d.service.About)
	closed := "" // the gate at which something is wrong
	for _, c := range d.checks() {
		var list []finding
		switch {
		case closed != "" && c.rules&free == 0:
			list = []finding{{skipped, "until what is wrong with the " + closed + " is put right", ""}}
		case inTime.Err() != nil:
			list = []finding{{attention, "there was no time left for it", "allow more with -timeout"}}
		default:
			list = d.inTime(inTime, c.run)
		}
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		r.add(c.name, list...)
		if c.rules&gate != 0 && slices.ContainsFunc(list, func(f finding) bool { return f.outcome == wrong }) {
			closed = c.name
		}
	}
	r.end()
	if d.service.Simulated() {
		r.printf("All of it is simulated: a stand-in has no keys, no accounts and no language model.\n")
	}
	return r.count[wrong] == 0, r.err
}

// inTime runs a check in no more than its part of the time.
func (d *doctor) inTime(ctx context.Context, run func(context.Context) []finding) []finding {
	part := d.timeout / 3
	ctx, cancel := context.WithTimeoutCause(ctx, part, fmt.Errorf("not done in %v, a third of -timeout", part))
	defer cancel()
	return run(ctx)
}

// failed returns the finding of an error.
func failed(err error) finding {
	return finding{wrong, err.Error(), demo.Advice(err)}
}

// key tells that there is a key, and nothing else about it.
func (d *doctor) key(context.Context) []finding {
	key := d.client.APIKey
	switch {
	case key == "" && d.service.Simulated():
		return []finding{{attention, "none in the environment or in a file .env: what follows is simulated", demo.Advice(llm.ErrAuth)}}
	case key == "" && len(d.client.Header) == 0:
		return []finding{{attention, "none: a server on this machine needs none", "for DeepSeek itself, " + demo.Advice(llm.ErrAuth)}}
	case key == "":
		return []finding{{skipped, "the header of the client is what authenticates", ""}}
	}
	figure := fmt.Sprintf("from %s, %d characters", cmp.Or(d.service.KeyFrom, "the program"), len(key))
	switch {
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\'' }):
		return []finding{{wrong, figure + ", of which some cannot be part of a key", "remove white space, quotes and the like around the key"}}
	case !strings.HasPrefix(key, "sk-"):
		return []finding{{attention, figure + ", and not as DeepSeek's keys begin", "check that it is the key of this service"}}
	}
	return []finding{{ok, figure, ""}}
}

// address shows the base URL without what may be secret in it.
func (d *doctor) address(context.Context) []finding {
	base, err := d.baseURL()
	if err != nil {
		return []finding{{wrong, d.harmless() + " is not an address: it must begin with https:// and the name of a host", "set DEEPSEEK_BASE_URL anew, or leave it out"}}
	}
	figure := publicURL(base)
	switch {
	case base.User != nil || base.RawQuery != "" || base.Fragment != "":
		return []finding{{wrong, figure + ", and a user, a query or a fragment", "leave these out: what a gateway wants goes into the client's Header"}}
	case base.Scheme == "http" && !isLocal(base.Hostname()) && d.client.APIKey != "":
		return []finding{{wrong, figure + ": a key is not sent where others can read it", "use https://"}}
	}
	return []finding{{ok, figure, ""}}
}

// harmless returns the base URL as it was set, unless there may be a secret in it.
func (d *doctor) harmless() string {
	value := d.client.BaseURL
	key := d.client.APIKey != "" && strings.Contains(value, d.client.APIKey)
	if key || len(value) > 80 || strings.ContainsAny(value, "@?#") || strings.Contains(value, "sk-") {
		return "what DEEPSEEK_BASE_URL says (not shown: there may be a secret in it)"
	}
	return fmt.Sprintf("%q, as DEEPSEEK_BASE_URL says,", value)
}

// baseURL returns where the client finds the API.
func (d *doctor) baseURL() (*url.URL, error) {
	u, err := url.Parse(cmp.Or(d.client.BaseURL, "https://api.deepseek.com"))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the base URL is not an address") // the parser's error quotes it
	}
	return u, nil
}

// publicURL returns u without what may be secret in it.
func publicURL(u *url.URL) string { return u.Scheme + "://" + u.Host + u.Path }

// ms returns a duration as it stands in the report.
func ms(d time.Duration) string {
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}
