package dataset

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustLIBSVM(t *testing.T, text string, o *Options) *Dataset {
	t.Helper()
	d, err := ReadLIBSVM(strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// flowers has a comment, a blank line, a row of zeros, an explicit zero in the
// last column, tabs, a line end of two bytes and none at the end.
const flowers = "# iris\n+1 1:5.1 3:-1e-1\n\n-1\n1.0\t2:.5  4:0 # the last\r\n  -1 1:2"

func TestReadLIBSVM(t *testing.T) {
	want := [][]float64{{5.1, 0, -.1, 0}, {0, 0, 0, 0}, {0, .5, 0, 0}, {2, 0, 0, 0}}
	for _, text := range []string{flowers, "\ufeff" + flowers, string(zip(t, flowers))} {
		for _, s := range []Storage{AutoStorage, Dense, Sparse} {
			d := mustLIBSVM(t, text, &Options{Storage: s})
			if diff := cmp.Diff(want, rowsOf(t, d.X)); diff != "" {
				t.Error(diff)
			}
			if d.IsSparse() != (s != Dense) && s != AutoStorage || d.Density() != .25 {
				t.Errorf("storage %d: sparse %v, density %v", s, d.IsSparse(), d.Density())
			}
			if diff := cmp.Diff([]int{2, 4, 5, 6}, d.Lines); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"x1", "x2", "x3", "x4"}, d.Names()); diff != "" {
				t.Error(diff)
			}
			y, neg, pos, err := d.TwoClass("")
			if diff := cmp.Diff([]float64{1, 0, 1, 0}, y); diff != "" || neg != "-1" || pos != "1" || err != nil {
				t.Error(diff, neg, pos, err)
			}
		}
	}
}

func TestLIBSVMWidth(t *testing.T) {
	d := mustLIBSVM(t, "1 2:3\n", &Options{Features: 4})
	if diff := cmp.Diff([][]float64{{0, 3, 0, 0}}, rowsOf(t, d.X)); diff != "" {
		t.Error(diff)
	}
	for _, o := range []*Options{{Features: 2, Extra: IgnoreExtra}, {Like: &Schema{Format: LIBSVM, Features: 2}, Extra: IgnoreExtra}} {
		d = mustLIBSVM(t, "1 2:3\n0 1:1 3:4 5:1\n1 4:1\n", o)
		if diff := cmp.Diff([][]float64{{0, 3}, {1, 0}, {0, 0}}, rowsOf(t, d.X)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"3 values of features beyond x2 left out, the first in line 2"}, d.Notes); diff != "" {
			t.Error(diff)
		}
	}
	for _, s := range []Storage{Dense, Sparse} {
		d = mustLIBSVM(t, "1 2:3\n0 1:1\n", &Options{Storage: s})
		w, err := d.Widen(3)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([][]float64{{0, 3, 0}, {1, 0, 0}}, rowsOf(t, w.X)); diff != "" {
			t.Error(diff)
		}
		if w.IsSparse() != (s == Sparse) || w.Schema.Width() != 3 || d.Schema.Width() != 2 {
			t.Error(w.IsSparse(), w.Schema, d.Schema)
		}
		_, err = w.Widen(2)
		(&wrong{kind: WrongWidth, want: "wrong number of columns: got Widen from 3 to 2 columns, want at least as many, and at most 2147483647"}).check(t, err)
	}
}

func TestLIBSVMLongLine(t *testing.T) {
	var b strings.Builder
	b.WriteString("1")
	for j := range 100000 { // 1 MB, 15 buffers
		b.WriteString(" " + xName(j)[1:] + ":1.5")
	}
	d := mustLIBSVM(t, "0 1:1\n"+b.String()+"\n0 2:1\n", nil)
	if rows, cols := d.Dims(); rows != 3 || cols != 100000 || len(d.entries.values) != 100002 && len(d.entries.dense) != 300000 {
		t.Errorf("got %d × %d", rows, cols)
	}
	_, err := ReadLIBSVM(strings.NewReader("0 1:1\n"+b.String()+" 7:1\n"), nil)
	(&wrong{kind: BadIndex, line: 2, column: b.Len() + 2,
		want: "line 2, column 988898: bad index: got index 7 after 100000, want indices that increase in a line; sort the pairs of the line by index"}).check(t, err)
}

