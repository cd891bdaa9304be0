package diagnostics

import (
	"fmt"
	"math"
)

const (
	badDim           = "diagnostics: dimension is below one"
	badDrawsLength   = "diagnostics: length of draws is not a multiple of the dimension"
	badWeightsLength = "diagnostics: number of log weights is not the number of draws"
	badDstLength     = "diagnostics: length of dst does not fit"
	badProb          = "diagnostics: probability outside [0, 1]"
	badChainLength   = "diagnostics: chains of different lengths"
	badSummaryLength = "diagnostics: means and standard deviations of different lengths"
	badCovLength     = "diagnostics: covariance is not square in the length of the mean"
)

// ValueError reports a number that cannot be used.
type ValueError struct {
	Of     string // such as "log ratio"
	Index  int    // the first is 0; of draws the row, of chains the chain
	Column int    // of draws the column, of chains the iterate, else −1
	Got    float64
	Want   string
}

func (e *ValueError) Error() string {
	if e.Column < 0 {
		return fmt.Sprintf("diagnostics: %s %d is %v, want %s", e.Of, e.Index, e.Got, e.Want)
	}
	return fmt.Sprintf("diagnostics: %s (%d, %d) is %v, want %s", e.Of, e.Index, e.Column, e.Got, e.Want)
}

// CountError reports too few of something.
type CountError struct {
	Of        string // such as "log ratios"
	Got, Want int    // Want is the least number
}

func (e *CountError) Error() string {
	return fmt.Sprintf("diagnostics: %d %s, want at least %d", e.Got, e.Of, e.Want)
}

// WeightError reports weights that leave nothing to estimate from.
type WeightError struct {
	Draws int // number of draws
	Alone int // the one draw with all the weight, −1 if none has any
}

func (e *WeightError) Error() string {
	if e.Alone < 0 {
		return fmt.Sprintf("diagnostics: none of %d draws has weight", e.Draws)
	}
	return fmt.Sprintf("diagnostics: of %d draws number %d has all the weight, want at least two with some", e.Draws, e.Alone)
}

// ConstantError reports chains in which every value is the same.
type ConstantError struct {
	Value float64
}

func (e *ConstantError) Error() string {
	return fmt.Sprintf("diagnostics: every value of the chains is %v, want values that vary", e.Value)
}

// DefiniteError reports a covariance that is not positive definite.
type DefiniteError struct {
	Of string
}

func (e *DefiniteError) Error() string {
	return fmt.Sprintf("diagnostics: %s is not positive definite", e.Of)
}

// checkLogs refuses logarithms of weights that have no finite positive sum.
func checkLogs(of string, logs []float64) error {
	if len(logs) == 0 {
		return &CountError{Of: of + "s", Got: 0, Want: 1}
	}
	some := false
	for i, v := range logs {
		if math.IsNaN(v) || math.IsInf(v, 1) {
			return &ValueError{Of: of, Index: i, Column: -1, Got: v, Want: "a number below +Inf"}
		}
		some = some || !math.IsInf(v, -1)
	}
	if !some {
		return &WeightError{Draws: len(logs), Alone: -1}
	}
	return nil
}

// checkFinite refuses NaN and infinities.
func checkFinite(of string, x []float64) error {
	for i, v := range x {
		if !isFinite(v) {
			return &ValueError{Of: of, Index: i, Column: -1, Got: v, Want: "a finite number"}
		}
	}
	return nil
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
