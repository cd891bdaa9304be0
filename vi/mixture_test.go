package vi_test

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"

	"natgrad/families"
	"natgrad/models"
	"natgrad/models/modeltest"
)

// mixtureShapes are all covariances, and all priors of weights.
var (
	mixtureShapes  = []models.Covariance{models.FullCovariance, models.TiedCovariance, models.DiagCovariance, models.SphericalCovariance}
	mixtureWeights = []models.Weights{models.DirichletWeights, models.StickWeights, models.NestedStickWeights}
)

// mixtureFamily returns the family that the mixture of K Gaussians in d columns is
// conjugate to.
func mixtureFamily(t testing.TB, m *models.Mixture, k, d int, c models.Covariance, w models.Weights) families.Family {
	t.Helper()
	var comps families.Family
	switch c {
	case models.FullCovariance:
		comps = families.Repeat(k, families.NormalWishart(d))
	case models.TiedCovariance:
		comps = families.TiedNormalWishart(k, d)
	case models.DiagCovariance:
		comps = families.Repeat(k*d, families.NormalGamma())
	case models.SphericalCovariance:
		comps = families.Repeat(k, families.SphericalNormalGamma(d))
	}
	f := comps
	switch {
	case w == models.DirichletWeights && k > 1:
		f = families.Product(families.Dirichlet(k), comps)
	case w == models.StickWeights && k > 1:
		f = families.Product(families.Repeat(k-1, families.Beta()), comps)
	case w == models.NestedStickWeights:
		f = families.Product(families.Repeat(k, families.Beta()), comps)
	}
	if m.Family() != f.String() || f.Dim() != m.Dim() || f.NumParams() != m.NumParams() {
		t.Fatalf("the mixture has %d coordinates, %d parameters and the family %v, want %d, %d and %v",
			m.Dim(), m.NumParams(), m.Family(), f.Dim(), f.NumParams(), f)
	}
	return f
}

// gaussMixture returns a mixture, and its family.
func gaussMixture(t testing.TB, y []float64, d, k int, c models.Covariance, p *models.GaussPrior, w models.Weights) (*models.Mixture, families.Family) {
	t.Helper()
	x, err := models.NewDense(len(y)/d, d, y)
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.NewGaussMixture(x, k, c, p, w, 0)
	if err != nil {
		t.Fatal(err)
	}
	return m, mixtureFamily(t, m, k, d, c, w)
}

// mixtureData returns rows of a data set for tests, and the number of columns.
func mixtureData(t testing.TB, name string) (y []float64, d int) {
	t.Helper()
	if name == "sines" {
		for i := range 14 {
			for j := range 3 {
				y = append(y, []float64{1, 2, 0.5}[j]*math.Sin(1.3*float64(i*(j+1))+float64(j*j))+[]float64{10, -3, 0}[j])
			}
		}
		return y, 3
	}
	file, err := os.Open(modeltest.Shared(t, "data/mixture/"+name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	recs, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	d = len(recs[0])
	if name == "iris" || name == "wine" {
		d-- // the last column is the class
	}
	for _, rec := range recs[1:] {
		for _, field := range rec[:d] {
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			y = append(y, v)
		}
	}
	return y, d
}

// naturalOf returns η₀ and the statistics of all rows with responsibilities given row by
// row.
func naturalOf(m *models.Mixture, resp []float64, w models.Weights) families.Natural {
	k, c := m.Components().Num(), m.Components()
	λ := make(families.Natural, m.NumParams())
	m.GlobalNatural(λ)
	n := m.NumParams() - c.NumParams()
	counts := make([]float64, k)
	one := make([]float64, k)
	for i := range m.NumData() {
		copy(one, resp[i*k:(i+1)*k])
		c.Load([]int{i})
		c.AddStats(λ[n:], one)
		for j, r := range one {
			counts[j] += r
		}
	}
	if w == models.DirichletWeights {
		for j := range n {
			λ[j] += counts[j]
		}
		return λ
	}
	for j := range n / 2 {
		λ[2*j] += counts[j]
		for _, later := range counts[j+1:] {
			λ[2*j+1] += later
		}
	}
	return λ
}

// mixturePosterior is a member in the terms of scikit-learn: cov is C/ν.
type mixturePosterior struct {
	Weights [][]float64
	Kappa   []float64
	Mean    []float64
	Dof     dofs
	Cov     []float64
}

// dofs are one number for tied covariances.
type dofs []float64

func (d *dofs) UnmarshalJSON(b []byte) error {
	var one float64
	if json.Unmarshal(b, &one) == nil {
		*d = dofs{one}
		return nil
	}
	return json.Unmarshal(b, (*[]float64)(d))
}

// posteriorOf reads a natural parameter.
func posteriorOf(m *models.Mixture, λ families.Natural, d int, c models.Covariance, w models.Weights) (p mixturePosterior) {
	k := m.Components().Num()
	center := m.Components().(*models.GaussComponents).Center(nil)
	n := m.NumParams() - m.Components().NumParams()
	p.Weights = make([][]float64, 1)
	if w != models.DirichletWeights {
		p.Weights = make([][]float64, 2)
	}
	for i, v := range λ[:n] {
		j := i % len(p.Weights)
		p.Weights[j] = append(p.Weights[j], v+1)
	}
	λ = λ[n:]
	outer := func(mat, lin []float64, κ ...float64) (cov []float64) {
		cov = make([]float64, d*d)
		for i := range cov {
			cov[i] = -2 * mat[i]
			for k, κ := range κ {
				cov[i] -= lin[k*d+i/d] * lin[k*d+i%d] / κ
			}
		}
		return cov
	}
	add := func(ν float64, cov []float64) {
		p.Dof = append(p.Dof, ν)
		for _, v := range cov {
			p.Cov = append(p.Cov, v/ν)
		}
	}
	mean := func(κ float64, lin []float64) {
		p.Kappa = append(p.Kappa, κ)
		for j, v := range lin {
			p.Mean = append(p.Mean, v/κ+center[j])
		}
	}
	switch c {
	case models.FullCovariance:
		for range k {
			κ := -2 * λ[1+d*d+d]
			mean(κ, λ[1+d*d:1+d*d+d])
			add(2*λ[0]+float64(d), outer(λ[1:], λ[1+d*d:], κ))
			λ = λ[2+d*d+d:]
		}
	case models.TiedCovariance:
		var κ []float64
		for j := range k {
			κ = append(κ, -2*λ[1+d*d+k*d+j])
			mean(κ[j], λ[1+d*d+j*d:1+d*d+(j+1)*d])
		}
		add(2*λ[0]+float64(d+1-k), outer(λ[1:], λ[1+d*d:], κ...))
	case models.DiagCovariance:
		for range k {
			var cov, lin []float64
			ν, κ := 2*λ[0]+1, -2*λ[3]
			for range d {
				lin = append(lin, λ[2])
				cov = append(cov, -2*λ[1]-λ[2]*λ[2]/κ)
				λ = λ[4:]
			}
			mean(κ, lin)
			add(ν, cov)
		}
	case models.SphericalCovariance:
		for range k {
			κ := -2 * λ[2+d]
			ν := 2*(λ[0]+1)/float64(d) - 1
			c := -2 * λ[1]
			for _, v := range λ[2 : 2+d] {
				c -= v * v / κ
			}
			mean(κ, λ[2:2+d])
			add(ν, []float64{c / float64(d)})
			λ = λ[3+d:]
		}
	}
	return p
}
