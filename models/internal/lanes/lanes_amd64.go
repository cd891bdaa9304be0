package lanes

// hasAVX reports whether the processor and the operating system know 256-bit registers.
var hasAVX = detectAVX()

func detectAVX() bool

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
