package dataset

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"natgrad/models"
)

// A file of documents is, little-endian:
//
//	8 bytes      documentsMagic
//	4 uint64     documents n, words of the vocabulary d, entries m, bytes of the names
//	m × 2 uint32 word and count
//	n+1 uint64   the first entry of each document, and m
//	             the words, a JSON array of strings, or null
const (
	documentsMagic  = "wrdcnts\x01"
	documentsHeader = 8 + 4*8
	entryBytes      = 8
	offsetBytes     = 8
	// maxWords bounds the vocabulary that is believed.
	maxWords = maxIndex + 1
)

// DocumentsFile is a file of bags of words that are read where they are needed: the
// memory does not grow with their number. It implements models.Documents, and is safe for
// several goroutines.
type DocumentsFile struct {
	// Files and Notes are as those of a Corpus, of a file made by SpoolText.
	Files []string
	Notes []string

	stored
	n, d    int
	entries int64
	words   []string
	bufs    sync.Pool // *documentsBuffer
}

var _ models.Documents = (*DocumentsFile)(nil)

// OpenDocuments opens a file that CreateDocuments, SpoolLDAC or SpoolText made. Errors
// are an *Error of Kind Unreadable or BadDocuments.
func OpenDocuments(path string) (*DocumentsFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{Kind: Unreadable, File: path, Err: pathless(err)}
	}
	d, e := openDocuments(f, path)
	if e != nil {
		f.Close()
		return nil, e
	}
	return d, nil
}

func openDocuments(f *os.File, path string) (*DocumentsFile, *Error) {
	info, err := f.Stat()
	if err != nil {
		return nil, &Error{Kind: Unreadable, File: path, Err: pathless(err)}
	}
	d := &DocumentsFile{stored: stored{f: f, path: path}}
	names, e := d.parse(info.Size())
	if e == nil {
		d.words, e = d.readWords(info.Size(), names)
	}
	if e != nil {
		e.File = path
		return nil, e
	}
	return d, nil
}

const makeAgain = "make the file again from its source"

// parse reads the header of a file of the given size, and returns the bytes of the names.
func (d *DocumentsFile) parse(size int64) (names int64, _ *Error) {
	bad := func(got, want string) (int64, *Error) {
		return 0, &Error{Kind: BadDocuments, Got: got, Want: want, Hint: makeAgain}
	}
	var h [documentsHeader]byte
	if _, err := d.f.ReadAt(h[:], 0); err != nil {
		if errors.Is(err, io.EOF) {
			return bad(fmt.Sprintf("%d bytes", size), fmt.Sprintf("a header of %d bytes", documentsHeader))
		}
		return 0, &Error{Kind: Unreadable, Err: pathless(err)}
	}
	if string(h[:8]) != documentsMagic {
		return bad(fmt.Sprintf("a file that begins with %q", h[:8]), "a file made by CreateDocuments, SpoolLDAC or SpoolText")
	}
	var v [4]uint64
	for i := range v {
		v[i] = binary.LittleEndian.Uint64(h[8+8*i:])
	}
	n, words, entries, name := v[0], v[1], v[2], v[3]
	rest := uint64(size - documentsHeader)
	fits := n >= 1 && words >= 1 && words <= maxWords && entries <= rest/entryBytes
	if fits {
		rest -= entries * entryBytes
		fits = n < rest/offsetBytes && name == rest-(n+1)*offsetBytes
	}
	if !fits {
		return bad(fmt.Sprintf("%d bytes, and a header of %d documents, %d words, %d entries and %d bytes of names", size, n, words, entries, name),
			"a header that fits the file")
	}
	d.n, d.d, d.entries = int(n), int(words), int64(entries)
	return int64(name), nil
}

func (d *DocumentsFile) readWords(size, names int64) ([]string, *Error) {
	b := make([]byte, names)
	if _, err := d.f.ReadAt(b, size-names); err != nil && len(b) > 0 {
		return nil, &Error{Kind: Unreadable, Err: pathless(err)}
	}
	var words []string
	if err := json.Unmarshal(b, &words); err != nil || words != nil && len(words) != d.d {
		return nil, &Error{Kind: BadDocuments, Got: count(len(words), "name"), Want: fmt.Sprintf("%d names at the end, or null", d.d), Err: err, Hint: makeAgain}
	}
	return words, nil
}

