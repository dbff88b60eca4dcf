package main

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hadal-go/hadal/examples/internal/demo"
)

// A Depth is what the tool pressure is given.
type Depth struct {
	Depth float64 `json:"depth" jsonschema:"minimum=0,maximum=12000" jsonschema_description:"depth in metres"`
}

// A Pressure is what it returns: the model sees it as JSON.
type Pressure struct {
	Bar    float64 `json:"bar"`
	Tonnes float64 `json:"tonnes_per_square_centimetre"`
}

// pressure is the tool: a plain function. The formula is that of Saunders, Practical
// Conversion of Pressure to Depth, 1981, for the latitude of the Mariana Trench.
func pressure(_ context.Context, in Depth) (Pressure, error) {
	sin := math.Sin(11.35 * math.Pi / 180)
	c1, c2 := (5.92+5.25*sin*sin)*1e-3, 2.21e-6
	decibar := (1 - c1 - math.Sqrt((1-c1)*(1-c1)-4*c2*in.Depth)) / (2 * c2)
	return Pressure{Bar: round(decibar / 10), Tonnes: round(decibar * 1.01972e-4)}, nil
}

func round(v float64) float64 { return math.Round(v*100) / 100 }

// documents are those that come with the program, which may run anywhere.
const documents = "examples/quickstart/docs"

//go:embed docs
var bundled embed.FS

// open returns where a folder is. The one that comes with the program is unpacked if the
// repository is not there, until cleanup.
func open(folder string) (dir string, cleanup func(), err error) {
	cleanup = func() {}
	dir, err = demo.Find(folder)
	if errors.Is(err, fs.ErrNotExist) && filepath.ToSlash(folder) == documents {
		temp, err := os.MkdirTemp("", "quickstart")
		if err != nil {
			return "", cleanup, err
		}
		cleanup = func() { os.RemoveAll(temp) }
		return filepath.Join(temp, "docs"), cleanup, os.CopyFS(temp, bundled)
	}
	if err != nil {
		return "", cleanup, err
	}
	if info, err := os.Stat(dir); err != nil {
		return "", cleanup, err
	} else if !info.IsDir() {
		return "", cleanup, &fs.PathError{Op: "open", Path: folder, Err: errors.New("it is a file: give the folder that it is in")}
	}
	return dir, cleanup, nil
}

// prepared returns what to ask when the user asks nothing.
func prepared(dir string) []string {
	if _, err := os.Stat(filepath.Join(dir, "dives.csv")); err == nil {
		return []string{
			"How much deeper than the Jiaolong did the Fendouzhe dive?",
			"And what was the pressure at the deeper of the two?",
		}
	}
	return []string{"What are these documents about? Give an overview."}
}

// describe shows an answer.
func describe(screen *demo.Screen, a Answer) {
	screen.Printf("\n%s\n\n", demo.Printable(a.Answer))
	for _, f := range a.Figures {
		screen.Printf("  %s: %s\n", demo.Printable(f.Name), demo.Printable(strings.TrimSpace(number(f.Value)+" "+f.Unit)))
	}
	if len(a.Sources) > 0 {
		screen.Printf("  from %s\n", demo.Printable(strings.Join(a.Sources, ", ")))
	}
	screen.Printf("\n")
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
