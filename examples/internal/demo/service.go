// Package demo is what the example programs share: finding out what to talk to,
// and showing a reply on a terminal.
package demo

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/joho/godotenv"

	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// A Service is a DeepSeek to talk to.
type Service struct {
	Client  *deepseek.Client
	About   string // which one it is, in a line for the user
	KeyFrom string // where the key is from: "the environment" or the path of a file; empty if there is none

	server *deepseektest.Server // if it is a stand-in
}

// Connect returns the service that the environment names: DeepSeek's if there is
// a DEEPSEEK_API_KEY, the one at DEEPSEEK_BASE_URL if there is that, and else a
// stand-in on loopback that waits for pace between two pieces of a reply. What
// is not in the environment may be in a file .env, see [Find].
func Connect(pace time.Duration) (*Service, error) {
	env, keyFrom := map[string]string{}, ""
	if name, err := Find(".env"); err == nil {
		if env, err = godotenv.Read(name); err != nil {
			return nil, fmt.Errorf("reading %s: not in the form NAME=value", name) // without the parser's error, which quotes the file
		}
		keyFrom = filepath.ToSlash(name)
	}
	if _, ok := os.LookupEnv("DEEPSEEK_API_KEY"); ok {
		keyFrom = "the environment"
	}
	for _, name := range []string{"DEEPSEEK_API_KEY", "DEEPSEEK_BASE_URL", "DEEPSEEK_MODEL"} {
		if value, ok := os.LookupEnv(name); ok {
			env[name] = value
		}
	}
	client := &deepseek.Client{
		APIKey:  env["DEEPSEEK_API_KEY"],
		BaseURL: env["DEEPSEEK_BASE_URL"],
		Model:   env["DEEPSEEK_MODEL"],
	}
	switch {
	case client.APIKey != "":
		return &Service{Client: client, About: about(client), KeyFrom: keyFrom}, nil
	case client.BaseURL != "":
		return &Service{Client: client, About: about(client)}, nil
	}
	return StandIn(pace)
}

// about names the model and the host that client talks to.
func about(client *deepseek.Client) string {
	host := "api.deepseek.com"
	if client.BaseURL != "" {
		host = "what DEEPSEEK_BASE_URL says, which is not an address"
	}
	if u, err := url.Parse(client.BaseURL); err == nil && u.Host != "" {
		host = u.Host
	}
	return fmt.Sprintf("Talking to %s at %s.", cmp.Or(client.Model, deepseek.DefaultModel), host)
}

// StandIn returns a service that runs without a key: a DeepSeek on loopback that
// answers by rules and waits for pace between two pieces of a reply.
func StandIn(pace time.Duration) (*Service, error) {
	standIn := deepseektest.StandIn()
	server, err := deepseektest.Start(deepseektest.Reply{
		Func: func(r deepseektest.Request) deepseektest.Reply {
			reply := standIn.Func(r)
			reply.Pace = pace
			return reply
		},
	})
	if err != nil {
		return nil, err
	}
	return &Service{
		Client: &deepseek.Client{BaseURL: server.URL()},
		About: fmt.Sprintf("There is no DEEPSEEK_API_KEY, so this talks to a stand-in at %s:\n"+
			"DeepSeek's API over HTTP, but rules instead of a language model, and token counts that are estimates.", server.URL()),
		server: server,
	}, nil
}

// Simulated reports whether the service is a stand-in that the program runs.
func (s *Service) Simulated() bool { return s.server != nil }

// Close ends the stand-in, if there is one.
func (s *Service) Close() error {
	if s.server == nil {
		return nil
	}
	return s.server.Close()
}

// Find returns the path of a file that is named relative to the working
// directory or to one above it, up to the root of the module. So an example
// finds its files from wherever in the repository it is started.
func Find(name string) (string, error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	for dir := "."; ; dir = filepath.Join(dir, "..") {
		found := filepath.Join(dir, name)
		if _, err := os.Stat(found); err == nil {
			return found, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		abs, err := filepath.Abs(dir)
		if err != nil {
			return "", err
		}
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil || filepath.Dir(abs) == abs {
			return "", fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		}
	}
}
