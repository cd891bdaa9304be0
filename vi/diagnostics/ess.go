package diagnostics

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/stat"
)

// ESS returns the effective sample size of chains for the mean of their
// values: the number of independent values whose mean has the same variance.
// Chains are split in half. With M half chains of N values,
//
//	ESS = M N/τ,   τ = −1 + 2 Σ_k P_k,   P_k = ρ_2k + ρ_2k+1,
//	ρ_t = 1 − (W − C_t)/V,   V = W (N − 1)/N + B/N,
//
// C_t the mean autocovariance at lag t, W and B/N the variances within and
// between as in RHat; the sum is Geyer's initial monotone positive sequence, and
// τ is at least 1/log₁₀(M N) (Vehtari et al. 2021, section 3.2). Errors are as
// for RHat.
func ESS(chains [][]float64) (float64, error) {
	h, err := split(chains)
	if err != nil {
		return 0, err
	}
	h, _ = h.scaled()
	return h.ess(), nil
}

// BulkESS returns the effective sample size of the normal scores of the values
// (Vehtari et al. 2021, section 4.1), which tells about the centre of the distribution
// and exists where moments do not. Errors are as for RHat.
func BulkESS(chains [][]float64) (float64, error) {
	h, err := split(chains)
	if err != nil {
		return 0, err
	}
	return h.rankNormal().ess(), nil
}

// TailESS returns the smaller of the effective sample sizes for the 5 % and 95 %
// quantiles, those of the indicators x ≤ quantile (Vehtari et al. 2021, section
// 4.3). Errors are as for RHat; a ConstantError also says that no value lies
// beyond one of the quantiles.
func TailESS(chains [][]float64) (float64, error) {
	if _, err := split(chains); err != nil {
		return 0, err
	}
	// The quantiles are those of all values, the middle ones included.
	all := slices.Concat(chains...)
	slices.Sort(all)
	ess := math.Inf(1)
	for _, p := range []float64{0.05, 0.95} {
		q := quantile7(all, p)
		below := make([][]float64, len(chains))
		for i, c := range chains {
			below[i] = make([]float64, len(c))
			for t, v := range c {
				if v <= q {
					below[i][t] = 1
				}
			}
		}
		h, err := split(below)
		if err != nil {
			return 0, &ConstantError{Value: q}
		}
		ess = min(ess, h.ess())
	}
	return ess, nil
}

// MCSE returns the Monte Carlo standard error of the mean of all values,
// s/√ESS with s their standard deviation. Errors are as for RHat.
func MCSE(chains [][]float64) (float64, error) {
	ess, err := ESS(chains)
	if err != nil {
		return 0, err
	}
	all, radius := halves(chains).scaled()
	return radius * stat.StdDev(all.pooled(), nil) / math.Sqrt(ess), nil
}

// ess returns the effective sample size of the halves as they are.
func (h halves) ess() float64 {
	n := len(h[0])
	size := float64(n)
	cov := h.autocovariance()
	within := cov[0] * size / (size - 1)
	means := make([]float64, len(h))
	for i, c := range h {
		means[i] = stat.Mean(c, nil)
	}
	total := cov[0] + stat.Variance(means, nil)
	rho := func(t int) float64 {
		if t == 0 {
			return 1
		}
		return 1 - (within-cov[t])/total
	}

	tau := -1.0
	previous := math.Inf(1)
	for t := 0; ; t += 2 {
		even := rho(t)
		pair := even + rho(t+1)
		// Lags close to N rest on a handful of products; the pair that ends the
		// sum lends it its even lag, which helps antithetic chains.
		if pair <= 0 || t+4 > n-1 {
			tau += max(even, 0)
			break
		}
		pair = min(pair, previous)
		tau += 2 * pair
		previous = pair
	}
	count := float64(len(h)) * size
	return count / max(tau, 1/math.Log10(count))
}

// autocovariance returns the mean over the halves of the autocovariances
// (1/N) Σ_s (x_s − x̄)(x_s+t − x̄) at lags t = 0..N−1.
func (h halves) autocovariance() []float64 {
	n := len(h[0])
	padded := 1
	for padded < 2*n {
		padded *= 2
	}
	fft := fourier.NewFFT(padded)
	x := make([]float64, padded)
	coef := make([]complex128, padded/2+1)
	mean := make([]float64, n)
	for _, c := range h {
		clear(x)
		centre := stat.Mean(c, nil)
		for t, v := range c {
			x[t] = v - centre
		}
		fft.Coefficients(coef, x)
		for k, v := range coef {
			coef[k] = complex(real(v)*real(v)+imag(v)*imag(v), 0)
		}
		fft.Sequence(x, coef)
		for t := range mean {
			mean[t] += x[t] / (float64(padded) * float64(n) * float64(len(h)))
		}
	}
	return mean
}
