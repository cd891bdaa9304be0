package models

import (
	"fmt"
	"math"
	"slices"
)

// MLP is a Bayesian neural network (multi-layer perceptron): with a₀ = x,
//
//	a_l = h(W_l a_{l−1} + b_l),   l = 1 … L − 1
//	f   = W_L a_{L−1} + b_L,      y ~ p(y|f)
//
// and independent priors N(0, 1/δ) of all weights and biases. The parameters z are
// W_1, b_1, W_2, b_2, … where W_l is out×in, row-major: the weights into unit 1 of a
// layer, those into unit 2, and so on, then the biases.
//
// It implements Gradienter, Data, Forker, CoordNamer, NaturalStarter, Starter,
// RowGradienter, SquaredGradienter and GaussNewtonDiager; Curved makes of it a
// HessDiager.
//
// NewMLP makes one: the methods of any other panic. Methods share scratch memory: use
// Fork for another goroutine.
type MLP struct {
	x      *Dense
	y      []float64
	s      MLPSettings
	out    mlpOutput
	layers []mlpLayer
	dim    int
	scale  float64
	work   *mlpWork
	batch  *MLP
}

// MLPSettings say what a network is like.
type MLPSettings struct {
	// Hidden are the widths of the hidden layers, from the first on. Without, the
	// network is a linear model.
	Hidden     []int
	Activation Activation // h of all hidden layers, zero: ReLU
	// Likelihood is that of the one output of a network for regression (such as
	// GaussianIdentity) or two classes (BernoulliLogit). Nil: Classes is set.
	Likelihood MomentLikelihood
	// Classes is the number of classes, at least 2, and of outputs of a network with
	// the softmax likelihood, for targets 0 … Classes − 1. Zero: Likelihood is set.
	Classes        int
	PriorPrecision float64 // δ > 0
	// Init is the law of random weights to start from, zero: UniformFanIn.
	Init MLPInit
	// StartPrecision is that of the Gaussian to start from. Zero: PriorPrecision, as in
	// the experiments of Khan et al. 2018.
	StartPrecision float64
}

// Activation is the function that hidden units apply to their input.
type Activation int

const (
	ReLU Activation = iota // max(0, u), with derivative 0 at 0
	Tanh
)

func (a Activation) String() string {
	switch a {
	case ReLU:
		return "ReLU"
	case Tanh:
		return "tanh"
	}
	return fmt.Sprintf("Activation(%d)", int(a))
}

// mlpLayer is where the parameters of a layer are.
type mlpLayer struct {
	in, out int
	w, b    int // of its W and b in z
}

// Panic message for programmer errors.
const badMLP = "models: MLP was not made by NewMLP"

// NewMLP checks settings and data, which it keeps, and returns the model. Errors are
// *DataError.
func NewMLP(x *Dense, y []float64, s MLPSettings) (*MLP, error) {
	if x == nil {
		return nil, badMLPSetting("no matrix", "a matrix")
	}
	n, d := x.Dims()
	if len(y) != n {
		return nil, badMLPSetting(fmt.Sprintf("%d targets", len(y)), fmt.Sprintf("%d, the rows of the matrix", n))
	}
	if s.Activation != ReLU && s.Activation != Tanh {
		return nil, badMLPSetting(s.Activation.String(), "ReLU or Tanh")
	}
	if s.Init != UniformFanIn && s.Init != HeNormal {
		return nil, badMLPSetting(fmt.Sprintf("MLPInit(%d)", int(s.Init)), "UniformFanIn or HeNormal")
	}
	if δ := s.PriorPrecision; !(δ > 0) || math.IsInf(δ, 0) {
		return nil, badMLPSetting(fmt.Sprintf("prior precision %v", δ), "a positive finite number")
	}
	if s.StartPrecision == 0 {
		s.StartPrecision = s.PriorPrecision
	}
	if p := s.StartPrecision; !(p > 0) || math.IsInf(p, 0) {
		return nil, badMLPSetting(fmt.Sprintf("start precision %v", p), "a positive finite number")
	}
	var out mlpOutput
	switch {
	case s.Likelihood != nil && s.Classes == 0:
		out = oneOutput{s.Likelihood}
	case s.Likelihood == nil && s.Classes >= 2:
		out = softmax(s.Classes)
	default:
		return nil, badMLPSetting(fmt.Sprintf("likelihood %T and %d classes", s.Likelihood, s.Classes), "a likelihood, or at least two classes")
	}
	if err := out.check(y); err != nil {
		return nil, err
	}
	m := &MLP{x: x, y: y, s: s, out: out, scale: 1}
	m.s.Hidden = slices.Clone(s.Hidden)
	in := d
	for l, width := range append(slices.Clone(s.Hidden), out.outputs()) {
		if width < 1 {
			return nil, badMLPSetting(fmt.Sprintf("hidden layer %d of %d units", l+1, width), "at least one")
		}
		m.layers = append(m.layers, mlpLayer{in: in, out: width, w: m.dim, b: m.dim + in*width})
		m.dim += (in + 1) * width
		in = width
	}
	m.work = newMLPWork(m.layers)
	return m, nil
}

