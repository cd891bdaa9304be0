// Topics fits latent Dirichlet allocation to a corpus, and prints the words of each topic.
//
//	go run ./examples/topics
//	go run ./examples/topics -data ap.ldac.gz -vocab ap.vocab.txt -topics 20 -holdout 0.1
//	go run ./examples/topics -data kos.ldac.gz -vocab kos.vocab.txt -topics 50 -batch 256 -iterations 200
//
// The first command fits 400 documents that the program makes up: each is about one or two
// of six subjects, whose words it knows.
//
// # Model
//
//	β_k ~ Dirichlet(η)   word probabilities of topic k
//	θ_d ~ Dirichlet(α)   topic proportions of document d
//	each word of d has a topic drawn from θ_d, and is drawn from that topic
//
// Without -batch all documents are used in each iteration, and the ELBO never falls; with
// it that many, drawn at random (Hoffman, Blei & Bach 2010), with step sizes
// (1 + t/10)^−0.6 unless the fit ends before.
//
// # Held-out documents
//
// -holdout keeps a part of the documents from the fit. Their perplexity is by completion:
// a random half of the words of each tells its topics, and exp(−mean log-probability) of the others
// is printed. A model that knows nothing has the size of the vocabulary.
//
// # Exit status
//
// 0 if the fit converged or made the iterations asked for by -iterations, 1 if not or the
// input is unusable, 2 for flags that are not understood.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"

	"natgrad/estimators"
	"natgrad/models"
	"natgrad/models/dataset"
	"natgrad/vi"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

const usage = `Topics fits latent Dirichlet allocation to a corpus and prints the words of each
topic. Without flags it fits a corpus that it makes up.

  -data FILE        corpus in the format of lda-c, plain or .gz: for each document
                    the number of different words, and word:count for each
  -vocab FILE       the words, one in a line. Default: their numbers
  -topics K         number of topics. Default: 6
  -alpha A          concentration of topics in a document. Default: 0, 1/K
  -eta E            concentration of words in a topic. Default: 0, 1/K
  -batch N          documents in each iteration. Default: 0, all
  -iterations N     end after so many. Default: 0, when converged
  -holdout FRACTION part of the documents kept from the fit. Default: 0.1
  -words N          words printed for each topic. Default: 10
  -seed N           of random numbers. Default: 1
  -json FILE        write the results as JSON; - is standard output, and the
                    report goes to standard error
`

type config struct {
	data, vocab, json         string
	topics, batch, iterations int
	words                     int
	alpha, eta, holdout       float64
	seed                      uint64
}

// run is the program, and returns its exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c config
	fs := flag.NewFlagSet("topics", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {}
	fs.StringVar(&c.data, "data", "", "")
	fs.StringVar(&c.vocab, "vocab", "", "")
	fs.IntVar(&c.topics, "topics", 6, "")
	fs.Float64Var(&c.alpha, "alpha", 0, "")
	fs.Float64Var(&c.eta, "eta", 0, "")
	fs.IntVar(&c.batch, "batch", 0, "")
	fs.IntVar(&c.iterations, "iterations", 0, "")
	fs.Float64Var(&c.holdout, "holdout", 0.1, "")
	fs.IntVar(&c.words, "words", 10, "")
	fs.Uint64Var(&c.seed, "seed", 1, "")
	fs.StringVar(&c.json, "json", "", "")
	err := fs.Parse(args)
	if err == nil && fs.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q: a corpus is given by -data", fs.Arg(0))
		fmt.Fprintln(stderr, err)
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "topics -h explains the flags")
		return 2
	}
	if err := fitFile(ctx, &c, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "topics:", err)
		return 1
	}
	return 0
}

// check refuses what no fit can have, before any file is read.
func (c *config) check() error {
	for _, f := range []struct {
		name  string
		value float64
		zero  bool
	}{
		{"-topics", float64(c.topics), false},
		{"-words", float64(c.words), false},
		{"-alpha", c.alpha, true},
		{"-eta", c.eta, true},
		{"-batch", float64(c.batch), true},
		{"-iterations", float64(c.iterations), true},
	} {
		if !(f.value > 0 || f.zero && f.value == 0) || math.IsInf(f.value, 0) {
			return fmt.Errorf("%s is %v, want a positive finite number", f.name, f.value)
		}
	}
	if !(c.holdout >= 0 && c.holdout < 1) {
		return fmt.Errorf("-holdout is %v, want a fraction from 0 to below 1", c.holdout)
	}
	return nil
}

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

