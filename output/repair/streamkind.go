package repair

import "github.com/hadal-go/hadal/output/schema"

// choose takes the name of the next member of an object that may be of several
// kinds, of which those remain that have it.
func (lv *level) choose(a *aligner, name string) {
	var kinds, wants []*schema.Node
	for _, exactly := range []bool{true, false} {
		for _, k := range lv.kinds {
			i, exact, ok := a.property(k, name, 0)
			switch {
			case !ok || exact != exactly || !exact && !k.Closed:
				continue
			case len(kinds) == 0:
				lv.name = k.Properties[i].Name
			case k.Properties[i].Name != lv.name:
				continue
			}
			kinds, wants = append(kinds, k), append(wants, k.Properties[i].Node)
		}
		if len(kinds) > 0 {
			break
		}
	}
	for _, k := range lv.kinds {
		if _, exact, _ := a.property(k, lv.name, 0); !exact && !k.Closed {
			kinds, wants = append(kinds, k), append(wants, k.Rest)
		}
	}
	if lv.drop = len(kinds) == 0; lv.drop {
		return
	}
	lv.want = either(wants)
	lv.narrow(kinds)
}

// narrow leaves kinds of those that lv may be.
func (lv *level) narrow(kinds []*schema.Node) {
	lv.kinds = kinds
	if len(kinds) == 1 {
		lv.node, lv.kinds = kinds[0], nil
	}
}

// tell leaves those kinds in which a member may have the value.
func (lv *level) tell(value []byte) {
	var kinds []*schema.Node
	for _, k := range lv.kinds {
		p, ok := k.Property(lv.name)
		fits := !ok || p.Node.Enum == nil
		for i := 0; !fits && i < len(p.Node.Enum); i++ {
			fits = string(p.Node.Enum[i]) == string(value)
		}
		if fits {
			kinds = append(kinds, k)
		}
	}
	if len(kinds) > 0 {
		lv.narrow(kinds)
	}
}

// either returns what says that a value is as one of list says.
func either(list []*schema.Node) *schema.Node {
	same := true
	types := schema.Types(0)
	for _, n := range list {
		if n == nil || free(n) {
			return nil
		}
		same = same && n == list[0]
		types |= n.Types
	}
	if same {
		return list[0]
	}
	return &schema.Node{Types: types, Union: list}
}

// nthItem returns what is said of the item i of an array of that node, or of one
// of those kinds.
func nthItem(n *schema.Node, kinds []*schema.Node, i int) *schema.Node {
	if len(kinds) > 0 {
		var list []*schema.Node
		for _, k := range kinds {
			list = append(list, nthItem(k, nil, i))
		}
		return either(list)
	}
	switch {
	case n == nil:
		return nil
	case i < len(n.Prefix):
		return n.Prefix[i]
	}
	return n.Items
}

// maxUnion bounds how far unions are followed.
const maxUnion = 8

// resolve returns what n says of an object, or of an array: a node, nil for
// anything, or several of which one applies. It is mute if n wants something else.
func resolve(n *schema.Node, object bool) (node *schema.Node, kinds []*schema.Node, mute bool) {
	t := schema.Array
	if object {
		t = schema.Object
	}
	open := false
	var walk func(n *schema.Node, depth int)
	walk = func(n *schema.Node, depth int) {
		switch {
		case n == nil || free(n) || depth > maxUnion:
			open = true
		case !n.Types.Has(t):
		case len(n.Union) > 0 && len(n.Properties) == 0:
			for _, u := range n.Union {
				walk(u, depth+1)
			}
		case n.Enum != nil:
			open = true
		default:
			kinds = append(kinds, n)
		}
	}
	if n == nil || free(n) || n.Types.Has(t) && n.Enum == nil && (n.Union == nil || len(n.Properties) > 0) {
		if n != nil && free(n) {
			n = nil
		}
		return n, nil, false
	}
	walk(n, 0)
	switch {
	case open:
		return nil, nil, false
	case len(kinds) == 1:
		return kinds[0], nil, false
	}
	return nil, kinds, len(kinds) == 0
}

// grows reports whether a string may be shown before it is complete.
func grows(n *schema.Node, depth int) bool {
	switch {
	case n == nil || free(n):
		return true
	case !n.Types.Has(schema.String) || depth > maxUnion:
		return false
	case len(n.Union) == 0 || len(n.Properties) > 0:
		return n.Enum == nil && n.Format == ""
	}
	for _, u := range n.Union {
		if grows(u, depth+1) {
			return true
		}
	}
	return false
}
