package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"natgrad/models"
	"natgrad/models/dataset"
)

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
