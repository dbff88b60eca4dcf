package deepseektest

import (
	"regexp"
	"slices"
	"strings"
)

// A label is a piece of text of the form "name: value".
type label struct {
	words []string
	value string
}

var labelForm = regexp.MustCompile(`(?:^|[,;，；。|])[\s\-*•>#|]*([\p{L}][\p{L}\p{N} _/.'()-]{0,40}?)[*_]*\s*(?:：|:[*_]*(?:\s|$))[*_]*`)

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
			list = append(list, label{labelWords(name), value})
		}
	}
	return list
}

// synonyms are words that stand for each other in labels and names of fields.
var synonyms = [][]string{
	{"number", "nr", "num", "id", "号码", "编号", "单号", "号"},
	{"total", "amount", "sum", "合计", "总额", "总计", "金额"},
	{"date", "day", "日期"}, {"time", "时间"}, {"due", "到期", "截止"},
	{"name", "姓名", "名字", "名称"}, {"title", "headline", "subject", "标题"},
	{"invoice", "bill", "发票"}, {"customer", "client", "buyer", "客户", "买方"}, {"vendor", "supplier", "seller", "供应商", "卖方"},
	{"company", "organization", "公司"}, {"product", "产品", "商品"}, {"item", "项目"},
	{"phone", "telephone", "tel", "mobile", "电话", "手机"}, {"email", "mail", "邮箱", "邮件"}, {"address", "地址"},
	{"price", "cost", "价格", "单价"}, {"quantity", "qty", "count", "数量"}, {"currency", "币种", "货币"},
	{"city", "town", "城市"}, {"country", "国家"}, {"place", "location", "地点"}, {"age", "old", "年龄", "岁"},
	{"author", "writer", "作者"}, {"language", "语言"}, {"note", "remark", "comment", "备注"},
}

// labelWords returns the words of a label or of the name of a field, with a
// synonym replaced by the first of its kind.
func labelWords(name string) []string {
	list := nameWords(name)
	for i, w := range list {
		for _, kind := range synonyms {
			if slices.ContainsFunc(kind, func(s string) bool { return stem(s) == w }) {
				list[i] = stem(kind[0])
			}
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
	value, top := "", 0.4
	for _, l := range labels {
		if score := l.fit(name, about); score > top {
			value, top = l.value, score
		}
	}
	return value, value != ""
}
