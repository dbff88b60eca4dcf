package deepseektest_test

import (
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// padded is longer than what is kept of a document, which ends in the middle of a
// character.
var padded = harbour + "\n\n" + strings.Repeat("x", 1+len(harbour)%2) + strings.Repeat("ü", 130<<10)

// TestStandInDocuments asks the stand-in about what comes with a question, by
// upload or in the message.
func TestStandInDocuments(t *testing.T) {
	server := deepseektest.NewServer(t)
	c := &deepseek.Client{BaseURL: server.URL(), APIKey: "sk-test"}
	upload := func(name, content string, purpose deepseek.Purpose) llm.Blob {
		t.Helper()
		f, err := c.Upload(t.Context(), deepseek.Upload{Name: name, Content: strings.NewReader(content), Purpose: purpose})
		if err != nil {
			t.Fatal(err)
		}
		return llm.Blob{ID: f.ID}
	}
	const pdf = "%PDF-1.7\n"
	uploadedImage := upload("a.png", png, deepseek.PurposeImage)
	inlineImage := llm.Blob{MIMEType: "image/png", Data: []byte(png)}
	uploadedText := upload("a.md", harbour, deepseek.PurposeText)
	uploadedFile := upload("a.pdf", pdf, deepseek.PurposeText)
	broken := upload("a.txt", "Ines \xe9 Falk founded it.\n", deepseek.PurposeText)
	long := upload("b.md", padded+"\n\nThe roof is green.", deepseek.PurposeText)
	const founded = "Dr. Ines Falk founded it with two nurses and a loan from the fishermen's union."
	for _, tt := range []struct {
		name, question string
		blobs          []llm.Part
		want           string
	}{
		{"an image", "What is in the picture?", []llm.Part{uploadedImage}, "1 image came along, which a stand-in cannot see. Give me text and ask about it."},
		{"images", "What is in the pictures?", []llm.Part{uploadedImage, inlineImage}, "2 images came along, which a stand-in cannot see. Give me text and ask about it."},
		{"a file", "What does it say?", []llm.Part{uploadedFile}, "1 file came along, which a stand-in cannot read. Give me text and ask about it."},
		{"both", "What is this?", []llm.Part{uploadedFile, inlineImage, broken}, "1 image and 2 files came along, which a stand-in can neither see nor read. Give me text and ask about it."},
		{"Chinese", "图片里有什么？", []llm.Part{inlineImage}, "附有 1 张图片，替身看不到。请提供文字再提问。"},
		{"a document", "Who founded the clinic?", []llm.Part{uploadedText}, founded},
		{"a long document", "Are appointments cancelled without fee?", []llm.Part{long}, "Appointments can be cancelled up to 24 hours before without a fee."},
		{"beyond what is kept", "What color is the roof?", []llm.Part{long}, "Nothing in the text fits the question. The text is about this: The Harbour Clinic"},
		{"a document and an image", "Who founded the clinic?", []llm.Part{uploadedText, uploadedImage}, "1 image came along, which a stand-in cannot see. " + founded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, err := llm.Generate(t.Context(), c, &llm.Request{Messages: []llm.Message{{Role: llm.RoleUser, Parts: append(llm.Parts{llm.Text(tt.question)}, tt.blobs...)}}})
			if err != nil {
				t.Fatal(err)
			}
			_, got, _ := strings.Cut(resp.Text(), "\n\n")
			same(t, got, tt.want)
		})
	}
	inline := deepseektest.Message{Role: llm.RoleUser, Content: "Who founded the clinic?", Blobs: []llm.Blob{{MIMEType: "text/plain", Data: []byte(harbour)}}}
	later := []deepseektest.Message{inline, {Role: llm.RoleAssistant, Content: "Falk."}, {Role: llm.RoleUser, Content: "How much does the first visit cost?"}}
	continued := []deepseektest.Message{{Role: llm.RoleUser, Content: harbour + "\n\nWho founded the clinic?", Blobs: []llm.Blob{inlineImage}}, {Role: llm.RoleAssistant, Content: "Well,", Prefix: true}}
	same(t, deepseektest.StandIn().Func(deepseektest.Request{Messages: continued}).Text, " 1 image came along, which a stand-in cannot see. "+founded)
	same(t, deepseektest.StandIn().Func(deepseektest.Request{Messages: later}).Text, "A first visit costs 40 euros, and each further visit costs 25 euros.")
}

// TestTextsBounded holds that text is kept up to a limit, and that files make
// room when they are deleted.
func TestTextsBounded(t *testing.T) {
	server := deepseektest.NewServer(t)
	c := &deepseek.Client{BaseURL: server.URL(), APIKey: "sk-test"}
	asked := func() string {
		t.Helper()
		f, err := c.Upload(t.Context(), deepseek.Upload{Name: "a.md", Content: strings.NewReader(padded), Purpose: deepseek.PurposeText})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := llm.Generate(t.Context(), c, &llm.Request{Messages: []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("Who founded the clinic?"), llm.Blob{ID: f.ID}}}}})
		if err != nil {
			t.Fatal(err)
		}
		return resp.Text()
	}
	var first string
	for i := range 64 {
		f, err := c.Upload(t.Context(), deepseek.Upload{Name: "a.md", Content: strings.NewReader(padded), Purpose: deepseek.PurposeText})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = f.ID
		}
	}
	if text := asked(); !strings.Contains(text, "1 file came along") {
		t.Errorf("with the limit reached: %s", text)
	}
	if err := c.DeleteFile(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if text := asked(); !strings.Contains(text, "Ines Falk") {
		t.Errorf("with a file deleted: %s", text)
	}
}
