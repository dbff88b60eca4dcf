package deepseektest

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm"
)

// What is kept of uploaded text, for the stand-in: so many bytes of each
// document, and of all.
const (
	maxText  = 256 << 10
	maxTexts = 16 << 20
)

// plainText returns the beginning of data if it is text in UTF-8, or "".
func plainText(data []byte) string {
	cut := len(data) >= maxText
	data = data[:min(len(data), maxText)]
	for range utf8.UTFMax - 1 {
		if r, n := utf8.DecodeLastRune(data); cut && r == utf8.RuneError && n == 1 {
			data = data[:len(data)-1]
		}
	}
	if !utf8.Valid(data) || !strings.HasPrefix(http.DetectContentType(data), "text/plain") {
		return ""
	}
	return strings.TrimPrefix(string(data), "\ufeff")
}

// uploaded returns the files that messages refer to, by their IDs.
func (s *fileStore) uploaded(messages []Message) map[string]file {
	var files map[string]file
	for _, m := range messages {
		for _, b := range m.Blobs {
			if f, ok := s.find(b.ID, false); ok {
				if files == nil {
					files = make(map[string]file)
				}
				files[b.ID] = f
			}
		}
	}
	return files
}

// read adds the text of the documents that come with a message, and counts what
// it cannot read.
func (c *conversation) read(blobs []llm.Blob) {
	for _, b := range blobs {
		f := c.req.files[b.ID]
		text := f.text
		if len(b.Data) > 0 {
			text = plainText(b.Data)
		}
		switch {
		case text != "":
			c.add(text, false)
		case f.Purpose == "user_data" || strings.HasPrefix(b.MIMEType, "image/"):
			c.images++
		default:
			c.files++
		}
	}
}

// unseen says what the rules have no eyes for, or is empty.
func (c *conversation) unseen() string {
	count := func(n int, one string) string {
		if n == 1 {
			return "1 " + one
		}
		return fmt.Sprintf("%d %ss", n, one)
	}
	images, files := count(c.images, "image"), count(c.files, "file")
	switch {
	case c.images == 0 && c.files == 0:
		return ""
	case c.files == 0:
		return c.say(images+" came along, which a stand-in cannot see.", fmt.Sprintf("附有 %d 张图片，替身看不到。", c.images))
	case c.images == 0:
		return c.say(files+" came along, which a stand-in cannot read.", fmt.Sprintf("附有 %d 个文件，替身读不了。", c.files))
	}
	return c.say(images+" and "+files+" came along, which a stand-in can neither see nor read.",
		fmt.Sprintf("附有 %d 张图片和 %d 个文件，替身看不到也读不了。", c.images, c.files))
}
