package deepseek

import "io"

// A body is what a request is sent with, in pieces that follow each other. They
// are never changed, so that other bodies may have them, too.
type body [3][]byte

func (b body) size() int { return len(b[0]) + len(b[1]) + len(b[2]) }

// A bodyReader reads a body from start to end.
type bodyReader struct {
	body
	piece, at int // to go on with
}

// again returns a reader of the same body.
func (r *bodyReader) again() (io.ReadCloser, error) {
	return io.NopCloser(&bodyReader{body: r.body}), nil
}

// next returns what is left of the piece to read; nil after the last.
func (r *bodyReader) next() []byte {
	for r.piece < len(r.body) && r.at == len(r.body[r.piece]) {
		r.piece, r.at = r.piece+1, 0
	}
	if r.piece == len(r.body) {
		return nil
	}
	return r.body[r.piece][r.at:]
}

func (r *bodyReader) Read(p []byte) (int, error) {
	left := r.next()
	if left == nil {
		return 0, io.EOF
	}
	n := copy(p, left)
	r.at += n
	return n, nil
}

// WriteTo implements [io.WriterTo].
func (r *bodyReader) WriteTo(w io.Writer) (total int64, err error) {
	for left := r.next(); left != nil && err == nil; left = r.next() {
		var n int
		n, err = w.Write(left)
		r.at += n
		total += int64(n)
	}
	return total, err
}
