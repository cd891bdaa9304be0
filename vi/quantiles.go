package vi

import (
	"errors"

	"natgrad/vi/diagnostics"
)

// ErrNoDraws reports a Result without draws: see Settings.Check and Result.Check.
var ErrNoDraws = errors.New("vi: the Result has no draws: they are made where Settings.Check asks for them, or by Result.Check")

// Quantiles returns the quantiles at probabilities p of the quantities of Summary,
// a row for each of them: of the draws of Q, or of all draws by their importance
// weights where Summary has the resampled estimates. The middle 90 % of the
// posterior lie between Quantiles(0.05, 0.95). The error is ErrNoDraws, or a
// *diagnostics.ValueError of a quantity that is not finite.
func (r *Result) Quantiles(p ...float64) ([][]float64, error) {
	if r.Draws == nil {
		return nil, ErrNoDraws
	}
	k := len(r.Draws.Names)
	x, logWeights := r.Draws.X[:r.Draws.FromQ*k], []float64(nil)
	if r.resampled() {
		x, logWeights = r.Draws.X, r.Draws.LogWeights
	}
	s, err := diagnostics.NewSample(x, k, logWeights)
	if err != nil {
		return nil, err
	}
	q := s.Quantiles(nil, p...)
	rows := make([][]float64, k)
	for j := range rows {
		rows[j] = make([]float64, len(p))
		for i := range p {
			rows[j][i] = q[i*k+j]
		}
	}
	return rows, nil
}
