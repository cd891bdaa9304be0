package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"natgrad/estimators"
	"natgrad/models"
	"natgrad/vi"
)

// passes over the documents are made in batches unless -iterations says other.
const passes = 10

// fitted is a fit.
type fitted struct {
	model *models.LDA
	res   *vi.Result
	λ, μ  []float64
	limit int       // iterations it was to make, 0: until it converged
	words float64   // of the documents fitted
	share []float64 // of them, for each topic
	order []int     // topics, the most frequent first
}

// fit may return an error with the fit that was reached before.
func fit(ctx context.Context, c *config, in *input) (*fitted, error) {
	m, err := models.NewLDA(in.train, c.topics, c.alpha, c.eta)
	if err != nil {
		return nil, err
	}
	f := &fitted{model: m, limit: c.iterations}
	set := &vi.Settings{Starts: c.starts, Check: -1, Seed: c.seed, Tolerance: cmp.Or(c.tolerance, 1e-2*math.Sqrt(float64(m.Dim())))}
	if n, _ := in.train.Dims(); c.batch > 0 && c.batch < n {
		set.Estimator = &estimators.Minibatch{Estimator: new(estimators.Local), Size: c.batch}
		if f.limit == 0 && c.tolerance == 0 {
			f.limit = (passes*n + c.batch - 1) / c.batch
		}
	}
	set.MaxIterations = f.limit
	f.res, err = vi.Fit(ctx, vi.Problem{Model: m}, set)
	if f.res == nil || math.IsNaN(f.res.ELBO) || math.IsInf(f.res.ELBO, 0) {
		if err == nil {
			err = errors.New("the ELBO is not finite")
		}
		return nil, fmt.Errorf("no fit: %w", err)
	}
	f.read()
	return f, err
}

// read takes the topics from the fit.
func (f *fitted) read() {
	f.λ, f.μ = f.res.Q.Natural(nil), f.res.Q.Mean(nil)
	k := f.model.NumTopics()
	v := len(f.λ) / k
	prior := make([]float64, len(f.λ))
	f.model.GlobalNatural(prior)
	f.share = make([]float64, k)
	for i, λ := range f.λ {
		f.share[i/v] += λ - prior[i]
	}
	for t, words := range f.share {
		f.words += words
		f.order = append(f.order, t)
	}
	for t := range f.share {
		f.share[t] /= f.words
	}
	slices.SortStableFunc(f.order, func(a, b int) int { return cmp.Compare(f.share[b], f.share[a]) })
}

// ended reports whether the fit converged or made the iterations it was to make.
func (f *fitted) ended() bool {
	return f.res.Status == vi.Converged || f.res.Status == vi.IterationLimit && f.limit > 0
}
