package files

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxPath  = 4096 // bytes
	maxName  = 255  // bytes, of a file or a folder
	maxDepth = 64   // folders in each other
	maxLinks = 8    // symbolic links on the way
)

// clean returns the elements of a path that a model gave: none for the folder
// itself.
func (f *Folder) clean(name string, windows bool) ([]string, error) {
	deny := func(say string) ([]string, error) { return nil, &Error{name, say, ErrDenied} }
	name = unquote(name)
	switch {
	case len(name) > maxPath:
		return deny("is longer than any path may be")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unsafe):
		return deny("has characters that no path may have")
	case strings.Contains(name, `\`):
		return deny("has a backslash: put / between folders")
	case strings.HasPrefix(name, "/"), windows && len(name) > 1 && name[1] == ':':
		return deny("is an absolute path: give one from the folder of the tools, such as docs/plan.md")
	}
	name = path.Clean(name)
	if name == "." {
		return nil, nil
	}
	elems := strings.Split(name, "/")
	if elems[0] == ".." {
		return deny("leads out of the folder, where nothing can be reached")
	}
	if len(elems) > maxDepth {
		return deny("has too many folders in each other")
	}
	for _, e := range elems {
		switch {
		case len(e) > maxName:
			return deny("has a name that is too long")
		case windows && (!filepath.IsLocal(e) || reserved(e)):
			return deny("has a name that Windows keeps for itself")
		}
	}
	return elems, nil
}

// unsafe reports whether r can make a path look like another text, or cut it.
func unsafe(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
}

// reserved reports whether Windows takes a name for something else: a device, a
// stream of a file, or the same name without what it ends in.
func reserved(name string) bool {
	if strings.ContainsAny(name, `:<>"|?*`) || strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") {
		return true
	}
	base, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch base = strings.TrimRight(base, " "); base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	if port, ok := strings.CutPrefix(base, "COM"); ok || strings.HasPrefix(base, "LPT") {
		if !ok {
			port = base[len("LPT"):]
		}
		return len(port) == 1 && port[0] >= '0' && port[0] <= '9' || port == "¹" || port == "²" || port == "³"
	}
	return false
}

// skips reports whether a name cannot be used because of Hidden or Skip.
func (f *Folder) skips(name string, windows bool) bool {
	if strings.HasPrefix(name, tempPrefix) {
		return true
	}
	if f.Hidden && len(f.Skip) == 0 {
		return false
	}
	bare := strings.Map(fold, name)
	if !f.Hidden && strings.HasPrefix(bare, ".") {
		return true
	}
	if i := strings.LastIndexByte(bare, '~'); windows && i >= 0 && i+1 < len(bare) && bare[i+1] >= '0' && bare[i+1] <= '9' {
		return true // it may be the short name of one that is skipped
	}
	for _, pattern := range f.Skip {
		if ok, err := path.Match(strings.Map(fold, pattern), bare); ok || err != nil {
			return true
		}
	}
	return false
}

// fold returns the first of the letters that differ from r in case alone, or -1
// for what some systems take no notice of.
func fold(r rune) rune {
	if unicode.Is(unicode.Cf, r) {
		return -1
	}
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		if next < r {
			r = next
		}
	}
	return r
}

// find follows a path to what it names and returns its real path, without
// symbolic links, and what is there. If only the last element is missing, it
// returns the real path, no info, and the error.
//
// The links are followed here, and not by the root alone, so that no link leads
// to what is skipped. The root is what keeps it all inside.
func (f *Folder) find(root *os.Root, name string) (string, fs.FileInfo, error) {
	rest, err := f.clean(name, onWindows)
	if err != nil {
		return "", nil, err
	}
	at, links := ".", 0
	for len(rest) > 0 {
		e := rest[0]
		rest = rest[1:]
		switch {
		case e == "..": // of a link
			if at == "." {
				return "", nil, &Error{name, "is a symbolic link that leads out of the folder, where nothing can be reached", ErrDenied}
			}
			at = path.Dir(at)
			continue
		case f.skips(e, onWindows):
			return "", nil, &Error{name, "is hidden or left out, and cannot be used", ErrDenied}
		}
		next := path.Join(at, e)
		info, err := root.Lstat(next)
		switch {
		case os.IsNotExist(err):
			missing := &Error{name, "does not exist" + f.suggest(root, at, e, rest), fs.ErrNotExist}
			if len(rest) > 0 {
				next = ""
			}
			return next, nil, missing
		case err != nil:
			return "", nil, systemError(name, err)
		case info.Mode()&fs.ModeSymlink != 0:
			if links++; links > maxLinks {
				return "", nil, &Error{name, "goes through too many symbolic links", ErrDenied}
			}
			target, err := root.Readlink(next)
			if err != nil {
				return "", nil, systemError(name, err)
			}
			if target = filepath.ToSlash(target); filepath.IsAbs(target) || strings.HasPrefix(target, "/") || filepath.VolumeName(target) != "" {
				return "", nil, &Error{name, "is a symbolic link that leads out of the folder, where nothing can be reached", ErrDenied}
			}
			rest = append(elements(target), rest...)
			continue
		case len(rest) > 0 && !info.IsDir():
			return "", nil, &Error{name, "does not exist: " + quotePath(next) + " is a file, not a folder", fs.ErrNotExist}
		}
		at = next
	}
	info, err := root.Lstat(at)
	if err != nil {
		return "", nil, systemError(name, err)
	}
	return at, info, nil
}

// elements returns those of the target of a link.
func elements(target string) []string {
	var list []string
	for e := range strings.SplitSeq(target, "/") {
		if e != "" && e != "." {
			list = append(list, e)
		}
	}
	return list
}

// display returns a path as it is, or quoted if it could pass for another text.
func display(name string) string {
	odd := func(r rune) bool { return unsafe(r) || !unicode.IsGraphic(r) }
	if name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, odd) || strings.ContainsAny(name[:1], `("' `) || strings.HasSuffix(name, " ") {
		return strconv.QuoteToGraphic(name)
	}
	return name
}

// unquote returns a path as it is of one that display may have quoted.
func unquote(shown string) string {
	if name, err := strconv.Unquote(shown); err == nil && strings.HasPrefix(shown, `"`) {
		return name
	}
	return shown
}
