package main

import "natgrad/models"

func newLDA(docs models.Documents, k int, α, η float64) (*models.LDA, error) {
	if x, ok := docs.(*models.CSR); ok {
		return models.NewLDA(x, k, α, η)
	}
	n, v := docs.Dims()
	indptr, indices, values := []int{0}, []int{}, []float64{}
	var doc models.WordCounts
	for i := range n {
		if err := docs.ReadDocuments(&doc, []int{i}); err != nil {
			return nil, err
		}
		for _, w := range doc.Words {
			indices = append(indices, int(w))
		}
		values = append(values, doc.Counts...)
		indptr = append(indptr, len(indices))
	}
	x, err := models.NewCSR(n, v, indptr, indices, values)
	if err != nil {
		return nil, err
	}
	return models.NewLDA(x, k, α, η)
}
