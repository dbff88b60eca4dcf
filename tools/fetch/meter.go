package fetch

import (
	"context"
	"errors"
	"net"
)

// A meter is a connection on which no more than left bytes come in. What bounds
// a body counts what decompression yields, and a server can send without end
// what yields nothing.
type meter struct {
	net.Conn
	left int
}

var errFlood = errors.New("the server sent far more than a page")

func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, errFlood
	}
	n, err := m.Conn.Read(p[:min(len(p), m.left)])
	m.left -= n
	return n, err
}

type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// metered returns dial with meters of left bytes.
func metered(dial dialer, left int) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &meter{conn, left}, nil
	}
}
