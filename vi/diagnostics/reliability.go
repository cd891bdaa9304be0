package diagnostics

import (
	"fmt"
	"math"
)

// Reliability says what k̂ lets one do with importance-sampling estimates.
type Reliability int

const (
	Good    Reliability = iota // estimates and their standard errors can be used
	Bad                        // bias dominates: more draws do not help in practice
	VeryBad                    // the mean of the ratios may not exist, or k̂ is not known
)

func (r Reliability) String() string {
	switch r {
	case Good:
		return "good"
	case Bad:
		return "bad"
	case VeryBad:
		return "very bad"
	}
	return fmt.Sprintf("Reliability(%d)", int(r))
}

// Threshold returns the k̂ below which S draws are enough,
//
//	min(1 − 1/log₁₀ S, 0.7)
//
// (Vehtari et al. 2024, section 3.2.4, equation 13): 0.5 at 100 draws, 0.67
// at 1000 and 0.7 from about 2200 on. No k̂ is below it for S ≤ 1.
func Threshold(s int) float64 {
	if s <= 1 {
		return math.Inf(-1)
	}
	return min(1-1/math.Log10(float64(s)), 0.7)
}

// Classify returns the class of k̂ among S draws: Good below Threshold(S), Bad up
// to 1, VeryBad above and for NaN.
func Classify(kHat float64, s int) Reliability {
	switch {
	case kHat < Threshold(s):
		return Good
	case kHat <= 1:
		return Bad
	}
	return VeryBad
}
