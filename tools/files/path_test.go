package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// hostile is paths that lead nowhere, given the tree of trap.
var hostile = []string{
	"..", "../", "../secret.txt", "../../etc/passwd", "./../secret.txt", "a/../../secret.txt", "a/b/../../../secret.txt",
	"a/./.././../secret.txt", "nothing/../../secret.txt", "../in/../secret.txt", "..//secret.txt", ".././secret.txt",
	strings.Repeat("../", 60) + "etc/passwd", strings.Repeat("a/../", 60) + "../secret.txt",
	"/", "//", "/etc/passwd", "//etc/passwd", "/proc/self/environ", "/dev/zero", "/dev/stdin", "/../secret.txt",
	`..\secret.txt`, `\\server\share\x`, `a\..\..\secret.txt`, `C:\Windows\win.ini`, `..\/secret.txt`, `\`,
	"a\x00b", "ok.txt\x00", "\x00", "../secret.txt\x00.md", "a\nb", "a\rb", "a\tb", "a\x1b[2Jb", "a\x7fb", "a\u0085b",
	"a\u202eb", "a\u2066b", "a\u2028b", "a\ufffdb",
	strings.Repeat("x", 256), strings.Repeat("x", 4097), strings.Repeat("x/", 2049), strings.Repeat("a/", 65) + "b", strings.Repeat("é", 128),
	".env", ".git", ".git/config", "a/.hidden", "a/.hidden/x", ".hidden/../.env", "\u200b.env", "\u00ad.git/config", "\u200d.git/hooks/pre-commit",
	".hadal-write-x", "a/.hadal-write-x", ".new/x", "new/.hidden/x", "new/node_modules/x", "new/" + strings.Repeat("x", 256),
	"node_modules", "node_modules/x.js", "a/Node_Modules/x.js", "a/key.PEM",
	"out", "out-abs", "out-dir", "out-dir/secret.txt", "out-dir/new.txt", "out-dir/in/ok.txt", "proc/self/environ", "zero",
	"env-link", "git-link", "git-link/config", "git-link/hooks/new", "loop", "loop/x", "ping", "chain9", "up-and-out",
	"hard", "pipe", "pipe/x", "ok.txt/x", "ok.txt/../../secret.txt/x",
	"~/x/../../..", "%2e%2e/../../secret.txt",
}

// trap makes a folder "in" among things that are not to be touched.
func trap(t testing.TB) (outside string) {
	outside = tree(t, map[string]string{
		"secret.txt": "SECRET", "in/ok.txt": "So far.", "in/a/b/c.txt": "So good.", "in/.env": "SECRET", "in/.git/config": "SECRET",
		"in/a/.hidden/x": "SECRET", "in/node_modules/x.js": "SECRET", "in/a/key.pem": "SECRET",
	})
	in := filepath.Join(outside, "in")
	for name, target := range map[string]string{
		"out": "../secret.txt", "out-abs": outside + "/secret.txt", "out-dir": "..", "proc": "/proc", "zero": "/dev/zero",
		"env-link": ".env", "git-link": ".git", "loop": "loop", "ping": "pong", "pong": "ping", "up-and-out": "a/../../secret.txt",
		"chain9": "chain8", "chain8": "chain7", "chain7": "chain6", "chain6": "chain5", "chain5": "chain4", "chain4": "chain3",
		"chain3": "chain2", "chain2": "chain1", "chain1": "ok.txt", "good": "a/b/../../ok.txt",
	} {
		symlink(t, target, filepath.Join(in, name))
	}
	if err := os.Link(filepath.Join(outside, "secret.txt"), filepath.Join(in, "hard")); err != nil {
		t.Skipf("this test needs hard links: %v", err)
	}
	mkfifo(t, filepath.Join(in, "pipe"))
	return outside
}

// TestPaths gives each hostile path to each tool.
func TestPaths(t *testing.T) {
	outside := trap(t)
	f := &Folder{Dir: filepath.Join(outside, "in"), Skip: []string{"node_modules", "*.pem"}, MakeDirs: true}
	before := snapshot(t, outside)
	for _, name := range hostile {
		for _, tool := range all(f) {
			text, err := ask(t, tool, argsFor(tool, name))
			if err == nil {
				t.Errorf("%s %q: %s", tool.Spec().Name, name, text)
				continue
			}
			if !errors.Is(err, ErrDenied) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrKind) {
				t.Errorf("%s %q: class of %v", tool.Spec().Name, name, err)
			}
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Errorf("%s %q: %T", tool.Spec().Name, name, err)
			}
			if told := text + err.Error(); strings.Contains(told, outside) || strings.Contains(told, "SECRET") || len(told) > 500 {
				t.Errorf("%s %q tells %q", tool.Spec().Name, name, told)
			}
		}
	}
	if after := snapshot(t, outside); !slices.Equal(before, after) {
		t.Errorf("changed:\n%s\nwas:\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
	if f.written != 0 {
		t.Errorf("%d bytes of the quota are used", f.written)
	}
}

// TestWalksStayInside holds that what no path leads to is not listed or found.
func TestWalksStayInside(t *testing.T) {
	outside := trap(t)
	f := &Folder{Dir: filepath.Join(outside, "in"), Skip: []string{"node_modules", "*.pem"}}
	if got, want := must(t, f.Search(), m{"query": "S", "ignore_case": true}), "a/b/c.txt:1: So good.\nok.txt:1: So far.\n(2 lines in 2 of 2 files searched; 1 file could not be used)"; got != want {
		t.Errorf("search: %s\nwant: %s", got, want)
	}
	if got, want := must(t, f.List(), m{"pattern": "**/*.*"}), "a/b/c.txt (8 bytes)\nok.txt (7 bytes)\n(2 files)"; got != want {
		t.Errorf("list: %s\nwant: %s", got, want)
	}
	want := `a/
chain1 (symbolic link)
chain2 (symbolic link)
chain3 (symbolic link)
chain4 (symbolic link)
chain5 (symbolic link)
chain6 (symbolic link)
chain7 (symbolic link)
chain8 (symbolic link)
chain9 (symbolic link)
env-link (symbolic link)
git-link (symbolic link)
good (symbolic link)
hard (6 bytes)
loop (symbolic link)
ok.txt (7 bytes)
out (symbolic link)
out-abs (symbolic link)
out-dir (symbolic link)
ping (symbolic link)
pipe (not a regular file)
pong (symbolic link)
proc (symbolic link)
up-and-out (symbolic link)
zero (symbolic link)
(25 entries)`
	if got := must(t, f.List(), m{}); got != want {
		t.Errorf("list: %s\nwant: %s", got, want)
	}
	for _, name := range []string{"good", "./good", "a/../good", "chain8", "a//b/../../ok.txt", "a/b/./../../ok.txt"} {
		if got, want := must(t, f.Read(), m{"path": name}), "1\tSo far.\n(end of the file: 1 line, 7 bytes)"; got != want {
			t.Errorf("read %s: %s", name, got)
		}
	}
	must(t, f.Write(), m{"path": "good", "content": "through a link"})
	if got := content(t, filepath.Join(f.Dir, "ok.txt")); got != "through a link" {
		t.Errorf("after writing through a link: %s", got)
	}
	if info, err := os.Lstat(filepath.Join(f.Dir, "good")); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
}

func TestAllowed(t *testing.T) {
	outside := trap(t)
	f := &Folder{Dir: filepath.Join(outside, "in"), Hidden: true, HardLinks: true}
	for _, name := range []string{".env", "git-link/config", "hard", "a/.hidden/x", "node_modules/x.js"} {
		if got, want := must(t, f.Read(), m{"path": name}), "1\tSECRET\n(end of the file: 1 line, 6 bytes)"; got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestClean(t *testing.T) {
	f := new(Folder)
	for _, tt := range []struct{ name, want string }{
		{"", ""}, {".", ""}, {"./", ""}, {"a", "a"}, {"a/", "a"}, {"a//b", "a b"}, {"./a/./b/.", "a b"}, {"a/../b", "b"}, {"a/..", ""},
		{"…", "…"}, {"...", "..."}, {"..a", "..a"}, {"C:", "C:"}, {"con", "con"}, {"a b", "a|b"}, {"-rf", "-rf"}, {"~", "~"}, {"%00", "%00"},
	} {
		got, err := f.clean(tt.name, false)
		want := strings.Fields(tt.want)
		for i := range want {
			want[i] = strings.ReplaceAll(want[i], "|", " ")
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("clean(%q) = %q, %v; want %q", tt.name, got, err, want)
		}
	}
	for _, name := range []string{
		"CON", "con", "Con.txt", "a/NUL", "nul.tar.gz", "PRN", "aux", "COM1", "com9.txt", "LPT0", "lpt¹", "COM²", "CONIN$", "conout$", "NUL ", "nul .txt",
		"C:", "c:x", "C:/x", "a:stream", "a/b::$DATA", "a.", "a ", "a/b. ", "a?", "a*", "a|b", `a"`, "a<", "a>",
	} {
		if got, err := f.clean(name, true); !errors.Is(err, ErrDenied) {
			t.Errorf("on Windows, clean(%q) = %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"CONSOLE", "com", "com10", "lpt", "nulls.txt", "a.b"} {
		if _, err := f.clean(name, true); err != nil {
			t.Errorf("on Windows, clean(%q): %v", name, err)
		}
	}
}

func TestSkips(t *testing.T) {
	f := &Folder{Skip: []string{"Target", "*.key", "secret", "KEY"}}
	for name, want := range map[string]bool{
		"a": false, ".a": true, "target": true, "TARGET": true, "targets": false, "x.Key": true, "GIT~1": false, "tar\u200bget": true, "ſecret": true, "\u212aey": true,
	} {
		if got := f.skips(name, false); got != want {
			t.Errorf("skips(%q) = %v", name, got)
		}
	}
	if !f.skips("GIT~1", true) || !f.skips("a~2.txt", true) || f.skips("a~", true) {
		t.Error("short names of Windows")
	}
	if (&Folder{Hidden: true}).skips("GIT~1", true) {
		t.Error("nothing is skipped, but for a short name")
	}
	if !(&Folder{Skip: []string{"["}}).skips("a", false) {
		t.Error("a pattern that is none lets names through")
	}
}

func TestDisplay(t *testing.T) {
	for name, want := range map[string]string{
		"a b.txt": "a b.txt", "日本.md": "日本.md", "a\nb": `"a\nb"`, "(2 files)": `"(2 files)"`, `"x"`: `"\"x\""`, " a": `" a"`, "a ": `"a "`,
		"\xff": `"\xff"`, "": `""`, "a\u202eb": `"a\u202eb"`, "\u2028": `"\u2028"`,
	} {
		if got := display(name); got != want {
			t.Errorf("display(%q) = %s, want %s", name, got, want)
		}
	}
}

// FuzzPath gives any path to every tool.
func FuzzPath(f *testing.F) {
	for _, name := range hostile {
		f.Add(name)
	}
	f.Add("ok.txt")
	f.Add("good")
	f.Add("new/file")
	outside := trap(f)
	before := snapshot(f, filepath.Join(outside, "secret.txt"))
	hidden := snapshot(f, filepath.Join(outside, "in", ".git"))
	folder := &Folder{Dir: filepath.Join(outside, "in"), Skip: []string{"node_modules", "*.pem"}, Quota: 1 << 20, MakeDirs: true}
	f.Fuzz(func(t *testing.T, name string) {
		for _, tool := range all(folder) {
			text, err := ask(t, tool, argsFor(tool, name))
			if err != nil {
				text = err.Error()
				if strings.ContainsAny(text, "\n\x00\x1b") || len(text) > 2000 {
					t.Errorf("%s %q: %q", tool.Spec().Name, name, text)
				}
			}
			if strings.Contains(text, "SECRET") && !strings.Contains(name, "SECRET") || strings.Contains(text, outside) || !utf8.ValidString(text) {
				t.Errorf("%s %q: %q", tool.Spec().Name, name, text)
			}
		}
		entries, err := os.ReadDir(outside)
		if err != nil || len(entries) != 2 {
			t.Errorf("outside: %v, %v", entries, err)
		}
		if !slices.Equal(before, snapshot(t, filepath.Join(outside, "secret.txt"))) || !slices.Equal(hidden, snapshot(t, filepath.Join(outside, "in", ".git"))) {
			t.Errorf("%q changed what it must not", name)
		}
	})
}
