package models_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natgrad/models"
)

func drawsFor(m *models.MLP, n int) [][]float64 {
	rnd := rand.New(rand.NewPCG(8, 8))
	draws := make([][]float64, n)
	for s := range draws {
		draws[s] = make([]float64, m.Dim())
		for j := range draws[s] {
			draws[s][j] = 0.5 * rnd.NormFloat64()
		}
	}
	return draws
}

// Predictions are compared with averages over draws of densities written out.
func TestMLPPredict(t *testing.T) {
	const rows, S = 70, 5
	for name, net := range testNets {
		m := net(rows)
		n, draws, data := naiveOf(m), drawsFor(m, S), dataOf(m)
		x, y := m.Data()
		p := must(m.Predict(x, y, slices.Values(draws)))
		var logMean float64
		joint := make([]float64, S)
		for i, r := range data {
			var density float64
			var mean, square, noise []float64
			for s, z := range draws {
				l := n.logLik(r.x, r.y, z)
				density += math.Exp(l) / S
				joint[s] += l
				f := n.outputs(r.x, z)
				g, gaussian := n.s.Likelihood.(models.GaussianIdentity)
				switch {
				case gaussian:
					noise = []float64{1 / g.Precision}
				case len(f) == 1:
					f = n.probs(f)[1:]
					noise = append(noise, f[0]*(1-f[0]))
				default:
					f = n.probs(f)
				}
				if mean == nil {
					mean, square = make([]float64, len(f)), make([]float64, len(f))
				}
				for k, v := range f {
					mean[k] += v / S
					square[k] += v * v / S
				}
			}
			within(t, 1e-12, p.LogDensity[i], math.Log(density), "%s: log-density of row %d", name, i)
			logMean += math.Log(density) / rows
			for k, v := range mean {
				nearly(t, 1e-13, p.Mean[i*len(mean)+k], v, "%s: mean of row %d", name, i)
			}
			if len(mean) == 1 {
				var avg float64
				for _, v := range noise {
					avg += v / float64(len(noise))
				}
				within(t, 1e-11, p.Var[i], avg+square[0]-mean[0]*mean[0], "%s: variance of row %d", name, i)
			} else if p.Var != nil {
				t.Errorf("%s: a variance", name)
			}
		}
		within(t, 1e-12, p.MeanLogDensity(), logMean, "%s: test log-likelihood", name)
		top, sum := slices.Max(joint), 0.
		for _, l := range joint {
			sum += math.Exp(l - top)
		}
		within(t, 1e-12, p.MeanLogJointDensity(), (top+math.Log(sum/S))/rows, "%s: joint test log-likelihood", name)
		if p.Draws != S || p.Classes != classesOf(n.s) {
			t.Errorf("%s: %d draws, %d classes", name, p.Draws, p.Classes)
		}
		if q := must(m.Predict(x, nil, slices.Values(draws))); !slices.Equal(q.Mean, p.Mean) || q.LogDensity != nil {
			t.Errorf("%s: other predictions without targets", name)
		}
	}
}

func classesOf(s models.MLPSettings) int {
	switch s.Likelihood.(type) {
	case nil:
		return s.Classes
	case models.GaussianIdentity:
		return 0
	}
	return 2
}

// bias returns a model without use for its one input, whose outputs are the biases, and
// draws of those.
func bias(s models.MLPSettings, y []float64, draws ...[]float64) (*models.MLP, [][]float64) {
	s.PriorPrecision = 1
	m := must(models.NewMLP(must(models.NewDense(len(y), 1, make([]float64, len(y)))), y, s))
	for i, b := range draws {
		draws[i] = append(make([]float64, len(b)), b...)
	}
	return m, draws
}

