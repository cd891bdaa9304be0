package estimators

import (
	"reflect"

	"natgrad/families"
	"natgrad/models"
)

const (
	badDim    = "estimators: family and model of different dimension"
	badLen    = "estimators: dst has not the length of the natural parameter"
	badMember = "estimators: q is not of the family of Init"
	badInit   = "estimators: Estimate before Init"
	badDraws  = "estimators: negative number of draws"
)

// maxShards is the number of shards that draws are divided into, at most. It
// must not depend on the number of workers, or the bits would.
const maxShards = 16

// workers is what the estimators of this package share: a model for each
// goroutine, and the family.
type workers struct {
	summer Summer
	own    Goroutines
	eval   []evaluator
	forks  []models.Model
	fam    families.Family
	f      func(dst []float64, shard, worker int) error
	units  int // work is units [0, units), in contiguous shards
}

// evaluator is the model of one goroutine with the capabilities that were asked
// for, and scratch memory.
type evaluator struct {
	model models.Model
	grad  models.Gradienter
	hess  models.Hessianer
	diag  models.HessDiager
	z     []float64
	g, h  []float64
}

// sharded is an estimator of this package: one that can be bound to a model for
// each worker without forking, which lets Minibatch change the batch without
// allocating.
type sharded interface {
	Estimator
	// fork returns the models that bind wants: one for each worker.
	fork(m models.Model) ([]models.Model, error)
	bind(ms []models.Model, f families.Family) error
}

// forkAll returns m and its forks, one for each worker of s. A nil s stands for
// Goroutines, on one goroutine if m has no forks.
func (w *workers) forkAll(name string, m models.Model, s Summer) ([]models.Model, error) {
	forker, _ := m.(models.Forker)
	w.summer = s
	if s == nil {
		if forker == nil {
			w.own.N, w.own.n = 1, 1
		} else if w.own.N == 1 {
			w.own.N, w.own.n = 0, 0
		}
		w.summer = &w.own
	}
	n := w.summer.Workers()
	if n > 1 && forker == nil {
		return nil, &CapabilityError{
			Estimator: name,
			Needs:     "a model that can be used from several goroutines (models.Forker)",
			Got:       typeName(m),
			Advice:    "use a Summer with one worker, or none",
		}
	}
	w.forks = append(w.forks[:0], m)
	for len(w.forks) < n {
		w.forks = append(w.forks, forker.Fork())
	}
	return w.forks, nil
}

// bindAll takes the models and the family.
func (w *workers) bindAll(ms []models.Model, f families.Family) {
	d := f.Dim()
	if len(w.eval) != len(ms) {
		w.eval = make([]evaluator, len(ms))
	}
	for i, m := range ms {
		if m.Dim() != d {
			panic(badDim)
		}
		e := &w.eval[i]
		e.model = m
		e.grad, _ = m.(models.Gradienter)
		e.hess, _ = m.(models.Hessianer)
		e.diag, _ = m.(models.HessDiager)
		e.z = resize(e.z, d)
	}
	w.fam = f
}

// check panics unless an estimate at q into dst is possible.
func (w *workers) check(dst families.Natural, q families.Distribution) {
	switch {
	case w.fam == nil:
		panic(badInit)
	case len(dst) != w.fam.NumParams():
		panic(badLen)
	case !sameFamily(q.Family(), w.fam):
		panic(badMember)
	}
}

// shards returns the number of shards for the units of work.
func (w *workers) shards(units int) int {
	w.units = units
	return min(units, maxShards)
}

// span returns the units of a shard.
func (w *workers) span(shard int) (lo, hi int) {
	n := min(w.units, maxShards)
	return shard * w.units / n, (shard + 1) * w.units / n
}

// value returns the log-joint at z.
func (e *evaluator) value(z []float64, draw int) (float64, error) {
	lp := e.model.LogJoint(z)
	return lp, checkAll(e.model, lp, nil, nil, 0, draw, z)
}

