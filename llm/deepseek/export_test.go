package deepseek

import (
	"net/http"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/internal/wire"
)

// SharedTransport returns the transport of clients that have no HTTP client of
// their own.
func SharedTransport() *http.Transport { return sharedHTTP().Transport.(*http.Transport) }

// Encode returns the body of a request as it would be sent, in its pieces, and how
// many of its messages and of their bytes are from earlier requests.
func (c *Client) Encode(req *llm.Request) (body body, messages, encoded int, err error) {
	p, err := c.plan(req)
	if err != nil {
		return body, 0, 0, c.sign(err)
	}
	if r := p.messages; r.from > 0 {
		messages, encoded = r.from, r.best.marks[r.from-1].bytes
	}
	return p.body(req), messages, encoded, nil
}

// EncodeAnew returns the same body, without what is kept of earlier requests.
func (c *Client) EncodeAnew(req *llm.Request) ([]byte, error) {
	p, err := c.settings(req)
	if err == nil {
		err = p.decide(req)
	}
	if err != nil {
		return nil, c.sign(err)
	}
	return wire.AppendRequest(nil, req, wire.Declare(req, p.settings), p.settings), nil
}

// Forget forgets all earlier requests.
func Forget() {
	conversations.forget()
	declarations.forget()
}

func (m *memo[T]) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.kept)
	m.size = 0
}

// Kept returns how many conversations are kept.
func Kept() int {
	n, _ := conversations.total()
	return n
}
