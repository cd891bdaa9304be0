package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"
	"time"

	"natgrad/estimators"
	"natgrad/models"
	"natgrad/models/dataset"
	"natgrad/vi"
)

var stream = experiment{
	name:  "stream",
	about: "Fits a Gaussian mixture to a million rows streamed from disk in minibatches, and compares it with a batch fit.",
	run:   runStream,
}

// The bars of the experiment.
const (
	maxStreamGap    = 1e-3 // relative difference from the batch ELBO
	maxStreamPasses = 2    // over the data, in minibatches
	maxStreamMemory = 200  // MB
)

type streamSize struct {
	rows, cols, components, batch int
	batchIterations               int
}

var (
	fullStream  = streamSize{1000000, 20, 20, 1000, 100}
	quickStream = streamSize{20000, 5, 4, 200, 50}
)

func runStream(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	size := fullStream
	fs := newFlags("stream", stderr)
	quick := fs.Bool("quick", false, "a smaller case, in a second; misses do not fail")
	seed := fs.Uint64("seed", 1, "of the generated data and of the fit")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *quick {
		size = quickStream
	}
	dir, err := os.MkdirTemp("", "stream-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	t := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	s := &streamRun{size: size, seed: *seed, t: t}
	if err := s.measure(ctx, filepath.Join(dir, "rows.csv")); err != nil {
		return err
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if s.missed > 0 && !*quick {
		return fmt.Errorf("%d of the bars missed", s.missed)
	}
	return nil
}

type streamRun struct {
	size   streamSize
	seed   uint64
	t      *tabwriter.Writer
	missed int
}

// measure does everything in this process, whose memory is that of all of it but the
// batch fit, which comes last.
func (s *streamRun) measure(ctx context.Context, csv string) error {
	begin := time.Now()
	if err := s.generate(csv); err != nil {
		return err
	}
	fmt.Fprintf(s.t, "write a CSV file\t%d × %d, %.1f s\n", s.size.rows, s.size.cols, time.Since(begin).Seconds())

	begin = time.Now()
	rows, err := dataset.Spool(csv, "", &dataset.Options{Header: dataset.NoHeader, NoTarget: true})
	if err != nil {
		return err
	}
	defer rows.Close()
	fmt.Fprintf(s.t, "spool it\t%.1f s\n", time.Since(begin).Seconds())

	begin = time.Now()
	m, err := models.NewGaussMixture(rows, s.size.components, models.FullCovariance, nil, models.DirichletWeights, 0)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.t, "three passes for the prior\t%.1f s\n", time.Since(begin).Seconds())

	// A batch is for the start, and one in each of the steps 1, 2, 4, … to measure the noise.
	batches := maxStreamPasses * s.size.rows / s.size.batch
	steps := batches - 1 - bits.Len(uint(batches))
	res, err := vi.Fit(ctx, vi.Problem{Model: m}, &vi.Settings{
		Estimator:     &estimators.Minibatch{Estimator: new(estimators.Local), Size: s.size.batch},
		MaxIterations: steps, Check: -1, Seed: s.seed,
	})
	if err != nil {
		return err
	}
	passes := float64(res.Estimates-1) * float64(s.size.batch) / float64(s.size.rows)
	fmt.Fprintf(s.t, "fit in minibatches of %d\t%d steps, %.1f s\n", s.size.batch, res.Iterations, res.Runtime.Seconds())
	s.bar("  passes", passes, maxStreamPasses, "%.3f, and one for the ELBO of the answer")
	if mb, ok := peakMemory(); ok {
		s.bar("  peak memory", mb, maxStreamMemory, "%.0f MB")
	} else {
		fmt.Fprintln(s.t, "  peak memory\tnot known on this system")
	}

	batch := func(name string, set vi.Settings) (float64, error) {
		set.MaxIterations, set.Check, set.Seed, set.Starts = s.size.batchIterations, -1, s.seed, 1
		res, err := vi.Fit(ctx, vi.Problem{Model: m}, &set)
		if err != nil {
			return 0, err
		}
		fmt.Fprintf(s.t, "batch fit, %s\tELBO %.1f, %v after %d iterations, %.1f s\n", name, res.ELBO, res.Status, res.Iterations, res.Runtime.Seconds())
		return res.ELBO, nil
	}
	own, err := batch("from the same start", vi.Settings{})
	if err != nil {
		return err
	}
	further, err := batch("from the answer", vi.Settings{Start: res.Q})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.t, "minibatches\tELBO %.1f\n", res.ELBO)
	best := math.Max(own, further)
	s.bar("  below the better batch fit", (best-res.ELBO)/math.Abs(best), maxStreamGap, "%.3g of it")
	return nil
}

func (s *streamRun) bar(name string, got, most float64, format string) {
	verdict := "ok"
	if !(got <= most) {
		verdict = "MISSED"
		s.missed++
	}
	fmt.Fprintf(s.t, "%s\t"+format+" (bar: %v) %s\n", name, got, most, verdict)
}

// generate writes rows of a mixture of Gaussians with random weights, means and
// covariances, a row at a time.
func (s *streamRun) generate(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	d, k := s.size.cols, s.size.components
	rng := estimators.NewRng()
	rng.Seek(estimators.Stream{Seed: s.seed}, 0)
	cumulative, means, factors := make([]float64, k), make([]float64, k*d), make([]float64, k*d*d)
	var sum float64
	for c := range cumulative {
		sum += 0.2 + rng.ExpFloat64()
		cumulative[c] = sum
	}
	for i := range means {
		means[i] = 2 * rng.NormFloat64()
	}
	for i := range factors {
		if factors[i] = 0.5 * rng.NormFloat64() / math.Sqrt(float64(d)); i/d%d == i%d {
			factors[i] += 0.5 + rng.Float64()
		}
	}
	w := bufio.NewWriter(f)
	e, line := make([]float64, d), make([]byte, 0, 16*d)
	for range s.size.rows {
		u, c := sum*rng.Float64(), 0
		for c < k-1 && u > cumulative[c] {
			c++
		}
		for j := range e {
			e[j] = rng.NormFloat64()
		}
		line = line[:0]
		for j := range d {
			y := means[c*d+j]
			for l, v := range factors[(c*d+j)*d : (c*d+j+1)*d] {
				y += v * e[l]
			}
			line = append(strconv.AppendFloat(line, y, 'g', 7, 64), ',')
		}
		line[len(line)-1] = '\n'
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
