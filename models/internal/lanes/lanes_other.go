//go:build !amd64

package lanes

const hasAVX = false

func combine(d0, d1, d2, d3, t *float64, f int, rows *float64, stride, n int) {}

func dots(dst, a0, a1, a2, a3, r0, r1 *float64, n int) {}

func mul(dst, a, b *float64, n int) {}
