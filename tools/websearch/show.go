package websearch

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
)

// Format implements [fmt.Formatter]. Whatever the verb, it prints no secret.
func (s SearXNG) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "websearch.SearXNG{%s}", s.public()) }

// LogValue implements [slog.LogValuer]. It has no secret.
func (s SearXNG) LogValue() slog.Value {
	return slog.GroupValue(slog.String("base_url", s.public()))
}

// MarshalJSON implements [json.Marshaler]. It has no secret.
func (s SearXNG) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		BaseURL string `json:"base_url"`
	}{s.public()})
}

// public returns the base URL without what may be secret in it.
func (s SearXNG) public() string {
	u, _, err := s.server()
	if err != nil {
		return "(invalid URL)"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
