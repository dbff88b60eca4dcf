package deepseek

import (
	"bytes"
	"hash/maphash"
	"slices"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/internal/wire"
)

// declarations are what requests of late declared.
var declarations = memo[*declared]{limit: 16 << 20}

// A declared is the tools and the schema of a request, that were found to keep the
// rules of the API, and what they are encoded to. It does not change, whatever
// becomes of the request.
type declared struct {
	tools  []llm.ToolSpec
	schema []byte
	strict bool // the tools are
	wire.Declared
}

// A declaration is what is known of the tools and the schema of a request.
type declaration struct {
	hash   uint64
	memory *declared // nil if there is none
	strict bool
}

// recallDeclared looks for what a request with these settings declares.
func recallDeclared(req *llm.Request, s wire.Settings) declaration {
	if len(req.Tools) == 0 && len(req.Schema) == 0 {
		return declaration{memory: &nothing}
	}
	var h maphash.Hash
	h.SetSeed(seed)
	maphash.WriteComparable(&h, s.OpenAI)
	maphash.WriteComparable(&h, [...]int{len(req.Tools), len(req.Schema)})
	for _, t := range req.Tools {
		h.WriteString(t.Name)
		maphash.WriteComparable(&h, [...]int{len(t.Description), len(t.Schema)})
	}
	d := declaration{hash: h.Sum64()}
	for _, e := range declarations.find(d.hash) {
		if e.value.is(req) {
			e.use()
			d.memory, d.strict = e.value, e.value.strict
			break
		}
	}
	return d
}

// nothing is what a request declares that has neither tools nor a schema.
var nothing declared

func (d *declared) is(req *llm.Request) bool {
	return bytes.Equal(d.schema, req.Schema) && slices.EqualFunc(d.tools, req.Tools, func(a, b llm.ToolSpec) bool {
		return a.Name == b.Name && a.Description == b.Description && a.Strict == b.Strict && a.Kind == b.Kind && bytes.Equal(a.Schema, b.Schema)
	})
}

// known reports whether it keeps the rules of the API.
func (d *declaration) known() bool { return d.memory != nil }

// encode returns what the request declares as JSON. It keeps the rules.
func (d *declaration) encode(req *llm.Request, s wire.Settings) wire.Declared {
	if d.memory != nil {
		return d.memory.Declared
	}
	next := &declared{tools: slices.Clone(req.Tools), schema: bytes.Clone(req.Schema), strict: d.strict, Declared: wire.Declare(req, s)}
	size := len(next.schema) + len(next.Tools) + len(next.Schema)
	for i := range next.tools {
		t := &next.tools[i]
		t.Schema = bytes.Clone(t.Schema)
		size += 128 + len(t.Name) + len(t.Description) + len(t.Schema)
	}
	declarations.put(d.hash, nil, next, size)
	d.memory = next
	return next.Declared
}
