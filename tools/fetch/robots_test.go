package fetch

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/tools/egress"
)

func TestParseRobots(t *testing.T) {
	const text = "\xef\xbb\xbf# comment\r\n" +
		"User-agent: other\nDisallow: /\n\n" +
		"user-AGENT : hadal-FETCH/2.0\nUser-agent: third # both\n\nDisallow: /private\nAllow: /private/open$\nNonsense\nCrawl-delay: 10\nDisallow:\n" +
		"Sitemap: https://example.com/sitemap.xml\n" +
		"User-agent: *\nDisallow: /all\n" +
		"User-agent: hadal-fetch\nDisallow: /*.pdf$\rDisallow: /a/*/b/*/c\nDisallow: /caf%c3%a9\nAllow: /tie\nDisallow: /tie\nDisallow: /%7Ex\nDisallow: /q?x=1\nDisallow: /star*\n"
	for _, tt := range []struct {
		agent, path string
		want        bool
	}{
		{"hadal-fetch", "/", true},
		{"hadal-fetch", "/private", false},
		{"hadal-fetch", "/private/x", false},
		{"hadal-fetch", "/privateer", false},
		{"hadal-fetch", "/private/open", true},
		{"hadal-fetch", "/private/opening", false},
		{"hadal-fetch", "/all", true}, // a group of its own replaces that for all
		{"hadal-fetch", "/x.pdf", false},
		{"hadal-fetch", "/x.pdf.html", true},
		{"hadal-fetch", "/x.pdf?y", true},
		{"hadal-fetch", "/a/1/b/2/3/c/d", false},
		{"hadal-fetch", "/a/b/c", true},
		{"hadal-fetch", "/café", false},
		{"hadal-fetch", "/caf%C3%A9/x", false},
		{"hadal-fetch", "/%70rivate", false},
		{"hadal-fetch", "/~x", false},
		{"hadal-fetch", "/%7ex", false},
		{"hadal-fetch", "/tie", true},
		{"hadal-fetch", "/q?x=1&y", false},
		{"hadal-fetch", "/q?x=2", true},
		{"hadal-fetch", "/starfish", false},
		{"hadal-fetch", "/robots.txt", true},
		{"HADAL-fetch", "/private", false},
		{"third", "/private", false},
		{"third", "/x.pdf", true},
		{"other", "/x", false},
		{"other", "/robots.txt", true},
		{"someone", "/all/x", false},
		{"someone", "/private", true},
	} {
		r := &robots{rules: parseRobots([]byte(text), tt.agent)}
		path, query, _ := strings.Cut(tt.path, "?")
		if got := r.allows(path, query); got != tt.want {
			t.Errorf("%s, %s: %v", tt.agent, tt.path, got)
		}
	}
}

func FuzzRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /*a*b$\nAllow: /%zz%41"), "/xaxb")
	f.Fuzz(func(t *testing.T, text []byte, path string) {
		r := &robots{rules: parseRobots(text, "x")}
		r.allows(path, "")
		if !r.allows("/robots.txt", "") {
			t.Error("robots.txt itself is forbidden")
		}
		if once := normalize(path); normalize(once) != once && !strings.Contains(path, "%") {
			t.Errorf("%q, then %q", once, normalize(once))
		}
	})
}

func TestRobots(t *testing.T) {
	var asked atomic.Int32
	s, f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/robots.txt":
			asked.Add(1)
			io.WriteString(w, "User-agent: *\nDisallow: /private")
		case "/moved":
			http.Redirect(w, r, "/private", http.StatusFound)
		default:
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, "read")
		}
	})
	f.Robots = true
	for _, tt := range []struct{ path, want string }{{"/open", ""}, {"", ""}, {"/private", ErrRobots.Error()}, {"/moved", ErrRobots.Error()}} {
		page, err := f.Get(t.Context(), s.URL+tt.path)
		if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, ErrRobots) || page != nil) {
			t.Errorf("%s: %v, %v", tt.path, page, err)
		}
		if e, ok := errors.AsType[*Error](err); ok && e.Temporary() {
			t.Error("robots.txt is temporary")
		}
	}
	if asked.Load() != 1 {
		t.Errorf("robots.txt was read %d times", asked.Load())
	}
	f.Robots = false
	if _, err := f.Get(t.Context(), s.URL+"/private"); err != nil {
		t.Error(err)
	}
}

// TestRobotsAnswers is what follows from each answer to the question for
// robots.txt, and for how long.
func TestRobotsAnswers(t *testing.T) {
	for _, tt := range []struct {
		answer string
		want   bool
		good   time.Duration
	}{
		{"200 OK\r\nContent-Length: 0\r\n\r\n", true, robotsAge},
		{"404 Not Found\r\nContent-Length: 0\r\n\r\n", true, robotsAge},
		{"403 Forbidden\r\nContent-Length: 0\r\n\r\n", true, robotsAge},
		{"429 Too Many Requests\r\nContent-Length: 0\r\n\r\n", false, errorAge},
		{"500 Oh\r\nContent-Length: 0\r\n\r\n", false, errorAge},
		{"200 OK\r\nContent-Length: 9\r\n\r\nUser", false, errorAge},
	} {
		t.Run(tt.answer[:3], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &Fetcher{Robots: true}
				var asked atomic.Int32
				pipes(f, func(conn net.Conn) {
					asked.Add(1)
					readRequest(conn)
					io.WriteString(conn, "HTTP/1.1 "+tt.answer)
				})
				u := &url.URL{Scheme: "http", Host: "example.com", Path: "/"}
				for _, wait := range []time.Duration{0, tt.good - time.Second, 2 * time.Second} {
					time.Sleep(wait)
					err := f.obey(t.Context(), u)
					if (err == nil) != tt.want || err != nil && !errors.Is(err, ErrRobots) {
						t.Errorf("%v", err)
					}
				}
				if asked.Load() != 2 {
					t.Errorf("asked %d times", asked.Load())
				}
			})
		})
	}
}

func TestRobotsDenied(t *testing.T) {
	f := &Fetcher{Robots: true}
	if _, err := f.Get(t.Context(), "http://10.0.0.1/"); !errors.Is(err, egress.ErrDenied) {
		t.Errorf("%v", err)
	}
	// robots.txt that leads to what is forbidden is not followed either.
	s, f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
	})
	f.Robots = true
	if _, err := f.Get(t.Context(), s.URL); !errors.Is(err, egress.ErrDenied) {
		t.Errorf("%v", err)
	}
}

// TestRobotsUnreached holds that of a server that cannot be reached it is not said
// that its robots.txt forbids something.
func TestRobotsUnreached(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	f := local(t, s)
	f.Robots = true
	s.Close()
	_, err := f.Get(t.Context(), s.URL)
	e, _ := errors.AsType[*Error](err)
	if e == nil || e.Error() != "fetch "+s.URL+": the connection failed: connect: connection refused" || !e.Temporary() {
		t.Errorf("%v", err)
	}
	s, f = serve(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	f.Robots = true
	if _, err := f.Get(t.Context(), s.URL); err == nil || err.Error() != "fetch "+s.URL+": robots.txt forbids to read it: it was answered by 502" {
		t.Errorf("%v", err)
	}
}

// TestRobotsMemory serves as many rules as there can be, for many hosts.
func TestRobotsMemory(t *testing.T) {
	f := &Fetcher{Robots: true}
	text := "User-agent:*\n" + strings.Repeat("Allow:/\n", maxRobots/8)
	pipes(f, func(conn net.Conn) {
		readRequest(conn)
		io.WriteString(conn, "HTTP/1.0 200 OK\r\n\r\n"+text)
	})
	for i := range 10 {
		if err := f.obey(t.Context(), &url.URL{Scheme: "http", Host: fmt.Sprintf("h%d.example", i)}); err != nil {
			t.Fatal(err)
		}
	}
	total := 0
	for _, r := range f.robots {
		if r.size < 64*len(r.rules) {
			t.Errorf("%d rules are said to take %d bytes", len(r.rules), r.size)
		}
		total += r.size
	}
	if total > maxKept || total < maxKept/4 {
		t.Errorf("%d bytes are kept of %d hosts", total, len(f.robots))
	}
}

// TestRobotsLimits holds that redirects are followed as often as RFC 9309 demands, and
// that what is beyond the bytes that are read is not.
func TestRobotsLimits(t *testing.T) {
	s, f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hop, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		if hop < 5 {
			http.Redirect(w, r, fmt.Sprint("/", hop+1), http.StatusFound)
			return
		}
		io.WriteString(w, "User-agent: *\nDisallow: /near\n#"+strings.Repeat("x", maxRobots)+"\nDisallow: /far\n")
	})
	at := func(path string) *url.URL {
		return &url.URL{Scheme: "http", Host: strings.TrimPrefix(s.URL, "http://"), Path: path}
	}
	if err := f.obey(t.Context(), at("/near")); !errors.Is(err, ErrRobots) {
		t.Errorf("%v", err)
	}
	if err := f.obey(t.Context(), at("/far")); err != nil {
		t.Error(err)
	}
}

func TestRobotsBound(t *testing.T) {
	f := &Fetcher{Robots: true}
	pipes(f, func(conn net.Conn) {
		readRequest(conn)
		io.WriteString(conn, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
	})
	for i := range maxHosts + 50 {
		if err := f.obey(t.Context(), &url.URL{Scheme: "http", Host: fmt.Sprintf("h%d.example", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.robots) > maxHosts {
		t.Errorf("the rules of %d hosts are kept", len(f.robots))
	}
}
