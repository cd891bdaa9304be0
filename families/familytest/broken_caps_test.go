package familytest

import (
	"math"
	"math/rand/v2"
	"slices"

	"natgrad/families"
)

// What follows breaks the capabilities of a Gaussian.

func (q *broken) RandPath(z, aux []float64, rnd *rand.Rand) {
	q.gaussian.RandPath(z, aux, rnd)
	if q.is("draws of a path") {
		for i, m := range q.Loc(nil) {
			z[i] = m + 1.1*(z[i]-m)
		}
	}
}

func (q *broken) AddPathGrad(dst families.Mean, w float64, z, aux, g []float64) {
	switch d := q.f.Dim(); {
	case q.is("path overwrites"):
		clear(dst)
	case q.is("path without its weight"):
		w = 1
	case q.is("sign of a path"):
		w = -w
	case q.is("path of the mean alone") && len(z) == d:
		z = q.Loc(nil)
	case q.is("path for T alone") && len(z) == d:
		// In the place of (z − m)/(2v) a field that has the right mean for
		// quadratic functions, but not for others.
		z = slices.Clone(z)
		loc, cov := q.Loc(nil), q.Cov(nil)
		for i, m := range loc {
			z[i] = m + math.Copysign(math.Sqrt(math.Pi/2*cov[i]), z[i]-m)
		}
	}
	q.gaussian.AddPathGrad(dst, w, z, aux, g)
}

func (q *broken) Retract(dst, step families.Natural) families.Natural {
	switch {
	case q.is("retraction is a plain step"):
		sum := along(q.gaussian.Natural(nil), 1, step)
		dst = q.gaussian.Retract(dst, step)
		copy(dst, sum)
		return dst
	case q.is("½ in a retraction"):
		step = slices.Clone(step)
		scale(step, 0.5)
	case q.is("retraction from elsewhere"):
		dst = q.gaussian.Retract(dst, step)
		scale(dst, 1.01)
		return dst
	case q.is("dst of a retraction is not step") && len(dst) > 0 && len(dst) == len(step):
		clear(dst)
	}
	return q.gaussian.Retract(dst, step)
}

func (q *broken) CovLen() int {
	if q.is("CovLen") {
		return 3
	}
	return q.gaussian.CovLen()
}

func (q *broken) Loc(dst []float64) []float64 {
	if q.is("Loc adds to dst") && dst != nil {
		for i, m := range q.gaussian.Loc(nil) {
			dst[i] += m
		}
		return dst
	}
	dst = q.gaussian.Loc(dst)
	if q.is("Loc") {
		dst[0] += 1e-6
	}
	return dst
}

func (q *broken) Cov(dst []float64) []float64 {
	if q.is("Cov is Precision") {
		return q.gaussian.Precision(dst)
	}
	return q.gaussian.Cov(dst)
}

func (q *broken) Precision(dst []float64) []float64 {
	switch {
	case q.is("Precision is Cov"), q.is("Cov is Precision"):
		return q.gaussian.Cov(dst)
	case q.is("Precision ignores dst"):
		return q.gaussian.Precision(nil)
	case q.is("Precision of the first λ"):
		if q.prec == nil {
			q.prec = q.gaussian.Precision(nil)
		}
		dst = q.gaussian.Precision(dst)
		copy(dst, q.prec)
		return dst
	}
	return q.gaussian.Precision(dst)
}

func (q *broken) Transform(z, eps []float64) {
	q.gaussian.Transform(z, eps)
	if q.is("Transform reflects") {
		for i, m := range q.gaussian.Loc(nil) {
			z[i] = 2*m - z[i]
		}
	}
	if q.is("Transform with the variance") {
		loc := q.gaussian.Loc(nil)
		for i, v := range q.gaussian.Cov(nil)[:len(z)] {
			z[i] = loc[i] + math.Sqrt(v)*(z[i]-loc[i])
		}
	}
}

func (q *broken) Whiten(dst, g []float64) {
	if q.is("Whiten by the factor, not transposed") {
		loc := q.gaussian.Loc(nil)
		q.gaussian.Transform(dst, g)
		for i, m := range loc {
			dst[i] -= m
		}
		return
	}
	q.gaussian.Whiten(dst, g)
}

func (q *broken) NaturalGrad(dst families.Natural, gm, gV []float64) families.Natural {
	dst = q.gaussian.NaturalGrad(dst, gm, gV)
	switch {
	case q.is("NaturalGrad without −2 gV m"):
		copy(dst, gm)
	case q.is("NaturalGrad changes an argument"):
		gm[0]++
	}
	return dst
}

func (q *broken) SetMoments(loc, cov []float64) bool {
	switch {
	case q.is("SetMoments takes sds"):
		cov = slices.Clone(cov)
		for i, v := range cov {
			cov[i] = v * math.Abs(v)
		}
	case q.is("SetMoments changes the receiver if it refuses"):
		return q.changed(q.gaussian.SetMoments(loc, cov))
	}
	return q.gaussian.SetMoments(loc, cov) || q.is("SetMoments accepts all")
}

func (q *broken) SetPrecision(loc, prec []float64) bool {
	if q.is("SetPrecision takes a covariance") {
		return q.gaussian.SetMoments(loc, prec)
	}
	return q.gaussian.SetPrecision(loc, prec)
}