// gradient stores the gradient at z in g and returns the log-joint.
func (e *evaluator) gradient(g, z []float64, draw int) (float64, error) {
	lp := e.grad.LogJointGrad(g, z)
	return lp, checkAll(e.model, lp, g, nil, 0, draw, z)
}

// hessian stores the gradient and the Hessian, or its diagonal if len(h) is
// len(z), and returns the log-joint. full is scratch for a model that has only
// the whole Hessian.
func (e *evaluator) hessian(h, g, z, full []float64, draw int) (float64, error) {
	d := len(z)
	switch {
	case len(h) > d:
		lp := e.hess.LogJointHess(h, g, z)
		return lp, checkAll(e.model, lp, g, h, d, draw, z)
	case e.diag != nil:
		lp := e.diag.LogJointHessDiag(h, g, z)
		return lp, checkAll(e.model, lp, g, h, 1, draw, z)
	default:
		lp := e.hess.LogJointHess(full, g, z)
		for i := range h {
			h[i] = full[i*d+i]
		}
		return lp, checkAll(e.model, lp, g, h, 1, draw, z)
	}
}

func checkAll(m models.Model, lp float64, g, h []float64, stride, draw int, z []float64) error {
	if !finite(lp) {
		return explained(m, nonFinite("log-joint", lp, -1, draw, z))
	}
	for i, x := range g {
		if !finite(x) {
			return explained(m, nonFinite("gradient", x, i, draw, z))
		}
	}
	for i, x := range h {
		if !finite(x) {
			return explained(m, nonFinite("Hessian", x, i/stride, draw, z))
		}
	}
	return nil
}

func nonFinite(what string, value float64, index, draw int, z []float64) *NonFiniteError {
	return &NonFiniteError{What: what, Value: value, Index: index, Draw: draw, Z: append([]float64(nil), z...)}
}

// explained adds what the model knows: the name of the parameter, and the cause.
func explained(m models.Model, e *NonFiniteError) error {
	if n, ok := m.(models.CoordNamer); ok && e.Index >= 0 {
		e.Name = n.CoordNames()[e.Index]
	}
	if x, ok := m.(models.Explainer); ok {
		e.Err = x.Explain(e.Z)
	}
	return e
}

func finite(x float64) bool { return x-x == 0 }

// sameFamily reports whether the families are the same. It does not allocate
// if they are equal values.
func sameFamily(a, b families.Family) (same bool) {
	defer func() {
		if recover() != nil { // the type cannot be compared
			same = a.String() == b.String()
		}
	}()
	return a == b || reflect.TypeOf(a) == reflect.TypeOf(b) && a.String() == b.String()
}

func typeName(m any) string { return reflect.TypeOf(m).String() }

// memberIs tells families whose members are of type C. It remembers its last answer,
// since asking makes a member.
type memberIs[C any] struct {
	f   families.Family
	yes bool
}

func (g *memberIs[C]) ask(f families.Family) bool {
	if g.f == nil || !sameFamily(g.f, f) {
		g.f = f
		_, g.yes = f.New().(C)
	}
	return g.yes
}

type isGaussian = memberIs[families.Gaussian]

// hasStats tells families whose T(z) is a function of z, which that of a Conditional
// is not. It remembers its last answer.
type hasStats struct {
	f   families.Family
	yes bool
}

func (h *hasStats) ask(f families.Family) bool {
	if h.f == nil || !sameFamily(h.f, f) {
		h.f, h.yes = f, !families.IsConditional(f.New())
	}
	return h.yes
}

func needStats(name string, f families.Family) error {
	return &CapabilityError{
		Estimator: name,
		Needs:     "a family whose sufficient statistics are functions of z",
		Got:       f.String(),
		Advice:    "use SampleAverage, for a mixture of Gaussians and a model with gradients",
	}
}

func needGaussian(name string, f families.Family, advice string) error {
	return &CapabilityError{Estimator: name, Needs: "a Gaussian family (families.Gaussian)", Got: f.String(), Advice: advice}
}
