package families

import (
	"math"
	"reflect"
	"sync"

	"gonum.org/v1/gonum/integrate/quad"
)

const (
	badFamilies = "families: the two distributions are of different families"
	badBregman  = "families: the divergence of a Conditional has no Bregman form"
)

// KL returns the Kullback–Leibler divergence of two members of one family, in
// nats,
//
//	KL(p‖q) = E_p[log p − log q] = A(λ_q) − A(λ_p) − ⟨λ_q − λ_p, μ_p⟩ ≥ 0
//
// It panics if the families differ, and allocates: see Divergence.
func KL(p, q Distribution) float64 { return NewDivergence(p.Family()).KL(p, q) }

// CrossEntropy returns −E_p[log q] = A(λ_q) − ⟨λ_q, μ_p⟩ in nats, as the sum of
// the entropy of p and KL(p‖q), neither of which cancels. It panics if the
// families differ, and allocates: see Divergence.
func CrossEntropy(p, q Distribution) float64 {
	return NewDivergence(p.Family()).CrossEntropy(p, q)
}

// BregmanNatural returns the Bregman divergence of the log-partition function,
//
//	B_A(λ_q, λ_p) = A(λ_q) − A(λ_p) − ⟨λ_q − λ_p, ∇A(λ_p)⟩
//
// which is KL(p‖q): the arguments trade places. It is evaluated as it stands,
// so that rounding may leave a small negative number where KL does not. It
// panics if the families differ or members are Conditional, and allocates: see
// Divergence.
func BregmanNatural(q, p Distribution) float64 {
	return NewDivergence(p.Family()).BregmanNatural(q, p)
}

// BregmanMean returns the Bregman divergence of the negative entropy A*, the
// convex conjugate of A,
//
//	B_A*(μ_p, μ_q) = A*(μ_p) − A*(μ_q) − ⟨μ_p − μ_q, ∇A*(μ_q)⟩,   ∇A*(μ) = λ
//
// which is KL(p‖q). It is evaluated as it stands, like BregmanNatural. It
// panics if the families differ or members are Conditional, and allocates: see
// Divergence.
func BregmanMean(p, q Distribution) float64 {
	return NewDivergence(p.Family()).BregmanMean(p, q)
}

// KLer is a Distribution with its own formula for the KL divergence, cheaper or
// more accurate than the generic one.
type KLer interface {
	Distribution
	// KL returns KL(receiver‖q) for a q of the same family.
	KL(q Distribution) float64
}

// Divergence compares members of one family, and allocates nothing after the
// first comparison. It is not safe for concurrent use.
type Divergence struct {
	family Family
	parts  []*Divergence // if the family is a product
	λ, δ   Natural
	μ      Mean
	mid    Distribution
}

// NewDivergence returns a workspace for comparing members of f.
func NewDivergence(f Family) *Divergence {
	w := &Divergence{family: f}
	if f, ok := f.(*productFamily); ok {
		w.parts = make([]*Divergence, len(f.parts))
		for i, part := range f.parts {
			if i > 0 && sameFamily(part, f.parts[i-1]) {
				w.parts[i] = w.parts[i-1]
				continue
			}
			w.parts[i] = NewDivergence(part)
		}
	}
	return w
}

// sameFamily compares the values before the strings, which may be built anew.
func sameFamily(f, g Family) bool {
	if reflect.ValueOf(f).Comparable() && reflect.ValueOf(g).Comparable() && f == g {
		return true
	}
	return f.String() == g.String()
}

func (w *Divergence) check(p, q Distribution) {
	if !sameFamily(p.Family(), w.family) || !sameFamily(q.Family(), w.family) {
		panic(badFamilies)
	}
}

// KL is as the function KL.
//
// Products are compared part by part, and a KLer by its own formula. Otherwise,
// where the terms of the Bregman form cancel by a factor of a thousand or more,
// because p and q are close or their parameters large, the divergence is
// computed from its integral form
//
//	KL(p‖q) = ∫₀¹ (1−t) δᵀ F(λ_p + tδ) δ dt,   δ = λ_q − λ_p
//
// by Gauss–Legendre rules of rising order. What is left is the cancellation
// within δᵀFδ: 1e-8 relative for a Gamma of shape 1e8, for instance, which the
// Bregman form knows to no digit at all if its neighbour is of shape 1.001e8.
func (w *Divergence) KL(p, q Distribution) float64 {
	w.check(p, q)
	if w.parts != nil {
		var sum float64
		qs := q.(Composite).Parts()
		for i, part := range p.(Composite).Parts() {
			sum += w.parts[i].KL(part, qs[i])
		}
		return sum
	}
	if p, ok := p.(KLer); ok {
		return math.Max(0, p.KL(q))
	}
	bregman, size := w.bregman(q, p)
	if size == 0 || bregman > 1e-3*size {
		return bregman
	}
	integral, uncertainty := w.integral(p)
	if uncertainty <= 0x1p-50*size {
		return integral
	}
	return math.Max(0, bregman)
}

