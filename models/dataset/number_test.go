package dataset

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

func TestParseNumberAgreesWithStrconv(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	check := func(s string) {
		t.Helper()
		want, err := strconv.ParseFloat(s, 64)
		got, st := parseNumber(s)
		if math.IsInf(want, 0) {
			if st != isNotFinite {
				t.Errorf("%q: got %v, state %d, want not finite", s, got, st)
			}
			return
		}
		if err != nil || st != isNumber || got != want || math.Signbit(got) && got == 0 {
			t.Errorf("%q: got %v, state %d, want %v", s, got, st, want)
		}
		if b, stb := parseNumber([]byte(s)); b != got || stb != st {
			t.Errorf("%q: the bytes give %v", s, b)
		}
	}
	for range 20000 {
		v := math.Float64frombits(rnd.Uint64())
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		check(strconv.FormatFloat(v, 'g', -1, 64))
		check(fmt.Sprintf("%.*f", rnd.IntN(12), rnd.NormFloat64()*1e4))
		check(fmt.Sprintf("%+d.%0*de%d", rnd.IntN(1<<30), 1+rnd.IntN(12), rnd.IntN(1<<30), rnd.IntN(60)-30))
		check(fmt.Sprintf("%d", rnd.Uint64()))
	}
	for _, s := range []string{"0", "-0", "+0.0", "-0e5", "1e-400", "-1e-400", "1.", ".5", "007", "9007199254740992",
		"9007199254740993", "9007199254740993e-22", "90071992547409929e3", "9007199254740991e22", "1e22", "1e23", "4.9e-324", "1.7976931348623157e308",
		"1.7976931348623159e308", "1e99999999999999999999", "0e99999999999999999999", "123456789012345678901234567890",
		"0.000000000000000000000000000000000000000000001234"} {
		check(s)
	}
}

func TestParseNumberRefuses(t *testing.T) {
	for s, want := range map[string]numState{
		"": isNotNumber, "-": isNotNumber, ".": isNotNumber, "e5": isNotNumber, "1e": isNotNumber, "1e+": isNotNumber,
		"1 2": isNotNumber, "1,5": isNotNumber, "0x1p3": isNotNumber, "1_000": isNotNumber, "--1": isNotNumber, "1.2.3": isNotNumber,
		"1e5.": isNotNumber, "info": isNotNumber, "１": isNotNumber,
		"NaN": isNotFinite, "nan": isNotFinite, "-Inf": isNotFinite, "+infinity": isNotFinite, "1e309": isNotFinite,
	} {
		if _, st := parseNumber(s); st != want {
			t.Errorf("%q: got state %d, want %d", s, st, want)
		}
	}
}

func TestParseNumberAllocatesNothing(t *testing.T) {
	b := []byte("-123.4567e-3")
	if n := testing.AllocsPerRun(100, func() { parseNumber(b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
