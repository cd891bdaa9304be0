package main

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"
	"time"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// samples are measurements of one thing, one for each round.
type samples []float64

func (s samples) best() float64 { return slices.Min(s) }

func (s samples) worst() float64 { return slices.Max(s) }

func (s samples) median() float64 {
	c := slices.Sorted(slices.Values(s))
	return (c[(len(c)-1)/2] + c[len(c)/2]) / 2
}

// over returns the ratios to what was measured in the same rounds. What else the
// machine does meanwhile slows both, and the best of unequal numbers of samples
// would favour the longer list.
func (s samples) over(t samples) samples {
	r := make(samples, len(s))
	for i := range s {
		r[i] = s[i] / t[i]
	}
	return r
}

// times returns s multiplied by c.
func (s samples) times(c float64) samples {
	r := make(samples, len(s))
	for i := range s {
		r[i] = c * s[i]
	}
	return r
}

// kernel is a pass over a matrix on one core, repeated until it can be timed.
type kernel struct {
	pass func()
}

// measure returns the seconds of one pass.
func (k kernel) measure(seconds float64) float64 {
	runtime.GOMAXPROCS(1)
	runtime.GC()
	k.pass() // caches
	n, begin := 0, time.Now()
	for n == 0 || time.Since(begin).Seconds() < seconds {
		k.pass()
		n++
	}
	return time.Since(begin).Seconds() / float64(n)
}

// gramKernel passes over x with the weights of a logistic regression, of one
// sign.
func gramKernel(x models.Matrix) kernel {
	const chunk = 256
	n, d := x.Dims()
	w, dst, work := make([]float64, n), make([]float64, d*d), x.NewWork(chunk)
	for i := range w {
		w[i] = -0.05 - 0.2*float64(i%7)/7
	}
	return kernel{pass: func() {
		clear(dst)
		for lo := 0; lo < n; lo += chunk {
			hi := min(lo+chunk, n)
			x.AddGram(dst, w[lo:hi], lo, hi, work)
		}
	}}
}

func productKernel(x models.Matrix) kernel {
	n, d := x.Dims()
	w, dst := make([]float64, d), make([]float64, n)
	for j := range w {
		w[j] = 1 / float64(1+j)
	}
	return kernel{pass: func() { x.MulVec(dst, w, 0, n) }}
}

// fit is a whole vi.Fit with default settings on a number of cores.
type fit struct {
	samples               // seconds
	gram, product samples // of the passes just before it
	model         *models.GLM
	family        families.Family
	cores         int
	res           *vi.Result
}

func (f *fit) settings() *vi.Settings {
	return &vi.Settings{Estimator: &estimators.Quadrature{Summer: &estimators.Goroutines{N: f.cores}}}
}

// measure adds the time of one fit, the median of as many as are made in a number of
// seconds. A short fit would be at the mercy of what the machine does just then, where
// a long one that it is compared with averages over it.
func (f *fit) measure(ctx context.Context, seconds float64) error {
	runtime.GOMAXPROCS(f.cores)
	var times samples
	for all := time.Now(); len(times) == 0 || time.Since(all).Seconds() < seconds; {
		runtime.GC()
		begin := time.Now()
		res, err := vi.Fit(ctx, vi.Problem{Model: f.model, Family: f.family}, f.settings())
		times = append(times, time.Since(begin).Seconds())
		if err != nil {
			return err
		}
		f.res = res
		if res.Status != vi.Converged {
			return fmt.Errorf("%w: %s after %d iterations", errNotConverged, res.Status, res.Iterations)
		}
	}
	f.samples = append(f.samples, times.median())
	return nil
}

func familyOf(name string, d int) families.Family {
	if name == diagFamily {
		return families.DiagGaussian(d)
	}
	return families.FullGaussian(d)
}

func (s *speedRun) model(data string) *models.GLM {
	switch data {
	case denseData:
		return s.dense
	case sparseData:
		return s.sparse
	}
	return s.sparseAsDense
}

// prepare lists the fits to make, one after the other those that are compared.
func (s *speedRun) prepare() {
	add := func(data, family string, cores int) {
		k, m := fitKey{data, family, cores}, s.model(data)
		s.fits[k] = &fit{model: m, family: familyOf(family, m.Dim()), cores: cores}
		s.order = append(s.order, k)
	}
	for _, family := range []string{fullFamily, diagFamily} {
		for _, cores := range s.cores {
			add(denseData, family, cores)
		}
	}
	for _, cores := range s.cores {
		add(sparseData, fullFamily, cores)
		add(sparseAsDenseData, fullFamily, cores)
	}
}

// measure times everything in turn, several times. The passes are short: they are
// measured before each fit, to see the same machine.
func (s *speedRun) measure(ctx context.Context) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	gram, product := gramKernel(s.dense.X), productKernel(s.dense.X)
	for range s.size.repeat {
		for _, k := range s.order {
			f := s.fits[k]
			f.gram = append(f.gram, gram.measure(s.size.kernelSeconds))
			f.product = append(f.product, product.measure(s.size.kernelSeconds))
			if err := f.measure(ctx, s.size.fitSeconds); err != nil {
				return fmt.Errorf("%s data, %s family: %w", k.data, k.family, err)
			}
		}
	}
	return nil
}

// judgeAllocs counts allocations in the steps of runs.
func (s *speedRun) judgeAllocs(ctx context.Context) error {
	for _, cores := range s.cores {
		for _, data := range []string{denseData, sparseData} {
			for _, family := range []string{fullFamily, diagFamily} {
				m := s.model(data)
				n, err := stepAllocs(ctx, &fit{model: m, family: familyOf(family, m.Dim()), cores: cores})
				if err != nil {
					return fmt.Errorf("allocations, %s data, %s family: %w", data, family, err)
				}
				s.report.atMost(fmt.Sprintf("allocations in a step, %s fit, %s", family, data), cores, samples{n}, 0)
			}
		}
	}
	return nil
}

// stepAllocs returns the largest number of allocations seen in one step of a run
// that has made two.
func stepAllocs(ctx context.Context, f *fit) (float64, error) {
	set := f.settings()
	set.Tolerance = math.SmallestNonzeroFloat64 // not to end before it is counted
	r, err := vi.NewRun(vi.Problem{Model: f.model, Family: f.family}, set)
	if err != nil {
		return 0, err
	}
	step := func() {
		if e := r.Step(ctx); e != nil {
			err = e
		}
	}
	step()
	var most float64
	for range 3 {
		// It makes a step of warming up and one that is counted.
		n := testing.AllocsPerRun(1, step)
		if err != nil {
			return 0, err
		}
		if r.Status() != vi.Running {
			return 0, fmt.Errorf("the run ended after %d steps, too early to count", r.Iteration().Number)
		}
		most = max(most, n)
	}
	return most, nil
}

// relative returns |a − b| / |a|.
func relative(a, b float64) float64 { return math.Abs(a-b) / math.Abs(a) }
