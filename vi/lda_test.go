package vi_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mathext"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// corpus returns documents of words drawn from topics of five words each.
func corpus(t testing.TB, docs, topics, length int) *models.CSR {
	t.Helper()
	rnd := rand.New(rand.NewPCG(21, 1))
	v := 5 * topics
	y := make([]float64, docs*v)
	for d := range docs {
		first, second := rnd.IntN(topics), rnd.IntN(topics)
		for range length {
			k := first
			if rnd.IntN(4) == 0 {
				k = second
			}
			y[d*v+5*k+rnd.IntN(5)]++
		}
	}
	x, err := models.NewDense(docs, v, y)
	if err != nil {
		t.Fatal(err)
	}
	return x.Sparse()
}

func newLDA(t testing.TB, docs models.Documents, k int, α, η float64) (*models.LDA, families.Family) {
	t.Helper()
	m, err := models.NewLDA(docs, k, α, η)
	if err != nil {
		t.Fatal(err)
	}
	f, err := families.Parse(m.Family())
	if err != nil {
		t.Fatal(err)
	}
	return m, f
}

// With one topic the words are Dirichlet-multinomial: one step leads to the posterior, and
// the ELBO is the evidence A(λ) − A(η₀).
func TestLDAOfOneTopic(t *testing.T) {
	m, f := newLDA(t, corpus(t, 6, 2, 12), 1, 0.3, 0.7)
	res, err := vi.Fit(t.Context(), vi.Problem{Model: m}, &vi.Settings{Check: -1, Starts: 1})
	if err != nil || res.Status != vi.Converged {
		t.Fatalf("%v, error %v", res.Status, err)
	}
	η := make(families.Natural, f.NumParams())
	m.GlobalNatural(η)
	prior := f.New()
	prior.SetNatural(η)
	sameTo(t, 1e-11, res.ELBO, res.Q.LogPartition()-prior.LogPartition(), "the ELBO")
	if res.Iterations > 2 {
		t.Errorf("%d iterations", res.Iterations)
	}
}

// The bound of one document with given topics is the largest, over distributions of the
// assignments and a Dirichlet of θ, of E log p − E log q, term by term here; it is below
// the truth, for which all ways to assign the words are summed.
func TestLDABound(t *testing.T) {
	x, err := models.NewDense(1, 4, []float64{3, 1, 2, 1})
	if err != nil {
		t.Fatal(err)
	}
	words := []int{0, 0, 0, 1, 2, 2, 3}
	β := []float64{0.6, 0.2, 0.1, 0.1, 0.1, 0.1, 0.3, 0.5}
	lg := func(x float64) float64 { v, _ := math.Lgamma(x); return v }
	for _, α := range []float64{0.8, 2.5, 0.03, 4e-4} {
		m, _ := newLDA(t, x.Sparse(), 2, α, 1)
		m.LocalTolerance = 1e-13
		φ := make([][2]float64, len(words))
		for i := range φ {
			φ[i] = [2]float64{0.5, 0.5}
		}
		var γ, logθ [2]float64
		update := func() {
			γ = [2]float64{α, α}
			for _, f := range φ {
				γ[0] += f[0]
				γ[1] += f[1]
			}
			for k := range logθ {
				logθ[k] = mathext.Digamma(γ[k]) - mathext.Digamma(γ[0]+γ[1])
			}
		}
		for range 5000 {
			update()
			for i, w := range words {
				a, b := logθ[0]+math.Log(β[w]), logθ[1]+math.Log(β[4+w])
				φ[i][0] = 1 / (1 + math.Exp(b-a))
				φ[i][1] = 1 / (1 + math.Exp(a-b))
			}
		}
		update()
		bound := lg(2*α) - 2*lg(α) - lg(γ[0]+γ[1]) + lg(γ[0]) + lg(γ[1])
		for k := range γ {
			bound += (α - γ[k]) * logθ[k]
		}
		for i, w := range words {
			for k, f := range φ[i] {
				if f > 0 {
					bound += f * (logθ[k] + math.Log(β[4*k+w]) - math.Log(f))
				}
			}
		}
		prior := 2 * lg(4) // the density of β, Dirichlet(1)
		got := m.LogJoint(β)
		sameTo(t, 1e-7, got, bound+prior, "the bound")
		var truth float64
		for assigned := range 1 << len(words) {
			n, lp := [2]float64{}, 0.0
			for i, w := range words {
				k := assigned >> i & 1
				n[k]++
				lp += math.Log(β[4*k+w])
			}
			truth += math.Exp(lp + lg(2*α) - lg(2*α+7) + lg(α+n[0]) + lg(α+n[1]) - 2*lg(α))
		}
		if !(got < math.Log(truth)+prior) {
			t.Errorf("α = %v: bound %v, above the truth %v", α, got, math.Log(truth)+prior)
		}
	}
}

// A word that early batches lack recovers, even where its expected logarithm is below what
// e can be taken to: with batches of single documents and η = 5e-4, ψ(η) is −2000.
func TestLDAWordsRecover(t *testing.T) {
	docs := corpus(t, 60, 3, 30)
	m, _ := newLDA(t, docs, 3, 0.3, 5e-4)
	res, err := vi.Fit(t.Context(), vi.Problem{Model: m}, &vi.Settings{Check: -1, MaxIterations: 600, Seed: 2,
		Schedule: vi.RobbinsMonro{Delay: 5, Exponent: 0.8}, Estimator: &estimators.Minibatch{Estimator: new(estimators.Local), Size: 1}})
	if err != nil {
		t.Fatal(err)
	}
	λ := res.Q.Natural(nil)
	n, v := docs.Dims()
	counts := docs.Dense().RawData()
	for w := range v {
		var got, want float64
		for k := range 3 {
			got += λ[k*v+w] + 1 - 5e-4
		}
		for d := range n {
			want += counts[d*v+w]
		}
		if !(got > want/2 && got < 2*want) {
			t.Errorf("word %d counts %.1f times in the topics, and %v times in the documents", w, got, want)
		}
	}
}

