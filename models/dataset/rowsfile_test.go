package dataset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/models"
)

// allRows reads every row of r.
func allRows(t *testing.T, r models.Rows) [][]float64 {
	t.Helper()
	n, d := r.Dims()
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, d)
		if err := r.ReadRows(rows[i], []int{i}); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

func mustSpool(t *testing.T, text, rows string, o *Options) *RowsFile {
	t.Helper()
	r, err := SpoolCSV(strings.NewReader(text), rows, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// A file of rows holds the features that Open gives, by the same options.
func TestSpoolAgreesWithRead(t *testing.T) {
	schema := mustCSV(t, people, &Options{Ignore: []string{"id"}, Categorical: map[string]string{"region": "north"}, Missing: DropMissing}).Schema
	for name, test := range map[string]struct {
		text string
		o    Options
	}{
		"target":      {"a,b,c\n1,2,3\n-4e-300,5.25,no\n", Options{}},
		"no header":   {"1;2;3\n4;5;6\n", Options{Header: NoHeader, NoTarget: true, Comma: ';'}},
		"columns":     {"a,b,c\n1,2,3\n4,5,6\n", Options{Columns: []string{"b"}}},
		"missing":     {"a,b,c\n1,NA,3\n4,5,6\n7,8,\n9,1,2\n", Options{Missing: DropMissing}},
		"categorical": {people, Options{Like: schema, Missing: DropMissing}},
	} {
		t.Run(name, func(t *testing.T) {
			want := mustCSV(t, test.text, &test.o)
			got := mustSpool(t, test.text, "", &test.o)
			zipped, err := SpoolCSV(bytes.NewReader(zip(t, test.text)), "", &test.o)
			if err != nil {
				t.Fatal(err)
			}
			defer zipped.Close()
			for _, got := range []*RowsFile{got, zipped} {
				if diff := cmp.Diff(rowsOf(t, want.X), allRows(t, got)); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(want.Names(), got.Names()); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(want.Dropped, got.Dropped); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(want.Notes, got.Notes); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestSpoolErrors(t *testing.T) {
	cut := zip(t, "a,b\n"+strings.Repeat("1,2\n", 1000))
	for _, test := range []struct {
		text string
		o    Options
		kind Kind
	}{
		{"a,b\n1,2\n3,x\n", Options{NoTarget: true}, NotNumeric},
		{"a,b\n1,2\n3\n", Options{}, RaggedRow},
		{"a,b\n1,NaN\n", Options{NoTarget: true}, MissingValue},
		{"a,b\n", Options{}, NoRows},
		{"a,b\n1,NA\n", Options{Missing: DropMissing}, NoRows},
		{"", Options{}, EmptyFile},
		{"a,b\n1,x\n", Options{NoTarget: true, Categorical: map[string]string{"b": ""}}, BadOptions},
		{"a,b\n1,2\n", Options{Storage: Sparse}, BadOptions},
		{string(cut[:len(cut)-20]), Options{}, BadGzip},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "rows")
		if _, err := SpoolCSV(strings.NewReader(test.text), path, &test.o); !errors.Is(err, test.kind) {
			t.Errorf("%.20q: error %v, want %v", test.text, err, test.kind)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%.20q: left %v behind", test.text, left[0].Name())
		}
	}
	if _, err := Spool(filepath.Join(t.TempDir(), "none.csv"), "", nil); !errors.Is(err, Unreadable) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such file: error %v", err)
	}
	if _, err := CreateRows(filepath.Join(t.TempDir(), "none", "rows"), []string{"a"}); !errors.Is(err, Unwritable) {
		t.Errorf("no such directory: error %v", err)
	}
	w, err := CreateRows("", []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if err := w.Write([]float64{math.Inf(1)}); !errors.Is(err, NotFinite) {
		t.Errorf("an infinity: error %v", err)
	}
}

func TestRowsFileIsKeptOrRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows")
	r := mustSpool(t, "a,b\n1,2\n3,4\n", path, &Options{NoTarget: true})
	want := allRows(t, r)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := OpenRows(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, allRows(t, again)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a", "b"}, again.Names()); diff != "" {
		t.Error(diff)
	}
	again.Close()
	err = again.ReadRows(make([]float64, 2), []int{0})
	if !errors.Is(err, Unreadable) || !errors.Is(err, fs.ErrClosed) {
		t.Errorf("closed: error %v", err)
	}

	temp := mustSpool(t, "a,b\n1,2\n", "", nil)
	if _, err := os.Stat(temp.path); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := temp.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(temp.path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Close: %v", err)
	}
}

func TestDamagedRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows")
	mustSpool(t, "a,b\n1,2\n3,4\n", path, &Options{NoTarget: true}).Close()
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	change := func(at int, v uint64) []byte {
		b := bytes.Clone(good)
		binary.LittleEndian.PutUint64(b[at:], v)
		return b
	}
	for name, b := range map[string][]byte{
		"empty":         {},
		"half a header": good[:20],
		"truncated":     good[:len(good)-1],
		"longer":        append(bytes.Clone(good), 0),
		"magic":         change(0, 7),
		"more rows":     change(8, 3),
		"no rows":       change(8, 0),
		"overflow":      change(8, 1<<61),
		"all bits":      change(8, math.MaxUint64),
		"columns":       change(16, math.MaxUint64),
		"names":         change(24, 1<<40),
		"one column":    change(16, 1),
		"not JSON":      append(bytes.Clone(good[:len(good)-1]), 'x'),
	} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := OpenRows(path); !errors.Is(err, BadRows) {
			t.Errorf("%s: %v, error %v", name, r, err)
		}
	}
	// Cut short while open.
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := OpenRows(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := os.Truncate(path, rowsHeader+3*8); err != nil {
		t.Fatal(err)
	}
	dst := make([]float64, 4)
	if err := r.ReadRows(dst[:2], []int{0}); err != nil || dst[1] != 2 {
		t.Errorf("the row that is left: %v, error %v", dst, err)
	}
	if err := r.ReadRows(dst, []int{0, 1}); !errors.Is(err, BadRows) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the row that is not: error %v", err)
	}
}

// numbers writes n rows of d numbers that say where they are.
func numbers(t testing.TB, n, d int) *RowsFile {
	t.Helper()
	names := make([]string, d)
	for j := range names {
		names[j] = fmt.Sprint("x", j)
	}
	w, err := CreateRows("", names)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]float64, d)
	for i := range n {
		for j := range row {
			row[j] = float64(i*d + j)
		}
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	r, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// Rows in any order, some that follow one another, from several goroutines.
func TestReadRowsConcurrently(t *testing.T) {
	const n, d = 9000, 7
	r := numbers(t, n, d)
	var wg sync.WaitGroup
	for g := range uint64(4) {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(g, 1))
			idx, dst := make([]int, 6000), make([]float64, 6000*d)
			for range 10 {
				for k := range idx {
					if idx[k] = rnd.IntN(n); k > 0 && idx[k-1] < n-1 && rnd.IntN(2000) > 0 && g > 1 {
						idx[k] = idx[k-1] + 1
					}
				}
				if err := r.ReadRows(dst, idx); err != nil {
					t.Error(err)
					return
				}
				for k, v := range dst {
					if v != float64(idx[k/d]*d+k%d) {
						t.Errorf("value %d of row %d is %v", k%d, idx[k/d], v)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

// endless is a file of n lines that is never in memory.
type endless struct {
	n    int
	line string
	text []byte
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.text) == 0 {
		if e.n == 0 {
			return 0, io.EOF
		}
		e.n--
		e.text = []byte(e.line)
	}
	n := copy(p, e.text)
	e.text = e.text[n:]
	return n, nil
}

// What is allocated at the end does not grow with the rows, the target included.
func TestSpoolMemory(t *testing.T) {
	held := func(n int) int64 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		r, err := SpoolCSV(&endless{n: n, line: "1.25,-3e5,17,y\n"}, "", &Options{Header: NoHeader})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got, d := r.Dims(); got != n || d != 3 {
			t.Fatalf("%d×%d", got, d)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(r)
		return int64(after.HeapAlloc) - int64(before.HeapAlloc)
	}
	held(100)
	if few, many := held(100), held(100000); many > few+100000 {
		t.Errorf("%d bytes held after 100 rows, %d after 100000", few, many)
	}
}

func FuzzOpenRows(f *testing.F) {
	f.Add([]byte(rowsMagic))
	b := []byte(rowsMagic)
	for _, v := range []uint64{1, 1, 5} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	b = append(binary.LittleEndian.AppendUint64(b, math.Float64bits(1.5)), `["a"]`...)
	f.Add(b)
	path := filepath.Join(f.TempDir(), "rows")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := OpenRows(path)
		if err != nil {
			if !errors.Is(err, BadRows) {
				t.Fatal(err)
			}
			return
		}
		defer r.Close()
		n, d := r.Dims()
		if n*d*8 > len(b) || len(r.Names()) != d {
			t.Fatalf("%d×%d in %d bytes, %d names", n, d, len(b), len(r.Names()))
		}
		allRows(t, r)
	})
}

// Reading at random, as minibatches do, against in order.
func BenchmarkReadRows(b *testing.B) {
	const n, d, batch = 200000, 20, 35
	r := numbers(b, n, d)
	dst, idx := make([]float64, batch*d), make([]int, batch)
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, random := range []bool{false, true} {
		b.Run(fmt.Sprintf("random=%v", random), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				for k := range idx {
					if idx[k] = (i*batch + k) % n; random {
						idx[k] = rnd.IntN(n)
					}
				}
				if err := r.ReadRows(dst, idx); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/row")
		})
	}
}
