package output

import (
	"math"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// weights are the probabilities of labels, by the tokens of a reply that is one of
// them: each token has with it the others that might have stood there, and these
// begin other labels.
type weights struct {
	labels  []string  // in lower case, without what may stand around them
	share   []float64 // of each label
	path    string    // what was written so far
	mass    float64   // probability of the path
	neutral float64   // of what says nothing of the label, such as a quote before it
	real    bool      // a probability was neither 0 nor 1
	decided bool
}

func newWeights[T ~string](labels []T) *weights {
	w := &weights{share: make([]float64, len(labels)), mass: 1}
	for _, l := range labels {
		w.labels = append(w.labels, strings.Trim(strings.ToLower(string(l)), around))
	}
	return w
}

// add takes the next token of the reply. It reports whether more are needed.
func (w *weights) add(t llm.Logprob) bool {
	for _, other := range t.Top {
		if p := probability(other.Logprob); p > 0 && other.Token != t.Token {
			w.real = true
			w.spread(other.Token, w.mass*p)
		}
	}
	p := probability(t.Logprob)
	w.real = w.real || p > 0 && p < 1
	w.mass *= p
	w.path += t.Token
	fitting := w.fitting(w.path, false)
	if len(fitting) == 1 && bare(w.path) != "" {
		w.share[fitting[0]] += w.mass // what follows is spelling
		w.decided = true
	}
	return !w.decided && len(fitting) > 0
}

// end reports whether the weights are of use.
func (w *weights) end() bool {
	if !w.decided {
		fitting := w.fitting(w.path, true)
		if len(fitting) != 1 {
			return false
		}
		w.share[fitting[0]] += w.mass
	}
	if !w.real || w.neutral >= 1 {
		return false
	}
	sum := 0.0
	for i := range w.share {
		w.share[i] = min(w.share[i]/(1-w.neutral), 1)
		sum += w.share[i]
	}
	return sum > 0
}

// spread gives the labels that may go on with a token their shares of p. One that
// goes on with no label is the end of the label that is there, if there is one.
func (w *weights) spread(token string, p float64) {
	text := w.path + token
	if bare(text) == "" {
		w.neutral += p
		return
	}
	fitting := w.fitting(text, false)
	if len(fitting) == 0 || strings.Trim(token, around) == "" {
		fitting = w.fitting(w.path, true)
	}
	for _, i := range fitting {
		w.share[i] += p / float64(len(fitting))
	}
}

// fitting returns the labels that text is, or if it is not whole, may become.
func (w *weights) fitting(text string, whole bool) []int {
	text = bare(text)
	end := strings.TrimRight(text, around)
	var list []int
	for i, l := range w.labels {
		if end == l || !whole && strings.HasPrefix(l, text) {
			list = append(list, i)
		}
	}
	return list
}

// around is what a model writes around a label.
const around = " \t\r\n\"'`*.:"

// bare returns text without what stands before a label, in lower case.
func bare(text string) string { return strings.ToLower(strings.TrimLeft(text, around)) }

// probability returns what a log probability says. The large negative number that
// providers write for what they have not measured comes to 0.
func probability(log float64) float64 {
	if math.IsNaN(log) {
		return 0
	}
	return math.Exp(min(log, 0))
}
