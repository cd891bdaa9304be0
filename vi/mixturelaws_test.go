package vi_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/models/modeltest"
)

// eachMixture runs f for all covariances and priors of weights, for the rows of sines
// and a prior that differs from the default in everything.
func eachMixture(t *testing.T, k int, f func(t *testing.T, m *models.Mixture, fam families.Family, d int)) {
	y, d := mixtureData(t, "sines")
	for _, c := range mixtureShapes {
		for _, w := range mixtureWeights {
			prior := &models.GaussPrior{MeanPrecision: 0.3, Mean: []float64{9, -2, 1}, DoF: 4.5, Scale: []float64{2, 0.5, 0.1, 0.5, 1, 0.2, 0.1, 0.2, 3}}
			switch c {
			case models.DiagCovariance:
				prior.Scale = []float64{2, 1, 3}
			case models.SphericalCovariance:
				prior.Scale = []float64{1.7}
			}
			t.Run(c.String()+", "+w.String(), func(t *testing.T) {
				m, fam := gaussMixture(t, y, d, k, c, prior, w)
				f(t, m, fam, d)
			})
		}
	}
}

// someMember returns a member reached from a start, by k-means++ for even seeds.
func someMember(t *testing.T, m *models.Mixture, f families.Family, seed uint64) families.Distribution {
	t.Helper()
	q := f.New()
	if !q.SetNatural(m.StartNatural(nil, int(seed), rand.New(rand.NewPCG(seed, 1)))) {
		t.Fatal("start outside the domain")
	}
	return q
}

func sameTo(t *testing.T, tol, got, want float64, what string) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*max(1, math.Abs(want))) {
		t.Errorf("%s is %.15g, want %.15g", what, got, want)
	}
}

// What the components say of a row is linear in the statistics that it adds, at a point
// and in expectation; the prior is that of the family, with its constant.
func TestMixtureIsLinear(t *testing.T) {
	eachMixture(t, 3, func(t *testing.T, m *models.Mixture, f families.Family, d int) {
		q, c := someMember(t, m, f, 1), m.Components()
		η := make(families.Natural, f.NumParams())
		norm := m.GlobalNatural(η)
		prior := f.New()
		if !prior.SetNatural(η) {
			t.Fatal("prior outside the domain")
		}
		sameTo(t, 1e-13, norm, -prior.LogPartition(), "the constant of the prior")

		z := q.Rand(nil, rand.New(rand.NewPCG(2, 1)))
		skip, skipT := f.Dim()-c.Dim(), f.NumParams()-c.NumParams()
		T := f.SufficientStats(nil, z)
		logPrior := c.At(z[skip:])
		var want float64
		for i, x := range T[skipT:] {
			want += η[skipT+i] * x
		}
		// Of weights nothing but the constant is left out.
		want += norm
		w := prior
		if comp, ok := prior.(families.Composite); ok && skip > 0 {
			w = comp.Parts()[0]
			want += w.LogPartition()
		}
		sameTo(t, 1e-12, logPrior, want, "the log-density of a point of components under the prior")

		rows := []int{3, 0, 13, 7}
		n, k := len(rows), c.Num()
		check := func(what string, μ []float64) {
			c.Load(rows)
			ll := make([]float64, n*k)
			c.AddLogLik(ll)
			for e := range ll {
				resp, stats := make([]float64, n*k), make([]float64, c.NumParams())
				resp[e] = 1
				c.AddStats(stats, resp)
				sameTo(t, 1e-11, ll[e], inner(stats, μ[skipT:])-0.5*float64(d)*math.Log(2*math.Pi), what)
			}
		}
		check("the log-density of a row at a point", T)
		μ := q.Mean(nil)
		m.Expect(q.Natural(nil), μ)
		check("the expected log-density of a row", μ)
	})
}

// LogJoint sums out the components of the rows: it is checked against densities of rows
// that are written out here.
func TestMixtureLogJoint(t *testing.T) {
	y, _ := mixtureData(t, "sines")
	eachMixture(t, 2, func(t *testing.T, m *models.Mixture, f families.Family, d int) {
		q := someMember(t, m, f, 3)
		z := q.Rand(nil, rand.New(rand.NewPCG(4, 1)))
		c := m.Components().(*models.GaussComponents)
		skip := f.Dim() - c.Dim()
		η := make(families.Natural, f.NumParams())
		want := m.GlobalNatural(η) + inner(η, f.SufficientStats(nil, z))
		π := z[:skip]
		if w := f.String(); w[8] == 'R' { // sticks
			π = []float64{z[0], 1 - z[0]}
			if skip == 2 {
				π[1] *= z[1]
			}
		}
		center := c.Center(nil)
		quad := func(i, k int) (quad, logDet float64) {
			z := z[skip:]
			x, prec := z[k*d:(k+1)*d], make([]float64, d*d)
			switch c.Covariance() {
			case models.FullCovariance:
				z = z[k*(d+d*d):]
				x, prec = z[:d], z[d:d+d*d]
			case models.TiedCovariance:
				prec = z[2*d:]
			case models.DiagCovariance:
				z = z[2*k*d:]
				x = []float64{z[0], z[2], z[4]}
				for j := range d {
					prec[j*d+j] = z[2*j+1]
				}
			case models.SphericalCovariance:
				z = z[k*(d+1):]
				x = z[:d]
				for j := range d {
					prec[j*d+j] = z[d]
				}
			}
			δ := make([]float64, d)
			for j := range δ {
				δ[j] = y[i*d+j] - center[j] - x[j]
			}
			for a := range d {
				for b := range d {
					quad += δ[a] * prec[a*d+b] * δ[b]
				}
			}
			p := prec
			det := p[0]*(p[4]*p[8]-p[5]*p[7]) - p[1]*(p[3]*p[8]-p[5]*p[6]) + p[2]*(p[3]*p[7]-p[4]*p[6])
			return quad, math.Log(det)
		}
		for i := range m.NumData() {
			var sum float64
			for k := range 2 {
				q, l := quad(i, k)
				sum += π[k] * math.Exp(0.5*(l-q)-0.5*float64(d)*math.Log(2*math.Pi))
			}
			want += math.Log(sum)
		}
		sameTo(t, 1e-11, m.LogJoint(z), want, "the log-joint")

		modeltest.Test(t, m, [][]float64{z, q.Rand(nil, rand.New(rand.NewPCG(5, 1)))})
		for i := range z {
			bad := slices.Clone(z)
			bad[i] = math.NaN()
			if l := m.LogJoint(bad); l-l == 0 {
				t.Errorf("LogJoint with NaN in coordinate %d is %v", i, l)
			}
		}
	})
}

