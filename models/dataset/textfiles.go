package dataset

import (
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// readPath reads a file or a folder.
func (t *textReader) readPath(name string) *Error {
	t.path = name
	info, err := os.Stat(name)
	if err != nil {
		return &Error{Kind: Unreadable, File: name, Err: pathless(err)}
	}
	if !info.IsDir() {
		return readFile(name, t.readLines)
	}
	others := 0
	if err := t.list(name, "", &others); err != nil {
		return err
	}
	if len(t.files) == 0 {
		return &Error{Kind: NoRows, File: name, Got: "no files", Want: "a document in each file"}
	}
	if others > 0 {
		t.notes = append(t.notes, fmt.Sprintf("left out %d of the folder, neither files nor folders in it", others))
	}
	for _, f := range t.files {
		if err := readFile(filepath.Join(name, filepath.FromSlash(f)), t.readWhole); err != nil {
			return err
		}
	}
	return nil
}

// list appends the files of a folder, and counts what is neither a file nor a folder.
func (t *textReader) list(root, folder string, others *int) *Error {
	name := filepath.Join(root, filepath.FromSlash(folder))
	entries, err := os.ReadDir(name)
	if err != nil {
		return &Error{Kind: Unreadable, File: name, Err: pathless(err)}
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		f, mode := path.Join(folder, e.Name()), e.Type()
		if mode&os.ModeSymlink != 0 {
			info, err := os.Stat(filepath.Join(name, e.Name()))
			if err != nil {
				return &Error{Kind: Unreadable, File: filepath.Join(name, e.Name()), Err: pathless(err)}
			}
			if mode = info.Mode().Type(); mode.IsDir() { // it may lead back here
				mode = os.ModeIrregular
			}
		}
		switch {
		case mode.IsDir():
			if err := t.list(root, f, others); err != nil {
				return err
			}
		case mode.IsRegular():
			t.files = append(t.files, f)
		default:
			*others++
		}
	}
	return nil
}

// readLines reads a document in each line.
func (t *textReader) readLines(r io.Reader) *Error {
	s, err := newSource(r)
	if err != nil {
		return err
	}
	return t.scan(s, t.end)
}

// readWhole reads one document.
func (t *textReader) readWhole(r io.Reader) *Error {
	s, err := newSource(r)
	switch {
	case err == nil:
		err = t.scan(s, func() *Error { return nil })
	case err.Kind == EmptyFile:
		err = nil
	}
	if err != nil {
		return err
	}
	return t.end()
}

// scan counts the words of all lines, and calls end after each.
func (t *textReader) scan(s *source, end func() *Error) *Error {
	_, err := s.eachLine(func(line []byte) *Error {
		bad, e := t.scanner.scan(line, t.word)
		switch {
		case bad >= 0:
			return &Error{Kind: BadText, Column: bad + 1, Got: fmt.Sprintf("the byte %#02x", line[bad]), Want: "UTF-8",
				Hint: "save the file as UTF-8"}
		case e != nil:
			return e
		}
		return end()
	})
	return err
}
