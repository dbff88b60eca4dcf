package prompt

import (
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// checkText is for functions of a text to a text.
func checkText(fn string) func([]*expr) (reflect.Type, error) {
	return func(args []*expr) (reflect.Type, error) { return stringType, wantText(fn, args[0]) }
}

// checkNumbered is for functions of a number and a text to a text.
func checkNumbered(fn string, least, most int) func([]*expr) (reflect.Type, error) {
	return func(args []*expr) (reflect.Type, error) {
		if err := wantNumber(fn, args[0], least, most); err != nil {
			return nil, err
		}
		return stringType, wantText(fn, args[1])
	}
}

func runUpper(s *state, args []*expr) (value, error) { return s.mapped("upper", args, strings.ToUpper) }
func runLower(s *state, args []*expr) (value, error) { return s.mapped("lower", args, strings.ToLower) }
func runTrim(s *state, args []*expr) (value, error) {
	return s.mapped("trim", args, strings.TrimSpace)
}

// mapped returns what f makes of a text, which is not much longer.
func (s *state) mapped(fn string, args []*expr, f func(string) string) (value, error) {
	in, err := s.text(fn, args[0])
	if err != nil {
		return value{}, err
	}
	if len(in) > s.b.most {
		return value{}, s.b.tooLong()
	}
	if err := s.b.work(len(in)); err != nil {
		return value{}, err
	}
	out := f(in)
	if len(out) > s.b.most {
		return value{}, s.b.tooLong()
	}
	return textValue(out), nil
}

func writeQuote(s *state, args []*expr) error {
	in, err := s.text("quote", args[0])
	if err == nil {
		err = s.b.work(len(in))
	}
	if err != nil {
		return err
	}
	return s.quote(in)
}

// maxIndent is how many spaces indent puts before a line.
const maxIndent = 100

// spaces are enough for any of them.
var spaces = strings.Repeat(" ", maxIndent)

func writeIndent(s *state, args []*expr) error {
	n, err := s.wholeNumber("indent", args[0], 0, maxIndent)
	if err != nil {
		return err
	}
	in, err := s.text("indent", args[1])
	if err == nil {
		err = s.b.work(len(in))
	}
	if err != nil {
		return err
	}
	for line := range strings.Lines(in) {
		if strings.TrimSpace(line) != "" {
			if err := s.write(spaces[:n]); err != nil {
				return err
			}
		}
		if err := s.write(line); err != nil {
			return err
		}
	}
	return nil
}

func writeTruncate(s *state, args []*expr) error {
	n, err := s.wholeNumber("truncate", args[0], 1, boundless)
	if err != nil {
		return err
	}
	in, err := s.text("truncate", args[1])
	if err == nil {
		err = s.b.work(min(len(in), n))
	}
	if err != nil {
		return err
	}
	last, count := 0, 0 // where the n-th character begins
	for i := 0; i < len(in); count++ {
		if count == n {
			if err := s.write(in[:last]); err != nil {
				return err
			}
			return s.write("…")
		}
		last = i
		_, size := utf8.DecodeRuneInString(in[i:])
		i += size
	}
	return s.write(in)
}

// maxLayout is how long the layout of a date may be, and the name of a time zone.
const maxLayout = 1000

func checkDate(args []*expr) (reflect.Type, error) {
	if err := wantText("date", args[0]); err != nil {
		return nil, err
	}
	if t := targetType(args[1].typ); t != nil && t != timeType {
		return nil, wrongType("date", "a time.Time", args[1], args[1].typ)
	}
	return stringType, nil
}

func writeDate(s *state, args []*expr) error {
	layout, err := s.text("date", args[0])
	if err != nil {
		return err
	}
	v, err := s.must(args[1])
	if err != nil {
		return err
	}
	h := target(v.host)
	switch {
	case v.kind == null, v.kind == host && !h.IsValid():
		return missing(args[1])
	case v.kind != host || h.Type() != timeType:
		return wrongType("date", "a time.Time", args[1], v.typ())
	}
	t := timeOf(h)
	if zone, _ := t.Zone(); len(layout) > maxLayout || len(zone) > maxLayout {
		return problem(ErrLimit, "date with a layout or a time zone of more than %d bytes", maxLayout)
	}
	start := len(s.out)
	s.out = t.AppendFormat(s.out, layout)
	return s.undo(start)
}

// timeOf returns the time that v is.
func timeOf(v reflect.Value) time.Time {
	if v.CanAddr() {
		return *v.Addr().Interface().(*time.Time)
	}
	return v.Interface().(time.Time)
}
