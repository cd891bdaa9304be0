package models

// The kernels of CSR that go through the entries of one row, four at a time: sums
// in four parts do not wait for one another.

// sum returns Σ_j v[j] over j in cols.
func sum(v []float64, cols []int32) float64 {
	var s0, s1, s2, s3 float64
	for len(cols) >= 4 {
		s0 += v[cols[0]]
		s1 += v[cols[1]]
		s2 += v[cols[2]]
		s3 += v[cols[3]]
		cols = cols[4:]
	}
	for _, j := range cols {
		s0 += v[j]
	}
	return (s0 + s1) + (s2 + s3)
}

// weigh returns Σ_k x[k] v[cols[k]].
func weigh(v []float64, cols []int32, x []float64) float64 {
	var s0, s1, s2, s3 float64
	for len(cols) >= 4 && len(x) >= 4 {
		s0 += x[0] * v[cols[0]]
		s1 += x[1] * v[cols[1]]
		s2 += x[2] * v[cols[2]]
		s3 += x[3] * v[cols[3]]
		cols, x = cols[4:], x[4:]
	}
	for k, j := range cols {
		s0 += x[k] * v[j]
	}
	return (s0 + s1) + (s2 + s3)
}

// add adds w to g[j] for j in cols.
func add(g []float64, cols []int32, w float64) {
	for len(cols) >= 4 {
		g[cols[0]] += w
		g[cols[1]] += w
		g[cols[2]] += w
		g[cols[3]] += w
		cols = cols[4:]
	}
	for _, j := range cols {
		g[j] += w
	}
}

// addWeighed adds w x[k] to g[cols[k]].
func addWeighed(g []float64, cols []int32, x []float64, w float64) {
	x = x[:len(cols)]
	for k, j := range cols {
		g[j] += w * x[k]
	}
}
