package models

import (
	"fmt"
	"math"
)

// mlpOutput is the density of observations given the K outputs of a network. All
// matrices have a row for each observation.
type mlpOutput interface {
	outputs() int // K
	classes() int // of which y is one, 0: y is a number
	check(y []float64) error
	// logLik stores log p(y_i|f_i) in ll, and its gradient in f_i in d1 (n×K) unless nil.
	logLik(ll, d1, y, f []float64)
	// prepare replaces f by what term and moments need of it.
	prepare(f []float64)
	// term stores v_k (n×K) and w_k (n), of rows whose Hessians in f are
	// −Σ_k w_k v_k v_kᵀ, k < K.
	term(v, w []float64, k int, y, f []float64)
	// moments stores the mean of one observation (of its indicators if K > 1) and returns
	// its variance, if K = 1.
	moments(mean, f []float64) float64
}

// oneOutput is a network with one linear predictor.
type oneOutput struct{ MomentLikelihood }

func (oneOutput) outputs() int { return 1 }

func (o oneOutput) classes() int {
	if o.Check(0) == nil && o.Check(1) == nil && o.Check(2) != nil {
		return 2
	}
	return 0
}

func (o oneOutput) check(y []float64) error { return checkTargets(o, y) }

func (o oneOutput) logLik(ll, d1, y, f []float64) {
	for i, v := range y {
		l, d, _ := o.LogLik(v, f[i])
		ll[i] = l
		if d1 != nil {
			d1[i] = d
		}
	}
}

func (oneOutput) prepare([]float64) {}

// term has the weight −ℓ″ rather than its root as v, which no likelihood that is not
// log-concave has.
func (o oneOutput) term(v, w []float64, _ int, y, f []float64) {
	for i, t := range y {
		_, _, d2 := o.LogLik(t, f[i])
		v[i], w[i] = 1, -d2
	}
}

func (o oneOutput) moments(mean, f []float64) (variance float64) {
	mean[0], variance = o.Moments(f[0])
	return variance
}

// softmax is a network with one output for each of K classes:
//
//	log p(y|f) = f_y − log Σ_k exp(f_k)
type softmax int

func (s softmax) outputs() int { return int(s) }
func (s softmax) classes() int { return int(s) }

func (s softmax) check(y []float64) error {
	for i, v := range y {
		if !(v >= 0) || v >= float64(s) || v != math.Floor(v) {
			return &DataError{Row: i, Col: -1, Got: fmt.Sprintf("target %v", v), Want: fmt.Sprintf("a class, 0 to %d", int(s)-1)}
		}
	}
	return nil
}

func (s softmax) logLik(ll, d1, y, f []float64) {
	k := int(s)
	for i, v := range y {
		fi, c := f[i*k:(i+1)*k], int(v)
		top := 0
		for j, v := range fi {
			if v > fi[top] {
				top = j
			}
		}
		// All but the largest term, so that a probability near 1 keeps its digits.
		var others float64
		for j, v := range fi {
			if j != top {
				others += math.Exp(v - fi[top])
			}
		}
		ll[i] = fi[c] - fi[top] - math.Log1p(others)
		if d1 == nil {
			continue
		}
		di := d1[i*k : (i+1)*k]
		var notC float64 // 1 − p_c
		for j, v := range fi {
			di[j] = -math.Exp(v-fi[top]) / (1 + others)
			if j != c {
				notC -= di[j]
			}
		}
		di[c] = notC
	}
}

// prepare makes probabilities of f.
func (s softmax) prepare(f []float64) {
	for k := int(s); len(f) > 0; f = f[k:] {
		fi := f[:k]
		top := fi[0]
		for _, v := range fi[1:] {
			top = max(top, v)
		}
		var sum float64
		for j, v := range fi {
			fi[j] = math.Exp(v - top)
			sum += fi[j]
		}
		for j := range fi {
			fi[j] /= sum
		}
	}
}

// term k of diag(p) − ppᵀ = Σ_k p_k (e_k − p)(e_k − p)ᵀ.
func (s softmax) term(v, w []float64, k int, _, p []float64) {
	n := int(s)
	for i := range w {
		pi, vi := p[i*n:(i+1)*n], v[i*n:(i+1)*n]
		w[i] = pi[k]
		var others float64
		for j, q := range pi {
			vi[j] = -q
			if j != k {
				others += q
			}
		}
		vi[k] = others
	}
}

func (softmax) moments(mean, p []float64) float64 {
	copy(mean, p)
	return 0
}
