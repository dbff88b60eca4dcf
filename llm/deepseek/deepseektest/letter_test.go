package deepseektest_test

import (
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

const shop = `You draft replies. Keep to the facts below.

## Facts

- An amount that was charged twice is paid back within five days.
- A corrected invoice is sent on the next day.
- The shop is closed on Mondays.
- 发票有误的，三个工作日内重新开具。`

const complaint = `From: "Ada Lund" <ada@lund.example>
To: shop@example.com
Date: 2026-03-04
Subject: Charged twice

Dear team,

the lamp was charged twice. Please pay the amount back that was charged twice.
Could you also send a corrected invoice?

> On 2 March 2026, the shop wrote:
> Could you tell us on which Mondays you came?`

// TestStandInDrafts holds what letters are made of.
func TestStandInDrafts(t *testing.T) {
	const english, chinese = "(No language model here: a stand-in that picks sentences from your text by rules.)\n\n", "（这里没有语言模型：替身按规则从原文中摘句。）\n\n"
	for _, tt := range []struct{ name, system, mail, want string }{
		{"facts, each once, none of what is quoted", shop, complaint, english + `Dear Ada Lund,

thank you for your mail about “Charged twice”. An amount that was charged twice is paid back within five days. A corrected invoice is sent on the next day.

Kind regards`},
		{"scanned", shop, "From: Lund Lamps\nSubject: C h a r g e d twice\n\nNo more.", english + `Dear Lund Lamps,

thank you for your mail about “Charged twice”. An amount that was charged twice is paid back within five days.

Kind regards`},
		{"no facts", "You draft replies.", complaint, english + `Dear Ada Lund,

thank you for your mail about “Charged twice”. A colleague will look into it and write to you.

Kind regards`},
		{"in Chinese", shop, "发件人: 何雨桐<he@dong.example>\n主题: 发票有误\n\n您好，\n\n发票上的数量不对，请重新开具发票。\n", chinese + "何雨桐，您好：\n\n感谢您关于“发票有误”的来信。发票有误的，三个工作日内重新开具。如有其他问题，请再与我们联系。\n\n此致\n敬礼"},
		{"in Chinese, no facts", "", "发件人: 何雨桐<he@dong.example>\n主题: 合影\n\n您好，\n\n请寄一张合影。\n", chinese + "何雨桐，您好：\n\n感谢您关于“合影”的来信。我们会尽快核实并回复您。如有其他问题，请再与我们联系。\n\n此致\n敬礼"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := standIn(tt.system, tt.mail+"\n\nCan you draft the reply?")
			same(t, got.Text, tt.want)
			if !strings.Contains(got.Reasoning, "Rule: a letter ") {
				t.Errorf("the reasoning is %q", got.Reasoning)
			}
		})
	}
	// No mail, no letter: there is nobody to write to.
	if got := standIn(shop, "Draft a reply to the question when the shop is closed."); strings.Contains(got.Text, "Dear") {
		t.Errorf("a letter to nobody: %s", got.Text)
	}
}

// TestStandInSumsUpMails holds that a summary of a mail is of what it says, not of
// its header and its greeting.
func TestStandInSumsUpMails(t *testing.T) {
	got := standIn("You sum up.", complaint[:strings.Index(complaint, "\n>")]+"\n\nCan you summarize this?")
	if want := ")\n\nthe lamp was charged twice."; !strings.Contains(got.Text, want) {
		t.Errorf("got %q, want %q in it", got.Text, want)
	}
	for _, not := range []string{"Ada", "Dear"} {
		if strings.Contains(got.Text, not) {
			t.Errorf("%q is in %q", not, got.Text)
		}
	}
}

// TestStandInKnowsTopics holds that texts are sorted by what they say, where the
// name of the topic is not in them.
func TestStandInKnowsTopics(t *testing.T) {
	const schema = `{"type":"object","properties":{"topic":{"type":"string","enum":["billing","bug","contract","other"]}},"required":["topic"]}`
	for text, want := range map[string]string{
		"The refund is not here. Please pay the invoice back.": "billing",
		"货款一直没有退款。":                                            "billing",
		"The app crashes with an error.":                       "bug",
		"应用一打开就闪退。":                                            "bug",
		"Which clause holds, 9.1 or 9.3?":                      "contract",
		"合同什么时候到期？":                                            "contract",
		"May we visit the harbour with our class?":             "other",
	} {
		r := deepseektest.Request{Format: llm.FormatJSON, Schema: []byte(schema), Messages: []deepseektest.Message{{Role: llm.RoleUser, Content: text}}}
		same(t, deepseektest.StandIn().Func(r).Text, `{"topic":"`+want+`"}`)
	}
}

// TestStandInSorts holds that a label is all there is in a reply that has to be one,
// and that of the user's own lists none is taken for labels.
func TestStandInSorts(t *testing.T) {
	const labels = "What is it about?\n\nAnswer with one of these labels, as it is written here:\n- billing\n- bug\n- other\n"
	for text, want := range map[string]string{
		"The app crashes with an error.":                            "bug",
		"Please pay the invoice back.":                              "billing",
		"May we visit the harbour?":                                 "other",
		"I say one of these labels:\nsea\nland\n\nThe app crashes.": "bug",
	} {
		got := standIn(labels, text)
		same(t, got.Text, want)
		if !strings.Contains(got.Reasoning, "Rule: the label of 3 ") {
			t.Errorf("the reasoning is %q", got.Reasoning)
		}
	}
	if got := standIn("Keep calm.", "I say one of these labels:\nsea\nland"); got.Text == "sea" || got.Text == "land" {
		t.Errorf("a user's list is not the program's: %q", got.Text)
	}
}
