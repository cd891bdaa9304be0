package modeltest

import (
	"slices"
	"sync"

	"natgrad/models"
)

// forks checks that forks give the same bits as the receiver, while others run,
// and that a batch of a fork leaves that of the receiver valid.
func (c *checker) forks(m models.Model, points [][]float64) {
	f, ok := m.(models.Forker)
	if !ok {
		return
	}
	want := make([]results, len(points))
	for k, z := range points {
		want[k] = c.evaluate(m, z)
	}
	const workers = 4
	forks := make([]models.Model, workers)
	for w := range forks {
		forks[w] = f.Fork()
		if forks[w].Dim() != m.Dim() {
			c.errorf("a fork has %d parameters, the model %d", forks[w].Dim(), m.Dim())
			return
		}
		c.sameCapabilities("Fork", m, forks[w])
	}
	// Each worker has its own checker, and starts at another point.
	var wg sync.WaitGroup
	found := make([]checker, workers)
	for w, fork := range forks {
		wg.Go(func() {
			own := &found[w]
			own.name = c.name + ".Fork"
			for range 4 {
				for k := range points {
					i := (k + w) % len(points)
					if got := own.evaluate(fork, points[i]); !sameBits(got, want[i]) {
						own.errorf("at %v gives log p = %.17g or derivatives that differ from the model's, %.17g", points[i], got.value, want[i].value)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	for w := range found {
		c.errs = append(c.errs, found[w].errs...)
	}
	c.forkedBatches(m, forks[0], points[0])
}

func (c *checker) forkedBatches(m, fork models.Model, z []float64) {
	data, ok := m.(models.Data)
	other, okFork := fork.(models.Data)
	if !ok || !okFork {
		return
	}
	n := data.NumData()
	if k := other.NumData(); k != n {
		c.errorf("a fork has %d data rows, the model %d", k, n)
		return
	}
	b := data.Batch([]int{0}, float64(n))
	want := c.evaluate(b, z)
	other.Batch([]int{n - 1, n - 1}, 2).LogJoint(z)
	if !sameBits(c.evaluate(b, z), want) {
		c.errorf("a batch of a fork changed a batch of the model")
	}
}

func sameBits(a, b results) bool {
	return a.value == b.value && slices.Equal(a.grad, b.grad) && slices.Equal(a.hess, b.hess) && slices.Equal(a.diag, b.diag)
}
