package deepseektest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The limits on files.
const (
	maxFile     = 64 << 20
	maxFiles    = 10_000
	maxStorage  = 25 << 30
	minExpiry   = 3_600
	maxExpiry   = 2_592_000
	maxPageSize = 10_000
)

// A file is what the service tells of a file. What is in it is not kept, as
// nobody can ask for it.
type file struct {
	ID        string `json:"id"`
	Object    string `json:"object"`
	Bytes     int64  `json:"bytes"`
	CreatedAt int64  `json:"created_at"`
	ExpiresAt int64  `json:"expires_at,omitempty"`
	Filename  string `json:"filename"`
	Purpose   string `json:"purpose"`
	Status    string `json:"status"`
}

// A fileStore keeps the files that were uploaded, oldest first. The zero value
// is empty.
type fileStore struct {
	mu    sync.Mutex
	files []file
	seq   int64
	bytes int64
}

// add keeps f under a new ID.
func (s *fileStore) add(f file) (file, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	if len(s.files) >= maxFiles || s.bytes+f.Bytes > maxStorage {
		return f, invalid("The limit on files is reached: %d files, or 25 GiB", maxFiles)
	}
	s.seq++
	f.ID = "file-api-" + digest("file", s.seq)[:24]
	s.files = append(s.files, f)
	s.bytes += f.Bytes
	return f, nil
}

// find returns the file with the given ID, and forgets it if it shall.
func (s *fileStore) find(id string, remove bool) (file, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	i := slices.IndexFunc(s.files, func(f file) bool { return f.ID == id })
	if i < 0 {
		return file{}, false
	}
	f := s.files[i]
	if remove {
		s.files = slices.Delete(s.files, i, i+1)
		s.bytes -= f.Bytes
	}
	return f, true
}

// list returns up to n files after the one with the given ID, and whether there
// are more.
func (s *fileStore) list(after string, n int) ([]file, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	rest := s.files
	if i := slices.IndexFunc(rest, func(f file) bool { return f.ID == after }); i >= 0 {
		rest = rest[i+1:]
	}
	page := slices.Clone(rest[:min(n, len(rest))])
	return page, len(page) < len(rest)
}

func (s *fileStore) expire() {
	now := time.Now().Unix()
	s.files = slices.DeleteFunc(s.files, func(f file) bool {
		gone := f.ExpiresAt != 0 && f.ExpiresAt <= now
		if gone {
			s.bytes -= f.Bytes
		}
		return gone
	})
}

// check reports a file in the messages that is not there.
func (s *fileStore) check(messages []Message) *apiError {
	for _, m := range messages {
		for _, b := range m.Blobs {
			if b.ID == "" {
				continue
			}
			if _, ok := s.find(b.ID, false); !ok {
				return invalid("File '%s' not found", b.ID)
			}
		}
	}
	return nil
}

// fileCall answers a request under /files. The rest of the path is empty or
// begins with a slash.
func (e *exchange) fileCall(rest string) *apiError {
	e.s.record(e.req)
	id := strings.TrimPrefix(rest, "/")
	switch method := e.r.Method; {
	case id == "" && method == http.MethodPost:
		f, err := e.upload()
		if err == nil {
			f, err = e.s.files.add(f)
		}
		if err != nil {
			return err
		}
		return e.writeFile(f)
	case id == "" && method == http.MethodGet:
		return e.listFiles()
	case id == "" || method != http.MethodGet && method != http.MethodDelete:
		return wrongMethod()
	}
	f, ok := e.s.files.find(id, e.r.Method == http.MethodDelete)
	if !ok {
		return &apiError{status: http.StatusNotFound, message: "File not found"}
	}
	if e.r.Method == http.MethodDelete {
		writeJSON(e.w, http.StatusOK, []byte(`{"id":"`+f.ID+`","object":"file","deleted":true}`))
		return nil
	}
	return e.writeFile(f)
}

func (e *exchange) writeFile(v any) *apiError {
	b, err := json.Marshal(v)
	if err != nil {
		return &apiError{status: http.StatusInternalServerError, message: err.Error()}
	}
	writeJSON(e.w, http.StatusOK, b)
	return nil
}

func (e *exchange) listFiles() *apiError {
	q, n := e.r.URL.Query(), maxPageSize
	if s := q.Get("limit"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil || n < 1 || n > maxPageSize {
			return invalid("Invalid limit value, the valid range of limit is [1, %d]", maxPageSize)
		}
	}
	page, more := e.s.files.list(q.Get("after"), n)
	return e.writeFile(struct {
		Object string `json:"object"`
		Data   []file `json:"data"`
		More   bool   `json:"has_more"`
	}{"list", append([]file{}, page...), more})
}

// upload reads a file and what is to be known of it.
func (e *exchange) upload() (file, *apiError) {
	f := file{Object: "file", Status: "processed", CreatedAt: time.Now().Unix()}
	form, err := e.r.MultipartReader()
	if err != nil {
		return f, invalid("multipart/form-data is expected")
	}
	sound := false
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return f, invalid("Failed to parse multipart/form-data")
		}
		if part.FormName() == "file" {
			if err := f.read(part); err != nil {
				return f, err
			}
			sound = true
			continue
		}
		value, _ := readAll(part, 4096)
		switch part.FormName() {
		case "purpose":
			f.Purpose = string(value)
		case "expires_after[seconds]", "expires_after":
			n, err := strconv.ParseInt(string(value), 10, 64)
			if err != nil || n < minExpiry || n > maxExpiry {
				return f, invalid("Invalid expires_after value, the valid range is [%d, %d] seconds", minExpiry, maxExpiry)
			}
			f.ExpiresAt = f.CreatedAt + n
		}
	}
	switch {
	case !sound:
		return f, invalid("missing field `file`")
	case f.Purpose != "user_data":
		return f, invalid("Invalid purpose value, only `user_data` is supported")
	}
	return f, nil
}

// read reads the content of f.
func (f *file) read(part *multipart.Part) *apiError {
	f.Filename = part.FileName()
	head := make([]byte, 512)
	n, err := io.ReadFull(part, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return invalid("Failed to parse multipart/form-data")
	}
	rest, err := io.Copy(io.Discard, io.LimitReader(part, maxFile))
	if err != nil {
		return invalid("Failed to parse multipart/form-data")
	}
	f.Bytes = int64(n) + rest
	switch {
	case f.Bytes > maxFile:
		return &apiError{status: http.StatusRequestEntityTooLarge, message: "File is too large: at most 64 MiB are supported"}
	case f.Bytes == 0:
		return invalid("File is empty")
	case !supported(head[:n], f.Filename):
		return invalid("Unsupported file type: JPEG, PNG, GIF, WebP, PDF and Office documents are supported")
	}
	return nil
}

// supported reports whether the service takes files like this one.
func supported(head []byte, name string) bool {
	switch http.DetectContentType(head) {
	case "image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf":
		return true
	case "application/zip":
		return slices.Contains([]string{".docx", ".xlsx", ".pptx"}, strings.ToLower(path.Ext(name)))
	}
	return bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) // older Office documents
}
