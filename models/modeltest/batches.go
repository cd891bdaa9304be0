package modeltest

import (
	"math"

	"natgrad/models"
)

// batches checks that a Data model is its prior plus the sum of its rows, by the
// joint, its gradient and its Hessian alike:
//
//	batch(idx, s) = prior + s Σ_idx row
func (c *checker) batches(m models.Model, points [][]float64) {
	data, ok := m.(models.Data)
	if !ok {
		return
	}
	n := data.NumData()
	if n < 1 {
		c.errorf("NumData is %d", n)
		return
	}
	// Every row once, in two parts that are taken alternately and out of order.
	var parts [2][]int
	for i := n - 1; i >= 0; i-- {
		parts[i%2] = append(parts[i%2], i)
	}
	for _, z := range points {
		full := c.evaluate(m, z)
		prior := c.batch(data, []int{0}, 0, z)
		c.equalSums("the batch of all rows, scaled by 1", z, full, full, c.batch(data, all(n), 1, z))
		c.equalSums("a batch scaled by 0 is the prior whatever its rows, and", z, full, prior, c.batch(data, all(n), 0, z))

		// Σ over the parts of (prior + rows), less one prior, is the whole.
		sum := negated(prior)
		for _, p := range parts {
			if len(p) == 0 {
				sum = added(sum, prior)
				continue
			}
			sum = added(sum, c.batch(data, p, 1, z))
		}
		c.equalSums("the sum of two batches less the prior", z, full, full, sum)

		// A row that is drawn twice counts twice, as does a scale of 2.
		last := []int{n - 1}
		c.equalSums("a batch of one row twice", z, full, c.batch(data, last, 2, z), c.batch(data, []int{n - 1, n - 1}, 1, z))
		one := added(c.batch(data, last, 1, z), negated(prior))
		c.equalSums("a batch of one row scaled by 2, less that scaled by 1,", z, full, one,
			added(c.batch(data, last, 2, z), negated(c.batch(data, last, 1, z))))

		after := c.evaluate(m, z)
		c.equalSums("the model after its batches were used", z, full, full, after)
	}
	if len(c.errs) > 0 {
		return
	}
	// A batch is a model like any other.
	b := data.Batch(parts[0], float64(n)/float64(len(parts[0])))
	c.sameCapabilities("Batch", m, b)
	name := c.name
	c.name += ".Batch"
	for _, z := range points {
		c.derivatives(b, z)
	}
	c.conjugate(b, points)
	c.name = name
}

func (c *checker) batch(d models.Data, idx []int, scale float64, z []float64) results {
	b := d.Batch(idx, scale)
	if b.Dim() != d.Dim() {
		c.errorf("a batch has %d parameters, the model %d", b.Dim(), d.Dim())
		return results{value: math.NaN()}
	}
	return c.evaluate(b, z)
}

// equalSums reports where got is not want, but for rounding at the size of full.
func (c *checker) equalSums(what string, z []float64, full, want, got results) {
	same := func(part string, want, got, size float64) {
		if !(math.Abs(want-got) <= 1e-9*max(1, math.Abs(size), math.Abs(want))) {
			c.errorf("%s has %s %.15g at %v, want %.15g", what, part, got, z, want)
		}
	}
	same("log p", want.value, got.value, full.value)
	for k, part := range []string{"gradient", "Hessian", "Hessian diagonal"} {
		f, w, g := full.slices()[k], want.slices()[k], got.slices()[k]
		if len(w) != len(g) {
			continue // sameCapabilities says so
		}
		for i := range w {
			same(part, w[i], g[i], f[i])
		}
	}
}

func (r results) slices() [3][]float64 { return [3][]float64{r.grad, r.hess, r.diag} }

func added(a, b results) results {
	sum := func(x, y []float64) []float64 {
		if len(x) != len(y) {
			return nil
		}
		s := make([]float64, len(x))
		for i := range s {
			s[i] = x[i] + y[i]
		}
		return s
	}
	return results{a.value + b.value, sum(a.grad, b.grad), sum(a.hess, b.hess), sum(a.diag, b.diag)}
}

func negated(a results) results {
	neg := func(x []float64) []float64 {
		s := make([]float64, len(x))
		for i, v := range x {
			s[i] = -v
		}
		return s
	}
	return results{-a.value, neg(a.grad), neg(a.hess), neg(a.diag)}
}

func all(n int) []int {
	idx := make([]int, n)
	for i := range idx {
		idx[i] = i
	}
	return idx
}

// sameCapabilities reports what m can do and other, made by method, cannot.
func (c *checker) sameCapabilities(method string, m, other models.Model) {
	for _, k := range []struct {
		name string
		has  func(models.Model) bool
	}{
		{"Gradienter", is[models.Gradienter]},
		{"Hessianer", is[models.Hessianer]},
		{"HessDiager", is[models.HessDiager]},
		{"Data", is[models.Data]},
		{"Forker", is[models.Forker]},
		{"Conjugate", is[models.Conjugate]},
		{"Starter", is[models.Starter]},
	} {
		if k.has(m) && !k.has(other) {
			c.errorf("the result of %s is not a models.%s", method, k.name)
		}
	}
}

func is[T any](m models.Model) bool {
	_, ok := m.(T)
	return ok
}
