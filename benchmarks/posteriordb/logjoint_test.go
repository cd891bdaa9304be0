package posteriordb

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"natgrad/models/modeltest"
)

// openAll returns the entries of the shared collections.
func openAll(t testing.TB) []*Entry {
	var entries []*Entry
	for _, dir := range []string{"data/posteriordb", "data/other_posteriors"} {
		root := modeltest.Shared(t, dir)
		list, err := os.ReadDir(root)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			e, err := Open(filepath.Join(root, f.Name()))
			if errors.Is(err, ErrNoModel) {
				t.Errorf("%v", err)
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", f.Name(), err)
				continue
			}
			entries = append(entries, e)
		}
	}
	return entries
}

// derived gives the parameters of a model that the reference does not list, as
// functions of those that it does.
var derived = map[string]func(x func(string) float64, name string) float64{
	"eight_schools_noncentered": func(x func(string) float64, name string) float64 {
		return (x(strings.Replace(name, "z", "theta", 1)) - x("mu")) / x("tau")
	},
	"radon_minnesota":            radonZ,
	"radon_minnesota_halfnormal": radonZ,
	"garch11":                    func(x func(string) float64, _ string) float64 { return x("beta1") / (1 - x("alpha1")) },
}

func radonZ(x func(string) float64, name string) float64 {
	return (x(strings.Replace(name, "z", "county_effect", 1)) - x("county_effect_mean")) / x("county_effect_scale")
}

// other holds log p(y, x) of entries whose reference has none, up to a constant,
// evaluated with scipy.stats from model.md at the points of otherPoint 0, 1, 2.
var other = map[string][]float64{
	"brownian_motion":               {49.8627372341631, 49.9571750102919, 49.9993958146472},
	"cancermortality_betabinomial":  {-571.957979002881, -571.495796356262, -571.454548784163},
	"german_credit_logistic":        {-493.837238507679, -494.688465618187, -494.452705854915},
	"german_credit_sparse_logistic": {-543.863443229221, -540.627748081592, -548.275776779398},
	"radon_minnesota":               {-934.333290326205, -931.453397049876, -936.215084493061},
	"radon_minnesota_halfnormal":    {-925.741898696072, -922.860248773253, -927.620620846984},
}

// otherPoint is mean + ½ sd sin(1.3 j + k) for quantity j = 1, 2...
func otherPoint(r *Reference, k int) []float64 {
	x := make([]float64, len(r.Mean))
	for j := range x {
		x[j] = r.Mean[j] + 0.5*r.SD[j]*math.Sin(1.3*float64(j+1)+float64(k))
	}
	return x
}

// check returns the points and values to compare with.
func check(t *testing.T, e *Entry) *LogJointCheck {
	if e.Reference.Check != nil {
		return e.Reference.Check
	}
	c := &LogJointCheck{LogJoint: other[e.Reference.Model]}
	if c.LogJoint == nil {
		t.Fatal("no values of the log-joint")
	}
	for k := range c.LogJoint {
		c.Params = append(c.Params, otherPoint(e.Reference, k))
	}
	return c
}

// coordinates returns z where the listed quantities have the values x.
func coordinates(t *testing.T, e *Entry, x []float64) []float64 {
	byName := make(map[string]float64)
	for i, name := range e.Reference.Names {
		byName[name] = x[i]
	}
	at := func(name string) float64 {
		v, ok := byName[name]
		if !ok {
			t.Fatalf("no value of %s", name)
		}
		return v
	}
	values := make([]float64, 0, len(e.Model.ParamNames()))
	for _, name := range e.Model.ParamNames() {
		v, ok := byName[name]
		if f := derived[e.Reference.Model]; !ok && f != nil {
			v = f(at, name)
		} else if !ok {
			v = math.NaN() // of a reported quantity; Unconstrain refuses it for a parameter
		}
		values = append(values, v)
	}
	z := make([]float64, e.Model.Dim())
	normalise(e, values)
	if err := e.Model.Unconstrain(z, values); err != nil {
		t.Fatal(err)
	}
	return z
}

