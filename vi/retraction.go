package vi

import "natgrad/families"

// Retraction is the natural-gradient step along a second-order retraction,
// which keeps precisions positive definite for any step size (Lin, Schmidt &
// Khan 2020, arXiv:2002.10060, equations 9 and 10): the improved Bayesian
// learning rule.
type Retraction struct {
	aim
	q    families.Retracter
	step families.Natural
}

// Init implements Method. It needs a family with families.Retracter.
func (m *Retraction) Init(f families.Family) error {
	if _, ok := f.New().(families.Retracter); !ok {
		return &MethodError{Method: "Retraction", Family: f.String(), Needs: "a retraction (families.Retracter)", Advice: "use Natural, whose steps are shortened where they would leave the domain"}
	}
	m.aim.init(f)
	if len(m.step) != f.NumParams() {
		m.step = make(families.Natural, f.NumParams())
	}
	return nil
}

// Aim implements Method.
func (m *Retraction) Aim(q families.Distribution, nat families.Natural, grad families.Mean) {
	m.aim.set(q, nat, grad)
	m.q = q.(families.Retracter)
}

// Move implements Method.
func (m *Retraction) Move(dst families.Natural, ρ float64) bool {
	for i, n := range m.nat {
		m.step[i] = ρ * n
	}
	m.q.Retract(dst, m.step)
	return true
}

func (m *Retraction) String() string { return "retraction" }
