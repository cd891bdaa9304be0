package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"natgrad/families"
	"natgrad/models"
)

//go:embed topics.py
var topicsScript string

// topicsScikit is a process that fits topics with scikit-learn, on one thread.
type topicsScikit struct {
	version string
	params  int
	cmd     *exec.Cmd
	ask     io.WriteCloser
	answers *bufio.Scanner
	dir     string
}

// startTopicsScikit hands the documents to a new process.
func startTopicsScikit(ctx context.Context, docs models.Documents, topics int, α, η float64) (s *topicsScikit, err error) {
	python, err := findPython(ctx)
	if err != nil {
		return nil, err
	}
	_, words := docs.Dims()
	s = &topicsScikit{params: topics * words}
	if s.dir, err = os.MkdirTemp("", "topics-*"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(s.dir)
		}
	}()
	file, script := filepath.Join(s.dir, "corpus"), filepath.Join(s.dir, "topics.py")
	if err := writeLDAC(file, docs); err != nil {
		return nil, err
	}
	if err := os.WriteFile(script, []byte(topicsScript), 0o600); err != nil {
		return nil, err
	}
	s.cmd = exec.CommandContext(ctx, python, script, file, fmt.Sprint(words), fmt.Sprint(topics), fmt.Sprint(α), fmt.Sprint(η))
	s.cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", "BLIS_NUM_THREADS=1")
	s.cmd.Stderr = os.Stderr
	if s.ask, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.answers = bufio.NewScanner(out)
	if !s.answers.Scan() {
		return nil, errors.Join(errors.New("scikit-learn did not start"), s.answers.Err(), s.cmd.Wait())
	}
	s.version = strings.TrimSpace(s.answers.Text())
	return s, nil
}

// fit makes so many passes over the documents, and returns the natural parameter of the
// topics and the CPU time.
func (s *topicsScikit) fit(method string, passes int, seed uint64) (λ families.Natural, seconds float64, err error) {
	file := filepath.Join(s.dir, "topics")
	if _, err := fmt.Fprintln(s.ask, method, passes, seed, file); err != nil {
		return nil, 0, err
	}
	if !s.answers.Scan() {
		return nil, 0, errors.Join(errors.New("scikit-learn ended early"), s.answers.Err())
	}
	var answer struct {
		Seconds float64 `json:"cpu_seconds"`
	}
	if err := json.Unmarshal(s.answers.Bytes(), &answer); err != nil {
		return nil, 0, fmt.Errorf("scikit-learn answered %q: %w", s.answers.Text(), err)
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

func (s *topicsScikit) close() error {
	defer os.RemoveAll(s.dir)
	s.ask.Close()
	return s.cmd.Wait()
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
