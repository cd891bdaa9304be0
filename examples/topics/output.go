package main

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"

	"natgrad/examples/internal/cli"
	"natgrad/models"
)

// output is what -json writes. Other programs read it: keep the names.
type output struct {
	Documents  int      `json:"documents"` // fitted
	Words      int      `json:"words"`     // in the vocabulary
	ELBO       float64  `json:"elbo"`
	ELBOStdErr float64  `json:"elbo_se"`
	PerWord    float64  `json:"elbo_per_word"`
	Topics     []topic  `json:"topics"`
	Holdout    *held    `json:"holdout"`
	Status     string   `json:"status"`
	Notes      []string `json:"notes"`
	Iterations int      `json:"iterations"`
	Seconds    float64  `json:"seconds"`
}

type topic struct {
	Share float64 `json:"share"` // of the words of the documents
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

// summarise reads topics, the most frequent first, and judges them by the documents held out.
func summarise(c *config, in *input, f *fitted) (*output, error) {
	n, v := in.train.Dims()
	o := &output{Documents: n, Words: v, ELBO: f.res.ELBO, ELBOStdErr: f.res.StdErr, PerWord: f.res.ELBO / f.words, Status: f.res.Status.String(),
		Notes: append([]string{}, in.notes...), Iterations: f.res.Iterations, Seconds: f.res.Runtime.Seconds()}
	for _, k := range f.order {
		λ := f.λ[k*v : (k+1)*v]
		var concentration float64
		words := make([]word, v)
		for w, l := range λ {
			concentration += l + 1
			words[w] = word{in.words[w], l + 1}
		}
		slices.SortStableFunc(words, func(a, b word) int { return cmp.Compare(b.P, a.P) })
		words = slices.Clone(words[:min(c.words, v)])
		for w := range words {
			words[w].P /= concentration
		}
		o.Topics = append(o.Topics, topic{f.share[k], words})
	}
	if in.test != nil {
		perplexity, words, err := f.model.Completion(f.λ, in.test, rand.New(rand.NewPCG(c.seed, 1)))
		if err != nil {
			return nil, err
		}
		if words > 0 {
			d, _ := in.test.Dims()
			o.Holdout = &held{d, words, perplexity}
		}
	}
	return o, nil
}

func printData(w io.Writer, in *input) {
	n, v := in.docs.Dims()
	fmt.Fprintf(w, "data    %s: %s, a vocabulary of %s\n", in.name, cli.Count(n, "document"), cli.Count(v, "word"))
	for _, note := range in.notes {
		fmt.Fprintf(w, "        %s\n", note)
	}
}

// printTopics writes the report.
func printTopics(w io.Writer, o *output) {
	fmt.Fprintf(w, "\n%5s %7s  words\n", "topic", "share")
	for k, t := range o.Topics {
		names := make([]string, len(t.Words))
		for i, w := range t.Words {
			names[i] = w.Word
		}
		fmt.Fprintf(w, "%5d %6.1f%%  %s\n", k+1, 100*t.Share, strings.Join(names, " "))
	}
	fmt.Fprintf(w, "\nELBO    %.3f nats, %.4f per word\nstatus  %s after %s in %.3g s\n", o.ELBO, o.PerWord, o.Status, cli.Count(o.Iterations, "iteration"), o.Seconds)
	if o.Holdout != nil {
		fmt.Fprintf(w, "test    %s: perplexity %.2f of %s, given the others\n", cli.Count(o.Holdout.Documents, "document"), o.Holdout.Perplexity, cli.Count(o.Holdout.Words, "word"))
	}
}

// writeAssignments writes the expected proportions of topics of all documents.
func writeAssignments(path string, c *config, in *input, f *fitted) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("-assign: %w", err)
		}
	}()
	m, err := models.NewLDA(in.docs, c.topics, c.alpha, c.eta)
	if err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if e := file.Close(); err == nil {
			err = e
		}
	}()
	w := csv.NewWriter(file)
	line := []string{"document", "held_out", "topic"}
	for k := range f.order {
		line = append(line, fmt.Sprint("topic", k+1))
	}
	w.Write(line)
	m.Expect(f.λ, f.μ)
	n, _ := in.docs.Dims()
	h := newHoldout(c, n)
	share := make([]float64, c.topics)
	for d := range n {
		m.Topics(share, d)
		if err := m.Explain(nil); err != nil {
			return err
		}
		line = append(line[:0], strconv.Itoa(d+1), "0", "")
		if in.files != nil {
			line[0] = in.files[d]
		}
		if h.next() {
			line[1] = "1"
		}
		top := 0
		for i, k := range f.order {
			if share[k] > share[f.order[top]] {
				top = i
			}
			line = append(line, strconv.FormatFloat(share[k], 'g', -1, 64))
		}
		line[2] = strconv.Itoa(top + 1)
		w.Write(line)
	}
	w.Flush()
	return w.Error()
}
