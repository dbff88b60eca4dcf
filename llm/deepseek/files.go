package deepseek

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// A File is what the API keeps of an upload. What is in it cannot be had back.
//
// See https://api-docs.deepseek.com/guides/files_api.
type File struct {
	ID      string
	Name    string
	Size    int64     // bytes
	Created time.Time // to the second
	Expires time.Time // zero: never
	Purpose Purpose
}

// Blob returns the part of a user's message that shows the file to a model:
//
//	llm.Message{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("What is this?"), file.Blob()}}
func (f *File) Blob() llm.Blob {
	b := llm.Blob{ID: f.ID, Name: f.Name}
	if f.Purpose == PurposeImage { // so that a model without eyes is not asked
		b.MIMEType = imageTypes[strings.ToLower(path.Ext(f.Name))]
	}
	return b
}

var imageTypes = map[string]string{
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp",
}

// A Purpose is what the API does with a file.
type Purpose string

// The purposes. A document is read when it is uploaded, for a price by the page;
// see https://api-docs.deepseek.com/guides/document_parsing.
const (
	PurposeImage  Purpose = "user_data"               // a JPEG, PNG, GIF or WebP, which a model sees as it is
	PurposeText   Purpose = "text_recognition"        // a document, of which a model gets the text
	PurposeLayout Purpose = "rich_layout_recognition" // a document, of which a model gets the text, and the figures where they stand
)

// File returns what the API keeps under an ID. Errors are of type [*llm.Error],
// with status 404 if there is nothing.
func (c *Client) File(ctx context.Context, id string) (*File, error) {
	var body fileBody
	if err := c.fileCall(ctx, http.MethodGet, id, &body); err != nil {
		return nil, err
	}
	return body.file(), nil
}

// DeleteFile makes the API forget a file. Errors are of type [*llm.Error], with
// status 404 if there is none with that ID. If the reply to the request was
// lost, the file may be gone all the same, and the next try says 404.
func (c *Client) DeleteFile(ctx context.Context, id string) error {
	return c.fileCall(ctx, http.MethodDelete, id, &deletedBody{want: id})
}

func (c *Client) fileCall(ctx context.Context, method, id string, v any) error {
	if err := c.deepSeekOnly(fileStore); err != nil {
		return err
	}
	if !idPattern.MatchString(id) {
		return invalid("%.64q is not the ID of a file: those are of letters, digits, - and _", id)
	}
	return c.call(ctx, call{
		method:  method,
		url:     c.endpoint("/files/"+url.PathEscape(id), false),
		missing: "there is no file " + id + "; it may have expired, or belong to another account",
	}, v)
}

// idPattern keeps what is part of a path from leaving it.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

const (
	fileStore = "the store of files"

	filesPerPage = 1000 // the most that the API gives

	// maxFilePages ends a list that has no end. The API keeps 10,000 files for
	// an account, but a gateway may give few at a time.
	maxFilePages = 10_000
)

// Files returns the files of the account, oldest first. It asks for them page by
// page, as the loop goes on, and sends nothing more once the loop is left. It
// returns a single-use iterator, which ends after one pair of a nil file and the
// error if something fails; errors are of type [*llm.Error].
//
// The list is not a snapshot: to delete many files, collect their IDs first.
func (c *Client) Files(ctx context.Context) iter.Seq2[*File, error] {
	return func(yield func(*File, error) bool) {
		if err := c.deepSeekOnly(fileStore); err != nil {
			yield(nil, err)
			return
		}
		query := url.Values{"limit": {fmt.Sprint(filesPerPage)}, "order": {"asc"}}
		seen := make(map[string]bool) // the files that pages began after
		for {
			var page filesBody
			err := c.call(ctx, call{method: http.MethodGet, url: c.endpoint("/files", false), query: query}, &page)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range *page.Data {
				if !yield((*page.Data)[i].file(), nil) {
					return
				}
			}
			if !page.More {
				return
			}
			after := (*page.Data)[len(*page.Data)-1].ID
			if seen[after] || len(seen) == maxFilePages {
				yield(nil, &llm.Error{Provider: provider, Message: "the list of files has no end: its pages repeat, or are too many", Err: llm.ErrProtocol})
				return
			}
			seen[after] = true
			query.Set("after", after)
		}
	}
}

// A fileBody is a file as the API writes it.
type fileBody struct {
	ID      string  `json:"id"`
	Name    string  `json:"filename"`
	Size    int64   `json:"bytes"`
	Created int64   `json:"created_at"`
	Expires int64   `json:"expires_at"`
	Purpose Purpose `json:"purpose"`
}

func (b *fileBody) lacks() string {
	if b.ID == "" {
		return "id"
	}
	return ""
}

func (b *fileBody) file() *File {
	f := &File{ID: b.ID, Name: b.Name, Size: b.Size, Created: time.Unix(b.Created, 0).UTC(), Purpose: b.Purpose}
	if b.Expires != 0 {
		f.Expires = time.Unix(b.Expires, 0).UTC()
	}
	return f
}

type filesBody struct {
	Data *[]fileBody `json:"data"`
	More bool        `json:"has_more"`
}

func (b *filesBody) lacks() string {
	switch {
	case b.Data == nil:
		return "data"
	case b.More && len(*b.Data) == 0:
		return "files, but says that there are more"
	}
	for i := range *b.Data {
		if what := (*b.Data)[i].lacks(); what != "" {
			return fmt.Sprintf("%s of file %d", what, i)
		}
	}
	return ""
}

type deletedBody struct {
	ID      string `json:"id"`
	Deleted bool   `json:"deleted"`
	want    string
}

func (b *deletedBody) lacks() string {
	if !b.Deleted || b.ID != b.want {
		return "confirmation that the file is deleted"
	}
	return ""
}

// An Upload is a file to be.
type Upload struct {
	// Name is what the file is called, without the directory; if empty, "file".
	Name string

	// Content is read once, to its end. If it is a file, or a reader of package
	// bytes or strings, its size is known before anything is sent.
	Content io.Reader

	// Purpose is what the API does with the file; if empty, PurposeImage, so that
	// documents need another.
	Purpose Purpose

	// Lifetime is how long the API keeps the file: whole seconds from an hour to
	// 30 days, or zero to keep it until it is deleted.
	Lifetime time.Duration
}

// Upload gives the API a file, for messages to refer to. Images may have 64 MiB,
// documents 100 MiB. It streams the content, which is never in memory as a
// whole, and sends it once: there is no way to read it again.
//
// Errors are of type [*llm.Error]. One of the content's own is wrapped in it.
// [Clocks.First] bounds the upload together with the wait for an answer. If
// Upload returns before the content is at its end, a Read may still be under way.
func (c *Client) Upload(ctx context.Context, u Upload) (*File, error) {
	if err := c.deepSeekOnly(fileStore); err != nil {
		return nil, err
	}
	form, err := u.form()
	if err != nil {
		return nil, err
	}
	var body fileBody
	if err := c.call(ctx, call{method: http.MethodPost, url: c.endpoint("/files", false), form: form}, &body); err != nil {
		return nil, err
	}
	return body.file(), nil
}
