// Package ad lets a user write nothing but a log-joint density, on named and
// constrained parameters, and gives its gradient, Hessian–vector products and
// Hessians. It is reverse-mode automatic differentiation on whole vectors.
//
// A Model declares parameters and a density, which reads like the model on the
// blackboard:
//
//	m := new(ad.Model)
//	mu, tau, theta := m.Real("mu"), m.Positive("tau"), m.Real("theta", 8)
//	err := m.Density(func(p *ad.Tape) {
//		p.Follows(mu, ad.Normal(0, 5))
//		p.Follows(tau, ad.HalfCauchy(5))
//		p.Follows(theta, ad.Normal(mu, tau))
//		p.Follows(y, ad.Normal(theta, sigma))
//	})
//
// The function runs anew on a Tape at every evaluation, so it may branch and loop
// as any Go code. Its arguments are Values: a parameter, a Var (the result of an
// operation), a float64, an int or a []float64 of data. Scalars are vectors of
// length 1 and go with vectors of any length; matrices are row-major vectors. Slices
// of data are best made before: one made inside is new memory at every evaluation.
//
// Parameters live on supports: Real, Positive, Lower, Upper, Interval, Unit, Simplex,
// Ordered, PositiveOrdered and CholeskyCorr, with the maps of the Stan Reference
// Manual ("Constraint Transforms"). The density is that of the constrained values,
// and the Jacobians of the maps are added. A parameter whose support is narrower
// than that of its distribution, such as a Positive under Normal, has the density
// cut off there but not divided by the mass that is left. For constant arguments
// that is a constant, which matters to the ELBO alone; where the arguments are
// parameters, it has to be subtracted with AddTerm. A parameter without a statement
// of its own has a flat density on its support.
//
// A Tape keeps an arena, which Reset empties and does not free, and a list of
// nodes. Each node names its operation, whose rule says how derivatives go
// through it: backwards (reverse), forwards (tangent), and the derivative of the
// first along the second, which gives the product of the Hessian and a vector
// (Pearlmutter 1994, Neural Computation 6, 147).
//
// Nothing here is a NaN without a name: outside their support densities are −Inf,
// and Model.Explain says which operation, at which line, first went wrong.
package ad
