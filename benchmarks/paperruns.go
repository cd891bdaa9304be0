package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
)

// runKey says which run it is. The same key has the same outcome, but for times.
type runKey struct {
	Name    string `json:"name"` // of the experiment
	Setting string `json:"setting"`
	Split   int    `json:"split"`
	Seed    uint64 `json:"seed"`
	Quick   bool   `json:"quick"`
}

func (k runKey) String() string {
	if k.Split == 0 {
		return k.Setting
	}
	return fmt.Sprintf("%s, split %d", k.Setting, k.Split)
}

// outcome is what a run found: numbers and curves by their names.
type outcome struct {
	Values map[string]number  `json:"values"`
	Curves map[string][]point `json:"curves,omitempty"`
}

// point is a point of a curve.
type point [2]number

// finishedRun is a run with its outcome.
type finishedRun struct {
	Key     runKey  `json:"key"`
	Seconds float64 `json:"seconds"`
	outcome
}

// store keeps finished runs, in a file if it has a path.
type store struct {
	path string
	runs []finishedRun
	at   map[runKey]int
}

// open reads the runs of the file at path, if there is one, and keeps others there.
func (s *store) open(path string) error {
	*s = store{path: path}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var runs []finishedRun
	if err := json.Unmarshal(b, &runs); err != nil {
		return fmt.Errorf("%s holds no finished runs, remove it to begin anew: %w", path, err)
	}
	for _, r := range runs {
		s.put(r)
	}
	return nil
}

func (s *store) put(r finishedRun) {
	if s.at == nil {
		s.at = make(map[runKey]int)
	}
	if i, ok := s.at[r.Key]; ok {
		s.runs[i] = r
		return
	}
	s.at[r.Key] = len(s.runs)
	s.runs = append(s.runs, r)
}

// find returns nil if the run is not finished.
func (s *store) find(k runKey) *finishedRun {
	if i, ok := s.at[k]; ok {
		return &s.runs[i]
	}
	return nil
}

// add keeps a run. The file is whole at any time.
func (s *store) add(r finishedRun) error {
	s.put(r)
	if s.path == "" {
		return nil
	}
	return writeWholeJSON(s.path, s.runs)
}

// writeWholeJSON replaces the file at path by v, at once: whoever reads it, or comes
// after a crash, finds the old file or the new one.
func writeWholeJSON(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// results are the runs of an experiment, in its order.
type results []finishedRun

// of returns the first run with a setting. It panics if there is none: settings are
// those that the experiment has asked for.
func (rs results) of(setting string) *finishedRun {
	for i := range rs {
		if rs[i].Key.Setting == setting {
			return &rs[i]
		}
	}
	panic(noRun + setting)
}

const noRun = "benchmarks: no run with the setting "

// value returns a number of the first run with a setting.
func (rs results) value(setting, name string) float64 {
	v, ok := rs.of(setting).Values[name]
	if !ok {
		panic(noRun + setting + " and the value " + name)
	}
	return float64(v)
}

// measure returns the mean over the runs with a setting, and its standard error.
func (rs results) measure(setting, name string) measured {
	var x []float64
	for _, r := range rs {
		if r.Key.Setting == setting {
			x = append(x, float64(r.Values[name]))
		}
	}
	return measure(x)
}

// measured is a mean over runs with its standard error, NaN if there is none.
type measured struct {
	value, err float64
	runs       int
}

// once is a number of one run.
func once(value float64) measured { return measured{value, math.NaN(), 1} }

// measure returns the mean of x with its standard error.
func measure(x []float64) measured {
	n := float64(len(x))
	var sum, squares float64
	for _, v := range x {
		sum += v
	}
	mean := sum / n
	for _, v := range x {
		squares += (v - mean) * (v - mean)
	}
	m := once(mean)
	m.runs = len(x)
	if len(x) > 1 {
		m.err = math.Sqrt(squares / (n - 1) / n)
	}
	return m
}
