package models

import (
	"math"
	"testing"
)

func TestExpSum(t *testing.T) {
	const n = 200001
	v, top, sum := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range v {
		top[i] = 3 * math.Sin(float64(i))
		v[i] = top[i] + 1.01*negligible*float64(i)/(n-1)
	}
	x := append([]float64(nil), v...)
	expSum(v, top, sum)
	for i, got := range v {
		δ := x[i] - top[i]
		want := math.Exp(δ)
		if δ < negligible {
			want = 0
		}
		if math.Abs(got-want) > 4e-16*want || sum[i] != got {
			t.Fatalf("e^%v is %v and the sum %v, want %v", δ, got, sum[i], want)
		}
	}
	edge := []float64{-39, -39.3}
	if expSum(edge, make([]float64, 2), sum); edge[0] == 0 || edge[1] != 0 {
		t.Errorf("e^−39 is %g and e^−39.3 %g, want the latter to be 0: it is below 1e-17", edge[0], edge[1])
	}
	if v[0] != 1 {
		t.Errorf("e^0 is %v", v[0])
	}
	one := []float64{math.NaN()}
	if expSum(one, top, sum); !math.IsNaN(one[0]) || !math.IsNaN(sum[0]) {
		t.Errorf("e^NaN is %v and the sum %v", one[0], sum[0])
	}
}
