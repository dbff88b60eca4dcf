package deepseektest

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// purposes are what the service can do with a file: show it to a model, or read
// it as a document.
var purposes = []string{"user_data", "text_recognition", "rich_layout_recognition"}

func wrongPurpose() *apiError {
	return invalid("Invalid purpose value, it must be one of `%s`", strings.Join(purposes, "`, `"))
}

// upload reads a file and what is to be known of it.
func (e *exchange) upload() (file, *apiError) {
	f := file{Object: "file", CreatedAt: time.Now().Unix()}
	form, err := e.r.MultipartReader()
	if err != nil {
		return f, invalid("multipart/form-data is expected")
	}
	var anchor, seconds string
	kind := noKind
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return f, invalid("Failed to parse multipart/form-data")
		}
		if part.FormName() == "file" {
			var failed *apiError
			if kind, failed = f.read(part); failed != nil {
				return f, failed
			}
			if kind != image && f.Purpose == "" {
				return f, invalid("the `purpose` field must come before the `file` field")
			}
			continue
		}
		value, _ := readAll(part, 0, 4096)
		switch part.FormName() {
		case "purpose":
			f.Purpose = string(value)
		case "expires_after[anchor]":
			anchor = string(value)
		case "expires_after[seconds]":
			seconds = string(value)
		}
	}
	if anchor != "" || seconds != "" {
		n, err := strconv.ParseInt(seconds, 10, 64)
		switch {
		case anchor != "created_at":
			return f, invalid("expires_after[anchor] must be `created_at`, along with expires_after[seconds]")
		case err != nil || n < minExpiry || n > maxExpiry:
			return f, invalid("Invalid expires_after value, the valid range is [%d, %d] seconds", minExpiry, maxExpiry)
		}
		f.ExpiresAt = f.CreatedAt + n
	}
	switch {
	case kind == noKind:
		return f, invalid("missing field `file`")
	case !slices.Contains(purposes, f.Purpose):
		return f, wrongPurpose()
	case f.Purpose == "user_data" && kind != image:
		return f, invalid("Unsupported file type: JPEG, PNG, GIF and WebP are supported for the purpose `user_data`")
	}
	return f, nil
}

// read reads the content of f, and returns what kind of file it is.
func (f *file) read(part *multipart.Part) (fileKind, *apiError) {
	f.Filename = part.FileName()
	head := make([]byte, 512)
	n, err := io.ReadFull(part, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return noKind, invalid("Failed to parse multipart/form-data")
	}
	kind := kindOfFile(head[:n], f.Filename)
	limit := map[fileKind]int64{image: maxImage, document: maxDocument, table: maxTable}[kind]
	var text bytes.Buffer
	body := io.LimitReader(part, limit)
	if kind == table && f.Purpose == "text_recognition" {
		text.Write(head[:n])
		body = io.MultiReader(io.TeeReader(io.LimitReader(body, maxText-int64(n)), &text), body)
	}
	rest, err := io.Copy(io.Discard, body)
	if err != nil {
		return noKind, invalid("Failed to parse multipart/form-data")
	}
	f.Bytes, f.text = int64(n)+rest, plainText(text.Bytes())
	switch {
	case utf8.RuneCountInString(f.Filename) > maxFileName:
		return noKind, invalid("The filename is too long: at most %d characters are supported", maxFileName)
	case f.Bytes == 0:
		return noKind, invalid("File is empty")
	case kind == noKind:
		return noKind, invalid("Unsupported file type: images, PDF, Office documents, books and plain text are supported")
	case f.Bytes > limit:
		return noKind, &apiError{status: http.StatusRequestEntityTooLarge, message: "File is too large: at most " + strconv.FormatInt(limit>>20, 10) + " MiB are supported"}
	}
	return kind, nil
}

// A fileKind is what a file is to the service. Each has a limit of its own.
type fileKind int

const (
	noKind fileKind = iota
	image
	document
	table // or plain text, or a book
)

// kindOfFile returns what a file is, by its first bytes, and by its name where
// they do not tell.
func kindOfFile(head []byte, name string) fileKind {
	switch mime, _, _ := strings.Cut(http.DetectContentType(head), ";"); mime {
	case "image/jpeg", "image/png", "image/gif", "image/webp":
		return image
	case "application/pdf":
		return document
	case "application/zip":
		switch strings.ToLower(path.Ext(name)) {
		case ".docx", ".pptx":
			return document
		case ".xlsx", ".epub":
			return table
		}
	case "text/plain", "text/xml", "text/html":
		return table
	}
	if bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) { // older Office documents
		if strings.ToLower(path.Ext(name)) == ".xls" {
			return table
		}
		return document
	}
	return noKind
}
