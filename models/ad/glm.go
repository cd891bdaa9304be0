package ad

import (
	"errors"
	"fmt"
	"math"

	"natgrad/models"
)

// GLM is the likelihood of a generalised linear model, n observations that are
// independent given their linear predictors, of a constant n×d matrix X and d
// coefficients β:
//
//	log p(y|β) = Σ log p(yᵢ|fᵢ),  f = X β
//
// y must be data. It is one operation that goes once through the rows, faster than
// MulVec and a density of the result. A likelihood with parameters of its own,
// such as a noise that is not known, is for those.
func GLM(X models.Matrix, beta Value, lik models.Likelihood) Dist {
	return Dist{multi: glm, args: [3]operand{operandOf(beta)}, with: constants{x: X, lik: lik}}
}

var glm = &multivariate{name: "GLM", args: []string{"beta"}, record: recordGLM}

// glmChunk is the number of rows that are gone through at once.
const glmChunk = 256

// opGLM saves the gradient Xᵀ ℓ′ in β, and ℓ″ of each row.
var opGLM = &op{"GLM",
	func(t *Tape, n *node) {
		dβ := t.adjoint(n.in[1])
		axpy(dβ, t.adjOwn(n)[0], t.savedOf(n, len(dβ)))
	},
	func(t *Tape, n *node) {
		ḃ := t.tangentOf(n.in[1])
		t.dotOwn(n)[0] = dot(t.savedOf(n, len(ḃ)), ḃ)
	},
	func(t *Tape, n *node) {
		ḃ, dḃ := t.tangentOf(n.in[1]), t.adjointTangent(n.in[1])
		x := t.refs[n.ref].(models.Matrix)
		rows, d := x.Dims()
		saved := t.savedOf(n, d+rows)
		axpy(dḃ, t.adotOwn(n)[0], saved[:d])
		g := t.adjOwn(n)[0]
		buf := t.scratch(glmChunk)
		for lo := 0; lo < rows; lo += glmChunk {
			hi := min(lo+glmChunk, rows)
			f := buf[:hi-lo]
			x.MulVec(f, ḃ, lo, hi)
			for i, d2 := range saved[d+lo : d+hi] {
				f[i] *= g * d2
			}
			x.AddMulVecTrans(dḃ, f, lo, hi)
		}
	},
}

func recordGLM(t *Tape, in [4]int32, with constants) int32 {
	x, lik := with.x, with.lik
	if x == nil || lik == nil {
		return t.badDist("GLM", "nil", "a matrix and a likelihood")
	}
	rows, cols := x.Dims()
	y, β := in[0], in[1]
	switch {
	case t.nodes[y].op != opData:
		return t.badDist("GLM", "observations that depend on parameters", "data")
	case int(t.nodes[y].n) != rows || int(t.nodes[β].n) != cols:
		return t.badDist("GLM", fmt.Sprintf("%d observations, a %d×%d matrix and %d coefficients", t.nodes[y].n, rows, cols, t.nodes[β].n),
			"as many observations as rows and coefficients as columns")
	}
	if t.trace != nil && t.trace.check && !t.checkGLM(t.value(y), lik) {
		return t.constant(0)
	}
	active := t.nodes[β].active
	id := t.push2(opGLM, 1, active, y, β)
	t.keep(id, x)
	var grad, curve []float64
	if active {
		saved := t.save(id, cols+rows)
		grad, curve = saved[:cols], saved[cols:]
		clear(grad)
	}
	buf := t.scratch(2 * glmChunk)
	obs, b := t.value(y), t.value(β)
	var total float64
	for lo := 0; lo < rows; lo += glmChunk {
		hi := min(lo+glmChunk, rows)
		f, r := buf[:hi-lo], buf[glmChunk:][:hi-lo]
		x.MulVec(f, b, lo, hi)
		var w []float64
		if active {
			w = curve[lo:hi]
		}
		total += logLik(lik, obs[lo:hi], f, r, w)
		if active {
			x.AddMulVecTrans(grad, r, lo, hi)
		}
	}
	t.value(id)[0] = total
	return id
}

// logLik returns Σ log p(yᵢ|fᵢ) of a chunk of rows, and stores ℓ′ in d1 and ℓ″ in d2,
// if that is not nil.
func logLik(lik models.Likelihood, y, f, d1, d2 []float64) (total float64) {
	if _, ok := lik.(models.BernoulliLogit); ok {
		if total = logLikLogit(y, f, d1, d2); total == total {
			return total
		}
		total = 0
	}
	if d2 == nil {
		for i, v := range y {
			l, _, _ := lik.LogLik(v, f[i])
			total += l
		}
		return total
	}
	for i, v := range y {
		var l float64
		l, d1[i], d2[i] = lik.LogLik(v, f[i])
		total += l
	}
	return total
}

// logLikLogit is logLik of 0 and 1, NaN of anything else. One logarithm is taken of
// the product of all 1 + e⁻ᶠ, at most 2 each in a chunk: the absolute error of each is
// that of rounding 1.
func logLikLogit(y, f, d1, d2 []float64) (total float64) {
	f, d1 = f[:len(y)], d1[:len(y)]
	prod := 1.0
	for i, v := range y {
		if v != 0 && v != 1 {
			return math.NaN()
		}
		f := f[i]
		e := math.Exp(-math.Abs(f))
		p := 1 + e
		prod *= p
		s := 1 / p
		g := e * s
		if d2 != nil {
			d2[i] = -g * s
		}
		// The residual y − σ(f), without cancellation in the tails.
		if f >= 0 {
			v--
		} else {
			g = -g
		}
		total += v * f
		d1[i] = v + g
	}
	return total - math.Log(prod)
}

// checkGLM looks, at declaration, for observations that cannot be.
func (t *Tape) checkGLM(y []float64, lik models.Likelihood) bool {
	for i, v := range y {
		err := lik.Check(v)
		if err == nil {
			continue
		}
		got, want := formatted(v), err.Error()
		var de *models.DataError
		if errors.As(err, &de) {
			want = de.Want
		}
		t.failAt("GLM", i, "y = "+got, want)
		return false
	}
	return true
}
