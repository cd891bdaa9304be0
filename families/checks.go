package families

import "math"

// Messages of the panics of the families in this package.
const (
	badNaturalLength = "families: length of a natural parameter is not NumParams"
	badMeanLength    = "families: length of a mean parameter is not NumParams"
	badPointLength   = "families: length of a point is not Dim"
	badAuxLength     = "families: length of aux is not NumAux"
	badCategories    = "families: fewer than two categories"
	badProbLength    = "families: length of probabilities is not the number of categories"
)

func mustLen(got, want int, msg string) {
	if got != want {
		panic(msg)
	}
}

// mustPath checks the lengths of the arguments of AddPathGrad.
func mustPath(dst Mean, params int, z []float64, dim int, aux []float64, numAux int, g []float64) {
	mustLen(len(dst), params, badMeanLength)
	mustLen(len(z), dim, badPointLength)
	mustLen(len(g), dim, badPointLength)
	mustLen(len(aux), numAux, badAuxLength)
}

func naturalOf(dst Natural, n int) Natural {
	if dst == nil {
		return make(Natural, n)
	}
	mustLen(len(dst), n, badNaturalLength)
	return dst
}

func meanOf(dst Mean, n int) Mean {
	if dst == nil {
		return make(Mean, n)
	}
	mustLen(len(dst), n, badMeanLength)
	return dst
}

func sliceOf(dst []float64, n int) []float64 {
	if dst == nil {
		return make([]float64, n)
	}
	mustLen(len(dst), n, badPointLength)
	return dst
}

func isFinite(x float64) bool { return math.Abs(x) <= math.MaxFloat64 }

// isNormal reports whether x > 0 is held with all its digits.
func isNormal(x float64) bool { return x >= 0x1p-1022 && x <= math.MaxFloat64 }

// outsideOrNaN is the log-density at a coordinate x outside the support.
func outsideOrNaN(x float64) float64 {
	if math.IsNaN(x) {
		return x
	}
	return math.Inf(-1)
}
