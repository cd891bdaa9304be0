package families

import "fmt"

// Repeat returns the family of n independent distributions, each a member of f
// with parameters of its own: Product of n times f under a shorter name. It
// panics if n < 1.
func Repeat(n int, f Family) Family {
	if f == nil {
		panic(nilFamily)
	}
	parts := make([]Family, max(n, 0))
	for i := range parts {
		parts[i] = f
	}
	return newProduct(fmt.Sprintf("Repeat(%d, %s)", n, f), parts)
}
