package dataset

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// OpenVocabulary reads a file, plain or .gz, with the words of a vocabulary, one in each
// line, in the order of their numbers. Spaces around them are left out. The error, an
// *Error, is BadWords for a blank line, after which the numbers would be others, or a word
// that is there twice.
func OpenVocabulary(path string) ([]string, error) {
	var words []string
	at := make(map[string]int)
	err := eachWord(path, func(w string, line int) *Error {
		first, twice := at[w]
		switch {
		case w == "":
			return &Error{Kind: BadWords, Got: "a blank line", Want: "a word in each line"}
		case twice:
			return &Error{Kind: BadWords, Got: fmt.Sprintf("%s, the word of line %d", quote(w), first), Want: "each word once"}
		case len(words) == maxWords:
			return &Error{Kind: TooLarge, Got: "more words", Want: fmt.Sprintf("at most %d", maxWords)}
		}
		at[w] = line
		words = append(words, w)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return words, nil
}

// OpenStopWords reads a file, plain or .gz, with a word in each line, for
// TextOptions.StopWords. Blank lines, and all from a # on, are left out.
func OpenStopWords(path string) ([]string, error) {
	words := []string{}
	err := eachWord(path, func(w string, _ int) *Error {
		w, _, _ = strings.Cut(w, "#")
		if w = strings.TrimSpace(w); w != "" {
			words = append(words, w)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return words, nil
}

// eachWord calls f with each line of a file, without spaces around it.
func eachWord(path string, f func(text string, line int) *Error) error {
	n := 0
	err := readFile(path, func(r io.Reader) *Error {
		s, e := newSource(r)
		if e != nil {
			e.Want = "a word in each line"
			return e
		}
		_, e = s.eachLine(func(line []byte) *Error {
			n++
			w := strings.TrimSpace(string(line))
			if !utf8.ValidString(w) {
				return &Error{Kind: BadText, Got: quote(w), Want: "UTF-8", Hint: "save the file as UTF-8"}
			}
			return f(w, n)
		})
		return e
	})
	if err != nil {
		return err
	}
	return nil
}
