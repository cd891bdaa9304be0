package ad

import "math"

// Simplex declares a vector of k positive numbers that add up to 1, or rows of
// them: Simplex("theta", 3, 10) has the shape [10, 3]. By breaking a stick,
//
//	x_j = r_j σ(u_j − log(k − j)), r_{j+1} = r_j − x_j, r_1 = 1, j = 1, …, k − 1,
//
// so that u = 0 is x = 1/k. Densities are taken in the first k − 1 elements.
func (m *Model) Simplex(name string, k int, rows ...int) Param {
	return m.declare(name, simplexSupport{}, append(rows[:len(rows):len(rows)], k))
}

type simplexSupport struct{}

// last returns the last size of a shape, the length of its rows.
func last(shape []int) int { return shape[len(shape)-1] }

func (simplexSupport) check(shape []int) string {
	if last(shape) < 2 {
		return "rows of at least 2 elements"
	}
	return ""
}

func (simplexSupport) free(shape []int) int { return product(shape) / last(shape) * (last(shape) - 1) }

func (simplexSupport) constrain(t *Tape, u Var, shape []int) Var {
	k := last(shape)
	x := t.sticks(u, product(shape), k, false, func(s []float64, u float64, j int) {
		a, b := sigmoids(u - math.Log(float64(k-1-j)))
		slope := a * b
		s[stickA], s[stickA1], s[stickA2] = a, slope, slope*(b-a)
		s[stickB], s[stickB1], s[stickB2] = b, -slope, slope*(a-b)
	})
	// log |det| = Σ log σ(v_j) + (k − j) log σ(−v_j), as r_j is the product of
	// all σ(−v) before.
	lj := t.kernel(opKernelSum, u)
	y, d1, d2 := t.kernelParts(lj, u.Len())
	y[0] = 0
	for i, ui := range u.Value() {
		rest := float64(k - 1 - i%(k-1))
		v := ui - math.Log(rest)
		a, b := sigmoids(v)
		y[0] += logSigmoid(v) + rest*logSigmoid(-v)
		d1[i], d2[i] = b-rest*a, -(1+rest)*a*b
	}
	t.AddTerm(lj)
	return x
}

// sumTolerance is how far a simplex may be from the sum 1, and a row of a factor
// from the norm 1, as in Stan.
const sumTolerance = 1e-8

func (simplexSupport) unconstrain(u, x []float64, shape []int) (ok bool) {
	k := last(shape)
	for ; len(x) > 0; u, x = u[k-1:], x[k:] {
		rest := x[k-1]
		if !(rest > 0) {
			return false
		}
		for j := k - 2; j >= 0; j-- {
			if !(x[j] > 0) {
				return false
			}
			u[j] = math.Log(x[j]) - math.Log(rest) + math.Log(float64(k-1-j))
			rest += x[j]
		}
		if !(math.Abs(rest-1) <= sumTolerance) {
			return false
		}
	}
	return allFinite(u)
}

func (simplexSupport) coords(name string, shape []int) []string {
	k := last(shape)
	var out []string
	for i, n := range elementNames(name, shape) {
		if i%k < k-1 {
			out = append(out, "stick("+n+")")
		}
	}
	return out
}

func (simplexSupport) domain() domain { return unitOpen }
func (simplexSupport) String() string { return "a simplex" }