func badMLPSetting(got, want string) error {
	return &DataError{Row: -1, Col: -1, Got: got, Want: want}
}

// Dim returns the number of weights and biases.
func (m *MLP) Dim() int { return m.dim }

// Settings returns what the network is like.
func (m *MLP) Settings() MLPSettings {
	s := m.s
	s.Hidden = slices.Clone(s.Hidden)
	return s
}

// Data returns the rows and their targets, which must not be changed.
func (m *MLP) Data() (x *Dense, y []float64) { return m.x, m.y }

// Layer returns the width of the input of layer l = 1 … L, the number of its units, and
// the places in z where its weights and its biases begin.
func (m *MLP) Layer(l int) (in, out, weights, biases int) {
	y := m.layers[l-1]
	return y.in, y.out, y.w, y.b
}

// CoordNames returns W1[1,1], W1[1,2], …, b1[1], …: W2[3,1] is the weight of input 1 of
// layer 2 into its unit 3.
func (m *MLP) CoordNames() []string {
	names := make([]string, 0, m.dim)
	for l, y := range m.layers {
		for j := range y.out {
			for k := range y.in {
				names = append(names, fmt.Sprintf("W%d[%d,%d]", l+1, j+1, k+1))
			}
		}
		for j := range y.out {
			names = append(names, fmt.Sprintf("b%d[%d]", l+1, j+1))
		}
	}
	return names
}

// NumData returns the number of rows.
func (m *MLP) NumData() int { return len(m.y) }

// Scale returns what the log-likelihood is multiplied by: 1, or the scale of a batch.
func (m *MLP) Scale() float64 {
	m.mustBeMade()
	return m.scale
}

func (m *MLP) mustBeMade() {
	if m.work == nil {
		panic(badMLP)
	}
}

// Fork returns the same model with scratch memory of its own.
func (m *MLP) Fork() Model { return m.fork() }

func (m *MLP) fork() *MLP {
	m.mustBeMade()
	f := *m
	f.work, f.batch = newMLPWork(m.layers), nil
	return &f
}

// Batch returns the model of the rows idx with the log-likelihood multiplied by scale.
func (m *MLP) Batch(idx []int, scale float64) Model { return m.batchOf(idx, scale) }

func (m *MLP) batchOf(idx []int, scale float64) *MLP {
	m.mustBeMade()
	b := m.batch
	if b == nil {
		b = m.fork()
		b.x, b.y = m.x.Gather(nil, idx).(*Dense), make([]float64, 0, len(idx))
		m.batch = b
	} else {
		b.x = m.x.Gather(b.x, idx).(*Dense)
	}
	b.scale = scale * m.scale
	b.y = b.y[:0]
	for _, i := range idx {
		b.y = append(b.y, m.y[i])
	}
	return b
}

// LogPrior returns log p(z).
func (m *MLP) LogPrior(z []float64) float64 {
	var sum float64
	for _, v := range z {
		sum += v * v
	}
	δ := m.s.PriorPrecision
	return 0.5*float64(m.dim)*(math.Log(δ)-math.Log(2*math.Pi)) - 0.5*δ*sum
}
