package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	validator "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/hadal-go/hadal/output/gate"
)

// An opinion is what the library santhosh-tekuri/jsonschema thinks of values.
// It has the last word on those that the walk would refuse. It is not asked
// where it would take too long: it tries all alternatives of a union at each
// level, so that a recursive union takes it a power of the depth.
type opinion struct {
	compiled *validator.Schema
	paths    int // ways through the schema: a bound for the steps for each part
}

const (
	maxSteps  = 1 << 17 // that the library may take
	maxRules  = 512     // that it may compile, which takes it a square of them
	maxSecond = 1 << 24 // work of the walk, after which it is not asked
)

// acceptedAfterAll reports whether the library takes data for valid.
func (s *Schema) acceptedAfterAll(data []byte, parts int) bool {
	if s.rules > maxRules {
		return false
	}
	second, err := s.second()
	if err != nil || int64(second.paths)*int64(parts) > maxSteps {
		return false
	}
	var v any
	return gate.Decode(data, &v) == nil && second.compiled.Validate(v) == nil
}

// newOpinion compiles the rules again. It writes them out as a schema of its
// own, in which no reference is more than #/$defs/N, and no address is.
func newOpinion(list []*rule) (*opinion, error) {
	doc := emit(list[0])
	defs := map[string]any{}
	for _, r := range list {
		if r.memo && r.id > 0 {
			defs[strconv.Itoa(r.id)] = emit(r)
		}
	}
	if len(defs) > 0 {
		m, ok := doc.(map[string]any)
		if !ok {
			m = map[string]any{"allOf": []any{doc}}
		}
		m["$defs"] = defs
		doc = m
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	c := validator.NewCompiler()
	c.LoadURL = func(string) (io.ReadCloser, error) { return nil, errors.New("nothing is fetched") }
	c.AssertFormat = true
	for name := range validator.Formats {
		c.Formats[name] = func(any) bool { return true }
	}
	for name, valid := range formats {
		c.Formats[name] = func(v any) bool {
			s, ok := v.(string)
			return !ok || valid(s)
		}
	}
	const address = "hadal:schema"
	if err := c.AddResource(address, bytes.NewReader(text)); err != nil {
		return nil, err
	}
	compiled, err := c.Compile(address)
	if err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	return &opinion{compiled, ways(list)}, nil
}

// ways returns how many ways lead through a schema, or maxSteps if there is no
// end to them.
func ways(list []*rule) int {
	begun, done := map[*rule]bool{}, map[*rule]int{}
	circle, sharing := false, false
	var count func(r *rule) int
	count = func(r *rule) int {
		if n, ok := done[r]; ok {
			return n
		}
		if begun[r] {
			circle = true
			return 0
		}
		begun[r] = true
		n := 1
		for sub := range r.here {
			n = min(n+count(sub), maxSteps)
		}
		for sub := range r.below {
			n = min(n+count(sub), maxSteps)
		}
		sharing = sharing || r.shares()
		done[r] = n
		return n
	}
	n := count(list[0])
	if circle && sharing {
		return maxSteps
	}
	return n
}

// emit writes r as a schema, for the library.
func emit(r *rule) any {
	m := map[string]any{}
	put := func(keyword string, sub *rule) {
		if sub != nil {
			m[keyword] = refer(sub)
		}
	}
	puts := func(keyword string, list []*rule) {
		if len(list) > 0 {
			m[keyword] = refers(list)
		}
	}
	if r.never && r.null {
		return map[string]any{"type": "null"}
	}
	if r.never {
		return false
	}
	if r.types != Any {
		var names []string
		for i, name := range typeNames {
			if r.types&(1<<i) != 0 {
				names = append(names, name)
			}
		}
		m["type"] = names
	}
	if r.enum != nil {
		list := []json.RawMessage{}
		seen := map[string]bool{}
		for _, raw := range r.enum.list {
			if !seen[string(raw)] {
				seen[string(raw)] = true
				list = append(list, raw)
			}
		}
		m["enum"] = list
	}
	if r.fixed != nil {
		m["const"] = json.RawMessage(r.fixed.list[0])
	}
	puts("allOf", append(r.refs[:len(r.refs):len(r.refs)], r.allOf...))
	puts("anyOf", r.anyOf)
	puts("oneOf", r.oneOf)
	put("not", r.not)
	put("if", r.when)
	put("then", r.then)
	put("else", r.orElse)
	emitObject(m, &r.object)
	emitArray(m, &r.array)
	emitScalar(m, r)
	if r.null {
		return map[string]any{"anyOf": []any{m, map[string]any{"type": "null"}}}
	}
	return m
}

// refer returns r in the place of a schema.
func refer(r *rule) any {
	switch {
	case r.id == 0:
		return map[string]any{"$ref": "#"}
	case r.memo:
		return map[string]any{"$ref": "#/$defs/" + strconv.Itoa(r.id)}
	}
	return emit(r)
}

func refers(list []*rule) []any {
	all := make([]any, len(list))
	for i, r := range list {
		all[i] = refer(r)
	}
	return all
}

func emitObject(m map[string]any, o *objectRule) {
	props, required := map[string]any{}, []string{}
	for _, p := range o.props {
		if p.rule != nil {
			props[p.name] = refer(p.rule)
		}
		if p.required {
			required = append(required, p.name)
		}
	}
	patterns, names, rules := map[string]any{}, map[string][]string{}, map[string]any{}
	for _, p := range o.patterns {
		patterns[p.String()] = refer(p.rule)
	}
	for _, d := range o.dependent {
		if d.rule != nil {
			rules[d.name] = refer(d.rule)
		} else {
			names[d.name] = append([]string{}, d.required...)
		}
	}
	m["properties"], m["required"], m["patternProperties"] = props, unique(required), patterns
	m["dependentRequired"], m["dependentSchemas"] = names, rules
	for keyword, sub := range map[string]*rule{"additionalProperties": o.rest, "propertyNames": o.names, "unevaluatedProperties": o.unevaluated} {
		if sub != nil {
			m[keyword] = refer(sub)
		}
	}
	size(m, "minProperties", "maxProperties", o.min, o.max)
}

func emitArray(m map[string]any, a *arrayRule) {
	if len(a.prefix) > 0 {
		m["prefixItems"] = refers(a.prefix)
	}
	for keyword, sub := range map[string]*rule{"items": a.items, "contains": a.contains, "unevaluatedItems": a.unevaluated} {
		if sub != nil {
			m[keyword] = refer(sub)
		}
	}
	if a.contains != nil {
		m["minContains"] = a.minContains
		if a.maxContains >= 0 {
			m["maxContains"] = a.maxContains
		}
	}
	if a.unique {
		m["uniqueItems"] = true
	}
	size(m, "minItems", "maxItems", a.min, a.max)
}

func emitScalar(m map[string]any, r *rule) {
	size(m, "minLength", "maxLength", r.text.min, r.text.max)
	if r.text.pattern != nil {
		m["pattern"] = r.text.pattern.String()
	}
	if r.text.asserted != nil {
		m["format"] = r.text.format
	}
	for keyword, b := range map[string]*bound{"minimum": r.number.minimum, "exclusiveMinimum": r.number.above,
		"maximum": r.number.maximum, "exclusiveMaximum": r.number.below, "multipleOf": r.number.multiple} {
		if b != nil {
			m[keyword] = json.Number(b.text)
		}
	}
}

func size(m map[string]any, least, most string, min, max int) {
	if min > 0 {
		m[least] = min
	}
	if max >= 0 {
		m[most] = max
	}
}

func unique(names []string) []string {
	seen := map[string]bool{}
	list := []string{}
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			list = append(list, name)
		}
	}
	return list
}
