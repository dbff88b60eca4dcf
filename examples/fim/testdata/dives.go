// Package dives keeps a log of dives.
package dives

// A Dive is one descent and what became of it.
type Dive struct {
	Vessel string
	Metres float64 // of depth
	Hours  float64 // from surface to surface
}

// Deepest returns the dive with the most metres, or a zero one if there is none.
func Deepest(log []Dive) Dive {
	var deepest Dive
	for _, d := range log {
		if d.Metres > deepest.Metres {
			deepest = d
		}
	}
	return deepest
}

// Longest returns the dive with the most hours, or a zero one if there is none.
func Longest(log []Dive) Dive {
	/*gap*/
}

// Vessels returns the names of the vessels, each once, in the order of the log.
func Vessels(log []Dive) []string {
	var names []string
	seen := make(map[string]bool)
	for _, d := range log {
		if !seen[d.Vessel] {
			seen[d.Vessel] = true
			names = append(names, d.Vessel)
		}
	}
	return names
}
