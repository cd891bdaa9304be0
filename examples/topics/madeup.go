package main

import (
	"math/rand/v2"
	"strings"

	"natgrad/models"
)

// subjects are what the built-in documents are about, and the words of each.
var subjects = []string{
	"rain wind cloud storm snow sun cold warm frost thunder fog sky",
	"bread cheese soup butter salt oven flour sugar pepper onion plate cup",
	"goal team match player referee league coach ball score fan season cup",
	"violin song drum choir piano melody concert rhythm band opera chord score",
	"planet star orbit moon comet telescope galaxy rocket gravity crater sun sky",
	"bank loan market price profit tax wage budget trade debt interest share",
}

// madeUp returns 400 documents of 60 words, each about one subject, with a quarter of its
// words from another, and the vocabulary. A few words belong to two subjects.
func madeUp() (*models.CSR, []string) {
	const docs, length = 400, 60
	var vocab []string
	number := map[string]int{}
	words := make([][]int, len(subjects))
	for k, s := range subjects {
		for _, w := range strings.Fields(s) {
			if _, known := number[w]; !known {
				number[w] = len(vocab)
				vocab = append(vocab, w)
			}
			words[k] = append(words[k], number[w])
		}
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	counts := make([]float64, docs*len(vocab))
	for d := range docs {
		about := [2]int{rnd.IntN(len(words)), rnd.IntN(len(words))}
		for range length {
			k := about[0]
			if rnd.IntN(4) == 0 {
				k = about[1]
			}
			counts[d*len(vocab)+words[k][rnd.IntN(len(words[k]))]]++
		}
	}
	x, err := models.NewDense(docs, len(vocab), counts)
	if err != nil {
		panic(err) // the sizes above are right
	}
	return x.Sparse(), vocab
}
