// Package egress keeps a program that is told where to connect from reaching
// what is not public.
//
// Whoever chooses a URL chooses what your machine connects to, and your machine
// stands where the chooser does not: beside databases without passwords,
// routers, and the service that hands out a cloud machine's keys. A model that
// read a hostile page is such a chooser. A [Guard] says no:
//
//	client := new(egress.Guard).Client()
//	resp, err := client.Get("https://example.com/") // any public address, by http or https, and nothing else
//
// What counts is the address that is connected to. A name is resolved once, by
// the dialer, and each address is checked right before the connection, so a
// name server that answers differently the second time gains nothing. The
// addresses are held against a table of their own, made of the IANA registries
// of special-purpose addresses; netip's IsPrivate and IsLoopback miss, among
// others, 0.1.2.3, 100.64.0.1, 198.18.0.1, 240.0.0.1 and 64:ff9b::7f00:1. An
// IPv6 address has to be global unicast besides. The table is the same with
// and without a list of hosts, and proxies from the environment are not used.
//
// What a Guard cannot know: that a public address belongs to the machine's own
// network, and what a permitted server does with what it is sent. To resolve a
// name is to send something too. Where either matters, name the [Guard.Hosts].
package egress

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A Guard decides what may be connected to. Its zero value permits every public
// address, on ports 80 and 443. It holds no state, may be copied, and is safe
// for concurrent use as long as its fields stay as they are.
type Guard struct {
	// Hosts are the only ones that may be asked for: names in ASCII form and
	// addresses, and with a dot in front, as ".example.com", every name below.
	// If empty, any. What they resolve to has to be permitted all the same.
	Hosts []string
	// Ports are the only ones that may be connected to. If empty, 80 and 443.
	Ports []uint16
	// Allow lists addresses that are permitted though they are not public:
	// for an intranet, and for tests. An IPv4 address embedded in an address
	// of 64:ff9b::/96 (NAT64) is checked by itself even if that prefix is here.
	Allow []netip.Prefix
	// HTTPS permits https only.
	HTTPS bool
	// Redirects is how many a request may follow. 0 is 3, negative is none.
	Redirects int
	// Resolver resolves names. If nil, Go's own, which unlike that of the C
	// library does not take 127.1 or 0x7f000001 for an address.
	Resolver *net.Resolver
}

// CheckURL returns an *[Error] unless u may be requested: an absolute URL of
// http or https without user and password, of a permitted host and port. It
// resolves nothing: whether a name leads to a permitted address is seen when
// it is connected to. A host is refused if it is none that all software reads
// alike: not ASCII, or ending in a number without being an address in its
// usual form, such as 127.1, 2130706433 and 0177.0.0.1.
func (g *Guard) CheckURL(u *url.URL) error {
	switch {
	case g.HTTPS && u.Scheme != "https":
		return refuse(u.Host, "the URL is not one of https")
	case u.Scheme != "https" && u.Scheme != "http", u.Opaque != "":
		return refuse(u.Host, "the URL is not one of http or https")
	case u.User != nil:
		return refuse(u.Host, "the URL holds a user or a password")
	}
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
	}
	return g.checkHost(u.Hostname(), port)
}

// CheckAddr returns an *[Error] unless a may be connected to: a public address,
// or one of g.Allow. An IPv4 address in IPv6 form is taken for what it is.
func (g *Guard) CheckAddr(a netip.Addr) error {
	if !a.IsValid() || a.Zone() != "" {
		return &Error{Addr: a, Reason: "its address has a zone or is none"}
	}
	a = a.Unmap()
	if slices.ContainsFunc(g.Allow, func(p netip.Prefix) bool { return p.Contains(a) }) {
		if nat64.Contains(a) {
			b := a.As16()
			return g.CheckAddr(netip.AddrFrom4([4]byte(b[12:])))
		}
		return nil
	}
	if kind := special(a); kind != "" {
		return &Error{Addr: a, Reason: "its address is not public: " + kind}
	}
	return nil
}

