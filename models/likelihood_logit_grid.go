package models

import (
	"math"
	"sync"
)

// For a large variance the expectations of log(1 + eᶠ), σ and σ′ are those of
// smooth functions with closed forms, with c = 1.7,
//
//	E[f Φ(f/c) + c φ(f/c)] = m Φ(m/r) + r φ(m/r),  E Φ(f/c) = Φ(m/r),  r² = c² + v
//
// and of the differences, which decay like exp(−|f|). The nodes of the
// trapezoidal rule that sums those do not depend on m and v.

const (
	gridStep  = 0.52 // exp(−2π²/gridStep + π²/(2v)) < 5e-16 for v ≥ maxPairVariance
	gridScale = 1.7  // c
	gridNodes = 128  // on each side of 0; about 119 are needed at most
)

// gridPair has the differences at f and at −f.
type gridPair struct{ right, left [3]float64 }

// grids tabulates the differences for logitGrid and logitTilted.
var grids = sync.OnceValue(func() *[2][gridNodes]gridPair {
	t := new([2][gridNodes]gridPair)
	for j := range gridNodes {
		x := gridStep * float64(j)
		e := math.Exp(-x)
		tail, hinge := normTail(x / gridScale) // Φ(−x/c), φ(x/c) − (x/c) Φ(−x/c)
		lse, s := math.Log1p(e), e/(1+e)       // log(1 + e⁻ˣ), σ(−x)
		even := lse - gridScale*hinge
		ds := s / (1 + e)
		t[0][j] = gridPair{[3]float64{even, tail - s, ds}, [3]float64{even, s - tail, ds}}
		k := 1 - lse/e // 1 − eˣ log(1 + e⁻ˣ)
		if e < 1e-3 {
			k = e * (1./2 - e*(1./3-e*(1./4-e*(1./5-e*(1./6-e/7)))))
		}
		t[1][j] = gridPair{
			[3]float64{tail - k, tail - s, tail - s*(2-s)},
			[3]float64{e*(x+lse) - tail, s - tail, s*s - tail},
		}
	}
	return t
})

// normTail returns Φ(−t) and φ(t) − t Φ(−t), for t ≥ 0.
func normTail(t float64) (tail, hinge float64) {
	k := millsExcess(t)
	tail = normDensity(t) / (t + k)
	return tail, tail * k
}

// logitGrid returns E log(1 + eᶠ), E σ(f) and E σ′(f) for f ~ N(−a, v) with
// 0 ≤ a ≤ v/2.
func logitGrid(a, v float64) (sp, s, ds float64) {
	r := math.Sqrt(gridScale*gridScale + v)
	s, hinge := normTail(a / r)
	d := gridSum(&grids()[0], -a, v)
	return r*hinge + d[0], s + d[1], d[2]
}

// logitTilted does the same for a > v/2, where the functions are eᶠ times
// others of x = −f and eᶠ moves the mean: E[eᶠ g(−f)] = exp(v/2 − a) E[g(x)],
// x ~ N(a − v, v), with
//
//	g(x) = eˣ log(1 + e⁻ˣ),  σ(x),  σ(x)²
//
// which all go from 0 to 1 and are compared with Φ(x/c).
func logitTilted(a, v float64) (sp, s, ds float64) {
	b := a - v
	p, _ := normTail(math.Abs(b) / math.Sqrt(gridScale*gridScale+v))
	if b > 0 {
		p = 1 - p
	}
	w := math.Exp(v/2 - a)
	if b > v/2+40 { // the differences are at most eˣ⁻, whose expectation is below e⁻⁴⁰
		return w, w, w
	}
	d := gridSum(&grids()[1], b, v)
	return w * (p + d[0]), w * (p + d[1]), w * (p + d[2])
}

// gridSum returns the expectations of the tabulated differences for N(b, v), with
// b ≥ −v/2.
func gridSum(t *[gridNodes]gridPair, b, v float64) (d [3]float64) {
	const h, digits = gridStep, 31.
	// With negative b the terms fall like exp(−|x| + (x b − x²/2)/v) on both
	// sides: go to where they are exp(−digits) of that at 0. With positive b,
	// where the expectations to which they are added are at least Φ(0), the
	// right goes on until they are as small absolutely.
	reach := func(slope float64) int {
		return int(2*digits/(slope+math.Sqrt(slope*slope+2*digits/v))/h) + 1
	}
	left, right := reach(1+b/v), 0
	if b < 0 {
		right = reach(1 - b/v)
	} else {
		right = int(min(digits, b+math.Sqrt(2*digits*v))/h) + 1
	}
	w := h / math.Sqrt(2*math.Pi*v) * math.Exp(-b*b/(2*v))
	for i := range d {
		d[i] = w * t[0].right[i]
	}
	decay := math.Exp(-h * h / v)
	g, ratio := w, math.Exp((h*b-0.5*h*h)/v)
	for j := 1; j <= right && j < gridNodes; j++ {
		g *= ratio
		ratio *= decay
		p := &t[j].right
		d[0] += g * p[0]
		d[1] += g * p[1]
		d[2] += g * p[2]
	}
	g, ratio = w, math.Exp((-h*b-0.5*h*h)/v)
	for j := 1; j <= left && j < gridNodes; j++ {
		g *= ratio
		ratio *= decay
		p := &t[j].left
		d[0] += g * p[0]
		d[1] += g * p[1]
		d[2] += g * p[2]
	}
	return d
}
