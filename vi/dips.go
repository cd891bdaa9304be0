package vi

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"

	"natgrad/families"
	"natgrad/models"
)

// apart is the distance, in standard deviations of q, between two draws that are
// asked whether there is a valley between them.
const apart = 2

// countPeaks looks for a second maximum among the draws of an answer whose weights
// are uneven, by values alone: from the highest draw to the highest of those apart
// from it, the log-joint of a posterior with one peak does not dip. It sets Peaks.
func (r *Result) countPeaks(ctx context.Context, m models.Model) {
	g, ok := r.Q.(families.Gaussian)
	if !ok || !r.uneven() || r.Peaks > 0 {
		return
	}
	d, o := m.Dim(), r.Draws
	top := floats.MaxIdx(o.LogP[:o.FromQ])
	ε0, ε, z := make([]float64, d), make([]float64, d), make([]float64, d)
	at := func(i int) []float64 { return o.Z[i*d : (i+1)*d] }
	g.Untransform(ε0, at(top))
	other := -1
	for i := range o.FromQ {
		g.Untransform(ε, at(i))
		if floats.Distance(ε, ε0, 2) > apart && (other < 0 || o.LogP[i] > o.LogP[other]) {
			other = i
		}
	}
	if other < 0 || ctx.Err() != nil {
		return
	}
	r.Peaks = 1
	lower := math.Min(o.LogP[top], o.LogP[other])
	for k := 1; k < 8; k++ {
		t := float64(k) / 8
		for j := range z {
			z[j] = (1-t)*at(top)[j] + t*at(other)[j]
		}
		r.ModelEvals++
		if m.LogJoint(z) < lower-dip {
			r.Peaks = 2
			return
		}
	}
}
