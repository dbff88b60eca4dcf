package trace

import (
	"cmp"
	"slices"
	"time"
)

const (
	maxRow    = 5  // steps in a row that are alike and are drawn one by one
	maxInside = 50 // nodes inside a step
)

// A tree is steps with what is inside each.
type tree struct {
	steps  []Step  // in the order in which they started
	roots  []int   // indexes of the steps that are part of no other
	kids   [][]int // by the index of the step that they are part of
	totals []total
}

// A total is what a step spent with all that is inside.
type total struct {
	Spent
	steps int // itself included
}

func newTree(steps []Step) *tree {
	t := &tree{steps: slices.Clone(steps), kids: make([][]int, len(steps)), totals: make([]total, len(steps))}
	slices.SortStableFunc(t.steps, func(a, b Step) int { return startOf(&a).compare(startOf(&b)) })
	index := make(map[uint64]int, len(steps))
	byID := make([]int, len(steps))
	for i := range t.steps {
		byID[i] = i
		if _, ok := index[t.steps[i].ID]; !ok {
			index[t.steps[i].ID] = i
		}
	}
	parent := func(i int) int {
		if p, ok := index[t.steps[i].Parent]; ok && t.steps[p].ID < t.steps[i].ID {
			return p
		}
		return -1
	}
	for i := range t.steps {
		if p := parent(i); p >= 0 {
			t.kids[p] = append(t.kids[p], i)
		} else {
			t.roots = append(t.roots, i)
		}
	}
	// As IDs grow towards the inside, each total is complete before it is added.
	slices.SortStableFunc(byID, func(a, b int) int { return cmp.Compare(t.steps[b].ID, t.steps[a].ID) })
	for _, i := range byID {
		s := &t.steps[i]
		t.totals[i].add(total{Spent{nil, s.Input, s.Cached, s.Output, s.Estimated, s.Cost}, 1})
		if p := parent(i); p >= 0 {
			t.totals[p].add(t.totals[i])
		}
	}
	return t
}

func (t *total) add(u total) {
	t.Input += u.Input
	t.Cached += u.Cached
	t.Output += u.Output
	t.Estimated = t.Estimated || u.Estimated
	t.Cost += u.Cost
	t.steps += u.steps
}

// A node is what is drawn of one or more steps.
type node struct {
	steps []int   // indexes, in order
	rest  bool    // they are not alike: there is no room for them
	kids  []*node // what is drawn inside; nil if nothing is
	id    string
}

// total returns what the steps of a node spent.
func (t *tree) total(n *node) total {
	var sum total
	for _, i := range n.steps {
		sum.add(t.totals[i])
	}
	return sum
}

// picture returns at most room nodes, from the outside to the inside.
func (t *tree) picture(room int) []*node {
	roots := t.fold(t.roots, min(room, maxInside))
	room -= len(roots)
	for queue := slices.Clone(roots); len(queue) > 0 && room > 0; queue = queue[1:] {
		n := queue[0]
		if len(n.steps) > 1 {
			continue
		}
		if kids := t.fold(t.kids[n.steps[0]], maxInside); len(kids) <= room {
			n.kids = kids
			room -= len(kids)
			queue = append(queue, kids...)
		}
	}
	return roots
}

// fold returns the nodes of the steps that are part of one, at most limit. It makes
// one of those that are alike and in a row; if that is not enough, of all that are
// alike; if that is not enough, of the rest.
func (t *tree) fold(steps []int, limit int) []*node {
	var nodes []*node
	for len(steps) > 0 {
		n := 1
		for n < len(steps) && t.alike(steps[0]) == t.alike(steps[n]) {
			n++
		}
		size := n
		if n <= maxRow {
			size = 1
		}
		for row := range slices.Chunk(steps[:n], size) {
			nodes = append(nodes, &node{steps: row})
		}
		steps = steps[n:]
	}
	if len(nodes) > limit {
		nodes = t.gather(nodes)
	}
	if len(nodes) > limit {
		rest := &node{rest: true}
		for _, n := range nodes[limit-1:] {
			rest.steps = append(rest.steps, n.steps...)
		}
		slices.Sort(rest.steps)
		nodes = append(nodes[:limit-1], rest)
	}
	return nodes
}

// gather makes one node of all that are alike.
func (t *tree) gather(nodes []*node) []*node {
	var gathered []*node
	first := make(map[[2]string]*node)
	for _, n := range nodes {
		key := t.alike(n.steps[0])
		if f := first[key]; f != nil {
			f.steps = append(f.steps, n.steps...)
			continue
		}
		first[key] = n
		gathered = append(gathered, n)
	}
	return gathered
}

// alike returns what is the same of steps that may be drawn as one.
func (t *tree) alike(i int) [2]string { return [2]string{t.steps[i].Category, t.steps[i].Name} }

// A moment is when a step starts or ends. At the same time, what has a lower ID
// comes first, so that clocks that stand still put steps in a row.
type moment struct {
	at    time.Time
	id    uint64
	order int // 0 a start, 1 an end, 2 the end of a step that runs: after all others
}

func (m moment) compare(n moment) int {
	if m.order == 2 || n.order == 2 {
		return cmp.Compare(m.order, n.order)
	}
	return cmp.Or(m.at.Compare(n.at), cmp.Compare(m.id, n.id), cmp.Compare(m.order, n.order))
}

func startOf(s *Step) moment { return moment{s.Start, s.ID, 0} }

func endOf(s *Step) moment {
	if s.Running {
		return moment{order: 2}
	}
	return moment{s.Start.Add(max(s.Elapsed, 0)), s.ID, 1}
}

// end returns when the last step of a node ends.
func (t *tree) end(n *node) moment {
	last := endOf(&t.steps[n.steps[0]])
	for _, i := range n.steps[1:] {
		if m := endOf(&t.steps[i]); m.compare(last) > 0 {
			last = m
		}
	}
	return last
}

// A sequence is nodes of which each of one side comes before each of the other, with
// nothing wholly in between.
type sequence struct{ from, to []*node }

// sequences returns the order in which nodes ran. They are sorted by their start.
func (t *tree) sequences(nodes []*node) []sequence {
	starts, ends := make([]moment, len(nodes)), make([]moment, len(nodes))
	for i, n := range nodes {
		starts[i], ends[i] = startOf(&t.steps[n.steps[0]]), t.end(n)
	}
	var list []sequence
	for i, to := range nodes {
		// What ended before the last of its predecessors began is not next to it.
		last := -1
		for j := range i {
			if ends[j].compare(starts[i]) < 0 {
				last = j
			}
		}
		if last < 0 {
			continue
		}
		var from []*node
		for j := range i {
			if ends[j].compare(starts[i]) < 0 && ends[j].compare(starts[last]) > 0 {
				from = append(from, nodes[j])
			}
		}
		if n := len(list); n > 0 && slices.Equal(list[n-1].from, from) {
			list[n-1].to = append(list[n-1].to, to)
			continue
		}
		list = append(list, sequence{from, []*node{to}})
	}
	return list
}
