//go:build !unix || solaris || aix

package exec

// systemChildren are programs for one kind of system: there are none.
var systemChildren map[string]func(args []string)
