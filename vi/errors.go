package vi

import (
	"fmt"
)

// DimError reports a model and a family on different numbers of parameters.
type DimError struct {
	Model, Family int    // their dimensions
	Name          string // the family
}

func (e *DimError) Error() string {
	return fmt.Sprintf("vi: %s has points of length %d, want %d as the model", e.Name, e.Family, e.Model)
}

// PriorError reports a model that leaves out its prior and a family that does not put
// in the same, or a prior that no family has.
type PriorError struct {
	Family string
	Reason string
}

func (e *PriorError) Error() string { return fmt.Sprintf("vi: %s: %s", e.Family, e.Reason) }

// SettingError reports a field of Settings, or of a Method or Schedule in it,
// that cannot be used.
type SettingError struct {
	Field string // such as "Tolerance"
	Got   any
	Want  string
}

func (e *SettingError) Error() string {
	return fmt.Sprintf("vi: %s is %v, want %s", e.Field, e.Got, e.Want)
}

// MethodError reports a method that the family does not allow.
type MethodError struct {
	Method string // such as "Retraction"
	Family string
	Needs  string // the capability that is missing
	Advice string
}

func (e *MethodError) Error() string {
	return fmt.Sprintf("vi: %s needs %s, %s has none; %s", e.Method, e.Needs, e.Family, e.Advice)
}

// StepError reports what ended a run at an iteration. The state before it is
// kept: see Run.Result.
type StepError struct {
	Iteration int // the first is 1; 0 is the start
	Err       error
}

func (e *StepError) Error() string {
	if e.Iteration == 0 {
		return fmt.Sprintf("vi: at the start: %v", e.Err)
	}
	return fmt.Sprintf("vi: iteration %d: %v", e.Iteration, e.Err)
}

// Unwrap returns the cause.
func (e *StepError) Unwrap() error { return e.Err }
