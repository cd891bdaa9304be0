package models

// Curvature is what stands for the negative Hessian of the log-likelihood of a
// network, which is not positive definite and costs more. Both are positive where the
// likelihood is log-concave.
type Curvature int

const (
	// GaussNewton is the generalised Gauss–Newton matrix (GaussNewtonDiager).
	GaussNewton Curvature = iota
	// EmpiricalFisher is the sum of the squared gradients of rows (SquaredGradienter):
	// with it, natural-gradient steps are those of VOGN.
	EmpiricalFisher
)

// CurvedMLP is an MLP that gives a Curvature, negative, and the Hessian of the prior,
// −δ, for the diagonal of the Hessian, so that what works on a HessDiager works on it.
// It is no HessDiager by the letter: the exception are linear networks with GaussNewton.
type CurvedMLP struct {
	*MLP
	curvature Curvature
	batch     *CurvedMLP
}

var (
	_ HessDiager     = (*CurvedMLP)(nil)
	_ Data           = (*CurvedMLP)(nil)
	_ Forker         = (*CurvedMLP)(nil)
	_ NaturalStarter = (*CurvedMLP)(nil)
)

// Panic message for programmer errors.
const badCurvature = "models: unknown Curvature"

// Curved returns the same network with a stand-in for its Hessian. They share scratch
// memory.
func (m *MLP) Curved(c Curvature) *CurvedMLP {
	m.mustBeMade()
	if c != GaussNewton && c != EmpiricalFisher {
		panic(badCurvature)
	}
	return &CurvedMLP{MLP: m, curvature: c}
}

// LogJointHessDiag stores the curvature in diag and the gradient in grad, and returns
// log p(y, z).
func (m *CurvedMLP) LogJointHessDiag(diag, grad, z []float64) float64 {
	var lp float64
	if m.curvature == EmpiricalFisher {
		lp = m.LogJointGradSquares(diag, grad, z)
	} else {
		lp = m.LogJointGaussNewtonDiag(diag, grad, z)
	}
	for j, v := range diag {
		diag[j] = -v - m.s.PriorPrecision
	}
	return lp
}

// Fork returns the same model with scratch memory of its own.
func (m *CurvedMLP) Fork() Model { return &CurvedMLP{MLP: m.fork(), curvature: m.curvature} }

// Batch returns the model of the rows idx with the log-likelihood multiplied by scale.
func (m *CurvedMLP) Batch(idx []int, scale float64) Model {
	if m.batch == nil {
		m.batch = &CurvedMLP{curvature: m.curvature}
	}
	m.batch.MLP = m.batchOf(idx, scale)
	return m.batch
}
