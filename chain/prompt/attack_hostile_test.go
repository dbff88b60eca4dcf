package prompt_test

import (
	"context"
	"encoding"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"text/template"
	"time"
	"unsafe"
)

const (
	atkSecret = "c4n4ry-s3cr3t"  // stands where no template may read
	atkShy    = "v4lu3-in-0rd3r" // stands where templates may read; errors never tell it
)

// cage holds what canaries do: each call of a method leaves a note, deletes a
// file, sends on a channel, and panics.
var cage struct {
	sync.Mutex
	notes []string
	file  string
	sent  chan string
}

// a birdcage is the handle to cage that an atkT has.
type birdcage struct{}

// open makes the cage silent again.
func (birdcage) open(t testing.TB) {
	cage.Lock()
	defer cage.Unlock()
	cage.notes, cage.sent = nil, make(chan string, 1)
	cage.file = filepath.Join(t.TempDir(), "canary")
	if err := os.WriteFile(cage.file, []byte("alive"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (birdcage) heard() []string {
	cage.Lock()
	defer cage.Unlock()
	notes := slices.Clone(cage.notes)
	select {
	case s := <-cage.sent:
		if !slices.Contains(notes, s) {
			notes = append(notes, s)
		}
	default:
	}
	return notes
}

func (birdcage) alive() bool {
	cage.Lock()
	defer cage.Unlock()
	_, err := os.Stat(cage.file)
	return err == nil
}

// sing is what every method of a canary does.
func sing(method string) {
	cage.Lock()
	defer cage.Unlock()
	cage.notes = append(cage.notes, method)
	os.Remove(cage.file)
	select {
	case cage.sent <- method:
	default:
	}
	panic("canary: " + method + " was called")
}

// A canary has every method that somebody might call behind one's back.
type canary struct {
	Name   string
	secret string //lint:ignore U1000 only reflection can reach it
}

func (canary) String() string                    { sing("String"); return atkSecret }
func (canary) GoString() string                  { sing("GoString"); return atkSecret }
func (canary) Error() string                     { sing("Error"); return atkSecret }
func (canary) Format(fmt.State, rune)            { sing("Format") }
func (canary) MarshalJSON() ([]byte, error)      { sing("MarshalJSON"); return nil, nil }
func (canary) MarshalText() ([]byte, error)      { sing("MarshalText"); return nil, nil }
func (canary) AppendText([]byte) ([]byte, error) { sing("AppendText"); return nil, nil }
func (canary) MarshalBinary() ([]byte, error)    { sing("MarshalBinary"); return nil, nil }
func (canary) MarshalYAML() (any, error)         { sing("MarshalYAML"); return nil, nil }
func (canary) Len() int                          { sing("Len"); return 1 }
func (canary) Less(i, j int) bool                { sing("Less"); return true }
func (canary) Swap(i, j int)                     { sing("Swap") }
func (canary) IsZero() bool                      { sing("IsZero"); return false }
func (canary) Equal(canary) bool                 { sing("Equal"); return true }
func (canary) Compare(canary) int                { sing("Compare"); return 0 }
func (canary) All() iter.Seq[int]                { sing("All"); return nil }
func (canary) Next() bool                        { sing("Next"); return true }
func (canary) Do() string                        { sing("Do"); return atkSecret }
func (canary) With(s string) string              { sing("With"); return atkSecret }
func (canary) Two() (string, error)              { sing("Two"); return atkSecret, nil }
func (canary) Unwrap() error                     { sing("Unwrap"); return nil }
func (canary) Is(error) bool                     { sing("Is"); return true }
func (canary) Value() any                        { sing("Value"); return atkSecret }
func (canary) Read([]byte) (int, error)          { sing("Read"); return 0, io.EOF }
func (*canary) Pointer() string                  { sing("Pointer"); return atkSecret }
func (*canary) UnmarshalJSON([]byte) error       { sing("UnmarshalJSON"); return nil }
func (*canary) UnmarshalText([]byte) error       { sing("UnmarshalText"); return nil }
func (*canary) Write([]byte) (int, error)        { sing("Write"); return 0, nil }
func (*canary) Close() error                     { sing("Close"); return nil }

// The methods that change what a value prints as, one a type and each on a
// basic kind: a redacting type must not be printed around its method.
type (
	atkString  string  // String
	atkError   string  // Error
	atkFormat  string  // Format
	atkText    string  // MarshalText
	atkJSON    string  // MarshalJSON
	atkPointer string  // String of a pointer
	atkInt     int     // String
	atkFloat   float64 // String
	atkBool    bool    // String
	atkBytes   []byte  // String
	atkWords   []string
	atkMap     map[string]string
	atkFunc    func() string
	atkPlain   string // no method: prints
)

func (atkString) String() string             { sing("String"); return "***" }
func (atkError) Error() string               { sing("Error"); return "***" }
func (atkFormat) Format(fmt.State, rune)     { sing("Format") }
func (atkText) MarshalText() ([]byte, error) { sing("MarshalText"); return nil, nil }
func (atkJSON) MarshalJSON() ([]byte, error) { sing("MarshalJSON"); return nil, nil }
func (*atkPointer) String() string           { sing("String"); return "***" }
func (atkInt) String() string                { sing("String"); return "***" }
func (atkFloat) String() string              { sing("String"); return "***" }
func (atkBool) String() string               { sing("String"); return "***" }
func (atkBytes) String() string              { sing("String"); return "***" }
func (atkWords) String() string              { sing("String"); return "***" }
func (atkWords) Len() int                    { sing("Len"); return 0 }
func (atkMap) String() string                { sing("String"); return "***" }
func (atkMap) Key() string                   { sing("Key"); return "***" }
func (atkFunc) String() string               { sing("String"); return "***" }

// promoted is embedded in atkT, so that its methods are atkT's.
type promoted struct{ Lifted string }

func (promoted) Promoted() string   { sing("Promoted"); return atkSecret }
func (*promoted) PPromoted() string { sing("PPromoted"); return atkSecret }

type (
	atkNode struct { // may be its own successor
		Name string
		Next *atkNode
		Kids []*atkNode
		ByID map[string]*atkNode
	}
	atkLoop *atkLoop // a pointer to itself, all the way down
	atkList []atkList
	atkTree map[string]atkTree
)

// atkT is a T with everything in it that a template must not reach.
type atkT struct {
	promoted

	// What a template may read.
	A, B  string
	Name  string `json:"name"`
	N     int
	F     float64
	Yes   bool
	Words []string
	M     map[string]string
	Bytes []byte
	Plain atkPlain
	Shy   string

	// What it may not.
	secret   string
	hidden   *canary //lint:ignore U1000 only reflection can reach it
	Canary   canary
	PCanary  *canary
	Canaries []canary
	ByCanary map[string]canary
	Keyed    map[atkString]string
	Any      any // a canary
	AnyP     any // a *canary
	Stringer fmt.Stringer
	Err      error
	Text     encoding.TextMarshaler

	String1  atkString
	Error1   atkError
	Format1  atkFormat
	Text1    atkText
	JSON1    atkJSON
	Pointer1 atkPointer
	PString1 *atkString
	Int1     atkInt
	Float1   atkFloat
	Bool1    atkBool
	Bytes1   atkBytes
	Words1   atkWords
	Map1     atkMap
	Strings1 []atkString
	Any1     any // an atkString
	Anys1    []any

	Fn     func() string
	FnArg  func(string) string
	FnErr  func() (string, error)
	FnNil  func()
	FnType atkFunc
	FnMap  map[string]func() string
	FnList []func() string
	FnAny  any
	AnyMap map[string]any // with functions, canaries and more
	Seq    iter.Seq[string]
	Seq2   iter.Seq2[int, string]
	Ch     chan string
	Recv   <-chan string

	File    *os.File
	HTTP    *http.Client
	Request *http.Request
	Ctx     context.Context
	Reader  io.Reader
	RV      reflect.Value
	RT      reflect.Type
	AnyRV   any // a reflect.Value of a canary
	Mu      *sync.Mutex
	Ptr     unsafe.Pointer
	Complex complex128
	Tmpl    *template.Template
	When    time.Time
	Timer   *time.Timer

	Node    *atkNode // its own successor
	Loop    atkLoop  // points to itself
	Ring    any      // a pointer to itself
	List    atkList  // holds itself
	Tree    atkTree  // holds itself
	AnyRing map[string]any
	Huge    [1 << 30]struct{}
	HugeS   []struct{}
	NilHuge *[1 << 28]int
	NaN     map[float64]string
	AnyKeys map[any]string
	Arrays  map[string][3]int
	NilFn   func() string
}

// Evil and what follows are methods of T itself.
func (atkT) Evil() string                 { sing("Evil"); return atkSecret }
func (atkT) EvilArg(s string) string      { sing("EvilArg"); return atkSecret }
func (*atkT) PEvil() string               { sing("PEvil"); return atkSecret }
func (atkT) String() string               { sing("String"); return atkSecret }
func (atkT) Error() string                { sing("Error"); return atkSecret }
func (atkT) MarshalJSON() ([]byte, error) { sing("MarshalJSON"); return nil, nil }

func (atkT) cage() birdcage { return birdcage{} }

// newAtkT returns an atkT with something in every field.
func newAtkT(t testing.TB) atkT {
	birdcage{}.open(t)
	bird := canary{Name: "bird", secret: atkSecret}
	node := &atkNode{Name: "node"}
	node.Next, node.Kids, node.ByID = node, []*atkNode{node, node}, map[string]*atkNode{"x": node}
	var loop atkLoop
	loop = &loop
	var ring any
	ring = &ring
	list := make(atkList, 1)
	list[0] = list
	tree := atkTree{}
	tree["self"] = tree
	anyRing := map[string]any{}
	anyRing["self"], anyRing["list"] = anyRing, []any{anyRing}
	str := atkString(atkSecret)
	fn := func() string { sing("func"); return atkSecret }
	nan := map[float64]string{}
	nan[nanValue()] = "nan"
	nan[nanValue()] = "nan"
	sent := make(chan string, 1)
	sent <- atkSecret
	return atkT{
		promoted: promoted{"lifted"},
		A:        "a", B: "b", Name: "name", N: 3, F: 0.5, Yes: true,
		Words: []string{"x", "y", "z"}, M: map[string]string{"k": "v"}, Bytes: []byte("bytes"),
		Plain: "plain", Shy: atkShy,
		secret: atkSecret, hidden: &bird,
		Canary: bird, PCanary: &bird, Canaries: []canary{bird}, ByCanary: map[string]canary{"k": bird},
		Keyed: map[atkString]string{str: "v"}, Any: bird, AnyP: &bird,
		Stringer: bird, Err: bird, Text: bird,
		String1: str, Error1: atkSecret, Format1: atkSecret, Text1: atkSecret, JSON1: atkSecret,
		Pointer1: atkSecret, PString1: &str, Int1: 1, Float1: 1, Bool1: true, Bytes1: atkBytes(atkSecret),
		Words1: atkWords{"w"}, Map1: atkMap{"k": "v"}, Strings1: []atkString{str},
		Any1: str, Anys1: []any{str, &str, bird, &bird},
		Fn: fn, FnArg: func(string) string { return fn() }, FnErr: func() (string, error) { return fn(), nil },
		FnType: fn, FnMap: map[string]func() string{"k": fn}, FnList: []func() string{fn}, FnAny: fn,
		AnyMap: map[string]any{
			"fn": fn, "canary": bird, "pointer": &bird, "string": str, "chan": sent, "nil": nil, "reflect": reflect.ValueOf(bird),
			"array": [3]int{1, 2, 3}, "complex": 1i, "time": time.Unix(0, 0), "bytes": atkBytes(atkSecret), "ring": ring,
			"map": map[any]any{bird.Name: "v"}, "funcs": []func() string{fn}, "seq": iter.Seq[string](func(func(string) bool) { fn() }),
			"pfn": &fn, "nilp": (*canary)(nil), "int": 7, "words": []any{"x", "y"},
		},
		Seq: func(func(string) bool) { sing("Seq") }, Seq2: func(func(int, string) bool) { sing("Seq2") },
		Ch: sent, Recv: sent,
		File: os.Stdin, HTTP: http.DefaultClient, Request: &http.Request{}, Reader: &bird,
		Ctx: context.WithValue(context.Background(), str, atkSecret),
		RV:  reflect.ValueOf(bird), RT: reflect.TypeFor[canary](), AnyRV: reflect.ValueOf(bird), Mu: new(sync.Mutex),
		Ptr: unsafe.Pointer(node), Complex: 1i, Tmpl: template.Must(template.New("t").Parse("{{.}}")),
		When: time.Date(2026, 7, 1, 2, 3, 4, 0, time.UTC), Timer: new(time.Timer),
		Node: node, Loop: loop, Ring: ring, List: list, Tree: tree, AnyRing: anyRing,
		HugeS: make([]struct{}, 1<<30), NaN: nan, AnyKeys: map[any]string{"k": "v", 1: "one"},
		Arrays: map[string][3]int{"k": {1, 2, 3}},
	}
}

func nanValue() float64 { var zero float64; return zero / zero }

// silent asserts that no canary was heard.
func (h atkT) silent(t testing.TB) {
	t.Helper()
	if notes := h.cage().heard(); len(notes) > 0 {
		t.Errorf("methods were called: %q", notes)
	} else if !h.cage().alive() {
		t.Error("the file is gone")
	}
}
