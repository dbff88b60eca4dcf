package deepseektest

import (
	"regexp"
	"strings"
)

var (
	productForm = regexp.MustCompile(`(\d+(?:[.,]\d+)*)\s*\p{L}*\s*[x×*@]\s*[€$£¥￥]?(\d+(?:[.,]\d+)*)(?:\s*=\s*[€$£¥￥]?(\d+(?:[.,]\d+)*))?`)
	grandForm   = regexp.MustCompile(`(?i)grand total|total due|amount due|balance due|to pay|价税合计|应付|实付`)
)

// lineItem returns an item of a bill with the numbers that it names: "a thing:
// 2 x 3.50 = 7.00". Anything else is returned as it is.
func lineItem(s string) row {
	m := productForm.FindStringSubmatchIndex(s)
	if m == nil {
		if list := looseLabels(s); len(list) > 1 {
			return row{text: s, labels: append(list, newLabel("description", cells(s, gap3)[0]))}
		}
		return row{text: s}
	}
	r := row{text: s, labels: []label{newLabel("quantity", s[m[2]:m[3]]), newLabel("unit price", s[m[4]:m[5]])}}
	if m[6] >= 0 {
		r.labels = append(r.labels, newLabel("amount", s[m[6]:m[7]]))
	}
	if name := strings.Trim(s[:m[0]], " :：-–"); name != "" {
		r.labels = append(r.labels, newLabel("description", name))
	}
	return r
}

// grandTotal returns what is to be paid in the end, where a text says that apart
// from other sums.
func grandTotal(text string) string {
	for line := range strings.Lines(text) {
		if m := grandForm.FindStringIndex(line); m != nil {
			if list := numberForm.FindAllString(line[m[1]:], -1); len(list) > 0 {
				return list[len(list)-1]
			}
		}
	}
	return ""
}

// currencies are the signs and words for the codes of ISO 4217.
var currencies = []struct {
	code string
	form *regexp.Regexp
}{
	{"EUR", regexp.MustCompile(`\bEUR\b|€|(?i:\beuros?\b)|欧元`)},
	{"GBP", regexp.MustCompile(`\bGBP\b|£`)},
	{"USD", regexp.MustCompile(`\bUSD\b|\$|美元`)},
	{"CNY", regexp.MustCompile(`\b(?:CNY|RMB)\b|人民币|￥|(?:\d\s?|整)元|圆|微信支付|支付宝`)},
	{"JPY", regexp.MustCompile(`\bJPY\b|日元|円|¥`)},
	{"CHF", regexp.MustCompile(`\bCHF\b`)},
}

// currencyOf returns the code of the currency that a text names most often, or "".
func currencyOf(text string) string {
	code, most := "", 0
	for _, c := range currencies {
		if n := len(c.form.FindAllString(text, -1)); n > most {
			code, most = c.code, n
		}
	}
	if code == "JPY" && strings.ContainsFunc(text, isHan) && !currencies[4].form.MatchString(strings.ReplaceAll(text, "¥", "")) {
		return "CNY" // it has the same sign
	}
	return code
}
