package main

import (
	"encoding/json"
	"fmt"
	"math"
)

// number is written as null if it is NaN, and as "inf" or "-inf" if it is that. It is
// read back as the same.
type number float64

func (x number) MarshalJSON() ([]byte, error) {
	switch v := float64(x); {
	case math.IsNaN(v):
		return []byte("null"), nil
	case math.IsInf(v, 1):
		return []byte(`"inf"`), nil
	case math.IsInf(v, -1):
		return []byte(`"-inf"`), nil
	default:
		return json.Marshal(v)
	}
}

func (x *number) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "null":
		*x = number(math.NaN())
	case `"inf"`:
		*x = number(math.Inf(1))
	case `"-inf"`:
		*x = number(math.Inf(-1))
	default:
		return json.Unmarshal(b, (*float64)(x))
	}
	return nil
}

func (x number) String() string {
	if math.IsNaN(float64(x)) {
		return "-"
	}
	return fmt.Sprintf("%.3g", float64(x))
}
