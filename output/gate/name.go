package gate

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// names holds the names of all objects that are open, to find those that
// encoding/json would take for one. Only the innermost object gets new names,
// so both slices are stacks, and nothing is allocated per object.
type names struct {
	seed  maphash.Seed
	list  []name
	table []uint32 // hash tables of large objects: places in the scope's list, from 1

	plain, folded []byte // for one name at a time

	first [64]name // room for list in ordinary documents
	room  [128]byte
}

// A name is where a name begins, and the hash of the name unescaped and folded.
type name struct {
	hash uint64
	at   int
}

// A scope is where the names of one object begin in the stacks.
type scope struct{ list, table int }

// large is the number of names from which an object has a hash table. Up to
// there, comparing hashes in a row is faster.
const large = 16

func (n *names) init() {
	n.seed = maphash.MakeSeed()
	n.list = n.first[:0]
	n.plain, n.folded = n.room[:0:64], n.room[64:64]
}

func (n *names) reset() { n.list, n.table = n.list[:0], n.table[:0] }

// small reports whether n holds little memory.
func (n *names) small() bool {
	return cap(n.list) <= 1<<12 && cap(n.table) <= 1<<14 && cap(n.plain)+cap(n.folded) <= 1<<14
}

func (n *names) enter() scope  { return scope{len(n.list), len(n.table)} }
func (n *names) leave(s scope) { n.list, n.table = n.list[:s.list], n.table[:s.table] }

// add adds the name at data[start:end], quotes included, to the innermost
// object. It returns the rule that this breaks, if any. The name is plain if
// it needs no unescaping and is ASCII.
func (n *names) add(data []byte, start, end int, plain bool, s scope) Rule {
	h := n.hash(data[start+1:end-1], plain)
	if len(n.list)-s.list < large {
		for _, other := range n.list[s.list:] {
			if other.hash == h {
				if rule := clash(data, other.at, start); rule != "" {
					return rule
				}
			}
		}
		n.list = append(n.list, name{h, start})
		return ""
	}

	if 2*(len(n.list)-s.list) >= len(n.table)-s.table {
		n.grow(s)
	}
	list, table := n.list[s.list:], n.table[s.table:]
	slot := h & uint64(len(table)-1)
	for table[slot] != 0 {
		other := list[table[slot]-1]
		if other.hash == h {
			if rule := clash(data, other.at, start); rule != "" {
				return rule
			}
		}
		slot = (slot + 1) & uint64(len(table)-1)
	}
	n.list = append(n.list, name{h, start})
	table[slot] = uint32(len(list) + 1)
	return ""
}

// grow gives the innermost object a table four times as large.
func (n *names) grow(s scope) {
	size := max(4*large, 4*(len(n.table)-s.table))
	n.table = n.table[:s.table]
	if cap(n.table)-len(n.table) < size {
		n.table = append(make([]uint32, 0, 2*len(n.table)+size), n.table...)
	}
	n.table = n.table[:s.table+size]
	table := n.table[s.table:]
	clear(table)
	for i, name := range n.list[s.list:] {
		slot := name.hash & uint64(size-1)
		for table[slot] != 0 {
			slot = (slot + 1) & uint64(size-1)
		}
		table[slot] = uint32(i + 1)
	}
}

// hash returns the hash of a name as it stands between its quotes.
func (n *names) hash(raw []byte, plain bool) uint64 {
	n.folded = n.folded[:0]
	if plain {
		n.folded = appendUpper(n.folded, raw)
	} else {
		n.plain = appendUnescaped(n.plain[:0], raw)
		n.folded = appendFolded(n.folded, n.plain)
	}
	return maphash.Bytes(n.seed, n.folded)
}

// clash returns the rule that the names at a and b break by being in one
// object. It is called for equal hashes only, which is for an error as a rule.
func clash(data []byte, a, b int) Rule {
	x, y := nameAt(data, a), nameAt(data, b)
	switch {
	case bytes.Equal(x, y):
		return DuplicateName
	case bytes.EqualFold(x, y):
		return FoldedName
	}
	return ""
}

// nameAt returns the string at i, unescaped.
func nameAt(data []byte, i int) []byte {
	return appendUnescaped(nil, data[i+1:skipString(data, i)-1])
}

// appendUpper appends plain in capitals, eight letters at a time.
func appendUpper(dst, plain []byte) []byte {
	for ; len(plain) >= 8; plain = plain[8:] {
		w := binary.LittleEndian.Uint64(plain)
		lower := (w + each*(0x80-'a')) &^ (w + each*(0x80-'z'-1)) & high
		dst = binary.LittleEndian.AppendUint64(dst, w-lower>>2)
	}
	for _, b := range plain {
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		dst = append(dst, b)
	}
	return dst
}

// appendFolded appends s with each rune replaced by the least of those that
// fold to each other, so that the result is the same for names that
// bytes.EqualFold and encoding/json take for equal. Of ASCII letters the least
// is the capital.
func appendFolded(dst, s []byte) []byte {
	for len(s) > 0 {
		if b := s[0]; b < utf8.RuneSelf {
			if 'a' <= b && b <= 'z' {
				b -= 'a' - 'A'
			}
			dst = append(dst, b)
			s = s[1:]
			continue
		}
		r, n := utf8.DecodeRune(s)
		s = s[n:]
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		dst = utf8.AppendRune(dst, least)
	}
	return dst
}

// appendUnescaped appends what raw, a sound string without its quotes, stands for.
func appendUnescaped(dst, raw []byte) []byte {
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return append(dst, raw...)
		}
		dst = append(dst, raw[:i]...)
		b := raw[i+1]
		raw = raw[i+2:]
		switch b {
		case 'b':
			b = '\b'
		case 'f':
			b = '\f'
		case 'n':
			b = '\n'
		case 'r':
			b = '\r'
		case 't':
			b = '\t'
		case 'u':
			r := hex4(raw)
			raw = raw[4:]
			if utf16.IsSurrogate(r) {
				pair := rune(utf8.RuneError)
				if len(raw) >= 6 && raw[0] == '\\' && raw[1] == 'u' {
					pair = utf16.DecodeRune(r, hex4(raw[2:]))
				}
				if pair != utf8.RuneError {
					raw = raw[6:]
				}
				r = pair
			}
			dst = utf8.AppendRune(dst, r)
			continue
		}
		dst = append(dst, b)
	}
}

// hex4 returns the number that the first four digits of s make.
func hex4(s []byte) rune {
	var r rune
	for _, b := range s[:4] {
		if !isDigit(b) {
			b = b&0xDF - 'A' + 10 + '0'
		}
		r = r<<4 | rune(b-'0')
	}
	return r
}
