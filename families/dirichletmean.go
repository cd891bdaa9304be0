package families

import "math"

// solveMean stores in α the concentrations with ψ(α_k) − ψ(α₀) = μ_k, and
// reports whether there are any: exactly if every μ_k < 0 and Σ e^{μ_k} < 1.
//
// For a given t = α₀ the α_k(t) follow one by one, and h(t) = Σ α_k(t) − t is
// positive below its only zero and negative above. A bracketed Newton iteration on h finds t roughly from
// anywhere; Newton's iteration for all α together, with the residuals computed
// as in mean, then gives all the digits there are in μ.
func (c *concentrations) solveMean(μ Mean) (ok bool) {
	m := 0
	for k, x := range μ {
		if !(x < 0) || !isFinite(x) {
			return false
		}
		if x > μ[m] {
			m = k
		}
	}
	room := -math.Expm1(μ[m]) // 1 − Σ e^μ
	for k, x := range μ {
		if k != m {
			room -= math.Exp(x)
		}
	}
	if !(room > 0) {
		return false
	}
	// h(t) ≈ ½(K−1) − t room for large t.
	t := 0.5 * float64(len(μ)-1) / room
	lo, hi := 0., math.Inf(1)
	for stretch := 4.; lo == 0 || math.IsInf(hi, 1); stretch *= stretch {
		h, _ := c.meanDefect(μ, m, t)
		switch {
		case h == 0:
			lo, hi = t, t
		case h > 0:
			lo = t
			t *= stretch
		case h < 0:
			hi = t
			t /= stretch
		}
		if !(t > 1e-300 && t < 1e300) {
			return false
		}
	}
	t = math.Sqrt(lo) * math.Sqrt(hi)
	for range 100 {
		h, slope := c.meanDefect(μ, m, t)
		if h > 0 {
			lo = t
		} else {
			hi = t
		}
		last := t
		t *= math.Exp(-h / (slope * t))
		if !(t > lo && t < hi) {
			t = math.Sqrt(lo) * math.Sqrt(hi)
		}
		if math.Abs(t-last) <= 1e-3*last {
			break
		}
	}
	c.meanDefect(μ, m, t)
	return c.polishMean(μ)
}

// meanDefect stores in α the solution of ψ(α_k) = ψ(t) + μ_k, and returns
// h(t) = Σ α_k − t with its derivative. m is the index of the largest μ.
func (c *concentrations) meanDefect(μ Mean, m int, t float64) (h, slope float64) {
	ψ, ψ1 := Digamma(t), Trigamma(t)
	for k, x := range μ {
		α := min(inverseDigamma(ψ+x), t)
		d := t - α
		if k == m {
			if α > 0.5*t {
				// Solve ψ(t) − ψ(t−d) = −μ for d, which may be far below t. The
				// left side is convex, so that after one step Newton's iteration
				// comes from above.
				d = min(-x/ψ1, 0.5*t)
				for range 30 {
					step := (digammaDiff(t-d, d) + x) / Trigamma(t-d)
					d = min(max(d-step, 0.1*d), 0.5*t)
					if math.Abs(step) <= 1e-9*d {
						break
					}
				}
				α = t - d
			}
			h -= d
		} else {
			h += α
		}
		slope += ψ1 / Trigamma(α)
		c.α[k] = α
	}
	return h, slope - 1
}

// polishMean is Newton's iteration for ψ(α_k) − ψ(α₀) = μ_k from near by. It
// ends where the steps no longer fall, which is rounding.
func (c *concentrations) polishMean(μ Mean) (ok bool) {
	last := math.Inf(1)
	for range 30 {
		if !c.sum() {
			return false
		}
		// F⁻¹ times the residual, in logp, which update will compute anew.
		step := c.logp
		for k, α := range c.α {
			step[k] = μ[k] + digammaDiff(α, c.restOf(k))
		}
		c.fisherSolve(step, step)
		var size float64
		for k, α := range c.α {
			size = max(size, math.Abs(step[k])/α)
		}
		if !(size < 0.5*last) && size < 1e-3 || size == 0 {
			return true
		}
		last = size
		shorten := min(1, 0.5/size)
		for k := range c.α {
			c.α[k] += shorten * step[k]
		}
		if size < 1e-10 {
			return true
		}
	}
	return true
}
