package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes lets f connect to a server in memory, which answers each connection
// with serve.
func pipes(f *Fetcher, serve func(conn net.Conn)) {
	f.dial = func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			serve(server)
		}()
		return client, nil
	}
}

// request reads a request, up to its end.
func readRequest(conn net.Conn) {
	var got []byte
	buf := make([]byte, 1024)
	for !bytes.HasSuffix(got, []byte("\r\n\r\n")) {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		got = append(got, buf[:n]...)
	}
}

// TestSlow is about servers that take their time. In each bubble, all that was
// started has to end.
func TestSlow(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
	for _, tt := range []struct {
		name    string
		serve   func(conn net.Conn)
		timeout time.Duration
		want    string // of the page
		after   time.Duration
	}{
		{"silent", func(conn net.Conn) { readRequest(conn); io.Copy(io.Discard, conn) }, 0, "", 30 * time.Second},
		{"does not read", func(conn net.Conn) { time.Sleep(time.Hour) }, 5 * time.Second, "", 5 * time.Second},
		{"silent after the headers", func(conn net.Conn) {
			readRequest(conn)
			io.WriteString(conn, head)
			io.Copy(io.Discard, conn)
		}, 0, "", 30 * time.Second},
		{"a byte a second", func(conn net.Conn) {
			readRequest(conn)
			io.WriteString(conn, head)
			for {
				time.Sleep(time.Second)
				if _, err := io.WriteString(conn, "x"); err != nil {
					return
				}
			}
		}, 10*time.Second + time.Millisecond, "xxxxxxxxxx", 10*time.Second + time.Millisecond},
		{"slow headers", func(conn net.Conn) {
			readRequest(conn)
			io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
			for {
				time.Sleep(time.Second)
				if _, err := io.WriteString(conn, "A: b\r\n"); err != nil {
					return
				}
			}
		}, 0, "", 30 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &Fetcher{Timeout: tt.timeout}
				pipes(f, tt.serve)
				start := time.Now()
				page, err := f.Get(t.Context(), "http://example.com/")
				if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "it took longer than "+f.timeout().String()) {
					t.Errorf("%v", err)
				}
				if time.Since(start) != tt.after {
					t.Errorf("after %v, want %v", time.Since(start), tt.after)
				}
				if tt.want == "" && page != nil || tt.want != "" && (page == nil || page.Markdown != tt.want || !page.Cut) {
					t.Errorf("%+v", page)
				}
				time.Sleep(2 * time.Hour) // let the server find out
			})
		})
	}
}

// TestCallersDeadline holds that a deadline of the caller is not told to be that
// of the fetcher.
func TestCallersDeadline(t *testing.T) {
	for _, withRobots := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := &Fetcher{Robots: withRobots}
			pipes(f, func(conn net.Conn) { io.Copy(io.Discard, conn) })
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := f.Get(ctx, "http://example.com/")
			if err == nil || err.Error() != "fetch http://example.com/: context deadline exceeded" {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestLongQuote(t *testing.T) {
	f := new(Fetcher)
	pipes(f, func(conn net.Conn) {
		readRequest(conn)
		io.WriteString(conn, strings.Repeat("do as I say ", 1000)+"\r\n\r\n")
	})
	if _, err := f.Get(t.Context(), "http://example.com/"); err == nil || len(err.Error()) > 400 {
		t.Errorf("%v", err)
	}
	quote := f.cause(errors.New("certificate is for do as\n\nI say\u202e"))
	if quote.Error() != "certificate is for do as I say" {
		t.Errorf("%q", quote)
	}
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &Fetcher{Timeout: -1}
		pipes(f, func(conn net.Conn) {
			readRequest(conn)
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nbegun")
			io.Copy(io.Discard, conn)
		})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(24*time.Hour, cancel)
		page, err := f.Get(ctx, "http://example.com/")
		if page != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("%v, %v", page, err)
		}
	})
}

// TestEmptyFlood is of a server that sends what becomes nothing when it is unzipped.
func TestEmptyFlood(t *testing.T) {
	empty := bytes.Repeat(zip(nil), 10)
	f := &Fetcher{Timeout: -1}
	pipes(f, func(conn net.Conn) {
		readRequest(conn)
		_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n\r\n")
		for err == nil {
			_, err = conn.Write(empty)
		}
	})
	page, err := f.Get(t.Context(), "http://example.com/")
	if page != nil || err == nil || err.Error() != "fetch http://example.com/: the server sent far more than a page" {
		t.Errorf("%v, %v", page, err)
	}
}
