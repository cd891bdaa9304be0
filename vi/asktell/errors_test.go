package asktell_test

import (
	"errors"
	"math"
	"testing"

	"natgrad/vi/asktell"
)

func TestSettingErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		method, field string
		s             asktell.Settings
	}{
		{"Vadam", "NumData", asktell.Settings{}},
		{"Adam", "NumData", asktell.Settings{PriorPrecision: 1}},
		{"Vadam", "NumData", asktell.Settings{NumData: -1}},
		{"Vadam", "InitPrecision", asktell.Settings{NumData: 10, PriorPrecision: 3, InitPrecision: 2}},
		{"Vprop", "InitPrecision", asktell.Settings{NumData: 10, PriorPrecisions: []float64{1, 3}, InitPrecision: 2}},
		{"Vprop", "GradientRate", asktell.Settings{NumData: 10, GradientRate: 0.1}},
		{"VAdaGrad", "NumData", asktell.Settings{NumData: 10}},
		{"VON", "Curvature", asktell.Settings{NumData: 10, Curvature: asktell.ExampleGradients}},
		{"IVON", "Curvature", asktell.Settings{NumData: 10, Curvature: 99}},
		{"VOGN", "Curvature", asktell.Settings{NumData: 10, Curvature: asktell.Stein}},
		{"SLANG", "Rank", asktell.Settings{NumData: 10, Rank: 3}},
		{"SLANG", "Rank", asktell.Settings{NumData: 10, Rank: -1}},
		{"VON", "Rate", asktell.Settings{NumData: 10, Rate: nan}},
		{"VON", "Rate", asktell.Settings{NumData: 10, Rate: -1}},
		{"VON", "CurvatureRate", asktell.Settings{NumData: 10, Rate: 2}},
		{"Vadam", "GradientRate", asktell.Settings{NumData: 10, GradientRate: 1.5}},
		{"Vadam", "Temperature", asktell.Settings{NumData: 10, Temperature: inf}},
		{"Vadam", "PriorPrecisions", asktell.Settings{NumData: 10, PriorPrecisions: []float64{1}}},
		{"Vadam", "PriorPrecisions", asktell.Settings{NumData: 10, PriorPrecisions: []float64{1, 0}}},
		{"Vadam", "Samples", asktell.Settings{NumData: 10, Samples: -1}},
		{"none", "name", asktell.Settings{}},
	} {
		q, err := asktell.New(c.method, []float64{0, 0}, c.s)
		var bad *asktell.SettingError
		if !errors.As(err, &bad) || bad.Field != c.field || bad.Method != c.method || q != nil {
			t.Errorf("%s, %s: %v, error %v", c.method, c.field, q, err)
		}
	}
	for _, mean := range [][]float64{nil, {0, nan}} {
		if _, err := asktell.New("Adam", mean, asktell.Settings{}); err == nil {
			t.Errorf("accepts start weights %v", mean)
		}
	}
}

// TestBadNumbers has batches that are refused, and leave the state as it was.
func TestBadNumbers(t *testing.T) {
	for _, name := range asktell.Names() {
		for _, bad := range []float64{math.NaN(), math.Inf(-1), 1e200} {
			q := made(t, name, []float64{1, 2}, asktell.Settings{})
			q.Ask(nil, newRand(1))
			b := asktell.Batch{Grad: []float64{0, bad}, Curvature: []float64{1, 1}, Examples: []float64{1, 1}}
			stepped, err := q.Tell(b)
			var be *asktell.BatchError
			if stepped || !errors.As(err, &be) || be.Field != "Grad" || be.Index != 1 || be.Step != 1 {
				t.Errorf("%s: %v, error %v", name, stepped, err)
			}
			if q.Steps() != 0 || q.Mean(nil)[1] != 2 {
				t.Errorf("%s: a refused batch moved it", name)
			}
			q.Ask(nil, newRand(1))
			b.Grad[1] = 1
			tell(t, q, b)
		}
	}
}

func TestDomainError(t *testing.T) {
	q, err := asktell.NewVON([]float64{0, 0}, asktell.Settings{NumData: 10, InitPrecision: 2, Rate: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	q.Ask(nil, newRand(1))
	_, err = q.Tell(asktell.Batch{Grad: []float64{1, 1}, Curvature: []float64{1, -1}})
	var de *asktell.DomainError
	if !errors.As(err, &de) || de.Index != 1 || math.Abs(de.Value+3.5) > 1e-14 { // (2 + 10·(−1) + 1)/2
		t.Errorf("error %v", err)
	}
	if p := q.Precision(nil); math.Abs(p[0]-2) > 1e-15 || q.Mean(nil)[0] != 0 || q.Steps() != 0 {
		t.Errorf("a refused step made precisions %v", p)
	}
	// The retraction keeps the same curvature inside.
	i, err := asktell.NewIVON([]float64{0, 0}, asktell.Settings{NumData: 10, InitPrecision: 2, CurvatureRate: 0.5, Curvature: asktell.HessianDiagonal})
	if err != nil {
		t.Fatal(err)
	}
	i.Ask(nil, newRand(1))
	tell(t, i, asktell.Batch{Grad: []float64{1, 1}, Curvature: []float64{1, -1}})
	if p := i.Precision(nil)[1]; !(p > 0) {
		t.Errorf("IVON: precision %g", p)
	}
}

func TestPanics(t *testing.T) {
	q := made(t, "VON", []float64{1, 2}, asktell.Settings{})
	s := made(t, "SLANG", []float64{1, 2}, asktell.Settings{})
	g := []float64{1, 1}
	for want, f := range map[string]func(){
		"asktell: Tell without Ask":                                      func() { q.Tell(asktell.Batch{Grad: g, Curvature: g}) },
		"asktell: Batch has no Grad":                                     func() { q.Ask(nil, newRand(1)); q.Tell(asktell.Batch{Curvature: g}) },
		"asktell: Batch has no Curvature, which the method needs":        func() { q.Ask(nil, newRand(1)); q.Tell(asktell.Batch{Grad: g}) },
		"asktell: Batch has no Examples, which the method needs":         func() { s.Ask(nil, newRand(1)); s.Tell(asktell.Batch{Grad: g}) },
		"asktell: length of a field of Batch is not that of Dim weights": func() { s.Ask(nil, newRand(1)); s.Tell(asktell.Batch{Examples: g[:1]}) },
		"asktell: length of weights is not Dim":                          func() { q.Ask(g[:1], newRand(1)) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("recovered %v, want %q", got, want)
				}
			}()
			q, s = made(t, "VON", g, asktell.Settings{}), made(t, "SLANG", g, asktell.Settings{})
			f()
		}()
	}
}
