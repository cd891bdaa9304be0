package models

// Constrainer is a Model on unconstrained coordinates whose users think in other
// quantities, x = g(z).
type Constrainer interface {
	Model
	// ParamNames returns the names of what Constrain gives, such as "theta[3]".
	ParamNames() []string
	// Constrain stores g(z) in dst, of the length of ParamNames.
	Constrain(dst, z []float64)
}
