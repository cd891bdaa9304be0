//go:build !amd64

package lanes

func setAVX(avx, avx2 bool) {}