// normalise makes simplexes, which the files give to ten digits, sum to 1.
func normalise(e *Entry, values []float64) {
	sums := make(map[string]float64)
	name := func(i int) string { n, _, _ := strings.Cut(e.Model.ParamNames()[i], "["); return n }
	for i, v := range values {
		sums[name(i)] += v
	}
	for i := range values {
		if s := sums[name(i)]; math.Abs(s-1) < 1e-8 && strings.Contains(e.Model.ParamNames()[i], "[") {
			values[i] /= s
		}
	}
}

// logVolume returns log |det ∂x/∂z| of as many of the listed quantities as there
// are coordinates, which are enough to determine the others.
func logVolume(e *Entry, z []float64) float64 {
	d, n := len(z), len(e.Index)
	jac := make([][]float64, n)
	for i := range jac {
		jac[i] = make([]float64, d)
	}
	all := make([]float64, len(e.Model.ParamNames()))
	for j := range z {
		const h = 1e-3
		z0 := z[j]
		for k, w := range []float64{1, -8, 8, -1} {
			z[j] = z0 + h*[]float64{-2, -1, 1, 2}[k]
			e.Model.Constrain(all, z)
			for i, place := range e.Index {
				jac[i][j] += w * all[place] / (12 * h)
			}
		}
		z[j] = z0
	}
	// Elimination with the largest pivot of each column.
	var logDet float64
	for j := range d {
		best := j
		for i := j; i < n; i++ {
			if math.Abs(jac[i][j]) > math.Abs(jac[best][j]) {
				best = i
			}
		}
		jac[j], jac[best] = jac[best], jac[j]
		logDet += math.Log(math.Abs(jac[j][j]))
		for i := j + 1; i < n; i++ {
			f := jac[i][j] / jac[j][j]
			for k := j; k < d; k++ {
				jac[i][k] -= f * jac[j][k]
			}
		}
	}
	return logDet
}

// fine makes models of differential equations with steps so small that their
// errors do not show.
var fine = map[string]builder{
	"lotka_volterra":       lotkaVolterra(64),
	"one_comp_mm_elim_abs": compartment(256),
}

// TestLogJoint compares every model with values of its log-joint that were
// computed by other programs, up to a constant common to all points.
func TestLogJoint(t *testing.T) {
	for _, e := range openAll(t) {
		t.Run(e.Name, func(t *testing.T) {
			c := check(t, e)
			if b := fine[e.Reference.Model]; b != nil {
				e = rebuilt(t, e, b)
			}
			var worst, first float64
			for i, x := range c.Params {
				z := coordinates(t, e, x)
				diff := e.Model.LogJoint(z) - logVolume(e, z) - c.LogJoint[i]
				if i == 0 {
					first = diff
				}
				worst = math.Max(worst, math.Abs(diff-first)/math.Abs(c.LogJoint[i]))
			}
			t.Logf("constant %.7g, worst relative difference %.2g", first, worst)
			// The references leave out the factor 2 of half-normal and half-Cauchy
			// densities.
			if r := math.Remainder(first, math.Ln2); math.Abs(r) > 1e-8*math.Abs(c.LogJoint[0]) {
				t.Errorf("constant %v, want a multiple of log 2", first)
			}
			if !(worst < 1e-8) {
				t.Errorf("log-joint differs by %.3g of its value", worst)
			}
		})
	}
}

// rebuilt returns the entry with another model of its data.
func rebuilt(t *testing.T, e *Entry, b builder) *Entry {
	d, err := readData(modeltest.Shared(t, "data/posteriordb/"+e.Name), "")
	if err != nil {
		t.Fatal(err)
	}
	m, err := build(b, d)
	if err != nil {
		t.Fatal(err)
	}
	e, err = newEntry(e.Name, m, e.Reference)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestLotkaVolterraSteps: smaller steps do not change the answer.
func TestLotkaVolterraSteps(t *testing.T) {
	e, err := Open(modeltest.Shared(t, "data/posteriordb/hudson_lynx_hare-lotka_volterra"))
	if err != nil {
		t.Fatal(err)
	}
	f := rebuilt(t, e, lotkaVolterra(2*lotkaVolterraSteps))
	for _, x := range e.Reference.Check.Params {
		z := coordinates(t, e, x)
		if a, b := e.Model.LogJoint(z), f.Model.LogJoint(z); math.Abs(a-b) > 1e-3 {
			t.Errorf("log-joint %v, %v with steps half as long", a, b)
		}
	}
}
