package vi

import (
	"context"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
)

const (
	// subMove is the first of the sub-streams of arrangements.
	subMove = subStart + 1<<61
	// moveRound is the number of arrangements tried at a time, of which the best is
	// taken, or twice the number of starts if they are few, and idleRounds the number of
	// rounds in a row without one that is better after which the search ends.
	moveRound  = 16
	idleRounds = 4
	// maxRounds bounds the search.
	maxRounds = 100
	// betterNats is the rise of the ELBO that counts.
	betterNats = 1e-4
)

// rearranged returns the natural parameter of the i-th arrangement of the parts at an
// end, nil if there is none.
func rearranged(p Problem, e *ending, i int, stream uint64) families.Natural {
	m, ok := p.Model.(models.Rearranger)
	if !ok {
		return nil
	}
	rng := estimators.NewRng()
	rng.Seek(estimators.Stream{Seed: stream}, subMove+uint64(i))
	λ := make(families.Natural, len(e.λ))
	if !m.Rearrange(λ, e.λ, e.μ, i, rng.Rand) {
		return nil
	}
	return λ
}

// rearrange looks for better optima from other arrangements of the parts of the best.
func (f *multistart) rearrange(ctx context.Context) error {
	if f.name == nil || f.run.noisy {
		return nil
	}
	idle, tried, n := 0, 1, min(moveRound, 2*f.s.Starts)
	for range maxRounds {
		best := f.ends[0]
		ends := f.runAll(ctx, n, best.elbo, func(p Problem, i int) families.Natural {
			return rearranged(p, best, tried+i, f.s.Seed)
		})
		if err := ctx.Err(); err != nil {
			return err
		}
		tried += n
		var top *ending
		for _, e := range ends {
			if e == nil {
				continue
			}
			f.evals.sum(e.evals)
			if e.err == nil && (top == nil || e.elbo > top.elbo) {
				top = e
			}
		}
		if top == nil || !(top.elbo > best.elbo+betterNats) {
			if idle++; idle == idleRounds {
				return nil
			}
			continue
		}
		idle = 0
		f.starts = append(f.starts, StartReport{Mode: f.modeOf(top), ELBO: top.elbo, Rearranged: true})
		f.rank()
	}
	return nil
}
