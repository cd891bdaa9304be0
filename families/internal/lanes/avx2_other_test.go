//go:build !amd64

package lanes

func setAVX2(bool) {}
