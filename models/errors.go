package models

import (
	"fmt"
	"strings"
)

// DataError reports data that a model or a matrix cannot take. Rows and columns
// count from 0; −1 means the error is not about one.
type DataError struct {
	Row, Col  int
	Got, Want string
}

func (e *DataError) Error() string {
	var b strings.Builder
	b.WriteString("models: ")
	if e.Row >= 0 {
		fmt.Fprintf(&b, "row %d: ", e.Row)
	}
	if e.Col >= 0 {
		fmt.Fprintf(&b, "column %d: ", e.Col)
	}
	fmt.Fprintf(&b, "got %s, want %s", e.Got, e.Want)
	return b.String()
}

// badTarget is the error of a likelihood that cannot have produced y.
func badTarget(y float64, want string) error {
	return &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("target %v", y), Want: want}
}
