package llmtest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
)

// save writes the file.
func (r *Recording) save(lenient bool) error {
	if err := r.failed(); err != nil {
		return err
	}
	if len(r.tape.exchanges) == 0 {
		if lenient {
			return nil
		}
		return errors.New("there was no request")
	}
	t := tape{comments: []string{"# Played back by tests. To record it again, set " + recordEnv + "=" + regexp.QuoteMeta(filepath.Base(r.File)) + " for go test."}}
	if old, err := readTape(r.File); err == nil {
		t.comments = old.comments
	}
	for _, ex := range r.tape.exchanges {
		r.secrets.learnBody(ex.reply.header.Get("Content-Type"), ex.reply.body)
	}
	for _, ex := range r.tape.exchanges {
		if ex.open {
			return fmt.Errorf("the reply to %s %s was neither read to its end nor closed", ex.method, r.secrets.hide(ex.target))
		}
		t.exchanges = append(t.exchanges, r.hidden(ex))
	}
	data := t.format()
	if _, err := parseTape(data); err != nil {
		return err
	}
	if err := writeFile(r.File, data); err != nil {
		return err
	}
	r.saved = true
	return nil
}

// readTape reads a file.
func readTape(name string) (*tape, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTape+1))
	if err != nil {
		return nil, err
	}
	return parseTape(data)
}

// writeFile writes a file in a step, and the directories that it is in.
func writeFile(name string, data []byte) (err error) {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".recording-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = io.Copy(f, bytes.NewReader(data))
	if err := cmp.Or(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		f.Close()
		return err
	}
	return os.Rename(f.Name(), name)
}
