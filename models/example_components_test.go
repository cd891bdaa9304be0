package models_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// lifetimes are K exponential components, y | component k ~ Exponential(rate z_k), with
// z_k ~ Gamma(1, rate 1): with T = (log z, z) a row adds r (1, −y).
type lifetimes struct {
	y      []float64
	rows   []int     // loaded
	e, log []float64 // E z and E log z of each component
}

func newLifetimes(y []float64, k int) *lifetimes {
	return &lifetimes{y: y, e: make([]float64, k), log: make([]float64, k)}
}

func (l *lifetimes) Num() int       { return len(l.e) }
func (l *lifetimes) NumData() int   { return len(l.y) }
func (l *lifetimes) Family() string { return fmt.Sprintf("Repeat(%d, Gamma)", len(l.e)) }
func (l *lifetimes) Dim() int       { return len(l.e) }
func (l *lifetimes) NumParams() int { return 2 * len(l.e) }
func (l *lifetimes) MaxRows() int   { return 256 }

// log p(z) = −z, for each component.
func (l *lifetimes) GlobalNatural(dst []float64) (c float64) {
	for k := range l.e {
		dst[2*k], dst[2*k+1] = 0, -1
	}
	return 0
}

func (l *lifetimes) Expect(_, μ []float64) (ok bool) {
	for k := range l.e {
		l.log[k], l.e[k] = μ[2*k], μ[2*k+1]
	}
	return true
}

func (l *lifetimes) At(z []float64) (logPrior float64) {
	for k, rate := range z {
		if !(rate > 0) {
			return math.Inf(-1)
		}
		l.log[k], l.e[k] = math.Log(rate), rate
		logPrior -= rate
	}
	return logPrior
}

func (l *lifetimes) Load(rows []int) { l.rows = rows }

func (l *lifetimes) AddLogLik(dst []float64) {
	for k := range l.e {
		for i, row := range l.rows {
			dst[k*len(l.rows)+i] += l.log[k] - l.e[k]*l.y[row]
		}
	}
}

func (l *lifetimes) AddStats(dst, resp []float64) {
	for k := range l.e {
		for i, row := range l.rows {
			r := resp[k*len(l.rows)+i]
			dst[2*k] += r
			dst[2*k+1] -= r * l.y[row]
		}
	}
}

// Distance2 is for good starts: with it lifetimes is a models.Separator.
func (l *lifetimes) Distance2(i, j int) float64 {
	v := math.Log(l.y[i] / l.y[j])
	return v * v
}

func (l *lifetimes) Fork() models.Components { return newLifetimes(l.y, len(l.e)) }

// A mixture of components of one's own, here of exponential lifetimes: half of the parts
// last for 1 year on average, the others for 20.
func ExampleComponents() {
	rnd := rand.New(rand.NewPCG(1, 2))
	y := make([]float64, 1000)
	for i := range y {
		y[i] = []float64{1, 20}[i%2] * rnd.ExpFloat64()
	}
	m, err := models.NewMixture(newLifetimes(y, 2), models.DirichletWeights, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := vi.Fit(context.Background(), vi.Problem{Model: m}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	weight, _ := m.WeightMoments(res.Q.Natural(nil))
	parts := res.Q.(families.Composite).Parts()
	rates := parts[1].(families.Composite).Parts()
	fast, slow := 0, 1
	if rates[0].(*families.GammaDist).Shape()/rates[0].(*families.GammaDist).Rate() < 0.5 {
		fast, slow = 1, 0
	}
	for _, k := range []int{fast, slow} {
		q := rates[k].(*families.GammaDist)
		fmt.Printf("weight %.2f, rate %.3f per year\n", weight[k], q.Shape()/q.Rate())
	}
	// Output:
	// weight 0.49, rate 1.013 per year
	// weight 0.51, rate 0.052 per year
}
