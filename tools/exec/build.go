package exec

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hadal-go/hadal/tools"
)

// A built is a Runner that was looked at: its fields with what zero stands for, and
// the files of its programs. It does not change.
type built struct {
	programs []*program
	dir      string
	dirInfo  fs.FileInfo
	env      []string

	timeout     time.Duration
	maxOutput   int
	maxWritten  int64
	maxInput    int
	maxArgs     int
	maxArgBytes int
	places      chan struct{} // has room for as many as may run at once
	group       *tools.Group  // of the tools, so that waiting does not count for their time
}

// A program is a Program whose file was found.
type program struct {
	Program
	path string // of the file, without links
	argv []string
	info fs.FileInfo
}

// newBuilt looks at r, or says all that is wrong with it.
func newBuilt(r *Runner) (*built, error) {
	b := &built{
		env:         append([]string{}, r.Env...), // not nil, which would be that of this process
		timeout:     cmp.Or(r.Timeout, defaultTimeout),
		maxOutput:   positive(r.MaxOutput, defaultMaxOutput),
		maxWritten:  cmp.Or(r.MaxWritten, defaultMaxWritten),
		maxInput:    positive(r.MaxInput, defaultMaxInput),
		maxArgs:     positive(r.MaxArgs, defaultMaxArgs),
		maxArgBytes: positive(r.MaxArgBytes, defaultMaxArgBytes),
		places:      make(chan struct{}, positive(r.Parallel, defaultParallel)),
		group:       &tools.Group{Limit: positive(r.Parallel, defaultParallel)},
	}
	var errs []error
	if len(r.Programs) == 0 {
		errs = append(errs, errors.New("there are no Programs: list what may be run"))
	}
	for i, p := range r.Programs {
		found, err := newProgram(p)
		if err != nil {
			errs = append(errs, fmt.Errorf("program %d, %q: %w", i, p.Name, err))
			continue
		}
		b.programs = append(b.programs, found)
	}
	if err := b.set().Check(); err != nil {
		errs = append(errs, err)
	}
	if err := b.openDir(r.Dir); err != nil {
		errs = append(errs, err)
	}
	for i, v := range b.env { // a value may be a secret
		if name, _, ok := strings.Cut(v, "="); !ok || name == "" || strings.Contains(v, "\x00") {
			errs = append(errs, fmt.Errorf(`element %d of Env is not of the form "NAME=value"`, i))
		}
	}
	if len(errs) > 0 {
		return nil, fmt.Errorf("exec: %w", errors.Join(errs...))
	}
	return b, nil
}

// positive returns n, or what stands for it if it is below 1.
func positive(n, zero int) int {
	if n < 1 {
		return zero
	}
	return n
}

// openDir looks at the folder to run in.
func (b *built) openDir(dir string) error {
	if dir == "" {
		return errors.New("there is no Dir: give the folder that programs run in")
	}
	dir, err := filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err == nil {
		b.dirInfo, err = os.Stat(dir)
	}
	switch {
	case err != nil:
		return fmt.Errorf("the folder Dir: %w", err)
	case !b.dirInfo.IsDir():
		return fmt.Errorf("the folder Dir: %s is not a folder", dir)
	}
	b.dir = dir
	return nil
}

// newProgram finds the file of p.
func newProgram(p Program) (*program, error) {
	p.Args, p.Options = slices.Clone(p.Args), slices.Clone(p.Options)
	for _, a := range p.Args {
		if strings.Contains(a, "\x00") {
			return nil, errors.New("one of Args has a NUL byte, which no argument can have")
		}
	}
	for _, o := range p.Options {
		if !strings.HasPrefix(o, "-") && (!onWindows || !strings.HasPrefix(o, "/")) {
			return nil, fmt.Errorf("the option %q does not begin with a hyphen: what does not needs no permission", o)
		}
	}
	if p.Path != "" && !filepath.IsAbs(p.Path) {
		return nil, fmt.Errorf("the path %q is not absolute", p.Path)
	}
	if p.Path == "" && strings.ContainsAny(p.Name, `/\`) {
		return nil, errors.New("the name is a path: give it as Path, and a name besides")
	}
	named, err := osexec.LookPath(cmp.Or(p.Path, p.Name))
	if err != nil {
		return nil, err
	}
	found := &program{Program: p, argv: append([]string{named}, p.Args...)}
	if found.path, err = filepath.EvalSymlinks(named); err != nil {
		return nil, err
	}
	if found.info, err = os.Stat(found.path); err != nil {
		return nil, err
	}
	switch ext := strings.ToLower(filepath.Ext(strings.TrimRight(found.path, ". "))); {
	case !found.info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", found.path)
	case found.info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0:
		return nil, fmt.Errorf("%s is setuid or setgid: it would run as somebody else, and could not be killed", found.path)
	case ext == ".bat", ext == ".cmd":
		return nil, fmt.Errorf("%s is a batch file, whose arguments cmd.exe takes for commands: name the program that it starts", found.path)
	}
	return found, nil
}

// changed returns an error if p, or the folder to run in, is not what it was.
func (b *built) changed(p *program) error {
	dir, err := os.Stat(b.dir)
	if err != nil || !os.SameFile(dir, b.dirInfo) {
		return &Error{p.Name, "cannot be run: the folder that it ran in is gone, or is another", changedBy(err)}
	}
	now, err := os.Stat(p.path)
	if err != nil || !os.SameFile(now, p.info) || now.Size() != p.info.Size() || now.Mode() != p.info.Mode() || !now.ModTime().Equal(p.info.ModTime()) {
		return &Error{p.Name, "cannot be run: its file is gone, or not what it was when the tools were made", changedBy(err)}
	}
	return nil
}

// changedBy returns ErrChanged, with what the system said if it did.
func changedBy(err error) error {
	if err == nil {
		return ErrChanged
	}
	return fmt.Errorf("%w: %w", ErrChanged, err)
}