// Topics have no order: the value for topics in another is the same.
func TestLDATopicsHaveNoOrder(t *testing.T) {
	m, f := newLDA(t, corpus(t, 20, 3, 25), 3, 0.4, 0.2)
	λ := m.StartNatural(nil, 0, rand.New(rand.NewPCG(4, 4)))
	v := len(λ) / 3
	other := slices.Concat(λ[2*v:], λ[:2*v])
	var values [2]float64
	var first []float64
	for i, x := range [][]float64{λ, other} {
		q, g := f.New(), make(families.Natural, len(λ))
		if !q.SetNatural(x) {
			t.Fatal("outside the domain")
		}
		e := new(estimators.Local)
		if err := e.Init(m, f); err != nil {
			t.Fatal(err)
		}
		s, err := e.Estimate(t.Context(), g, q, estimators.Stream{})
		if err != nil {
			t.Fatal(err)
		}
		values[i] = s.ELogJoint
		if i == 0 {
			first = slices.Concat(g[2*v:], g[:2*v])
			if n := testing.AllocsPerRun(5, func() { e.Estimate(t.Context(), g, q, estimators.Stream{}) }); n > 0 {
				t.Errorf("an estimate allocates %v times", n)
			}
			continue
		}
		for j, x := range g {
			sameTo(t, 1e-9, x, first[j], "a natural gradient")
		}
	}
	sameTo(t, 1e-12, values[1], values[0], "the value")
}

// What a fit with all defaults says of itself does not blame the exchange of topics.
func TestLDAVerdict(t *testing.T) {
	m, _ := newLDA(t, corpus(t, 40, 2, 30), 2, 0.3, 0.3)
	res, err := vi.Fit(t.Context(), vi.Problem{Model: m}, nil)
	if err != nil || res.Status != vi.Converged || res.Verdict == vi.Fail || len(res.Starts) < 2 || res.Draws == nil {
		t.Errorf("%v, verdict %v (%v), %d starts, error %v", res.Status, res.Verdict, res.Reasons, len(res.Starts), err)
	}
}

// What Local adds up is the gradient of its value in μ, of all documents and of a batch.
func TestLDAGradient(t *testing.T) {
	m, f := newLDA(t, corpus(t, 30, 3, 25), 3, 0.4, 0.2)
	m.LocalTolerance = 1e-12
	for _, model := range []models.Model{m, m.Batch([]int{3, 17, 20, 8}, 7.5)} {
		e := new(estimators.Local)
		if err := e.Init(model, f); err != nil {
			t.Fatal(err)
		}
		rnd := rand.New(rand.NewPCG(2, 2))
		λ := families.Natural(m.StartNatural(nil, 0, rnd))
		at := func(h float64, step families.Natural) (float64, families.Natural, families.Distribution) {
			q := f.New()
			x := make(families.Natural, len(λ))
			for i := range x {
				x[i] = λ[i]
				if step != nil {
					x[i] += h * step[i]
				}
			}
			if !q.SetNatural(x) {
				t.Fatal("outside the domain")
			}
			g := make(families.Natural, len(λ))
			s, err := e.Estimate(t.Context(), g, q, estimators.Stream{})
			if err != nil {
				t.Fatal(err)
			}
			return s.ELogJoint, g, q
		}
		step := make(families.Natural, len(λ))
		for i := range step {
			step[i] = rnd.NormFloat64()
		}
		_, g, q := at(0, nil)
		up, _, _ := at(1e-4, step)
		down, _, _ := at(-1e-4, step)
		var want float64
		for i, d := range q.FisherMulVec(nil, step) {
			want += g[i] * d
		}
		if got := (up - down) / 2e-4; !(math.Abs(got-want) <= 1e-5*math.Abs(want)) {
			t.Errorf("the value changes by %v, the gradient says %v", got, want)
		}
	}
}

// Batch fits converge, their ELBO never falls, and topics are found again.
func TestLDAFinds(t *testing.T) {
	m, _ := newLDA(t, corpus(t, 300, 4, 40), 4, 0.2, 0.1)
	last := math.Inf(-1)
	res, err := vi.Fit(t.Context(), vi.Problem{Model: m}, &vi.Settings{Check: -1, Starts: 1, MaxIterations: 600,
		Recorder: vi.RecorderFunc(func(it *vi.Iteration) error {
			if it.ELBO < last-1e-9*math.Abs(last) {
				t.Errorf("the ELBO falls from %.12g to %.12g in step %d", last, it.ELBO, it.Number)
			}
			last = it.ELBO
			return nil
		})})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(res.Status, res.Iterations)
	λ := res.Q.Natural(nil)
	found := map[int]bool{}
	for k := range 4 {
		for g := range 4 {
			var in, all float64
			for w := range 20 {
				all += λ[k*20+w] + 1
				if w/5 == g {
					in += λ[k*20+w] + 1
				}
			}
			if in > 0.9*all {
				found[g] = true
			}
		}
	}
	if len(found) != 4 {
		t.Errorf("%d of 4 topics found", len(found))
	}
	perplexity, words, err := m.Completion(λ, corpus(t, 300, 4, 40), rand.New(rand.NewPCG(1, 1)))
	if err != nil || words != 300*20 || !(perplexity > 5 && perplexity < 10) {
		t.Errorf("perplexity %v of %d words, want from 5, a topic's own, to 10, two topics'", perplexity, words)
	}
}
