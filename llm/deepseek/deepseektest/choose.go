package deepseektest

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// choose returns the value of an enumeration that the text speaks of.
func (f *filler) choose(at field) (json.RawMessage, bool) {
	texts := []string{f.text}
	if s, ok := bestValue(f.labels, at, anything); ok {
		texts = []string{s, f.text}
	}
	for _, text := range texts {
		of := words(text)
		top, found := 0.0, json.RawMessage(nil)
		for _, e := range at.Enum {
			var s string
			if json.Unmarshal(e, &s) != nil {
				s = string(e)
			}
			name := nameWords(s)
			score := float64(len(common(name, of))) / float64(max(len(name), 1))
			if strings.Contains(strings.ToLower(text), strings.ToLower(s)) && s != "" {
				score += 1
			}
			if score += mood(s, of) + cue(s, text); score > top {
				top, found = score, e
			}
		}
		if found != nil {
			return found, true
		}
	}
	if code, ok := named(at.Enum, currencyOf(f.text)); ok {
		return code, true
	}
	for _, e := range at.Enum {
		switch strings.ToLower(strings.Trim(string(e), `"`)) {
		case "other", "unknown", "none", "neutral", "其他", "未知", "中性":
			return e, false
		}
	}
	return at.Enum[0], false
}

var (
	goodWords = "good great excellent love like happy perfect wonderful fast best pleas delight recommend nice friendly enjoy"
	badWords  = "bad terribl awful hat broken slow worst disappoint poor refund rude late never fail unhappy angry waste"
)

// mood says how far words speak for a value such as "positive".
func mood(value string, of []string) float64 {
	list := ""
	switch strings.ToLower(value) {
	case "positive", "good":
		list = goodWords
	case "negative", "bad":
		list = badWords
	}
	return float64(len(common(of, strings.Fields(list)))) / 4
}

func (f *filler) boolean(at field) (value, found bool) {
	if s, ok := bestValue(f.labels, at, anything); ok {
		return !slices.Contains([]string{"no", "false", "none", "n", "0", "否", "无"}, strings.ToLower(strings.TrimRight(s, "."))), true
	}
	for _, s := range f.pieces {
		if of := labelWords(s.text); len(at.name) > 0 && len(common(at.name, of)) == len(at.name) {
			return !negation.MatchString(s.text), true
		}
	}
	return false, false
}

var negation = regexp.MustCompile(`(?i)\b(?:not|no|never|without|isn't|aren't|wasn't|don't|doesn't|cannot|can't)\b|不|没|未|无`)

// named returns the value of an enumeration that is a text.
func named(enum []json.RawMessage, text string) (json.RawMessage, bool) {
	for _, e := range enum {
		var s string
		if json.Unmarshal(e, &s) == nil && s == text && s != "" {
			return e, true
		}
	}
	return nil, false
}

// cues are words that speak for what somebody wants.
var cues = []struct {
	kind string
	form *regexp.Regexp
}{
	{"complaint", regexp.MustCompile(`(?i)\bbroken\b|disappointed|money back|refund the|lawyer|\bagain\b|投诉|损坏|质量问题`)},
	{"inquiry", regexp.MustCompile(`(?i)\bquot(?:e|ation)\b|\bprice list\b|interested in|询价|报价|咨询`)},
	{"order", regexp.MustCompile(`(?i)\bwould like to order\b|\bpurchase order\b|订购|下单`)},
	{"cancellation", regexp.MustCompile(`(?i)\bcancel|取消|退订`)},
	{"meeting", regexp.MustCompile(`(?i)\bmeet\b|\bmeeting\b|\bvisit\b|\bappointment\b|见面|会议|拜访`)},
	{"billing", regexp.MustCompile(`(?i)\binvoices?\b|\brefund|\bcharged\b|\bpayment\b|\bpay\b|发票|退款|付款|货款`)},
	{"bug", regexp.MustCompile(`(?i)\bbugs?\b|\bcrash|\bstack trace\b|\berrors?\b|崩溃|闪退|报错|故障`)},
	{"contract", regexp.MustCompile(`(?i)\bcontracts?\b|\bclauses?\b|\bagreement\b|合同|条款|协议`)},
}

// cue says how far a text speaks for a value such as "complaint".
func cue(value, text string) float64 {
	for _, c := range cues {
		if strings.EqualFold(value, c.kind) {
			return float64(len(c.form.FindAllString(text, -1))) / 2
		}
	}
	return 0
}
