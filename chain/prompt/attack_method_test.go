package prompt_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/prompt"
)

// TestAttackMethods shows that no path leads to a method: every method that a
// canary has, asked for in many ways through fields of many kinds.
func TestAttackMethods(t *testing.T) {
	var list []payload
	static := "made unknown|type"
	for m := range reflect.TypeFor[*canary]().Methods() {
		for _, path := range []string{".Canary", ".PCanary", "(index .Canaries 0)", ".ByCanary.k", ".Stringer", ".Err", ".Text", "$.Canary"} {
			want := static
			if path == ".Stringer" || path == ".Err" || path == ".Text" {
				want = "any unknown|type" // the dynamic type decides
			}
			list = append(list, payload{path + "." + m.Name, "{{" + path + "." + m.Name + "}}", want})
		}
		for _, path := range []string{".Any", ".AnyP", ".AnyMap.canary", ".AnyMap.pointer", "(index .Anys1 2)", ".AnyRV", ".AnyMap.reflect"} {
			list = append(list, payload{path + "." + m.Name, "{{" + path + "." + m.Name + "}}", "run unknown|type"})
		}
		for _, form := range []string{
			"{{.Canary.§ 1}}", `{{.Canary.§ "x" .A}}`, "{{.A | .Canary.§}}", "{{with .Canary}}{{.§}}{{end}}", "{{$x := .Canary}}{{$x.§}}",
			"{{range .Canaries}}{{.§}}{{end}}", "{{if .Canary.§}}x{{end}}", "{{range .Canary.§}}x{{end}}", "{{with .Canary.§}}x{{end}}",
			`{{define "d"}}{{.§}}{{end}}{{template "d" .Canary}}`, `{{template "d" .Canary.§}}{{define "d"}}{{end}}`, "{{len .Canary.§}}", "{{json .Canary.§}}",
			"{{.Canary.§ | default `x`}}", "{{if false}}{{.Canary.§}}{{end}}", "{{eq .Canary.§ 1}}", "{{index .Canary.§ 0}}", "{{call .Canary.§}}", "{{.Canary.Name.§}}",
		} {
			list = append(list, payload{form + " " + m.Name, strings.ReplaceAll(form, "§", m.Name), static})
		}
	}
	for _, m := range []string{"Evil", "PEvil", "EvilArg", "String", "Error", "MarshalJSON", "Promoted", "PPromoted"} {
		for _, form := range []string{"{{.§}}", "{{$.§}}", "{{.§ 1}}", "{{.A | .§}}", "{{(.).§}}", "{{with .}}{{.§}}{{end}}", "{{$x := .}}{{$x.§}}", "{{if .§}}x{{end}}",
			"{{range .§}}x{{end}}", `{{define "d"}}{{.§}}{{end}}{{template "d" .}}`, "{{json .§}}", "{{.promoted.§}}"} {
			list = append(list, payload{form + " " + m, strings.ReplaceAll(form, "§", m), static})
		}
	}
	atkRun(t, 1000, list)
}

