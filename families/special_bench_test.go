package families

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"
)

// benchmarkPoints are spread over the shapes that inference meets.
var benchmarkPoints = [...]float64{1e-3, 0.2, 0.7, 1.3, 2.4, 3.9, 5.5, 8, 13, 40, 1e3, 1e6}

var benchmarkSink float64

func benchmarkScalar(b *testing.B, f func(float64) float64) {
	i := 0
	for b.Loop() {
		benchmarkSink += f(benchmarkPoints[i])
		if i++; i == len(benchmarkPoints) {
			i = 0
		}
	}
}

func BenchmarkSpecial(b *testing.B) {
	for _, c := range []struct {
		name string
		f    func(float64) float64
	}{
		{"gonumDigamma", mathext.Digamma},
		{"Digamma", Digamma},
		{"Trigamma", Trigamma},
		{"Polygamma2", func(x float64) float64 { return Polygamma(2, x) }},
		{"Polygamma3", func(x float64) float64 { return Polygamma(3, x) }},
		{"logMinusDigamma", logMinusDigamma},
		{"xTrigammaMinusOne", xTrigammaMinusOne},
		{"stirlingError", stirlingError},
		{"gammaShape", gammaShape},
		{"inverseDigamma", func(x float64) float64 { return inverseDigamma(math.Min(x, 600)) }},
	} {
		b.Run(c.name, func(b *testing.B) { benchmarkScalar(b, c.f) })
	}
}

func BenchmarkGammaLogPath(b *testing.B) {
	for _, c := range []struct {
		name        string
		alpha, logz float64
	}{
		{"tiny", 1e-3, -500}, {"ascending", 3, 0.7}, {"fraction", 3, 1.5}, {"fractionSlow", 0.5, 0.21}, {"uniform", 1e3, 6.95}, {"descending", 50, 4.7},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				benchmarkSink += gammaLogPath(c.alpha, c.logz)
			}
		})
	}
}

func BenchmarkBetaPath(b *testing.B) {
	for b.Loop() {
		da, _ := betaPath(2, 3, 0.4)
		benchmarkSink += da
	}
}
