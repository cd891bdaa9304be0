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
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"natgrad/estimators"
	"natgrad/examples/internal/cli"
	"natgrad/models"
	"natgrad/models/dataset"
	"natgrad/vi"
)

func main() { cli.Main(run) }

// run is the program, and returns its exit status.
func run(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) int {
	c := new(config)
	return cli.Run("topics", usage, args, stdout, stderr, c.define, func() error {
		return fitFile(ctx, c, stdout, stderr)
	})
}

// fitFile reads the corpus, fits, and writes the results. Its error is nil only for a fit
// that ended as asked.
func fitFile(ctx context.Context, c *config, stdout, stderr io.Writer) error {
	if err := c.check(); err != nil {
		return err
	}
	docs, vocab, err := load(c)
	if err != nil {
		return err
	}
	report := &cli.Report{W: stdout}
	if c.json == "-" {
		report.W = stderr
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
		perplexity, words, err := m.Completion(res.Q.Natural(nil), test, rand.New(rand.NewPCG(c.seed, 1)))
		if err != nil {
			return err
		}
		if words > 0 {
			d, _ := test.Dims()
			o.Holdout = &held{d, words, perplexity}
		}
	}
	printTopics(report, o)
	if c.json != "" {
		err = errors.Join(err, cli.WriteJSON(c.json, stdout, o))
	}
	if err == nil && res.Status != vi.Converged && !(res.Status == vi.IterationLimit && c.iterations > 0) {
		err = fmt.Errorf("not converged: %v after %s", res.Status, cli.Count(res.Iterations, "iteration"))
	}
	return errors.Join(err, report.Err)
}
