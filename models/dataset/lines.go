package dataset

import (
	"bufio"
	"io"
	"os"
)

// lineReader reads lines of any length.
type lineReader struct {
	long []byte // a line longer than the buffer of the source
}

// read returns the next line, which is valid until the next call. At the end of the
// stream it returns what is left with io.EOF.
func (r *lineReader) read(s *source) ([]byte, error) {
	line, err := s.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return line, err
	}
	r.long = r.long[:0]
	for err == bufio.ErrBufferFull {
		r.long = append(r.long, line...)
		line, err = s.ReadSlice('\n')
	}
	r.long = append(r.long, line...)
	return r.long, err
}

// eachLine calls f with each line, which is valid until it returns, and gives an error of
// f its number. It returns the number of lines.
func (s *source) eachLine(f func(line []byte) *Error) (n int, _ *Error) {
	var r lineReader
	for {
		line, err := r.read(s)
		if err != nil && err != io.EOF {
			return n, s.failed(err, n+1)
		}
		if err == io.EOF && len(line) == 0 {
			return n, nil
		}
		n++
		if e := f(line); e != nil {
			e.Line = n
			return n, e
		}
	}
}

// readFile reads a file, and gives an error of read its name.
func readFile(path string, read func(io.Reader) *Error) *Error {
	f, err := os.Open(path)
	if err != nil {
		return &Error{Kind: Unreadable, File: path, Err: pathless(err)}
	}
	defer f.Close()
	if e := read(f); e != nil {
		e.File = path
		return e
	}
	return nil
}
