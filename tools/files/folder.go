package files

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/hadal-go/hadal/tools"
)

// A Folder makes tools for the files below one folder. It needs Dir or Root;
// the zero value of all else is a safe default.
//
// Set the fields before the first call of a tool. Then a Folder and its tools
// are safe for concurrent use, and it must not be copied. It holds nothing open
// between calls. A Folder without Dir and Root, whose Dir cannot be opened, or
// with a pattern in Skip that is none or has a slash, ends the run by
// [tools.Fatal], since no model can help there.
type Folder struct {
	Dir  string   // the folder, as the program knows it; a model never sees it
	Root *os.Root // if not nil, what is used in place of Dir; it stays the caller's to close
	Name string   // if set, tools are named for it, as in "docs_read_file", to tell several folders apart

	Hidden    bool     // names that begin with a dot can be used too
	HardLinks bool     // files with more than one name can be used too, also if one is outside
	Skip      []string // names that cannot be used, of files or folders at any depth: patterns of path.Match, in any case
	MakeDirs  bool     // a file that is written to a folder that does not exist makes it

	MaxPage    int           // bytes of a result; 0 is 32 KiB
	MaxResults int           // names or lines of a list or a search; 0 is 200
	MaxScan    int64         // bytes that one call reads from files; 0 is 256 MiB
	MaxTime    time.Duration // that one list or search takes, which then returns what it has; 0 is 20 seconds, negative none
	MaxFile    int64         // bytes of a file that is written or edited; 0 is 1 MiB

	// Quota is how many bytes may be written in all, for as long as the Folder
	// is there: 0 is 64 MiB, negative no limit. Each write counts as its bytes,
	// and 4 KiB for the file; each folder made counts as 4 KiB too. What is
	// overwritten is not given back; what fails is.
	Quota int64

	writing sync.Mutex // one write at a time, so that no edit is lost
	written int64      // of Quota

	make func(root *os.Root, name string, perm os.FileMode) (target, error) // in place of makeFile, for tests
}

// Tools returns the tools that only read: [Folder.Read], [Folder.List] and
// [Folder.Search].
func (f *Folder) Tools() tools.Set {
	return tools.Set{f.Read(), f.List(), f.Search()}
}

// reads is the policy of the tools that read.
func (f *Folder) reads() tools.Policy {
	p := tools.Policy{Effect: tools.Reads | tools.ReadsPrivate | tools.ReadsUntrusted, Timeout: f.timeout()}
	if page := cmp.Or(f.MaxPage, defaultPage); page > defaultPage {
		p.MaxResult = page + 256<<10 // else a set may cut off how to go on
	}
	return p
}

// timeout is above what a call sets itself, which returns what it has by then.
func (f *Folder) timeout() time.Duration {
	if limit := cmp.Or(f.MaxTime, defaultTime); limit > 0 {
		return limit + 10*time.Second
	}
	return -1
}

const (
	defaultPage    = 32 << 10
	defaultResults = 200
	defaultScan    = 256 << 20
	defaultTime    = 20 * time.Second
	defaultFile    = 1 << 20
	defaultQuota   = 64 << 20
)

// name returns the name of a tool.
func (f *Folder) name(verb string) string {
	if f.Name == "" {
		return verb
	}
	return f.Name + "_" + verb
}

// describe returns the description of a tool.
func (f *Folder) describe(what, rest string) string {
	if f.Name == "" {
		return what + ". " + rest
	}
	return fmt.Sprintf("%s in the folder %q. %s", what, f.Name, rest)
}

// open returns the root and what is to be called at the end.
func (f *Folder) open(ctx context.Context) (*os.Root, func() error, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, nil, err
	}
	for _, pattern := range f.Skip {
		if _, err := path.Match(pattern, ""); err != nil || strings.Contains(pattern, "/") {
			return nil, nil, tools.Fatal(fmt.Errorf("files: %q in Skip of a Folder is not a pattern for a name, and would not be kept to", pattern))
		}
	}
	if f.Root != nil {
		return f.Root, func() error { return nil }, nil
	}
	if f.Dir == "" {
		return nil, nil, tools.Fatal(errors.New("files: a Folder without Dir and Root"))
	}
	root, err := os.OpenRoot(f.Dir)
	if err != nil {
		// No model can help here, and the path is not for its eyes.
		return nil, nil, tools.Fatal(fmt.Errorf("files: %w", err))
	}
	return root, root.Close, nil
}

// call returns f as a step that gets the root.
func call[In any](f *Folder, step func(context.Context, *os.Root, In) (string, error)) func(context.Context, In) (string, error) {
	return func(ctx context.Context, in In) (string, error) {
		root, done, err := f.open(ctx)
		if err != nil {
			return "", err
		}
		defer done()
		return step(ctx, root, in)
	}
}
