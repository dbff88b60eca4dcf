package repair_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// The words of the random documents: what extraction tasks have in them, with
// the commas, apostrophes, quotes, colons, braces and links that texts have.

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// chance reports true in percent of all cases.
func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

var (
	people     = []string{"Anna Müller", "Liam O'Connor", "Wei Zhang", "Sofia Rossi", "陈晓明", "李娜", "Jean-Luc D'Arcy", "Priya Natarajan", "Maria da Silva", "Tom Baker", "王芳", "Dwayne \"Buddy\" Hart"}
	companies  = []string{"Nordlicht Optik GmbH", "O'Reilly & Sons, Ltd.", "Acme Corp.", "深圳市海格科技有限公司", "Blue Harbor, Inc.", "Café Möwe", "Kestrel Systems", "Yamamoto Trading Co., Ltd.", "杭州云栖网络有限公司"}
	cities     = []string{"Berlin", "Shanghai", "New York", "São Paulo", "杭州", "Dublin", "Kuala Lumpur", "Zürich", "深圳"}
	streets    = []string{"Hafenstr. 12", "221B Baker Street", "5th Avenue 340, Apt. 7", "中山路88号3楼", "Rue de l'Église 4", "Lange Reihe 9-11"}
	titles     = []string{"Quarterly review", "Login fails after update", "Lemon tart: the quick one", "Re: your order #48213", "Kick-off (with customer)", "产品评审会", "What's new in version 2.1?", "Printer says \"PC LOAD LETTER\"", "退货申请", "Senior Engineer", "Head of Sales, EMEA", "Grandma's apple cake"}
	things     = []string{"USB-C cable, 2 m", "Desk lamp", "27\" monitor", "Notebook A5 (dotted)", "Olive oil", "蓝牙耳机", "保温杯 500ml", "Screws M4x20, 100 pcs", "Wool sweater", "Children's bike", "flour", "brown sugar", "大米"}
	terms      = []string{"escrow", "net working capital", "单点登录", "back-pressure", "O'Neill test", "cache", "marginal cost", "幂等", "deadlock", "goodwill"}
	tags       = []string{"urgent", "billing", "follow-up", "Go", "Kubernetes", "project management", "数据分析", "C++", "node.js", "machine learning", "SQL", "peanuts", "penicillin", "客户服务"}
	paths      = []string{`C:\Program Files\Acme\log.txt`, `D:\Daten\Projekte\2026`, "/var/log/app/*.log", "~/Documents/report (final).pdf", `\\server\share\Docs`, "/etc/hadal.d"}
	patterns   = []string{`^\d{4}-\d{2}$`, `\w+\.tmp`, `[^a-z]+`, `\s+$`, `^(foo|bar): .*`}
	keys       = []string{"beta_search", "dark_mode", "PATH_PREFIX", "max_upload_kb", "region", "home", "office", "mobile", "de", "zh", "fr", "retry.count", "x-forwarded", "工作"}
	drugs      = []string{"ibuprofen", "metoprolol", "Amoxicillin", "阿司匹林", "L-Thyroxin"}
	languages  = []string{"German", "English", "中文", "Brazilian Portuguese", "French"}
	filenames  = []string{"invoice_2026-03.pdf", "photo 1.jpg", "简历-李娜.docx", "data (1).csv", "src", "node_modules", "README.md"}
	questions  = []string{"What does the warranty cover?", "Who signed the contract, and when?", "保修期是多久?", "Is \"next day\" delivery possible?", "How much is the fee?"}
	links      = []string{"https://example.com/a?b=1&c=2", "https://shop.example.org/items/4711#reviews", "http://localhost:8080/health", "https://zh.example.cn/产品/88", "https://example.net/path,with,commas/(x)"}
	codes      = []string{"INV-2026-0042", "A-113", "SKU_99812", "DE811907980", "J45.9", "E11", "4f2a9c", "R2-D2", "ORD/77/19"}
	phones     = []string{"+49 40 123456", "(212) 555-0147", "138 0013 8000", "0800-4711"}
	teams      = []string{"Platform", "Field Sales", "研发一部", "People & Culture", "Customer Success", "Ops"}
	stackLines = []string{"main.go:42 +0x1d", "at com.acme.Order.total(Order.java:118)", "File \"app.py\", line 7, in <module>", "runtime.gopanic({0x1, 0x2})"}
)

