package tools

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm"
)

// cut returns parts with at most limit bytes of content, and marks that say what is
// missing. A limit below zero is none. Text is cut in whole characters, at its end or
// for tail at its beginning; blobs are left out whole. There are two marks at most, so
// that a thousand blobs do not make a thousand of them.
func cut(parts llm.Parts, limit int, tail bool) llm.Parts {
	if limit < 0 || size(parts) <= limit {
		return parts
	}
	kept := make(llm.Parts, len(parts))
	left := limit // that may be kept
	cutAt := -1   // the part that has the mark
	missing := 0  // bytes of text
	var lost []llm.Blob
	lostAt := 0 // the part that has the mark of those
	for n := range parts {
		i := n
		if tail {
			i = len(parts) - 1 - n
		}
		switch p := parts[i].(type) {
		case llm.Blob:
			if b := blobSize(p); b <= left {
				kept[i], left = p, left-b
				break
			}
			if lost = append(lost, p); len(lost) == 1 {
				lostAt = i
			}
		case llm.Text:
			switch {
			case cutAt >= 0:
				missing += len(p)
			case len(p) <= left:
				kept[i], left = p, left-len(p)
			default:
				cutAt = i
				text := trim(string(p), left, tail)
				missing, left = len(p)-len(text), left-len(text)
				kept[i] = llm.Text(strings.Clone(text)) // the whole is not held on to
			}
		}
	}
	if cutAt >= 0 {
		kept[cutAt] = marked(kept[cutAt].(llm.Text), missing, limit, tail)
	}
	if len(lost) > 0 {
		kept[lostAt] = without(lost, limit)
	}
	return present(kept)
}

// without returns the mark for blobs that are left out.
func without(lost []llm.Blob, limit int) llm.Text {
	total := 0
	for _, b := range lost {
		total += blobSize(b)
	}
	what := fmt.Sprintf("%d files of %d bytes are", len(lost), total)
	if len(lost) == 1 {
		name := short(cmp.Or(lost[0].Name, lost[0].MIMEType, "a file"), 80)
		what = fmt.Sprintf("%s of %d bytes is", name, total)
	}
	return llm.Text(fmt.Sprintf("[%s missing: results are limited to %d bytes]", what, limit))
}

// sound returns parts with text that is UTF-8, as that of JSON is, so that a result is
// the same when it was stored.
func sound(parts llm.Parts) llm.Parts {
	for i, p := range parts {
		if text, ok := p.(llm.Text); ok && !utf8.ValidString(string(text)) {
			parts = slices.Clone(parts)
			for k, p := range parts[i:] {
				if text, ok := p.(llm.Text); ok {
					parts[i+k] = llm.Text(strings.ToValidUTF8(string(text), "\ufffd"))
				}
			}
			break
		}
	}
	return parts
}

// trim returns at most n bytes of s, in whole characters.
func trim(s string, n int, tail bool) string {
	if !tail {
		return s[:startOf(s, n)]
	}
	i := len(s) - n
	for k := i; k < i+utf8.UTFMax && k <= len(s); k++ {
		if k == len(s) || utf8.RuneStart(s[k]) {
			return s[k:]
		}
	}
	return s[i:]
}

// marked returns a text that was cut, with what says so.
func marked(text llm.Text, missing, limit int, tail bool) llm.Text {
	line := llm.Text("\n")
	if text == "" {
		line = ""
	}
	if tail {
		return llm.Text(fmt.Sprintf("[the first %d bytes are missing: results are limited to %d bytes]", missing, limit)) + line + text
	}
	return text + line + llm.Text(fmt.Sprintf("[%d more bytes are missing: results are limited to %d bytes]", missing, limit))
}

// present returns the parts that are there.
func present(parts llm.Parts) llm.Parts {
	var list llm.Parts
	for _, p := range parts {
		if p != nil {
			list = append(list, p)
		}
	}
	return list
}

// size returns the bytes of content in the parts of a result.
func size(parts llm.Parts) int {
	n := 0
	for _, p := range parts {
		switch p := p.(type) {
		case llm.Text:
			n += len(p)
		case llm.Blob:
			n += blobSize(p)
		}
	}
	return n
}

func blobSize(b llm.Blob) int { return len(b.Data) + len(b.URL) + len(b.ID) }
