package familytest

import (
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/families"
)

// hiddenFamily is a mixture of Gaussians that breaks one law of a Conditional, or none
// if law is "".
type hiddenFamily struct {
	families.Family
	law string
}

func (f *hiddenFamily) New() families.Distribution {
	q := &hidden{f.Family.New().(*families.GaussMixtureDist), f}
	if f.law == "no KL" {
		return struct{ families.Conditional }{q}
	}
	return q
}

type hidden struct {
	*families.GaussMixtureDist
	f *hiddenFamily
}

func (q *hidden) Family() families.Family { return q.f }

func (q *hidden) KL(o families.Distribution) float64 {
	kl := q.GaussMixtureDist.KL(o.(*hidden).GaussMixtureDist)
	switch q.f.law {
	case "KL with an offset":
		return kl + 1e-3
	case "½ in KL":
		return 2 * kl
	case "KL of the weights alone":
		return families.KL(q.weights(), o.(*hidden).weights())
	}
	return kl
}

// weights returns the marginal of the hidden variable.
func (q *hidden) weights() families.Distribution {
	w := families.Categorical(q.NumComponents()).New()
	w.SetNatural(q.Natural(nil)[:q.NumComponents()-1])
	return w
}

// scaled multiplies the blocks of the components by a power of their weights.
func (q *hidden) scaled(x []float64, power float64) {
	k := q.NumComponents()
	n := (len(x) - k + 1) / k
	for c, π := range q.Weights(nil) {
		scale(x[k-1+c*n:][:n], math.Pow(π, power))
	}
}

func (q *hidden) FisherMulVec(dst families.Mean, v families.Natural) families.Mean {
	dst = q.GaussMixtureDist.FisherMulVec(dst, v)
	if q.f.law == "F without the weights" {
		q.scaled(dst, -1)
	}
	return dst
}

func (q *hidden) FisherSolve(dst families.Natural, g families.Mean) families.Natural {
	dst = q.GaussMixtureDist.FisherSolve(dst, g)
	if q.f.law == "F without the weights" {
		q.scaled(dst, 1)
	}
	return dst
}

func (q *hidden) LogPartition() float64 {
	a := q.GaussMixtureDist.LogPartition()
	switch q.f.law {
	case "entropy below that of z":
		return a - 2
	case "A of one component":
		return q.Component(0).LogPartition()
	}
	return a
}

func (q *hidden) Entropy() float64 {
	h := q.GaussMixtureDist.Entropy()
	switch q.f.law {
	case "entropy below that of z":
		return h - 2
	case "entropy of z given w":
		return h - q.weights().Entropy()
	}
	return h
}

func (q *hidden) LogProb(z []float64) float64 {
	if q.f.law == "density of the nearest component" {
		logs := make([]float64, q.NumComponents())
		q.LogComponents(logs, z)
		most := math.Inf(-1)
		for c, π := range q.Weights(nil) {
			most = math.Max(most, logs[c]+math.Log(π))
		}
		return most
	}
	return q.GaussMixtureDist.LogProb(z)
}

func (q *hidden) ConditionalStats(dst families.Mean, z []float64) families.Mean {
	dst = q.GaussMixtureDist.ConditionalStats(dst, z)
	switch k := q.NumComponents(); q.f.law {
	case "statistics of the nearest component":
		if r := q.Responsibilities(nil, z); r[0] > r[1] { // of two
			q.only(dst, 0, z)
		} else {
			q.only(dst, 1, z)
		}
	case "statistics without responsibilities":
		q.only(dst, 0, z)
		copy(dst[k-1:], q.Component(0).Family().SufficientStats(nil, z))
		copy(dst[(len(dst)+k-1)/2:], q.Component(0).Family().SufficientStats(nil, z))
	}
	return dst
}

// only stores the statistics of z if it is of component c for certain.
func (q *hidden) only(dst families.Mean, c int, z []float64) {
	k := q.NumComponents()
	n := (len(dst) - k + 1) / k
	clear(dst)
	if c < k-1 {
		dst[c] = 1
	}
	copy(dst[k-1+c*n:][:n], q.Component(c).Family().SufficientStats(nil, z))
}

func (q *hidden) Rand(dst []float64, rnd *rand.Rand) []float64 {
	if q.f.law == "draws of components as often" {
		return q.Component(rnd.IntN(q.NumComponents())).Rand(dst, rnd)
	}
	return q.GaussMixtureDist.Rand(dst, rnd)
}

func TestBrokenConditionalsAreCaught(t *testing.T) {
	mixture := families.GaussMixture(2, 1)
	near := families.Natural{0.4, -1.6, -1, 0.4, -0.4} // components that overlap
	for law, says := range map[string]string{
		"no KL":                               "a Conditional without KL",
		"KL with an offset":                   "KL(p‖p) =",
		"½ in KL":                             "half the second derivative of KL",
		"KL of the weights alone":             "half the second derivative of KL",
		"F without the weights":               "half the second derivative of KL",
		"entropy below that of z":             "the mean of −LogProb exceeds the entropy of (w, z)",
		"entropy of z given w":                "A − ⟨λ, μ⟩ is",
		"A of one component":                  "A − ⟨λ, μ⟩ is",
		"density of the nearest component":    "is the density normalised?",
		"statistics of the nearest component": "standard errors from μ",
		"statistics without responsibilities": "standard errors from μ",
		"draws of components as often":        "standard errors from μ",
	} {
		report(t, law, says, Check(&hiddenFamily{mixture, law}, near))
	}
	Test(t, &hiddenFamily{Family: mixture}, near)
}
