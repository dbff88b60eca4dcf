package deepseektest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// Schemas of papers; what is optional is absent where the paper has nothing.
const (
	billSchema = `{"type":"object","properties":{"number":{"type":"string"},"date":{"type":"string","format":"date"},"due":{"type":"string","format":"date"},
		"seller":{"type":"string"},"buyer":{"type":"string"},"currency":{"enum":["EUR","GBP","USD","CNY","JPY"]},
		"lines":{"type":"array","items":{"type":"object","properties":{"description":{"type":"string"},"quantity":{"type":"number"},"unit_price":{"type":"number"},"amount":{"type":"number"}},"required":["description"]}},
		"discount":{"type":"number","minimum":0},"tax":{"type":"number","description":"the amount of the tax"},"total":{"type":"number"}},"required":["lines"]}`
	lifeSchema = `{"type":"object","properties":{"name":{"type":"string"},"email":{"type":"string"},"phone":{"type":"string"},"city":{"type":"string"},
		"jobs":{"type":"array","items":{"type":"object","properties":{"title":{"type":"string"},"company":{"type":"string"},"start":{"type":"string","pattern":"^\\d{4}(-\\d{2})?$"},"end":{"type":"string","pattern":"^\\d{4}(-\\d{2})?$"}}}},
		"education":{"type":"array","items":{"type":"object","properties":{"school":{"type":"string"},"degree":{"type":"string"},"field":{"type":"string"},"end":{"type":"string","pattern":"^\\d{4}(-\\d{2})?$"}}}},
		"skills":{"type":"array","items":{"type":"string"}},
		"languages":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},"level":{"type":"string"}}}}}}`
	mailSchema = `{"type":"object","properties":{"from":{"type":"object","properties":{"name":{"type":"string"},"email":{"type":"string"}}},"subject":{"type":"string"},"date":{"type":"string","format":"date"},
		"intent":{"enum":["order","inquiry","complaint","cancellation","meeting","other"]},"dates":{"type":"array","items":{"type":"string","format":"date"}},"actions":{"type":"array","items":{"type":"string"}}},"required":["actions"]}`
)

// paper returns the schema filled from a text, where the API enforces it.
func paper(schema, text string) string {
	return deepseektest.StandIn().Func(deepseektest.Request{Schema: json.RawMessage(schema), Messages: []deepseektest.Message{{Role: llm.RoleUser, Content: text}}}).Text
}

