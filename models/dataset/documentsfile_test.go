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

// allDocuments reads the counts of each document.
func allDocuments(t *testing.T, d models.Documents) [][]float64 {
	t.Helper()
	n, v := d.Dims()
	var w models.WordCounts
	rows := make([][]float64, n)
	for i := range rows {
		if err := d.ReadDocuments(&w, []int{i}); err != nil {
			t.Fatal(err)
		}
		rows[i] = make([]float64, v)
		words, counts := w.Document(0)
		for k, word := range words {
			rows[i][word] = counts[k]
		}
	}
	return rows
}

const someLDAC = "2 3:1 0:4\n0\n1 2:7\n3 0:1 1:0 3:70000\n"

func mustSpoolLDAC(t *testing.T, text, path string, vocabulary []string) *DocumentsFile {
	t.Helper()
	d, err := SpoolLDAC(strings.NewReader(text), path, vocabulary)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// A file of documents holds what ReadLDAC gives.
func TestSpoolLDACAgreesWithRead(t *testing.T) {
	want, err := ReadLDAC(strings.NewReader(someLDAC), 0)
	if err != nil {
		t.Fatal(err)
	}
	zipped, err := SpoolLDAC(bytes.NewReader(zip(t, someLDAC)), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer zipped.Close()
	for _, got := range []*DocumentsFile{mustSpoolLDAC(t, someLDAC, "", nil), zipped} {
		if diff := cmp.Diff(allDocuments(t, want), allDocuments(t, got)); diff != "" {
			t.Error(diff)
		}
		if got.Words() != nil {
			t.Errorf("words %q", got.Words())
		}
	}
	words := strings.Fields("a b c d e")
	if n, v := mustSpoolLDAC(t, someLDAC, "", words).Dims(); n != 4 || v != 5 {
		t.Errorf("%d documents of %d words", n, v)
	}
}

func TestSpoolLDACErrors(t *testing.T) {
	cut := zip(t, strings.Repeat(someLDAC, 1000))
	for _, test := range []struct {
		text, want string
		kind       Kind
	}{
		{"1 0:1\n2 0:1\n", "line 2", BadPair},
		{"1 4:1\n", "a word below 4", BadPair},
		{"1 1:1\n1 0:4294967296\n", "line 2", BadPair},
		{"", "", EmptyFile},
		{string(cut[:len(cut)-20]), "line", BadGzip},
	} {
		dir := t.TempDir()
		if _, err := SpoolLDAC(strings.NewReader(test.text), filepath.Join(dir, "docs"), []string{"a", "b", "c", "d"}); !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.20q: error %v, want %v and %q", test.text, err, test.kind, test.want)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%.20q: left %v behind", test.text, left[0].Name())
		}
	}
	if _, err := SpoolLDAC(strings.NewReader("0\n0\n"), "", nil); !errors.Is(err, NoWords) {
		t.Errorf("empty documents: error %v", err)
	}
	if _, err := CreateDocuments(filepath.Join(t.TempDir(), "none", "docs"), 0); !errors.Is(err, Unwritable) {
		t.Errorf("no such directory: error %v", err)
	}
	if _, err := CreateDocuments("", -1); !errors.Is(err, BadOptions) {
		t.Errorf("-1 words: error %v", err)
	}
}

