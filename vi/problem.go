package vi

import (
	"errors"
	"fmt"
	"reflect"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
)

// Problem is what to fit: the posterior of a model by a member of a family.
type Problem struct {
	// Model is the log-joint density log p(y, z). What more it can do decides
	// which estimators can be used.
	Model models.Model
	// Family is where q is looked for. nil: that which a models.FamilyNamer names,
	// for a models.Latent GaussianSites of its prior, for other models
	// FullGaussian(Model.Dim()), or DiagGaussian if that is more than 300 and
	// expectations under a full Gaussian need draws. families.GaussMixture is for
	// posteriors that no Gaussian describes and models with gradients.
	Family families.Family
}

// withDefaults returns p with a family.
func (p Problem) withDefaults() (Problem, error) {
	if p.Model == nil {
		return p, errors.New("vi: Problem.Model is nil, want the model to fit")
	}
	if d := p.Model.Dim(); d < 1 {
		return p, fmt.Errorf("vi: Problem.Model has Dim %d, want at least 1 parameter", d)
	}
	if named, ok := p.Model.(models.FamilyNamer); ok && p.Family == nil {
		f, err := families.Parse(named.Family())
		if err != nil {
			return p, fmt.Errorf("vi: the family that Problem.Model names: %w", err)
		}
		p.Family = f
	}
	if err := p.relative(); err != nil {
		return p, err
	}
	if p.Family == nil {
		p.Family = families.FullGaussian(p.Model.Dim())
		if p.Model.Dim() > maxFull && !withoutDraws(p) {
			p.Family = families.DiagGaussian(p.Model.Dim())
		}
	}
	if p.Model.Dim() != p.Family.Dim() {
		return p, &DimError{Model: p.Model.Dim(), Family: p.Family.Dim(), Name: p.Family.String()}
	}
	return p, nil
}

// relative finds the family of a models.Latent, and refuses a model and a family whose
// densities are not relative to the same measure.
func (p *Problem) relative() error {
	latent, ok := p.Model.(models.Latent)
	if !ok {
		if p.Family != nil && families.HasBase(p.Family) {
			return &PriorError{Family: p.Family.String(), Reason: "its prior is not that of the model, which is no models.Latent"}
		}
		return nil
	}
	m := latent.Latents()
	if p.Family != nil {
		if !families.IsGaussianSites(p.Family, m.Mean, m.Cov) {
			return &PriorError{Family: p.Family.String(), Reason: "the model leaves out its prior, which only GaussianSites of the same prior puts in"}
		}
		return nil
	}
	f, ok := families.GaussianSites(m.Mean, m.Cov)
	if !ok {
		return &PriorError{Family: "GaussianSites", Reason: "the prior covariance of the model is not symmetric positive semidefinite"}
	}
	p.Family = f
	return nil
}

// subStart is the first of the sub-streams of random starts.
const subStart = 1 << 62

// maxFull is the number of parameters up to which a full covariance is the default
// where it needs draws, of which there must be several times as many.
const maxFull = 300

// withoutDraws reports whether expectations can be had without draws.
func withoutDraws(p Problem) bool {
	return new(estimators.Exact).Init(p.Model, p.Family) == nil || new(estimators.Quadrature).Init(p.Model, p.Family) == nil
}

// start returns the member at which the i-th run begins: where the model proposes to,
// else the standard member of the family.
func (p Problem) start(i int, seed uint64) families.Distribution {
	q := p.Family.New()
	if m, ok := p.Model.(models.NaturalStarter); ok && m.Family() == p.Family.String() {
		rng := estimators.NewRng()
		rng.Seek(estimators.Stream{Seed: seed}, subStart+uint64(i))
		q.SetNatural(m.StartNatural(nil, i, rng.Rand)) // if it refuses, the standard member remains
		return q
	}
	if m, ok := p.Model.(models.Latent); ok {
		λ := make(families.Natural, p.Family.NumParams())
		m.Latents().StartNatural(λ)
		q.SetNatural(λ) // if it refuses, the prior remains
		return q
	}
	m, proposes := p.Model.(models.Starter)
	if !proposes {
		return q
	}
	d := p.Model.Dim()
	mean, precision := make([]float64, d), make([]float64, d)
	m.Start(mean, precision)
	if mix, ok := q.(*families.GaussMixtureDist); ok {
		cov := make([]float64, d*d)
		for i, s := range precision {
			cov[i*d+i] = 1 / s
		}
		mix.SetSpread(mean, cov) // if it refuses, the standard member remains
		return q
	}
	g, isGaussian := q.(families.Gaussian)
	if !isGaussian {
		return q
	}
	shaped := precision
	if g.CovLen() == d*d && d > 1 {
		shaped = make([]float64, d*d)
		for i, s := range precision {
			shaped[i*d+i] = s
		}
	}
	g.SetPrecision(mean, shaped) // if it refuses, the standard member remains
	return q
}

// chooseEstimator returns the estimator with the least noise that the model and
// the family allow, initialised. seed is that of draws that are fixed.
func chooseEstimator(p Problem, seed uint64) (estimators.Estimator, error) {
	var first error
	for _, e := range []estimators.Estimator{
		new(estimators.Exact),
		new(estimators.Local),
		new(estimators.Sites),
		new(estimators.Quadrature),
		&estimators.SampleAverage{Seed: seed},
		new(estimators.Price),
		new(estimators.Stein),
		new(estimators.Pathwise),
		new(estimators.Score),
	} {
		err := e.Init(p.Model, p.Family)
		if err == nil {
			return e, nil
		}
		var lacks *estimators.CapabilityError
		if !errors.As(err, &lacks) {
			return nil, err
		}
		first = err
	}
	return nil, first
}

// estimatorName returns the name of the type of e, such as "Quadrature".
func estimatorName(e estimators.Estimator) string {
	return reflect.Indirect(reflect.ValueOf(e)).Type().Name()
}
