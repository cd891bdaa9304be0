package families_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/families"
)

// The optional methods of a Distribution, by themselves.
type (
	pather interface {
		NumAux() int
		RandPath(z, aux []float64, rnd *rand.Rand)
		AddPathGrad(dst families.Mean, w float64, z, aux, g []float64)
	}
	logger interface {
		LogRand(dst []float64, rnd *rand.Rand) []float64
	}
	stepper interface {
		Retract(dst, step families.Natural) families.Natural
	}
)

// uniforms draws what LogRand never would, but tells who drew it.
type uniforms struct{ from float64 }

func (u uniforms) LogRand(dst []float64, rnd *rand.Rand) []float64 {
	for i := range dst {
		dst[i] = u.from + rnd.Float64()
	}
	return dst
}

// able is a DiagGaussian(1) with some of the capabilities.
type able struct {
	families.Family
	path, logs, steps bool
	from              float64
}

func (f able) New() families.Distribution {
	// The methods of a Distribution alone.
	q := struct{ families.Distribution }{f.Family.New()}
	path, steps := q.Distribution.(pather), q.Distribution.(stepper)
	logs := logger(uniforms{f.from})
	switch [3]bool{f.path, f.logs, f.steps} {
	case [3]bool{true, true, true}:
		return struct {
			families.Distribution
			pather
			logger
			stepper
		}{q, path, logs, steps}
	case [3]bool{true, true, false}:
		return struct {
			families.Distribution
			pather
			logger
		}{q, path, logs}
	case [3]bool{true, false, true}:
		return struct {
			families.Distribution
			pather
			stepper
		}{q, path, steps}
	case [3]bool{true, false, false}:
		return struct {
			families.Distribution
			pather
		}{q, path}
	case [3]bool{false, true, true}:
		return struct {
			families.Distribution
			logger
			stepper
		}{q, logs, steps}
	case [3]bool{false, true, false}:
		return struct {
			families.Distribution
			logger
		}{q, logs}
	case [3]bool{false, false, true}:
		return struct {
			families.Distribution
			stepper
		}{q, steps}
	}
	return q
}

func capabilities(q families.Distribution) [3]bool {
	_, path := q.(families.Pathwise)
	_, logs := q.(families.LogRander)
	_, steps := q.(families.Retracter)
	return [3]bool{path, logs, steps}
}

// TestProductCan checks that a product can do what all its parts can, no less
// and no more, on whichever side the part is that cannot.
func TestProductCan(t *testing.T) {
	all := able{families.DiagGaussian(1), true, true, true, 10}
	for k := range 8 {
		some := able{families.DiagGaussian(1), k&1 != 0, k&2 != 0, k&4 != 0, 20}
		want := [3]bool{some.path, some.logs, some.steps}
		if got := capabilities(some.New()); got != want {
			t.Fatalf("the part has %v, want %v", got, want)
		}
		for _, f := range []families.Family{
			families.Product(all, some),
			families.Product(some, all),
			families.Product(all, families.Repeat(2, some)),
		} {
			q := f.New()
			if got := capabilities(q); got != want {
				t.Errorf("a product has Pathwise, LogRander, Retracter = %v, want %v", got, want)
			}
			if _, ok := q.(families.Composite); !ok {
				t.Error("a product is not Composite")
			}
		}
	}
}

func TestProductLogRandConcatenates(t *testing.T) {
	a := able{families.DiagGaussian(1), false, true, false, 10}
	b := able{families.DiagGaussian(2), false, true, false, 20}
	q := families.Product(a, b, a).New().(families.LogRander)
	var want []float64
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, f := range []able{a, b, a} {
		want = append(want, uniforms{f.from}.LogRand(make([]float64, f.Dim()), rnd)...)
	}
	if diff := cmp.Diff(want, q.LogRand(nil, rand.New(rand.NewPCG(1, 2)))); diff != "" {
		t.Error("(-parts +product)", diff)
	}
}
