package asktell

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
)

// Settings of a method. A zero field stands for its default; a field that is set but
// has no meaning for the method is an error.
type Settings struct {
	// NumData is N, the number of examples in the training set. All but Adam and
	// VAdaGrad need it.
	NumData int
	// PriorPrecision is δ, the precision of the prior of every weight. 0: 1, for Adam
	// no prior. What others call weight decay is δ/N.
	PriorPrecision float64
	// PriorPrecisions are the precisions of the prior, one for each weight, in place of
	// PriorPrecision.
	PriorPrecisions []float64
	// Temperature is τ: the likelihood counts as that of N/τ examples. 0: 1.
	Temperature float64
	// InitPrecision is the precision of q at the start. Vprop and Vadam need at least
	// that of the prior. 0: the largest of 1 and the precisions of the prior; for IVON
	// n + the precision of the prior, which is a curvature of h = 1.
	InitPrecision float64

	// Rate is α, the step size of the mean. 0: 0.05 for VON, 0.01 for VOGN and
	// VAdaGrad, 0.1 for IVON, else 0.001.
	Rate float64
	// CurvatureRate is β, the weight of the newest curvature, 1 − β₂ in papers. 0: Rate
	// for VON and VOGN, 1e-5 for IVON, 1 for VAdaGrad, else 0.001.
	CurvatureRate float64
	// GradientRate is γ, the weight of the newest gradient, 1 − β₁ in papers; 1 is no
	// momentum. 0: 1 for VON and VOGN, else 0.1.
	GradientRate float64
	// Decay is κ: in step t = 1, 2, … Rate and CurvatureRate are divided by 1 + t^κ.
	// 0: they are constant.
	Decay float64
	// Samples is the number of draws whose gradients are averaged in one step. 0: 1.
	Samples int

	// Curvature is what VON and IVON take for the diagonal of the Hessian. Usual:
	// HessianDiagonal and Stein.
	Curvature Curvature
	// Rank is L, the number of columns of SLANG's factor. 0: 1.
	Rank int
	// Clip bounds the step of every weight before IVON multiplies it by Rate. 0: no bound.
	Clip float64
	// RawRate makes IVON's step size Rate; else it is Rate (h₀ + λ), which is a step size
	// of Adam's kind at the start.
	RawRate bool
	// Epsilon is ε of Adam. 0: 1e-8.
	Epsilon float64
	// WeightDecay of Adam shrinks weights by Rate·WeightDecay in every step, beside the
	// gradient (Loshchilov & Hutter 2019).
	WeightDecay float64
}

// SettingError reports a field of Settings, or start weights, that a method cannot use.
type SettingError struct {
	Method string
	Field  string
	Got    any
	Want   string
}

func (e *SettingError) Error() string {
	return fmt.Sprintf("asktell: %s: %s is %v, want %s", e.Method, e.Field, e.Got, e.Want)
}

// usage is what a method takes of Settings.
type usage struct {
	method   string
	fields   string   // names of the fields it uses
	defaults Settings // of those whose default is not zero
}

// resolve returns s with defaults, checked.
func (u *usage) resolve(mean []float64, s Settings) (Settings, error) {
	fields := strings.Fields(u.fields)
	v, def := reflect.ValueOf(&s).Elem(), reflect.ValueOf(u.defaults)
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		switch {
		case !slices.Contains(fields, name):
			if !v.Field(i).IsZero() {
				return s, &SettingError{u.method, name, v.Field(i).Interface(), "zero: it has no use here"}
			}
		case v.Field(i).IsZero():
			v.Field(i).Set(def.Field(i))
		}
	}
	s.dependent(u.method, fields)
	if i := firstBad(mean); len(mean) == 0 || i >= 0 {
		return s, &SettingError{u.method, "mean", mean, "at least one weight, all finite"}
	}
	return s, u.check(len(mean), &s, fields)
}

// dependent sets the defaults that depend on other fields.
func (s *Settings) dependent(method string, fields []string) {
	if s.CurvatureRate == 0 && slices.Contains(fields, "CurvatureRate") {
		s.CurvatureRate = s.Rate
	}
	if s.InitPrecision == 0 && slices.Contains(fields, "InitPrecision") {
		s.InitPrecision = max(1, s.maxPrior())
		if method == "IVON" {
			s.InitPrecision = s.maxPrior() + float64(s.NumData)/s.Temperature
		}
	}
}

func (u *usage) check(d int, s *Settings, fields []string) error {
	if (s.PriorPrecision != 0 || s.PriorPrecisions != nil) && s.NumData == 0 || s.NumData < 0 ||
		s.NumData == 0 && u.method != "Adam" && slices.Contains(fields, "NumData") {
		return &SettingError{u.method, "NumData", s.NumData, "the number of training examples"}
	}
	zero := math.SmallestNonzeroFloat64 // what a rate is above
	for _, c := range []struct {
		name     string
		got      float64
		min, max float64
		want     string
	}{
		{"PriorPrecision", s.PriorPrecision, 0, 1e300, "positive and finite"},
		{"Temperature", s.Temperature, 0, 1e300, "positive and finite"},
		{"InitPrecision", s.InitPrecision, 0, 1e300, "positive and finite"},
		{"Rate", s.Rate, zero, 1e300, "positive and finite"},
		{"CurvatureRate", s.CurvatureRate, 0, u.maxCurvatureRate(), "above 0 and, but for VAdaGrad, at most 1"},
		{"GradientRate", s.GradientRate, 0, 1, "above 0 and at most 1"},
		{"Decay", s.Decay, 0, 1e3, "not negative"},
		{"Samples", float64(s.Samples), 0, 1e9, "positive"},
		{"Rank", float64(s.Rank), 0, 1e6, "positive"},
		{"Clip", s.Clip, 0, math.Inf(1), "not negative"},
		{"Epsilon", s.Epsilon, 0, 1e300, "positive and finite"},
		{"WeightDecay", s.WeightDecay, 0, 1e300, "not negative"},
	} {
		if !(c.got >= c.min && c.got <= c.max) {
			return &SettingError{u.method, c.name, c.got, c.want}
		}
	}
	if s.PriorPrecisions != nil && len(s.PriorPrecisions) != d {
		return &SettingError{u.method, "PriorPrecisions", fmt.Sprintf("of length %d", len(s.PriorPrecisions)), fmt.Sprintf("one for each of %d weights", d)}
	}
	for _, p := range s.PriorPrecisions {
		if !(p > 0 && p <= 1e300) {
			return &SettingError{u.method, "PriorPrecisions", p, "positive and finite"}
		}
	}
	return nil
}

func (u *usage) maxCurvatureRate() float64 {
	if u.method == "VAdaGrad" {
		return 1e300
	}
	return 1
}

// maxPrior returns the largest precision of the prior.
func (s *Settings) maxPrior() float64 {
	if len(s.PriorPrecisions) > 0 {
		return slices.Max(s.PriorPrecisions)
	}
	return s.PriorPrecision
}

// rates returns Rate and CurvatureRate of step t, the first of which is 1.
func (s *Settings) rates(t int) (α, β float64) {
	if s.Decay == 0 {
		return s.Rate, s.CurvatureRate
	}
	f := 1 / (1 + math.Pow(float64(t), s.Decay))
	return s.Rate * f, s.CurvatureRate * f
}