var sentences = []string{
	"The parcel arrived on Tuesday, two days late, and the box was open.",
	"She said \"no thanks\" and left.",
	"It's the customer's third complaint; we shouldn't wait.",
	"Please note: the price excludes VAT (19%), shipping, and handling.",
	"See https://example.com/help?id=7&lang=en for details.",
	"The so-called \"fast lane\" is slower than the normal one.",
	"Set {\"debug\": true} in the config, then restart.",
	"Use the placeholder {name} in the template.",
	"Steps: 1) open the app, 2) press \"Start\", 3) wait.",
	"Temperature was 38.5 °C at 07:30, pulse 96.",
	"He didn't reply, so I've called him - twice.",
	"Mix flour, sugar and butter; don't over-work the dough.",
	"Total: 1,250.00 EUR, of which 250.00 EUR are open.",
	"The error reads: unexpected token ']' at line 3 [parser.c:88].",
	"Responsible for a team of 12, a budget of $3.5m, and \"everything else\".",
	"Patient reports pain in the left knee since 3/4; no fever.",
	"All tests pass // except the slow ones.",
	"C# and F# are both fine, as is /* almost */ anything.",
	"Bake for 40 minutes at 180°C.",
	"We met in Paris, France, in 2019.",
	"The file is at C:\\Daten\\Projekte and can't be moved.",
	"Really? Yes: really!",
	"Total 5 * 3 = 15, so a_b_c stays.",
	"null is not an answer, and neither is true.",
	"Kind regards,\nAnna",
	"First line\nSecond line: \"quoted\"\n\n- item one\n- item two",
	"Column A\tColumn B\n1\t2",
}

var chineseSentences = []string{
	"客户反映包装破损，要求退款。",
	"他说“下周再说”，然后挂了电话。",
	"请注意：价格不含税（13%）。",
	"会议定于3月12日下午2:30，地点：三楼会议室。",
	"详情见 https://example.cn/帮助?id=7 。",
	"这款产品\"性价比很高\"，值得购买。",
	"第一步：打开应用；第二步：点击“开始”。\n第三步：等待。",
	"患者自述咳嗽三天，无发热。",
	"备注：{姓名} 需要替换。",
}

// prose returns a text of up to n sentences.
func prose(r *rand.Rand, n int) string {
	list := sentences
	if chance(r, 25) {
		list = chineseSentences
	}
	var b strings.Builder
	for i := range 1 + r.IntN(n) {
		if i > 0 {
			b.WriteString(pick(r, []string{" ", " ", " ", "\n"}))
		}
		b.WriteString(pick(r, list))
	}
	return b.String()
}

func date(r *rand.Rand) string {
	return fmt.Sprintf("20%02d-%02d-%02d", 10+r.IntN(18), 1+r.IntN(12), 1+r.IntN(28))
}

func clock(r *rand.Rand) string {
	return fmt.Sprintf("%sT%02d:%02d:%02d%s", date(r), r.IntN(24), r.IntN(60), r.IntN(60), pick(r, []string{"Z", "+08:00", "+02:00"}))
}

func mailbox(r *rand.Rand) string {
	return pick(r, []string{"anna.mueller", "li_na", "t.baker", "info", "o.connor+work"}) + "@" + pick(r, []string{"example.com", "mail.example.org", "example.cn"})
}

// words says which words a member of that name has.
var words = map[string][]string{
	"name": people, "person": people, "author": people, "assignee": people, "speaker": people, "owner": people, "lead": people, "姓名": people,
	"firstName": {"Anna", "Liam", "Wei", "娜", "Jean-Luc"}, "lastName": {"Müller", "O'Connor", "Zhang", "李", "D'Arcy"}, "initials": {"A.M.", "L. O'C.", "WZ"},
	"company": companies, "city": cities, "location": cities, "country": {"Germany", "China", "Ireland"}, "street": streets, "地址": streets,
	"title": titles, "subject": titles, "jobTitle": titles, "headline": titles, "calendar": titles,
	"ingredient": things, "productName": things, "名称": things, "query": things, "key_phrase": titles,
	"labels": tags, "tags": tags, "skills": tags, "keywords": tags, "allergies": tags, "see_also": terms, "translations": terms,
	"log_path": paths, "exclude_pattern": patterns, "drug": drugs, "language": languages, "filename": filenames,
	"question": questions, "url": links, "host": {"localhost", "db-1.internal", "10.0.0.7", "api.example.com"},
	"sku": codes, "invoice_number": codes, "vat_id": codes, "icd_code": codes, "traceId": codes, "order_id": codes, "订单号": codes, "ticker": {"ACME", "NOK", "BRK.B", "600519"},
	"postalCode": {"20457", "D02 AF30", "310000"}, "phone": phones, "phones": phones, "电话": phones, "stack": stackLines,
	"service": {"checkout", "auth-service", "mail worker"}, "team": teams, "department": teams, "division": teams, "env": slicesOf(paths, links, tags),
}

func slicesOf(lists ...[]string) []string {
	var all []string
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// text returns a text for a member of that name.
func text(r *rand.Rand, name, format string) string {
	switch {
	case format == "date":
		return date(r)
	case format == "date-time":
		return clock(r)
	case format == "uri":
		return pick(r, links[:3])
	case format == "email" || name == "email" || name == "emails" || name == "to" || name == "cc" || name == "from":
		return mailbox(r)
	case words[name] != nil:
		return pick(r, words[name])
	case name == "body" || name == "paragraphs" || name == "summary":
		return prose(r, 4)
	}
	return prose(r, 2)
}
