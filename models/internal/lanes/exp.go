package lanes

import "math"

// Exp stores e^{x_i} in dst_i, which may be x, to one unit in the last place: 0 for x < −708.
// All of x must be numbers of at most 709.
func Exp(dst, x []float64) {
	n := len(x)
	if len(dst) != n {
		panic(badLength)
	}
	done := 0
	if n4 := n &^ 3; hasAVX2 && n4 > 0 {
		exps(&dst[0], &x[0], n4, &expConst)
		done = n4
	}
	for i := done; i < n; i++ {
		dst[i] = expGo(x[i])
	}
}

// ExpDigamma stores e^{ψ(x_i)} in dst_i, which may be x, 0 where that is below e^−708. All of
// x must be positive and at most 1e300. With t(x) = log x − ψ(x),
//
//	e^ψ(x) = x e^−t(x)                     x ≥ 1
//	       = (x+1) e^−(t(x+1) + 1/x)       x < 1
//
// of which the relative error is a few 1e-16 times 1 + 1/x, as that of e^ψ(x) for a rounded
// x is.
func ExpDigamma(dst, x []float64) {
	n := len(x)
	if len(dst) != n {
		panic(badLength)
	}
	done := 0
	if n4 := n &^ 3; hasAVX2 && n4 > 0 {
		expDigammas(&dst[0], &x[0], n4, &expConst, &digamma)
		done = n4
	}
	for i := done; i < n; i++ {
		dst[i] = expDigammaGo(x[i])
	}
}

const (
	expLeast = -708
	log2e    = 1.44269504088896338700e+00
	// A number plus shift has the whole number nearest to it in its last bits.
	shift = 3 << 51

	// Those of exp in FreeBSD's /usr/src/lib/msun/src/e_exp.c.
	ln2Hi = 6.93147180369123816490e-01
	ln2Lo = 1.90821492927058770002e-10
	expP1 = 1.66666666666666657415e-01
	expP2 = -2.77777777770155933842e-03
	expP3 = 6.61375632143793436117e-05
	expP4 = -1.65339022054652515390e-06
	expP5 = 4.13813679705723846039e-08
)

// expConst are the constants in the order in which the code for AVX2 has them.
var expConst = [13]float64{log2e, shift, ln2Hi, ln2Lo, expP1, expP2, expP3, expP4, expP5, 1, 2, expLeast, 0.5}

// digamma has the coefficients of w P(w)/Q(w) = log x − 1/(2x) − ψ(x), w = 1/x², for x ≥ 1:
// of P and of Q in turn, the last first. They are those of families.Digamma.
var digamma = [18]float64{
	2.9683300989363480641e-2, 1.0952119047076875139,
	2.0980744174184119138, 3.8514199778101104e+1,
	2.0849582959297197359e+1, 3.0654128558745168304e+2,
	6.6256128244570084999e+1, 8.8169635213283374036e+2,
	8.7089031094427912946e+1, 1.1023040088708756884e+3,
	5.260813334686926902e+1, 6.4844397628015429696e+2,
	1.496603687981714765e+1, 1.8182586536464461838e+2,
	1.8925348786386657701, 2.2810418543663730592e+1,
	8.3333333333333327368e-2, 1.0,
}

func expGo(x float64) float64 {
	if x < expLeast {
		return 0
	}
	t := float64(x*log2e) + shift
	k := t - shift
	hi, lo := x-float64(k*ln2Hi), float64(k*ln2Lo)
	r := hi - lo
	s := r * r
	p := float64(s*expP5) + expP4
	p = float64(s*p) + expP3
	p = float64(s*p) + expP2
	p = float64(s*p) + expP1
	c := r - float64(s*p)
	y := 1 - ((lo - float64(r*c)/(2-c)) - hi)
	return math.Float64frombits(math.Float64bits(y) + math.Float64bits(t)<<52)
}

func expDigammaGo(x float64) float64 {
	var below float64
	if x < 1 {
		below = 1 / x
		x++
	}
	u := 1 / x
	w := u * u
	p, q := digamma[0], digamma[1]
	for i := 2; i < len(digamma); i += 2 {
		p = float64(p*w) + digamma[i]
		q = float64(q*w) + digamma[i+1]
	}
	t := u * (0.5 + float64(u*(p/q)))
	return x * expGo(0-(t+below))
}

// Fold stores n_j/s_j in ratio_j, where s_j = ⟨row w_j, θ⟩, and adds Σ_j n_j/s_j row w_j to
// sum. Rows have len(θ) numbers, a multiple of 4.
func Fold(sum, ratio, θ, n, rows []float64, w []int32) {
	k := len(θ)
	if len(sum) != k || k%4 != 0 || k == 0 || len(n) != len(w) || len(ratio) != len(w) {
		panic(badLength)
	}
	if len(w) == 0 {
		return
	}
	most := uint32(len(rows) / k)
	for _, w := range w {
		if uint32(w) >= most {
			panic(badLength)
		}
	}
	if hasAVX2 {
		fold(&sum[0], &ratio[0], &θ[0], &n[0], &rows[0], &w[0], len(w), k)
		return
	}
	for j, w := range w {
		row := rows[int(w)*k : (int(w)+1)*k]
		r := n[j] / dotGo(row, θ)
		ratio[j] = r
		for i, e := range row {
			sum[i] += float64(r * e)
		}
	}
}
