//go:build race

package repair_test

// raced says that the race detector watches, under which all takes ten times as long.
const raced = true
