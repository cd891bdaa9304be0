package models

// chosenRows are the data rows that a model is of, all or those of a batch, and the factor
// of their log-likelihood.
type chosenRows struct {
	n       int // all rows
	idx     []int
	all     bool // not idx
	scale   float64
	ofBatch []int // idx of a batch of a batch
}

func allRows(n int) chosenRows { return chosenRows{n: n, all: true, scale: 1} }

// NumData returns the number of rows.
func (c *chosenRows) NumData() int {
	if c.all {
		return c.n
	}
	return len(c.idx)
}

// row returns the number of row i among all rows.
func (c *chosenRows) row(i int) int {
	if c.all {
		return i
	}
	return c.idx[i]
}

// choose keeps idx and makes c the rows idx of those of from, with a further factor.
func (c *chosenRows) choose(from *chosenRows, idx []int, scale float64) {
	c.n, c.all, c.scale, c.idx = from.n, false, scale*from.scale, idx
	if from.all {
		return
	}
	c.ofBatch = c.ofBatch[:0]
	for _, i := range idx {
		c.ofBatch = append(c.ofBatch, from.idx[i])
	}
	c.idx = c.ofBatch
}

// forked returns the same rows for another model.
func (c *chosenRows) forked() chosenRows {
	f := *c
	f.ofBatch = nil
	return f
}
