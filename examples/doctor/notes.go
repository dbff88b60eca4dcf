package main

import (
	"net/http"
	"sync"
	"time"
)

// A note is what a response said by the time of its head.
type note struct {
	sent, head time.Time // when the request was sent, and the head was there
	date       string    // of the server's clock
	proto      string    // such as "HTTP/2.0"
	status     int
}

// notes is an [http.RoundTripper] that notes what it sees go by.
type notes struct {
	base http.RoundTripper

	mu   sync.Mutex
	last note
}

// RoundTrip implements [http.RoundTripper].
func (n *notes) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := time.Now()
	resp, err := n.base.RoundTrip(r)
	if err == nil {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.last = note{sent, time.Now(), resp.Header.Get("Date"), resp.Proto, resp.StatusCode}
	}
	return resp, err
}

// latest returns the note on the latest response.
func (n *notes) latest() note {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.last
}
