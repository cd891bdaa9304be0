package dataset

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/models"
)

// rowsOf returns the entries of X by its product with unit vectors, so through
// the methods of models.Matrix.
func rowsOf(t *testing.T, x models.Matrix) [][]float64 {
	t.Helper()
	n, d := x.Dims()
	rows := make([][]float64, n)
	col, unit := make([]float64, n), make([]float64, d)
	for j := range d {
		unit[j] = 1
		x.MulVec(col, unit, 0, n)
		unit[j] = 0
		for i, v := range col {
			rows[i] = append(rows[i], v)
		}
	}
	return rows
}

func mustCSV(t *testing.T, text string, o *Options) *Dataset {
	t.Helper()
	d, err := ReadCSV(strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func zip(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(text))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// people has a quoted name over two lines, spaces, signs, an exponent, a missing
// age in line 7 and CRLF in the last line.
const people = `id,age,region,height,died
1, 20 ,north,1.5,no
2,+31,"south ",-2e-1,yes
3,42.,"mid
west",.25,no
4,5,north,0,yes
5,NA,south,1,no
6,7,"south",1,no` + "\r\n"

func TestReadCSV(t *testing.T) {
	o := &Options{Ignore: []string{"id"}, Categorical: map[string]string{"region": "north"}, Missing: DropMissing}
	want := [][]float64{
		{20, 0, 0, 1.5},
		{31, 0, 1, -.2},
		{42, 1, 0, .25},
		{5, 0, 0, 0},
		{7, 0, 1, 1},
	}
	check := func(t *testing.T, d *Dataset) {
		t.Helper()
		if diff := cmp.Diff([]string{"age", "region[mid\nwest]", "region[south]", "height"}, d.Names()); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want, rowsOf(t, d.X)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]int{2, 3, 4, 6, 8}, d.Lines); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(Dropped{Rows: 1, Lines: []int{7}}, d.Dropped); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"dropped 1 row of 6 with missing values, the first in line 7"}, d.Notes); diff != "" {
			t.Error(diff)
		}
		y, neg, pos, err := d.TwoClass("")
		if err != nil || neg != "no" || pos != "yes" {
			t.Fatal(neg, pos, err)
		}
		if diff := cmp.Diff([]float64{0, 1, 0, 1, 0}, y); diff != "" {
			t.Error(diff)
		}
	}
	for _, s := range []Storage{AutoStorage, Dense, Sparse} {
		o.Storage = s
		d := mustCSV(t, people, o)
		check(t, d)
		if d.IsSparse() != (s == Sparse) {
			t.Errorf("storage %d: sparse %v", s, d.IsSparse())
		}
	}
	check(t, mustCSV(t, "\ufeff"+people, o))
	check(t, mustCSV(t, string(zip(t, people)), o))
	check(t, mustCSV(t, string(zip(t, "\ufeff"+people)), o))
	o.Comma = ';'
	check(t, mustCSV(t, strings.ReplaceAll(people, ",", ";"), o))
	o.Comma = '\t'
	check(t, mustCSV(t, strings.ReplaceAll(people, ",", "\t"), o))
}