func TestDocumentsWriterRefuses(t *testing.T) {
	w, err := CreateDocuments("", 4)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if _, err := w.Finish(nil); !errors.Is(err, NoRows) {
		t.Errorf("no documents: error %v", err)
	}
	if w, err = CreateDocuments("", 4); err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for _, test := range []struct {
		words  []int32
		counts []float64
		kind   Kind
	}{
		{[]int32{4}, []float64{1}, BadIndex},
		{[]int32{-1}, []float64{1}, BadIndex},
		{[]int32{1, 1}, []float64{1, 1}, BadIndex},
		{[]int32{2, 1}, []float64{1, 1}, BadIndex},
		{[]int32{1}, []float64{-1}, BadPair},
		{[]int32{1}, []float64{0.5}, BadPair},
		{[]int32{1}, []float64{math.NaN()}, BadPair},
		{[]int32{1}, []float64{math.Inf(1)}, BadPair},
	} {
		if err := w.Write(test.words, test.counts); !errors.Is(err, test.kind) {
			t.Errorf("%v × %v: error %v, want %v", test.words, test.counts, err, test.kind)
		}
	}
	// What was refused has left nothing, and documents may follow.
	if err := w.Write([]int32{1, 3}, []float64{2, 5}); err != nil {
		t.Fatal(err)
	}
	d, err := w.Finish(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if diff := cmp.Diff([][]float64{{0, 2, 0, 5}}, allDocuments(t, d)); diff != "" {
		t.Error(diff)
	}
}

func TestDocumentsFileIsKeptOrRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "docs")
	words := []string{"wort", "mot", "\"слово\"", "word"}
	d := mustSpoolLDAC(t, someLDAC, path, words)
	want := allDocuments(t, d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := OpenDocuments(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, allDocuments(t, again)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(words, again.Words()); diff != "" {
		t.Error(diff)
	}
	again.Close()
	if err := again.ReadDocuments(new(models.WordCounts), []int{0}); !errors.Is(err, Unreadable) || !errors.Is(err, fs.ErrClosed) {
		t.Errorf("closed: error %v", err)
	}
	temp := mustSpoolLDAC(t, someLDAC, "", nil)
	for range 2 {
		if err := temp.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(temp.path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := OpenDocuments(temp.path); !errors.Is(err, Unreadable) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such file: error %v", err)
	}
}

func TestDamagedDocuments(t *testing.T) {
	path := filepath.Join(t.TempDir(), "docs")
	mustSpoolLDAC(t, someLDAC, path, []string{"a", "b", "c", "d"}).Close()
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	change := func(at int, v uint64) []byte {
		b := bytes.Clone(good)
		binary.LittleEndian.PutUint64(b[at:], v)
		return b
	}
	const offsets = documentsHeader + 5*entryBytes
	for name, b := range map[string][]byte{
		"empty":            {},
		"half a header":    good[:20],
		"truncated":        good[:len(good)-1],
		"longer":           append(bytes.Clone(good), 0),
		"magic":            change(0, 7),
		"more documents":   change(8, 5),
		"no documents":     change(8, 0),
		"many documents":   change(8, math.MaxUint64),
		"no words":         change(16, 0),
		"other words":      change(16, 5),
		"many words":       change(16, math.MaxUint64),
		"entries":          change(24, 6),
		"many entries":     change(24, 1<<61),
		"names":            change(32, 1<<40),
		"not JSON":         append(bytes.Clone(good[:len(good)-1]), 'x'),
		"names not as one": append(bytes.Clone(good[:len(good)-1]), ' '),
	} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if d, err := OpenDocuments(path); !errors.Is(err, BadDocuments) {
			t.Errorf("%s: %v, error %v", name, d, err)
		}
	}
	all := []int{0, 1, 2, 3}
	for name, b := range map[string][]byte{
		"a word beyond":  change(documentsHeader, 4|1<<32),
		"a word twice":   change(documentsHeader+entryBytes, 0|1<<32),
		"a count of 0":   change(documentsHeader, 0),
		"offset beyond":  change(offsets+2*offsetBytes, 6),
		"offset back":    change(offsets+3*offsetBytes, 1),
		"offset, signed": change(offsets+offsetBytes, math.MaxUint64),
		"longer than d":  change(offsets+offsetBytes, 5),
	} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := OpenDocuments(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.ReadDocuments(new(models.WordCounts), all); !errors.Is(err, BadDocuments) {
			t.Errorf("%s: error %v", name, err)
		}
		d.Close()
	}
	// Cut short while open.
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := OpenDocuments(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := os.Truncate(path, offsets+8); err != nil {
		t.Fatal(err)
	}
	if err := d.ReadDocuments(new(models.WordCounts), all); !errors.Is(err, BadDocuments) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut short: error %v", err)
	}
}

// numbered writes n documents whose words and counts say which they are: i%7 of them.
func numbered(t testing.TB, n, words int) *DocumentsFile {
	t.Helper()
	w, err := CreateDocuments("", words)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for i := range n {
		var doc []int32
		var counts []float64
		for k := range i % 7 {
			doc, counts = append(doc, int32(i%(words-7)+k)), append(counts, float64(i+k+1))
		}
		if err := w.Write(doc, counts); err != nil {
			t.Fatal(err)
		}
	}
	d, err := w.Finish(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// Documents in any order, some that follow one another, from several goroutines.
func TestReadDocumentsConcurrently(t *testing.T) {
	const n, words = 9000, 100
	d := numbered(t, n, words)
	var wg sync.WaitGroup
	for g := range uint64(4) {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(g, 1))
			idx := make([]int, 6000)
			var got models.WordCounts
			for range 10 {
				for k := range idx {
					if idx[k] = rnd.IntN(n); k > 0 && idx[k-1] < n-1 && rnd.IntN(2000) > 0 && g > 1 {
						idx[k] = idx[k-1] + 1
					}
				}
				if err := d.ReadDocuments(&got, idx); err != nil {
					t.Error(err)
					return
				}
				for k, i := range idx {
					doc, counts := got.Document(k)
					if len(doc) != i%7 || len(doc) > 0 && (int(doc[0]) != i%(words-7) || counts[len(counts)-1] != float64(i+len(counts))) {
						t.Errorf("document %d is %v × %v", i, doc, counts)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	var got models.WordCounts
	idx := make([]int, 64)
	for k := range idx {
		idx[k] = n - 1 - 17*k
	}
	// The race detector makes pools forget: three times a call, not for each document.
	if a := testing.AllocsPerRun(20, func() { d.ReadDocuments(&got, idx) }); a > 3 {
		t.Errorf("reading %d documents allocates %v times", len(idx), a)
	}
}

// What is allocated at the end does not grow with the documents.
func TestSpoolLDACMemory(t *testing.T) {
	held := func(n int) int64 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		d, err := SpoolLDAC(&endless{n: n, line: "3 0:1 17:2 5:1\n"}, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if got, v := d.Dims(); got != n || v != 18 {
			t.Fatalf("%d documents, %d words", got, v)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(d)
		return int64(after.HeapAlloc) - int64(before.HeapAlloc)
	}
	held(100)
	if few, many := held(100), held(100000); many > few+100000 {
		t.Errorf("%d bytes held after 100 documents, %d after 100000", few, many)
	}
}

func FuzzOpenDocuments(f *testing.F) {
	path := filepath.Join(f.TempDir(), "docs")
	f.Add([]byte(documentsMagic))
	for _, vocabulary := range [][]string{nil, {"a", "b", "c", "d"}} {
		d, err := SpoolLDAC(strings.NewReader(someLDAC), path, vocabulary)
		if err != nil {
			f.Fatal(err)
		}
		d.Close()
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)-3])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := OpenDocuments(path)
		if err != nil {
			if !errors.Is(err, BadDocuments) {
				t.Fatal(err)
			}
			return
		}
		defer d.Close()
		n, v := d.Dims()
		if n*offsetBytes > len(b) || d.Words() != nil && len(d.Words()) != v {
			t.Fatalf("%d documents in %d bytes, %d names of %d words", n, len(b), len(d.Words()), v)
		}
		var w models.WordCounts
		for i := range n {
			if err := d.ReadDocuments(&w, []int{i}); err != nil {
				if !errors.Is(err, BadDocuments) {
					t.Fatal(err)
				}
				continue
			}
			words, counts := w.Document(0)
			for k, word := range words {
				if word < 0 || int(word) >= v || k > 0 && word <= words[k-1] || !(counts[k] >= 1) {
					t.Fatalf("document %d is %v × %v", i, words, counts)
				}
			}
		}
	})
}

// Reading at random, as minibatches do, against in order.
func BenchmarkReadDocuments(b *testing.B) {
	const n, batch = 200000, 64
	d := numbered(b, n, 1000)
	var w models.WordCounts
	idx := make([]int, batch)
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
				if err := d.ReadDocuments(&w, idx); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/document")
		})
	}
}
