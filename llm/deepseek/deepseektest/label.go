package deepseektest

import (
	"regexp"
	"slices"
	"strings"
)

// A label is a piece of text of the form "name: value".
type label struct {
	name  string
	words []string
	value string
}

func newLabel(name, value string) label {
	return label{name: name, words: labelWords(name), value: value}
}

var labelForm = regexp.MustCompile(`(?:^|[,;，；。|])[\s\-*•>#|]*([\p{L}][\p{L}\p{N} _/.'()%-]{0,40}?)[*_]*\s*(?:：|:[*_]*(?:\s|$))[*_]*`)

// labelsOf returns the labels in a line. A value ends where the next label
// begins, or the line ends.
func labelsOf(line string) []label {
	at := labelForm.FindAllStringSubmatchIndex(line, -1)
	var list []label
	for i, m := range at {
		end := len(line)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		name, value := line[m[2]:m[3]], strings.Trim(strings.TrimSpace(line[m[1]:end]), "*_|;；，")
		if value = strings.TrimSpace(value); value != "" {
			list = append(list, newLabel(name, value))
		}
	}
	return list
}

// synonyms are words that stand for each other in labels and names of fields.
var synonyms = [][]string{
	{"number", "nr", "num", "id", "号码", "编号", "单号", "号"},
	{"total", "amount", "sum", "价税合计", "合计", "总额", "总计", "金额", "应付", "实付"},
	{"subtotal", "net", "小计"}, {"tax", "vat", "税额", "税金"}, {"discount", "rebate", "优惠", "折扣"},
	{"date", "day", "sent", "日期", "发送时间"}, {"time", "时间"}, {"due", "payable", "到期", "截止"},
	{"name", "姓名", "名字", "名称"}, {"title", "headline", "subject", "标题", "主题"},
	{"invoice", "bill", "发票"}, {"customer", "client", "buyer", "客户", "购买方", "买方", "购方"}, {"vendor", "supplier", "seller", "供应商", "销售方", "卖方", "销方"},
	{"from", "sender", "发件人"}, {"to", "recipient", "收件人"}, {"description", "article", "品名"},
	{"job", "work", "experience", "employment", "career", "工作经历", "工作经验"}, {"education", "study", "教育背景", "教育经历", "学历"},
	{"skill", "专业技能", "技能"}, {"level", "proficiency", "程度", "水平"}, {"role", "position", "职位", "岗位"},
	{"company", "organization", "公司"}, {"product", "产品", "商品"}, {"item", "项目"},
	{"phone", "telephone", "tel", "mobile", "电话", "手机"}, {"email", "mail", "邮箱", "邮件"}, {"address", "地址"},
	{"price", "cost", "价格", "单价"}, {"quantity", "qty", "count", "数量"}, {"currency", "币种", "货币"},
	{"city", "town", "城市"}, {"country", "国家"}, {"place", "location", "地点"}, {"age", "old", "年龄", "岁"},
	{"author", "writer", "作者"}, {"language", "语言能力", "语言"}, {"note", "remark", "comment", "备注"},
}

// synonymOf has the stem of the first of its kind for the stem of each synonym.
var synonymOf = func() map[string]string {
	of := make(map[string]string)
	for _, kind := range synonyms {
		for _, s := range kind {
			of[stem(s)] = stem(kind[0])
		}
	}
	return of
}()

// labelWords returns the words of a label or of the name of a field, with a
// synonym replaced by the first of its kind.
func labelWords(name string) []string {
	if kind, ok := parties[strings.ToLower(strings.TrimSpace(name))]; ok {
		return []string{stem(kind)}
	}
	list := nameWords(numberSign.ReplaceAllString(name, "number"))
	for i, w := range list {
		if first, ok := synonymOf[w]; ok {
			list[i] = first
		}
	}
	if !strings.ContainsFunc(name, isHan) {
		return list
	}
	for _, kind := range synonyms {
		if slices.ContainsFunc(kind, func(s string) bool { return isHan(rune1(s)) && strings.Contains(name, s) }) {
			list = slices.DeleteFunc(list, func(w string) bool { return strings.Contains(strings.Join(kind, " "), w) })
			list = append(list, stem(kind[0]))
		}
	}
	return list
}

// parties are the labels of several words for the parties of a bill.
var parties = map[string]string{"bill to": "customer", "billed to": "customer", "sold to": "customer", "invoice to": "customer", "issued by": "vendor", "sold by": "vendor"}

// numberSign is the short form of number, which is no word otherwise.
var numberSign = regexp.MustCompile(`(?i)\bno\.?$`)

// hasWord reports whether the words of a label or a field have one.
func hasWord(list []string, word string) bool { return slices.Contains(list, stem(word)) }

// withSynonyms returns the words of a name, and what else stands for them.
func withSynonyms(name []string) []string {
	list := slices.Clone(name)
	for _, w := range name {
		for _, kind := range synonyms {
			if stem(kind[0]) == w {
				list = append(list, kind...)
			}
		}
	}
	return list
}

// fit says from 0 to 1 how well a label fits a field. The last word of a name
// says what it is, the others say of what.
func (l label) fit(name, about []string) float64 {
	both := common(name, l.words)
	if len(both) == 0 {
		if len(l.words) > 0 && len(common(l.words, about)) == len(l.words) {
			return 0.45 // all of it is in the description
		}
		return 0
	}
	score := weigh(both, name) / max(weigh(name, name), weigh(l.words, l.words))
	if len(both) == len(l.words) {
		score = max(score, 0.5)
	}
	return score
}

func weigh(list, name []string) float64 {
	sum := float64(len(list))
	if len(name) > 0 && slices.Contains(list, name[len(name)-1]) {
		sum++
	}
	return sum
}

// bestLabel returns the value under the label that fits best.
func bestLabel(labels []label, name, about []string) (string, bool) {
	return bestValue(labels, field{name: name, about: about}, anything)
}

func anything(string) bool { return true }

// bestValue returns the value under the label that fits a field best, of those
// that may be of it.
func bestValue(labels []label, at field, may func(value string) bool) (string, bool) {
	value, top := "", 0.4
	for _, l := range labels {
		if score := l.fit(at.name, at.about); score > top && may(l.value) && !at.isOther(l) {
			value, top = l.value, score
		}
	}
	return value, value != ""
}

// isOther reports whether a label is that of another property beside the field.
func (at field) isOther(l label) bool {
	if at.in == nil || slices.Equal(l.words, at.name) {
		return false
	}
	return slices.ContainsFunc(at.in.Properties, func(p member) bool { return slices.Equal(labelWords(p.name), l.words) })
}
