package dataset

import (
	"math"
	"strconv"
	"strings"
)

// text is a field of a file: the CSV reader has strings, the LIBSVM reader
// bytes of its line buffer.
type text interface{ ~string | ~[]byte }

// A numState is the outcome of parseNumber.
type numState int

const (
	isNumber numState = iota
	isNotNumber
	isNotFinite // NaN, Inf, or beyond the range of float64
)

// The powers of ten that are float64 numbers without rounding.
var pow10 = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// parseNumber returns the float64 nearest to the decimal number s, which has no
// spaces around it. Unlike strconv.ParseFloat it refuses hexadecimal numbers and
// underscores, which in a data file are texts. Negative zero becomes zero.
//
// A number of at most 2^53 in digits times a power of ten up to 22 is computed
// with one operation on exact operands, so rounded correctly (Clinger 1990).
// Longer numbers go to strconv.
func parseNumber[T text](s T) (float64, numState) {
	i, neg := 0, false
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		neg = s[i] == '-'
		i++
	}
	var mant uint64
	var exp10 int
	digits, long := false, false
	for ; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
		digits = true
		if mant >= 1<<53 {
			long = true
			continue
		}
		mant = mant*10 + uint64(s[i]-'0')
	}
	if i < len(s) && s[i] == '.' {
		for i++; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
			digits = true
			if mant >= 1<<53 {
				long = true
				continue
			}
			mant = mant*10 + uint64(s[i]-'0')
			exp10--
		}
	}
	if !digits {
		return 0, nameOf(s)
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		eneg := false
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			eneg = s[i] == '-'
			i++
		}
		if i == len(s) {
			return 0, isNotNumber
		}
		e := 0
		for ; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
			if e < 100000 {
				e = e*10 + int(s[i]-'0')
			}
		}
		if eneg {
			e = -e
		}
		exp10 += e
	}
	if i < len(s) {
		return 0, isNotNumber
	}
	if mant == 0 && !long {
		return 0, isNumber
	}
	if !long && mant <= 1<<53 && -22 <= exp10 && exp10 <= 22 {
		v := float64(mant)
		if exp10 < 0 {
			v /= pow10[-exp10]
		} else {
			v *= pow10[exp10]
		}
		if neg {
			v = -v
		}
		return v, isNumber
	}
	v, err := strconv.ParseFloat(string(s), 64)
	switch {
	case math.IsInf(v, 0):
		return 0, isNotFinite
	case err != nil:
		return 0, isNotNumber
	case v == 0: // underflow keeps the sign
		return 0, isNumber
	}
	return v, isNumber
}

// nameOf tells the names of NaN and infinity from other texts.
func nameOf[T text](s T) numState {
	if len(s) == 0 || len(s) > len("+infinity") {
		return isNotNumber
	}
	t := strings.ToLower(string(s))
	if t[0] == '+' || t[0] == '-' {
		t = t[1:]
	}
	switch t {
	case "nan", "inf", "infinity":
		return isNotFinite
	}
	return isNotNumber
}

// formatNumber is the shortest text that reads back as v.
func formatNumber(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// compareTexts orders labels and levels: by value if all are numbers, else as texts.
func compareTexts(numeric bool) func(a, b string) int {
	return func(a, b string) int {
		if numeric {
			x, _ := parseNumber(a)
			y, _ := parseNumber(b)
			if x < y {
				return -1
			}
			if x > y {
				return 1
			}
		}
		return strings.Compare(a, b)
	}
}

func allNumbers(s []string) bool {
	for _, t := range s {
		if _, st := parseNumber(t); st != isNumber {
			return false
		}
	}
	return len(s) > 0
}
