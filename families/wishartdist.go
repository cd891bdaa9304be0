package families

// wishartDist is what WishartDist and InverseWishartDist have in common: members
// whose statistics are those of a Wishart matrix Y, (±log|Y|, Y), and whose natural
// parameter is
//
//	λ = (±a + offset, −½ V⁻¹),   a = (ν−p+1)/2
type wishartDist struct {
	w      *wishart
	λ      Natural
	sign   float64
	offset float64
}

// newWishartDist returns the member with a = 1 and V = 1.
func newWishartDist(p int, sign, offset float64) wishartDist {
	q := wishartDist{newWishart(p), make(Natural, 1+p*p), sign, offset}
	q.setNatural()
	return q
}

// setNatural computes λ from w.
func (q *wishartDist) setNatural() {
	q.λ[0] = q.sign*q.w.a + q.offset
	q.w.inverse(q.λ[1:], -0.5, q.w.p)
}

// adopt makes the next state of w, if it is said to be one, the member, unless the
// λ of it is not in the domain in float64.
func (q *wishartDist) adopt(ok bool) bool {
	if !ok || q.sign*q.w.next.a+q.offset == q.offset || !q.w.nextInverseIsLegal() {
		return false
	}
	q.w.adopt()
	q.setNatural()
	return true
}

// DoF returns the degrees of freedom ν.
func (q *wishartDist) DoF() float64 { return 2 * q.w.x }

// SetNatural refuses a λ₁ at which ν ≤ p−1, a λ₂ that is not negative definite,
// and a λ whose μ or A is out of range.
func (q *wishartDist) SetNatural(λ Natural) bool {
	mustLen(len(λ), len(q.λ), badNaturalLength)
	if !q.w.tryInverse(q.sign*(λ[0]-q.offset), λ[1:], -2) {
		return false
	}
	q.w.adopt()
	copy(q.λ, λ)
	symmetricPart(q.λ[1:], q.w.p)
	return true
}

// Natural returns λ.
func (q *wishartDist) Natural(dst Natural) Natural {
	dst = naturalOf(dst, len(q.λ))
	copy(dst, q.λ)
	return dst
}

// Mean returns μ.
func (q *wishartDist) Mean(dst Mean) Mean {
	dst = meanOf(dst, len(q.λ))
	dst[0] = q.sign * q.w.meanLog()
	q.w.mean(dst[1:])
	return dst
}

// SetMean refuses μ unless μ₂ is positive definite and ±μ₁ < log|μ₂|. The degrees
// of freedom solve p log(ν/2) − ψ_p(ν/2) = log|μ₂| ∓ μ₁; the smaller this
// difference, p(p+1)/(2ν) for large ν, the fewer digits of ν are in μ.
func (q *wishartDist) SetMean(μ Mean) bool {
	mustLen(len(μ), len(q.λ), badMeanLength)
	return q.adopt(q.w.tryMean(q.sign*μ[0], μ[1:]))
}

// LogPartition returns A(λ).
func (q *wishartDist) LogPartition() float64 { return q.w.logPart }

// FisherMulVec stores F v: with v = (v₁, B) it is
// (ψ₁,p(ν/2) v₁ ± 2 tr VB, ±2 v₁ V + 2ν VBV).
func (q *wishartDist) FisherMulVec(dst Mean, v Natural) Mean {
	dst = meanOf(dst, len(q.λ))
	mustLen(len(v), len(q.λ), badNaturalLength)
	copy(q.w.e, v[1:])
	symmetricPart(q.w.e, q.w.p)
	dst[0] = q.sign * q.w.fisherMul(dst[1:], q.sign*v[0])
	return dst
}

// FisherSolve stores F⁻¹g.
func (q *wishartDist) FisherSolve(dst Natural, g Mean) Natural {
	dst = naturalOf(dst, len(q.λ))
	mustLen(len(g), len(q.λ), badMeanLength)
	copy(q.w.e, g[1:])
	symmetricPart(q.w.e, q.w.p)
	dst[0] = q.sign * q.w.fisherSolve(dst[1:], q.sign*g[0])
	return dst
}
