package models

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// exactProportions returns E[θ_k | w] for given topics, K rows of v probabilities: the sum
// over all ways to assign topics to the words w.
func exactProportions(β []float64, v, k int, α float64, w []int32) []float64 {
	ways := 1
	for range w {
		ways *= k
	}
	mean := make([]float64, k)
	var all float64
	for way := range ways {
		n := make([]float64, k)
		p, rest := 1.0, way
		for _, w := range w {
			z := rest % k
			rest /= k
			// The chance of z after those before it: Pólya's urn.
			p *= β[z*v+int(w)] * (α + n[z])
			n[z]++
		}
		all += p
		for z, n := range n {
			mean[z] += p * (α + n) / (float64(k)*α + float64(len(w)))
		}
	}
	for z := range mean {
		mean[z] /= all
	}
	return mean
}

// ofTopics returns a model and the natural parameter whose E[β] are β, with so many words
// behind them that E log β is log β.
func ofTopics(t *testing.T, β []float64, v, k int, α float64) (*LDA, []float64, []float64) {
	t.Helper()
	x, err := NewCSR(1, v, []int{0, 1}, []int{0}, []float64{1})
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewLDA(x, k, α, 1)
	if err != nil {
		t.Fatal(err)
	}
	m.LocalTolerance = 1e-10
	λ, μ := make([]float64, k*v), make([]float64, k*v)
	for i, p := range β {
		λ[i], μ[i] = 1e6*p-1, math.Log(p)
	}
	return m, λ, μ
}

func countWords(w []int32, v int) (words []int32, counts []float64) {
	n := make([]float64, v)
	for _, w := range w {
		n[w]++
	}
	for w, n := range n {
		if n > 0 {
			words, counts = append(words, int32(w)), append(counts, n)
		}
	}
	return words, counts
}

// CVB0 is exact for one word. For more it is nearer to what all assignments together say of
// further words than the proportions of the bound are, on average and nearly always.
func TestFoldInIsNearTheTruth(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 1))
	const v = 6
	for _, k := range []int{2, 3} {
		for _, α := range []float64{0.05, 0.1, 0.5, 1} {
			var better, cases int
			var collapsed, bound float64
			for range 60 {
				β := make([]float64, k*v)
				for i := range k {
					var sum float64
					for w := range v {
						β[i*v+w] = math.Pow(rnd.ExpFloat64(), 2)
						sum += β[i*v+w]
					}
					for w := range v {
						β[i*v+w] /= sum
					}
				}
				w := make([]int32, 1+rnd.IntN(6))
				for i := range w {
					w[i] = int32(rnd.IntN(v))
				}
				truth := exactProportions(β, v, k, α, w)
				m, λ, μ := ofTopics(t, β, v, k, α)
				f := newFoldIn(m, λ)
				words, counts := countWords(w, v)
				f.find(words, counts)
				m.Expect(λ, μ)
				m.local(words, counts)
				var all float64
				for _, γ := range m.γ {
					all += γ
				}
				// Kullback-Leibler divergence of what is predicted from the truth.
				var off [2]float64
				for w := range v {
					var p, q float64
					for i, θ := range truth {
						p += θ * β[i*v+w]
						q += m.γ[i] / all * β[i*v+w]
					}
					off[0] += p * math.Log(p/f.predict(int32(w)))
					off[1] += p * math.Log(p/q)
				}
				if len(w) == 1 {
					if off[0] > 1e-13 {
						t.Errorf("K = %d, α = %v, one word: off by %v nats", k, α, off[0])
					}
					continue
				}
				cases++
				collapsed += off[0]
				bound += off[1]
				if off[0] <= off[1] {
					better++
				}
			}
			t.Logf("K = %d, α = %v: %.5f nats off, %.5f for the bound, nearer in %d of %d", k, α, collapsed/float64(cases), bound/float64(cases), better, cases)
			if !(collapsed < 0.5*bound) || better < cases*8/10 {
				t.Errorf("K = %d, α = %v: CVB0 is %v nats off, the bound %v, and nearer in %d of %d cases", k, α, collapsed, bound, better, cases)
			}
		}
	}
}

// With one topic, and with topics that share no words, the perplexity is known.
func TestCompletion(t *testing.T) {
	β := []float64{0.5, 0.3, 0.1, 0.1}
	x, err := NewCSR(3, 4, []int{0, 2, 3, 3}, []int{0, 2, 1}, []float64{3, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	m, λ, _ := ofTopics(t, β, 4, 1, 0.3)
	got, words, err := m.Completion(λ, x, rand.New(rand.NewPCG(1, 1)))
	// Of words 0 0 0 2 two are left, of words 1 1 one.
	a, b := math.Exp(-(2*math.Log(0.5)+math.Log(0.3))/3), math.Exp(-(math.Log(0.5)+math.Log(0.1)+math.Log(0.3))/3)
	if err != nil || words != 3 || math.Abs(got-a) > 1e-9 && math.Abs(got-b) > 1e-9 {
		t.Errorf("perplexity %v of %d words, want %v or %v of 3, error %v", got, words, a, b, err)
	}

	const ε = 1e-12
	β = []float64{0.5 - ε, 0.5 - ε, ε, ε, ε, ε, 0.5 - ε, 0.5 - ε}
	x, err = NewCSR(1, 4, []int{0, 1}, []int{3}, []float64{11})
	if err != nil {
		t.Fatal(err)
	}
	m, λ, _ = ofTopics(t, β, 4, 2, 0.3)
	got, words, err = m.Completion(λ, x, rand.New(rand.NewPCG(1, 1)))
	want := 1 / ((6 + 0.3) / (6 + 0.6) * 0.5) // six of the eleven words are seen
	if err != nil || words != 5 || math.Abs(got-want) > 1e-6 {
		t.Errorf("perplexity %v of %d words, want %v of 5, error %v", got, words, want, err)
	}

	x, err = NewCSR(2, 4, []int{0, 1, 1}, []int{3}, []float64{1})
	if err != nil {
		t.Fatal(err)
	}
	if got, words, err = m.Completion(λ, x, rand.New(rand.NewPCG(1, 1))); !math.IsNaN(got) || words != 0 || err != nil {
		t.Errorf("documents of one word: perplexity %v of %d, error %v", got, words, err)
	}
	broken := errors.New("broken")
	got, _, err = m.Completion(λ, otherDocuments{CSR: x, err: broken, row: 1}, rand.New(rand.NewPCG(1, 1)))
	var e *RowsError
	if !math.IsNaN(got) || !errors.As(err, &e) || !errors.Is(err, broken) {
		t.Errorf("documents that cannot be read: perplexity %v, error %v", got, err)
	}
}
