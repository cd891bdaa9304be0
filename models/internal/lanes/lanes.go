// Package lanes has the products of vectors that mixtures spend their time in, of four
// vectors with many at a time. On amd64 with AVX it works on four numbers at
// once; elsewhere, Go code adds the same numbers in the same order, so that results do
// not depend on the processor.
package lanes

const badLength = "lanes: bad length"

// Combine adds Σ_j t[4j+k] rows[j·stride+i] to dst[k][i], for k < 4, with as many
// terms as t has quadruples. All of dst have the same length, at most stride.
func Combine(dst *[4][]float64, t, rows []float64, stride int) {
	n, f := len(dst[0]), len(t)/4
	if len(dst[1]) != n || len(dst[2]) != n || len(dst[3]) != n || n > stride || len(t)%4 != 0 ||
		f > 0 && len(rows) < (f-1)*stride+n {
		panic(badLength)
	}
	if f == 0 || n == 0 {
		return
	}
	done := 0
	if hasAVX {
		if done = n &^ 7; done > 0 {
			combine(&dst[0][0], &dst[1][0], &dst[2][0], &dst[3][0], &t[0], f, &rows[0], stride, done)
		}
	}
	if done < n {
		combineGo(dst, t, rows, stride, done)
	}
}

func combineGo(dst *[4][]float64, t, rows []float64, stride, from int) {
	n := len(dst[0])
	for j := range len(t) / 4 {
		row := rows[j*stride+from : j*stride+n]
		for k := range dst {
			c, d := t[4*j+k], dst[k][from:]
			for i, v := range row[:len(d)] {
				d[i] += float64(c * v)
			}
		}
	}
}

// Dots stores ⟨a_k, rows[j·stride:]⟩ in dst[4j+k], for k < 4 and len(dst)/4 rows. All of a
// have the same length, at most stride.
func Dots(dst []float64, a *[4][]float64, rows []float64, stride int) {
	n, f := len(a[0]), len(dst)/4
	if len(a[1]) != n || len(a[2]) != n || len(a[3]) != n || n > stride || len(dst)%4 != 0 ||
		f > 0 && len(rows) < (f-1)*stride+n {
		panic(badLength)
	}
	if n == 0 {
		clear(dst)
		return
	}
	j := 0
	if n4 := n &^ 3; hasAVX && n4 > 0 {
		for ; j+2 <= f; j += 2 {
			dots(&dst[4*j], &a[0][0], &a[1][0], &a[2][0], &a[3][0], &rows[j*stride], &rows[(j+1)*stride], n4)
			for i := n4; i < n; i++ {
				for k := range a {
					dst[4*j+k] += float64(a[k][i] * rows[j*stride+i])
					dst[4*j+4+k] += float64(a[k][i] * rows[(j+1)*stride+i])
				}
			}
		}
	}
	for ; j < f; j++ {
		row := rows[j*stride : j*stride+n]
		for k := range a {
			dst[4*j+k] = dotGo(a[k], row)
		}
	}
}

// Mul stores a_i b_i in dst_i.
func Mul(dst, a, b []float64) {
	if len(a) != len(dst) || len(b) != len(dst) {
		panic(badLength)
	}
	done := 0
	if n := len(dst) &^ 3; hasAVX && n > 0 {
		mul(&dst[0], &a[0], &b[0], n)
		done = n
	}
	for i := done; i < len(dst); i++ {
		dst[i] = a[i] * b[i]
	}
}

// dotGo has four running sums, as dots has.
func dotGo(a, b []float64) float64 {
	var s0, s1, s2, s3 float64
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += float64(a[i] * b[i])
		s1 += float64(a[i+1] * b[i+1])
		s2 += float64(a[i+2] * b[i+2])
		s3 += float64(a[i+3] * b[i+3])
	}
	s := (s0 + s2) + (s1 + s3)
	for ; i < len(a); i++ {
		s += float64(a[i] * b[i])
	}
	return s
}
