package dataset

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"natgrad/models"
)

const defaultMinLength = 2

// textReader counts words, first by numbers in the order in which they are met.
type textReader struct {
	o       TextOptions
	stop    map[string]bool
	number  map[string]int32
	words   []string
	in      []int     // documents, for each word
	total   []float64 // count, for each word
	n       int       // documents
	scanner wordScanner
	sink    documentSink

	here  []float64 // count in the document, for each word
	doc   []int32   // the words of the document
	times []float64 // and their counts

	path         string // "" for a reader
	files, notes []string

	vocabulary []string
	place      []int32 // in it, for each word, or −1
	empty      int     // documents without words of it
	pairs      []wordCount
}

func newTextReader(o *TextOptions, sink documentSink) (*textReader, *Error) {
	t := &textReader{sink: sink, number: make(map[string]int32), stop: make(map[string]bool)}
	if o != nil {
		t.o = *o
	}
	if err := t.o.check(); err != nil {
		return nil, err
	}
	if t.o.Vocabulary != nil {
		t.o.MinLength = 1
		for _, w := range t.o.Vocabulary {
			if _, twice := t.number[w]; twice {
				return nil, &Error{Kind: BadWords, Got: quote(w) + " twice in Vocabulary", Want: "each word once"}
			}
			t.newWord(w)
		}
		return t, nil
	}
	t.o.MinLength = cmp.Or(t.o.MinLength, defaultMinLength)
	t.o.MinDocs, t.o.MaxShare = cmp.Or(t.o.MinDocs, 1), cmp.Or(t.o.MaxShare, 1)
	stop := t.o.StopWords
	if stop == nil {
		stop = EnglishStopWords()
	}
	for _, s := range stop {
		bad, _ := t.scanner.scan([]byte(s), func(w []byte, _ int) *Error {
			t.stop[string(w)] = true
			return nil
		})
		if bad >= 0 {
			return nil, badOption(quote(s)+" in StopWords", "UTF-8", "")
		}
	}
	return t, nil
}

func (o *TextOptions) check() *Error {
	switch {
	case o.MinLength < 0 || o.MinLength > maxWordLetters:
		return badOption(fmt.Sprintf("MinLength %d", o.MinLength), fmt.Sprintf("1 to %d, or 0 for %d", maxWordLetters, defaultMinLength), "")
	case o.MinDocs < 0:
		return badOption(fmt.Sprintf("MinDocs %d", o.MinDocs), "a positive number, or 0 for 1", "")
	case !(o.MaxShare >= 0 && o.MaxShare <= 1):
		return badOption(fmt.Sprintf("MaxShare %v", o.MaxShare), "a share up to 1, or 0 for 1", "")
	case o.MaxWords < 0 || o.MaxWords > maxWords:
		return badOption(fmt.Sprintf("MaxWords %d", o.MaxWords), fmt.Sprintf("1 to %d, or 0 for no limit", maxWords), "")
	case o.Vocabulary != nil && (o.MinLength != 0 || o.StopWords != nil || o.MinDocs != 0 || o.MaxShare != 0 || o.MaxWords != 0):
		return badOption("Vocabulary together with other options", "Vocabulary alone", "it says which words are counted")
	case o.Vocabulary != nil && (len(o.Vocabulary) == 0 || len(o.Vocabulary) > maxWords):
		return badOption("a Vocabulary of "+count(len(o.Vocabulary), "word"), fmt.Sprintf("1 to %d", maxWords), "")
	}
	return nil
}

func (t *textReader) newWord(w string) int32 {
	k := int32(len(t.words))
	t.number[w] = k
	t.words, t.in, t.total, t.here = append(t.words, w), append(t.in, 0), append(t.total, 0), append(t.here, 0)
	return k
}