// Dims implements models.Documents.
func (d *DocumentsFile) Dims() (documents, words int) { return d.n, d.d }

// Words returns the words of the vocabulary, nil if the file does not have them.
func (d *DocumentsFile) Words() []string { return slices.Clone(d.words) }

const (
	maxDocumentsRead = 1 << 18 // bytes at once, at most, but for a longer document
	maxOffsetsRead   = 1 << 10
)

type documentsBuffer struct{ offsets, entries []byte }

// resize returns b with length n.
func resize(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

const badDocument = "dataset: document out of range"

// ReadDocuments implements models.Documents. Documents that follow one another in the file
// are read at once. The error is an *Error: Unreadable, with fs.ErrClosed as its cause
// after Close, or BadDocuments if the file is damaged or has become shorter.
func (d *DocumentsFile) ReadDocuments(dst *models.WordCounts, idx []int) error {
	dst.Reset()
	buf, _ := d.bufs.Get().(*documentsBuffer)
	if buf == nil {
		buf = new(documentsBuffer)
	}
	defer d.bufs.Put(buf)
	for len(idx) > 0 {
		first, n := idx[0], 1
		for n < len(idx) && n < maxOffsetsRead && idx[n] == first+n {
			n++
		}
		if first < 0 || first > d.n-n {
			panic(badDocument)
		}
		if err := d.readRun(dst, buf, first, n); err != nil {
			return err
		}
		idx = idx[n:]
	}
	return nil
}

// readRun appends the n documents from first on.
func (d *DocumentsFile) readRun(dst *models.WordCounts, buf *documentsBuffer, first, n int) error {
	buf.offsets = resize(buf.offsets, (n+1)*offsetBytes)
	at := documentsHeader + d.entries*entryBytes + int64(first)*offsetBytes
	if m, err := d.f.ReadAt(buf.offsets, at); m < len(buf.offsets) {
		return d.failed(err, first)
	}
	start := func(i int) int64 { return int64(binary.LittleEndian.Uint64(buf.offsets[i*offsetBytes:])) }
	for i := range n {
		if lo, hi := start(i), start(i+1); lo < 0 || lo > hi || hi > d.entries || hi-lo > int64(d.d) {
			return d.damaged(first+i, fmt.Sprintf("entries %d to %d", lo, hi), fmt.Sprintf("at most %d, up to %d", d.d, d.entries))
		}
	}
	for i := 0; i < n; {
		lo, j := start(i), i+1
		for j < n && (start(j+1)-lo)*entryBytes <= maxDocumentsRead {
			j++
		}
		buf.entries = resize(buf.entries, int(start(j)-lo)*entryBytes)
		if m, err := d.f.ReadAt(buf.entries, documentsHeader+lo*entryBytes); m < len(buf.entries) {
			return d.failed(err, first+i)
		}
		for b := buf.entries; i < j; i++ {
			size := int(start(i+1)-start(i)) * entryBytes
			if err := d.decode(dst, b[:size], first+i); err != nil {
				return err
			}
			b = b[size:]
		}
	}
	return nil
}

// decode appends document i.
func (d *DocumentsFile) decode(dst *models.WordCounts, b []byte, i int) error {
	last := -1
	for ; len(b) > 0; b = b[entryBytes:] {
		word, times := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
		if int64(word) <= int64(last) || int64(word) >= int64(d.d) || times == 0 {
			return d.damaged(i, fmt.Sprintf("word %d, %d times", word, times), fmt.Sprintf("increasing words below %d, at least once", d.d))
		}
		last = int(word)
		dst.Words, dst.Counts = append(dst.Words, int32(word)), append(dst.Counts, float64(times))
	}
	dst.Start = append(dst.Start, len(dst.Words))
	return nil
}

func (d *DocumentsFile) damaged(i int, got, want string) error {
	return &Error{Kind: BadDocuments, File: d.path, Got: fmt.Sprintf("%s in document %d", got, i), Want: want, Hint: makeAgain}
}

func (d *DocumentsFile) failed(err error, i int) error {
	if errors.Is(err, io.EOF) {
		return &Error{Kind: BadDocuments, File: d.path, Got: fmt.Sprintf("the end of the file at document %d", i),
			Want: count(d.n, "document"), Hint: "the file was cut short while in use", Err: io.ErrUnexpectedEOF}
	}
	return &Error{Kind: Unreadable, File: d.path, Err: pathless(err)}
}