func TestStandInBills(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"tabs", "ACME Tools GmbH · Hauptstr. 5 · Berlin\n\nRechnung / Invoice\n\nCustomer: Blue Whale Diving S.L.\nInvoice Number: 2026-00412\nDate: 12/01/2026\n\n" +
			"Item\tQuantity\tPrice\tTotal\nRegulator set\t2\t349.00\t698.00\nFins\t3\t45.00\t135.00\n\nNet amount: 833.00 EUR\nVAT (19%): 158.27 EUR\nGrand total: 991.27 EUR\nPayable by 31 January 2026.",
			`{"number":"2026-00412","date":"2026-01-12","due":"2026-01-31","seller":"ACME Tools GmbH","buyer":"Blue Whale Diving S.L.","currency":"EUR",` +
				`"lines":[{"description":"Regulator set","quantity":2,"unit_price":349.00,"amount":698.00},{"description":"Fins","quantity":3,"unit_price":45.00,"amount":135.00}],"tax":158.27,"total":991.27}`},
		{"no header", "RECEIPT\nJoe's Coffee\nDate: 04/15/2026  8:15 AM\n\n2 Latte            9.00\nOrange Juice       4.25\n\nSubtotal          13.25\nTax                1.06\nTotal            $14.31\n",
			`{"date":"2026-04-15","seller":"Joe's Coffee","currency":"USD","lines":[{"description":"Latte","quantity":2,"amount":9.00},{"description":"Orange Juice","amount":4.25}],"tax":1.06,"total":14.31}`},
		{"labels in items", "发票编号: INV-77\n付款截止: 2026-05-02\n卖方: 深圳蓝鲸\n买方: 三亚海洋馆\n\n1. 机器人 BW-2    数量: 1    单价: 58000    金额: 58000\n2. 电池           数量: 2    单价: 1200     金额: 2400\n\n税额: 7852\n总计: 68252 元\n",
			`{"number":"INV-77","due":"2026-05-02","seller":"深圳蓝鲸","buyer":"三亚海洋馆","currency":"CNY",` +
				`"lines":[{"description":"机器人 BW-2","quantity":1,"unit_price":58000,"amount":58000},{"description":"电池","quantity":2,"unit_price":1200,"amount":2400}],"tax":7852,"total":68252}`},
		{"products", "**From:** Ines Falk, Porto\n**To:** Tidal Inc., San Diego\n\n- Review: 12 h x 95.00 = 1,140.00\n- Travel: 1 × 12\n\n**Total: USD 1,152.00**",
			`{"seller":"Ines Falk","buyer":"Tidal Inc.","currency":"USD","lines":[{"description":"Review","quantity":12,"unit_price":95.00,"amount":1140.00},{"description":"Travel","quantity":1,"unit_price":12}],"total":1152.00}`},
		{"wrapped rows", "Article                  Qty    Price     Sum\n-----------------------------------------\nA housing, rated to\n  6,000 m                  4   189.00  756.00\nBolt                       8     0.50    4.00\n  of steel\nDiscount                               -76.00\nTo pay                            EUR  684.00\n",
			`{"currency":"EUR","lines":[{"description":"A housing, rated to 6,000 m","quantity":4,"unit_price":189.00,"amount":756.00},{"description":"Bolt of steel","quantity":8,"unit_price":0.50,"amount":4.00}],"discount":76.00,"total":684.00}`},
		{"scanned", "I N V O I C E\n\nNr : 2026/O93          Date : 11.O2.2026\n\nQty   Article        Price        Sum\n 3O   Bread , large  €  3,2O   €  96,OO\n\nT o t a l ............ €  96,OO\n",
			`{"number":"2026/093","date":"2026-02-11","currency":"EUR","lines":[{"description":"Bread, large","quantity":30,"unit_price":3.20,"amount":96.00}],"total":96.00}`},
		{"full width and blocks", "购买方\n  名　　称：青岛测绘\n  识别号：91\n销售方\n  名　　称：上海海图\n\n单号：Ｎ２０２６－０４２\n|品名|数量|金额|\n|---|---|---|\n|虾|2|￥116.00|\n\n合　　计：￥100.00\n税　　额：￥16.00\n价税合计（大写）：壹佰壹拾陆圆整    （小写）：￥116.00\n",
			`{"number":"N2026-042","seller":"上海海图","buyer":"青岛测绘","currency":"CNY","lines":[{"description":"虾","quantity":2,"amount":116.00}],"tax":16.00,"total":116.00}`},
		{"next line", "Bill to:\n    Harbour Survey Co.\n    Pier Road 7\nDue date:   2 April 2026\nInvoice date:  3 March 2026\n", `{"date":"2026-03-03","due":"2026-04-02","buyer":"Harbour Survey Co.","lines":[]}`},
		{"no such day", "Date: 31.02.2026\n", `{"lines":[]}`},
		{"nothing there", "Good morning. It rains.", `{"lines":[]}`},
	} {
		t.Run(tt.name, func(t *testing.T) { same(t, paper(billSchema, tt.text), tt.want) })
	}
}

