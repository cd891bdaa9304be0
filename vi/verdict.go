package vi

import (
	"fmt"
	"math"
	"slices"

	"natgrad/families"
	"natgrad/vi/diagnostics"
)

// Verdict says whether an answer can be trusted.
type Verdict int

const (
	// Unchecked: no draws were made to look at the answer.
	Unchecked Verdict = iota
	// OK: nothing was found that speaks against it.
	OK
	// Warn: use it with the care that the reasons ask for.
	Warn
	// Fail: do not use it.
	Fail
)

var verdictNames = [...]string{"unchecked", "OK", "warn", "fail"}

func (v Verdict) String() string {
	if v < 0 || int(v) >= len(verdictNames) {
		return fmt.Sprintf("Verdict(%d)", int(v))
	}
	return verdictNames[v]
}

// MarshalText writes the verdict as its name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads a name that MarshalText wrote.
func (v *Verdict) UnmarshalText(text []byte) error {
	i := slices.Index(verdictNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("vi: verdict %q, want one of %q", text, verdictNames)
	}
	*v = Verdict(i)
	return nil
}

// The limits of the verdict, in posterior standard deviations, logarithms of
// them, or nats.
const (
	agreeError = 0.05 // plain and resampled estimates are the same
	largeError = 0.2
	noisyError = 0.1 // of resampled estimates
	fewESS     = 100
	mostDraws  = 0.5 // share of draws
	nearlyAll  = 0.7
	mostBad    = 1e-3 // share of draws
	rivalNats  = 7    // another mode that has a thousandth of the probability
)

// judge sets the verdict and the reasons for it.
func (r *Result) judge() {
	r.Verdict, r.Reasons = OK, nil
	r.judgeStatus()
	r.judgeStarts()
	r.judgeDraws()
	if r.Verdict == OK && len(r.Reasons) == 0 {
		r.Reasons = append(r.Reasons, fmt.Sprintf("converged; k̂ = %.2f, and by importance weights, of which %.0f of %d count, estimates differ little", r.KHat, r.ESS, r.Draws.Len()))
	}
}

func (r *Result) blame(v Verdict, format string, args ...any) {
	r.Verdict = max(r.Verdict, v)
	r.Reasons = append(r.Reasons, fmt.Sprintf(format, args...))
}

func (r *Result) judgeStatus() {
	switch r.Status {
	case Converged:
	case IterationLimit:
		r.blame(Fail, "the fit had not converged after %d iterations: raise MaxIterations", r.Iterations)
	default:
		r.blame(Fail, "the fit ended as %v", r.Status)
	}
	if !(r.Sampling <= 2*samplingError) {
		v := Warn
		if !(r.Sampling < largeError) {
			v = Fail
		}
		r.blame(v, "other draws would move the answer by %.2g posterior standard deviations: give SampleAverage more Draws", r.Sampling)
	}
}

// judgeStarts looks for other modes.
func (r *Result) judgeStarts() {
	_, mixed := r.Q.(*families.GaussMixtureDist)
	rivals, lead := 0, math.Inf(1)
	for _, s := range r.Starts {
		if s.Mode <= 0 || mixed && !s.Peak { // that a mixture has lesser optima says nothing
			continue
		}
		rivals++
		lead = math.Min(lead, r.Starts.best()-s.ELBO)
	}
	switch {
	case rivals == 0 && r.Peaks > 1:
		r.blame(Warn, "the log-joint has %d maxima in the region of the answer: means and standard deviations say little of such a posterior", r.Peaks)
	case rivals == 0:
	case mixed && lead < rivalNats:
		r.blame(Fail, "no component is at another mode, of the log-joint, that is %.1f nats lower: give the mixture more of them", lead)
	case mixed:
		r.blame(Warn, "no component is at another mode, of the log-joint, that is %.1f nats lower", lead)
	case lead < rivalNats:
		r.blame(Fail, "%d of %d starts end in another mode, %.1f nats lower: one Gaussian cannot describe both", rivals, len(r.Starts), lead)
	default:
		r.blame(Warn, "%d of %d starts end in another mode, %.1f nats lower, which the answer leaves out", rivals, len(r.Starts), lead)
	}
}

