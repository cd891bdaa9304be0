//go:build !amd64

package lanes

const hasAVX2 = false

func shifted(u, w, x *float64, n int) {}

func ratio(dst, w, num, den *float64, terms, n int) {}

func logs(dst, x *float64, n int, c *[16]uint64) {}