// TestAttackPrints shows that what has a method of printing is not printed
// behind its back, nor is what cannot be text.
func TestAttackPrints(t *testing.T) {
	var list []payload
	forms := []string{"{{§}}", "{{§ | upper}}", "{{upper §}}", "{{trim §}}", "{{lower §}}", "{{quote §}}", "{{indent 2 §}}", "{{truncate 3 §}}",
		"{{$x := §}}{{$x}}", "{{with §}}{{.}}{{end}}", `{{define "d"}}{{.}}{{end}}{{template "d" §}}`, "{{§ | default `x`}}", "{{or false §}}", "{{and true §}}", `{{join ", " §}}`}
	static := []string{".", "$", ".Canary", ".PCanary", ".String1", ".Error1", ".Format1", ".Text1", ".JSON1", ".Pointer1", ".PString1", ".Int1", ".Float1", ".Bool1",
		".Bytes1", ".Words1", ".Map1", ".Strings1", ".Canaries", ".ByCanary", ".Keyed", ".Words", ".M", ".Fn", ".FnArg", ".FnErr", ".FnNil", ".FnType", ".FnMap", ".FnMap.k", ".FnList",
		".Seq", ".Seq2", ".Ch", ".Recv", ".File", ".HTTP", ".Request", ".RV", ".Mu", ".Ptr", ".Complex", ".Tmpl", ".When", ".Timer", ".Node", ".Loop", ".List", ".Tree",
		".Huge", ".HugeS", ".NilHuge", ".Arrays", "(index .Strings1 0)", "(first 1 .Strings1)", "(index .Canaries 0)"}
	dynamic := []string{".Any", ".AnyP", ".Any1", ".FnAny", ".AnyMap.fn", ".AnyMap.pfn", ".AnyMap.canary", ".AnyMap.pointer", ".AnyMap.string", ".AnyMap.chan", ".AnyMap.reflect", ".AnyMap.array",
		".AnyMap.complex", ".AnyMap.time", ".AnyMap.bytes", ".AnyMap.ring", ".AnyMap.map", ".AnyMap.funcs", ".AnyMap.seq", ".AnyMap.nilp", ".AnyRV", ".Ring", ".AnyRing", "(index .Anys1 0)", "(index .Anys1 1)",
		".Stringer", ".Err", ".Text", ".Ctx", ".Reader", ".RT"}
	nils := []string{".FnNil", ".NilHuge", ".AnyMap.nilp"} // may be absent, and nothing printed then
	for _, form := range forms {
		absent := strings.HasPrefix(form, "{{with") || strings.Contains(form, "default")
		either := strings.HasPrefix(form, "{{or") || strings.HasPrefix(form, "{{and") || strings.Contains(form, "default")
		join := strings.HasPrefix(form, "{{join")
		for _, path := range static {
			want := "made type"
			switch {
			case join && slices.Contains([]string{".Words", ".Words1", ".Bytes1", ".Huge", ".HugeS", ".NilHuge"}, path):
				continue // the elements print, or are for TestAttackLimits
			case absent && slices.Contains(nils, path):
				want = "safe"
			case either: // what comes of two types is known at rendering
				want = "any type|missing"
			}
			list = append(list, payload{form + " " + path, strings.ReplaceAll(form, "§", path), want})
		}
		for _, path := range dynamic {
			want := "any type|missing"
			if absent && slices.Contains(nils, path) || join {
				want = "safe"
			}
			list = append(list, payload{form + " " + path, strings.ReplaceAll(form, "§", path), want})
		}
	}
	for _, path := range []string{".Canary", ".PCanary", ".Canaries", ".ByCanary", ".JSON1", ".Text1", ".", ".Fn", ".FnMap", ".FnList", ".FnType", ".Ch", ".Seq", ".Complex", ".Ptr", ".Err", ".Stringer"} {
		for _, form := range []string{"{{json §}}", "{{§ | json}}", "{{if false}}{{json §}}{{end}}", "{{$x := json §}}", "{{with json §}}x{{end}}"} {
			want := "made type"
			if path == ".Err" || path == ".Stringer" {
				want = "any type" // the dynamic type decides
			}
			if strings.Contains(form, "false") && want != "made type" {
				want = "safe"
			}
			list = append(list, payload{form + " " + path, strings.ReplaceAll(form, "§", path), want})
		}
	}
	for _, path := range []string{".Any", ".AnyP", ".AnyMap", ".AnyMap.fn", ".AnyMap.canary", ".AnyMap.pointer", ".AnyMap.chan", ".AnyMap.complex", ".AnyMap.funcs", ".AnyMap.map", ".FnAny"} {
		list = append(list, payload{"json of any " + path, "{{json " + path + "}}", "run type|limit"})
	}
	atkRun(t, 1000, list)
}

