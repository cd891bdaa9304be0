package familytest

import (
	"math"
	"math/rand/v2"
	"slices"

	"natgrad/families"
)

// gaussian is what the Gaussian families of the project can do.
type gaussian interface {
	families.Gaussian
	families.Pathwise
	families.Retracter
	families.KLer
}

// brokenFamily is a Gaussian family that breaks one law, or none if law is "".
type brokenFamily struct {
	families.Family
	law    string
	calls  int
	seen   map[float64]bool
	shared gaussian
}

func (f *brokenFamily) New() families.Distribution {
	q := &broken{gaussian: f.Family.New().(gaussian), f: f}
	if f.law == "members share their state" {
		if f.shared == nil {
			f.shared = q.gaussian
		}
		q.gaussian = f.shared
	}
	return q
}

func (f *brokenFamily) String() string {
	f.calls++
	if f.law == "unstable name" && f.calls > 1 {
		return "another name"
	}
	return f.Family.String()
}

func (f *brokenFamily) Dim() int {
	if f.law == "no dimension" {
		return 0
	}
	return f.Family.Dim()
}

func (f *brokenFamily) SufficientStats(dst families.Mean, z []float64) families.Mean {
	dst = f.Family.SufficientStats(dst, z)
	switch f.law {
	case "T":
		dst[len(dst)-1] *= 1.001
	case "T infinite":
		dst[0] = math.Inf(1)
	case "T too long":
		dst = append(dst, 0)
	}
	return dst
}

// broken overrides the methods of a sound Gaussian.
type broken struct {
	gaussian
	f     *brokenFamily
	kept  families.Natural // the argument of the last SetNatural
	cache float64          // the entropy then
	fresh bool             // whether Mean was called since
	prec  []float64        // the first Precision
	waste []float64
}

func (q *broken) is(law string) bool { return q.f.law == law }

func (q *broken) Family() families.Family {
	if q.is("family of another") {
		return families.DiagGaussian(7)
	}
	return q.f
}

func (q *broken) SetNatural(λ families.Natural) bool {
	switch {
	case q.is("SetNatural refuses all"):
		return false
	case q.is("SetNatural changes the receiver if it refuses"):
		return q.changed(q.gaussian.SetNatural(λ))
	case q.is("SetNatural accepts NaN") && slices.ContainsFunc(λ, math.IsNaN),
		q.is("SetNatural accepts all") && λ[0] > -1e300,
		q.is("SetNatural accepts what is far") && math.Abs(λ[0]) > 100:
		q.gaussian.SetNatural(λ)
		return true
	case q.is("SetNatural accepts less"):
		λ = slices.Clone(λ)
		λ[0] *= 0.9
	}
	ok := q.gaussian.SetNatural(λ)
	if ok {
		q.kept, q.cache, q.fresh = λ, q.gaussian.Entropy(), true
	}
	return ok
}

// changed makes the receiver a little different if ok is false.
func (q *broken) changed(ok bool) bool {
	if !ok {
		λ := q.gaussian.Natural(nil)
		λ[0] += 1e-9
		q.gaussian.SetNatural(λ)
	}
	return ok
}

func (q *broken) SetMean(μ families.Mean) bool {
	q.kept = nil
	switch {
	case q.is("SetMean with the wrong variance"):
		μ = slices.Clone(μ)
		μ[len(μ)-1] *= 1.001
	case q.is("SetMean with a wrong sign"):
		μ = slices.Clone(μ)
		μ[0] = -μ[0]
	case q.is("SetMean refuses what is not a Mean") && !q.f.seen[μ[0]]:
		return false
	case q.is("SetMean changes the receiver if it refuses"):
		return q.changed(q.gaussian.SetMean(μ))
	}
	return q.gaussian.SetMean(μ) || q.is("SetMean accepts all")
}

func (q *broken) Natural(dst families.Natural) families.Natural {
	if q.is("Natural is what the caller has") && q.kept != nil {
		mustLen(len(q.gaussian.Natural(dst)), len(q.kept))
		return append(dst[:0], q.kept...)
	}
	return q.gaussian.Natural(dst)
}