func TestStandInLives(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"markdown", "# Jane Smith\n\nBerlin | jane@smith.example | +49 30 1234567\n\n## Work experience\n\n### Data Engineer — Spree Analytics GmbH\nJan 2020 – Present\nBuilt the pipelines.\n\n### Analyst — Nordbank AG\n2016 – 2019\n\n" +
			"## Education\n\n**University of Potsdam** — B.Sc. Mathematics (2012 – 2016)\n\n## Skills\n\n- Python\n- SQL\n\n## Languages\n\n- English: native\n- German: B2\n",
			`{"name":"Jane Smith","email":"jane@smith.example","phone":"+49 30 1234567","city":"Berlin","jobs":[{"title":"Data Engineer","company":"Spree Analytics GmbH","start":"2020-01"},{"title":"Analyst","company":"Nordbank AG","start":"2016","end":"2019"}],` +
				`"education":[{"school":"University of Potsdam","degree":"B.Sc. Mathematics","end":"2016"}],"skills":["Python","SQL"],"languages":[{"name":"English","level":"native"},{"name":"German","level":"B2"}]}`},
		{"Chinese", "张伟 | 男 | 28岁\n电话: 13800001111  邮箱: zhangwei@example.cn\n\n工作经历：\n1. 2022/05-至今 北京云帆科技有限公司 前端工程师\n   负责平台\n2. 2019/07-2022/04 天津港信息中心 实习生\n\n教育经历：\n2015/09-2019/06 天津大学 软件工程 本科\n\n技能：JavaScript，Vue\n语言：英语（CET-4）\n",
			`{"name":"张伟","email":"zhangwei@example.cn","phone":"13800001111","jobs":[{"title":"前端工程师","company":"北京云帆科技有限公司","start":"2022-05"},{"title":"实习生","company":"天津港信息中心","start":"2019-07","end":"2022-04"}],` +
				`"education":[{"school":"天津大学","degree":"本科","field":"软件工程","end":"2019-06"}],"skills":["JavaScript","Vue"],"languages":[{"name":"英语","level":"CET-4"}]}`},
		{"spaced out", "周 明 宇\n手机：１３９ ５５５５ ０１７８ ／ 邮箱：z@example.cn ／ 深圳\n\n【技能】\nC / Rust / CAN 总线\n", `{"name":"周明宇","email":"z@example.cn","phone":"139 5555 0178","city":"深圳","skills":["C","Rust","CAN 总线"]}`},
		{"no sections", "Nobody here.", `{}`},
	} {
		t.Run(tt.name, func(t *testing.T) { same(t, paper(lifeSchema, tt.text), tt.want) })
	}
}

func TestStandInMails(t *testing.T) {
	const quoted = "\nOn 1 Feb 2026 at 9:00, Bo wrote:\n> Please send 5 boxes by 9 March 2026.\n"
	for _, tt := range []struct{ name, text, want string }{
		{"address alone", "From: billing@cloud.example\nSubject: Our contract\nDate: Fri, 03 Apr 2026 10:00:00 GMT\n\nHi Ada,\n\nCould we meet on April 7? Please bring the\nsigned copy.\n\nSam\n" + quoted,
			`{"from":{"email":"billing@cloud.example"},"subject":"Our contract","date":"2026-04-03","intent":"meeting","dates":["2026-04-07"],"actions":["Could we meet on April 7?","Please bring the signed copy."]}`},
		{"Chinese", "主 题：投诉：商品已损坏\n发件人：刘洋 <liuyang@example.cn>\n发送时间：2026-04-01 08:00\n\n客服您好：\n我收到的潜水表屏幕损坏，请在4月9日之前退款，并回复。\n",
			`{"from":{"name":"刘洋","email":"liuyang@example.cn"},"subject":"投诉：商品已损坏","date":"2026-04-01","intent":"complaint","dates":["2026-04-09"],"actions":["请在4月9日之前退款，并回复"]}`},
		{"nothing but a forward", "From: Lena <lena@a.example>\nSubject: Fwd: Visit\n\n---------- Forwarded message ----------\nFrom: Jo <jo@b.example>\n\nPlease call me.\n",
			`{"from":{"name":"Lena","email":"lena@a.example"},"subject":"Fwd: Visit","intent":"meeting","actions":["Please call me."]}`},
		{"twice the same day", "From: A <a@a.example>\nSubject: x\n\nWe sail on 2026-05-01. I repeat: 2026-05-01.\n", `{"from":{"name":"A","email":"a@a.example"},"subject":"x","date":"2026-05-01","dates":["2026-05-01"],"actions":[]}`},
	} {
		t.Run(tt.name, func(t *testing.T) { same(t, paper(mailSchema, tt.text), tt.want) })
	}
}