// TestAttackTypes holds the rest of what there is to reach in values.
func TestAttackTypes(t *testing.T) {
	const unknown, typ = "made unknown", "made type"
	atkRun(t, 150, []payload{
		// What a T does not export.
		{"unexported", "{{.secret}}", unknown},
		{"unexported pointer", "{{.hidden}}", unknown},
		{"through unexported", "{{.hidden.Name}}", unknown},
		{"unexported of a field", "{{.Canary.secret}}", unknown},
		{"unexported of a pointer", "{{.PCanary.secret}}", unknown},
		{"unexported of an element", "{{(index .Canaries 0).secret}}", unknown},
		{"unexported of a range", "{{range .Canaries}}{{.secret}}{{end}}", unknown},
		{"unexported of an any", "{{.Any.secret}}", "run unknown"},
		{"unexported of a *any", "{{.AnyP.secret}}", "run unknown"},
		{"unexported of a Stringer", "{{.Stringer.secret}}", "any unknown|type"},
		{"embedded by name", "{{.promoted}}", unknown},
		{"embedded by name, field", "{{.promoted.Lifted}}", unknown},
		{"promoted", "{{.Lifted}}", "out lifted"},
		{"blank", "{{._}}", unknown},
		{"a case off", "{{.a}}", unknown},
		{"a case off, of a tag", "{{.NAME}}", unknown},
		{"by tag", "{{.name}}", "out name"},
		{"unexported in an if", "{{if .secret}}x{{end}}", unknown},
		{"unexported in a dead branch", "{{if false}}{{.secret}}{{end}}", unknown},
		{"unexported under not", "{{not .secret}}", unknown},
		{"unexported under len", "{{len .secret}}", unknown},
		{"unexported under eq", `{{if eq .secret "x"}}x{{end}}`, unknown},
		{"unexported under default", `{{.secret | default "x"}}`, unknown},
		{"unexported under index", `{{index . "secret"}}`, typ},
		{"unexported by index of a field", `{{index .Canary "secret"}}`, typ},
		{"range over a struct", "{{range .}}{{.}}{{end}}", typ},
		{"range over a field's struct", "{{range $k, $v := .Canary}}{{$v}}{{end}}", typ},
		{"len of a struct", "{{len .Canary}}", typ},
		{"first of a struct", "{{first 1 .Canary}}", typ},
		{"json of a struct with secrets", "{{json .Canary}}", typ},

		// Functions, channels, iterators: not called, not received from, not drained.
		{"range over a func", "{{range .Fn}}x{{end}}", typ},
		{"range over a seq", "{{range .Seq}}x{{end}}", typ},
		{"range over a seq2", "{{range $i, $x := .Seq2}}x{{end}}", typ},
		{"range over a chan", "{{range .Ch}}{{.}}{{end}}", typ},
		{"range over a receiver", "{{range .Recv}}{{.}}{{end}}", typ},
		{"range over a seq in an any", "{{range .AnyMap.seq}}x{{end}}", "run type"},
		{"range over a chan in an any", "{{range .AnyMap.chan}}x{{end}}", "run type"},
		{"range over a func in an any", "{{range .FnAny}}x{{end}}", "run type"},
		{"range over a canary", "{{range .Any}}x{{end}}", "run type"},
		{"range over an int", "{{range .N}}x{{end}}", typ},
		{"range over a constant", "{{range 1000000000}}x{{end}}", typ},
		{"range over an int in an any", "{{range .AnyMap.int}}x{{end}}", "run type"},
		{"range over a string", "{{range .A}}x{{end}}", typ},
		{"range over a constant string", `{{range "abc"}}x{{end}}`, typ},
		{"range over a boolean", "{{range .Yes}}x{{end}}", typ},
		{"range over a float", "{{range .F}}x{{end}}", typ},
		{"range over a named map with methods", "{{range $k, $v := .Map1}}{{$k}}{{$v}}{{end}}", "out kv"},
		{"range over a named slice with methods", "{{range .Words1}}{{.}}{{end}}", "out w"},
		{"range over redacting keys", "{{range $k, $v := .Keyed}}{{$k}}{{end}}", typ},
		{"range over redacting elements", "{{range .Strings1}}{{.}}{{end}}", typ},
		{"range over redacting anys", "{{range .Anys1}}{{.}}{{end}}", "run type"},
		{"func of a map", "{{.FnMap.k}}", typ},
		{"func of a list", "{{index .FnList 0}}", typ},
		{"func with an argument", `{{.FnArg "x"}}`, "made type|syntax|unknown"},
		{"func of a map with an argument", `{{.FnMap.k "x"}}`, "made type|syntax|unknown"},
		{"func under call", "{{call .Fn}}", unknown},
		{"func under call, with an argument", `{{call .FnArg "x"}}`, unknown},
		{"func under call in an any", "{{call .FnAny}}", unknown},
		{"func by pipe", "{{.A | .FnArg}}", "made type|syntax"},
		{"func in an any with an argument", `{{.FnAny "x"}}`, "any type|syntax"},
		{"func in a map of any with an argument", `{{.AnyMap.fn "x"}}`, "any type|syntax"},
		{"nil func", "{{.NilFn}}", typ},
		{"func is nil", "{{if eq .NilFn nil}}x{{end}}", "safe"},
		{"func in an if", "{{if .Fn}}x{{end}}", "safe"},
		{"func in a with", "{{with .Fn}}{{.}}{{end}}", typ},
		{"len of a chan", "{{len .Ch}}", typ},
		{"len of a func", "{{len .Fn}}", typ},
		{"len of an int", "{{len .N}}", typ},
		{"len of a canary", "{{len .Canary}}", typ},
		{"len of a named slice with a Len", "{{len .Words1}}", "out 1"},
		{"truth of a canary", "{{if .Canary}}x{{end}}", "out x"},
		{"truth of a canary in an any", "{{if .Any}}x{{end}}", "out x"},
		{"not of a canary", "{{not .Canary}}", "out false"},

		// What redacts itself, by other ways than printing it.
		{"redacted separator", "{{join .String1 .Words}}", typ},
		{"redacted layout", "{{date .String1 .When}}", typ},
		{"redacted sum", "{{add .Int1 0}}", typ},
		{"redacted default", "{{.M.absent | default .String1}}", "any type"},
		{"redacted bytes, by index", "{{index .Bytes1 0}}", typ},
		{"redacted bytes, by range", "{{range .Bytes1}}{{.}}{{end}}", typ},
		{"redacted bytes, by first", "{{range first 1 .Bytes1}}{{.}}{{end}}", typ},
		{"redacted bytes, by join", "{{join `,` .Bytes1}}", typ},
		{"redacted text, as json", "{{json .String1}}", typ},
		{"redacted bytes, as json", "{{json .Bytes1}}", typ},
		{"redacted number, as json", "{{json .Int1}}", "out 1"},
		{"redacted texts, as json", "{{json .Strings1}}", typ},
		{"redacted keys, as json", "{{json .Keyed}}", typ},
		{"redacted text in an any, as json", "{{json .Any1}}", "run type"},
		{"redacted text, compared", "{{if eq .String1 `x`}}x{{end}}", "safe"},
		{"redacted text in an any, as a separator", "{{join .Any1 .Words}}", "run type"},
		{"redacted text in an any, as a layout", "{{date .Any1 .When}}", "run type"},
		{"redacted text by a variable", "{{$x := .A}}{{range .Anys1}}{{$x = .}}{{end}}{{$x}}", "any type"},
		{"a sum beyond numbers", "{{add 9223372036854775807 1}}", "any type|limit"},
		{"a sum below numbers", "{{add -9223372036854775808 -1}}", "any type|limit"},
		{"a sum of texts", "{{add .A 1}}", typ},
		{"a sum of a canary", "{{add .Any 1}}", "run type"},
		{"a sum of nothing", "{{add}}", "made type|syntax"},

		// Values of other packages.
		{"file name", "{{.File.Name}}", unknown},
		{"file close", "{{.File.Close}}", unknown},
		{"file internals", "{{.File.file}}", unknown},
		{"client get", `{{.HTTP.Get "http://127.0.0.1"}}`, "made unknown|type"},
		{"client transport", "{{.HTTP.Transport.RoundTrip}}", "any unknown|type|missing"},
		{"client func", "{{.HTTP.CheckRedirect}}", typ},
		{"request body", "{{.Request.Body.Close}}", "any unknown|type|missing"},
		{"request form", `{{.Request.FormValue "x"}}`, "made unknown|type"},
		{"request context", "{{.Request.Context}}", "made unknown|type"},
		{"context value", `{{.Ctx.Value "x"}}`, "any unknown|type"},
		{"context done", "{{.Ctx.Done}}", "any unknown|type"},
		{"context key", "{{.Ctx.key}}", "any unknown|type"},
		{"context val", "{{.Ctx.val}}", "any unknown|type"},
		{"reader", "{{.Reader.Read}}", "any unknown|type"},
		{"reflect value interface", "{{.RV.Interface}}", "made unknown|type"},
		{"reflect value method", `{{.RV.MethodByName "Do"}}`, "made unknown|type"},
		{"reflect value field", "{{.RV.Name}}", "made unknown|type"},
		{"reflect value internals", "{{.RV.ptr}}", unknown},
		{"reflect value in an any", "{{.AnyRV.Name}}", "run unknown|type"},
		{"reflect value in an any, unexported", "{{.AnyRV.secret}}", "run unknown|type"},
		{"reflect value in a map", "{{.AnyMap.reflect.Name}}", "run unknown|type"},
		{"reflect value, len", "{{len .AnyRV}}", "run type"},
		{"reflect value, range", "{{range .AnyRV}}x{{end}}", "run type"},
		{"reflect value, index", "{{index .AnyRV 0}}", "run type"},
		{"reflect type", "{{.RT.Name}}", "any unknown|type"},
		{"reflect type method", "{{.RT.Method 0}}", "any unknown|type"},
		{"mutex", "{{.Mu.Lock}}", "made unknown|type"},
		{"template execute", `{{.Tmpl.Execute .Reader .}}`, "made unknown|type"},
		{"template tree", "{{.Tmpl.Tree.Root.String}}", "made unknown|type"},
		{"template tree nodes", "{{range .Tmpl.Tree.Root.Nodes}}{{.}}{{end}}", "any type"},
		{"time unix", "{{.When.Unix}}", "made unknown|type"},
		{"time format", `{{.When.Format "2006"}}`, "made unknown|type"},
		{"time internals", "{{.When.wall}}", unknown},
		{"time of a string", `{{date "2006" .A}}`, typ},
		{"time of a canary", `{{date "2006" .Any}}`, "run type"},
		{"time of an int", `{{date "2006" 0}}`, typ},
		{"date", `{{date "2006-01-02" .When}}`, "out 2026-07-01"},
		{"date of an any", `{{date "2006" .AnyMap.time}}`, "safe"},
		{"timer channel", "{{.Timer.C}}", typ},
		{"unsafe pointer", "{{.Ptr}}", typ},
		{"unsafe pointer, field", "{{.Ptr.Name}}", "made unknown|type"},

		// Cycles and pointers without end.
		{"down the ring", "{{.Node" + atkTimes(1000, ".Next") + ".Name}}", "out node"},
		{"down the ring by maps", "{{.Node" + atkTimes(500, ".ByID.x") + ".Name}}", "out node"},
		{"a ring as json", "{{json .Node}}", "run limit"},
		{"a list of itself as json", "{{json .List}}", "run limit"},
		{"a tree of itself as json", "{{json .Tree}}", "run limit"},
		{"a map of itself as json", "{{json .AnyRing}}", "run limit"},
		{"a pointer to itself", "{{.Loop}}", typ},
		{"a pointer to itself, field", "{{.Loop.X}}", "made unknown|type"},
		{"a pointer to itself, if", "{{if .Loop}}x{{end}}", "safe"},
		{"a pointer to itself, range", "{{range .Loop}}x{{end}}", typ},
		{"a pointer to itself, len", "{{len .Loop}}", typ},
		{"a pointer to itself, eq", "{{eq .Loop 1}}", typ},
		{"a pointer to itself, json", "{{json .Loop}}", "any limit|type"},
		{"a pointer to itself, index", "{{index .Loop 0}}", typ},
		{"a pointer to itself, date", `{{date "2006" .Loop}}`, typ},
		{"a pointer to itself, default", "{{.Loop | default `x`}}", typ},
		{"an any that points to itself", "{{.Ring}}", "run type|limit|missing"},
		{"an any that points to itself, field", "{{.Ring.X}}", "run unknown|type|limit|missing"},
		{"an any that points to itself, if", "{{if .Ring}}x{{end}}", "safe"},
		{"an any that points to itself, not", "{{not .Ring}}", "safe"},
		{"an any that points to itself, range", "{{range .Ring}}x{{end}}", "run type|limit|missing"},
		{"an any that points to itself, len", "{{len .Ring}}", "run type|limit|missing"},
		{"an any that points to itself, eq", "{{eq .Ring .Ring}}", "run type|limit|missing"},
		{"an any that points to itself, json", "{{json .Ring}}", "run type|limit|missing"},
		{"an any that points to itself, index", "{{index .Ring 0}}", "run type|limit|missing"},
		{"an any that points to itself, with", "{{with .Ring}}{{.}}{{end}}", "run type|limit|missing"},
		{"an any that points to itself, template", `{{define "d"}}{{.X}}{{end}}{{template "d" .Ring}}`, "run unknown|type|limit|missing"},
		{"an any that points to itself, default", "{{.Ring | default `x`}}", "run type|limit|missing"},
		{"an any that points to itself, first", "{{first 1 .Ring}}", "run type|limit|missing"},
		{"a list of itself, index", "{{len (index .List 0 0 0 0 0 0)}}", "out 1"},
		{"a tree of itself, keys", "{{len .Tree" + atkTimes(500, ".self") + "}}", "out 1"},

		// Where reflection panics.
		{"a nil pointer to a struct in an any", "{{.AnyMap.nilp.Name}}", "run missing"},
		{"a nil any", "{{.AnyMap.nil}}", "run missing|type"},
		{"a field of a nil any", "{{.AnyMap.nil.X}}", "run missing"},
		{"an index of a nil any", "{{index .AnyMap.nil 0}}", "run missing|type"},
		{"len of a nil any", "{{len .AnyMap.nil}}", "run missing|type"},
		{"eq of a nil any", "{{eq .AnyMap.nil 1}}", "safe"},
		{"eq of maps", "{{eq .M .M}}", typ},
		{"eq of slices", "{{eq .Words .Words}}", typ},
		{"eq of funcs", "{{eq .Fn .Fn}}", typ},
		{"eq of structs", "{{eq .Canary .Canary}}", typ},
		{"eq of canaries in anys", "{{eq .Any .Any}}", "run type"},
		{"eq of maps in anys", "{{eq .AnyMap.map .AnyMap.map}}", "run type"},
		{"eq of funcs in anys", "{{eq .FnAny .FnAny}}", "run type"},
		{"lt of canaries", "{{lt .Canary .Canary}}", typ},
		{"lt of complex numbers", "{{lt .Complex .Complex}}", typ},
		{"lt of booleans", "{{lt true false}}", typ},
		{"a key that cannot be hashed", "{{index .AnyKeys .Words}}", "any type|missing"},
		{"a map as a key", "{{index .AnyKeys .M}}", "any type|missing"},
		{"a func as a key", "{{index .AnyKeys .Fn}}", "any type|missing"},
		{"an any as a key", "{{index .AnyKeys .AnyMap.map}}", "any type|missing"},
		{"an any of a func as a key", "{{index .AnyMap.map .FnAny}}", "any type|missing"},
		{"a number as a key of strings", "{{index .M 1}}", typ},
		{"a string as an index", `{{index .Words "0"}}`, typ},
		{"a float as an index", "{{index .Words 0.5}}", typ},
		{"nil as an index", "{{index .Words nil}}", typ},
		{"index of a string", "{{index .A 0}}", typ},
		{"index of nothing", "{{index}}", "made type|syntax"},
		{"index of an index", "{{index .Words 0 0}}", typ},
		{"NaN keys", "{{range .NaN}}{{.}},{{end}}", "run type"},
		{"NaN keys, printed", "{{range $k, $v := .NaN}}{{$k}}{{end}}", "run type"},
		{"NaN keys, json", "{{json .NaN}}", "any type"},
		{"keys of any kind", "{{range $k, $v := .AnyKeys}}{{$v}},{{end}}", "safe"},
		{"keys of any kind, json", "{{json .AnyKeys}}", "any type"},
		{"the first of an array in a map", "{{range first 2 .Arrays.k}}{{.}}{{end}}", "out 12"},
		{"the last of an array in a map", "{{range last 2 .Arrays.k}}{{.}}{{end}}", "out 23"},
		{"the first of an array in an any", "{{range first 2 .AnyMap.array}}{{.}}{{end}}", "out 12"},
		{"an array in an any", "{{range $i, $x := .AnyMap.array}}{{$i}}{{$x}}{{end}}", "out 011223"},
		{"an index of an array in an any", "{{index .AnyMap.array 3}}", "run missing"},
		{"a nil pointer to an array, range", "{{range .NilHuge}}x{{end}}", "safe"},
		{"a nil pointer to an array, index", "{{index .NilHuge 0}}", "any missing|type"},
		{"a nil pointer to an array, first", "{{first 1 .NilHuge}}", "any missing|type"},
		{"a nil pointer to an array, json", "{{json .NilHuge}}", "safe"},
		{"a nil pointer to an array, len", "{{len .NilHuge}}", "safe"},
	})
}

