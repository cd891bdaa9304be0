package models

import "math"

// Panic messages for programmer errors.
const (
	noTargets   = "models: a prediction without targets"
	noClasses   = "models: the prediction is not of classes"
	noVariance  = "models: the prediction is of classes"
	badBinCount = "models: fewer than one bin"
)

// MeanLogDensity returns the average of LogDensity, the test log-likelihood of most of
// the literature (Gal & Ghahramani 2016, arXiv:1506.02142):
//
//	1/n Σ_i log 1/S Σ_s p(y_i|x_i, z_s)
func (p *Prediction) MeanLogDensity() float64 {
	p.mustHaveTargets()
	var sum float64
	for _, l := range p.LogDensity {
		sum += l
	}
	return sum / float64(len(p.LogDensity))
}

// MeanLogJointDensity returns the density of all rows at once, the test log-likelihood
// that the programs of Vadam (Khan et al. 2018) and SLANG (Mishkin et al. 2018)
// compute:
//
//	1/n log 1/S Σ_s Π_i p(y_i|x_i, z_s)
//
// It is the draw that suits all rows best that counts, and not for each row another.
func (p *Prediction) MeanLogJointDensity() float64 {
	p.mustHaveTargets()
	return p.LogJointDensity / float64(len(p.LogDensity))
}

// MeanLogGaussianDensity returns, for regression, the average log-density of Gaussians
// with the moments of the prediction, the test log-likelihood of probabilistic
// backpropagation (Hernández-Lobato & Adams 2015, arXiv:1502.05336):
//
//	1/n Σ_i log N(y_i | Mean_i, Var_i)
func (p *Prediction) MeanLogGaussianDensity() float64 {
	p.mustHaveTargets()
	if p.Classes != 0 {
		panic(noVariance)
	}
	var sum float64
	for i, y := range p.y {
		r, v := y-p.Mean[i], p.Var[i]
		sum -= halfLog2Pi + 0.5*math.Log(v) + 0.5*r*r/v
	}
	return sum / float64(len(p.y))
}

// RMSE returns, for regression, the root of the mean squared error of Mean.
func (p *Prediction) RMSE() float64 {
	p.mustHaveTargets()
	if p.Classes != 0 {
		panic(noVariance)
	}
	var sum float64
	for i, y := range p.y {
		r := y - p.Mean[i]
		sum += r * r
	}
	return math.Sqrt(sum / float64(len(p.y)))
}

// Class returns the most probable class of row i and its probability: the first of
// several.
func (p *Prediction) Class(i int) (class int, prob float64) {
	if p.Classes == 0 {
		panic(noClasses)
	}
	if len(p.Var) != 0 { // one output
		if one := p.Mean[i]; one > 0.5 {
			return 1, one
		}
		return 0, 1 - p.Mean[i]
	}
	k := p.Classes
	for j, v := range p.Mean[i*k : (i+1)*k] {
		if v > prob {
			class, prob = j, v
		}
	}
	return class, prob
}

// Accuracy returns the share of rows whose most probable class is theirs.
func (p *Prediction) Accuracy() float64 {
	p.mustHaveTargets()
	var hits float64
	for i, y := range p.y {
		if c, _ := p.Class(i); float64(c) == y {
			hits++
		}
	}
	return hits / float64(len(p.y))
}

// CalibrationError returns the expected calibration error (Guo et al. 2017,
// arXiv:1706.04599, equation 3, with 15 bins): rows are put into bins of equal width by
// the probability of their most probable class, and the differences of accuracy and
// average probability averaged over bins,
//
//	Σ_b n_b/n |accuracy_b − probability_b|
func (p *Prediction) CalibrationError(bins int) float64 {
	p.mustHaveTargets()
	if bins < 1 {
		panic(badBinCount)
	}
	excess := make([]float64, bins) // n_b (accuracy − probability)
	for i, y := range p.y {
		c, prob := p.Class(i)
		b := min(max(int(math.Ceil(prob*float64(bins)))-1, 0), bins-1)
		excess[b] -= prob
		if float64(c) == y {
			excess[b]++
		}
	}
	var sum float64
	for _, e := range excess {
		sum += math.Abs(e)
	}
	return sum / float64(len(p.y))
}

func (p *Prediction) mustHaveTargets() {
	if p.y == nil {
		panic(noTargets)
	}
}
