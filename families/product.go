package families

import (
	"math/rand/v2"
	"strings"
)

const (
	badParts  = "families: a product of no parts"
	nilFamily = "families: nil Family"
)

// Product returns the family of independent joint distributions of its parts.
// z, λ, μ and T(z) are the concatenations of theirs, in order; log-partition,
// entropy and log-density are sums, and the Fisher matrix is block diagonal.
// A part may be a product itself. It panics if there is no part.
//
// Members are Composite, and are Pathwise, LogRander or Retracter exactly if
// all the parts are. The aux of a path is the concatenation of the parts'.
func Product(parts ...Family) Family {
	names := make([]string, len(parts))
	for i, f := range parts {
		if f == nil {
			panic(nilFamily)
		}
		names[i] = f.String()
	}
	parts = append([]Family(nil), parts...)
	return newProduct("Product("+strings.Join(names, ", ")+")", parts)
}

func newProduct(name string, parts []Family) *productFamily {
	if len(parts) == 0 {
		panic(badParts)
	}
	f := &productFamily{name: name, parts: parts}
	for _, part := range parts {
		f.dim += part.Dim()
		f.params += part.NumParams()
	}
	return f
}

// Composite is a Distribution made of independent parts, such as a member of a
// Product or a Repeat.
type Composite interface {
	Distribution
	// Parts returns the parts, in order. They are the receiver's own: changing
	// one changes the receiver, which keeps no state besides. The slice must not
	// be modified, and its elements are those of the receiver only until its
	// next SetNatural or SetMean, after which they must be asked for again.
	Parts() []Distribution
}

type productFamily struct {
	name        string
	parts       []Family
	dim, params int
}

func (f *productFamily) Dim() int       { return f.dim }
func (f *productFamily) NumParams() int { return f.params }
func (f *productFamily) String() string { return f.name }

func (f *productFamily) New() Distribution {
	d := &productDist{f: f, parts: make([]Distribution, len(f.parts)), spare: make([]Distribution, len(f.parts))}
	for i, part := range f.parts {
		d.parts[i], d.spare[i] = part.New(), part.New()
	}
	return d.withCapabilities()
}

func (f *productFamily) SufficientStats(dst Mean, z []float64) Mean {
	mustLen(len(z), f.dim, badPointLength)
	dst = meanOf(dst, f.params)
	rest := dst
	for _, part := range f.parts {
		var zi []float64
		var ti Mean
		zi, z = cut(z, part.Dim())
		ti, rest = cut(rest, part.NumParams())
		part.SufficientStats(ti, zi)
	}
	return dst
}

// cut returns the first n values of s, and the others.
func cut[S ~[]float64](s S, n int) (head, tail S) { return s[:n:n], s[n:] }

// productDist has what every product can do; withCapabilities adds the rest.
//
// The next member is made in spare, which takes the place of parts when all of
// it is legal. A refusal can so leave the parts as they were, to the last bit.
type productDist struct {
	f            *productFamily
	parts, spare []Distribution
}

var _ Composite = (*productDist)(nil)

func (d *productDist) Family() Family        { return d.f }
func (d *productDist) Parts() []Distribution { return d.parts }

func (d *productDist) SetNatural(λ Natural) (ok bool) {
	mustLen(len(λ), d.f.params, badNaturalLength)
	for i, part := range d.f.parts {
		var λi Natural
		λi, λ = cut(λ, part.NumParams())
		if !d.spare[i].SetNatural(λi) {
			return false
		}
	}
	d.adoptSpare()
	return true
}

func (d *productDist) SetMean(μ Mean) (ok bool) {
	mustLen(len(μ), d.f.params, badMeanLength)
	for i, part := range d.f.parts {
		var μi Mean
		μi, μ = cut(μ, part.NumParams())
		if !d.spare[i].SetMean(μi) {
			return false
		}
	}
	d.adoptSpare()
	return true
}

func (d *productDist) adoptSpare() { d.parts, d.spare = d.spare, d.parts }

func (d *productDist) Natural(dst Natural) Natural {
	dst = naturalOf(dst, d.f.params)
	rest := dst
	for i, part := range d.f.parts {
		var λi Natural
		λi, rest = cut(rest, part.NumParams())
		d.parts[i].Natural(λi)
	}
	return dst
}

func (d *productDist) Mean(dst Mean) Mean {
	dst = meanOf(dst, d.f.params)
	rest := dst
	for i, part := range d.f.parts {
		var μi Mean
		μi, rest = cut(rest, part.NumParams())
		d.parts[i].Mean(μi)
	}
	return dst
}

func (d *productDist) LogPartition() float64 {
	var sum float64
	for _, part := range d.parts {
		sum += part.LogPartition()
	}
	return sum
}

func (d *productDist) Entropy() float64 {
	var sum float64
	for _, part := range d.parts {
		sum += part.Entropy()
	}
	return sum
}

func (d *productDist) LogProb(z []float64) float64 {
	mustLen(len(z), d.f.dim, badPointLength)
	var sum float64
	for i, part := range d.f.parts {
		var zi []float64
		zi, z = cut(z, part.Dim())
		sum += d.parts[i].LogProb(zi)
	}
	return sum
}

func (d *productDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	dst = sliceOf(dst, d.f.dim)
	rest := dst
	for i, part := range d.f.parts {
		var zi []float64
		zi, rest = cut(rest, part.Dim())
		d.parts[i].Rand(zi, rnd)
	}
	return dst
}

func (d *productDist) FisherMulVec(dst Mean, v Natural) Mean {
	mustLen(len(v), d.f.params, badNaturalLength)
	dst = meanOf(dst, d.f.params)
	rest := dst
	for i, part := range d.f.parts {
		var vi Natural
		var gi Mean
		vi, v = cut(v, part.NumParams())
		gi, rest = cut(rest, part.NumParams())
		d.parts[i].FisherMulVec(gi, vi)
	}
	return dst
}

func (d *productDist) FisherSolve(dst Natural, g Mean) Natural {
	mustLen(len(g), d.f.params, badMeanLength)
	dst = naturalOf(dst, d.f.params)
	rest := dst
	for i, part := range d.f.parts {
		var gi Mean
		var vi Natural
		gi, g = cut(g, part.NumParams())
		vi, rest = cut(rest, part.NumParams())
		d.parts[i].FisherSolve(vi, gi)
	}
	return dst
}
