// Package deepseektest is a DeepSeek on a loopback address: a server that speaks
// the API and obeys its rules, for tests, and for running a program without a
// key. What it answers is scripted, fault by fault if need be, or computed by
// the rules of [StandIn].
//
// The smallest test asks a client for what the script has:
//
//	func TestGreeting(t *testing.T) {
//		server := deepseektest.NewServer(t, deepseektest.Reply{Text: "Hello!"})
//		client := &deepseek.Client{BaseURL: server.URL(), APIKey: "sk-test"}
//		resp, err := llm.Generate(t.Context(), client, llm.Prompt("Hi."))
//		if err != nil || resp.Text() != "Hello!" {
//			t.Fatalf("got %q, %v", resp.Text(), err)
//		}
//	}
//
// A [Reply] says what the model writes, and how it travels: the server turns it
// into the recorded order of chunks, with usage, ids and the [DONE] at the end,
// and can slow it, stall it, or cut it anywhere. [Server.Requests] tells what the
// client sent.
//
// The server is strict. A request that breaks a rule is refused with the status
// and the words of the API as far as they are known, and takes nothing from the
// script: unknown roles, unpaired tool calls, reasoning that was not passed back,
// settings out of range. Where the API would take a request and silently do less
// than it says, as with strict tools outside of /beta, the server refuses it too.
//
// Any key is accepted, and none: whether a key is right only the real service
// knows, and a test or a program without one should run. A header that does not
// have the form "Bearer sk-..." is refused as the API refuses it. To see what a
// wrong key does, script it: Reply{Status: 401}.
//
// The counts of tokens are estimates and marked as such, unless a script gives
// them; the prompt cache is simulated on top of them. The endpoints are chat
// completions, responses, FIM, models, balance and files, at the root, under /v1
// and under /beta, and the web tools /v1/tools/search and /v1/tools/fetch; others
// do not exist here. A schema that a request to /responses has is kept by what
// [StandIn] answers; a script says what it says. [Server.Script] scripts the replies of those at which no model
// answers, faults and all.
//
// The web of the web tools is a handful of pages about the deep sea, all of them
// at example.org and example.com. Search ranks them by the words that they share
// with the query and heeds its operators, Fetch reads them, and any other URL
// cannot be had. So the same request finds the same pages for ever.
package deepseektest
