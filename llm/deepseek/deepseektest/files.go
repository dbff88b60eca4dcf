package deepseektest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The limits on files.
const (
	maxImage    = 64 << 20
	maxDocument = 100 << 20
	maxTable    = 32 << 20 // and text, and books
	maxFileName = 512
	maxFiles    = 10_000
	maxStorage  = 25 << 30
	minExpiry   = 3_600
	maxExpiry   = 2_592_000
	maxPageSize = 1_000
)

// A file is what the service tells of a file. Of what is in it only text is kept,
// for the stand-in: nobody can ask for it.
type file struct {
	ID        string `json:"id"`
	Object    string `json:"object"`
	Bytes     int64  `json:"bytes"`
	CreatedAt int64  `json:"created_at"`
	ExpiresAt int64  `json:"expires_at,omitempty"`
	Filename  string `json:"filename"`
	Purpose   string `json:"purpose"`

	text string // the beginning of a document of plain text
}

// A fileStore keeps the files that were uploaded, oldest first. The zero value
// is empty.
type fileStore struct {
	mu    sync.Mutex
	files []file
	seq   int64
	bytes int64
	texts int // bytes
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
	if s.texts+len(f.text) > maxTexts {
		f.text = ""
	}
	s.files = append(s.files, f)
	s.bytes += f.Bytes
	s.texts += len(f.text)
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
		s.texts -= len(f.text)
	}
	return f, true
}

// list returns up to n files after the one with the given ID, newest first if
// down, and whether there are more. Only those of the purpose count, if there is
// one.
func (s *fileStore) list(after string, n int, down bool, purpose string) ([]file, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	rest := slices.Clone(s.files)
	if down {
		slices.Reverse(rest)
	}
	if i := slices.IndexFunc(rest, func(f file) bool { return f.ID == after }); i >= 0 {
		rest = rest[i+1:]
	}
	rest = slices.DeleteFunc(rest, func(f file) bool { return purpose != "" && f.Purpose != purpose })
	return rest[:min(n, len(rest))], n < len(rest)
}

func (s *fileStore) expire() {
	now := time.Now().Unix()
	s.files = slices.DeleteFunc(s.files, func(f file) bool {
		gone := f.ExpiresAt != 0 && f.ExpiresAt <= now
		if gone {
			s.bytes -= f.Bytes
			s.texts -= len(f.text)
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
	e.record()
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
		return e.writeValue(f)
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
	return e.writeValue(f)
}

func (e *exchange) listFiles() *apiError {
	q, n := e.r.URL.Query(), maxPageSize
	if s := q.Get("limit"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil || n < 1 || n > maxPageSize {
			return invalid("Invalid limit value, the valid range of limit is [1, %d]", maxPageSize)
		}
	}
	order, purpose := q.Get("order"), q.Get("purpose")
	if order != "" && order != "asc" && order != "desc" {
		return invalid("Invalid order value, it must be `asc` or `desc`")
	}
	if purpose != "" && !slices.Contains(purposes, purpose) {
		return wrongPurpose()
	}
	page, more := e.s.files.list(q.Get("after"), n, order == "desc", purpose)
	answer := struct {
		Object string `json:"object"`
		Data   []file `json:"data"`
		First  string `json:"first_id,omitempty"`
		Last   string `json:"last_id,omitempty"`
		More   bool   `json:"has_more"`
	}{Object: "list", Data: append([]file{}, page...), More: more}
	if len(page) > 0 {
		answer.First, answer.Last = page[0].ID, page[len(page)-1].ID
	}
	return e.writeValue(answer)
}
