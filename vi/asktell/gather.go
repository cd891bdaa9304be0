package asktell

// gather averages what batches say over the draws of one step.
type gather struct {
	method   string
	d        int
	want     int // draws in a step
	told     int
	asked    bool
	t        int // steps made
	grad     []float64
	curv     []float64
	gradFrom []float64 // means over Examples
	curvFrom []float64
}

// Dim implements Method.
func (a *gather) Dim() int { return a.d }

// Steps implements Method.
func (a *gather) Steps() int { return a.t }

// begin checks that weights were asked for.
func (a *gather) begin() {
	if !a.asked {
		panic(noAsk)
	}
}

// bad returns the error about a field, nil if all its numbers can be used.
func (a *gather) bad(field string, x []float64) error {
	if i := firstBad(x); i >= 0 {
		return &BatchError{a.method, a.t + 1, field, i, x[i]}
	}
	return nil
}

// gradOf returns the mean gradient of b, checked.
func (a *gather) gradOf(b Batch) ([]float64, error) {
	if b.Grad == nil {
		if b.Examples == nil {
			panic(noGrad)
		}
		if err := a.examples(b); err != nil {
			return nil, err
		}
		a.gradFrom = grown(a.gradFrom, a.d)
		a.meanOf(a.gradFrom, b.Examples, false)
		return a.gradFrom, nil
	}
	if len(b.Grad) != a.d {
		panic(badBatch)
	}
	return b.Grad, a.bad("Grad", b.Grad)
}

// curvOf returns the curvature of b, checked. Squares of examples are made where they
// are asked for.
func (a *gather) curvOf(b Batch, c Curvature) ([]float64, error) {
	if b.Curvature == nil && c == ExampleSquares && b.Examples != nil {
		if err := a.examples(b); err != nil {
			return nil, err
		}
		a.curvFrom = grown(a.curvFrom, a.d)
		a.meanOf(a.curvFrom, b.Examples, true)
		return a.curvFrom, nil
	}
	if b.Curvature == nil {
		panic(noCurv)
	}
	if len(b.Curvature) != a.d {
		panic(badBatch)
	}
	return b.Curvature, a.bad("Curvature", b.Curvature)
}

// examples checks the gradients of examples.
func (a *gather) examples(b Batch) error {
	if len(b.Examples) == 0 || len(b.Examples)%a.d != 0 {
		panic(badBatch)
	}
	return a.bad("Examples", b.Examples)
}

// meanOf stores the mean of the rows, or of their squares.
func (a *gather) meanOf(dst, rows []float64, square bool) {
	clear(dst)
	for row := rows; len(row) > 0; row = row[a.d:] {
		for i, g := range row[:a.d] {
			if square {
				g *= g
			}
			dst[i] += g
		}
	}
	scale := float64(a.d) / float64(len(rows))
	for i := range dst {
		dst[i] *= scale
	}
}

// add takes g and h, which may be nil, into the averages. After the last draw of a step
// it returns them: those given, where there is one draw.
func (a *gather) add(g, h []float64) (grad, curv []float64, ready bool) {
	a.asked = false
	if a.want == 1 {
		return g, h, true
	}
	if a.told == 0 {
		a.grad = grown(a.grad, a.d)
		clear(a.grad)
		if h != nil {
			a.curv = grown(a.curv, a.d)
			clear(a.curv)
		}
	}
	scale := 1 / float64(a.want)
	for i, x := range g {
		a.grad[i] += scale * x
	}
	for i, x := range h {
		a.curv[i] += scale * x
	}
	if a.told++; a.told < a.want {
		return nil, nil, false
	}
	a.told = 0
	if h == nil {
		return a.grad, nil, true
	}
	return a.grad, a.curv, true
}
