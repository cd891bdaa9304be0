//go:build !amd64

package lanes

const hasAVX, hasAVX2 = false, false

func combine(d0, d1, d2, d3, t *float64, f int, rows *float64, stride, n int) {}

func dots(dst, a0, a1, a2, a3, r0, r1 *float64, n int) {}

func mul(dst, a, b *float64, n int) {}

func exps(dst, x *float64, n int, c *[13]float64) {}

func expDigammas(dst, x *float64, n int, c *[13]float64, d *[18]float64) {}

func fold(sum, ratio, t, counts, rows *float64, words *int32, n, k int) {}
