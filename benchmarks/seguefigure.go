package main

import (
	"context"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"natgrad/estimators"
	"natgrad/families"
)

// seguePanels returns a panel with the four paths for every problem of two parameters,
// and one with the way to the optimum of the last problem.
func seguePanels(problems []segueProblem, all results) []panel {
	var ps []panel
	for i := range problems {
		if pr := &problems[i]; pr.draw != nil {
			ps = append(ps, func() (*plot.Plot, error) { return pathsPanel(pr, all) })
		}
	}
	last := &problems[len(problems)-1]
	return append(ps, func() (*plot.Plot, error) { return gapsPanel(last, all) })
}

// segueGlyphs tell marks on top of each other apart.
var segueGlyphs = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.RingGlyph{}, draw.PlusGlyph{}, draw.TriangleGlyph{}}

// pathsPanel draws the paths over contours of the ELBO. Those of the first three
// methods are one: it is drawn as a wide line, with the marks of all of them.
func pathsPanel(pr *segueProblem, all results) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = pr.name
	p.X.Label.Text, p.Y.Label.Text = "mean", "standard deviation"
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	p.Legend.Top, p.Legend.Left = true, true
	var curves []curve
	paths := all.of(pr.name + ": paths").Curves
	for i, m := range segueMethods[:identicalMethods] {
		curves = append(curves, curve{label: m.name, points: paths[m.name], glyph: segueGlyphs[i], ink: i, wide: i == 0, bare: i > 0})
	}
	i := identicalMethods
	m := segueMethods[i]
	curves = append(curves, curve{label: m.name, points: all.of(pr.name + ": " + m.name).Curves["path"], glyph: segueGlyphs[i], ink: i})
	grid, err := elboGrid(pr, curves)
	if err != nil {
		return nil, err
	}
	p.Add(plotter.NewContour(grid, grid.levels(), shades{}))
	return p, addCurves(p, curves)
}

// gapsPanel draws how far below the optimum each iteration is.
func gapsPanel(pr *segueProblem, all results) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = pr.name
	p.X.Label.Text, p.Y.Label.Text = "iteration", "nats below the optimum"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	p.Legend.Top = true
	var curves []curve
	for i, m := range segueMethods {
		c := curve{label: m.name, points: all.of(pr.name + ": " + m.name).Curves["gap"], glyph: segueGlyphs[i], ink: i}
		c.wide, c.bare = i == 0, i > 0 && i < identicalMethods
		if i == identicalMethods {
			c.glyph = nil
		}
		curves = append(curves, c)
	}
	return p, addCurves(p, curves)
}

// elbos is the ELBO on a grid, for contours: a plotter.GridXYZ.
type elbos struct {
	x, y []float64
	z    []float64 // len(y)×len(x), NaN where there is no member
	best float64
}

func (e *elbos) Dims() (c, r int) { return len(e.x), len(e.y) }
func (e *elbos) X(c int) float64  { return e.x[c] }
func (e *elbos) Y(r int) float64  { return e.y[r] }

// Z is not far below the lowest contour, so that there are no others.
func (e *elbos) Z(c, r int) float64 {
	low := e.levels()[0]
	if z := e.z[r*len(e.x)+c]; z > low {
		return z
	}
	return low - 1
}

// levels are contours 0.1, 1, 10, … nats below the highest point of the grid.
func (e *elbos) levels() []float64 {
	return []float64{e.best - 1000, e.best - 300, e.best - 100, e.best - 30, e.best - 10, e.best - 3, e.best - 1, e.best - 0.3, e.best - 0.1}
}

// shades is a palette of grey for contours.
type shades struct{}

func (shades) Colors() []color.Color { return []color.Color{color.Gray{200}, color.Gray{150}} }

var _ palette.Palette = shades{}

const gridSize = 60

// elboGrid covers the curves with a margin, evenly in y on a logarithmic scale.
func elboGrid(pr *segueProblem, curves []curve) (*elbos, error) {
	lo, hi := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, c := range curves {
		for _, at := range c.points {
			for k, v := range [2]float64{float64(at[0]), math.Log(float64(at[1]))} {
				lo[k], hi[k] = math.Min(lo[k], v), math.Max(hi[k], v)
			}
		}
	}
	side := func(k int) []float64 {
		margin := 0.15 * (hi[k] - lo[k])
		x := make([]float64, gridSize)
		for i := range x {
			x[i] = lo[k] - margin + (hi[k]-lo[k]+2*margin)*float64(i)/(gridSize-1)
		}
		return x
	}
	est, err := pr.estimator()
	if err != nil {
		return nil, err
	}
	e := &elbos{x: side(0), y: side(1), z: make([]float64, gridSize*gridSize), best: math.Inf(-1)}
	for i, y := range e.y {
		e.y[i] = math.Exp(y)
	}
	scratch := make(families.Natural, pr.family.NumParams())
	for r, y := range e.y {
		for c, x := range e.x {
			at := &e.z[r*gridSize+c]
			*at = math.NaN()
			q := pr.member(x, y)
			if q == nil {
				continue
			}
			stats, err := est.Estimate(context.Background(), scratch, q, estimators.Stream{})
			if err != nil { // not finite so far out
				continue
			}
			*at = stats.ELogJoint + q.Entropy()
			e.best = math.Max(e.best, *at)
		}
	}
	return e, nil
}

// estimator returns that of the fits, which is without noise.
func (pr *segueProblem) estimator() (estimators.Estimator, error) {
	var e estimators.Estimator = new(estimators.Exact)
	if e.Init(pr.model, pr.family) == nil {
		return e, nil
	}
	e = new(estimators.Quadrature)
	return e, e.Init(pr.model, pr.family)
}
