package posteriordb

import (
	"math"
	"testing"
)

func TestScore(t *testing.T) {
	r := &Reference{Mean: []float64{1, 2}, SD: []float64{1, 4}}
	a, b := r.Score([]float64{4, 18}, []float64{math.E, 4})
	if want := math.Sqrt((9.0 + 16) / 2); math.Abs(a-want) > 1e-14 {
		t.Errorf("mean error %v, want %v", a, want)
	}
	if want := math.Sqrt(0.5); math.Abs(b-want) > 1e-14 {
		t.Errorf("log-sd ratio %v, want %v", b, want)
	}
	if a, b := r.Score([]float64{math.NaN(), 0}, []float64{0, 1}); !math.IsInf(a, 1) || !math.IsInf(b, 1) {
		t.Errorf("scores %v and %v of NaN and 0, want +Inf", a, b)
	}
}
