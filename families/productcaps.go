package families

import "math/rand/v2"

// A product has a capability if all its parts have it. Type assertion looks at
// the methods of a type, so each combination of capabilities is a type of its
// own, composed from these three.
type (
	productPath  struct{ d *productDist }
	productLogs  struct{ d *productDist }
	productSteps struct{ d *productDist }
)

func allAre[C Distribution](parts []Distribution) bool {
	for _, part := range parts {
		if _, ok := part.(C); !ok {
			return false
		}
	}
	return true
}

// withCapabilities returns d with the optional methods all its parts have.
func (d *productDist) withCapabilities() Distribution {
	path, logs, steps := productPath{d}, productLogs{d}, productSteps{d}
	switch [3]bool{allAre[Pathwise](d.parts), allAre[LogRander](d.parts), allAre[Retracter](d.parts)} {
	case [3]bool{true, true, true}:
		return struct {
			*productDist
			productPath
			productLogs
			productSteps
		}{d, path, logs, steps}
	case [3]bool{true, true, false}:
		return struct {
			*productDist
			productPath
			productLogs
		}{d, path, logs}
	case [3]bool{true, false, true}:
		return struct {
			*productDist
			productPath
			productSteps
		}{d, path, steps}
	case [3]bool{true, false, false}:
		return struct {
			*productDist
			productPath
		}{d, path}
	case [3]bool{false, true, true}:
		return struct {
			*productDist
			productLogs
			productSteps
		}{d, logs, steps}
	case [3]bool{false, true, false}:
		return struct {
			*productDist
			productLogs
		}{d, logs}
	case [3]bool{false, false, true}:
		return struct {
			*productDist
			productSteps
		}{d, steps}
	}
	return d
}

func (p productPath) NumAux() int {
	n := 0
	for _, part := range p.d.parts {
		n += part.(Pathwise).NumAux()
	}
	return n
}

func (p productPath) RandPath(z, aux []float64, rnd *rand.Rand) {
	mustLen(len(z), p.d.f.dim, badPointLength)
	mustLen(len(aux), p.NumAux(), badAuxLength)
	for i, part := range p.d.f.parts {
		var zi, auxi []float64
		q := p.d.parts[i].(Pathwise)
		zi, z = cut(z, part.Dim())
		auxi, aux = cut(aux, q.NumAux())
		q.RandPath(zi, auxi, rnd)
	}
}

func (p productPath) AddPathGrad(dst Mean, w float64, z, aux, g []float64) {
	mustPath(dst, p.d.f.params, z, p.d.f.dim, aux, p.NumAux(), g)
	for i, part := range p.d.f.parts {
		var dsti Mean
		var zi, auxi, gi []float64
		q := p.d.parts[i].(Pathwise)
		dsti, dst = cut(dst, part.NumParams())
		zi, z = cut(z, part.Dim())
		auxi, aux = cut(aux, q.NumAux())
		gi, g = cut(g, part.Dim())
		q.AddPathGrad(dsti, w, zi, auxi, gi)
	}
}

func (p productLogs) LogRand(dst []float64, rnd *rand.Rand) []float64 {
	dst = sliceOf(dst, p.d.f.dim)
	rest := dst
	for i, part := range p.d.f.parts {
		var zi []float64
		zi, rest = cut(rest, part.Dim())
		p.d.parts[i].(LogRander).LogRand(zi, rnd)
	}
	return dst
}

func (p productSteps) Retract(dst, step Natural) Natural {
	mustLen(len(step), p.d.f.params, badNaturalLength)
	dst = naturalOf(dst, p.d.f.params)
	rest := dst
	for i, part := range p.d.f.parts {
		var to, stepi Natural
		to, rest = cut(rest, part.NumParams())
		stepi, step = cut(step, part.NumParams())
		p.d.parts[i].(Retracter).Retract(to, stepi)
	}
	return dst
}
