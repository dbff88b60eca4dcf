package chain

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
)

// A journal begins with journalHeader. Each line after it is a record:
//
//	{"key":"9f86…","step":"title","out":…,"sum":"c3a5f2d1"}
//
// The key is that of keyOf in hex, the sum the CRC-32C of what stands before
// `,"sum"`, so that a line that was changed or written in part is found.
const (
	journalVersion = `{"hadal":"journal","v":`
	journalHeader  = journalVersion + "1}\n"

	recordStart = `{"key":"`
	recordStep  = `","step":`
	recordOut   = `,"out":`
	recordSum   = `,"sum":"`
	recordEnd   = `"}`
	recordTail  = len(recordSum) + 2*crc32.Size + len(recordEnd)

	longestRecord = 64 << 20 // bytes, with the end of line
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A journalKey stands for an input of a step.
type journalKey [sha256.Size]byte

// keyOf returns the SHA-256 of the step and the JSON of the input.
func keyOf[I any](step string, in I) (journalKey, error) {
	head := binary.AppendUvarint(make([]byte, 0, 512), uint64(len(step)))
	head = append(head, step...)
	data, err := appendJSON(head, in)
	if err != nil {
		return journalKey{}, err
	}
	if encoded := data[len(head):]; replaces(encoded) {
		if err := decodeSame[I](encoded, new(I)); err != nil {
			return journalKey{}, err
		}
	}
	return sha256.Sum256(data), nil
}

// encodeOutput returns the JSON of out and decodes it to kept.
func encodeOutput[O any](out O, kept *O) ([]byte, error) {
	data, err := appendJSON(nil, out)
	if err != nil {
		return nil, err
	}
	if replaces(data) {
		return data, decodeSame(data, kept)
	}
	return data, decodeJSON(data, kept)
}

var errNotUTF8 = errors.New("text that is not UTF-8, which JSON cannot keep: encode it as []byte")

// decodeSame decodes data to v and fails if v does not encode to data again.
func decodeSame[T any](data []byte, v *T) error {
	if err := decodeJSON(data, v); err != nil {
		return err
	}
	again, err := appendJSON(nil, *v)
	if err == nil && !bytes.Equal(again, data) {
		err = errNotUTF8
	}
	return err
}

// replaces reports whether the JSON holds the escape of U+FFFD. The encoder puts
// it for a byte that is not UTF-8, while it leaves a U+FFFD of the text as it
// is. Only a json.RawMessage, or a method MarshalJSON, may have it from elsewhere.
func replaces(data []byte) bool {
	const escape = `\ufffd`
	for {
		i := bytes.Index(data, []byte(escape))
		if i < 0 {
			return false
		}
		slashes := len(data[:i]) - len(bytes.TrimRight(data[:i], `\`))
		if slashes%2 == 0 { // else the backslash is itself escaped
			return true
		}
		data = data[i+len(escape):]
	}
}

// appendJSON appends the JSON of v to b, without the escapes that only HTML needs.
// The encoder gets the address, or it would pass over methods of the pointer.
func appendJSON[T any](b []byte, v T) ([]byte, error) {
	buf := bytes.NewBuffer(b)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(&v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

func decodeJSON[T any](data []byte, v *T) error { return json.Unmarshal(data, v) }

// encodeRecord returns the line for an output, with its end of line.
func encodeRecord(step string, key journalKey, out []byte) ([]byte, error) {
	name, err := appendJSON(nil, step)
	if err != nil {
		return nil, err
	}
	size := len(recordStart) + hex.EncodedLen(len(key)) + len(recordStep) + len(name) + len(recordOut) + len(out) + recordTail + 1
	if size > longestRecord {
		return nil, fmt.Errorf("a record of %d bytes, more than the %d that are allowed", size, longestRecord)
	}
	line := append(make([]byte, 0, size), recordStart...)
	line = hex.AppendEncode(line, key[:])
	line = append(append(line, recordStep...), name...)
	line = append(append(line, recordOut...), out...)
	sum := crc32.Checksum(line, castagnoli)
	line = append(line, recordSum...)
	line = hex.AppendEncode(line, binary.BigEndian.AppendUint32(nil, sum))
	return append(append(line, recordEnd...), '\n'), nil
}

// parseRecord returns the key and the output of a line, without its end. It
// returns false if the line is not what encodeRecord returned.
func parseRecord(line []byte) (key journalKey, out []byte, ok bool) {
	n := len(line) - recordTail
	if n < 0 {
		return key, nil, false
	}
	sum := hex.AppendEncode([]byte(recordSum), binary.BigEndian.AppendUint32(nil, crc32.Checksum(line[:n], castagnoli)))
	if string(line[n:]) != string(sum)+recordEnd {
		return key, nil, false
	}
	rest, ok := bytes.CutPrefix(line[:n], []byte(recordStart))
	if !ok || len(rest) < hex.EncodedLen(len(key)) {
		return key, nil, false
	}
	digits, rest := rest[:hex.EncodedLen(len(key))], rest[hex.EncodedLen(len(key)):]
	if _, err := hex.Decode(key[:], digits); err != nil {
		return key, nil, false
	}
	if rest, ok = bytes.CutPrefix(rest, []byte(recordStep+`"`)); !ok {
		return key, nil, false
	}
	end := 0
	for end < len(rest) && rest[end] != '"' {
		if rest[end] == '\\' {
			end++
		}
		end++
	}
	out, ok = bytes.CutPrefix(rest[min(end, len(rest)):], []byte(`"`+recordOut))
	return key, out, ok
}
