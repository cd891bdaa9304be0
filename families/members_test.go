package families

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Names are what models.Conjugate asks for, and what members can do is part of
// their contract.
func TestNewFamilies(t *testing.T) {
	for _, test := range []struct {
		f                    Family
		name                 string
		dim, params          int
		path, logs, steps    bool
		entropyOfTheStandard float64
	}{
		{Gamma(), "Gamma", 1, 2, true, true, true, 1},
		{InverseGamma(), "InverseGamma", 1, 2, true, true, true, 2.154431329803065}, // 1 + 2γ
		{Beta(), "Beta", 1, 2, true, true, false, 0},
		{Dirichlet(2), "Dirichlet(2)", 2, 2, true, true, false, 0},
		{Dirichlet(5), "Dirichlet(5)", 5, 5, true, true, false, -math.Log(24)},
		{Categorical(4), "Categorical(4)", 1, 3, false, false, false, math.Log(4)},
		{Wishart(1), "Wishart(1)", 1, 2, false, false, false, 1 + math.Ln2},
		{Wishart(3), "Wishart(3)", 9, 10, false, false, false, 11.75519567449852690},
		{InverseWishart(1), "InverseWishart(1)", 1, 2, false, false, false, 1.461284149243120}, // 1 + 2γ − log 2
		{InverseWishart(2), "InverseWishart(2)", 4, 5, false, false, false, 2.994318236378488},
		{NormalGamma(), "NormalGamma", 2, 4, false, false, false, 2.707546365655439},
		{MultiNormalGamma(2), "MultiNormalGamma(2)", 3, 8, false, false, false, 4.415092731310878},
		{NormalWishart(2), "NormalWishart(2)", 6, 8, false, false, false, 7.946116978280160},
		{Product(Dirichlet(3), Repeat(3, NormalWishart(2))), "Product(Dirichlet(3), Repeat(3, NormalWishart(2)))", 21, 27, false, false, false, 23.14520375428056},
		{Product(Gamma(), InverseGamma()), "Product(Gamma, InverseGamma)", 2, 4, true, true, true, 3.154431329803065},
		{Repeat(2, Dirichlet(3)), "Repeat(2, Dirichlet(3))", 6, 6, true, true, false, -2 * math.Ln2},
	} {
		q := test.f.New()
		_, path := q.(Pathwise)
		_, logs := q.(LogRander)
		_, steps := q.(Retracter)
		if test.f.String() != test.name || test.f.Dim() != test.dim || test.f.NumParams() != test.params ||
			path != test.path || logs != test.logs || steps != test.steps || q.Family().String() != test.name {
			t.Errorf("%v: dim %d, %d parameters, path %t, logs %t, steps %t, want %+v", test.f, test.f.Dim(), test.f.NumParams(), path, logs, steps, test)
		}
		nearZero(t, 4e-15, 1, q.Entropy(), test.entropyOfTheStandard, "entropy of the standard %v", test.f)
		if p := test.f.New(); !p.SetNatural(q.Natural(nil)) || KL(p, q) != 0 {
			t.Errorf("%v: the standard member is not that of its own λ", test.f)
		}
	}
}

// log q(z) = ⟨λ, T(z)⟩ − A.
func TestLogProbIsOfStatistics(t *testing.T) {
	rnd := rand.New(rand.NewPCG(6, 1))
	for _, q := range []Distribution{
		gamma(t, 0.3, 2), gamma(t, 7, 0.1), inverseGamma(t, 0.3, 2), inverseGamma(t, 7, 0.1),
		beta(t, 0.4, 0.9), beta(t, 3, 8), dirichletOf(t, 0.2, 3, 9), categoricalOf(t, 0.2, 0.5, 0.3),
		wishartOf(t, 2.5, 1, 0.3, 0.3, 0.5), inverseWishartOf(t, 2.5, 1, 0.3, 0.3, 0.5),
		normalGamma(t, -3, 0.01, 1.2, 4), multiNormalGamma(t, fs{3, -2}, fs{1, 0.3, 0.3, 0.5}, 1.2, 4), normalWishart(t, fs{3, -2}, 0.1, fs{1, 0.3, 0.3, 0.5}, 2.5),
	} {
		λ := q.Natural(nil)
		for range 100 {
			z := q.Rand(nil, rnd)
			want := -q.LogPartition()
			for i, x := range q.Family().SufficientStats(nil, z) {
				want += λ[i] * x
			}
			nearZero(t, 1e-12, 10, q.LogProb(z), want, "%v %v: log q(%v)", q.Family(), λ, z)
		}
	}
}

// What a member keeps of the last parameters does not show in the next ones.
func TestMembersAreReusable(t *testing.T) {
	for _, c := range [][]Natural{
		{{0, 1}, {-0.5, 4}, {7, -0.9}, {3, 3}},
		{{0, 1, 2}, {-0.5, 4, 1}, {7, -0.9, 3}, {3, 3, 3}},
		{{0, -1}, {-0.5, -4}, {7, -0.9}, {3, -3}},
		{{-2, -1}, {-1.5, -4}, {-7, -0.9}, {-3, -3}},
	} {
		for _, f := range []Family{Gamma(), InverseGamma(), Beta(), Dirichlet(2), Dirichlet(3), Categorical(3), Categorical(4)} {
			q := f.New()
			for _, λ := range c {
				if p := f.New(); f.NumParams() == len(λ) && p.SetNatural(λ) {
					q.SetNatural(λ)
					if diff := cmp.Diff(observe(p), observe(q), cmp.AllowUnexported(observed{})); diff != "" {
						t.Errorf("%v %v after another: %s", f, λ, diff)
					}
				}
			}
		}
	}
}

