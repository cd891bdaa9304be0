package models

// RowGradienter is a Data model that gives the gradients of single rows.
type RowGradienter interface {
	Data
	// RowGrads stores ∇_z log p(y_i|z) of each row in grads, NumData×Dim row-major,
	// and log p(y_i|z) in ll (length NumData) unless that is nil. Rows of a batch are in
	// the order of its idx; its scale and the prior have no part in either.
	RowGrads(grads, ll, z []float64)
}

// SquaredGradienter is a Gradienter with the sums of the squares of its rows'
// gradients, which VOGN takes for the negative Hessian of the log-likelihood
// (Khan et al. 2018, arXiv:1806.04854): the diagonal of the empirical Fisher matrix.
type SquaredGradienter interface {
	Gradienter
	// LogJointGradSquares stores
	//
	//	sq_j = s Σ_i (∂ log p(y_i|z) / ∂z_j)²,   s the scale of a batch, else 1
	//
	// in sq and the gradient of the log-joint in grad (both of length Dim), and returns
	// log p(y, z). The prior has no part in sq.
	LogJointGradSquares(sq, grad, z []float64) float64
}

// GaussNewtonDiager is a Gradienter with the diagonal of the generalised
// Gauss–Newton matrix of its log-likelihood: the negative Hessian without the terms in
// the second derivatives of the predictors f (Schraudolph 2002; Martens 2020,
// arXiv:1412.1193). It is the Fisher matrix where the likelihood is an exponential
// family with natural parameter f.
type GaussNewtonDiager interface {
	Gradienter
	// LogJointGaussNewtonDiag stores
	//
	//	diag_j = s Σ_i (∂f_i/∂z_j)ᵀ H_i (∂f_i/∂z_j),   H_i = −∂² log p(y_i|f_i) / ∂f_i²
	//
	// with s the scale of a batch, else 1, in diag and the gradient of the log-joint in
	// grad (both of length Dim), and returns log p(y, z). The prior has no part in diag.
	LogJointGaussNewtonDiag(diag, grad, z []float64) float64
}
