package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"natgrad/models"
	"natgrad/vi"
)

// output is what -json writes.
type output struct {
	Documents  int     `json:"documents"` // fitted
	Words      int     `json:"words"`     // in the vocabulary
	ELBO       float64 `json:"elbo"`
	ELBOStdErr float64 `json:"elbo_se"`
	PerWord    float64 `json:"elbo_per_word"`
	Topics     []topic `json:"topics"`
	Holdout    *held   `json:"holdout"`
	Status     string  `json:"status"`
	Iterations int     `json:"iterations"`
	Seconds    float64 `json:"seconds"`
}

type topic struct {
	Share float64 `json:"share"` // of the words of the corpus
	Words []word  `json:"words"`
}

type word struct {
	Word string  `json:"word"`
	P    float64 `json:"p"`
}

type held struct {
	Documents  int     `json:"documents"`
	Words      int     `json:"words"`
	Perplexity float64 `json:"perplexity"`
}

// summarise reads topics, the most frequent first.
func summarise(c *config, m *models.LDA, res *vi.Result, vocab []string, train *models.CSR, v int) *output {
	n, _ := train.Dims()
	o := &output{Documents: n, Words: v, ELBO: res.ELBO, ELBOStdErr: res.StdErr, Status: res.Status.String(), Iterations: res.Iterations, Seconds: res.Runtime.Seconds()}
	λ := res.Q.Natural(nil)
	prior := make([]float64, len(λ))
	m.GlobalNatural(prior)
	var all float64
	for k := range c.topics {
		var concentration, tokens float64
		words := make([]word, v)
		for w := range words {
			i := k*v + w
			concentration += λ[i] + 1
			tokens += λ[i] - prior[i]
			words[w] = word{vocab[w], λ[i] + 1}
		}
		for w := range words {
			words[w].P /= concentration
		}
		slices.SortStableFunc(words, func(a, b word) int {
			switch {
			case a.P > b.P:
				return -1
			case a.P < b.P:
				return 1
			}
			return 0
		})
		o.Topics = append(o.Topics, topic{tokens, words[:min(c.words, v)]})
		all += tokens
	}
	o.PerWord = res.ELBO / all
	for k := range o.Topics {
		o.Topics[k].Share /= all
	}
	slices.SortStableFunc(o.Topics, func(a, b topic) int {
		switch {
		case a.Share > b.Share:
			return -1
		case a.Share < b.Share:
			return 1
		}
		return 0
	})
	return o
}

// printTopics writes the report.
func printTopics(w io.Writer, o *output) {
	fmt.Fprintf(w, "data    %d documents fitted, a vocabulary of %d words\n\n%5s %7s  words\n", o.Documents, o.Words, "topic", "share")
	for k, t := range o.Topics {
		names := make([]string, len(t.Words))
		for i, w := range t.Words {
			names[i] = w.Word
		}
		fmt.Fprintf(w, "%5d %6.1f%%  %s\n", k+1, 100*t.Share, strings.Join(names, " "))
	}
	fmt.Fprintf(w, "\nELBO    %.3f nats, %.4f per word\nstatus  %s after %d iterations in %.3g s\n", o.ELBO, o.PerWord, o.Status, o.Iterations, o.Seconds)
	if o.Holdout != nil {
		fmt.Fprintf(w, "test    %d documents: perplexity %.2f of %d words, given the others\n", o.Holdout.Documents, o.Holdout.Perplexity, o.Holdout.Words)
	}
}
