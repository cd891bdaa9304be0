// Topics fits latent Dirichlet allocation to documents, and prints the words of each topic.
//
//	go run ./examples/topics
//	go run ./examples/topics -data letters/ -topics 20 -assign letters.csv
//	go run ./examples/topics -data ap.ldac.gz -vocab ap.vocab.txt -topics 20 -alpha 0.1 -eta 0.01
//	go run ./examples/topics -data news.txt.gz -topics 100 -batch 256 -stream
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
// it that many, drawn at random, by the decreasing steps of Hoffman, Blei & Bach (2010).
//
// # Documents
//
// Of a text each line is a document, of a folder each file, those in folders within it
// included, and of files in the format of lda-c each line. The vocabulary of texts are the
// words, in lower case, that are not left out by -stopwords, -min-docs, -max-share and
// -max-words, or those of -vocab. With -stream texts and lda-c files are read once, in a
// memory for the vocabulary and a document only, to temporary files of 8 bytes for each
// word of each document, from which the fit reads what it needs.
//
// # Held-out documents
//
// -holdout keeps a part of the documents from the fit. Their perplexity is by completion:
// a random half of the words of each tells its topics, and exp(−mean log-probability) of the others
// is printed. A model that knows nothing has the size of the vocabulary.
//
// # JSON
//
// -json FILE writes one object:
//
//	documents, words      fitted, and in the vocabulary
//	elbo, elbo_se         in nats, all constants but those of the order of words included
//	elbo_per_word         over the number of words of all documents fitted
//	topics                [{share, words: [{word, p}]}], the most frequent first; share is that
//	                      of the words of the documents
//	holdout               {documents, words, perplexity}, or null
//	status                "converged", or why not
//	notes                 what was left out of the documents
//	iterations, seconds
//
// The same documents, flags and seed give the same numbers, but for seconds, with -stream
// or without.
//
// -assign FILE writes a line for each document, those held out included: its number from 1,
// or its file within the folder; whether it was held out, 1 or 0; the topic with the
// largest proportion; and the expected proportions of topics, in the order of the report.
//
// # Exit status
//
// 0 if the fit converged or made the iterations asked for, 1 if not (what was reached is
// printed all the same) or the input is unusable, 2 for flags that are not understood.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"natgrad/examples/internal/cli"
)

func main() { cli.Main(run) }

// run is the program, and returns its exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := new(config)
	return cli.Run("topics", usage, args, stdout, stderr, c.define, func() error {
		return fitFile(ctx, c, stdin, stdout, stderr)
	})
}

// fitFile reads the documents, fits, and writes the results. Its error is nil only for a fit
// that ended as asked and whose results are all written.
func fitFile(ctx context.Context, c *config, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	in, err := load(c, stdin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	report := &cli.Report{W: stdout}
	if c.json == "-" {
		report.W = stderr
	}
	printData(report, in)
	f, err := fit(ctx, c, in)
	if f == nil {
		return err
	}
	errs := []error{err}
	if err == nil && !f.ended() {
		errs = append(errs, fmt.Errorf("not converged: %v after %s", f.res.Status, cli.Count(f.res.Iterations, "iteration")))
	}
	o, err := summarise(c, in, f)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	printTopics(report, o)
	errs = append(errs, report.Err)
	if c.json != "" {
		errs = append(errs, cli.WriteJSON(c.json, stdout, o))
	}
	if c.assign != "" {
		errs = append(errs, writeAssignments(c.assign, c, in, f))
	}
	return errors.Join(errs...)
}
