package dataset

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestOpen(t *testing.T) {
	const csv, svm = "a,b\n1,2\n3,4\n", "1 1:1\n-1 2:3\n"
	dir := t.TempDir()
	for _, test := range []struct {
		name, text string
		o          *Options
		want       Format
	}{
		{"a.csv", csv, nil, CSV},
		{"a.CSV.GZ", string(zip(t, csv)), nil, CSV},
		{"zipped.csv", string(zip(t, csv)), nil, CSV},
		{"plain.csv.gz", csv, nil, CSV},
		{"a.tsv", "a\tb\n1\t2\n3\t4\n", nil, CSV},
		{"semicolon.csv", "a;b\n1;2\n3;4\n", &Options{Comma: ';'}, CSV},
		{"a.libsvm", svm, nil, LIBSVM},
		{"a.svm.gz", string(zip(t, svm)), nil, LIBSVM},
		{"a.t", "# test\n\n" + svm, nil, LIBSVM},
		{"a.txt", csv, nil, CSV},
		{"a1a", "1\n-1\n" + svm, nil, LIBSVM},
		{"b.data", "1,2\n3,4\n", &Options{Header: NoHeader}, CSV},
		{"c.data", "a;b\n1;2\n3;4\n", &Options{Comma: ';'}, CSV},
		{"svm.csv", svm, &Options{Format: LIBSVM}, LIBSVM},
	} {
		path := filepath.Join(dir, test.name)
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := Open(path, test.o)
		if err != nil {
			t.Error(err)
			continue
		}
		if rows, _ := d.Dims(); rows != 2 && test.name != "a1a" && test.name != "b.data" || d.Schema.Format != test.want || d.File != path {
			t.Errorf("%s: got %v", test.name, d)
		}
	}
	if d, err := OpenLIBSVM(filepath.Join(dir, "svm.csv"), nil); err != nil || d.Schema.Format != LIBSVM {
		t.Error(err)
	}
	if d, err := OpenCSV(filepath.Join(dir, "b.data"), &Options{Header: NoHeader, NoTarget: true}); err != nil || d.Schema.Width() != 2 {
		t.Error(err)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	for _, w := range []wrong{
		{name: "unknown.txt", text: "y\r\n1\n2\n", kind: UnknownFormat, line: 1,
			want: `: line 1: unknown format: got "y", want CSV or LIBSVM; say which by Options.Format`},
		{name: "unknown.csv", text: "y,z\n1,2\n", o: Options{Format: 7}, kind: BadOptions,
			want: ": unusable options: got Format(7), want Auto, CSV or LIBSVM"},
		{name: "bad.csv", text: "x,y\n1,2\n\"b\",3\n", kind: NotNumeric, line: 3, column: 1,
			want: `: line 3, column 1: not a number in column "x": got "b", want a number; declare the column in Options.Categorical if its values are names, or leave it out by Options.Ignore`},
		{name: "bad.svm", text: "1 0:1\n", kind: BadIndex, line: 1, column: 3,
			want: ": line 1, column 3: bad index: got index 0, want an index from 1; LIBSVM counts columns from 1: add 1 to all indices if they start at 0"},
		{name: "empty.csv.gz", text: string(zip(t, "")), kind: EmptyFile, line: 1,
			want: ": line 1: empty file: want rows of data"},
		{name: "bad.gz", text: "\x1f\x8b\x01", kind: BadGzip, line: 1,
			want: ": line 1: damaged gzip data: unexpected EOF; the file is damaged or cut short: fetch it again"},
	} {
		t.Run(w.name, func(t *testing.T) {
			path := filepath.Join(dir, w.name)
			if err := os.WriteFile(path, []byte(w.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(path, &w.o)
			w.want = path + w.want
			w.check(t, err)
		})
	}
	_, err := Open(filepath.Join(dir, "none.csv"), nil)
	if !errors.Is(err, Unreadable) || !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), "none.csv") != 1 {
		t.Error(err)
	}
	if _, err = Open(dir, nil); !errors.Is(err, Unreadable) || strings.Count(err.Error(), dir) != 1 {
		t.Error(err)
	}
}

// TestBrokenStream has readers that fail in the middle, and readers that give
// one byte at a time.
func TestBrokenStream(t *testing.T) {
	broken := errors.New("the line is dead")
	for _, test := range []struct {
		read func(io.Reader, *Options) (*Dataset, error)
		text string
		line int
	}{
		{ReadCSV, "a,b\n1,2\n3", 3},
		{ReadLIBSVM, "1 1:1\n1 2", 2},
		{ReadCSV, "", 1},
		{ReadLIBSVM, "", 1},
	} {
		_, err := test.read(io.MultiReader(strings.NewReader(test.text), iotest.ErrReader(broken)), nil)
		e, _ := errors.AsType[*Error](err)
		if !errors.Is(err, broken) || !errors.Is(err, Unreadable) || e.Line != test.line {
			t.Errorf("%q: got %v", test.text, err)
		}
	}
	d, err := ReadLIBSVM(iotest.OneByteReader(strings.NewReader(string(zip(t, flowers)))), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rowsOf(t, mustLIBSVM(t, flowers, nil).X), rowsOf(t, d.X)); diff != "" {
		t.Error(diff)
	}
}

// TestStreaming reads 100 MB of rows that are dropped, and looks at the memory
// in use while the last of them are read.
func TestStreaming(t *testing.T) {
	row := "NA," + strings.Repeat("9", 1000) + "\n"
	const rows = 100000
	var most uint64
	tail := readerFunc(func([]byte) (int, error) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = m.HeapAlloc
		return 0, io.EOF
	})
	r := io.MultiReader(strings.NewReader("a,b\n1,2\n"), io.LimitReader(&repeater{s: row}, int64(rows*len(row))), tail)
	d, err := ReadCSV(r, &Options{Missing: DropMissing})
	if err != nil {
		t.Fatal(err)
	}
	if d.Dropped.Rows != rows || len(d.Dropped.Lines) != maxDroppedLines || d.Dropped.Lines[9] != 12 {
		t.Errorf("got %+v", d.Dropped)
	}
	if most > 20e6 {
		t.Errorf("%d bytes in use", most)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// repeater is an endless stream of s.
type repeater struct {
	s  string
	at int
}

func (r *repeater) Read(p []byte) (int, error) {
	n := copy(p, r.s[r.at:])
	r.at = (r.at + n) % len(r.s)
	return n, nil
}
