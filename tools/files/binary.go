package files

import (
	"bytes"
	"strings"
)

// magic is how files of some types begin.
var magic = []struct{ prefix, kind string }{
	{"\x89PNG\r\n\x1a\n", "PNG image"},
	{"\xff\xd8\xff", "JPEG image"},
	{"GIF8", "GIF image"},
	{"%PDF-", "PDF document"},
	{"PK\x03\x04", "ZIP archive or office document"},
	{"\x1f\x8b", "gzip archive"},
	{"BZh", "bzip2 archive"},
	{"\x28\xb5\x2f\xfd", "zstd archive"},
	{"\xfd7zXZ\x00", "xz archive"},
	{"7z\xbc\xaf\x27\x1c", "7z archive"},
	{"\x7fELF", "ELF program"},
	{"MZ", "Windows program"},
	{"\xcf\xfa\xed\xfe", "Mach-O program"},
	{"\x00asm", "WebAssembly"},
	{"\xca\xfe\xba\xbe", "Java class"},
	{"SQLite format 3\x00", "SQLite database"},
	{"RIFF", "RIFF audio, video or image"},
	{"OggS", "Ogg audio or video"},
	{"ID3", "MP3 audio"},
	{"\xff\xfe", "text in UTF-16"},
	{"\xfe\xff", "text in UTF-16"},
}

const binaryHead = 8000 // bytes that tell a binary file, as git has it

// binary returns of which type a file is that begins with head, or "" if it is a
// text: one without a zero byte in its head.
func binary(head []byte) string {
	if bytes.IndexByte(head[:min(len(head), binaryHead)], 0) < 0 && !bytes.HasPrefix(head, []byte("%PDF-")) {
		return ""
	}
	for _, m := range magic {
		if strings.HasPrefix(string(head[:min(len(head), 16)]), m.prefix) {
			return m.kind
		}
	}
	return "unknown type"
}
