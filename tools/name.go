package tools

import (
	"fmt"
	"strings"
)

// An unknownError says that there is no tool of a name. Its message is for the model.
type unknownError struct {
	name  string
	names []string // of those that there are
}

// Error names the tool that is meant, if there is one near, and all others.
func (e *unknownError) Error() string {
	if len(e.names) == 0 {
		return fmt.Sprintf("there is no tool %q, nor any other: answer without", short(e.name, 80))
	}
	text := fmt.Sprintf("there is no tool %q", short(e.name, 80))
	if near := nearest(e.name, e.names); near != "" {
		text += fmt.Sprintf(": did you mean %q?", near)
	}
	return text + "\nThe tools are " + strings.Join(e.names, ", ") + ". Call one of these, or answer without."
}

func (e *unknownError) Unwrap() error { return ErrUnknown }

// nearest returns the name that is most like name, if any is much like it.
func nearest(name string, names []string) string {
	const longest = 128
	if len(name) > longest {
		return ""
	}
	best, least := "", len(name)/3+2
	for _, n := range names {
		if len(n) > longest {
			continue
		}
		if d := distance(plainName(name), plainName(n)); d < least {
			best, least = n, d
		}
	}
	return best
}

// plainName returns a name without what models confuse: case, and how words are parted.
func plainName(name string) string {
	return strings.NewReplacer("-", "", "_", "", ".", "", " ", "").Replace(strings.ToLower(name))
}

// distance returns how many bytes of a must be changed, put in or left out to get b.
func distance(a, b string) int {
	row := make([]int, len(b)+1) // distances of the part of a so far to each part of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := corner
			if a[i] != b[j] {
				d = 1 + min(corner, row[j], row[j+1])
			}
			corner, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}
