package egress

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// forbidden are hosts of URLs that lead, or may lead, to what is not public.
var forbidden = []string{
	// This network, loopback, private, link-local.
	"0.0.0.0", "0.1.2.3", "0.255.255.255", "10.0.0.0", "10.0.0.1", "10.255.255.255", "127.0.0.1", "127.1.2.3", "127.255.255.255",
	"169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255",
	// Special purposes that the usual predicates let through.
	"100.64.0.1", "100.100.100.200", "100.127.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1",
	"198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "254.1.1.1", "255.255.255.255",
	"168.63.129.16",
	// IPv6.
	"[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::2]", "[fc00::1]", "[fd00:ec2::254]", "[fdff::1]", "[fe80::1]", "[febf::1]", "[fec0::1]",
	"[ff02::1]", "[ff0e::1]", "[2001:db8::1]", "[3fff::1]", "[3fff:fff::1]", "[5f00::1]", "[100::1]", "[100:0:0:1::1]", "[2001::1]",
	"[2001:1::1]", "[2001:2::1]", "[2001:10::1]", "[2001:20::1]", "[2001:1ff::1]", "[3ffe::1]", "[4000::1]", "[8000::1]", "[1::1]",
	// IPv4 in IPv6.
	"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[::127.0.0.1]", "[::7f00:1]", "[::8.8.8.8]",
	"[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::8.8.8.8]", "[64:ff9b:1::1]", "[64:ff9b:1:fffe::10.0.0.1]",
	"[2002:7f00:1::]", "[2002:a00:1::1]", "[2002:808:808::1]", "[2001:0:7f00:1::]", "[2607:f8b0::5efe:127.0.0.1]", "[2607:f8b0::200:5efe:10.0.0.1]",
	// Zones.
	"[fe80::1%25eth0]", "[2607:f8b0::1%25eth0]", "[::1%25lo]",
	// Addresses in other words.
	"127.1", "127.0.1", "10.1", "0", "1", "2130706433", "017700000001", "0177.0.0.1", "127.0.0.01", "0x7f000001", "0x7f.0.0.1", "0x7F.1",
	"127.0.0.0x1", "0x", "00000177.1", "256.0.0.1", "1.2.3", "1.2.3.4.5", "4294967297", "example.123", "127.0.0.1.", "10.0.0.1.", "8.8.8.8.", "2130706433.", "0x7f.1.",
	"１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1", "ⅼocalhost", "127.0.0.1%2f", "[::1].", "[127.0.0.1]", "[::1", "::1",
	// No hosts at all.
	"", ".", "..", "a..b", ".example.com", "example.com..", "exa mple.com", "exa%20mple.com", "a,b", "a;b", "$HOST", "a\\b", "a\x00b", "-\u00ad-",
	strings.Repeat("a", 64) + ".com", strings.Repeat("a.", 127) + "com",
}

func TestForbiddenHosts(t *testing.T) {
	if len(forbidden) < 80 {
		t.Fatalf("%d forms", len(forbidden))
	}
	g := new(Guard)
	for _, host := range forbidden {
		u, err := url.Parse("http://" + host + "/")
		if err != nil {
			continue // nor can a client
		}
		if err := g.CheckURL(u); !errors.Is(err, ErrDenied) {
			t.Errorf("%q is permitted: %v", host, err)
		}
		conn, err := g.DialContext(t.Context(), "tcp", strings.Trim(u.Hostname(), "[]")+":80")
		if err == nil {
			conn.Close()
		}
		if !errors.Is(err, ErrDenied) {
			t.Errorf("dialing %q: %v", host, err)
		}
	}
}

func TestForbiddenAddresses(t *testing.T) {
	g := new(Guard)
	n := 0
	for _, host := range forbidden {
		a, err := netip.ParseAddr(strings.ReplaceAll(strings.Trim(host, "[]"), "%25", "%"))
		if err != nil {
			continue
		}
		n++
		if err := g.CheckAddr(a); !errors.Is(err, ErrDenied) {
			t.Errorf("%v is permitted", a)
		}
		if err := g.Control(t.Context(), "tcp", netip.AddrPortFrom(a, 443).String(), nil); !errors.Is(err, ErrDenied) {
			t.Errorf("a connection to %v is permitted", a)
		}
	}
	if n < 70 {
		t.Errorf("only %d addresses were tried", n)
	}
	if err := g.CheckAddr(netip.Addr{}); !errors.Is(err, ErrDenied) {
		t.Error("no address is permitted")
	}
}

