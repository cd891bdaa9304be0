package main

import (
	"flag"
	"fmt"

	"natgrad/examples/internal/cli"
)

const usage = `Topics fits latent Dirichlet allocation to a corpus and prints the words of each
topic. Without flags it fits a corpus that it makes up.

  -data FILE        corpus in the format of lda-c, plain or .gz: for each
                    document the number of different words, and word:count for
                    each
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

// config holds the flags.
type config struct {
	data, vocab, json         string
	topics, batch, iterations int
	words                     int
	alpha, eta, holdout       float64
	seed                      uint64
}

// define declares the flags. They are described in usage.
func (c *config) define(fs *flag.FlagSet) {
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
}

// check refuses what no fit can have, before any file is read.
func (c *config) check() error {
	if !(c.holdout >= 0 && c.holdout < 1) {
		return fmt.Errorf("-holdout is %v, want a fraction from 0 to below 1", c.holdout)
	}
	return cli.CheckNumbers(
		cli.Number{Name: "-topics", Value: float64(c.topics)},
		cli.Number{Name: "-words", Value: float64(c.words)},
		cli.Number{Name: "-alpha", Value: c.alpha, Zero: true},
		cli.Number{Name: "-eta", Value: c.eta, Zero: true},
		cli.Number{Name: "-batch", Value: float64(c.batch), Zero: true},
		cli.Number{Name: "-iterations", Value: float64(c.iterations), Zero: true},
	)
}
