package deepseek_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func ExampleClient_Upload() {
	server, err := deepseektest.Start(deepseektest.Reply{Text: "A snailfish."})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client := &deepseek.Client{BaseURL: server.URL()}
	ctx := context.Background()

	picture := strings.NewReader("\x89PNG\r\n\x1a\n …")
	file, err := client.Upload(ctx, deepseek.Upload{Name: "fish.png", Content: picture, Lifetime: 24 * time.Hour})
	if err != nil {
		log.Fatal(err)
	}
	resp, err := llm.Generate(ctx, client, &llm.Request{Messages: []llm.Message{
		{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("What is this?"), file.Blob()}},
	}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(file.Name, file.Size, file.Expires.Sub(file.Created))
	fmt.Println(resp.Text())
	// Output:
	// fish.png 12 24h0m0s
	// A snailfish.
}

func ExampleFile_Blob() {
	file := &deepseek.File{ID: "file-api-0a1b2c3d", Name: "fish.png", Purpose: deepseek.PurposeImage}
	message := llm.Message{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("What is this?"), file.Blob()}}
	blob := message.Parts[1].(llm.Blob)
	fmt.Println(blob.ID, blob.MIMEType)
	// Output: file-api-0a1b2c3d image/png
}

// Files that nobody needs any more count towards the limits of the account.
func ExampleClient_Files() {
	server, err := deepseektest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client := &deepseek.Client{BaseURL: server.URL()}
	ctx := context.Background()
	for _, name := range []string{"old.png", "new.png"} {
		if _, err := client.Upload(ctx, deepseek.Upload{Name: name, Content: strings.NewReader("\x89PNG\r\n\x1a\n")}); err != nil {
			log.Fatal(err)
		}
	}

	var old []string
	for file, err := range client.Files(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(file.Name, file.Size)
		if file.Name == "old.png" {
			old = append(old, file.ID)
		}
	}
	for _, id := range old {
		fmt.Println(client.DeleteFile(ctx, id))
	}
	// Output:
	// old.png 8
	// new.png 8
	// <nil>
}

func ExampleClient_File() {
	server, err := deepseektest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	_, err = (&deepseek.Client{BaseURL: server.URL()}).File(context.Background(), "file-api-0a1b2c3d")
	e, ok := errors.AsType[*llm.Error](err)
	fmt.Println(ok && e.Status == 404)
	// Output: true
}

func ExampleClient_DeleteFile() {
	server, err := deepseektest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client := &deepseek.Client{BaseURL: server.URL()}
	ctx := context.Background()
	file, err := client.Upload(ctx, deepseek.Upload{Content: strings.NewReader("\x89PNG\r\n\x1a\n")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(client.DeleteFile(ctx, file.ID))
	// Output: <nil>
}