// CrossEntropy is as the function CrossEntropy.
func (w *Divergence) CrossEntropy(p, q Distribution) float64 {
	return p.Entropy() + w.KL(p, q)
}

// BregmanNatural is as the function BregmanNatural.
func (w *Divergence) BregmanNatural(q, p Distribution) float64 {
	w.check(p, q)
	mustBregman(p)
	b, _ := w.bregman(q, p)
	return b
}

// BregmanMean is as the function BregmanMean.
func (w *Divergence) BregmanMean(p, q Distribution) float64 {
	w.check(p, q)
	mustBregman(p)
	w.makeVectors()
	q.Natural(w.λ)
	p.Mean(w.μ)
	b := q.Entropy() - p.Entropy()
	for i, μ := range w.μ {
		b -= μ * w.λ[i]
	}
	q.Mean(w.μ)
	for i, μ := range w.μ {
		b += μ * w.λ[i]
	}
	return b
}

func mustBregman(p Distribution) {
	if IsConditional(p) {
		panic(badBregman)
	}
}

func (w *Divergence) makeVectors() {
	if w.λ == nil {
		n := w.family.NumParams()
		w.λ, w.δ, w.μ = make(Natural, n), make(Natural, n), make(Mean, n)
	}
}

// bregman returns B_A(λ_q, λ_p) and the size of its terms. It leaves λ_p and
// λ_q − λ_p in λ and δ.
func (w *Divergence) bregman(q, p Distribution) (b, size float64) {
	w.makeVectors()
	p.Natural(w.λ)
	q.Natural(w.δ)
	p.Mean(w.μ)
	var dot float64
	moved := false
	for i, λ := range w.λ {
		w.δ[i] -= λ
		moved = moved || w.δ[i] != 0
		term := w.δ[i] * w.μ[i]
		dot += term
		size += math.Abs(term)
	}
	if !moved {
		return 0, 0
	}
	ap, aq := p.LogPartition(), q.LogPartition()
	return aq - ap - dot, size + math.Abs(ap) + math.Abs(aq)
}

// integral evaluates the integral form of KL from λ_p and δ, until two rules
// agree, and returns the difference of the last two too.
func (w *Divergence) integral(p Distribution) (kl, uncertainty float64) {
	if w.mid == nil {
		w.mid = p.Family().New()
	}
	kl, uncertainty = math.NaN(), math.Inf(1)
	at := 0.0 // where on the way from λ_p to λ_q the vector λ is
	for _, rule := range unitRules() {
		var sum float64
		for k, t := range rule.x {
			for i, δ := range w.δ {
				w.λ[i] += (t - at) * δ
			}
			at = t
			if !w.mid.SetNatural(w.λ) {
				return math.NaN(), math.Inf(1)
			}
			w.mid.FisherMulVec(w.μ, w.δ)
			var square float64
			for i, δ := range w.δ {
				square += δ * w.μ[i]
			}
			sum += rule.weight[k] * (1 - t) * square
		}
		last := kl
		kl = math.Max(0, sum)
		uncertainty = math.Abs(kl - last)
		if uncertainty <= 1e-14*kl {
			return kl, uncertainty
		}
		if math.IsNaN(uncertainty) {
			uncertainty = math.Inf(1)
		}
	}
	return kl, uncertainty
}

// unitRule is a Gauss–Legendre rule on (0, 1).
type unitRule struct{ x, weight []float64 }

var unitRules = sync.OnceValue(func() []unitRule {
	var rules []unitRule
	for n := 4; n <= 32; n *= 2 {
		r := unitRule{make([]float64, n), make([]float64, n)}
		quad.Legendre{}.FixedLocations(r.x, r.weight, 0, 1)
		rules = append(rules, r)
	}
	return rules
})
