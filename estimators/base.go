package estimators

import (
	"natgrad/families"
	"natgrad/models"
)

// sameBase tells models and families whose densities are relative to the same measure: a
// models.Latent leaves out the prior that families.GaussianSites of it puts in, and all
// others neither. It remembers its last answer, as comparing priors takes time.
type sameBase struct {
	m   *models.LatentGaussian
	f   families.Family
	yes bool
}

func (b *sameBase) ask(m models.Model, f families.Family) bool {
	latent, ok := m.(models.Latent)
	if !ok {
		return !families.HasBase(f)
	}
	l := latent.Latents()
	if b.m == nil || !sameFamily(b.f, f) || !samePrior(b.m, l) {
		b.m, b.f, b.yes = l, f, families.IsGaussianSites(f, l.Mean, l.Cov)
	}
	return b.yes
}

// samePrior reports whether two models share the memory of their prior.
func samePrior(a, b *models.LatentGaussian) bool {
	same := func(x, y []float64) bool { return len(x) == len(y) && (len(x) == 0 || &x[0] == &y[0]) }
	return same(a.Mean, b.Mean) && same(a.Cov, b.Cov)
}

func needBase(name string, f families.Family) error {
	return &CapabilityError{
		Estimator: name,
		Needs:     "a model that leaves out its prior (models.Latent) with the family of Gaussian sites on it (families.GaussianSites), or neither",
		Got:       f.String(),
	}
}
