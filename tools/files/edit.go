package files

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/hadal-go/hadal/tools"
)

type editArgs struct {
	Path    string `json:"path" jsonschema_description:"path of the file"`
	OldText string `json:"old_text" jsonschema:"minLength=1" jsonschema_description:"text to replace, exactly as it is in the file, without line numbers; it must occur once"`
	NewText string `json:"new_text" jsonschema_description:"text to put in its place; may be empty"`
}

// Edit returns the tool edit_file. It replaces a text that occurs exactly once
// in a file, as Write does: all or nothing. Where all lines of the file end in
// CR LF, those of the two texts may end in LF. It is marked as a tool that
// writes once, since the same edit may fit again where it was made.
func (f *Folder) Edit() tools.Tool {
	return tools.With(tools.New(f.name("edit_file"), f.describe("Replaces one text in a file by another",
		"Read the file first. The old text must occur exactly once: if it does not, add lines around it."), call(f, f.edit)),
		tools.Policy{Effect: tools.WritesOnce | tools.ReadsPrivate})
}

func (f *Folder) edit(ctx context.Context, root *os.Root, in editArgs) (string, error) {
	switch in.OldText {
	case "":
		return "", tools.Again("old_text is empty: give the text to replace")
	case in.NewText:
		return "", tools.Again("old_text and new_text are the same: nothing would change")
	}
	f.writing.Lock()
	defer f.writing.Unlock()
	name, info, err := f.find(root, in.Path)
	if err != nil {
		return "", err
	}
	file, info, err := f.openFile(root, name, info)
	if err != nil {
		return "", err
	}
	most := cmp.Or(f.MaxFile, defaultFile)
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	file.Close()
	switch {
	case err != nil:
		return "", systemError(name, err)
	case int64(len(data)) > most:
		return "", &Error{name, fmt.Sprintf("has more than the %d bytes that a file to edit may have", most), ErrTooBig}
	case !isText(data):
		return "", &Error{name, "is a binary file, which cannot be edited", ErrKind}
	}
	oldText, newText := []byte(in.OldText), []byte(in.NewText)
	if n := bytes.Count(data, []byte("\n")); n > 0 && n == bytes.Count(data, []byte("\r\n")) {
		oldText, newText = withCR(oldText), withCR(newText)
	}
	at, err := place(name, data, oldText)
	if err != nil {
		return "", err
	}
	edited := make([]byte, 0, len(data)-len(oldText)+len(newText))
	edited = append(append(append(edited, data[:at]...), newText...), data[at+len(oldText):]...)
	r := &replacement{f: f, name: name, was: info, data: edited}
	if err := r.do(ctx, root); err != nil {
		return "", err
	}
	return fmt.Sprintf("edited %s at line %d: %s before, %d now", display(name), lineAt(data, at), count(len(data), "byte"), len(edited)), nil
}

// withCR returns a text with CR LF at the ends of its lines.
func withCR(text []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
}

// lineAt returns the number of the line that offset i is in.
func lineAt(data []byte, i int) int { return bytes.Count(data[:i], []byte("\n")) + 1 }

// place returns the offset of a text that occurs once in data.
func place(name string, data, text []byte) (int, error) {
	const most = 1000 // that are counted
	var at []int
	for i := 0; len(at) < most; {
		next := bytes.Index(data[i:], text)
		if next < 0 {
			break
		}
		at = append(at, i+next)
		i += next + 1
	}
	switch {
	case len(at) == 1:
		return at[0], nil
	case len(at) > 1:
		var lines []string
		for _, i := range at[:min(len(at), 5)] {
			lines = append(lines, strconv.Itoa(lineAt(data, i)))
		}
		times := strconv.Itoa(len(at))
		if len(at) == most {
			times += " or more"
		}
		return 0, &Error{name, fmt.Sprintf("has old_text %s times, first in lines %s: add lines around it until it is the only one", times, strings.Join(lines, ", ")), ErrText}
	}
	if n := similar(data, text); n > 0 {
		return 0, &Error{name, fmt.Sprintf("does not have old_text as it is given, but line %d begins like it: spaces or what follows differ; read the file from there, and copy the text", n), ErrText}
	}
	return 0, &Error{name, "does not have old_text: read it, and copy the text as it is, with its spaces, without the line numbers", ErrText}
}

// similar returns the number of the first line of data that is the first line of
// text that is not blank, but for the space around it, or 0.
func similar(data, text []byte) int {
	text = bytes.TrimSpace(text)
	head, _, _ := bytes.Cut(text, []byte("\n"))
	if head = bytes.TrimSpace(head); len(head) == 0 {
		return 0
	}
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if bytes.Equal(bytes.TrimSpace(line), head) {
			return n
		}
	}
	return 0
}