func fitFile(ctx context.Context, c *config, stdout, stderr io.Writer) error {
	if err := c.check(); err != nil {
		return err
	}
	docs, vocab, err := load(c)
	if err != nil {
		return err
	}
	report := stdout
	if c.json == "-" {
		report = stderr
	}
	n, v := docs.Dims()
	train, test := docs, (*models.CSR)(nil)
	if c.holdout > 0 && n > 1 {
		in, out, err := dataset.Holdout(n, c.holdout, c.seed, nil)
		if err != nil {
			return fmt.Errorf("-holdout: %w", err)
		}
		train, test = docs.Gather(nil, in).(*models.CSR), docs.Gather(nil, out).(*models.CSR)
	}
	m, err := models.NewLDA(train, c.topics, c.alpha, c.eta)
	if err != nil {
		return err
	}
	set := &vi.Settings{Starts: 1, Check: -1, Seed: c.seed, MaxIterations: c.iterations, Tolerance: 1e-2 * math.Sqrt(float64(m.Dim()))}
	if fitted, _ := train.Dims(); c.batch > 0 && c.batch < fitted {
		set.Estimator = &estimators.Minibatch{Estimator: new(estimators.Local), Size: c.batch}
		set.Tolerance = 0
		if c.iterations > 0 {
			set.Schedule = vi.RobbinsMonro{}
		}
	}
	res, err := vi.Fit(ctx, vi.Problem{Model: m}, set)
	if res == nil || math.IsNaN(res.ELBO) || math.IsInf(res.ELBO, 0) {
		return fmt.Errorf("no fit: %w", errors.Join(err, ctx.Err()))
	}
	o := summarise(c, m, res, vocab, train, v)
	if test != nil {
		perplexity, words := m.Completion(res.Q.Natural(nil), res.Q.Mean(nil), test, rand.New(rand.NewPCG(c.seed, 1)))
		if words > 0 {
			d, _ := test.Dims()
			o.Holdout = &held{d, words, perplexity}
		}
	}
	print(report, o)
	if c.json != "" {
		if e := writeJSON(c.json, stdout, o); e != nil {
			return errors.Join(err, e)
		}
	}
	if err == nil && res.Status != vi.Converged && !(res.Status == vi.IterationLimit && c.iterations > 0) {
		err = fmt.Errorf("not converged: %v after %d iterations", res.Status, res.Iterations)
	}
	return err
}

// load reads the corpus and the words.
func load(c *config) (*models.CSR, []string, error) {
	if c.data == "" {
		if c.vocab != "" {
			return nil, nil, errors.New("-vocab needs -data FILE")
		}
		docs, vocab := madeUp()
		return docs, vocab, nil
	}
	var vocab []string
	if c.vocab != "" {
		text, err := os.ReadFile(c.vocab)
		if err != nil {
			return nil, nil, fmt.Errorf("-vocab: %w", err)
		}
		vocab = strings.Fields(string(text))
		if len(vocab) == 0 {
			return nil, nil, fmt.Errorf("-vocab: %s has no words", c.vocab)
		}
	}
	docs, err := dataset.OpenLDAC(c.data, len(vocab))
	if err != nil {
		return nil, nil, err
	}
	_, v := docs.Dims()
	for w := len(vocab); w < v; w++ {
		vocab = append(vocab, fmt.Sprint(w))
	}
	return docs, vocab, nil
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

func print(w io.Writer, o *output) {
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

func writeJSON(path string, stdout io.Writer, o *output) error {
	data, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		return fmt.Errorf("-json: %w", err)
	}
	data = append(data, '\n')
	if path == "-" {
		_, err = stdout.Write(data)
	} else {
		err = os.WriteFile(path, data, 0o666)
	}
	if err != nil {
		return fmt.Errorf("-json: %w", err)
	}
	return nil
}
