package vi_test

import (
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/vi"
)

// The default fit of a model with gradients has the same bits on any number of
// processors, from its starts in parallel to the weights of its draws.
func TestSampledFitSameBits(t *testing.T) {
	m, _, _ := rawRegression(t, 3, 1)
	run := func(n int, seed uint64) *vi.Result {
		before := runtime.GOMAXPROCS(n)
		defer runtime.GOMAXPROCS(before)
		return fit(t, vi.Problem{Model: m}, &vi.Settings{Seed: seed})
	}
	want := run(1, 1)
	for _, n := range []int{2, 4} {
		got := run(n, 1)
		if !cmp.Equal(got.Q.Natural(nil), want.Q.Natural(nil)) || !cmp.Equal(got.Draws, want.Draws) || !cmp.Equal(got.Resampled, want.Resampled) ||
			!cmp.Equal(got.Starts, want.Starts) || !cmp.Equal(got.Reasons, want.Reasons) || got.GradEvals != want.GradEvals {
			t.Errorf("other bits on %d processors", n)
		}
	}
	if cmp.Equal(run(1, 2).Q.Natural(nil), want.Q.Natural(nil)) {
		t.Error("another seed gives the same bits")
	}
}
