package families

// simplexDist is what BetaDist and DirichletDist have in common: members whose
// natural parameter is α − 1 and whose mean parameter is ψ(α_k) − ψ(Σα).
//
// The next member is made in next, which takes the place of c when it is legal.
type simplexDist struct {
	λ       Natural
	c, next *concentrations
}

func newSimplexDist(k int) simplexDist {
	return simplexDist{make(Natural, k), newConcentrations(k), newConcentrations(k)}
}

// SetNatural refuses λ unless all λ_k > −1 and A(λ) is finite.
func (q *simplexDist) SetNatural(λ Natural) bool {
	mustLen(len(λ), len(q.λ), badNaturalLength)
	for k, x := range λ {
		q.next.α[k] = 1 + x
	}
	if !q.next.update() {
		return false
	}
	q.c, q.next = q.next, q.c
	copy(q.λ, λ)
	return true
}

// adoptNext makes q the member with the concentrations next.α, unless they are
// outside the domain, or a λ_k of theirs is −1 in float64.
func (q *simplexDist) adoptNext() (ok bool) {
	for _, α := range q.next.α {
		if α-1 == -1 {
			return false
		}
	}
	if !q.next.update() {
		return false
	}
	q.c, q.next = q.next, q.c
	for k, α := range q.c.α {
		q.λ[k] = α - 1
	}
	return true
}

// SetMean refuses μ unless all μ_k < 0 and Σ e^{μ_k} < 1. The nearer this sum is
// to 1, by about (K−1)/(2Σα), the fewer digits of Σα are in μ.
func (q *simplexDist) SetMean(μ Mean) bool {
	mustLen(len(μ), len(q.λ), badMeanLength)
	return q.next.solveMean(μ) && q.adoptNext()
}

// Natural returns λ.
func (q *simplexDist) Natural(dst Natural) Natural {
	dst = naturalOf(dst, len(q.λ))
	copy(dst, q.λ)
	return dst
}

// Mean returns μ.
func (q *simplexDist) Mean(dst Mean) Mean {
	dst = meanOf(dst, len(q.λ))
	q.c.mean(dst)
	return dst
}

// LogPartition returns A(λ).
func (q *simplexDist) LogPartition() float64 { return q.c.normalized().a }

// Entropy returns A(λ) − ⟨λ, μ⟩.
func (q *simplexDist) Entropy() float64 { return q.c.entropy() }

// FisherMulVec stores F v, F = diag ψ₁(α_k) − ψ₁(Σα) 11ᵀ.
func (q *simplexDist) FisherMulVec(dst Mean, v Natural) Mean {
	dst = meanOf(dst, len(q.λ))
	mustLen(len(v), len(q.λ), badNaturalLength)
	q.c.fisherMul(dst, v)
	return dst
}

// FisherSolve stores F⁻¹g.
func (q *simplexDist) FisherSolve(dst Natural, g Mean) Natural {
	dst = naturalOf(dst, len(q.λ))
	mustLen(len(g), len(q.λ), badMeanLength)
	q.c.fisherSolve(dst, g)
	return dst
}
