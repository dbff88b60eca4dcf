package schema

import (
	"encoding/json"
	"errors"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"time"

	invopop "github.com/invopop/jsonschema"
)

// everything has a field of each kind that JSON can hold.
type everything struct {
	Base
	*Extra
	ID      int64           `json:"id"`
	Small   int8            `json:"small,omitempty"`
	Big     uint64          `json:"big,omitempty"`
	Float   float32         `json:"float,omitempty"`
	Double  float64         `json:"double,omitzero"`
	Flag    bool            `json:"flag,omitempty"`
	Text    string          `json:"text,omitempty"`
	Pointer *string         `json:"pointer"`
	Deep    **int           `json:"deep"`
	Tags    []string        `json:"tags"`
	Grid    [2][3]int16     `json:"grid,omitzero"`
	Bytes   []byte          `json:"n,omitempty"`
	Octets  [3]byte         `json:"octets,omitzero"`
	Counts  map[string]uint `json:"counts"`
	Numbers map[int16]bool  `json:"numbers,omitempty"`
	Hosts   map[netip.Addr]string
	At      time.Time       `json:"at,omitzero"`
	Took    time.Duration   `json:"took,omitempty"`
	Raw     json.RawMessage `json:"raw,omitempty"`
	Number  json.Number     `json:"number,omitempty"`
	Huge    *big.Int        `json:"huge,omitempty"`
	Addr    netip.Addr      `json:"addr,omitzero"`
	Any     any             `json:"any,omitempty"`
	Quoted  int             `json:"quoted,string,omitempty"`
	QuotedF *float64        `json:"quotedf,string,omitempty"`
	QuotedB bool            `json:"quotedb,string,omitempty"`
	QuotedS string          `json:"quoteds,string,omitempty"`
	Tone    tone            `json:"tone,omitempty"`
	Level   level           `json:"level,omitempty"`
	Tones   []tone          `json:"tones,omitempty" jsonschema:"maxItems=9"`
	Kind    *shape          `json:"u,omitempty"`
	Next    *everything     `json:"next,omitempty"`
	Pair    pair[tone, int] `json:"pair,omitzero"`
	Even    even            `json:"even,omitempty"`
	Secret  string          `json:"-"`
	//lint:ignore SA5008 the name is a dash
	Dash     int      `json:"-,omitempty"`
	Name     string   `json:"a <b> & c,omitempty"`
	Embedded embedded `json:"embedded,omitzero"`
}

// Base and Extra both have Shadowed, so that neither has.
type Base struct {
	Common   int `json:"common,omitempty"`
	Shadowed int
	Text     int `json:"text"` // a field of everything is nearer
}

type Extra struct {
	More     string `json:"more"`
	Shadowed int
}

type embedded struct {
	*Extra
	tone // no struct: no field
}

type tone string

func (tone) Enum() []tone { return []tone{"warm", "cold"} }

func (*tone) Aliases() map[string]tone {
	return map[string]tone{"hot": "warm", "mild": "warm", "icy": "cold"}
}

type level int

func (*level) Enum() []level            { return []level{1, 2, 3} }
func (level) Aliases() map[string]level { return map[string]level{"low": 1} }

type shape struct {
	Circle *struct {
		Radius float64 `json:"radius" jsonschema:"exclusiveMinimum=0"`
	} `json:"circle"`
	Label *string `json:"label"`
	Group *[]shape
}

func (shape) OneOf() {}

type pair[A, B any] struct {
	First  A `json:"first"`
	Second B `json:"second"`
}

// even refuses odd numbers, and has a schema of its own.
type even int

func (e *even) UnmarshalJSON(data []byte) error {
	var n int
	if err := json.Unmarshal(data, &n); err != nil {
		return err
	}
	if n%2 != 0 {
		return errors.New("odd")
	}
	*e = even(n)
	return nil
}

func (even) JSONSchema() *invopop.Schema {
	return &invopop.Schema{Version: "noise", ID: "https://noise", Type: "integer", MultipleOf: "2", Description: "an even number"}
}

// fill sets v to something random that JSON holds without loss.
func fill(r *rand.Rand, v reflect.Value, depth int) {
	words := []string{"", "a", "深海", "<&>", "\"\\\n", "x y"}
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = time.Unix(r.Int64N(1<<32), r.Int64N(1e9)).UTC()
		return
	case *json.RawMessage:
		*p = json.RawMessage([]string{"1", "null", `{"a":[1,2]}`, `"x"`}[r.IntN(4)])
		return
	case *json.Number:
		*p = json.Number([]string{"1", "-1.5", "1e300", "12345678901234567890"}[r.IntN(4)])
		return
	case *big.Int:
		p.SetUint64(r.Uint64()).Mul(p, p)
		return
	case *netip.Addr:
		*p = netip.AddrFrom4([4]byte{byte(r.Uint32()), 1, 2, byte(r.Uint32())})
		return
	case *any:
		*p = []any{nil, "x", true, json.Number("1"), []any{"y"}, map[string]any{"z": json.Number("2.5")}}[r.IntN(6)]
		return
	case *tone:
		*p = p.Enum()[r.IntN(2)]
		return
	case *level:
		*p = p.Enum()[r.IntN(3)]
		return
	case *even:
		*p = even(2 * r.IntN(100))
		return
	case *shape:
		f := v.Field(r.IntN(v.NumField()))
		if depth <= 0 {
			f = v.Field(1)
		}
		f.Set(reflect.New(f.Type().Elem()))
		fill(r, f.Elem(), depth-1)
		return
	}
	switch k := v.Kind(); k {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.String:
		v.SetString(words[r.IntN(len(words))])
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(r.Int64() >> (64 - v.Type().Bits() + r.IntN(4)))
		if r.IntN(2) == 0 {
			v.SetInt(-v.Int())
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint64:
		v.SetUint(r.Uint64() >> (64 - v.Type().Bits() + r.IntN(4)))
	case reflect.Float32:
		v.SetFloat(float64(float32(r.NormFloat64())))
	case reflect.Float64:
		if v.SetFloat(r.ExpFloat64() + 1); r.IntN(3) == 0 {
			v.SetFloat(float64(r.IntN(100) + 1))
		}
	case reflect.Pointer:
		if depth > 0 && r.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem(), depth-1)
		}
	case reflect.Slice:
		if r.IntN(4) > 0 {
			v.Set(reflect.MakeSlice(v.Type(), r.IntN(3), 4))
			for i := range v.Len() {
				fill(r, v.Index(i), depth-1)
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(r, v.Index(i), depth-1)
		}
	case reflect.Map:
		if r.IntN(4) > 0 {
			v.Set(reflect.MakeMap(v.Type()))
			for range r.IntN(3) {
				key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
				fill(r, key, 0)
				if key.Type() == reflect.TypeFor[string]() {
					key.SetString("k" + strings.Repeat("x", r.IntN(5)))
				}
				fill(r, value, depth-1)
				v.SetMapIndex(key, value)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("json") != "-" {
				fill(r, v.Field(i), depth-1)
			}
		}
	}
}
