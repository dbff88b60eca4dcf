package deepseek

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"os"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm"
)

// The limits on files, after https://api-docs.deepseek.com/guides/files_api.
const (
	maxImage    = 64 << 20
	maxDocument = 100 << 20
	maxFileName = 512
	minLifetime = time.Hour
	maxLifetime = 30 * 24 * time.Hour
)

// A form is the body of an upload: fields, the content, and what closes it.
type form struct {
	io.Reader
	contentType string
	size        int64 // of all; -1 if it is not known
	content     *content
}

// form returns the body of the upload, or which rule it breaks.
func (u *Upload) form() (*form, error) {
	purpose := cmp.Or(u.Purpose, PurposeImage)
	limit := int64(maxDocument)
	switch purpose {
	case PurposeImage:
		limit = maxImage
	case PurposeText, PurposeLayout:
	default:
		return nil, invalid("purpose %.64q is not one of %s, %s and %s", purpose, PurposeImage, PurposeText, PurposeLayout)
	}
	size := sizeOf(u.Content)
	switch {
	case u.Content == nil:
		return nil, invalid("the upload has no content")
	case size == 0:
		return nil, invalid("the content is empty")
	case size > limit:
		return nil, tooLarge(limit)
	case !utf8.ValidString(u.Name) || utf8.RuneCountInString(u.Name) > maxFileName || strings.ContainsFunc(u.Name, unicode.IsControl):
		return nil, invalid("the name of a file must be at most %d characters of UTF-8, and none that controls a terminal", maxFileName)
	case strings.ContainsAny(u.Name, `/\`):
		return nil, invalid("the name of a file is without its directory, as filepath.Base returns it")
	case u.Lifetime != 0 && (u.Lifetime < minLifetime || u.Lifetime > maxLifetime || u.Lifetime%time.Second != 0):
		return nil, invalid("the lifetime of a file is %v: it must be whole seconds from an hour to 30 days, or zero for ever", u.Lifetime)
	}
	// The fields come first: the API must know the purpose when it meets a document.
	fields := [][2]string{{"purpose", string(purpose)}}
	if u.Lifetime != 0 {
		fields = append(fields, [2]string{"expires_after[anchor]", "created_at"},
			[2]string{"expires_after[seconds]", fmt.Sprint(int64(u.Lifetime / time.Second))})
	}
	var b bytes.Buffer // never fails
	w := multipart.NewWriter(&b)
	for _, f := range fields {
		w.WriteField(f[0], f[1])
	}
	w.CreateFormFile("file", cmp.Or(u.Name, "file"))
	n := b.Len()
	w.Close()
	f := &form{contentType: w.FormDataContentType(), size: -1, content: &content{r: u.Content, size: size, limit: limit}}
	if size > 0 {
		f.size = int64(b.Len()) + size
	}
	f.Reader = io.MultiReader(bytes.NewReader(b.Bytes()[:n]), f.content, bytes.NewReader(b.Bytes()[n:]))
	return f, nil
}

// sizeOf returns how much there is to read, or -1 if that is not known.
func sizeOf(r io.Reader) int64 {
	switch r := r.(type) {
	case *bytes.Reader:
		return int64(r.Len())
	case *bytes.Buffer:
		return int64(r.Len())
	case *strings.Reader:
		return int64(r.Len())
	case *os.File:
		info, err := r.Stat()
		if err != nil || !info.Mode().IsRegular() {
			return -1
		}
		at, err := r.Seek(0, io.SeekCurrent)
		if err != nil {
			return -1
		}
		return max(0, info.Size()-at)
	}
	return -1
}

func tooLarge(limit int64) error {
	return &llm.Error{Provider: provider, Message: fmt.Sprintf("a file of this purpose may have at most %d MiB", limit>>20),
		Err: fmt.Errorf("%w: %w", llm.ErrInvalid, llm.ErrTooLarge)}
}

// start returns the form as what is sent with a request that ends with ctx. A
// goroutine reads the content: net/http waits for a Read of a body, whatever
// becomes of the request, and that of the content may never return.
func (f *form) start(ctx context.Context) io.ReadCloser {
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.Copy(w, f)
		w.CloseWithError(err)
	}()
	return r
}

// end keeps the content from being read any further, and returns why it could
// not be read so far.
func (f *form) end() error {
	f.content.mu.Lock()
	defer f.content.mu.Unlock()
	f.content.ended = true
	return f.content.err
}

// A content is what an upload is of. It knows what was wrong with it, which an
// HTTP client reports in words of its own.
type content struct {
	r     io.Reader
	size  int64 // -1 if it is not known
	limit int64
	n     int64 // read so far

	mu    sync.Mutex // not held while reading
	ended bool
	err   error
}

func (c *content) Read(p []byte) (int, error) {
	c.mu.Lock()
	ended := c.ended
	c.mu.Unlock()
	if ended {
		return 0, errEnded
	}
	if c.size >= 0 {
		if p = p[:min(int64(len(p)), c.size-c.n)]; len(p) == 0 {
			return 0, io.EOF // a file that grows meanwhile is sent as it was
		}
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	switch {
	case c.n > c.limit:
		return 0, c.fail(tooLarge(c.limit))
	case err == io.EOF && c.n < c.size:
		return n, c.fail(c.unread(fmt.Errorf("%w: it has %d bytes in place of %d", io.ErrUnexpectedEOF, c.n, c.size)))
	case err != nil && err != io.EOF:
		return n, c.fail(c.unread(err))
	}
	return n, err
}

var errEnded = errors.New("the upload is over")

func (c *content) unread(err error) error {
	return &llm.Error{Provider: provider, Message: "the content of the file could not be read to its end", NoRetry: true, Err: err}
}

// fail notes why the content cannot be sent.
func (c *content) fail(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	return err
}
