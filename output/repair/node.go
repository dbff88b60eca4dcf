package repair

// A form is what a node looks like in the text.
type form byte

const (
	formObject form = iota
	formArray
	formText // a string in quotes
	formWord // anything else: a number, a literal, a text without quotes
)

// A node is a value as it stands in a text. Nodes are numbered in the order in
// which they begin; number 0 is none.
type node struct {
	form       form
	plain      bool   // a text or word that is JSON as it stands
	cut        bool   // the source ends within it
	call       bool   // an array of what stands in the parentheses of a function
	start, end int32  // in the source; of a text with its quotes
	key        int32  // the name of a member; 0 for what has none
	first      int32  // of the members or items
	last       int32  //
	next       int32  // in the same object or array
	size       int32  // members or items
	fix        int32  // the last of the repairs
	value      string // what a text says that is not plain
}

// A fix is a repair of a node that was made in reading it.
type fix struct {
	kind       Kind
	start, end int32
	prev       int32 // of the same node
}

// A frame is an object or array that is not closed yet.
type frame struct {
	node    int32
	close   byte // the bracket that closes it
	virtual bool // there was no bracket to open it
	after   bool // something was read since the last comma
	comma   int  // where the first comma since the last value is; 0 if there is none
}

func (r *reader) add(n node) int32 {
	r.nodes = append(r.nodes, n)
	return int32(len(r.nodes) - 1)
}

// fixed notes a repair of node n.
func (r *reader) fixed(n int32, kind Kind, start, end int) {
	r.fixes = append(r.fixes, fix{kind, int32(start), int32(end), r.nodes[n].fix})
	r.nodes[n].fix = int32(len(r.fixes) - 1)
}

// put makes child the last member or item of parent.
func (r *reader) put(parent, child, key int32) {
	p := &r.nodes[parent]
	r.nodes[child].key = key
	if p.last == 0 {
		p.first = child
	} else {
		r.nodes[p.last].next = child
	}
	p.last = child
	p.size++
}
