package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/examples/internal/demotest"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/output"
)

func TestMain(m *testing.M) { deepseektest.Main(m) }

// masked replaces the times and the counts of tokens in an output.
func masked(out string) string {
	out = regexp.MustCompile(`\d+ (tokens in|of them cached|out|of them reasoning)`).ReplaceAllString(out, "N $1")
	return regexp.MustCompile(`[\d.]+[mµ]?s\]`).ReplaceAllString(out, "TIME]")
}

// standIn returns a service that reads by rules.
func standIn(t *testing.T) *demo.Service {
	t.Helper()
	service, err := demo.StandIn(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { service.Close() })
	service.About = "A stand-in."
	return service
}

// shown returns what the program prints.
func shown(t *testing.T, service *demo.Service, o options) string {
	t.Helper()
	var out strings.Builder
	if err := run(t.Context(), service, o, &out); err != nil {
		t.Fatal(err)
	}
	return masked(out.String())
}

func same(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// value makes a value of a document, in JSON, and returns how many requests that
// took.
func value[T record](t *testing.T, d *desk, doc document) (any, int) {
	t.Helper()
	result, _, err := extract[T](t.Context(), d, "Extract what it says.", doc)
	if err != nil {
		t.Fatal(err)
	}
	return result.Value, result.Attempts
}

// TestValues holds every field of every document that comes along, in each mode.
func TestValues(t *testing.T) {
	docs, err := documents(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(docs) < 12 {
		t.Errorf("%d documents", len(docs))
	}
	service := standIn(t)
	for _, mode := range []output.Mode{"", output.ModeSchema, output.ModeStrict, output.ModeTool, output.ModeJSON, output.ModeText} {
		for _, doc := range docs {
			t.Run(fmt.Sprintf("%s/%s", mode, doc.name), func(t *testing.T) {
				d := &desk{service: service, mode: mode}
				var got any
				var requests int
				switch doc.kind {
				case "invoice":
					got, requests = value[Invoice](t, d, doc)
				case "cv":
					got, requests = value[CV](t, d, doc)
				default:
					got, requests = value[Mail](t, d, doc)
				}
				compare(t, filepath.Join("testdata", strings.TrimPrefix(strings.TrimSuffix(doc.name, ".txt"), "texts/")+".json"), got)
				if enforced := mode == "" || mode == output.ModeSchema; enforced && requests != 1 || requests > 2 {
					t.Errorf("%d requests", requests)
				}
			})
		}
	}
}

// compare holds a value to that of a file, field by field.
func compare(t *testing.T, name string, value any) {
	t.Helper()
	got, err := json.MarshalIndent(value, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	demotest.Rewrite(t, name, got)
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	g, w := parts(t, got), parts(t, want)
	for _, place := range slices.Sorted(maps.Keys(w)) {
		if g[place] != w[place] {
			t.Errorf("%s: %s is %s, want %s", name, place, cmp.Or(g[place], "absent"), w[place])
		}
		delete(g, place)
	}
	for place, value := range g {
		t.Errorf("%s: %s is %s, want it absent", name, place, value)
	}
}

// parts returns the values in a JSON document, by their places.
func parts(t *testing.T, data []byte) map[string]string {
	t.Helper()
	var doc any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	list := make(map[string]string)
	var walk func(place string, v any)
	walk = func(place string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, part := range v {
				walk(place+"/"+name, part)
			}
		case []any:
			list[place] = fmt.Sprintf("a list of %d", len(v))
			for i, part := range v {
				walk(fmt.Sprintf("%s/%d", place, i), part)
			}
		default:
			list[place] = fmt.Sprintf("%#v", v)
		}
	}
	walk("", doc)
	return list
}

func TestOverview(t *testing.T) {
	same(t, shown(t, standIn(t), options{kind: "mail"}), `A stand-in.

5 mails

  file            date        from          subject                    intent        days named             actions  requests  repairs
  cancel.zh.txt   2026-03-02  赵倩          回复: 预订确认 BK20260314  cancellation  2026-03-14                   2         1        0
  complaint.txt   2026-02-21  Agnes Moreau  RE: RE: Ticket 40771 - d…  complaint     2026-02-28                   1         1        0
  forward.txt     2026-03-05  Lena Park     Fwd: Site visit tidal fa…  meeting       2026-03-09                   2         1        0
  inquiry.zh.txt  2026-03-09  王建国        询价：多波束测深仪         inquiry       2026-03-20 2026-03-25        2         1        0
  order.txt       2026-03-10  Tom Reed      Order of four more depth…  order         2026-03-16 2026-04-02        3         1        0


[about N tokens in, N of them cached; N out, N of them reasoning; TIME]

`)
}

const keller = `  name       Mara Keller
  email      mara.keller@example.org
  phone      +49 40 5555 0142
  city       Hamburg
  jobs
    start    end      title                     company
    2021-03           Senior Software Engineer  Elbe Logistics GmbH
    2017-08  2021-02  Software Engineer         Fjord Data AS
    2015     2017     Junior Developer          Kontor Nord GmbH
  education
    start  end   degree                  school
    2013   2015  M.Sc. Computer Science  University of Bremen
    2010   2013  B.Sc. Physics           University of Kiel
  skills     Go, PostgreSQL, Kafka, Kubernetes, Linux, data modelling
  languages  German (native), English (C1), Norwegian (B2)

`

// TestCorrected shows a file whose first answer goes back to the model.
func TestCorrected(t *testing.T) {
	const name = "texts/cv/keller.txt"
	same(t, shown(t, standIn(t), options{mode: output.ModeJSON, files: []string{name}}), "A stand-in.\n\n"+name+"\n\n"+
		keller+`  in mode json, by 2 requests
  request 1: /jobs/0/start: is the string "March 2021", want a string that matches ^[0-9]{4}(-[0-9]{2})?$
  request 1: /jobs/1/start: is the string "August 2017", want a string that matches ^[0-9]{4}(-[0-9]{2})?$
  request 1: and 1 more like that


[about N tokens in, N of them cached; N out, N of them reasoning; TIME]

`)
}

// script returns a service that answers as told.
func script(t *testing.T, replies ...deepseektest.Reply) *demo.Service {
	t.Helper()
	return &demo.Service{Client: &deepseek.Client{BaseURL: deepseektest.NewServer(t, replies...).URL()}, About: "A script."}
}

func text(s string) deepseektest.Reply {
	return deepseektest.Reply{Text: s, Usage: &llm.Usage{Input: 9, Output: 4}}
}

const (
	late = `{"number":"7","date":"2026-03-05","due":"2026-03-01","seller":"A\u001b[31m","lines":[],"total":3}`
	soon = `{"number":"7","date":"2026-03-05","due":"2026-04-01","seller":"A\u001b[31m","lines":[],"total":3}`
)

// TestStartsOver holds that a stream says when a reply is void, that Validate sends
// one back, that amounts which do not add up are told, and that nothing that a model
// writes commands the terminal.
func TestStartsOver(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.txt")
	if err := os.WriteFile(file, []byte("An invoice."), 0o600); err != nil {
		t.Fatal(err)
	}
	o := options{kind: "invoice", mode: output.ModeJSON, stream: true, files: []string{file}}
	got := shown(t, script(t, text(late), text(soon)), o)
	for _, want := range []string{
		"  … number: 7\n", "(request 2: it starts over)\n", "due    2026-04-01\n", "seller    A\ufffd[31m\n", "in mode json, by 2 requests\n",
		"due (2026-03-01) is before date (2026-03-05)\n", "the lines, with tax and discount, make , the total is 3.00\n",
		"[N tokens in, N of them cached; N out, N of them reasoning; TIME]",
	} {
		if !strings.Contains(strings.ReplaceAll(got, "due       ", "due    "), want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "\x1b") {
		t.Errorf("a command to the terminal in:\n%q", got)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	empty, large := filepath.Join(dir, "empty.txt"), filepath.Join(dir, "large.txt")
	for name, text := range map[string]string{empty: " \n", large: strings.Repeat("x", maxSize+1)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		o    options
		want string
	}{
		{options{kind: "poem"}, `-kind "poem" is none of invoice, cv, mail`},
		{options{files: []string{"none.txt"}}, "none.txt: file does not exist"},
		{options{files: []string{"desk.go"}}, "say what desk.go is: -kind invoice, or cv, or mail"},
		{options{kind: "cv", files: []string{"texts"}}, "texts is a directory"},
		{options{kind: "cv", files: []string{empty}}, empty + " is empty"},
		{options{kind: "cv", files: []string{large}}, large + " has 262145 bytes, which is more than 262144"},
		{options{kind: "cv", mode: "xml"}, `mode "xml"`},
	} {
		err := run(t.Context(), standIn(t), tt.o, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %s", tt.o, err, tt.want)
		}
	}
}

// TestUnfit holds that a document of which no value can be made is named.
func TestUnfit(t *testing.T) {
	service := script(t, text("I cannot read that."), text("No."), text("Never."))
	for _, stream := range []bool{false, true} {
		var out strings.Builder
		err := run(t.Context(), service, options{mode: output.ModeJSON, stream: stream, files: []string{"texts/cv/lin.zh.txt"}}, &out)
		if e, ok := errors.AsType[*output.Error](err); !ok || !strings.HasPrefix(err.Error(), "texts/cv/lin.zh.txt: output: ") {
			t.Errorf("%v, %v", err, e)
		}
	}
}

// TestElsewhere holds that the documents come along where the repository is not.
func TestElsewhere(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"examples/extract/texts/invoice/scan.txt", "texts/invoice/scan.txt"} {
		if d, err := read(name, ""); err != nil || d.kind != "invoice" || !strings.Contains(d.text, "Bakkerij") {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}

// TestGoRun runs the program as its comment says.
func TestGoRun(t *testing.T) {
	demotest.Run(t, "../..",
		demotest.Call{Stdout: "5 invoices\n"},
		demotest.Call{Args: []string{"-stream", "examples/extract/texts/cv/keller.txt"}, Stdout: "  … city: Hamburg\n"},
		demotest.Call{Args: []string{"-mode", "json", "-kind", "invoice"}, Stdout: "MERIDIAN INSTRUMENTS LTD"},
		demotest.Call{Args: []string{"none.txt"}, Code: 1, Stderr: "extract: none.txt: file does not exist\n"},
		demotest.Call{Args: []string{"-kind", "poem"}, Code: 1, Stderr: `extract: -kind "poem" is none of invoice, cv, mail`},
		demotest.Call{Args: []string{"-colour"}, Code: 2, Stderr: "usage: extract [-kind kind] [-mode mode] [-stream] [file ...]\n"},
	)
}
