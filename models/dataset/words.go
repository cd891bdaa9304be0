package dataset

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// maxWordLetters is the length from which a run of letters is no word.
const maxWordLetters = 64

// wordScanner finds the words of a text. A word is a run of letters, marks and digits with
// a letter among them, in lower case. Single apostrophes and hyphens between two of those
// belong to it, but not the 's at its end. The zero value is ready.
type wordScanner struct {
	buf             []byte // the word so far
	letters, digits int
	joiner          byte // apostrophe or hyphen that the next letter makes part of the word, 0: none
}

// Characters that share nothing but what the scanner does with them.
const (
	typographicApostrophe = '\u2019'
	letterApostrophe      = '\u02BC'
	hyphen                = '\u2010'
	noBreakHyphen         = '\u2011'
	softHyphen            = '\u00AD'
	zeroWidthNonJoiner    = '\u200C'
	zeroWidthJoiner       = '\u200D'
)

// A runeClass is what a rune is to a word.
type runeClass uint8

const (
	isOther runeClass = iota
	isLetter
	isDigit
	isMark
	isJoiner
	isHidden // no part of the word, and no end of it
)

// ascii has the classes of bytes.
var ascii = func() (c [utf8.RuneSelf]runeClass) {
	for r := range rune(utf8.RuneSelf) {
		c[r] = classify(r)
	}
	return c
}()

func classify(r rune) runeClass {
	switch r {
	case '\'', typographicApostrophe, letterApostrophe, '-', hyphen, noBreakHyphen:
		return isJoiner
	case softHyphen, zeroWidthNonJoiner, zeroWidthJoiner:
		return isHidden
	}
	switch {
	case unicode.IsLetter(r):
		return isLetter
	case unicode.IsNumber(r):
		return isDigit
	case unicode.IsMark(r):
		return isMark
	}
	return isOther
}

// scan calls word with each word of a line. The bytes are valid until it returns. If the
// line is not UTF-8 it stops, and returns the index of the first byte that is not, else −1.
func (s *wordScanner) scan(line []byte, word func([]byte, int) *Error) (bad int, _ *Error) {
	for i := 0; i < len(line); {
		r, size := rune(line[i]), 1
		var class runeClass
		if r < utf8.RuneSelf {
			class = ascii[r]
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
		} else {
			if r, size = utf8.DecodeRune(line[i:]); r == utf8.RuneError && size == 1 {
				return i, nil
			}
			class = classify(r)
			r = unicode.ToLower(r)
		}
		if !s.add(r, class) {
			if err := s.end(word); err != nil {
				return -1, err
			}
		}
		i += size
	}
	return -1, s.end(word)
}

// add makes a rune part of the word, and returns false if the word has ended before it.
func (s *wordScanner) add(r rune, class runeClass) bool {
	switch class {
	case isLetter, isDigit:
		if s.joiner != 0 {
			s.buf = append(s.buf, s.joiner)
			s.joiner = 0
		}
		if class == isLetter {
			s.letters++
		} else {
			s.digits++
		}
	case isMark:
		if len(s.buf) == 0 || s.joiner != 0 {
			return false
		}
	case isJoiner:
		if len(s.buf) == 0 || s.joiner != 0 {
			return false
		}
		s.joiner = '\''
		if r == '-' || r == hyphen || r == noBreakHyphen {
			s.joiner = '-'
		}
		return true
	case isHidden:
		return true
	default:
		return false
	}
	if s.letters+s.digits <= maxWordLetters { // longer ones are dropped at their end
		s.buf = utf8.AppendRune(s.buf, r)
	}
	return true
}

// end calls word with the word so far, if it is one, and begins another.
func (s *wordScanner) end(word func([]byte, int) *Error) *Error {
	b, letters, digits := s.buf, s.letters, s.digits
	s.buf, s.letters, s.digits, s.joiner = b[:0], 0, 0, 0
	if letters == 0 || letters+digits > maxWordLetters {
		return nil
	}
	for bytes.HasSuffix(b, []byte("'s")) {
		b = b[:len(b)-2]
		letters--
	}
	if letters == 0 {
		return nil
	}
	return word(b, letters+digits)
}
