package models

import (
	"fmt"
	"math"
)

// Weights is a prior of the weights π of a mixture of K components, with a
// concentration α₀.
type Weights int

const (
	// DirichletWeights: π ~ Dirichlet(α₀, …, α₀). z holds π. One component has no
	// weights.
	DirichletWeights Weights = iota
	// StickWeights is the Dirichlet process truncated at K components (Blei & Jordan
	// 2006, Bayesian Analysis 1, 121): v_k ~ Beta(1, α₀) for k < K and v_K = 1, with
	// π_k = v_k Π_{j<k} (1 − v_j). z holds the v_k.
	StickWeights
	// NestedStickWeights is the Dirichlet process itself, with K components that rows
	// are allowed to belong to (Kurihara, Welling & Teh 2007, IJCAI): as StickWeights
	// but v_K ~ Beta(1, α₀) too. The Π(1 − v_k) left over belongs to components that
	// take no rows. It is the prior that scikit-learn calls dirichlet_process.
	NestedStickWeights
)

func (w Weights) String() string {
	switch w {
	case DirichletWeights:
		return "Dirichlet"
	case StickWeights:
		return "truncated Dirichlet process"
	case NestedStickWeights:
		return "nested Dirichlet process"
	}
	return fmt.Sprintf("Weights(%d)", int(w))
}

// mixtureWeights is the part of a mixture that concerns its weights.
type mixtureWeights struct {
	kind   Weights
	k      int
	sticks int // number of the v_k
	α0     float64
	logπ   []float64 // expected, or at a point
	counts []float64 // Σ_i r_ik
}

func newMixtureWeights(w Weights, k int, α0 float64) (*mixtureWeights, error) {
	if w < DirichletWeights || w > NestedStickWeights {
		return nil, &DataError{Row: -1, Col: -1, Got: w.String(), Want: "one of the priors of weights"}
	}
	if α0 == 0 {
		α0 = 1 / float64(k)
	}
	// Families know a concentration by λ = α − 1.
	if !(α0-1 > -1) || math.IsInf(α0, 0) {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("concentration %v", α0), Want: "a positive finite number above 1e-16"}
	}
	m := &mixtureWeights{kind: w, k: k, α0: α0, logπ: make([]float64, k), counts: make([]float64, k)}
	switch w {
	case StickWeights:
		m.sticks = k - 1
	case NestedStickWeights:
		m.sticks = k
	}
	return m, nil
}

func (w *mixtureWeights) fork() *mixtureWeights {
	f := *w
	f.logπ, f.counts = make([]float64, w.k), make([]float64, w.k)
	return &f
}

func (w *mixtureWeights) numParams() int {
	switch {
	case w.kind != DirichletWeights:
		return 2 * w.sticks
	case w.k == 1:
		return 0
	}
	return w.k
}

func (w *mixtureWeights) dim() int {
	if w.kind != DirichletWeights {
		return w.sticks
	}
	return w.numParams()
}

func (w *mixtureWeights) family() string {
	if w.kind == DirichletWeights {
		return fmt.Sprintf("Dirichlet(%d)", w.k)
	}
	return fmt.Sprintf("Repeat(%d, Beta)", w.sticks)
}

// globalNatural stores the natural parameter of the prior and returns −A of it.
func (w *mixtureWeights) globalNatural(dst []float64) float64 {
	if len(dst) == 0 {
		return 0
	}
	if w.kind == DirichletWeights {
		for i := range dst {
			dst[i] = w.α0 - 1
		}
		return lgamma(float64(w.k)*w.α0) - float64(w.k)*lgamma(w.α0)
	}
	for i := range w.sticks {
		dst[2*i], dst[2*i+1] = 0, w.α0-1
	}
	return float64(w.sticks) * math.Log(w.α0)
}

// expect takes in E log π, or E (log v, log(1−v)).
func (w *mixtureWeights) expect(μ []float64) {
	if w.kind == DirichletWeights {
		clear(w.logπ)
		copy(w.logπ, μ)
		return
	}
	var left float64 // E log Π_{j<k} (1 − v_j)
	for k := range w.logπ {
		w.logπ[k] = left
		if k < w.sticks {
			w.logπ[k] += μ[2*k]
			left += μ[2*k+1]
		}
	}
}

// at takes in a point and returns its log-density under the prior.
func (w *mixtureWeights) at(z []float64) float64 {
	if w.kind == DirichletWeights {
		clear(w.logπ)
		lp := lgamma(float64(w.k)*w.α0) - float64(w.k)*lgamma(w.α0)
		for k, π := range z {
			if !(π > 0 && π <= 1) {
				return math.Inf(-1)
			}
			w.logπ[k] = math.Log(π)
			lp += (w.α0 - 1) * w.logπ[k]
		}
		return lp
	}
	lp := float64(w.sticks) * math.Log(w.α0)
	var left float64
	for k := range w.logπ {
		w.logπ[k] = left
		if k < w.sticks {
			v := z[k]
			if !(v > 0 && v < 1) {
				return math.Inf(-1)
			}
			rest := math.Log1p(-v)
			lp += (w.α0 - 1) * rest
			w.logπ[k] += math.Log(v)
			left += rest
		}
	}
	return lp
}

func (w *mixtureWeights) begin() { clear(w.counts) }

// addStats adds the expected statistics of the rows counted.
func (w *mixtureWeights) addStats(dst []float64) {
	if w.kind == DirichletWeights {
		for k := range dst {
			dst[k] += w.counts[k]
		}
		return
	}
	var after float64 // rows of the components after k
	for k := w.k - 1; k >= 0; k-- {
		if k < w.sticks {
			dst[2*k] += w.counts[k]
			dst[2*k+1] += after
		}
		after += w.counts[k]
	}
}

// rows stores the rows of each component that λ has counted, of n in all where λ does not
// say.
func (w *mixtureWeights) rows(dst, λ []float64, n float64) {
	for k := range dst {
		switch {
		case w.kind == DirichletWeights && len(λ) > 0:
			dst[k] = λ[k] - (w.α0 - 1)
		case w.kind != DirichletWeights && k < w.sticks:
			dst[k] = λ[2*k]
		case w.kind == StickWeights && w.sticks > 0: // those after the last stick
			dst[k] = λ[2*k-1] - (w.α0 - 1)
		default:
			dst[k] = n
		}
		dst[k] = math.Max(0, dst[k]) // less by rounding
	}
}
