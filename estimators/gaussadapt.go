package estimators

import "math"

// Adaptive Gauss–Kronrod integration for likelihoods about which nothing is
// known but their values.

const (
	maxPanels = 1024
	accuracy  = 1e-11 // relative to the integral of the absolute value
)

// integrals are those of ℓ, ℓ′, ℓ″, xℓ and xℓ′ against the standard normal
// density of x.
type integrals [5]float64

// panel is an interval [lo, hi] of x.
type panel struct {
	lo, hi         float64
	sum, abs, errs integrals
}

// adaptive bisects the panels with the largest errors. That E[ℓ′] = E[xℓ]/√v and
// E[ℓ″] = E[xℓ′]/√v (Stein 1981) is checked, and all panels bisected where it does
// not hold: a step of ℓ′ may have been missed. It never holds for derivatives
// that are not those of ℓ, and where the second derivative is a point mass, as at
// a kink of ℓ, which no node sees.
func (e *expectation) adaptive(y, m, v float64) (ell, d1, d2 float64, err error) {
	sd := math.Sqrt(v)
	e.panels = e.panels[:0]
	for x := -10.; x < 10; x++ {
		e.add(y, m, sd, x, x+1)
	}
	for _, side := range [2]float64{-1, 1} {
		for x := 10.; x < wide; x += 4 {
			lo, hi := side*x, side*(x+4)
			e.add(y, m, sd, min(lo, hi), max(lo, hi))
			t := total(e.panels)
			if last := &e.panels[len(e.panels)-1]; !last.matters(&t) {
				break
			}
		}
	}
	for {
		t := total(e.panels)
		wrong := t.disagreement(sd)
		switch n := len(e.panels); {
		case !finite(t.abs[0] + t.abs[1] + t.abs[2]):
			return t.sum[0], t.sum[1], t.sum[2], nil
		case t.converged() && wrong == "":
			return t.sum[0], t.sum[1], t.sum[2], nil
		case !t.converged() && n < maxPanels:
			i := 0
			for j := range e.panels {
				if e.panels[j].share(&t) > e.panels[i].share(&t) {
					i = j
				}
			}
			e.bisect(y, m, sd, i)
		case !t.converged():
			return 0, 0, 0, &AccuracyError{-1, m, v, "numerical integration does not converge"}
		case 2*n <= maxPanels:
			for i := range n {
				e.bisect(y, m, sd, i)
			}
		default:
			return 0, 0, 0, &AccuracyError{-1, m, v, wrong}
		}
	}
}

// disagreement says which of Stein's identities does not hold.
func (t *panel) disagreement(sd float64) string {
	for i, what := range [2]string{"first", "second"} {
		diff := math.Abs(t.sum[3+i]/sd - t.sum[1+i])
		if diff > 1e-10*t.abs[1+i]+accuracy*t.abs[3+i]/sd {
			return "the " + what + " derivative is not that of the log-likelihood, or has a jump or kink that it leaves out"
		}
	}
	return ""
}

// bisect replaces panel i by its halves.
func (e *expectation) bisect(y, m, sd float64, i int) {
	p := e.panels[i]
	mid := p.lo + (p.hi-p.lo)/2
	e.add(y, m, sd, mid, p.hi)
	e.add(y, m, sd, p.lo, mid)
	last := len(e.panels) - 1
	e.panels[i] = e.panels[last]
	e.panels = e.panels[:last]
}

// The nodes of the Kronrod rule of 15 points, its weights, and those of the
// Gauss rule of 7 at every second node (QUADPACK, qk15).
var (
	kronrodNodes = [8]float64{
		0.991455371120812639206854697526329, 0.949107912342758524526189684047851,
		0.864864423359769072789712788640926, 0.741531185599394439863864773280788,
		0.586087235467691130294144691693013, 0.405845151377397166906606412076961,
		0.207784955007898467600689403773245, 0}
	kronrodWeights = [8]float64{
		0.022935322010529224963732008058970, 0.063092092629978553290700663189204,
		0.104790010322250183839876322541518, 0.140653259715525918745189590510238,
		0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
		0.204432940075298892414161999234649, 0.209482141084727828012999174891714}
	gaussWeights = [4]float64{
		0.129484966168869693270611432679082, 0.279705391489276667901467771423780,
		0.381830050505118944950369775488975, 0.417959183673469387755102040816327}
)

// add integrates over a new panel.
func (e *expectation) add(y, m, sd, lo, hi float64) {
	p := panel{lo: lo, hi: hi}
	mid, half := lo+(hi-lo)/2, (hi-lo)/2
	var gauss integrals
	for i := range 15 {
		k, x := i, mid-half*kronrodNodes[min(i, 14-i)]
		if i > 7 {
			k, x = 14-i, mid+half*kronrodNodes[14-i]
		}
		φ := half * math.Exp(-0.5*x*x) / math.Sqrt(2*math.Pi)
		l, d1, d2 := e.lik.LogLik(y, m+sd*x)
		for j, f := range (integrals{l, d1, d2, x * l, x * d1}) {
			p.sum[j] += kronrodWeights[k] * φ * f
			p.abs[j] += kronrodWeights[k] * φ * math.Abs(f)
			if k%2 == 1 {
				gauss[j] += gaussWeights[k/2] * φ * f
			}
		}
	}
	for j := range p.errs {
		// The error of the Gauss rule, far above that of the Kronrod rule.
		p.errs[j] = math.Abs(p.sum[j] - gauss[j])
	}
	e.panels = append(e.panels, p)
}

func total(panels []panel) (t panel) {
	for i := range panels {
		for j := range t.sum {
			t.sum[j] += panels[i].sum[j]
			t.abs[j] += panels[i].abs[j]
			t.errs[j] += panels[i].errs[j]
		}
	}
	return t
}

// converged reports whether the errors of a total are small enough.
func (p *panel) converged() bool {
	for j, err := range p.errs {
		if !(err <= accuracy*p.abs[j]) {
			return false
		}
	}
	return true
}

// matters reports whether a panel is more than a negligible part of the total.
func (p *panel) matters(t *panel) bool {
	for j, a := range p.abs {
		if a > negligible*t.abs[j] {
			return true
		}
	}
	return false
}

// share returns the panel's part of the error, of the integral that has the
// largest.
func (p *panel) share(t *panel) float64 {
	var s float64
	for j, err := range p.errs {
		if t.abs[j] > 0 {
			s = max(s, err/t.abs[j])
		}
	}
	return s
}
