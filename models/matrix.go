package models

// Matrix is a design matrix of n rows (observations) and d columns
// (coefficients). Implementations are immutable and safe for concurrent use.
//
// Methods work on the rows [lo, hi), so that callers can go through a matrix in
// chunks and share it between goroutines; vectors over rows have length hi−lo.
// Methods that need memory take it from work, which callers get from NewWork
// and do not share between goroutines.
type Matrix interface {
	Dims() (n, d int)
	// MulVec stores X[lo:hi] x in dst.
	MulVec(dst, x []float64, lo, hi int)
	// AddMulVecTrans adds X[lo:hi]ᵀ r to dst.
	AddMulVecTrans(dst, r []float64, lo, hi int)
	// MulVecSq stores (X∘X)[lo:hi] v in dst: the variances of the linear
	// predictors if the coefficients are independent with variances v.
	MulVecSq(dst, v []float64, lo, hi int, work *Work)
	// AddMulVecSqTrans adds (X∘X)[lo:hi]ᵀ w to dst: the diagonal of XᵀWX.
	AddMulVecSqTrans(dst, w []float64, lo, hi int, work *Work)
	// QuadForm stores x_iᵀ C Cᵀ x_i in dst for each row: the variances of the
	// linear predictors if the coefficients have covariance C Cᵀ. c is upper
	// triangular, d×d row-major, with zeros below the diagonal; cov is C Cᵀ, full
	// and symmetric. Implementations use whichever is cheaper.
	QuadForm(dst []float64, c, cov []float64, lo, hi int, work *Work)
	// AddGram adds Xᵀ diag(w) X to the upper triangle of the d×d row-major dst.
	AddGram(dst, w []float64, lo, hi int, work *Work)
	// Gather returns a Matrix of the rows idx. It reuses the memory of dst if
	// that is a result of an earlier Gather of the same receiver, else allocates.
	Gather(dst Matrix, idx []int) Matrix
	// NewWork returns scratch memory for calls with hi−lo ≤ rows.
	NewWork(rows int) *Work
}

// Work is scratch memory of a Matrix.
type Work struct {
	buf []float64
}
