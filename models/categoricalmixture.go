package models

import (
	"fmt"
	"math"
	"strings"
)

// CategoricalComponents are the components of a mixture of levels (latent classes),
// independent given the component:
//
//	z_kj ~ Dirichlet(α, …, α),  y_ij | component k ~ Categorical(z_kj)
//
// where column j has levels 0 to L_j − 1. The family is
// Repeat(K, Product(Dirichlet(L_1), …, Dirichlet(L_d))), or Repeat(Kd, Dirichlet(L)) if all
// columns have L levels.
type CategoricalComponents struct {
	columnRows
	α      float64
	levels []int
	first  []int // where the levels of a column begin
	total  int   // levels of all columns
	log    []float64
}

// NewCategoricalMixture returns a mixture of K components for the levels in x, numbers
// from 0. levels has the number of them for each column, at least 2; nil: one more than
// the largest in the column. α is that of the prior, 0: 1; w and concentration are as in
// NewMixture. The error, a *DataError, says which entry is no level.
func NewCategoricalMixture(x *Dense, k int, levels []int, α float64, w Weights, concentration float64) (*Mixture, error) {
	c, err := NewCategoricalComponents(x, k, levels, α)
	if err != nil {
		return nil, err
	}
	return NewMixture(c, w, concentration)
}

const maxLevels = 1 << 20

// NewCategoricalComponents returns the components alone.
func NewCategoricalComponents(x *Dense, k int, levels []int, α float64) (*CategoricalComponents, error) {
	n, d := x.Dims()
	if levels == nil {
		levels = make([]int, d)
		for i, v := range x.RawData()[:n*d] {
			levels[i%d] = max(2, levels[i%d])
			if v < maxLevels { // else refused below
				levels[i%d] = max(levels[i%d], int(v)+1)
			}
		}
	}
	if len(levels) != d {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("levels of %d columns", len(levels)), Want: fmt.Sprint(d)}
	}
	c := &CategoricalComponents{α: α, levels: append([]int(nil), levels...)}
	if α == 0 {
		c.α = 1
	}
	// Families know a concentration by λ = α − 1.
	if !(c.α-1 > -1) || math.IsInf(c.α, 0) {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("concentration %v", α), Want: "a positive finite number above 1e-16"}
	}
	for j, l := range c.levels {
		if l < 2 || l > maxLevels {
			return nil, &DataError{Row: -1, Col: j, Got: fmt.Sprintf("%d levels", l), Want: fmt.Sprintf("2 to %d", maxLevels)}
		}
		c.first = append(c.first, c.total)
		c.total += l
	}
	var err error
	c.columnRows, err = newColumnRows(x, k, func(j int, y float64) string {
		if isCount(y) != "" || y >= float64(c.levels[j]) {
			return fmt.Sprintf("a level from 0 to %d", c.levels[j]-1)
		}
		return ""
	}, func(int, float64) float64 { return 0 })
	if err != nil {
		return nil, err
	}
	c.log = make([]float64, k*c.total)
	return c, nil
}

// Family implements Components.
func (c *CategoricalComponents) Family() string {
	same := true
	names := make([]string, c.d)
	for j, l := range c.levels {
		same = same && l == c.levels[0]
		names[j] = fmt.Sprintf("Dirichlet(%d)", l)
	}
	if same {
		return fmt.Sprintf("Repeat(%d, %s)", c.k*c.d, names[0])
	}
	return fmt.Sprintf("Repeat(%d, Product(%s))", c.k, strings.Join(names, ", "))
}

// Dim and NumParams implement Components.
func (c *CategoricalComponents) Dim() int       { return c.k * c.total }
func (c *CategoricalComponents) NumParams() int { return c.k * c.total }

// logNorm returns −A of the prior.
func (c *CategoricalComponents) logNorm() (sum float64) {
	for _, l := range c.levels {
		sum += lgamma(float64(l)*c.α) - float64(l)*lgamma(c.α)
	}
	return float64(c.k) * sum
}

// GlobalNatural implements Components.
func (c *CategoricalComponents) GlobalNatural(dst []float64) float64 {
	fill(dst, c.α-1)
	return c.logNorm()
}

// Expect implements Components.
func (c *CategoricalComponents) Expect(_, μ []float64) bool {
	copy(c.log, μ)
	return true
}

// At implements Components.
func (c *CategoricalComponents) At(z []float64) float64 {
	lp := c.logNorm()
	for i, p := range z {
		if !(p > 0 && p <= 1) {
			return math.Inf(-1)
		}
		c.log[i] = math.Log(p)
		lp += (c.α - 1) * c.log[i]
	}
	return lp
}

// Load implements Components.
func (c *CategoricalComponents) Load(rows []int) { c.load(rows) }

// AddLogLik implements Components.
func (c *CategoricalComponents) AddLogLik(dst []float64) {
	for k := range c.k {
		row := c.of(dst, k)
		for j, first := range c.first {
			log := c.log[k*c.total+first : k*c.total+first+c.levels[j]]
			for i, y := range c.col(j) {
				row[i] += log[int(y)]
			}
		}
	}
}

// AddStats implements Components: a row adds r to its level.
func (c *CategoricalComponents) AddStats(dst, resp []float64) {
	for k := range c.k {
		r := c.of(resp, k)
		for j, first := range c.first {
			counts := dst[k*c.total+first : k*c.total+first+c.levels[j]]
			for i, y := range c.col(j) {
				counts[int(y)] += r[i]
			}
		}
	}
}

// Distance2 implements Separator: the number of columns that differ.
func (c *CategoricalComponents) Distance2(i, j int) (differ float64) {
	for col := range c.d {
		if c.y[i*c.d+col] != c.y[j*c.d+col] {
			differ++
		}
	}
	return differ
}

// Fork implements Components.
func (c *CategoricalComponents) Fork() Components {
	f := *c
	f.makeScratch()
	f.log = make([]float64, len(c.log))
	return &f
}

// CoordNames returns names of the coordinates, such as "p[1,2=0]".
func (c *CategoricalComponents) CoordNames() []string {
	var names []string
	for k := range c.k {
		for j, l := range c.levels {
			for v := range l {
				names = append(names, fmt.Sprintf("p[%d,%d=%d]", k+1, j+1, v))
			}
		}
	}
	return names
}
