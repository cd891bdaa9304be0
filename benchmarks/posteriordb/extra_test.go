package posteriordb

import (
	"math"
	"path/filepath"
	"testing"

	"natgrad/models/ad"
	"natgrad/models/modeltest"
)

// extra is a model on made-up data, with log p(y, x) at one point by scipy.stats,
// written from the mathematics.
type extra struct {
	Model    string         `json:"model"`
	Data     map[string]any `json:"data"`
	Names    []string       `json:"names"`
	Values   []float64      `json:"values"`
	LogJoint float64        `json:"log_joint"`
}

// TestExtra checks the models for which there are no reference posteriors here,
// with all constants.
func TestExtra(t *testing.T) {
	var all []extra
	if err := readJSON(filepath.Join("testdata", "extra.json"), &all); err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		t.Run(x.Model, func(t *testing.T) {
			b := builderOf(x.Model)
			if b == nil {
				t.Fatal("no such model")
			}
			tol := 1e-9 * math.Abs(x.LogJoint)
			if f := fine[x.Model]; f != nil {
				x.check(t, f, tol)
				tol = 1e-3
			}
			m, z := x.check(t, b, tol)
			modeltest.Test(t, m, [][]float64{z})
		})
	}
}

// check returns the model and the point.
func (x *extra) check(t *testing.T, b builder, tol float64) (*ad.Model, []float64) {
	m, err := build(b, &Data{values: x.Data})
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEntry(x.Model, m, &Reference{Model: x.Model, Names: x.Names})
	if err != nil {
		t.Fatal(err)
	}
	z := coordinates(t, e, x.Values)
	if got := m.LogJoint(z) - logVolume(e, z); !(math.Abs(got-x.LogJoint) < tol) {
		t.Errorf("log-joint %.12g, want %.12g", got, x.LogJoint)
	}
	return m, z
}
