package main

import (
	"errors"
	"flag"
	"fmt"

	"natgrad/examples/internal/cli"
)

const usage = `Topics fits latent Dirichlet allocation to documents and prints the words of
each topic. Without flags it fits documents that it makes up. An example:

  topics -data letters/ -topics 20 -json topics.json -assign letters.csv

Data
  -data PATH        text file with a document in each line, folder with a
                    document in each file, or file in the format of lda-c: for
                    each document the number of different words, and word:count
                    for each. Files may be .gz; - is standard input
  -format FORMAT    text, ldac, or auto, by what the file begins with.
                    Default: auto
  -vocab FILE       the words of an lda-c file, one in each line. Default: their
                    numbers. Of texts: the words to count
  -stopwords FILE   words to leave out of texts, one in each line. Default:
                    those of English that a sentence is built with
  -min-docs N       leave out words that fewer documents have. Default: 0, 2
  -max-share S      leave out words that a larger share of the documents has.
                    Default: 0, 0.5
  -max-words N      keep the words with the largest counts. Default: 0, all
  -stream           keep the documents on disk: the memory does not grow with
                    their number
  -holdout SHARE    of the documents, kept from the fit to judge it by.
                    Default: 0.1

Model
  -topics K         number of topics. Default: 6
  -alpha A          concentration of topics in a document. Default: 0, 1/K
  -eta E            concentration of words in a topic. Default: 0, 1/K

Fit
  -batch N          use N random documents in each iteration. Default: 0, all
  -iterations N     end after so many. Default: 0, when converged; with -batch
                    as many as read the documents ten times
  -starts N         starts of the fit, of which the best is kept. Default: 1
  -tolerance T      stop within this distance of the optimum, whose unit is one
                    posterior standard deviation. Default: 0, 0.01 times the
                    root of the number of parameters
  -seed N           of random numbers. Default: 1

Output
  -words N          words printed for each topic. Default: 10
  -json FILE        write the results as JSON; - is standard output, and the
                    report goes to standard error
  -assign FILE      write the proportions of topics in each document, as CSV

The exit status is 0 if the fit converged or made the iterations asked for, 1 if
not or the data are unusable, and 2 for flags that are not understood.
`

// config holds the flags.
type config struct {
	data, format, vocab, stopwords string
	minDocs, maxWords              int
	maxShare, holdout              float64
	stream                         bool

	topics     int
	alpha, eta float64

	batch, iterations, starts int
	tolerance                 float64
	seed                      uint64

	words        int
	json, assign string
}

// define declares the flags. They are described in usage.
func (c *config) define(fs *flag.FlagSet) {
	fs.StringVar(&c.data, "data", "", "")
	cli.Choice(fs, &c.format, "format", "auto", "ldac", "text")
	fs.StringVar(&c.vocab, "vocab", "", "")
	fs.StringVar(&c.stopwords, "stopwords", "", "")
	fs.IntVar(&c.minDocs, "min-docs", 0, "")
	fs.Float64Var(&c.maxShare, "max-share", 0, "")
	fs.IntVar(&c.maxWords, "max-words", 0, "")
	fs.BoolVar(&c.stream, "stream", false, "")
	fs.Float64Var(&c.holdout, "holdout", 0.1, "")
	fs.IntVar(&c.topics, "topics", 6, "")
	fs.Float64Var(&c.alpha, "alpha", 0, "")
	fs.Float64Var(&c.eta, "eta", 0, "")
	fs.IntVar(&c.batch, "batch", 0, "")
	fs.IntVar(&c.iterations, "iterations", 0, "")
	fs.IntVar(&c.starts, "starts", 1, "")
	fs.Float64Var(&c.tolerance, "tolerance", 0, "")
	fs.Uint64Var(&c.seed, "seed", 1, "")
	fs.IntVar(&c.words, "words", 10, "")
	fs.StringVar(&c.json, "json", "", "")
	fs.StringVar(&c.assign, "assign", "", "")
}

// check refuses what no fit can have, before any file is read.
func (c *config) check() error {
	if !(c.holdout >= 0 && c.holdout < 1) {
		return fmt.Errorf("-holdout is %v, want a share from 0 to below 1", c.holdout)
	}
	if !(c.maxShare >= 0 && c.maxShare <= 1) {
		return fmt.Errorf("-max-share is %v, want a share up to 1, or 0 for the default", c.maxShare)
	}
	err := cli.CheckNumbers(
		cli.Number{Name: "-min-docs", Value: float64(c.minDocs), Zero: true},
		cli.Number{Name: "-max-words", Value: float64(c.maxWords), Zero: true},
		cli.Number{Name: "-topics", Value: float64(c.topics)},
		cli.Number{Name: "-alpha", Value: c.alpha, Zero: true},
		cli.Number{Name: "-eta", Value: c.eta, Zero: true},
		cli.Number{Name: "-batch", Value: float64(c.batch), Zero: true},
		cli.Number{Name: "-iterations", Value: float64(c.iterations), Zero: true},
		cli.Number{Name: "-starts", Value: float64(c.starts)},
		cli.Number{Name: "-tolerance", Value: c.tolerance, Zero: true},
		cli.Number{Name: "-words", Value: float64(c.words)},
	)
	switch {
	case err != nil:
		return err
	case c.data == "" && (c.format != "auto" || c.vocab != "" || c.stream || c.chooses()):
		return errors.New("-format, -vocab, -stream and the choice of words need -data PATH")
	case c.data == "-" && c.format == "auto":
		return errors.New("-data - needs -format text or -format ldac")
	case c.data == "-" && c.stream:
		return errors.New("-stream needs a file or a folder")
	case c.format == "ldac" && c.chooses():
		return errChoice
	case c.vocab != "" && c.chooses():
		return errors.New("-vocab says which words are counted: -stopwords, -min-docs, -max-share and -max-words are for texts without it")
	}
	return nil
}

var errChoice = errors.New("-stopwords, -min-docs, -max-share and -max-words are for texts, not for an lda-c file")

// chooses reports whether flags say which words of texts are counted.
func (c *config) chooses() bool {
	return c.stopwords != "" || c.minDocs != 0 || c.maxShare != 0 || c.maxWords != 0
}
