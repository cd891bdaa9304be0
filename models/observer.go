package models

// Observer is a log-joint as existing Go programs write it, such as those for
// infergo (Tolpin 2019, Onward!): Observe returns log p(y, x), to be maximised.
type Observer interface {
	Observe(x []float64) float64
}

// ObserverGradient is an Observer with a gradient of its own. Gradient returns
// that of the last Observe, as long as x.
type ObserverGradient interface {
	Observer
	Gradient() []float64
}

// FromObserver returns the model of dim parameters whose log-joint o observes,
// constants and all. It is a Gradienter if o is an ObserverGradient, whose
// Gradient is then called once after every Observe, so that one that takes the
// gradient from a tape can empty it. As o keeps state between the two, the result
// is no Forker.
func FromObserver(o Observer, dim int) Model {
	if o == nil {
		panic(badObserver)
	}
	if dim < 1 {
		panic(badDim)
	}
	if g, ok := o.(ObserverGradient); ok {
		return observerGrad{g, dim}
	}
	return observer{o, dim}
}

type observer struct {
	o   Observer
	dim int
}

func (m observer) Dim() int                     { return m.dim }
func (m observer) LogJoint(z []float64) float64 { return m.o.Observe(z) }

type observerGrad struct {
	o   ObserverGradient
	dim int
}

func (m observerGrad) Dim() int { return m.dim }

func (m observerGrad) LogJoint(z []float64) float64 {
	lp := m.o.Observe(z)
	m.o.Gradient()
	return lp
}

func (m observerGrad) LogJointGrad(grad, z []float64) float64 {
	lp := m.o.Observe(z)
	g := m.o.Gradient()
	if len(g) != m.dim {
		panic(badGradient)
	}
	copy(grad, g)
	return lp
}
