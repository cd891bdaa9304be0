package vi

import "math"

// Constant is a Schedule with one step size.
type Constant float64

// Rate returns c.
func (c Constant) Rate(int) float64 { return float64(c) }

// RobbinsMonro is the Schedule
//
//	ρ_t = Scale (1 + t/Delay)^−Exponent
//
// whose steps sum to infinity and their squares do not, for exponents in
// (½, 1] (Robbins & Monro 1951).
type RobbinsMonro struct {
	Scale    float64 // 0: 1
	Delay    float64 // 0: 10
	Exponent float64 // 0: 0.6
}

// Rate returns ρ_t.
func (r RobbinsMonro) Rate(t int) float64 {
	scale, delay, exponent := r.Scale, r.Delay, r.Exponent
	if scale == 0 {
		scale = 1
	}
	if delay == 0 {
		delay = 10
	}
	if exponent == 0 {
		exponent = 0.6
	}
	return scale * math.Pow(1+float64(t)/delay, -exponent)
}
