package repair

import "strings"

// aside is the cost of a value that stands where the model reasons, or that it
// does not stand by. It outweighs the repairs of the value that it stands by.
const aside = 2000

// maxAsides bounds the places of which [asides] knows.
const maxAsides = 64

// asides returns where the model reasons.
func asides(text string) (list [][2]int) {
	if strings.IndexByte(text, '<') < 0 {
		return nil
	}
	for _, tag := range []string{"think", "thinking", "reasoning", "analysis", "scratchpad"} {
		open, shut := "<"+tag+">", "</"+tag+">"
		at := 0
		for {
			end := strings.Index(text[at:], shut)
			if end < 0 || len(list) == maxAsides {
				break
			}
			start := strings.Index(text[at:at+end], open)
			list = append(list, [2]int{at + max(start, 0), at + end})
			at += end + len(shut)
		}
	}
	return list
}

func (f *finder) isAside(i int) bool {
	for _, s := range f.asides {
		if s[0] <= i && i < s[1] {
			return true
		}
	}
	return false
}

// corrections are words by which a model takes back what it has just written.
var corrections = []string{
	"wrong", "incorrect", "not right", "not correct", "mistake", "instead", "actually", "correction", "corrected", "correct answer", "correct one",
	"final", "revised", "updated version", "fixed version", "should be", "let me fix", "better:", "improved",
	"不对", "不正确", "错误", "有误", "更正", "修正", "改为", "最终", "正确的", "应该是", "应为",
}

// previews are words by which a model says that what follows is not the answer.
var previews = []string{
	"draft", "example", "e.g.", "for instance", "template", "schema", "sample", "first thought", "first i thought", "initial", "at first", "format",
	"草稿", "初稿", "示例", "例如", "举例", "样例", "模板", "格式",
}

// demote makes candidates dearer that are drafts by what the text says: the words
// before them announce one, or the words after them take them back.
func (f *finder) demote(list []candidate) {
	const far, many = 160, 100
	if len(list) > many {
		return
	}
	for i := range list {
		c := &list[i]
		if c.inner > 0 || len(list) < 2 {
			continue
		}
		from, to := 0, len(f.text)
		if i > 0 && list[i-1].inner == 0 {
			from = list[i-1].end
		}
		if i+1 < len(list) && list[i+1].inner == 0 {
			to = list[i+1].start
		}
		before := strings.ToLower(f.text[max(from, c.start-far):c.start])
		after := strings.ToLower(f.text[c.end:min(to, c.end+far)])
		if has(before, previews) && !has(before, corrections) || i+1 < len(list) && has(after, corrections) {
			c.cost += aside
		}
	}
}

func has(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
