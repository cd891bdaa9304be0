package familytest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/families"
)

// Test reports what Check finds. It counts allocations, so that no parallel test
// may run beside it.
func Test(t testing.TB, f families.Family, members ...families.Natural) {
	t.Helper()
	for _, err := range Check(f, members...) {
		t.Error(err)
	}
}

// Check returns the laws of package families that f breaks, at members of its
// own making and at those given. Later laws are not tried where earlier ones
// that they rest upon are broken. All randomness is seeded: the result is the
// same in every run. Where draws are compared with expectations, a difference
// counts from six standard errors on; where those of a LogRander underflow, LogRand
// alone is looked at.
func Check(f families.Family, members ...families.Natural) []error {
	c := &checker{f: f, d: f.Dim(), n: f.NumParams(), name: f.String(), rnd: rand.New(rand.NewPCG(1, 2))}
	stages := []func(){
		c.identity,
		func() { c.makeMembers(members) },
		func() {
			for _, m := range c.members {
				c.fisher(m)
			}
		},
		func() {
			for _, m := range c.members {
				c.coordinates(m)
				c.density(m)
			}
		},
		func() {
			for i, m := range c.members {
				c.divergence(m, c.members[(i+1)%len(c.members)])
			}
		},
		func() {
			for _, m := range c.members {
				c.refusals(m)
				c.gaussian(m)
				c.retraction(m)
				c.composite(m)
			}
			c.arguments(c.members[1])
			c.state()
		},
		func() {
			c.allocations()
			for i, m := range c.members {
				if i == 1 || i > 3 { // near, far and given
					c.simulate(m)
					c.pathwise(m)
					c.logDraws(m)
				}
			}
		},
	}
	for _, stage := range stages {
		if stage(); len(c.errs) > 0 {
			return c.errs
		}
	}
	return nil
}

// checker collects broken laws.
type checker struct {
	f       families.Family
	d, n    int // Dim and NumParams
	name    string
	errs    []error
	rnd     *rand.Rand
	members []*member
	probe   families.Distribution // moves about
}

func (c *checker) errorf(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s: %s", c.name, fmt.Sprintf(format, args...)))
}

// maxZ is the number of standard errors from which a difference counts.
const maxZ = 6

// ulps is the rounding error of a few dozen operations, relative.
const ulps = 64 * 0x1p-52

// near reports whether a and b differ by at most tol, relative to size.
func near(a, b, tol, size float64) bool { return a == b || math.Abs(a-b) <= tol*size }

func isFinite(x float64) bool { return math.Abs(x) <= math.MaxFloat64 }

func allFinite(x []float64) bool {
	for _, v := range x {
		if !isFinite(v) {
			return false
		}
	}
	return true
}

// sameBits reports whether a and b are equal, NaNs and signs of zeros included.
func sameBits(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i, v := range a {
		if math.Float64bits(v) != math.Float64bits(b[i]) {
			return false
		}
	}
	return true
}

// dot returns ⟨a, b⟩, and the sum of the sizes of its terms.
func dot[A, B ~[]float64](a A, b B) (sum, size float64) {
	for i, v := range a {
		sum += v * b[i]
		size += math.Abs(v * b[i])
	}
	return sum, size
}

// along returns x + t v.
func along[X, V ~[]float64](x X, t float64, v V) X {
	y := make(X, len(x))
	for i := range y {
		y[i] = x[i] + t*v[i]
	}
	return y
}

// filled returns n values that no method may leave behind or add to.
func filled(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = math.NaN()
	}
	return x
}

// normals returns n standard normal draws.
func (c *checker) normals(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = c.rnd.NormFloat64()
	}
	return x
}

// show abbreviates a vector for an error message.
func show(x []float64) string {
	const most = 8
	if len(x) > most {
		return fmt.Sprintf("%.6g… (%d values)", x[:most], len(x))
	}
	return fmt.Sprintf("%.6g", x)
}
