package deepseektest

import (
	"bytes"
	"encoding/base64"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// A partBody is an element of a content that is a list.
type partBody struct {
	Type     *string `json:"type"`
	Text     *string `json:"text"`
	ImageURL *struct {
		URL    *string `json:"url"`
		Detail *string `json:"detail"`
	} `json:"image_url"`
	FileID   *string `json:"file_id"`
	FileData *string `json:"file_data"`
	Filename *string `json:"filename"`
}

// readContent fills m from a content, which is text, a list of parts, or null.
func (b *messageBody) readContent(m *Message, i int) *apiError {
	raw := bytes.TrimSpace(b.Content)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		if m.Role != llm.RoleAssistant {
			return malformed("messages[%d]: missing field `content`", i)
		}
		if len(m.ToolCalls) == 0 {
			return invalid("content or tool_calls must be set")
		}
		return nil
	case raw[0] == '"':
		return decode(raw, &m.Content)
	case raw[0] != '[':
		return malformed("messages[%d].content: invalid type, expected a string or a list of parts", i)
	}
	var parts []partBody
	if err := decode(raw, &parts); err != nil {
		return malformed("messages[%d].content: data did not match any variant of untagged enum ChatCompletionRequestContent", i)
	}
	for j := range parts {
		if err := parts[j].read(m, i, j); err != nil {
			return err
		}
	}
	return nil
}

func (p *partBody) read(m *Message, i, j int) *apiError {
	switch kind := value(p.Type); {
	case kind == "text" && p.Text != nil:
		m.Content += *p.Text
		return nil
	case kind == "image_url" && p.ImageURL != nil && p.ImageURL.URL != nil:
		b := llm.Blob{Detail: value(p.ImageURL.Detail)}
		if err := readURL(&b, *p.ImageURL.URL); err != nil {
			return err
		}
		if b.MIMEType == "" {
			b.MIMEType = "image/*"
		}
		m.Blobs = append(m.Blobs, b)
		return nil
	case kind == "file" && p.FileID != nil:
		m.Blobs = append(m.Blobs, llm.Blob{ID: *p.FileID})
		return nil
	case kind == "file" && p.FileData != nil:
		b := llm.Blob{Name: value(p.Filename)}
		if !strings.HasPrefix(*p.FileData, "data:") {
			return invalid("Invalid file_data: a data URL is expected")
		}
		if err := readURL(&b, *p.FileData); err != nil {
			return err
		}
		m.Blobs = append(m.Blobs, b)
		return nil
	case kind == "text" || kind == "image_url" || kind == "file":
		return malformed("messages[%d].content[%d]: a part of type `%s` lacks what its type is named for", i, j, kind)
	default:
		return malformed("messages[%d].content[%d]: unknown variant `%s`, expected one of `text`, `image_url`, `file`", i, j, kind)
	}
}

// readURL sets the data of b, or its URL, after the rules of the API.
func readURL(b *llm.Blob, url string) *apiError {
	if rest, ok := strings.CutPrefix(url, "data:"); ok {
		mime, data, ok := strings.Cut(rest, ";base64,")
		if !ok {
			return invalid("Invalid data URL: it must be of the form data:<type>;base64,<data>")
		}
		raw, err := base64.StdEncoding.DecodeString(data)
		if err != nil || len(raw) == 0 {
			return invalid("Invalid data URL: its data is not base64, or empty")
		}
		b.MIMEType, b.Data = mime, raw
		return nil
	}
	if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
		return invalid("Invalid image_url: an http, https or data URL is expected")
	}
	if len(url) > 8192 {
		return invalid("Invalid image_url: longer than 8192 characters")
	}
	b.URL = url
	return nil
}