func TestReadLIBSVMErrors(t *testing.T) {
	for _, w := range []wrong{
		{name: "empty", kind: EmptyFile, line: 1,
			want: "line 1: empty file: want rows of data"},
		{name: "comments only", text: "# a\n\n# b", kind: NoRows, line: 3,
			want: "line 3: no rows: got blank lines and comments only, want rows of data"},
		{name: "labels only", text: "#\n1\n2\n", kind: NoFeatures, line: 2,
			want: "line 2: no feature columns: got labels only, want index:value pairs; if all features are 0, declare how many there are by Options.Features"},
		{name: "index 0", text: "1 1:1\n1 0:1\n", kind: BadIndex, line: 2, column: 3,
			want: "line 2, column 3: bad index: got index 0, want an index from 1; LIBSVM counts columns from 1: add 1 to all indices if they start at 0"},
		{name: "negative index", text: "1 -3:1\n", kind: BadIndex, line: 1, column: 3,
			want: "line 1, column 3: bad index: got index -3, want an index from 1; LIBSVM counts columns from 1: add 1 to all indices if they start at 0"},
		{name: "backwards", text: "1 1:1 5:1 3:1\n", kind: BadIndex, line: 1, column: 11,
			want: "line 1, column 11: bad index: got index 3 after 5, want indices that increase in a line; sort the pairs of the line by index"},
		{name: "twice", text: "1 1:1 5:1\t 5:1\n", kind: BadIndex, line: 1, column: 12,
			want: "line 1, column 12: bad index: got index 5 twice, want every index once in a line"},
		{name: "no colon", text: "1 1:1 2\n", kind: BadPair, line: 1, column: 7,
			want: `line 1, column 7: malformed pair: got "2", want index:value without spaces`},
		{name: "no value", text: "1 1: 1\n", kind: BadPair, line: 1, column: 3,
			want: `line 1, column 3: malformed pair: got "1:", want index:value without spaces`},
		{name: "no index", text: "1 :1\n", kind: BadPair, line: 1, column: 3,
			want: `line 1, column 3: malformed pair: got ":1", want index:value without spaces`},
		{name: "text as index", text: "1 a:1\n", kind: BadPair, line: 1, column: 3,
			want: `line 1, column 3: malformed pair: got "a:1", want index:value with a whole number as index`},
		{name: "fraction as index", text: "1 1.5:1\n", kind: BadPair, line: 1, column: 3,
			want: `line 1, column 3: malformed pair: got "1.5:1", want index:value with a whole number as index`},
		{name: "sign as index", text: "1 -:1\n", kind: BadPair, line: 1, column: 3,
			want: `line 1, column 3: malformed pair: got "-:1", want index:value with a whole number as index`},
		{name: "text as value", text: "1 1:1 12:b\n", kind: NotNumeric, line: 1, column: 10,
			want: `line 1, column 10: not a number in column "x12": got "b", want a number`},
		{name: "two colons", text: "1 1:1:2\n", kind: NotNumeric, line: 1, column: 5,
			want: `line 1, column 5: not a number in column "x1": got "1:2", want a number`},
		{name: "NaN", text: "1 1:1\n1 2:nan\n", kind: NotFinite, line: 2, column: 5,
			want: `line 2, column 5: not a finite number in column "x2": got "nan", want a finite number`},
		{name: "Inf", text: "1 2:-Inf\n", kind: NotFinite, line: 1, column: 5,
			want: `line 1, column 5: not a finite number in column "x2": got "-Inf", want a finite number`},
		{name: "too large", text: "1 2:1e999\n", kind: NotFinite, line: 1, column: 5,
			want: `line 1, column 5: not a finite number in column "x2": got "1e999", want a finite number`},
		{name: "no label", text: "1 2:1\n  2:1 3:4\n", kind: MissingLabel, line: 2, column: 3,
			want: `line 2, column 3: missing label: got "2:1", want a number as label; begin the line with a label, 0 if it is unknown`},
		{name: "text as label", text: "spam 2:1\n", kind: NotNumeric, line: 1, column: 1,
			want: `line 1, column 1: not a number: got "spam", want a number as label`},
		{name: "NaN as label", text: "NaN 2:1\n", kind: NotFinite, line: 1, column: 1,
			want: `line 1, column 1: not a finite number: got "NaN", want a finite number as label`},
		{name: "several labels", text: "1,3 2:1\n", kind: Unsupported, line: 1, column: 1,
			want: `line 1, column 1: unsupported LIBSVM: got several labels "1,3", want one label; make one file for each label`},
		{name: "CSV", text: "age,died\n20,1\n", kind: NotNumeric, line: 1, column: 1,
			want: `line 1, column 1: not a number: got "age,died", want a number as label; if the file is CSV, set the format to CSV`},
		{name: "qid", text: "3 qid:1 1:1\n", kind: Unsupported, line: 1, column: 3,
			want: `line 1, column 3: unsupported LIBSVM: got "qid:1", want index:value; query groups of ranking data are not supported: remove the qid field`},
		{name: "undeclared width", text: "3 16777216:1\n1 16777217:1\n", kind: IndexTooLarge, line: 2, column: 3,
			want: "line 2, column 3: index too large: got index 16777217, want at most 16777216; if there are so many columns, declare them by Options.Features"},
		{name: "beyond int", text: "3 99999999999999999999999:1\n", kind: IndexTooLarge, line: 1, column: 3,
			want: "line 1, column 3: index too large: got index 9223372036854775807, want at most 16777216; if there are so many columns, declare them by Options.Features"},
		{name: "beyond Features", text: "3 4:1\n1 1:1 5:1\n", o: Options{Features: 4}, kind: IndexTooLarge, line: 2, column: 7,
			want: "line 2, column 7: index too large: got index 5, want at most Options.Features = 4; declare more features, or leave such features out by IgnoreExtra"},
		{name: "beyond training", text: "3 4:1\n1 1:1 5:1\n", o: Options{Like: &Schema{Format: LIBSVM, Features: 4}}, kind: IndexTooLarge, line: 2, column: 7,
			want: "line 2, column 7: index too large: got index 5, want at most 4, as in the training data; read the training data with a larger Options.Features, or leave such features out by IgnoreExtra"},
		{name: "checked though ignored", text: "3 4:x\n", o: Options{Features: 2, Extra: IgnoreExtra}, kind: NotNumeric, line: 1, column: 5,
			want: `line 1, column 5: not a number in column "x4": got "x", want a number`},
		{name: "dense beyond memory", text: "1 1:1\n", o: Options{Features: 2000000000, Storage: Dense}, kind: TooLarge, line: 1,
			want: "line 1: too large: got 1 × 2000000000 entries of a dense matrix, want at most 1073741824; use the storage Sparse"},
		{name: "cut gzip", text: string(zip(t, flowers)[:50]), kind: BadGzip, line: 5,
			want: "line 5: damaged gzip data: unexpected EOF; the file is damaged or cut short: fetch it again"},
		{name: "CSV options", o: Options{Target: "y"}, text: flowers, kind: BadOptions,
			want: "unusable options: got Target, NoTarget, Columns, Ignore or Categorical for a LIBSVM file, want none of them; LIBSVM has no column names; its target is the label in front"},
		{name: "ignoring nothing", o: Options{Extra: IgnoreExtra}, text: flowers, kind: BadOptions,
			want: "unusable options: got IgnoreExtra without a declared width, want Features or Like"},
		{name: "negative width", o: Options{Features: -1}, text: flowers, kind: BadOptions,
			want: "unusable options: got Features -1, want a number of columns up to 2147483647, or 0 for the largest index in the file"},
	} {
		t.Run(w.name, func(t *testing.T) {
			_, err := ReadLIBSVM(strings.NewReader(w.text), &w.o)
			w.check(t, err)
		})
	}
}
