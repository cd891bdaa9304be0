package main

import (
	"bytes"
	"encoding/json"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"

	"natgrad/families"
	"natgrad/models"
	"natgrad/models/modeltest"
	"natgrad/vi"
)

// TestSegue: the experiment reaches its bars on its own data, writes what it should,
// and from finished runs makes the same again.
func TestSegue(t *testing.T) {
	t.Setenv("NATGRAD_SHARED", "")
	dir := t.TempDir()
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"segue", "-quick", "-out", dir}, &out, &errs); code != 0 {
		t.Fatalf("status %d: %s%s", code, &out, &errs)
	}
	b, err := os.ReadFile(filepath.Join(dir, "segue.json"))
	if err != nil {
		t.Fatal(err)
	}
	var tab table
	if err := json.Unmarshal(b, &tab); err != nil {
		t.Fatal(err)
	}
	same, fewer := 0, 0
	for _, r := range tab.Rows {
		switch {
		case strings.HasPrefix(r.Quantity, "largest difference"):
			same++
			// Nothing but rounding: a path compared with itself would be off by 0.
			if !(r.Ours > 0 && r.Ours <= 1e-8) || r.Mark != markMet || !strings.Contains(r.Quantity, "40 steps") {
				t.Errorf("%s, %s: %v, %s", r.Group, r.Quantity, r.Ours, r.Mark)
			}
		case strings.HasPrefix(r.Quantity, "iterations, gradient ascent as a multiple"):
			fewer++
			if !(r.Ours >= 10) || (r.Mark == markMet) != strings.HasPrefix(r.Group, "logistic") {
				t.Errorf("%s, %s: %v, %q", r.Group, r.Quantity, r.Ours, r.Mark)
			}
		}
	}
	if same != 10 || fewer != 5 {
		t.Errorf("%d comparisons of paths, want 10, and %d of iterations, want 5", same, fewer)
	}
	f, err := os.Open(filepath.Join(dir, "segue.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if im, err := png.Decode(f); err != nil || im.Bounds().Dx() < 1000 {
		t.Errorf("picture: %v %v", im.Bounds(), err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "segue.svg")); err != nil || !bytes.Contains(b, []byte("</svg>")) {
		t.Errorf("picture: %d bytes, %v", len(b), err)
	}
	var again bytes.Buffer
	if code := run(t.Context(), []string{"segue", "-quick", "-out", dir}, &again, &errs); code != 0 || again.String() != out.String() {
		t.Errorf("status %d, and again\n%s", code, &again)
	}
	if !strings.Contains(errs.String(), "25 of 25 runs were finished before") {
		t.Errorf("finished runs were made again: %s", &errs)
	}
}

// small returns a problem by its name.
func small(t *testing.T, name string) *segueProblem {
	t.Helper()
	all, err := segueSmall(1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if all[i].name == name {
			return &all[i]
		}
	}
	t.Fatalf("no %s", name)
	return nil
}

func lgamma(x float64) float64 { l, _ := math.Lgamma(x); return l }

// The optima of the conjugate problems are the log evidence in closed form.
func TestSegueOptima(t *testing.T) {
	// ∏ 1/y! ∫ z^Σy e^−(n+1)z dz with 200 counts of sum 122.
	var want float64
	n, sum := 0, 0
	for k, times := range horseKicks {
		n, sum = n+times, sum+k*times
		want -= float64(times) * lgamma(float64(k+1))
	}
	if n != 200 || sum != 122 {
		t.Errorf("%d counts of sum %d, want 200 of sum 122", n, sum)
	}
	gamma := want + lgamma(float64(sum+1)) - float64(sum+1)*math.Log(float64(n+1))

	// 556!/∏s! · Γ(4) ∏Γ(1+s)/Γ(4+556) = 3! 556!/559!
	dirichlet := math.Log(6) - math.Log(557) - math.Log(558) - math.Log(559)

	// y ~ N(0, XXᵀ + I/4)
	g := small(t, "gaussian").model.(*models.GLM)
	x := mat.NewDense(40, 3, g.X.(*models.Dense).RawData())
	cov := mat.NewSymDense(40, nil)
	cov.SymOuterK(1, x)
	for i := range 40 {
		cov.SetSym(i, i, cov.At(i, i)+0.25)
	}
	normal, ok := distmv.NewNormal(make([]float64, 40), cov, nil)
	if !ok {
		t.Fatal("no covariance")
	}
	for name, want := range map[string]float64{"gamma": gamma, "dirichlet": dirichlet, "gaussian": normal.LogProb(g.Y)} {
		got, err := small(t, name).optimum()
		if err != nil || math.Abs(got-want) > 1e-11*math.Abs(want) {
			t.Errorf("%s: %.15g, want %.15g; %v", name, got, want, err)
		}
	}
}

