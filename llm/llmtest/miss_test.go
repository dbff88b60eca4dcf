package llmtest_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm/llmtest"
)

func TestMisses(t *testing.T) {
	const chat = `{"model":"deepseek-flash","messages":[{"role":"user","content":"Why is the sky blue?"}]}`
	file := write(t, two)
	for _, tt := range []struct{ method, target, body, want string }{
		{"POST", "/chat", strings.Replace(chat, "sky", "sea", 1), "POST /chat\n" +
			"\tthe nearest, FILE:3, differs in its body at byte 76\n" +
			"\trecorded: …:[{\"role\":\"user\",\"content\":\"Why is the sky blue?\"}]} (end)\n" +
			"\tcame:     …:[{\"role\":\"user\",\"content\":\"Why is the sea blue?\"}]} (end)\n\tAGAIN"},
		{"POST", "/chat", chat + strings.Repeat("\n", 100), "POST /chat\n" +
			"\tthe nearest, FILE:3, differs in its body at byte 88\n" +
			"\trecorded: …ser\",\"content\":\"Why is the sky blue?\"}]} (end)\n" +
			"\tcame:     …ser\",\"content\":\"Why is the sky blue?\"}]}" + strings.Repeat(`\n`, 60) + "…\n\tAGAIN"},
		{"PUT", "/chat", chat, "PUT /chat\n" +
			"\tthe nearest, FILE:3, differs in its method at byte 1\n" +
			"\trecorded: POST (end)\n\tcame:     PUT (end)\n\tAGAIN"},
		{"GET", "/models?limit=3", "", "GET /models?limit=3\n" +
			"\tthe nearest, FILE:11, differs in its path at byte 14\n" +
			"\trecorded: /models?limit=2 (end)\n\tcame:     /models?limit=3 (end)\n\tAGAIN"},
		{"GET", "/models", "", "GET /models\n" +
			"\tthe nearest, FILE:11, differs in its path at byte 7\n" +
			"\trecorded: /models?limit=2 (end)\n\tcame:     /models (end)\n\tAGAIN"},
		{"POST", "/chat", chat[:64] + "\xff", "POST /chat\n" +
			"\tthe nearest, FILE:3, differs in its body at byte 64\n" +
			"\trecorded: …\",\"messages\":[{\"role\":\"user\",\"content\":\"Why is the sky blue?\"}]} (end)\n" +
			"\tcame:     …\",\"messages\":[{\"role\":\"user\",\"content\":\"\\xff (end)\n\tAGAIN"},
	} {
		rec := &llmtest.Recording{File: file, Base: offline(t)}
		client := &http.Client{Transport: rec}
		req, err := http.NewRequest(tt.method, "https://example.com"+tt.target, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		_, err = rec.RoundTrip(req)
		want := "llmtest: request not recorded: " + strings.NewReplacer("FILE", file, "AGAIN", "to record it, set Record").Replace(tt.want)
		if !errors.Is(err, llmtest.ErrNotRecorded) || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if got := post(t.Context(), client, "https://example.com/chat", chat); got.body != "blue" {
			t.Errorf("after a miss: %+v", got)
		}
		err = rec.Close()
		want += "\nllmtest: " + file + ":11: GET /models?limit=2 was recorded, but did not come; to record it, set Record"
		if !errors.Is(err, llmtest.ErrNotRecorded) || err.Error() != want {
			t.Errorf("at the end: %v\nwant %s", err, want)
		}
	}
}

func TestMoreThanRecorded(t *testing.T) {
	file := write(t, two)
	rec := &llmtest.Recording{File: file}
	client := &http.Client{Transport: rec}
	for i := range 3 {
		resp, err := client.Get("https://example.com/models?limit=2")
		if i == 0 {
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			continue
		}
		want := "llmtest: request not recorded: GET /models?limit=2: it came more often than the 1 in " + file + "; to record it, set Record"
		if !errors.Is(err, llmtest.ErrNotRecorded) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := rec.Close(); strings.Count(err.Error(), "more often") != 1 {
		t.Errorf("what is tried again is reported so often: %v", err)
	}
	empty := &llmtest.Recording{File: write(t, "llmtest recording 1\n-- end --\n")}
	if _, err := (&http.Client{Transport: empty}).Get("https://example.com/"); !errors.Is(err, llmtest.ErrNotRecorded) || !strings.Contains(err.Error(), "hand.http has no requests") {
		t.Errorf("got %v", err)
	}
}

// What is not ASCII is cut between its characters.
func TestMissInChinese(t *testing.T) {
	file := write(t, "llmtest recording 1\n\n-- request --\nPOST /\n\n"+strings.Repeat("深海", 40)+"\n-- response --\n200\n-- end --\n")
	rec := &llmtest.Recording{File: file}
	got := post(t.Context(), &http.Client{Transport: rec}, "http://example.com/", strings.Repeat("深海", 10)+"x"+strings.Repeat("深海", 30))
	for _, want := range []string{
		"\n\trecorded: …" + strings.Repeat("深海", 17) + "…\n", "\n\tcame:     …" + strings.Repeat("深海", 7) + "x" + strings.Repeat("深海", 10) + "…\n",
	} {
		if !strings.Contains(got.err, want) {
			t.Errorf("got %s\nwant %s", got.err, want)
		}
	}
}

// Of many failures, the first are told.
func TestManyMisses(t *testing.T) {
	rec := &llmtest.Recording{File: write(t, two)}
	for i := range 100 {
		post(t.Context(), &http.Client{Transport: rec}, "http://example.com/chat", fmt.Sprint(i))
	}
	err := rec.Close()
	text := fmt.Sprint(err)
	if n := strings.Count(text, "request not recorded"); n != 10 || !errors.Is(err, llmtest.ErrNotRecorded) || !strings.HasSuffix(text, "hand.http: and so on, 92 times") {
		t.Errorf("%d of them, %s", n, text)
	}
}
