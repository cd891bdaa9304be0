package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed scikit.py
var scikitScript string

// scikit is a process of python3 with scikit-learn, on one thread, that answers each
// line it is given by one.
type scikit struct {
	version string
	dir     string // for files, removed by close
	cmd     *exec.Cmd
	lines   io.WriteCloser
	answers *bufio.Scanner
}

// errNoScikit says that there is nothing to compare with.
var errNoScikit = errors.New("no python3 of the search path has scikit-learn")

// findPython returns the first python3 of the search path that has scikit-learn.
func findPython(ctx context.Context) (string, error) {
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		python, err := exec.LookPath(filepath.Join(dir, "python3"))
		if err == nil && exec.CommandContext(ctx, python, "-c", "import sklearn").Run() == nil {
			return python, nil
		}
	}
	return "", errNoScikit
}

// startScikit runs a script on a file, which write makes, and further arguments. Its
// first answer is the version of scikit-learn.
func startScikit(ctx context.Context, script string, write func(path string) error, args ...any) (s *scikit, err error) {
	python, err := findPython(ctx)
	if err != nil {
		return nil, err
	}
	s = new(scikit)
	if s.dir, err = os.MkdirTemp("", "scikit-*"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(s.dir)
		}
	}()
	data, program := s.path("data"), s.path("program.py")
	if err := write(data); err != nil {
		return nil, err
	}
	if err := os.WriteFile(program, []byte(script), 0o600); err != nil {
		return nil, err
	}
	words := []string{program, data}
	for _, arg := range args {
		words = append(words, fmt.Sprint(arg))
	}
	s.cmd = exec.CommandContext(ctx, python, words...)
	s.cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", "BLIS_NUM_THREADS=1")
	s.cmd.Stderr = os.Stderr
	if s.lines, err = s.cmd.StdinPipe(); err != nil {
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

// path returns that of a file in the folder of the process.
func (s *scikit) path(name string) string { return filepath.Join(s.dir, name) }

// ask gives it a line of words, and returns the answer.
func (s *scikit) ask(words ...any) (answer string, err error) {
	if _, err := fmt.Fprintln(s.lines, words...); err != nil {
		return "", err
	}
	if !s.answers.Scan() {
		return "", errors.Join(errors.New("scikit-learn ended early"), s.answers.Err())
	}
	return s.answers.Text(), nil
}

func (s *scikit) close() error {
	defer os.RemoveAll(s.dir)
	s.lines.Close()
	return s.cmd.Wait()
}

// mixtureScikit fits mixtures to rows.
type mixtureScikit struct{ *scikit }

// startMixtureScikit hands the rows, row-major, to a new process.
func startMixtureScikit(ctx context.Context, rows []float64, cols, components int) (*mixtureScikit, error) {
	s, err := startScikit(ctx, scikitScript, func(path string) error {
		b, err := binary.Append(nil, binary.NativeEndian, rows)
		if err != nil {
			return err
		}
		return os.WriteFile(path, b, 0o600)
	}, len(rows)/cols, cols, components)
	if err != nil {
		return nil, err
	}
	return &mixtureScikit{s}, nil
}

// scikitFit is what a fit cost and where it ended.
type scikitFit struct {
	seconds    float64
	iterations int
	converged  bool
}

// fit makes one of at most so many iterations, all of them if the tolerance is 0.
func (s *mixtureScikit) fit(iterations int, tolerance float64) (f scikitFit, err error) {
	answer, err := s.ask(iterations, tolerance)
	if err != nil {
		return f, err
	}
	var converged int
	if _, err := fmt.Sscan(answer, &f.seconds, &f.iterations, &converged); err != nil {
		return f, fmt.Errorf("scikit-learn answered %q: %w", answer, err)
	}
	f.converged = converged != 0
	return f, nil
}
