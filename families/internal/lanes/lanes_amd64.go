package lanes

// hasAVX2 reports whether the processor and the operating system know 256-bit registers,
// of integers too.
var hasAVX2 = detectAVX2()

func detectAVX2() bool

// shifted is Shifted for n numbers, a multiple of 8.
//
//go:noescape
func shifted(u, w, x *float64, n int)

// ratio is Ratio for n numbers, a multiple of 8.
//
//go:noescape
func ratio(dst, w, num, den *float64, terms, n int)

// logs is Log for n numbers, a multiple of 8.
//
//go:noescape
func logs(dst, x *float64, n int, c *[16]uint64)