// TestStandInSlips holds what a first answer has wrong where the schema is in the
// prompt alone, and that it is right once the places are named.
func TestStandInSlips(t *testing.T) {
	const (
		text = "Date: 3 March 2026\nTotal: 1,250.00 EUR"
		raw  = `{"date":"3 March 2026","total":"1,250.00"}`
		neat = `{"date":"2026-03-03","total":1250.00}`
	)
	schema := `{"type":"object","properties":{"date":{"type":"string","format":"date"},"total":{"type":"number"}},"required":["date","total"]}`
	strict := strings.Replace(schema, `"format":"date"`, `"description":"format: date"`, 1)
	asked := deepseektest.Message{Role: llm.RoleUser, Content: text + "\n\nAnswer with a JSON value that satisfies this JSON Schema:\n\n" + schema}
	user := deepseektest.Message{Role: llm.RoleUser, Content: text + "\n\nGive the answer by calling the tool answer, not as text."}
	said := deepseektest.Message{Role: llm.RoleAssistant, Content: raw}
	wrong := deepseektest.Message{Role: llm.RoleUser, Content: "That is not what was asked for:\n- /total: is the string \"1,250.00\", want a number\n- /date: is the string \"5 May 2027\""}
	called := deepseektest.Message{Role: llm.RoleAssistant, ToolCalls: []llm.ToolCall{{ID: "1", Name: "answer", Args: raw}}}
	refused := deepseektest.Message{Role: llm.RoleTool, ToolCallID: "1", Content: wrong.Content}
	tools := []llm.ToolSpec{{Name: "other", Schema: json.RawMessage(schema)}, {Name: "answer", Schema: json.RawMessage(schema)}}
	type messages = []deepseektest.Message
	for _, tt := range []struct {
		name    string
		request deepseektest.Request
		want    string
	}{
		{"enforced", deepseektest.Request{Schema: json.RawMessage(schema), Messages: messages{{Role: llm.RoleUser, Content: text}}}, neat},
		{"enforced, in words", deepseektest.Request{Schema: json.RawMessage(strict), Messages: messages{{Role: llm.RoleUser, Content: text}}}, neat},
		{"JSON mode", deepseektest.Request{Format: llm.FormatJSON, Messages: messages{asked}}, raw},
		{"JSON mode, corrected", deepseektest.Request{Format: llm.FormatJSON, Messages: messages{asked, said, wrong}}, neat},
		{"text", deepseektest.Request{Messages: messages{asked}}, "```json\n" + raw + "\n```"},
		{"text, corrected", deepseektest.Request{Messages: messages{asked, said, wrong}}, "```json\n" + neat + "\n```"},
		{"by example", deepseektest.Request{Format: llm.FormatJSON, Messages: messages{{Role: llm.RoleUser, Content: text + "\n" + `JSON like {"date":"2026-01-01","total":1}`}}}, `{"date":"3 March 2026","total":1250.00}`},
		{"tool", deepseektest.Request{Tools: tools, Messages: messages{user}}, "answer" + raw},
		{"tool, corrected", deepseektest.Request{Tools: tools, Messages: messages{user, called, refused}}, "answer" + neat},
		{"strict tool", deepseektest.Request{Beta: true, Tools: []llm.ToolSpec{{Name: "answer", Schema: json.RawMessage(strict), Strict: true}}, Messages: messages{user}}, "answer" + neat},
		{"beginning", deepseektest.Request{Messages: messages{asked, {Role: llm.RoleAssistant, Content: `{"date":"`, Prefix: true}}}, `3 March 2026","total":"1,250.00"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := deepseektest.StandIn().Func(tt.request)
			for _, c := range got.ToolCalls {
				got.Text += c.Name + c.Args
			}
			same(t, got.Text, tt.want)
		})
	}
}
