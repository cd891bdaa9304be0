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

// scikit is a process that fits mixtures to rows with scikit-learn, on one thread.
type scikit struct {
	version string
	cmd     *exec.Cmd
	ask     io.WriteCloser
	answers *bufio.Scanner
	dir     string
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

// startScikit hands the rows, row-major, to a new process.
func startScikit(ctx context.Context, rows []float64, cols, components int) (s *scikit, err error) {
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
	file, script := filepath.Join(s.dir, "rows"), filepath.Join(s.dir, "scikit.py")
	b, err := binary.Append(nil, binary.NativeEndian, rows)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(script, []byte(scikitScript), 0o600); err != nil {
		return nil, err
	}
	s.cmd = exec.CommandContext(ctx, python, script, file, fmt.Sprint(len(rows)/cols), fmt.Sprint(cols), fmt.Sprint(components))
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

// scikitFit is what a fit cost and where it ended.
type scikitFit struct {
	seconds    float64
	iterations int
	converged  bool
}

// fit makes one of at most so many iterations, all of them if the tolerance is 0.
func (s *scikit) fit(iterations int, tolerance float64) (f scikitFit, err error) {
	if _, err := fmt.Fprintln(s.ask, iterations, tolerance); err != nil {
		return f, err
	}
	if !s.answers.Scan() {
		return f, errors.Join(errors.New("scikit-learn ended early"), s.answers.Err())
	}
	var converged int
	if _, err := fmt.Sscan(s.answers.Text(), &f.seconds, &f.iterations, &converged); err != nil {
		return f, fmt.Errorf("scikit-learn answered %q: %w", s.answers.Text(), err)
	}
	f.converged = converged != 0
	return f, nil
}

func (s *scikit) close() error {
	defer os.RemoveAll(s.dir)
	s.ask.Close()
	return s.cmd.Wait()
}
