package models

// The kernels of CSR go through the pairs a ≤ b of the entries of one row, four
// a at a time, so that each column index is loaded once for four rows of the
// d×d matrix and short loops are few. Slices of equal length let the compiler
// see that one bounds check serves all four.

// rows4 returns the rows of the d×d matrix v that belong to the first four cols.
func rows4(v []float64, d int, cols []int32) (v0, v1, v2, v3 []float64) {
	j0, j1, j2, j3 := int(cols[0]), int(cols[1]), int(cols[2]), int(cols[3])
	return v[j0*d : (j0+1)*d], v[j1*d : (j1+1)*d], v[j2*d : (j2+1)*d], v[j3*d : (j3+1)*d]
}

// sumPairs returns Σ_ab v[a][b] over a, b in cols, for a symmetric v.
func sumPairs(v []float64, d int, cols []int32) float64 {
	var diag, s0, s1, s2, s3 float64
	for len(cols) >= 4 {
		v0, v1, v2, v3 := rows4(v, d, cols)
		v1, v2, v3 = v1[:len(v0)], v2[:len(v0)], v3[:len(v0)]
		j0, j1, j2, j3 := cols[0], cols[1], cols[2], cols[3]
		diag += (v0[j0] + v1[j1]) + (v2[j2] + v3[j3])
		s0 += v0[j1] + v0[j2]
		s1 += v0[j3] + v1[j2]
		s2 += v1[j3] + v2[j3]
		cols = cols[4:]
		for _, j := range cols {
			s0 += v0[j]
			s1 += v1[j]
			s2 += v2[j]
			s3 += v3[j]
		}
	}
	for a, j := range cols {
		r := v[int(j)*d : (int(j)+1)*d]
		diag += r[j]
		for _, k := range cols[a+1:] {
			s3 += r[k]
		}
	}
	return diag + 2*((s0+s1)+(s2+s3))
}

// weighPairs returns Σ_ab x_a x_b v[a][b] over a, b in cols, for a symmetric v.
func weighPairs(v []float64, d int, cols []int32, x []float64) float64 {
	var diag, off float64
	x = x[:len(cols)]
	for len(cols) >= 4 && len(x) >= 4 {
		v0, v1, v2, v3 := rows4(v, d, cols)
		v1, v2, v3 = v1[:len(v0)], v2[:len(v0)], v3[:len(v0)]
		j0, j1, j2, j3 := cols[0], cols[1], cols[2], cols[3]
		x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
		diag += (x0*x0*v0[j0] + x1*x1*v1[j1]) + (x2*x2*v2[j2] + x3*x3*v3[j3])
		off += x0*(x1*v0[j1]+x2*v0[j2]+x3*v0[j3]) + x1*(x2*v1[j2]+x3*v1[j3]) + x2*x3*v2[j3]
		cols, x = cols[4:], x[4:]
		for b, j := range cols {
			off += x[b] * ((x0*v0[j] + x1*v1[j]) + (x2*v2[j] + x3*v3[j]))
		}
	}
	for a, j := range cols {
		r := v[int(j)*d : (int(j)+1)*d]
		diag += x[a] * x[a] * r[j]
		for b := a + 1; b < len(cols); b++ {
			off += x[a] * x[b] * r[cols[b]]
		}
	}
	return diag + 2*off
}

// addPairs adds w to g[a][b] for a ≤ b in cols.
func addPairs(g []float64, d int, cols []int32, w float64) {
	for len(cols) >= 4 {
		g0, g1, g2, g3 := rows4(g, d, cols)
		g1, g2, g3 = g1[:len(g0)], g2[:len(g0)], g3[:len(g0)]
		j0, j1, j2, j3 := cols[0], cols[1], cols[2], cols[3]
		g0[j0] += w
		g0[j1] += w
		g0[j2] += w
		g0[j3] += w
		g1[j1] += w
		g1[j2] += w
		g1[j3] += w
		g2[j2] += w
		g2[j3] += w
		g3[j3] += w
		cols = cols[4:]
		for _, j := range cols {
			g0[j] += w
			g1[j] += w
			g2[j] += w
			g3[j] += w
		}
	}
	for a, j := range cols {
		r := g[int(j)*d : (int(j)+1)*d]
		for _, k := range cols[a:] {
			r[k] += w
		}
	}
}

// addWeighedPairs adds w x_a x_b to g[a][b] for a ≤ b in cols.
func addWeighedPairs(g []float64, d int, cols []int32, x []float64, w float64) {
	x = x[:len(cols)]
	for len(cols) >= 4 && len(x) >= 4 {
		g0, g1, g2, g3 := rows4(g, d, cols)
		g1, g2, g3 = g1[:len(g0)], g2[:len(g0)], g3[:len(g0)]
		w0, w1, w2, w3 := w*x[0], w*x[1], w*x[2], w*x[3]
		for b, j := range cols[:4] {
			g0[j] += w0 * x[b]
			if b >= 1 {
				g1[j] += w1 * x[b]
			}
			if b >= 2 {
				g2[j] += w2 * x[b]
			}
			if b >= 3 {
				g3[j] += w3 * x[b]
			}
		}
		cols, x = cols[4:], x[4:]
		for b, j := range cols {
			y := x[b]
			g0[j] += w0 * y
			g1[j] += w1 * y
			g2[j] += w2 * y
			g3[j] += w3 * y
		}
	}
	for a, j := range cols {
		r := g[int(j)*d : (int(j)+1)*d]
		y := w * x[a]
		for b := a; b < len(cols); b++ {
			r[cols[b]] += y * x[b]
		}
	}
}
