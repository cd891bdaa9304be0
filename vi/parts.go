package vi

import (
	"fmt"
	"math"
	"strings"

	"natgrad/families"
	"natgrad/models"
)

// emptyRows is the number of rows below which a component counts as empty.
const emptyRows = 1

// partRows returns the expected number of rows of each part of the model, nil if it
// does not say.
func partRows(m models.Model, q families.Distribution) []float64 {
	parts, ok := m.(models.PartReporter)
	if !ok || parts.Family() != q.Family().String() {
		return nil
	}
	return parts.PartRows(q.Natural(nil))
}

// exchangeable reports whether the parts of the model could be called otherwise, for
// which its posterior has another mode, as far as the model can tell.
func exchangeable(m models.Model, q families.Distribution) bool {
	s, ok := m.(models.NaturalStarter)
	if !ok || s.Family() != q.Family().String() {
		return false
	}
	rows := partRows(m, q)
	return rows == nil || len(rows) > 1
}

// noteParts says which parts are empty.
func (r *Result) noteParts(m models.Model) {
	r.Notes = nil
	rows := partRows(m, r.Q)
	var empty []string
	for k, n := range rows {
		if n < emptyRows {
			empty = append(empty, fmt.Sprint(k+1))
		}
	}
	switch len(empty) {
	case 0:
	case 1:
		r.note("component %s of %d holds less than one row: %d are in use", empty[0], len(rows), len(rows)-1)
	default:
		r.note("components %s of %d hold less than one row: %d are in use", strings.Join(empty, ", "), len(rows), len(rows)-len(empty))
	}
}

func (r *Result) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// judgeParts sets the verdict and the reasons for it where the parts of the model are
// exchangeable. Its log-joint has a mode for every way to call them, of which q has
// one, and importance weights would blame q for the others; so what is left to look at
// is whether the log-joint is finite, and where other starts led.
func (r *Result) judgeParts() {
	r.Verdict, r.Reasons = OK, nil
	r.judgeStatus()
	if r.Draws.BadFromQ > 0 {
		r.blame(Fail, "the log-joint is not a number at %d of %d draws", r.Draws.BadFromQ, r.Draws.FromQ)
	}
	starts, failed, others, lead := 0, 0, 0, math.Inf(1)
	var err error
	for _, s := range r.Starts {
		if s.Rearranged {
			continue
		}
		starts++
		switch {
		case s.Mode < 0:
			failed++
			if err == nil {
				err = s.Err
			}
		case s.Mode > 0:
			others++
			lead = math.Min(lead, r.Starts.best()-s.ELBO)
		}
	}
	if failed > 0 {
		r.blame(Warn, "%d of %d starts failed: %v", failed, starts, err)
	}
	switch {
	case starts == 0:
		r.blame(Warn, "there was one start only: whether others lead to a better optimum was not looked at")
	case others == 0:
		r.blame(OK, "all starts that did not fail end in this optimum, up to the names of the parts")
	case lead < rivalNats:
		r.blame(Warn, "%d of %d starts end in other optima, the nearest %.1f nats lower, which the answer leaves out", others, starts, lead)
	default:
		r.blame(OK, "the best optimum of those found; %d of %d starts end in others, all at least %.1f nats lower", others, starts, lead)
	}
	r.blame(OK, "importance weights were not looked at: the posterior has a mode for every way to call the parts of the model, and the answer describes one of them")
}