// An estimate by several goroutines has the bits of one by one goroutine, and
// allocates nothing; a batch of all rows is the whole.
func TestMixtureEstimates(t *testing.T) {
	rnd := rand.New(rand.NewPCG(6, 1))
	const n, d = 1100, 2
	y := make([]float64, n*d)
	for i := range y {
		y[i] = rnd.NormFloat64() + float64(4*(i/2%3))
	}
	for _, c := range mixtureShapes {
		m, f := gaussMixture(t, y, d, 3, c, nil, models.StickWeights)
		q := someMember(t, m, f, 7)
		estimate := func(m models.Model, workers int) (families.Natural, float64) {
			e := &estimators.Local{Summer: &estimators.Goroutines{N: workers}}
			if err := e.Init(m, f); err != nil {
				t.Fatal(err)
			}
			g := make(families.Natural, f.NumParams())
			s, err := e.Estimate(t.Context(), g, q, estimators.Stream{})
			if err != nil {
				t.Fatal(err)
			}
			if a := testing.AllocsPerRun(3, func() { e.Estimate(t.Context(), g, q, estimators.Stream{}) }); a != 0 && workers == 1 {
				t.Errorf("%v: an estimate makes %v allocations", c, a)
			}
			return g, s.ELogJoint
		}
		g1, v1 := estimate(m, 1)
		g3, v3 := estimate(m, 3)
		if !slices.Equal(g1, g3) || v1 != v3 {
			t.Errorf("%v: three goroutines estimate other bits than one", c)
		}
		idx := make([]int, n)
		for i := range idx {
			idx[i] = (7*i + 3) % n
		}
		// Half of the rows counted twice, twice over the other half, makes the whole twice.
		a, va := estimate(m.Batch(idx[:n/2], 2), 1)
		b, vb := estimate(m.Batch(idx[n/2:], 2), 1)
		sameTo(t, 1e-11, 0.5*(va+vb), v1, c.String()+": the value of two halves")
		for i := range a {
			sameTo(t, 1e-10, 0.5*(a[i]+b[i]), g1[i], c.String()+": the gradient of two halves")
		}
	}
}

// Clusters 40 000 standard deviations apart lose no digits of their densities.
func TestMixtureFarApart(t *testing.T) {
	const d, τ = 3, 4.0
	at := []float64{1e4, -1e4, 1e4}
	var y []float64
	for i := range 20 {
		for j := range d {
			y = append(y, at[j]*float64(2*(i%2)-1)+math.Sin(float64(7*i+3*j)))
		}
	}
	for _, c := range mixtureShapes {
		m, f := gaussMixture(t, y, d, 2, c, nil, models.DirichletWeights)
		z := make([]float64, f.Dim())
		z[0], z[1] = 0.25, 0.75
		comps := m.Components().(*models.GaussComponents)
		center := comps.Center(nil)
		prec := []float64{τ, 0, 0, 0, τ, 0, 0, 0, τ}
		rest := z[2:]
		put := func(x ...float64) { rest = rest[copy(rest, x):] }
		for k := range 2 {
			for j := range d {
				x := at[j]*float64(2*k-1) - center[j]
				put(x)
				if c == models.DiagCovariance {
					put(τ)
				}
			}
			switch {
			case c == models.FullCovariance, c == models.TiedCovariance && k == 1:
				put(prec...)
			case c == models.SphericalCovariance:
				put(τ)
			}
		}
		comps.At(z[2:])
		var rows []int
		for i := range len(y) / d {
			rows = append(rows, i)
		}
		comps.Load(rows)
		ll := make([]float64, 2*len(rows))
		comps.AddLogLik(ll)
		for i := range rows {
			want := 0.5 * d * (math.Log(τ) - math.Log(2*math.Pi))
			for j := range d {
				δ := (y[i*d+j] - center[j]) - (at[j]*float64(2*(i%2)-1) - center[j])
				want -= 0.5 * τ * δ * δ
			}
			sameTo(t, 1e-10, ll[i%2*len(rows)+i], want, c.String()+": the log-density of a row")
		}
	}
}