// TestAttackDynamic shows that T itself may be of any kind, and is held to the same.
func TestAttackDynamic(t *testing.T) {
	// A struct with an unexported field that has the tag of a name.
	typ := reflect.StructOf([]reflect.StructField{
		{Name: "Open", Type: reflect.TypeFor[string](), Tag: `json:"open"`},
		{Name: "tagged", PkgPath: "example.org/x", Type: reflect.TypeFor[string](), Tag: `json:"tagged"`},
		{Name: "other", PkgPath: "example.org/x", Type: reflect.TypeFor[canary](), Tag: `json:"Visible"`},
	})
	in := reflect.New(typ).Elem()
	in.Field(0).SetString("open")
	for _, tt := range []struct{ text, want string }{
		{"{{.Open}}{{.open}}", "openopen"},
		{"{{json .}}", `{"open":"open"}`},
		{"{{.tagged}}", ""}, {"{{.other}}", ""}, {"{{.Visible}}", ""}, {"{{.Visible.Name}}", ""}, {"{{.Other}}", ""},
	} {
		out, err := prompt.New[any](tt.text).Render(t.Context(), in.Interface())
		if tt.want == "" && !errors.Is(err, prompt.ErrUnknown) || out != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.text, out, err, tt.want)
		}
	}
	atk := newAtkT(t)
	roots(t, atk.Any, "{{.}}", "{{.Do}}", "{{json .}}", "{{.secret}}", "{{range .}}{{end}}")
	roots(t, atk.Stringer, "{{.}}", "{{.String}}", "{{json .}}")
	roots(t, atk.Err, "{{.}}", "{{.Error}}", "{{json .}}")
	roots(t, atk.String1, "{{.}}", "{{.String}}", "{{. | upper}}", "{{range .}}{{end}}")
	roots(t, &atk.String1, "{{.}}", "{{.String}}")
	roots(t, atk.Pointer1, "{{.}}", "{{.String}}")
	roots(t, atk.Fn, "{{.}}", "{{call .}}", "{{range .}}{{end}}", "{{json .}}", "{{. 1}}")
	roots(t, atk.FnMap, "{{.k}}", "{{.}}", "{{json .}}", "{{range .}}{{.}}{{end}}")
	roots(t, atk.Ch, "{{.}}", "{{range .}}{{end}}", "{{len .}}")
	roots(t, atk.Seq, "{{.}}", "{{range .}}{{end}}")
	roots(t, atk.AnyMap, "{{.fn}}", "{{.canary}}", "{{.canary.Do}}", "{{.string}}", "{{json .}}", "{{range .}}{{.}}{{end}}")
	roots(t, atk.Loop, "{{.}}", "{{.X}}", "{{range .}}{{end}}")
	roots(t, atk.Ring, "{{.}}", "{{.X}}", "{{json .}}")
	roots(t, atk.RV, "{{.}}", "{{.Interface}}")
	roots(t, atk.Bytes1, "{{.}}", "{{.String}}", "{{. | upper}}")
	roots(t, atk.Err, "{{.Name.String}}")
	roots(t, &atk, "{{.}}", "{{.Evil}}", "{{.PEvil}}", "{{.secret}}", "{{json .}}")
	atk.silent(t)
}

// roots asserts that each of the texts fails with in as the whole value.
func roots[T any](t *testing.T, in T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		atkEnds(t, func() {
			tmpl, err := prompt.Parse[T](text)
			var out string
			if err == nil {
				out, err = tmpl.Render(t.Context(), in)
			}
			atkCheckOutcome(t, out, err)
			if err == nil || !atkIs(err, "type|unknown|limit|syntax|missing") {
				t.Errorf("%s of a %T: %q, %v, want an error", text, in, out, err)
			}
		})
	}
}