// Control refuses connections that are not permitted, after the name is
// resolved and before anything is sent. It is a ControlContext for a
// [net.Dialer]; it cannot know the host that was asked for, which
// [Guard.DialContext] checks as well.
func (g *Guard) Control(_ context.Context, network, address string, _ syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return refuse(address, "it is not TCP but "+network)
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return refuse(address, "it is not an address")
	}
	if !g.port(to.Port()) {
		return &Error{Addr: to.Addr(), Reason: g.noPort(to.Port())}
	}
	return g.CheckAddr(to.Addr())
}

// DialContext connects to address, a host and a port, if both are permitted and
// what the host resolves to is. A refusal is an *[Error].
func (g *Guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, refuse(address, "it is not a host and a port")
	}
	if err := g.checkHost(host, port); err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: 10 * time.Second, Resolver: g.Resolver, ControlContext: g.Control}
	if d.Resolver == nil {
		d.Resolver = &net.Resolver{PreferGo: true}
	}
	conn, err := d.DialContext(ctx, network, address)
	if e, ok := errors.AsType[*Error](err); ok {
		return nil, &Error{Host: host, Addr: e.Addr, Reason: e.Reason}
	}
	return conn, err
}

// checkHost checks what a URL or a dialed address names.
func (g *Guard) checkHost(host, port string) error {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return refuse(host, "its port is not a number")
	}
	if !g.port(uint16(n)) {
		return refuse(host, g.noPort(uint16(n)))
	}
	name := canonical(host)
	if a, err := netip.ParseAddr(name); err == nil {
		if strings.HasSuffix(host, ".") {
			return refuse(host, unusual)
		}
		if err := g.CheckAddr(a); err != nil {
			e, _ := errors.AsType[*Error](err)
			return &Error{Host: host, Addr: a, Reason: e.Reason}
		}
		name = a.Unmap().String()
	} else if reason := badName(name); reason != "" {
		return refuse(host, reason)
	}
	if len(g.Hosts) == 0 || slices.ContainsFunc(g.Hosts, func(h string) bool { return matches(h, name) }) {
		return nil
	}
	return refuse(host, "it is not one of the permitted hosts")
}

func (g *Guard) port(n uint16) bool {
	if len(g.Ports) == 0 {
		return n == 80 || n == 443
	}
	return slices.Contains(g.Ports, n)
}

func (g *Guard) noPort(n uint16) string {
	return "port " + strconv.Itoa(int(n)) + " is not one of the permitted ports"
}

func (g *Guard) redirects() int { return max(0, cmp.Or(g.Redirects, 3)) }

// canonical returns host as it is compared.
func canonical(host string) string {
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// matches reports whether pattern, an entry of Hosts, stands for name.
func matches(pattern, name string) bool {
	if strings.HasPrefix(pattern, ".") {
		end := canonical(pattern)
		_, err := netip.ParseAddr(name)
		return end != "" && err != nil && strings.HasSuffix(name, end)
	}
	if a, err := netip.ParseAddr(strings.Trim(pattern, "[]")); err == nil {
		return a.Unmap().String() == name
	}
	return canonical(pattern) == name
}

const (
	unclear = "it is not a plain host name or address"
	unusual = "it is an address in an unusual form"
)

// badName says why name, which is no address, is no host name either.
// It returns "" if it is one.
func badName(name string) string {
	if name == "" || len(name) > 253 {
		return unclear
	}
	var label string
	for label = range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return unclear
		}
		for _, c := range []byte(label) {
			if c >= 0x80 {
				return "it is not in ASCII form (xn--…)"
			}
			if c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
				return unclear
			}
		}
	}
	// A resolver may take for an address what ends in a number, of any base.
	hex, isHex := strings.CutPrefix(label, "0x")
	if strings.Trim(label, "0123456789") == "" || isHex && strings.Trim(hex, "0123456789abcdef") == "" {
		return unusual
	}
	return ""
}
