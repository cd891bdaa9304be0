//go:build !amd64

package lanes

func setAVX(bool) {}
