package dataset

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// randomData has n rows of d columns with means of 10^j and some zeros.
func randomData(t *testing.T, n, d int, s Storage) *Dataset {
	t.Helper()
	rnd := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	for range n {
		b.WriteString("1")
		for j := range d {
			if rnd.IntN(3) > 0 {
				fmt.Fprintf(&b, " %d:%v", j+1, math.Pow10(j)+rnd.NormFloat64())
			}
		}
		b.WriteString("\n")
	}
	return mustLIBSVM(t, b.String(), &Options{Storage: s, Features: d})
}

func TestStandardize(t *testing.T) {
	for _, storage := range []Storage{Dense, Sparse} {
		const n, d = 200, 5
		data := randomData(t, n, d, storage)
		s := NewStandardizer(data)
		z, err := s.Apply(data)
		if err != nil {
			t.Fatal(err)
		}
		if z.IsSparse() || z.Notes != nil {
			t.Error(z, z.Notes)
		}
		rows, std := rowsOf(t, data.X), rowsOf(t, z.X)
		for j := range d {
			x := make([]float64, n)
			for i := range x {
				x[i] = rows[i][j]
			}
			mean, sd := stat.PopMeanStdDev(x, nil)
			if math.Abs(s.Mean[j]-mean) > 1e-13*sd || math.Abs(s.SD[j]-sd) > 1e-12*sd {
				t.Errorf("column %d: mean %v, sd %v; want %v, %v", j, s.Mean[j], s.SD[j], mean, sd)
			}
			for i := range x {
				if want := (x[i] - mean) / sd; math.Abs(std[i][j]-want) > 1e-12 {
					t.Fatalf("row %d, column %d: got %v, want %v", i, j, std[i][j], want)
				}
			}
		}
	}
}

// TestStandardizeExtremes: the sequence 1, 2, 3 has mean 2 and variance 2/3,
// whatever it is multiplied by, and far from zero too.
func TestStandardizeExtremes(t *testing.T) {
	for _, scale := range []float64{1, -1, 1e8, 1e300, -5e307, 1e-200, 1e-300} {
		for _, storage := range []Storage{Dense, Sparse} {
			d := mustLIBSVM(t, fmt.Sprintf("1 1:%g 2:1\n1 1:%g 2:1\n1 1:%g 2:1\n", scale, 2*scale, 3*scale), &Options{Storage: storage})
			s := NewStandardizer(d)
			sd := math.Sqrt(2./3) * math.Abs(scale)
			if math.Abs(s.Mean[0]/scale/2-1) > 1e-15 || math.Abs(s.SD[0]/sd-1) > 1e-15 {
				t.Errorf("scale %g: mean %v, sd %v", scale, s.Mean[0], s.SD[0])
			}
			z, err := s.Apply(d)
			if err != nil {
				t.Fatal(err)
			}
			a := math.Copysign(math.Sqrt(1.5), scale)
			if diff := cmp.Diff([][]float64{{-a, 0}, {0, 0}, {a, 0}}, rowsOf(t, z.X), cmpopts.EquateApprox(0, 1e-14)); diff != "" {
				t.Errorf("scale %g: %s", scale, diff)
			}
		}
	}
	d := mustLIBSVM(t, "1 1:1.7e308\n1 1:-1.7e308\n", nil)
	z, err := NewStandardizer(d).Apply(d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]float64{{1}, {-1}}, rowsOf(t, z.X)); diff != "" {
		t.Error(diff)
	}
	d = mustLIBSVM(t, strings.Repeat("1 1:.1\n1 1:.2\n1 1:.3\n", 20000), nil)
	if s := NewStandardizer(d); math.Abs(s.Mean[0]-.2) > 5e-17 {
		t.Errorf("the rounding errors of 60000 terms add up: mean %.17g", s.Mean[0])
	}
	d = mustLIBSVM(t, "1 1:1000000000001\n1 1:1000000000002\n1 1:1000000000003\n", nil)
	if s := NewStandardizer(d); s.Mean[0] != 1000000000002 || math.Abs(s.SD[0]-math.Sqrt(2./3)) > 1e-15 {
		t.Errorf("mean %v, sd %v", s.Mean[0], s.SD[0])
	}
}

