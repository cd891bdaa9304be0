package familytest

import (
	"math"
	"runtime"
	"slices"
	"testing"
)

// arguments checks what each method does with its arguments: a nil dst, what was
// in dst before, lengths that are wrong, and that it leaves the others alone and
// keeps none.
func (c *checker) arguments(m *member) {
	q := c.f.New()
	q.SetNatural(m.λ)
	list := c.methods(m, q)
	for i := range list {
		f := &list[i]
		want := slices.Clone(f.run())
		before := cloneAll(f.args)
		got := f.run()
		if !sameBits(got, want) {
			c.errorf("%s is %s, then %s at λ = %s", f.name, show(want), show(got), show(m.λ))
		}
		for k := f.writes; k < len(f.args); k++ {
			if !sameBits(f.args[k], before[k]) {
				c.errorf("%s changes its argument %d from %s to %s", f.name, k+1, show(before[k]), show(f.args[k]))
			}
		}
		if f.mayNil {
			if len(got) != len(f.args[0]) || &got[0] != &f.args[0][0] {
				c.errorf("%s does not return dst", f.name)
			}
			got := f.call(withArg(f.args, 0, nil))
			if !sameBits(got, want) {
				c.errorf("%s with a nil dst is %s, want %s", f.name, show(got), show(want))
			}
			copy(got, filled(len(got)))
			if again := f.run(); !sameBits(again, want) {
				c.errorf("%s with a nil dst returns a slice that the receiver goes on to use: it is %s after a change, %s before", f.name, show(again), show(want))
			}
		}
		if f.adds {
			copy(f.args[0], want)
			for i, got := range f.call(f.args) {
				if !near(got, 2*want[i], 1e-12, math.Abs(want[i])) {
					c.errorf("%s adds %g to %g in one place and %g to 0", f.name, got-want[i], want[i], want[i])
				}
			}
		}
		for k, a := range f.args {
			for _, n := range []int{len(a) - 1, len(a) + 1} {
				if n < 0 {
					continue
				}
				wrong := withArg(f.args, k, make([]float64, n))
				copy(wrong[k], a)
				c.mustPanic(f, k, len(a), wrong)
			}
		}
		if !f.sets {
			continue
		}
		q.SetNatural(m.λ) // a panic may come too late
		args := cloneAll(f.args)
		f.call(args)
		was := snapshot(list)
		for _, a := range args {
			copy(a, filled(len(a)))
		}
		if is := snapshot(list); !sameBits(was, is) {
			c.errorf("%s keeps a slice that is the caller's: %s", f.name, differing(list, was, is))
		}
		q.SetNatural(m.λ)
	}
}

func (c *checker) mustPanic(f *method, k, n int, args [][]float64) {
	defer func() {
		switch r := recover().(type) {
		case nil:
			c.errorf("%s does not panic if argument %d has length %d, want %d", f.name, k+1, len(args[k]), n)
		case runtime.Error:
			c.errorf("%s panics with %q if argument %d has length %d, want a message that says so", f.name, r, k+1, len(args[k]))
		}
	}()
	f.call(args)
}

func cloneAll(args [][]float64) [][]float64 {
	c := make([][]float64, len(args))
	for i, a := range args {
		c[i] = slices.Clone(a)
	}
	return c
}

func withArg(args [][]float64, k int, a []float64) [][]float64 {
	args = slices.Clone(args)
	args[k] = a
	return args
}

// allocations checks that nothing is allocated in methods that have been called
// before, be it after each setter again.
func (c *checker) allocations() {
	m, o := c.members[len(c.members)-1], c.members[1]
	q := c.f.New()
	q.SetNatural(m.λ)
	list := c.methods(m, q)
	for i := range list {
		f := &list[i]
		if n := testing.AllocsPerRun(10, func() { f.call(f.args) }); n != 0 {
			c.errorf("%s allocates %g times in each call", f.name, n)
		}
	}
	for i := range list {
		f := &list[i]
		if !f.sets {
			continue
		}
		n := testing.AllocsPerRun(4, func() {
			q.SetNatural(o.λ)
			f.call(f.args)
			for k := range list {
				if !list[k].sets {
					list[k].call(list[k].args)
				}
			}
		})
		if n != 0 {
			c.errorf("%g allocations in the calls that follow %s", n, f.name)
		}
	}
}
