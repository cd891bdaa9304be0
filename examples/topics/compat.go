package main

import (
	"math/rand/v2"

	"natgrad/models"
)

func inMemory(docs models.Documents) (*models.CSR, error) {
	if x, ok := docs.(*models.CSR); ok {
		return x, nil
	}
	n, v := docs.Dims()
	indptr, indices, values := []int{0}, []int{}, []float64{}
	err := eachDocument(docs, func(words []int32, counts []float64) error {
		for _, w := range words {
			indices = append(indices, int(w))
		}
		values = append(values, counts...)
		indptr = append(indptr, len(indices))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return models.NewCSR(n, v, indptr, indices, values)
}

func newLDA(docs models.Documents, k int, α, η float64) (*models.LDA, error) {
	x, err := inMemory(docs)
	if err != nil {
		return nil, err
	}
	return models.NewLDA(x, k, α, η)
}

func completion(m *models.LDA, λ, μ []float64, docs models.Documents, rnd *rand.Rand) (float64, int, error) {
	x, err := inMemory(docs)
	if err != nil {
		return 0, 0, err
	}
	p, n := m.Completion(λ, μ, x, rnd)
	return p, n, nil
}

func topicsOf(m *models.LDA, dst []float64, d int) error {
	m.Topics(dst, d)
	return nil
}
