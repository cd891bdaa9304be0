package main

import (
	"context"
	"fmt"
	"runtime"

	"natgrad/models"
	"natgrad/vi"
)

// toTheEnds fits mixtures until they converge, by default steps and by plain ones: one
// whose components overlap so much that plain steps do not converge in time, and one on
// which both do.
func (m *mixtureRun) toTheEnds(ctx context.Context) error {
	y := generateMixture(m.size.slowRows, slowCols, slowComponents, 1, m.o.seed)
	fast, plain, err := m.toTheEnd(ctx, "overlapping", y, fewIterations)
	if err != nil {
		return err
	}
	cores := m.cores[len(m.cores)-1]
	m.report.atLeast("nats of ELBO above plain steps, rows overlapping", cores, samples{fast.ELBO - plain.ELBO}, 0)
	if m.o.wait {
		if err := m.wait(ctx, y); err != nil {
			return err
		}
	}
	y = generateMixture(m.size.slowRows, slowCols, slowComponents, 3, m.o.seed)
	if fast, plain, err = m.toTheEnd(ctx, "touching", y, manyIterations); err != nil {
		return err
	}
	if plain.Status != vi.Converged {
		return fmt.Errorf("%w: plain steps, %s after %d iterations", errNotConverged, plain.Status, plain.Iterations)
	}
	m.report.atLeast("estimates by plain steps / by default, rows touching", cores, samples{float64(plain.Estimates) / float64(fast.Estimates)}, minAcceleration)
	m.report.atMost("relative difference of their ELBOs", cores, samples{relative(fast.ELBO, plain.ELBO)}, maxMixtureGap)
	return nil
}

// toTheEnd fits one mixture by default steps, which must converge, and by plain ones.
func (m *mixtureRun) toTheEnd(ctx context.Context, name string, y []float64, iterations int) (fast, plain *vi.Result, err error) {
	model, err := newMixtureModel(y, slowCols, slowComponents)
	if err != nil {
		return nil, nil, err
	}
	what := fmt.Sprintf("fit of %d × %d rows %s, %d components", m.size.slowRows, slowCols, name, slowComponents)
	if fast, err = m.oneEnd(ctx, model, what, false, manyIterations); err != nil {
		return nil, nil, err
	}
	if fast.Status != vi.Converged {
		return nil, nil, fmt.Errorf("%w: %s, %s after %d iterations", errNotConverged, what, fast.Status, fast.Iterations)
	}
	plain, err = m.oneEnd(ctx, model, what+", plain steps", true, iterations)
	return fast, plain, err
}

func (m *mixtureRun) oneEnd(ctx context.Context, model *models.Mixture, what string, plain bool, iterations int) (*vi.Result, error) {
	cores := m.cores[len(m.cores)-1]
	runtime.GOMAXPROCS(cores)
	set := mixtureSettings(cores, m.o.seed, plain)
	set.MaxIterations = iterations
	res, err := vi.Fit(ctx, vi.Problem{Model: model}, set)
	if err != nil {
		return nil, err
	}
	m.report.addFit(what+", "+res.Status.String(), cores, samples{res.Runtime.Seconds()}, res)
	return res, nil
}

// wait fits the rows by scikit-learn, to its default tolerance.
func (m *mixtureRun) wait(ctx context.Context, y []float64) error {
	s, err := startMixtureScikit(ctx, y, slowCols, slowComponents)
	if err != nil {
		return err
	}
	defer s.close()
	f, err := s.fit(fewIterations, 1e-3)
	if err != nil {
		return err
	}
	status := "converged"
	if !f.converged {
		status = "not converged"
	}
	m.report.addTime(fmt.Sprintf("scikit-learn on the rows overlapping, %s after %d iterations", status, f.iterations), 1, samples{f.seconds})
	return nil
}