// The paths of a conjugate problem are λ* + (1 − ρ)^t (λ₀ − λ*), a straight line from
// Gamma(1, 1) to Gamma(1 + 122, 1 + 200).
func TestSeguePaths(t *testing.T) {
	o, err := comparePaths(t.Context(), small(t, "gamma"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range segueMethods[:identicalMethods] {
		path := o.Curves[m.name]
		if len(path) != pathLength+1 {
			t.Fatalf("%s: %d points", m.name, len(path))
		}
		for i, at := range path {
			left := math.Pow(1-pathStep, float64(i))
			α, β := 1+122*(1-left), 1+200*(1-left)
			if e := math.Hypot(float64(at[0])*β/α-1, float64(at[1])*β/math.Sqrt(α)-1); !(e <= 1e-12) {
				t.Errorf("%s, step %d: mean and sd %v, want those of Gamma(%v, %v)", m.name, i, at, α, β)
			}
		}
	}
}

// A step that is off is seen, in whatever way it is off.
func TestSegueDifference(t *testing.T) {
	q := families.FullGaussian(1).New().(families.Gaussian)
	q.SetPrecision([]float64{0}, []float64{1e8})
	for _, c := range []struct {
		name       string
		λ1, λ2, ρ  float64 // factors
		want, slip float64
	}{
		{"nothing", 0, 0, 0, 0, 0},
		// In λ₁ = m/v by 1e-3, where sd is 1e-4: m moves by 1e-11, 1e-7 sd.
		{"mean", 1e-3, 0, 0, 1e-7, 1e-12},
		{"precision", 0, 1e-6 * -5e7, 0, 1e-6, 1e-12},
		{"step size", 0, 0, 1e-5, 1e-5, 1e-10},
	} {
		λ := q.Natural(nil)
		at := step{families.Natural{λ[0] + c.λ1, λ[1] + c.λ2}, 0.25 * (1 + c.ρ)}
		if got := difference(&vi.Iteration{Q: q, Step: 0.25}, at); math.Abs(got-c.want) > c.slip {
			t.Errorf("%s: %g, want %g", c.name, got, c.want)
		}
	}
}

// On a1a the fast update has arrived before gradient ascent with ten times its
// iterations has.
func TestSegueA1A(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	path := modeltest.Shared(t, "data/"+a1aFile)
	pr, err := segueLogistic(&paper{data: strings.TrimSuffix(path, a1aFile)})
	if err != nil {
		t.Fatal(err)
	}
	best, err := pr.optimum()
	if err != nil || math.Abs(best+595.87733) > 1e-5 { // by 99-node Gauss-Hermite quadrature
		t.Errorf("optimum %.8f, want −595.87733; %v", best, err)
	}
	fast, err := timeTo(t.Context(), &pr, segueMethods[0].make, best, 100)
	if err != nil || !(fast.Values["iterations"] <= 8) {
		t.Fatalf("%v iterations, %v", fast.Values["iterations"], err)
	}
	plain, err := timeTo(t.Context(), &pr, segueMethods[identicalMethods].make, best, fewerSteps*int(fast.Values["iterations"]))
	if err != nil || !math.IsInf(float64(plain.Values["iterations"]), 1) || !(plain.Values["left"] > 1) {
		t.Errorf("gradient ascent: %v iterations, %v nats left; %v", plain.Values["iterations"], plain.Values["left"], err)
	}
}
