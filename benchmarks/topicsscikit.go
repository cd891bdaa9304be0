package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"natgrad/families"
	"natgrad/models"
)

//go:embed topics.py
var topicsScript string

// topicsScikit is a process that fits topics with scikit-learn, on one thread.
type topicsScikit struct {
	*scikit
	params int
}

// startTopicsScikit hands the documents to a new process.
func startTopicsScikit(ctx context.Context, docs models.Documents, topics int, α, η float64) (*topicsScikit, error) {
	_, words := docs.Dims()
	s, err := startScikit(ctx, topicsScript, func(path string) error { return writeLDAC(path, docs) }, words, topics, α, η)
	if err != nil {
		return nil, err
	}
	return &topicsScikit{s, topics * words}, nil
}

// fit makes so many passes over the documents, and returns the natural parameter of the
// topics and the CPU time.
func (s *topicsScikit) fit(method string, passes int, seed uint64) (λ families.Natural, seconds float64, err error) {
	file := s.path("topics")
	line, err := s.ask(method, passes, seed, file)
	if err != nil {
		return nil, 0, err
	}
	var answer struct {
		Seconds float64 `json:"cpu_seconds"`
	}
	if err := json.Unmarshal([]byte(line), &answer); err != nil {
		return nil, 0, fmt.Errorf("scikit-learn answered %q: %w", line, err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, 0, err
	}
	λ = make(families.Natural, s.params)
	if n, err := binary.Decode(b, binary.NativeEndian, λ); err != nil || n != len(b) {
		return nil, 0, fmt.Errorf("scikit-learn wrote %d bytes for %d numbers", len(b), len(λ))
	}
	for i := range λ {
		λ[i]-- // of concentrations
	}
	return λ, answer.Seconds, nil
}

// writeLDAC writes documents in the format of lda-c.
func writeLDAC(path string, docs models.Documents) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	n, _ := docs.Dims()
	var doc models.WordCounts
	for i := range n {
		if err := docs.ReadDocuments(&doc, []int{i}); err != nil {
			return err
		}
		words, counts := doc.Document(0)
		fmt.Fprint(w, len(words))
		for k, word := range words {
			fmt.Fprintf(w, " %d:%.0f", word, counts[k])
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
