package egress_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"

	"github.com/hadal-go/hadal/tools/egress"
)

// The zero value permits what is public, and nothing else.
func Example() {
	client := new(egress.Guard).Client()
	_, err := client.Get("http://169.254.169.254/latest/meta-data/iam/security-credentials/")
	fmt.Println(errors.Is(err, egress.ErrDenied))
	fmt.Println(errors.Unwrap(err))
	// Output:
	// true
	// may not connect to 169.254.169.254: its address is not public: link-local
}

// A server of one's own has to be named.
func ExampleGuard_Client() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "hello")
	}))
	defer srv.Close()
	u, _ := url.Parse(srv.URL)
	port, _ := strconv.Atoi(u.Port())

	guard := &egress.Guard{
		Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Ports: []uint16{uint16(port)},
	}
	client := guard.Client()
	defer client.CloseIdleConnections()
	resp, err := client.Get(srv.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Printf("%s\n", body)
	// Output: hello
}

func ExampleGuard_CheckURL() {
	guard := &egress.Guard{Hosts: []string{"go.dev", ".go.dev"}, HTTPS: true}
	for _, s := range []string{"https://pkg.go.dev/net/netip", "http://go.dev", "https://example.com"} {
		u, _ := url.Parse(s)
		fmt.Println(guard.CheckURL(u))
	}
	// Output:
	// <nil>
	// may not connect to go.dev: the URL is not one of https
	// may not connect to example.com: it is not one of the permitted hosts
}

func ExampleGuard_CheckAddr() {
	guard := new(egress.Guard)
	for _, s := range []string{"8.8.8.8", "100.64.0.1", "64:ff9b::7f00:1"} {
		fmt.Println(guard.CheckAddr(netip.MustParseAddr(s)))
	}
	// Output:
	// <nil>
	// may not connect to 100.64.0.1: its address is not public: shared by carriers
	// may not connect to 64:ff9b::7f00:1: its address is not public: translated to IPv4
}

// Any dialer can have the check of addresses.
func ExampleGuard_Control() {
	d := net.Dialer{ControlContext: new(egress.Guard).Control}
	_, err := d.Dial("tcp", "127.0.0.1:80")
	fmt.Println(errors.Is(err, egress.ErrDenied))
	// Output: true
}

func ExampleGuard_DialContext() {
	_, err := new(egress.Guard).DialContext(context.Background(), "tcp", "10.0.0.1:5432")
	fmt.Println(err)
	// Output: may not connect to 10.0.0.1: port 5432 is not one of the permitted ports
}

// A transport of one's own making needs a client with the check of redirects.
func ExampleGuard_Transport() {
	guard := new(egress.Guard)
	transport := guard.Transport()
	transport.MaxConnsPerHost = 2
	client := &http.Client{Transport: transport, CheckRedirect: guard.CheckRedirect}
	_, err := client.Get("http://0x7f000001/")
	fmt.Println(errors.Is(err, egress.ErrDenied))
	// Output: true
}

func ExampleGuard_CheckRedirect() {
	from, _ := http.NewRequest(http.MethodGet, "https://example.com/", nil)
	to, _ := http.NewRequest(http.MethodGet, "http://example.com/", nil)
	fmt.Println(new(egress.Guard).CheckRedirect(to, []*http.Request{from}))
	// Output: may not connect to example.com: the redirect leads from https to http
}