// TestTableEdges holds that each prefix of the table is refused from its first
// address to its last.
func TestTableEdges(t *testing.T) {
	g := new(Guard)
	for _, row := range table {
		first := row.prefix.Masked().Addr()
		b := first.AsSlice()
		for bit := row.prefix.Bits(); bit < len(b)*8; bit++ {
			b[bit/8] |= 0x80 >> (bit % 8)
		}
		last, _ := netip.AddrFromSlice(b)
		for _, a := range []netip.Addr{first, last} {
			if g.CheckAddr(a) == nil {
				t.Errorf("%v of %v is permitted", a, row.prefix)
			}
		}
	}
}

func TestPermitted(t *testing.T) {
	g := new(Guard)
	for _, host := range []string{
		"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "168.63.129.15",
		"169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0",
		"198.17.255.255", "198.20.0.0", "203.0.114.0", "223.255.255.255", "[2606:4700::1111]", "[2001:200::1]", "[2001:4860:4860::8888]",
		"[2003::1]", "[2a00::1]", "[::ffff:8.8.8.8]",
		"example.com", "example.com.", "EXAMPLE.com", "xn--mnchen-3ya.de", "a_b.example", "1.example", "0x7f.example", "localhost", "metadata",
	} {
		for _, form := range []string{"http://" + host, "https://" + host + "/x?y#z", "http://" + host + ":443", "https://" + host + ":"} {
			u, err := url.Parse(form)
			if err != nil {
				t.Fatal(err)
			}
			if err := g.CheckURL(u); err != nil {
				t.Errorf("%s: %v", form, err)
			}
		}
	}
}

func TestCheckURL(t *testing.T) {
	for _, tt := range []struct {
		guard  Guard
		url    string
		reason string // "": permitted
	}{
		{Guard{}, "ftp://example.com/", "the URL is not one of http or https"},
		{Guard{}, "file:///etc/passwd", "the URL is not one of http or https"},
		{Guard{}, "gopher://example.com:80/", "the URL is not one of http or https"},
		{Guard{}, "//example.com/", "the URL is not one of http or https"},
		{Guard{}, "http:example.com", "the URL is not one of http or https"},
		{Guard{}, "http://user@example.com/", "the URL holds a user or a password"},
		{Guard{}, "http://user:secret@example.com/", "the URL holds a user or a password"},
		{Guard{}, "http://example.com@10.0.0.1/", "the URL holds a user or a password"},
		{Guard{}, "http://example.com:22/", "port 22 is not one of the permitted ports"},
		{Guard{}, "http://example.com:0/", "port 0 is not one of the permitted ports"},
		{Guard{}, "http://example.com:65536/", "its port is not a number"},
		{Guard{}, "http://example.com:00080/", ""},
		{Guard{HTTPS: true}, "http://example.com/", "the URL is not one of https"},
		{Guard{HTTPS: true}, "https://example.com/", ""},
		{Guard{Ports: []uint16{8080}}, "http://example.com:8080/", ""},
		{Guard{Ports: []uint16{8080}}, "http://example.com/", "port 80 is not one of the permitted ports"},
		{Guard{Hosts: []string{"example.com"}}, "http://example.com/", ""},
		{Guard{Hosts: []string{"Example.COM."}}, "http://exAmple.com./", ""},
		{Guard{Hosts: []string{"example.com"}}, "http://www.example.com/", "it is not one of the permitted hosts"},
		{Guard{Hosts: []string{"example.com"}}, "http://badexample.com/", "it is not one of the permitted hosts"},
		{Guard{Hosts: []string{"example.com"}}, "http://example.com.evil.org/", "it is not one of the permitted hosts"},
		{Guard{Hosts: []string{".example.com"}}, "http://a.b.Example.com/", ""},
		{Guard{Hosts: []string{".example.com"}}, "http://example.com/", "it is not one of the permitted hosts"},
		{Guard{Hosts: []string{".example.com"}}, "http://badexample.com/", "it is not one of the permitted hosts"},
		{Guard{Hosts: []string{"8.8.8.8"}}, "http://8.8.8.8/", ""},
		{Guard{Hosts: []string{"8.8.8.8"}}, "http://[::ffff:808:808]/", ""},
		{Guard{Hosts: []string{"[2606:4700:0::1111]"}}, "http://[2606:4700::1111]/", ""},
		{Guard{Hosts: []string{"8.8.8.8"}}, "http://8.8.4.4/", "it is not one of the permitted hosts"},
		{Guard{Hosts: []string{".", ""}}, "http://example.com/", "it is not one of the permitted hosts"},
		{Guard{Hosts: []string{".4.4"}}, "http://8.8.4.4/", "it is not one of the permitted hosts"},
		{Guard{Hosts: []string{".8.8"}}, "http://1.8.8/", "it is an address in an unusual form"},
		{Guard{Hosts: []string{"10.0.0.1"}}, "http://10.0.0.1/", "its address is not public: private"}, // named, but not allowed
		{Guard{Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}}, "http://10.0.0.1/", ""},
		{Guard{Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}}, "http://[::ffff:10.0.0.1]/", ""},
		{Guard{Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}}, "http://10.0.1.1/", "its address is not public: private"},
		{Guard{Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}}, "http://8.8.8.8/", ""}, // and public ones still
		{Guard{Allow: []netip.Prefix{netip.MustParsePrefix("64:ff9b::/96")}}, "http://[64:ff9b::8.8.8.8]/", ""},
		{Guard{Allow: []netip.Prefix{netip.MustParsePrefix("64:ff9b::/96")}}, "http://[64:ff9b::10.0.0.1]/", "its address is not public: private"},
	} {
		u, err := url.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		err = tt.guard.CheckURL(u)
		reason := ""
		if e, ok := errors.AsType[*Error](err); ok {
			reason = e.Reason
		}
		if reason != tt.reason || (err == nil) != (tt.reason == "") {
			t.Errorf("%s by %+v: %v, want %q", tt.url, tt.guard, err, tt.reason)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func TestControl(t *testing.T) {
	g := new(Guard)
	for _, tt := range []struct{ network, address, want string }{
		{"tcp4", "8.8.8.8:443", ""},
		{"tcp6", "[2606:4700::1111]:80", ""},
		{"udp4", "8.8.8.8:443", "may not connect to 8.8.8.8:443: it is not TCP but udp4"},
		{"unix", "/run/docker.sock", "may not connect to /run/docker.sock: it is not TCP but unix"},
		{"tcp4", "8.8.8.8:53", "may not connect to 8.8.8.8: port 53 is not one of the permitted ports"},
		{"tcp4", "example.com:80", "may not connect to example.com:80: it is not an address"},
		{"tcp6", "[fe80::1%eth0]:80", "may not connect to fe80::1%eth0: its address has a zone or is none"},
		{"tcp4", "10.0.0.1:80", "may not connect to 10.0.0.1: its address is not public: private"},
	} {
		got := ""
		if err := g.Control(t.Context(), tt.network, tt.address, nil); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.network, tt.address, got, tt.want)
		}
	}
}

