package asktell

// Curvature names an estimate of the diagonal of the mean Hessian of −log p(y_i|θ), and so
// what a Batch has to hold.
type Curvature int

const (
	// Usual is the method's own.
	Usual Curvature = iota
	// GradientSquare is the square of Batch.Grad. It is the cheapest, and too small by a
	// factor of about the batch size.
	GradientSquare
	// Stein is Grad (θ − m) times the precision of q, from Stein's identity
	// (Lin, Khan & Schmidt 2019): unbiased, of any sign, noisier than the others.
	Stein
	// ExampleSquares is the mean over examples of the squares of their gradients, the
	// empirical Fisher information, in Batch.Curvature or made of Batch.Examples.
	ExampleSquares
	// GaussNewton is the diagonal of the generalised Gauss–Newton matrix, in
	// Batch.Curvature.
	GaussNewton
	// HessianDiagonal is the diagonal of the Hessian, in Batch.Curvature.
	HessianDiagonal
	// ExampleGradients are the gradients of the examples, in Batch.Examples. The others
	// are diagonal; this is what SLANG needs.
	ExampleGradients
)

var curvatureNames = [...]string{"Usual", "GradientSquare", "Stein", "ExampleSquares", "GaussNewton", "HessianDiagonal", "ExampleGradients"}

func (c Curvature) String() string {
	if c < 0 || int(c) >= len(curvatureNames) {
		return "unknown curvature"
	}
	return curvatureNames[c]
}

// diagonal reports whether c is a diagonal that a method can be set to use.
func (c Curvature) diagonal() bool { return c > Usual && c < ExampleGradients }
