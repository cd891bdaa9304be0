package familytest

import (
	"math/rand/v2"

	"natgrad/families"
)

// method is one method with legal arguments, for the laws that all share:
// lengths, nil, what may be written, allocations, equal results.
type method struct {
	name   string
	writes int  // how many of the first arguments are results
	mayNil bool // whether a nil args[0] allocates
	adds   bool // whether args[0] is added to
	sets   bool // whether the receiver changes
	args   [][]float64
	// call returns the results.
	call func(a [][]float64) []float64
}

// run calls the method with results that hold NaN or, if they are added to, 0.
func (f *method) run() []float64 {
	for _, a := range f.args[:f.writes] {
		copy(a, filled(len(a)))
		if f.adds {
			clear(a)
		}
	}
	return f.call(f.args)
}

// methods lists the methods of q, which is at m, and of its family.
func (c *checker) methods(m *member, q families.Distribution) []method {
	type (
		N = families.Natural
		M = families.Mean
	)
	seed := rand.NewPCG(0, 0)
	seeded := rand.New(seed)
	rnd := func() *rand.Rand { // the same draws in every call
		seed.Seed(3, 4)
		return seeded
	}
	one := make([]float64, 1)
	scalar := func(x float64) []float64 { one[0] = x; return one }
	truth := func(ok bool) []float64 {
		if ok {
			return scalar(1)
		}
		return scalar(0)
	}
	n, d := make([]float64, c.n), make([]float64, c.d)
	v, g := m.dirs[0].v, m.dirs[0].g
	z := q.Rand(nil, rnd())
	list := []method{
		{name: "SufficientStats", writes: 1, mayNil: true, args: [][]float64{n, z}, call: func(a [][]float64) []float64 { return c.f.SufficientStats(a[0], a[1]) }},
		{name: "Natural", writes: 1, mayNil: true, args: [][]float64{n}, call: func(a [][]float64) []float64 { return q.Natural(a[0]) }},
		{name: "Mean", writes: 1, mayNil: true, args: [][]float64{n}, call: func(a [][]float64) []float64 { return q.Mean(a[0]) }},
		{name: "LogPartition", call: func([][]float64) []float64 { return scalar(q.LogPartition()) }},
		{name: "LogProb", args: [][]float64{z}, call: func(a [][]float64) []float64 { return scalar(q.LogProb(a[0])) }},
		{name: "Entropy", call: func([][]float64) []float64 { return scalar(q.Entropy()) }},
		{name: "Rand", writes: 1, mayNil: true, args: [][]float64{d}, call: func(a [][]float64) []float64 { return q.Rand(a[0], rnd()) }},
		{name: "FisherMulVec", writes: 1, mayNil: true, args: [][]float64{n, v}, call: func(a [][]float64) []float64 { return q.FisherMulVec(a[0], N(a[1])) }},
		{name: "FisherSolve", writes: 1, mayNil: true, args: [][]float64{n, g}, call: func(a [][]float64) []float64 { return q.FisherSolve(a[0], M(a[1])) }},
		{name: "SetNatural", sets: true, args: [][]float64{m.λ}, call: func(a [][]float64) []float64 { return truth(q.SetNatural(a[0])) }},
		{name: "SetMean", sets: true, args: [][]float64{m.μ}, call: func(a [][]float64) []float64 { return truth(q.SetMean(a[0])) }},
	}
	if q, ok := q.(families.Pathwise); ok {
		aux := make([]float64, q.NumAux())
		q.RandPath(z, aux, rnd())
		list = append(list,
			method{name: "RandPath", writes: 2, args: [][]float64{d, make([]float64, len(aux))}, call: func(a [][]float64) []float64 { q.RandPath(a[0], a[1], rnd()); return a[0] }},
			method{name: "AddPathGrad", writes: 1, adds: true, args: [][]float64{n, z, aux, c.normals(c.d)}, call: func(a [][]float64) []float64 { q.AddPathGrad(a[0], 1.5, a[1], a[2], a[3]); return a[0] }},
		)
	}
	if q, ok := q.(families.LogRander); ok {
		list = append(list, method{name: "LogRand", writes: 1, mayNil: true, args: [][]float64{d}, call: func(a [][]float64) []float64 { return q.LogRand(a[0], rnd()) }})
	}
	if q, ok := q.(families.Retracter); ok {
		list = append(list, method{name: "Retract", writes: 1, mayNil: true, args: [][]float64{n, v}, call: func(a [][]float64) []float64 { return q.Retract(a[0], a[1]) }})
	}
	if q, ok := q.(families.KLer); ok {
		list = append(list, method{name: "KL", call: func([][]float64) []float64 { return scalar(q.KL(m.q)) }})
	}
	if q, ok := q.(families.Conditional); ok {
		list = append(list, method{name: "ConditionalStats", writes: 1, mayNil: true, args: [][]float64{n, z}, call: func(a [][]float64) []float64 { return q.ConditionalStats(a[0], a[1]) }})
	}
	if q, ok := q.(families.Gaussian); ok {
		s := make([]float64, q.CovLen())
		loc, cov, prec := q.Loc(nil), q.Cov(nil), q.Precision(nil)
		gV := c.covShaped(q)
		list = append(list,
			method{name: "Loc", writes: 1, mayNil: true, args: [][]float64{d}, call: func(a [][]float64) []float64 { return q.Loc(a[0]) }},
			method{name: "Cov", writes: 1, mayNil: true, args: [][]float64{s}, call: func(a [][]float64) []float64 { return q.Cov(a[0]) }},
			method{name: "Precision", writes: 1, mayNil: true, args: [][]float64{s}, call: func(a [][]float64) []float64 { return q.Precision(a[0]) }},
			method{name: "Transform", writes: 1, args: [][]float64{d, c.normals(c.d)}, call: func(a [][]float64) []float64 { q.Transform(a[0], a[1]); return a[0] }},
			method{name: "Untransform", writes: 1, args: [][]float64{d, z}, call: func(a [][]float64) []float64 { q.Untransform(a[0], a[1]); return a[0] }},
			method{name: "Whiten", writes: 1, args: [][]float64{d, c.normals(c.d)}, call: func(a [][]float64) []float64 { q.Whiten(a[0], a[1]); return a[0] }},
			method{name: "NaturalGrad", writes: 1, mayNil: true, args: [][]float64{n, c.normals(c.d), gV}, call: func(a [][]float64) []float64 { return q.NaturalGrad(a[0], a[1], a[2]) }},
			method{name: "SetMoments", sets: true, args: [][]float64{loc, cov}, call: func(a [][]float64) []float64 { return truth(q.SetMoments(a[0], a[1])) }},
			method{name: "SetPrecision", sets: true, args: [][]float64{loc, prec}, call: func(a [][]float64) []float64 { return truth(q.SetPrecision(a[0], a[1])) }},
		)
	}
	return list
}

// snapshot returns all that the methods in list say which do not change the
// receiver. Where two snapshots of a receiver differ, it was changed.
func snapshot(list []method) []float64 {
	var all []float64
	for i := range list {
		if f := &list[i]; !f.sets {
			all = append(all, f.run()...)
		}
	}
	return all
}

// differing names the first method whose result differs between snapshots.
func differing(list []method, a, b []float64) string {
	for i := range list {
		f := &list[i]
		if f.sets {
			continue
		}
		n := len(f.run())
		if !sameBits(a[:n], b[:n]) {
			return f.name + " " + show(a[:n]) + " became " + show(b[:n])
		}
		a, b = a[n:], b[n:]
	}
	return ""
}