func TestError(t *testing.T) {
	if got := (&Error{Reason: "it is none"}).Error(); got != "may not connect: it is none" {
		t.Error(got)
	}
	long := &Error{Host: strings.Repeat("a", 1000), Reason: "it is long"}
	if n := len(long.Error()); n > 200 {
		t.Errorf("%d bytes", n)
	}
	for _, host := range []string{"a\u202eb\U000e0041\nc", "abc"} {
		if got := (&Error{Host: host, Reason: "it is odd"}).Error(); got != "may not connect to abc: it is odd" {
			t.Errorf("%q", got)
		}
	}
	if got := (&Error{Host: strings.Repeat("ä", 49) + "aää", Reason: "it is odd"}).Error(); !utf8.ValidString(got) {
		t.Errorf("%q", got)
	}
	if long.Temporary() {
		t.Error("a refusal is temporary")
	}
}

// FuzzCheckURL holds that what is permitted is a host that cannot be taken for
// an address which is not.
func FuzzCheckURL(f *testing.F) {
	for _, host := range forbidden {
		f.Add("http://" + host + "/")
	}
	f.Add("https://example.com:443/x?y")
	g := new(Guard)
	f.Fuzz(func(t *testing.T, text string) {
		u, err := url.Parse(text)
		if err != nil || g.CheckURL(u) != nil {
			return
		}
		host := strings.TrimSuffix(u.Hostname(), ".")
		if a, err := netip.ParseAddr(host); err == nil {
			if special(a.Unmap()) != "" {
				t.Errorf("%q is permitted", text)
			}
			return
		}
		last := host[strings.LastIndexByte(host, '.')+1:]
		if host == "" || last == "" || strings.Trim(last, "0123456789") == "" || strings.ContainsAny(host, "%:/@\\ []") {
			t.Errorf("%q is permitted", text)
		}
	})
}
