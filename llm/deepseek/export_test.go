package deepseek

import "net/http"

// SharedTransport returns the transport of clients that have no HTTP client of
// their own.
func SharedTransport() *http.Transport { return sharedHTTP().Transport.(*http.Transport) }
