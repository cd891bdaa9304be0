// Package modeltest holds models to the laws of package models.
//
//	func TestMyModel(t *testing.T) {
//		modeltest.Test(t, myModel, [][]float64{{0.1, 2}, {-1, 0.5}})
//	}
//
// Capabilities are found by type assertion, and each is tested:
//
//   - every Model: finite values, the same when asked again, z left alone
//   - Gradienter, Hessianer, HessDiager: derivatives against differences, the
//     same values from all methods, results overwritten rather than added to
//   - Data: batches add up to the whole, and scale the likelihood alone
//   - Forker: forks equal the receiver, at the same time, and go on doing so
//     when the receiver is used (run it with -race too)
//   - Conjugate: log p(y, z) = ⟨η, T(z)⟩ + c
//   - Starter: a legal place to start
package modeltest
