package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"natgrad/estimators"
	"natgrad/models"
	"natgrad/models/dataset"
	"natgrad/vi"
)

// kos fits topics to the Daily Kos corpus on disk, and to several copies of it, with as many
// minibatches.
func (t *topicsRun) kos(ctx context.Context) error {
	f, err := os.Open(filepath.Join(t.o.dir, "kos.ldac.gz"))
	if err != nil {
		return err
	}
	defer f.Close()
	all, err := dataset.SpoolLDAC(f, "", nil)
	if err != nil {
		return err
	}
	defer all.Close()
	s := t.size
	if n, v := all.Dims(); n < s.kosDocs || v != kosWords {
		return fmt.Errorf("kos.ldac.gz has %d documents of %d words", n, v)
	}
	fmt.Fprintf(t.out, "\nDaily Kos: %d documents on disk, and copies of them; K = %d, minibatches of %d\n", s.kosDocs, s.kosTopics, s.size)
	fmt.Fprintln(t.t, "documents\titerations\tELBO for each word\tCPU s\tpeak memory, MB")
	var peaks []float64
	for _, times := range s.kosCopies {
		peak, err := t.fitKos(ctx, all, times)
		if err != nil {
			return err
		}
		peaks = append(peaks, peak)
	}
	if peaks[2] > 0 {
		fmt.Fprintln(t.t, "\t\t\t\t\nmeasured\tvalue\tbar\tverdict")
		t.bar(fmt.Sprintf("memory for %d copies more than for %d, MB", s.kosCopies[2], s.kosCopies[1]), peaks[2]-peaks[1], "%.1f", maxTopicsGrowth, 1)
	}
	return t.t.Flush()
}

// fitKos returns the peak of the memory in MB, 0 if it is not known.
func (t *topicsRun) fitKos(ctx context.Context, all models.Documents, times int) (peak float64, err error) {
	d, words, err := copies(all, t.size.kosDocs, times)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	m, err := models.NewLDA(d, t.size.kosTopics, 0, 0)
	if err != nil {
		return 0, err
	}
	m.LocalTolerance = onlineTolerance
	debug.FreeOSMemory() // what the fit before has left is not of this one
	begin := cpuSeconds()
	res, err := vi.Fit(ctx, vi.Problem{Model: m}, &vi.Settings{
		Estimator:     &estimators.Minibatch{Estimator: new(estimators.Local), Size: t.size.size},
		MaxIterations: t.size.kosPasses * t.size.kosDocs / t.size.size, Starts: 1, Check: -1, Seed: 1,
	})
	if err != nil {
		return 0, err
	}
	seconds := cpuSeconds() - begin
	shown := "-"
	if mb, ok := peakMemory(); ok {
		peak, shown = mb, fmt.Sprintf("%.0f", mb)
	}
	n, _ := d.Dims()
	fmt.Fprintf(t.t, "%d\t%d\t%.4f\t%.2f\t%s\n", n, res.Iterations, res.ELBO/words, seconds, shown)
	return peak, nil
}

// copies writes the first n documents several times to a temporary file, and counts their
// words.
func copies(docs models.Documents, n, times int) (_ *dataset.DocumentsFile, words float64, _ error) {
	_, v := docs.Dims()
	w, err := dataset.CreateDocuments("", v)
	if err != nil {
		return nil, 0, err
	}
	defer w.Abort()
	var doc models.WordCounts
	for range times {
		for i := range n {
			if err := docs.ReadDocuments(&doc, []int{i}); err != nil {
				return nil, 0, err
			}
			if err := w.Write(doc.Document(0)); err != nil {
				return nil, 0, err
			}
			for _, c := range doc.Counts {
				words += c
			}
		}
	}
	d, err := w.Finish(nil)
	return d, words, err
}
