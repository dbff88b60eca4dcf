package chain

// A ring is a queue that keeps no more memory than its longest state needed.
// The zero value is empty.
type ring[T any] struct {
	buf     []T
	head, n int // the n elements from head on, around the end
}

func (r *ring[T]) push(v T) {
	if r.n == len(r.buf) {
		buf := make([]T, max(4, 2*r.n))
		k := copy(buf, r.buf[r.head:])
		copy(buf[k:], r.buf[:r.head])
		r.buf, r.head = buf, 0
	}
	i := r.head + r.n
	if i >= len(r.buf) {
		i -= len(r.buf)
	}
	r.buf[i] = v
	r.n++
}

// pop removes the oldest element, which must be there.
func (r *ring[T]) pop() T {
	var none T
	v := r.buf[r.head]
	r.buf[r.head] = none // for the garbage collector
	if r.head++; r.head == len(r.buf) {
		r.head = 0
	}
	r.n--
	return v
}