// judgeDraws looks at the importance weights.
func (r *Result) judgeDraws() {
	if r.Draws == nil {
		return
	}
	n := r.Draws.Len()
	switch beyond := r.Draws.Bad - r.Draws.BadFromQ; {
	case r.Draws.BadFromQ > 0:
		r.blame(Fail, "the log-joint is not a number at %d of %d draws", r.Draws.BadFromQ, r.Draws.FromQ)
	case float64(beyond) > mostBad*float64(n):
		r.blame(Warn, "the log-joint is not a number at %d of %d draws, all of them from wider proposals", beyond, n)
	}
	where := ""
	if w := r.worst(); w >= 0 {
		where = fmt.Sprintf(" (the largest difference is in %s)", r.Params[w].Name)
	}
	even := !r.uneven()
	trusted := r.reliable(&diagnostics.PSIS{KHat: r.WeightsKHat, ESS: r.ESS})
	switch limit := diagnostics.Threshold(n); {
	case even:
	case !trusted && r.independent():
		r.blame(Warn, "k̂ = %.2f: independent coordinates cannot describe this posterior, and their standard deviations are too small where parameters are correlated%s; fit a full covariance", r.KHat, where)
		return
	case !trusted:
		what, wants := "no Gaussian stands", "heavy tails or several modes another family"
		if q, ok := r.Q.(*families.GaussMixtureDist); ok {
			what, wants = fmt.Sprintf("no mixture of %d Gaussians stands", q.NumComponents()), "several modes more components, heavy tails another family"
		}
		r.blame(Fail, "k̂ = %.2f, %.2f with wider proposals: %s in for this posterior%s; a funnel wants the non-centred form, %s", r.KHat, r.WeightsKHat, what, where, wants)
		return
	case r.TailsKHat > 0:
		r.blame(Warn, "k̂ = %.2f, but %.2f with wider proposals: the posterior has heavier tails than q, which estimates of its bulk need not show", r.KHat, r.TailsKHat)
	case !(r.KHat < limit):
		r.Resample = true
		r.blame(Warn, "k̂ = %.2f: q is too light in its tails; use the importance-resampled estimates%s", r.KHat, where)
	}
	mean, sd := r.disagreement()
	switch {
	case mean > largeError || sd > largeError:
		r.Resample = true
		r.blame(Warn, "importance resampling moves means by up to %.2f standard deviations and standard deviations by up to %.0f %%%s: use the resampled estimates", mean, 100*math.Expm1(sd), where)
	case mean > agreeError || sd > agreeError:
		r.Resample = true
	}
	if e := r.noise(); e > noisyError {
		r.blame(Warn, "the importance-resampled estimates have a Monte Carlo error of %.2f posterior standard deviations, too much to confirm the others", e)
	}
}

// independent reports whether Q is a Gaussian with independent coordinates.
func (r *Result) independent() bool {
	g, ok := r.Q.(families.Gaussian)
	d := r.Q.Family().Dim()
	return ok && d > 1 && g.CovLen() == d
}

// reliable reports whether estimates by the weights of all draws can be used.
func (r *Result) reliable(p *diagnostics.PSIS) bool {
	return p.ESS >= fewESS && (p.KHat < diagnostics.Threshold(r.Draws.Len()) || r.most(p.ESS, p.KHat))
}

// most reports whether most draws count: there is little in the tail of the weights
// then, and its shape matters less, up to where they would not have a mean or, if
// nearly all count, not at all.
func (r *Result) most(ess, kHat float64) bool {
	share := ess / float64(r.Draws.Len())
	return share > mostDraws && kHat < 1 || share > nearlyAll
}

// uneven reports whether the weights of the draws are uneven.
func (r *Result) uneven() bool { return r.Draws != nil && !r.Even }

// noise returns the largest Monte Carlo error of the resampled estimates, in
// posterior standard deviations.
func (r *Result) noise() float64 {
	var most float64
	for _, m := range r.Resampled {
		if m.varies() {
			most = math.Max(most, math.Max(m.MeanErr, m.SDErr)/m.SD)
		}
	}
	return most
}

// disagreement returns the largest differences between the plain estimates and
// the resampled ones beyond twice the Monte Carlo error of the latter: of means in
// standard deviations, and of logarithms of standard deviations.
func (r *Result) disagreement() (mean, sd float64) {
	for j := range r.Params {
		a, b := &r.Params[j], &r.Resampled[j]
		if !b.varies() {
			continue
		}
		mean = math.Max(mean, (math.Abs(a.Mean-b.Mean)-2*b.MeanErr)/b.SD)
		sd = math.Max(sd, math.Abs(math.Log(a.SD/b.SD))-2*b.SDErr/b.SD)
	}
	return mean, sd
}

// worst returns the quantity in which the estimates differ most, −1 if there is
// none.
func (r *Result) worst() int {
	worst, most := -1, 0.0
	for j := range r.Resampled {
		a, b := &r.Params[j], &r.Resampled[j]
		if !b.varies() {
			continue
		}
		if d := math.Max(math.Abs(a.Mean-b.Mean)/b.SD, math.Abs(math.Log(a.SD/b.SD))); d > most {
			worst, most = j, d
		}
	}
	return worst
}
