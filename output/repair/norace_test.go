//go:build !race

package repair_test

const raced = false