func TestReadCSVRoles(t *testing.T) {
	const text = "a,b,c\n1,2,3\n4,5,6\n"
	for _, test := range []struct {
		name  string
		text  string
		o     Options
		names []string
		first []float64
		y     []float64
	}{
		{"default", text, Options{}, []string{"a", "b"}, []float64{1, 2}, []float64{3, 6}},
		{"target", text, Options{Target: "a"}, []string{"b", "c"}, []float64{2, 3}, []float64{1, 4}},
		{"columns", text, Options{Columns: []string{"b"}}, []string{"b"}, []float64{2}, []float64{3, 6}},
		{"columns keep their order", text, Options{Target: "b", Columns: []string{"c", "a"}}, []string{"a", "c"}, []float64{1, 3}, []float64{2, 5}},
		{"ignored last column", text, Options{Ignore: []string{"c"}}, []string{"a"}, []float64{1}, []float64{2, 5}},
		{"no target", text, Options{NoTarget: true}, []string{"a", "b", "c"}, []float64{1, 2, 3}, nil},
		{"no header", "1,2,3\n4,5,6\n", Options{Header: NoHeader}, []string{"x1", "x2"}, []float64{1, 2}, []float64{3, 6}},
		{"trusted header", "1,2,3\n1,2,3\n4,5,6\n", Options{Header: HeaderTrusted}, []string{"1", "2"}, []float64{1, 2}, []float64{3, 6}},
		{"row numbers", "\"\",b,c\n1,2,3\n4,5,6\n", Options{Ignore: []string{""}}, []string{"b"}, []float64{2}, []float64{3, 6}},
		{"numeric levels", "a,c\n10,3\n9,6\n", Options{Categorical: map[string]string{"a": ""}}, []string{"a[10]"}, []float64{1}, []float64{3, 6}},
		{"text levels", "a,c\n10,3\n9,6\nb,7\n", Options{Categorical: map[string]string{"a": ""}}, []string{"a[9]", "a[b]"}, []float64{0, 0}, []float64{3, 6, 7}},
		{"own marker", "a,c\n-999,3\n9,6\n", Options{Missing: DropMissing, MissingMarkers: []string{"-999"}}, []string{"a"}, []float64{9}, []float64{6}},
		{"no markers", "a,c\nNA,3\nb,6\n", Options{Categorical: map[string]string{"a": ""}, MissingMarkers: []string{}}, []string{"a[b]"}, []float64{0}, []float64{3, 6}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := mustCSV(t, test.text, &test.o)
			if diff := cmp.Diff(test.names, d.Names()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.first, rowsOf(t, d.X)[0]); diff != "" {
				t.Error(diff)
			}
			y, err := d.Numeric()
			if test.y == nil {
				if !errors.Is(err, NoTarget) {
					t.Errorf("got %v, want NoTarget", err)
				}
				return
			}
			if diff := cmp.Diff(test.y, y); err != nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
}

// wrong is a file that has to be refused.
type wrong struct {
	name         string
	text         string
	o            Options
	kind         Kind
	line, column int
	want         string // the whole message
}

func (w *wrong) check(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got %v, want an *Error", err)
	}
	if !errors.Is(err, w.kind) || errors.Is(err, Kind("another")) {
		t.Errorf("got kind %q, want %q", e.Kind, w.kind)
	}
	if e.Line != w.line || e.Column != w.column {
		t.Errorf("got line %d, column %d; want %d, %d", e.Line, e.Column, w.line, w.column)
	}
	if diff := cmp.Diff(w.want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestReadCSVErrors(t *testing.T) {
	for _, w := range []wrong{
		{name: "empty", kind: EmptyFile, line: 1,
			want: "line 1: empty file: want rows of data"},
		{name: "blank", text: "\n\n", kind: EmptyFile, line: 1,
			want: "line 1: empty file: got blank lines only, want a header and rows of data"},
		{name: "header only", text: "a,b\n", kind: NoRows, line: 1,
			want: "line 1: no rows: got a header only, want rows of data"},
		{name: "all dropped", text: "a,b\n,1\n2,?\n", o: Options{Missing: DropMissing}, kind: NoRows, line: 3,
			want: "line 3: no rows: got 2 rows, all dropped for missing values, the first in line 2, want rows of data; leave columns with many missing values out by Options.Ignore"},
		{name: "numbers as header", text: "1,2\n3,4\n", kind: BadHeader, line: 1,
			want: `line 1: unusable header: got numbers only: "1", "2", want names of columns; if the file has no header, set Options.Header to NoHeader; if these are names, to HeaderTrusted`},
		{name: "empty name", text: "a,,b\n1,2,3\n", kind: BadHeader, line: 1, column: 3,
			want: `line 1, column 3: unusable header: got an empty name, want a name for every column; give the column a name, or put "" in Options.Ignore if it holds row numbers`},
		{name: "duplicate name", text: "age,b,age,c\n1,2,3,4\n", kind: DuplicateName, line: 1, column: 7,
			want: `line 1, column 7: duplicate column name in column "age": got the name of field 1 as field 3, want every name once; rename one of them, or put the name in Options.Ignore`},
		{name: "duplicate indicator", text: "a,a[y],t\nx,1,0\ny,2,1\n", o: Options{Categorical: map[string]string{"a": ""}}, kind: DuplicateName, line: 1,
			want: `line 1: duplicate column name in column "a[y]": got an indicator with the name of another column, want every name once; rename the column or the level`},
		{name: "no such target", text: "Age,b\n1,2\n", o: Options{Target: "age"}, kind: UnknownColumn, line: 1,
			want: `line 1: no such column: got "age" in Options.Target, want one of "Age", "b"; did you mean "Age"?`},
		{name: "no such column", text: "a,b\n1,2\n", o: Options{Columns: []string{"c"}}, kind: UnknownColumn, line: 1,
			want: `line 1: no such column: got "c" in Options.Columns, want one of "a", "b"`},
		{name: "no such ignored column", text: "a,b\n1,2\n", o: Options{Ignore: []string{"c"}}, kind: UnknownColumn, line: 1,
			want: `line 1: no such column: got "c" in Options.Ignore, want one of "a", "b"`},
		{name: "no such categorical column", text: "a,b\n1,2\n", o: Options{Categorical: map[string]string{"d": "", "c": ""}}, kind: UnknownColumn, line: 1,
			want: `line 1: no such column: got "c" in Options.Categorical, want one of "a", "b"`},
		{name: "target as feature", text: "a,b\n1,2\n", o: Options{Columns: []string{"b"}}, kind: BadOptions, line: 1,
			want: `line 1: unusable options: got the target "b" in Options.Columns, want features only; Options.Target chooses the target, the last column if it is empty`},
		{name: "one column", text: "a\n1\n", kind: NoFeatures, line: 1,
			want: `line 1: no feature columns: got 1 column: "a", want a column beside the target; set Options.NoTarget if the column is a feature`},
		{name: "other separator", text: "a;b\n1;2\n", kind: NoFeatures, line: 1,
			want: `line 1: no feature columns: got 1 column: "a;b", want a column beside the target; set Options.Comma to the separator of the file`},
		{name: "LIBSVM", text: "+1 3:1 4:2\n", kind: NoFeatures, line: 1,
			want: `line 1: no feature columns: got 1 column: "+1 3:1 4:2", want a column beside the target; this looks like LIBSVM: set the format to LIBSVM`},
		{name: "all ignored", text: "a\n1\n", o: Options{Ignore: []string{"a"}}, kind: NoFeatures, line: 1,
			want: `line 1: no feature columns: got all columns in Options.Ignore, want a target and a feature`},
		{name: "text", text: "age,region,died\n1,2,0\n3, north,1\n", kind: NotNumeric, line: 3, column: 4,
			want: `line 3, column 4: not a number in column "region": got "north", want a number; declare the column in Options.Categorical if its values are names, or leave it out by Options.Ignore`},
		{name: "text after a record of two lines", text: "r,x,y\n\"a\nb\",1,2\n\"c\nd\",2b,1\n", o: Options{Categorical: map[string]string{"r": ""}}, kind: NotNumeric, line: 5, column: 4,
			want: `line 5, column 4: not a number in column "x": got "2b", want a number; declare the column in Options.Categorical if its values are names, or leave it out by Options.Ignore`},
		{name: "hexadecimal", text: "x,y\n0x10,1\n", kind: NotNumeric, line: 2, column: 1,
			want: `line 2, column 1: not a number in column "x": got "0x10", want a number; declare the column in Options.Categorical if its values are names, or leave it out by Options.Ignore`},
		{name: "infinite", text: "x,y\n1,1\n-Inf,1\n", kind: NotFinite, line: 3, column: 1,
			want: `line 3, column 1: not a finite number in column "x": got "-Inf", want a finite number`},
		{name: "too large", text: "x,y\n1e309,1\n", kind: NotFinite, line: 2, column: 1,
			want: `line 2, column 1: not a finite number in column "x": got "1e309", want a finite number`},
		{name: "NaN without markers", text: "x,y\nnan,1\n", o: Options{MissingMarkers: []string{}}, kind: NotFinite, line: 2, column: 1,
			want: `line 2, column 1: not a finite number in column "x": got "nan", want a finite number`},
		{name: "infinite target", text: "x,y\n1,inf\n", kind: NotFinite, line: 2, column: 3,
			want: `line 2, column 3: not a finite number in column "y": got "inf", want a finite number or a label`},
		{name: "NaN", text: "x,z,y\n1,2,3\n1,NaN,1\n", kind: MissingValue, line: 3, column: 3,
			want: `line 3, column 3: missing value in column "z": got "NaN", want a value; fill it in, drop such rows by DropMissing, or leave the column out by Options.Ignore`},
		{name: "missing target", text: "x,y\n1,\n", kind: MissingValue, line: 2, column: 3,
			want: `line 2, column 3: missing value in column "y": got "", want a value; fill it in, drop such rows by DropMissing, or leave the column out by Options.Ignore`},
		{name: "short row", text: "x,y,z\n1,2,3\n1,2\n", kind: RaggedRow, line: 3, column: 3,
			want: `line 3, column 3: ragged row: got 2 fields, want 3 as in the header; put fields that contain the separator in quotes`},
		{name: "long row", text: "1,2\n1,22,3,4\n", o: Options{Header: NoHeader}, kind: RaggedRow, line: 2, column: 6,
			want: `line 2, column 6: ragged row: got 4 fields, want 2 as in the first row; put fields that contain the separator in quotes`},
		{name: "stray quote", text: "x,y\n1,a\"b\n", kind: BadCSV, line: 2, column: 4,
			want: `line 2, column 4: malformed CSV: bare " in non-quoted-field; put a field with quotes inside in quotes and write them as ""`},
		{name: "quote inside", text: "x,y\n1,\"a\"b\n", kind: BadCSV, line: 2, column: 5,
			want: `line 2, column 5: malformed CSV: extraneous or missing " in quoted-field; a quoted field ends with a quote before the separator; write a quote inside as ""`},
		{name: "open quote", text: "x,y\n1,\"a\n2,3\n", kind: BadCSV, line: 3, column: 5,
			want: `line 3, column 5: malformed CSV: extraneous or missing " in quoted-field; a quote in the record that begins in line 2 is not closed`},
		{name: "no such reference", text: "x,r,y\n1,a,1\n", o: Options{Categorical: map[string]string{"r": "b"}}, kind: UnknownLevel, line: 1, column: 3,
			want: `line 1, column 3: unknown level in column "r": got reference level "b", want one of "a"; Options.Categorical names the reference level`},
		{name: "one level", text: "r,y\na,1\na,2\n", o: Options{Categorical: map[string]string{"r": ""}}, kind: NoFeatures, line: 1,
			want: `line 1: no feature columns: got categorical columns with one level only, want a feature that varies`},
		{name: "UTF-16", text: "\xff\xfea\x00", kind: Unreadable, line: 1, column: 1,
			want: "line 1, column 1: cannot read: got UTF-16 text, want UTF-8; save the file as UTF-8"},
		{name: "cut gzip", text: string(zip(t, people)[:40]), o: Options{Ignore: []string{"id"}}, kind: BadGzip, line: 1,
			want: "line 1: damaged gzip data: unexpected EOF; the file is damaged or cut short: fetch it again"},
		{name: "comma", text: people, o: Options{Comma: '"'}, kind: BadOptions,
			want: `unusable options: got Comma '"', want a character other than a quote or a line end`},
		{name: "LIBSVM options", text: people, o: Options{Features: 3}, kind: BadOptions,
			want: "unusable options: got Features or Extra for a CSV file, want neither; the header says how many columns there are"},
		{name: "two targets", text: people, o: Options{Target: "age", NoTarget: true}, kind: BadOptions,
			want: "unusable options: got Target and NoTarget, want one of them"},
	} {
		t.Run(w.name, func(t *testing.T) {
			_, err := ReadCSV(strings.NewReader(w.text), &w.o)
			w.check(t, err)
		})
	}
}

// TestCSVZeroRows has rows without a nonzero entry at the start, in the middle
// and at the end.
func TestCSVZeroRows(t *testing.T) {
	const text = "r,x,y\na,0,1\nb,0,1\na,0,1\na,-0,1\nb,2,1\na,0,1\n"
	want := [][]float64{{0, 0}, {1, 0}, {0, 0}, {0, 0}, {1, 2}, {0, 0}}
	for _, s := range []Storage{Dense, Sparse} {
		d := mustCSV(t, text, &Options{Categorical: map[string]string{"r": ""}, Storage: s})
		if diff := cmp.Diff(want, rowsOf(t, d.X)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestCSVNotes(t *testing.T) {
	d := mustCSV(t, "r,x,y\na,1,1\na,2,2\n", &Options{Categorical: map[string]string{"r": ""}})
	want := []string{`categorical column "r" has the one level "a" and makes no column`}
	if diff := cmp.Diff(want, d.Notes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"x"}, d.Names()); diff != "" {
		t.Error(diff)
	}
}

func TestLongTextsAreCut(t *testing.T) {
	_, err := ReadCSV(strings.NewReader("x,y\n"+strings.Repeat("ä", 5000)+",1\n"), nil)
	if err == nil || len(err.Error()) > 400 || !strings.Contains(err.Error(), `ä"... (10000 bytes)`) {
		t.Error(err)
	}
}
