package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"

	"natgrad/examples/internal/cli"
	"natgrad/models"
	"natgrad/models/dataset"
)

const (
	builtInName     = "documents made up"
	defaultMinDocs  = 2
	defaultMaxShare = 0.5
)

// input is the documents.
type input struct {
	name        string
	docs        models.Documents // all
	train, test models.Documents // test is nil if none are held out
	words       []string         // of the vocabulary
	files       []string         // of the documents, nil if they are lines
	notes       []string
	closers     []io.Closer
}

// close removes what is on disk.
func (in *input) close() error {
	var err error
	for _, c := range in.closers {
		err = errors.Join(err, c.Close())
	}
	return err
}

// load reads the documents and the words, and divides them.
func load(c *config, stdin io.Reader) (*input, error) {
	in := &input{name: c.data}
	err := in.read(c, stdin)
	if err == nil {
		err = in.split(c)
	}
	if err != nil {
		in.close()
		return nil, err
	}
	return in, nil
}

func (in *input) read(c *config, stdin io.Reader) error {
	switch c.data {
	case "":
		in.name = builtInName
		in.docs, in.words = madeUp()
		return nil
	case "-":
		in.name = cli.StdinName
	}
	ldac := c.format == "ldac"
	if c.format == "auto" {
		info, err := os.Stat(c.data)
		if err != nil {
			return fmt.Errorf("-data: %w", err)
		}
		if !info.IsDir() {
			if ldac, err = dataset.IsLDAC(c.data); err != nil {
				return err
			}
		}
	}
	if ldac && c.chooses() {
		return errChoice
	}
	var vocabulary []string
	if c.vocab != "" {
		var err error
		if vocabulary, err = dataset.OpenVocabulary(c.vocab); err != nil {
			return fmt.Errorf("-vocab: %w", err)
		}
	}
	err := in.open(c, stdin, ldac, vocabulary)
	if e, ok := errors.AsType[*dataset.Error](err); ok {
		e.File = cmp.Or(e.File, in.name)
		if e.Kind == dataset.NoWords && e.Hint != "" {
			e.Hint = "lower -min-docs or raise -max-share"
		}
	}
	return err
}

// open reads the documents into memory or to disk.
func (in *input) open(c *config, stdin io.Reader, ldac bool, vocabulary []string) error {
	if ldac {
		return in.openLDAC(c, stdin, vocabulary)
	}
	o := &dataset.TextOptions{Vocabulary: vocabulary}
	if vocabulary == nil {
		o.MinDocs, o.MaxShare, o.MaxWords = cmp.Or(c.minDocs, defaultMinDocs), cmp.Or(c.maxShare, defaultMaxShare), c.maxWords
	}
	if c.stopwords != "" {
		var err error
		if o.StopWords, err = dataset.OpenStopWords(c.stopwords); err != nil {
			return fmt.Errorf("-stopwords: %w", err)
		}
	}
	if c.stream {
		d, err := dataset.SpoolText(c.data, "", o)
		if err != nil {
			return err
		}
		in.docs, in.words, in.files, in.notes = d, d.Words(), d.Files, d.Notes
		in.closers = append(in.closers, d)
		return nil
	}
	var d *dataset.Corpus
	var err error
	if c.data == "-" {
		d, err = dataset.ReadText(stdin, o)
	} else {
		d, err = dataset.OpenText(c.data, o)
	}
	if err != nil {
		return err
	}
	in.docs, in.words, in.files, in.notes = d.Counts, d.Words, d.Files, d.Notes
	return nil
}

func (in *input) openLDAC(c *config, stdin io.Reader, vocabulary []string) error {
	if c.data != "-" {
		f, err := os.Open(c.data)
		if err != nil {
			return fmt.Errorf("-data: %w", err)
		}
		defer f.Close()
		stdin = f
	}
	if c.stream {
		d, err := dataset.SpoolLDAC(stdin, "", vocabulary)
		if err != nil {
			return err
		}
		in.docs = d
		in.closers = append(in.closers, d)
	} else {
		d, err := dataset.ReadLDAC(stdin, len(vocabulary))
		if err != nil {
			return err
		}
		in.docs = d
	}
	_, v := in.docs.Dims()
	for w := len(vocabulary); w < v; w++ {
		vocabulary = append(vocabulary, fmt.Sprint(w))
	}
	in.words = vocabulary
	return nil
}
