// Package repair reads JSON from what a model wrote, whatever surrounds it and
// whatever is wrong with it, guided by the schema of what is wanted.
//
//	type Person struct {
//		Name string `json:"name"`
//		Age  int    `json:"age"`
//	}
//	text := "Sure! Here it is:\n```json\n{name: 'Ada', \"age\": \"36 years\",}\n```"
//	r, err := repair.Parse(text, schema.For[Person]())
//	if err != nil {
//		return err
//	}
//	fmt.Printf("%s, after %d repairs", r.JSON, len(r.Repairs))
//
// A text that is JSON already and satisfies the schema is returned as it is, byte
// for byte. Any other is read in two steps. First the values in it are read
// forgivingly, in whatever is around them: fences, prose, reasoning, an echo of
// the schema; with quotes, commas and brackets that are missing, left over or
// others, with comments, with the literals of Python and JavaScript, cut off at
// the end. Then each is held against the schema: names in another style, numbers
// with units, enums in another case, one value for a list of one and the like
// become what the schema wants. The idea is BAML's schema-aligned parsing.
//
// Each repair has a cost, and the reading of the least cost that satisfies the
// schema is the one that is meant. Nothing is guessed: if two readings are as good
// and do not say the same, that is [ErrAmbiguous]; what is required and not there
// is an error of the schema; a number that the end of the text cuts off is left
// out. All that was done is in [Result.Repairs], by [Kind], so that a caller can
// refuse what is too bold for him, as for the arguments of a tool that writes.
//
// Parse takes time in proportion to the text, whatever it holds, and nesting costs
// no stack beyond the depth that package gate admits. [Partial] reads a text that
// is still growing. All functions may be called concurrently.
package repair

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hadal-go/hadal/output/gate"
	"github.com/hadal-go/hadal/output/schema"
)

// A Result is what was read.
type Result struct {
	JSON    json.RawMessage // one sound JSON value; the caller's
	Repairs []Repair        // what was done to the text to get it, in the order of the text
}

// A Repair is one thing that was done.
type Repair struct {
	Kind    Kind
	Pointer string // to the value, as of RFC 6901; "" is the whole, or the text around it
	Offset  int    // in the text, in bytes; in a text that was decoded, about there
	From    string // what the text has there, at most 60 bytes
	To      string // what the result has instead, at most 60 bytes; "" if there is no value to show
}

// Parse reads the value that text holds and that satisfies s; if s is nil, any
// value of JSON, of which the brackets or quotes must be there.
//
// The error is an [*Error]. Where a value was read, but does not satisfy s or is
// one of several, the result is that value along with the error; else it is nil.
// A text of more than 8 MiB, or nested more than 512 levels deep, is not read.
func Parse(text string, s *schema.Schema) (*Result, error) {
	if len(text) > gate.DefaultBytes {
		return nil, &Error{Offset: gate.DefaultBytes, Err: gate.Check([]byte(text))}
	}
	f := &finder{text: text, schema: s, refused: strings.Trim(text, blanks)}
	if f.accepts(f.refused) {
		return &Result{JSON: json.RawMessage(f.refused)}, nil
	}
	f.text = strings.ToValidUTF8(text, "\ufffd")
	if s != nil {
		f.root = s.Root()
		f.names = &names{root: f.root}
	}
	f.asides = asides(f.text)
	best, e := f.search()
	var err error
	if e != nil {
		e.Offset, err = origin(text, e.Offset), e
	}
	if best == nil {
		return nil, err
	}
	if i := firstInvalid(text); i >= 0 {
		best.Repairs = append(best.Repairs, Repair{Kind: Encoding, Offset: i})
	}
	slices.SortStableFunc(best.Repairs, func(a, b Repair) int { return a.Offset - b.Offset })
	locate(text, best.Repairs)
	return best, err
}

// origin returns the offset in text of what is at that offset in its valid form.
func origin(text string, offset int) int {
	place := []Repair{{Offset: offset}}
	locate(text, place)
	return place[0].Offset
}

// locate makes the offsets of list, which rise, those in text instead of those in
// its valid form, in which each run of bytes that are not UTF-8 is one U+FFFD. In
// a text that was decoded an offset may be beyond the end.
func locate(text string, list []Repair) {
	at, valid, bad := 0, 0, false // the same place in both, and whether it is after such a byte
	whole := utf8.ValidString(text)
	for k := range list {
		for !whole && at < len(text) {
			r, size := utf8.DecodeRuneInString(text[at:])
			invalid := r == utf8.RuneError && size == 1
			if valid >= list[k].Offset && !(bad && invalid) {
				break
			}
			switch {
			case !invalid:
				valid += size
			case !bad:
				valid += len("\ufffd")
			}
			at, bad = at+size, invalid
		}
		if !whole {
			list[k].Offset = at
		}
		list[k].Offset = min(list[k].Offset, len(text))
	}
}

// firstInvalid returns the offset of the first byte that is not UTF-8, or -1.
func firstInvalid(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}
