package deepseektest

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// A script is replies to give in order, the last of them for ever.
type script struct {
	replies []Reply
	next    int
	used    bool // a request has taken a reply
}

func newScript(replies []Reply) *script {
	return &script{replies: slices.Clone(replies)}
}

func (s *script) take() Reply {
	r := s.replies[s.next]
	s.next = min(s.next+1, len(s.replies)-1)
	s.used = true
	return r
}

// Script gives the replies to the requests for a path, in order and the last of
// them for ever, in place of what the server answers of its own. It replaces the
// script that the path has; with no replies, the path has none. A request that has
// taken its reply keeps it.
//
// A reply with Wire or with a Status from 400 on is the whole answer, and nothing
// happens on the server: no file is kept or deleted. Any other reply is the
// server's own answer, errors included, and the fields for how the bytes travel
// apply to it, Status and Header too. So the zero Reply is the server's own
// answer as it is; at the end of a script it ends the script. What a model would
// say has no place there: a reply with a Text or the like is answered with
// status 500, and fails the test of [NewServer].
//
// A path is without /v1 and /beta, which lead to the same, and without a query:
// "/models", "/user/balance", "/tools/search". It may have a method ahead of it,
// as in "DELETE /files/file-api-1", and one that ends in a slash stands for all
// below it, as in "/files/". The longest path that fits a request decides, one
// with a method first. It need not exist on the server. A request takes a reply
// whatever else is wrong with it, but for a malformed key.
//
// For "/chat/completions", "/responses" and "/completions" the replies are what they are for
// [NewServer], and take the place of those: a request that breaks a rule takes
// none. Only a script of just that path applies there, whatever its method.
//
// A script that no request has taken a reply from when the test of [NewServer] is
// over has its path in the test's log: it may have a typing mistake.
//
// Script panics if the path does not begin with a slash.
func (s *Server) Script(path string, replies ...Reply) {
	method, rest, ok := strings.Cut(path, " ")
	if !ok {
		method, rest = "", path
	}
	if !strings.HasPrefix(rest, "/") {
		panic(fmt.Sprintf("deepseektest: script for %q: a path begins with a slash", path))
	}
	rest, _ = plainPath(rest)
	key := rest
	if method != "" && !modelPath(rest) {
		key = method + " " + rest
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(replies) == 0 {
		delete(s.scripts, key)
		return
	}
	if s.scripts == nil {
		s.scripts = make(map[string]*script)
	}
	s.scripts[key] = newScript(replies)
}

// unused returns what the scripts are for that no request has taken a reply from.
func (s *Server) unused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(s.scripts)) {
		if !s.scripts[key].used {
			keys = append(keys, key)
		}
	}
	return keys
}

// modelPath reports whether it is a model that answers at a path.
func modelPath(path string) bool {
	return path == "/chat/completions" || path == "/completions" || path == "/responses"
}

// plainPath returns a path without the part that says which version of the API
// is meant, and whether it is the beta.
func plainPath(path string) (plain string, beta bool) {
	if rest, ok := strings.CutPrefix(path, "/beta/"); ok {
		return "/" + rest, true
	}
	if rest, ok := strings.CutPrefix(path, "/v1/"); ok {
		return "/" + rest, false
	}
	return path, false
}

// scripted returns the next reply of the script for a request to a path at
// which no model answers.
func (s *Server) scripted(method, path string) (Reply, bool) {
	if modelPath(path) {
		return Reply{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for part := path; ; {
		for _, key := range []string{method + " " + part, part} {
			if script := s.scripts[key]; script != nil {
				return script.take(), true
			}
		}
		i := strings.LastIndexByte(strings.TrimSuffix(part, "/"), '/')
		if i < 0 {
			return Reply{}, false
		}
		part = part[:i+1]
	}
}

// play answers a request as the reply of a script says.
func (e *exchange) play(reply Reply, path string) *apiError {
	form := strings.HasPrefix(e.r.Header.Get("Content-Type"), "multipart/")
	if !form {
		body, err := readAll(e.r.Body, e.r.ContentLength, maxBody)
		if err != nil {
			e.record()
			return err
		}
		if len(body) > 0 {
			e.req.Body = body
			e.r.Body = io.NopCloser(bytes.NewReader(body)) // the server's own answer may be to it
		}
	}
	e.record()
	reply = e.s.resolve(reply, e.req)
	if field := reply.ofModel(); field != "" {
		e.s.complain("deepseektest: the script for %s has a reply with %s, which is for chat and FIM", path, field)
		reply = Reply{Status: http.StatusInternalServerError, Message: "the script for " + path + " has a reply with " + field + ", which is for chat and FIM"}
	}
	if reply.scripted() {
		if form {
			io.CopyN(io.Discard, e.r.Body, 2*maxDocument) // lets a client that writes first and reads later see the answer
		}
		e.sendRaw(&reply)
		return nil
	}
	kept := &keeper{header: make(http.Header), status: http.StatusOK}
	x := *e
	x.w = kept
	if err := x.own(path); err != nil {
		x.fail(err)
	}
	maps.Copy(e.w.Header(), kept.header)
	reply.Status = cmp.Or(reply.Status, kept.status)
	e.send(&reply, kept.header.Get("Content-Type"), one(kept.body.Bytes()))
	return nil
}

// ofModel returns the name of a field that only the reply of a model has, or "".
func (r *Reply) ofModel() string {
	switch {
	case r.Text != "":
		return "Text"
	case r.Reasoning != "":
		return "Reasoning"
	case r.ToolCalls != nil:
		return "ToolCalls"
	case r.Usage != nil:
		return "Usage"
	case r.NoUsage:
		return "NoUsage"
	case r.Finish != "":
		return "Finish"
	case r.Logprobs != nil:
		return "Logprobs"
	case r.Title != "":
		return "Title"
	case r.Model != "":
		return "Model"
	case r.NoDone:
		return "NoDone"
	case r.UsageApart:
		return "UsageApart"
	}
	return ""
}

// A keeper keeps an answer that is to be sent later.
type keeper struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *keeper) Header() http.Header         { return k.header }
func (k *keeper) WriteHeader(status int)      { k.status = status }
func (k *keeper) Write(b []byte) (int, error) { return k.body.Write(b) }
