package cli

import (
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Choice declares a flag that takes one of the given values, the first if it is absent.
func Choice(fs *flag.FlagSet, dst *string, name string, values ...string) {
	*dst = values[0]
	fs.Func(name, "", func(s string) error {
		if !slices.Contains(values, s) {
			return fmt.Errorf("want one of %s", strings.Join(values, ", "))
		}
		*dst = s
		return nil
	})
}

// List declares a flag that takes names with commas between, and that may be given several
// times. A name may be empty: that of the row numbers in files written by some programs
// is.
func List(fs *flag.FlagSet, dst *[]string, name string) {
	fs.Func(name, "", func(s string) error {
		*dst = append(*dst, strings.Split(s, ",")...)
		return nil
	})
}

// Comma declares -comma, which takes one character, or tab.
func Comma(fs *flag.FlagSet, dst *rune) {
	fs.Func("comma", "", func(s string) error {
		if s == "tab" {
			s = "\t"
		}
		r, size := utf8.DecodeRuneInString(s)
		if size == 0 || size != len(s) {
			return fmt.Errorf("want one character, or tab")
		}
		*dst = r
		return nil
	})
}

// Number is a flag with a value that must be positive and finite, or 0 if that stands for
// the default.
type Number struct {
	Name  string
	Value float64
	Zero  bool
}

// CheckNumbers returns an error that names the first value that cannot be.
func CheckNumbers(flags ...Number) error {
	for _, f := range flags {
		if !(f.Value > 0 || f.Zero && f.Value == 0) || math.IsInf(f.Value, 0) {
			want := "a positive finite number"
			if f.Zero {
				want += ", or 0 for the default"
			}
			return fmt.Errorf("%s is %v, want %s", f.Name, f.Value, want)
		}
	}
	return nil
}