// Regression by hand, where densities underflow and grow from one draw to the next.
func TestPredictionOfNumbers(t *testing.T) {
	y := []float64{100, -60, 1}
	s := models.MLPSettings{Likelihood: models.GaussianIdentity{Precision: 4}}
	for _, f := range [][]float64{{-1, 1, 3}, {3, 1, -1}, {1, 3, -1}} {
		m, draws := bias(s, y, f[:1], f[1:2], f[2:])
		x, _ := m.Data()
		p := must(m.Predict(x, y, slices.Values(draws)))
		for i := range y {
			within(t, 1e-15, p.Mean[i], 1, "mean")
			within(t, 1e-14, p.Var[i], 0.25+8./3, "variance")
		}
		c := 0.5 * math.Log(math.Pi/2) // −½ log(τ/2π)
		// Only one draw counts for each of the first two rows: f = 3, and f = −1.
		within(t, 1e-13, p.LogDensity[0], -c-2*97*97-math.Log(3), "log-density")
		within(t, 1e-13, p.LogDensity[1], -c-2*59*59-math.Log(3), "log-density")
		within(t, 1e-13, p.LogDensity[2], -c+math.Log((1+2*math.Exp(-8))/3), "log-density")
		// 2(97² + 63² + 4) = 26764, and others are some hundred less.
		within(t, 1e-13, p.LogJointDensity, -3*c-26764-math.Log(3), "joint log-density")
		within(t, 1e-14, p.RMSE(), math.Sqrt((99*99+61*61)/3.), "RMSE")
		v := 0.25 + 8./3
		within(t, 1e-13, p.MeanLogGaussianDensity(), -0.5*math.Log(2*math.Pi*v)-(99*99+61*61)/(6*v), "Gaussian log-density")
	}
}

// Classes by hand: bins of width 1/4 hold 0.9 (right) and 0.9 (wrong), and 0.6 (right).
func TestPredictionOfClasses(t *testing.T) {
	logit := func(p float64) float64 { return math.Log(p / (1 - p)) }
	x := must(models.NewDense(3, 1, []float64{1, -1, 0.2}))
	y := []float64{1, 1, 0}
	m := must(models.NewMLP(x, y, models.MLPSettings{Likelihood: models.BernoulliLogit{}, PriorPrecision: 1}))
	// With the weight 1 and the bias 0, P(1) = 0.9, 0.1 and 0.4.
	at := must(models.NewDense(3, 1, []float64{logit(0.9), logit(0.1), logit(0.4)}))
	p := must(m.Predict(at, y, slices.Values([][]float64{{1, 0}})))
	within(t, 1e-14, p.Accuracy(), 2./3, "accuracy")
	within(t, 1e-13, p.CalibrationError(4), (math.Abs(1-1.8)+math.Abs(1-0.6))/3, "calibration error")
	within(t, 1e-13, p.CalibrationError(1), math.Abs(2-2.4)/3, "calibration error")
	if c, prob := p.Class(1); c != 0 || math.Abs(prob-0.9) > 1e-14 {
		t.Errorf("class %d with probability %v", c, prob)
	}

	third := models.MLPSettings{Classes: 3}
	k, draws := bias(third, []float64{2, 0}, []float64{0, 0, math.Log(8)}, []float64{0, math.Log(2), math.Log(2)})
	xk, yk := k.Data()
	q := must(k.Predict(xk, yk, slices.Values(draws)))
	// (0.1, 0.1, 0.8) and (0.2, 0.4, 0.4)
	for i := range yk {
		for j, want := range []float64{0.15, 0.25, 0.6} {
			within(t, 1e-14, q.Mean[3*i+j], want, "probability %d", j)
		}
	}
	if c, prob := q.Class(1); c != 2 || math.Abs(prob-0.6) > 1e-14 {
		t.Errorf("class %d with probability %v", c, prob)
	}
	within(t, 1e-14, q.MeanLogDensity(), math.Log(0.6*0.15)/2, "log-density")
	within(t, 1e-14, q.MeanLogJointDensity(), math.Log((0.8*0.1+0.4*0.2)/2)/2, "joint log-density")
	within(t, 1e-14, q.Accuracy(), 0.5, "accuracy")
	within(t, 1e-13, q.CalibrationError(15), math.Abs(1-1.2)/2, "calibration error")
}