func TestStandardizeConstant(t *testing.T) {
	text := "a,b,c,y\n" + strings.Repeat("0.1,0,1,1\n", 10) + "0.1,0,2,0\n"
	for _, storage := range []Storage{Dense, Sparse} {
		d := mustCSV(t, text, &Options{Storage: storage})
		s := NewStandardizer(d)
		if diff := cmp.Diff([]int{0, 1}, s.Constant()); diff != "" || s.Mean[0] != .1 || s.SD[0] != 0 || s.Mean[1] != 0 {
			t.Error(s, diff)
		}
		z, err := s.Apply(d)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{`constant in the standardised data, so left as zeros: "a", "b"`}, z.Notes); diff != "" {
			t.Error(diff)
		}
		other, err := s.Apply(mustCSV(t, "a,b,c,y\n5,6,7,1\n", &Options{Like: d.Schema}))
		if err != nil {
			t.Fatal(err)
		}
		if row := rowsOf(t, other.X)[0]; row[0] != 0 || row[1] != 0 || row[2] == 0 {
			t.Error(row)
		}
		if got := s.Coefficients(nil, []float64{1, 2, 3, 0}); got[0] != 1 || got[1] != 0 || got[2] != 0 {
			t.Error(got)
		}
		if got := s.Variances(nil, []float64{1, 2, 3, 0}); got[0] != 1 || got[1] != 0 || got[2] != 0 {
			t.Error(got)
		}
	}
}

func TestStandardizeErrors(t *testing.T) {
	s := &Standardizer{Mean: []float64{0}, SD: []float64{1e-300}}
	_, err := s.Apply(mustLIBSVM(t, "1 1:1\n\n1 1:1e300\n", nil))
	(&wrong{kind: NotFinite, line: 3,
		want: `line 3: not a finite number in column "x1": got 1e+300, with mean 0 and standard deviation 1e-300, want a value that can be standardised`}).check(t, err)
	_, err = s.Apply(mustLIBSVM(t, "1 1:1 2:1\n", nil))
	(&wrong{kind: WrongWidth, want: "wrong number of columns: got 2, want 1; read new data with Options.Like"}).check(t, err)
	wide := mustLIBSVM(t, "1 1:1\n", &Options{Features: math.MaxInt32})
	_, err = (&Standardizer{Mean: make([]float64, 1), SD: make([]float64, 1)}).Apply(wide)
	(&wrong{kind: WrongWidth, want: "wrong number of columns: got 2147483647, want 1; read new data with Options.Like"}).check(t, err)
	if _, err = wide.Dense(); err == nil {
		t.Error("2147483647 columns made dense")
	}
}

// TestOwnUnits: the predictor in the units of the file is that of standardised
// columns, and covariances follow from the linear map of coefficients.
func TestOwnUnits(t *testing.T) {
	const d = 4
	data := randomData(t, 50, d, Dense)
	s := NewStandardizer(data)
	z, err := s.Apply(data)
	if err != nil {
		t.Fatal(err)
	}
	b := []float64{.3, -1, 2, .5, -.7}
	own := s.Coefficients(nil, b)
	rows, std := rowsOf(t, data.X), rowsOf(t, z.X)
	for i := range rows {
		f, want := own[0], b[0]
		for j := range d {
			f += own[j+1] * rows[i][j]
			want += b[j+1] * std[i][j]
		}
		if math.Abs(f-want) > 1e-12 {
			t.Fatalf("row %d: predictor %v, want %v", i, f, want)
		}
	}

	a := mat.NewDense(d+1, d+1, nil) // its columns are the images of unit vectors
	for j := range d + 1 {
		unit := make([]float64, d+1)
		unit[j] = 1
		a.SetCol(j, s.Coefficients(nil, unit))
	}
	rnd := rand.New(rand.NewPCG(5, 6))
	l := mat.NewDense(d+1, d+1, nil)
	diag := mat.NewDense(d+1, d+1, nil)
	v := make([]float64, d+1)
	for i := range d + 1 {
		for j := range d + 1 {
			l.Set(i, j, rnd.NormFloat64())
		}
		v[i] = 1 + rnd.Float64()
		diag.Set(i, i, v[i])
	}
	var cov, want mat.Dense
	cov.Mul(l, l.T())
	want.Product(a, &cov, a.T())
	got := s.Covariance(nil, cov.RawMatrix().Data)
	if diff := cmp.Diff(want.RawMatrix().Data, got, cmpopts.EquateApprox(1e-12, 1e-13)); diff != "" {
		t.Error(diff)
	}
	want.Product(a, diag, a.T())
	for j, x := range s.Variances(nil, v) {
		if math.Abs(x-want.At(j, j)) > 1e-12*want.At(j, j) {
			t.Errorf("variance %d: got %v, want %v", j, x, want.At(j, j))
		}
	}
	copied := append([]float64(nil), b...)
	if diff := cmp.Diff(own, s.Coefficients(copied, copied)); diff != "" {
		t.Error("in place:", diff)
	}
}
