package dataset

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// A pending file appears at its path, in place of what is there, when it is complete:
// nothing is left behind by a program that ends before.
type pending struct {
	f    *os.File
	w    *bufio.Writer
	path string // "" for a temporary file
}

// createPending begins a file with a header of zeros, which no reader takes for its own.
// name is that of temporary files.
func createPending(path, name string, header int) (*pending, *Error) {
	dir, pattern := "", name+"-*"
	if path != "" {
		dir, pattern = filepath.Dir(path), "."+filepath.Base(path)+"-*"
	}
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return nil, &Error{Kind: Unwritable, File: path, Err: pathless(err)}
	}
	p := &pending{f: f, w: bufio.NewWriterSize(f, 1<<16), path: path}
	p.w.Write(make([]byte, header)) // an error of it is that of Flush too
	return p, nil
}

func (p *pending) failed(err error) *Error {
	return &Error{Kind: Unwritable, File: p.path, Err: pathless(err)}
}

// abort removes what was written. After keep it does nothing.
func (p *pending) abort() {
	if p.f != nil {
		p.f.Close()
		os.Remove(p.f.Name())
		p.f = nil
	}
}

// keep completes the file by its header, and returns it with the name it has then.
func (p *pending) keep(header []byte) (*os.File, string, *Error) {
	if err := p.w.Flush(); err != nil {
		return nil, "", p.failed(err)
	}
	if _, err := p.f.WriteAt(header, 0); err != nil {
		return nil, "", p.failed(err)
	}
	name := p.f.Name()
	if p.path != "" {
		if err := p.f.Sync(); err != nil {
			return nil, "", p.failed(err)
		}
		if err := os.Rename(name, p.path); err != nil {
			return nil, "", p.failed(err)
		}
		name = p.path
	}
	f := p.f
	p.f = nil // it is the reader's
	return f, name, nil
}

// stored is an open file that is removed when it is closed if it is temporary.
type stored struct {
	f    *os.File
	path string
	temp bool
}

// Close closes the file, and removes it if it is temporary. A second Close does
// nothing.
func (s *stored) Close() error {
	err := s.f.Close()
	if errors.Is(err, fs.ErrClosed) {
		return nil
	}
	if s.temp {
		err = errors.Join(err, os.Remove(s.path))
	}
	if err != nil {
		return &Error{Kind: Unreadable, File: s.path, Err: pathless(err)}
	}
	return nil
}