// word counts a word of the document.
func (t *textReader) word(w []byte, length int) *Error {
	if length < t.o.MinLength || t.stop[string(w)] {
		return nil
	}
	k, known := t.number[string(w)]
	switch {
	case !known && t.o.Vocabulary != nil:
		return nil
	case !known && len(t.words) == maxWords:
		return &Error{Kind: TooLarge, Got: fmt.Sprintf("more than %d different words", maxWords), Want: "a text in a language"}
	case !known:
		k = t.newWord(string(w))
	}
	if t.here[k] == 0 {
		t.doc = append(t.doc, k)
	}
	t.here[k]++
	return nil
}

// end ends the document.
func (t *textReader) end() *Error {
	slices.Sort(t.doc)
	t.times = t.times[:0]
	for _, k := range t.doc {
		t.times = append(t.times, t.here[k])
		t.in[k]++
		t.total[k] += t.here[k]
		t.here[k] = 0
	}
	err := t.sink.Write(t.doc, t.times)
	t.doc = t.doc[:0]
	t.n++
	if err != nil {
		return err.(*Error)
	}
	return nil
}

// choose makes the vocabulary.
func (t *textReader) choose() *Error {
	t.place = make([]int32, len(t.words))
	if t.o.Vocabulary != nil {
		t.vocabulary = t.words
		for k := range t.place {
			t.place[k] = int32(k)
		}
		return nil
	}
	var kept []int
	for k, in := range t.in {
		t.place[k] = -1
		if in >= t.o.MinDocs && float64(in)/float64(t.n) <= t.o.MaxShare {
			kept = append(kept, k)
		}
	}
	byName := func(a, b int) int { return strings.Compare(t.words[a], t.words[b]) }
	if t.o.MaxWords > 0 && len(kept) > t.o.MaxWords {
		slices.SortFunc(kept, func(a, b int) int { return cmp.Or(cmp.Compare(t.total[b], t.total[a]), byName(a, b)) })
		kept = kept[:t.o.MaxWords]
	}
	slices.SortFunc(kept, byName)
	for i, k := range kept {
		t.place[k] = int32(i)
		t.vocabulary = append(t.vocabulary, t.words[k])
	}
	switch {
	case len(t.words) == 0:
		return &Error{Kind: NoWords, File: t.path, Got: "none but stop words and short ones in " + count(t.n, "document"), Want: "a word"}
	case len(kept) == 0:
		return &Error{Kind: NoWords, File: t.path, Got: fmt.Sprintf("%s in %s, all left out", count(len(t.words), "different word"), count(t.n, "document")), Want: "a word",
			Hint: "lower MinDocs or raise MaxShare"}
	case len(kept) < len(t.words):
		t.notes = append(t.notes, fmt.Sprintf("left out %d of %d different words", len(t.words)-len(kept), len(t.words)))
	}
	return nil
}

// renumber writes documents with the words of the vocabulary.
func (t *textReader) renumber(docs *models.WordCounts, sink documentSink) error {
	for i := range len(docs.Start) - 1 {
		words, counts := docs.Document(i)
		t.pairs = t.pairs[:0]
		for j, w := range words {
			if p := t.place[w]; p >= 0 {
				t.pairs = append(t.pairs, wordCount{int(p), counts[j]})
			}
		}
		slices.SortFunc(t.pairs, func(a, b wordCount) int { return a.word - b.word })
		t.doc, t.times = t.doc[:0], t.times[:0]
		for _, p := range t.pairs {
			t.doc, t.times = append(t.doc, int32(p.word)), append(t.times, p.count)
		}
		if len(t.doc) == 0 {
			t.empty++
		}
		if err := sink.Write(t.doc, t.times); err != nil {
			return err
		}
	}
	return nil
}

// allNotes returns the notes at the end.
func (t *textReader) allNotes() []string {
	if t.empty > 0 {
		t.notes = append(t.notes, fmt.Sprintf("%d of %s have no words of the vocabulary", t.empty, count(t.n, "document")))
	}
	return t.notes
}
