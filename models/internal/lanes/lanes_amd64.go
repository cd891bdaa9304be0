package lanes

// hasAVX reports whether the processor and the operating system know 256-bit registers.
var hasAVX = detectAVX()

// hasAVX2 reports the same of 256-bit registers of integers.
var hasAVX2 = hasAVX && detectAVX2()

func detectAVX() bool

func detectAVX2() bool

// combine is Combine for n columns, a multiple of 8.
//
//go:noescape
func combine(d0, d1, d2, d3, t *float64, f int, rows *float64, stride, n int)

// dots is Dots for two rows of n numbers, a multiple of 4.
//
//go:noescape
func dots(dst, a0, a1, a2, a3, r0, r1 *float64, n int)

// mul is Mul for n numbers, a multiple of 4.
//
//go:noescape
func mul(dst, a, b *float64, n int)

// exps is Exp for n numbers, a multiple of 4.
//
//go:noescape
func exps(dst, x *float64, n int, c *[13]float64)

// expDigammas is ExpDigamma for n numbers, a multiple of 4.
//
//go:noescape
func expDigammas(dst, x *float64, n int, c *[13]float64, d *[18]float64)

// fold is Fold for n words, k numbers each, a multiple of 4.
//
//go:noescape
func fold(sum, ratio, t, counts, rows *float64, words *int32, n, k int)