func (q *broken) Mean(dst families.Mean) families.Mean {
	if q.is("allocates") {
		q.waste = make([]float64, 3)
	}
	if q.is("allocates in the first call") && q.fresh {
		q.waste, q.fresh = make([]float64, 3), false
	}
	dst = q.gaussian.Mean(dst)
	switch {
	case q.is("Mean"):
		dst[len(dst)-1] *= 1.001
	case q.is("Mean has NaN"):
		dst[0] = math.NaN()
	case q.is("SetMean refuses what is not a Mean"):
		if q.f.seen == nil {
			q.f.seen = make(map[float64]bool)
		}
		q.f.seen[dst[0]] = true
	}
	return dst
}

func (q *broken) LogPartition() float64 {
	a := q.gaussian.LogPartition()
	switch {
	case q.is("½ in A"):
		return 2 * a
	case q.is("log 2π"):
		return a - 0.919
	case q.is("A has noise"):
		return a + 1e-3*math.Sin(1e9*a)
	}
	return a
}

func (q *broken) Entropy() float64 {
	h := q.gaussian.Entropy()
	switch {
	case q.is("½ in the entropy"):
		return h - 0.5
	case q.is("log 2π"):
		return h - 0.919
	case q.is("entropy of the last SetNatural") && q.cache != 0:
		return q.cache
	}
	return h
}

func (q *broken) LogProb(z []float64) float64 {
	switch d := q.f.Dim(); {
	case q.is("no length checked") && len(z) < d:
		return 0
	case q.is("index out of range"):
		z = z[:d:d]
	}
	l := q.gaussian.LogProb(z)
	switch {
	case q.is("½ in the density"):
		return l + 1e-3*z[0]*z[0]
	case q.is("log 2π"):
		return l + 0.919
	case q.is("density at NaN") && math.IsNaN(l):
		return -1
	}
	return l
}

func (q *broken) Rand(dst []float64, rnd *rand.Rand) []float64 {
	dst = q.gaussian.Rand(dst, rnd)
	switch {
	case q.is("sd of draws"):
		for i, m := range q.Loc(nil) {
			dst[i] = m + 1.1*(dst[i]-m)
		}
	case q.is("mean of draws"):
		dst[0] += 0.1 * math.Sqrt(q.Cov(nil)[0])
	case q.is("correlation of draws"):
		loc, cov := q.Loc(nil), q.Cov(nil)
		dst[1] = loc[1] + (dst[0]-loc[0])*math.Sqrt(cov[3]/cov[0])
	case q.is("draws from elsewhere"):
		q.f.calls++
		dst[0] += 1e-9 * float64(q.f.calls%7)
	}
	return dst
}

func (q *broken) FisherMulVec(dst families.Mean, v families.Natural) families.Mean {
	dst = q.gaussian.FisherMulVec(dst, v)
	switch {
	case q.is("sign of F"):
		scale(dst, -1)
	case q.is("½ in F"), q.is("½ in F and F⁻¹"):
		scale(dst, 0.5)
	case q.is("F not symmetric"):
		dst[0] += 0.1 * v[1]
	case q.is("F not linear"):
		dst[0] += 0.01 * v[0] * v[0] * v[0]
	}
	return dst
}

func (q *broken) FisherSolve(dst families.Natural, g families.Mean) families.Natural {
	dst = q.gaussian.FisherSolve(dst, g)
	switch {
	case q.is("F⁻¹"):
		dst[0] *= 1.001
	case q.is("½ in F and F⁻¹"):
		scale(dst, 2)
	}
	return dst
}

func scale[S ~[]float64](x S, by float64) {
	for i := range x {
		x[i] *= by
	}
}

func (q *broken) KL(o families.Distribution) float64 {
	p, r := q.gaussian, o.(*broken).gaussian
	switch {
	case q.is("KL the other way"):
		return r.KL(p)
	case q.is("½ in KL"):
		return 2 * p.KL(r)
	case q.is("KL with an offset"):
		return p.KL(r) + 1e-3
	}
	return p.KL(r)
}