func TestPredictRefuses(t *testing.T) {
	m := testNets["binary"](4)
	x, y := m.Data()
	one := slices.Values(drawsFor(m, 1))
	wide := must(models.NewDense(1, 3, []float64{1, 2, 3}))
	for i, f := range []func() (*models.Prediction, error){
		func() (*models.Prediction, error) { return m.Predict(nil, y, one) },
		func() (*models.Prediction, error) { return m.Predict(wide, nil, one) },
		func() (*models.Prediction, error) { return m.Predict(x, y[:1], one) },
		func() (*models.Prediction, error) { return m.Predict(x, []float64{0, 1, 2, 1}, one) },
		func() (*models.Prediction, error) { return m.Predict(x, y, slices.Values([][]float64{})) },
	} {
		p, err := f()
		var de *models.DataError
		if p != nil || !errors.As(err, &de) || de.Error() == "" {
			t.Errorf("call %d: error %v, want a *DataError", i, err)
		}
	}
	r := testNets["regression"](4)
	xr, yr := r.Data()
	numbers := must(r.Predict(xr, yr, slices.Values(drawsFor(r, 1))))
	classes := must(m.Predict(x, y, one))
	blind := must(m.Predict(x, nil, one))
	for i, f := range []func(){
		func() { numbers.Accuracy() },
		func() { numbers.CalibrationError(3) },
		func() { classes.RMSE() },
		func() { classes.MeanLogGaussianDensity() },
		func() { classes.CalibrationError(0) },
		func() { blind.MeanLogDensity() },
		func() { blind.MeanLogJointDensity() },
		func() { blind.Accuracy() },
		func() { m.Predict(x, y, slices.Values([][]float64{{1}})) },
	} {
		func() {
			defer func() {
				if s, _ := recover().(string); len(s) < 8 || s[:8] != "models: " {
					t.Errorf("call %d: panic %q", i, s)
				}
			}()
			f()
		}()
	}
}

// Random weights have the laws they are said to have, and follow from the seed.
func TestMLPStart(t *testing.T) {
	for _, init := range []models.MLPInit{models.UniformFanIn, models.HeNormal} {
		for _, act := range []models.Activation{models.ReLU, models.Tanh} {
			m := testMLP(2, 100, models.MLPSettings{Hidden: []int{64, 50}, Activation: act, Classes: 80, Init: init, StartPrecision: 5})
			z := m.RandWeights(nil, rand.New(rand.NewPCG(4, 2)))
			for l := 1; l <= 3; l++ {
				in, out, w, b := m.Layer(l)
				var sum, sq float64
				for _, v := range z[w:b] {
					sum, sq = sum+v, sq+v*v
				}
				n := float64(b - w)
				variance := 1 / float64(3*in)
				limit, lack := 1/math.Sqrt(float64(in)), slices.Contains(z[b:b+out], 0)
				if init == models.HeNormal {
					variance, limit = 1/float64(in), math.Inf(1)
					if act == models.ReLU && l < 3 {
						variance *= 2
					}
					lack = slices.ContainsFunc(z[b:b+out], func(v float64) bool { return v != 0 })
				}
				within(t, 0.08, sq/n, variance, "%v %v: variance of layer %d", init, act, l)
				if math.Abs(sum/n) > 4*math.Sqrt(variance/n) || lack || slices.Max(z[w:b+out]) > limit || slices.Min(z[w:b+out]) < -limit {
					t.Errorf("%v %v: weights of layer %d", init, act, l)
				}
			}
			λ := m.StartNatural(nil, 0, rand.New(rand.NewPCG(4, 2)))
			for j, v := range z {
				if λ[j] != 5*v || λ[m.Dim()+j] != -2.5 {
					t.Fatalf("natural parameter %v, %v of weight %v", λ[j], λ[m.Dim()+j], v)
				}
			}
			mean, again, precision := make([]float64, m.Dim()), make([]float64, m.Dim()), make([]float64, m.Dim())
			m.Start(again, precision)
			if m.Start(mean, precision); !slices.Equal(mean, again) || mean[0] == mean[1] || precision[3] != 5 {
				t.Error("Start")
			}
		}
	}
}

func TestMoments(t *testing.T) {
	for _, c := range []struct {
		lik        models.MomentLikelihood
		f, mean, v float64
	}{
		{models.GaussianIdentity{Precision: 4}, -1.5, -1.5, 0.25},
		{models.BernoulliLogit{}, math.Log(4), 0.8, 0.16},
		{models.BernoulliProbit{}, 1, 0.8413447460685429, 0.8413447460685429 * 0.15865525393145705},
		{models.PoissonLog{}, math.Log(7), 7, 7},
	} {
		mean, v := c.lik.Moments(c.f)
		within(t, 1e-14, mean, c.mean, "%T: mean", c.lik)
		within(t, 1e-14, v, c.v, "%T: variance", c.lik)
	}
}