func TestNewFamiliesPanic(t *testing.T) {
	g, d, c := gamma(t, 1, 1), dirichletOf(t, 1, 2, 3), categoricalOf(t, 1, 2)
	w, iw, ng, nw := wishartOf(t, 2, 1), inverseWishartOf(t, 2, 1), normalGamma(t, 0, 1, 1, 1), normalWishart(t, fs{0}, 1, fs{1}, 2)
	rnd := rand.New(rand.NewPCG(1, 1))
	for name, test := range map[string]struct {
		want string
		f    func()
	}{
		"Dirichlet(1)":        {badCategories, func() { Dirichlet(1) }},
		"Categorical(1)":      {badCategories, func() { Categorical(1) }},
		"short λ":             {badNaturalLength, func() { g.SetNatural(Natural{1}) }},
		"short μ":             {badMeanLength, func() { d.SetMean(Mean{1}) }},
		"long dst":            {badNaturalLength, func() { c.Natural(make(Natural, 2)) }},
		"point":               {badPointLength, func() { d.LogProb([]float64{1}) }},
		"aux":                 {badAuxLength, func() { d.RandPath(make([]float64, 3), nil, rnd) }},
		"aux of a gradient":   {badAuxLength, func() { g.AddPathGrad(make(Mean, 2), 1, fs{1}, nil, fs{1}) }},
		"probabilities":       {badProbLength, func() { c.SetProb([]float64{1, 2, 3}) }},
		"KL to an inverse":    {badFamilies, func() { g.KL(inverseGamma(t, 1, 1)) }},
		"KL to a Gamma":       {badFamilies, func() { inverseGamma(t, 1, 1).KL(g) }},
		"KL of Beta":          {badFamilies, func() { beta(t, 1, 1).KL(dirichletOf(t, 1, 1)) }},
		"KL of Dirichlets":    {badFamilies, func() { d.KL(dirichletOf(t, 1, 1)) }},
		"KL of Categoricals":  {badFamilies, func() { c.KL(categoricalOf(t, 1, 1, 1)) }},
		"retraction":          {badNaturalLength, func() { g.Retract(nil, Natural{1}) }},
		"Fisher, λ-vector":    {badNaturalLength, func() { d.FisherMulVec(nil, Natural{1}) }},
		"Fisher, μ-vector":    {badMeanLength, func() { c.FisherSolve(nil, Mean{1, 2}) }},
		"Wishart(0)":          {badSize, func() { Wishart(0) }},
		"InverseWishart(0)":   {badSize, func() { InverseWishart(0) }},
		"NormalWishart(0)":    {badSize, func() { NormalWishart(0) }},
		"MultiNormalGamma(0)": {badSize, func() { MultiNormalGamma(0) }},
		"scale":               {badScaleLength, func() { w.SetParams(3, fs{1, 0, 0, 1}) }},
		"dst of a scale":      {badScaleLength, func() { iw.Params(make(fs, 4)) }},
		"W":                   {badScaleLength, func() { nw.SetParams(fs{0}, 1, nil, 2) }},
		"inverse of W":        {badScaleLength, func() { nw.SetInverse(fs{0}, 1, nil, 2) }},
		"m":                   {badPointLength, func() { nw.SetParams(nil, 1, fs{1}, 2) }},
		"KL to an inverse W":  {badFamilies, func() { w.KL(iw) }},
		"KL to a Wishart":     {badFamilies, func() { iw.KL(w) }},
		"KL of Wisharts":      {badFamilies, func() { w.KL(wishartOf(t, 3, 1, 0, 0, 1)) }},
		"KL of a NormalGamma": {badFamilies, func() { ng.KL(nw) }},
		"KL to a NormalGamma": {badFamilies, func() { nw.KL(ng) }},
		"statistics of point": {badPointLength, func() { Beta().SufficientStats(nil, fs{1, 2}) }},
	} {
		func() {
			defer func() {
				if got := recover(); got != test.want {
					t.Errorf("%s: recovered %v, want %q", name, got, test.want)
				}
			}()
			test.f()
		}()
	}
}

func TestNewFamiliesDoNotAllocate(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, q := range drawMembers(t) {
		f := q.Family()
		p := f.New()
		λ, μ, v := q.Natural(nil), q.Mean(nil), make(Mean, f.NumParams())
		z := q.Rand(nil, rnd)
		all := func() {
			if !p.SetNatural(λ) || !p.SetMean(μ) {
				t.Fatalf("%v refuses its own parameters", f)
			}
			p.Natural(λ)
			p.Mean(μ)
			benchmarkSink += p.LogPartition() + p.Entropy() + p.LogProb(z) + p.(KLer).KL(q)
			p.Rand(z, rnd)
			p.FisherMulVec(v, λ)
			p.FisherSolve(λ, v)
			f.SufficientStats(v, z)
			p.Natural(λ)
			if l, ok := p.(LogRander); ok {
				l.LogRand(z, rnd)
				p.Rand(z, rnd)
			}
			if r, ok := p.(Retracter); ok {
				r.Retract(λ, λ)
				p.Natural(λ)
			}
		}
		all()
		if n := testing.AllocsPerRun(20, all); n != 0 {
			t.Errorf("%v: %g allocations, want none", f, n)
		}
		if path, ok := p.(Pathwise); ok {
			aux, g := make([]float64, path.NumAux()), make([]float64, f.Dim())
			if n := testing.AllocsPerRun(20, func() {
				path.RandPath(z, aux, rnd)
				path.AddPathGrad(v, 1, z, aux, g)
			}); n != 0 {
				t.Errorf("%v: %g allocations of a path, want none", f, n)
			}
		}
	}
}
