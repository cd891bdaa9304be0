package dataset

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLike(t *testing.T) {
	train := mustCSV(t, people, &Options{Target: "died", Ignore: []string{"id"}, Missing: DropMissing,
		Categorical: map[string]string{"region": "south"}})
	if diff := cmp.Diff([]string{"age", "region[mid\nwest]", "region[north]", "height"}, train.Names()); diff != "" {
		t.Error(diff)
	}
	text, err := json.Marshal(train.Schema)
	if err != nil {
		t.Fatal(err)
	}
	var like Schema
	if err := json.Unmarshal(text, &like); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(train.Schema, &like); diff != "" {
		t.Error(diff)
	}

	// Another order, other columns, levels in another order and not all of them.
	d := mustCSV(t, "height,died,extra,region,age\n1,yes,a,south,2\n3,no,b,north,4\n", &Options{Like: &like})
	if diff := cmp.Diff([][]float64{{2, 0, 0, 1}, {4, 0, 1, 3}}, rowsOf(t, d.X)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(train.Schema, d.Schema); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`left out 1 column that the training data do not have: "extra"`}, d.Notes); diff != "" {
		t.Error(diff)
	}
	y, err := d.Binary("no", "yes")
	if diff := cmp.Diff([]float64{1, 0}, y); diff != "" || err != nil {
		t.Error(err, diff)
	}

	for _, text := range []string{"height,region,age\n1,north,2\n", "height,region,died,age\n1,north,?,2\n"} {
		d = mustCSV(t, text, &Options{Like: &like, NoTarget: true})
		if diff := cmp.Diff([][]float64{{2, 0, 1, 1}}, rowsOf(t, d.X)); diff != "" || d.Notes != nil {
			t.Error(diff, d.Notes)
		}
	}
}

func TestLikeErrors(t *testing.T) {
	like := &Schema{Format: CSV, Target: "y", Columns: []Column{{Name: "r", Levels: []string{"a", "b"}, Reference: "a"}, {Name: "x"}}}
	for _, w := range []wrong{
		{name: "unknown level", text: "x,y,r\n1,1,a\n2,1,c\n", kind: UnknownLevel, line: 3, column: 5,
			want: `line 3, column 5: unknown level in column "r": got level "c", want one of the training data: "a", "b"; add such rows to the training data or remove them here`},
		{name: "text", text: "x,y,r\na,1,a\n", kind: NotNumeric, line: 2, column: 1,
			want: `line 2, column 1: not a number in column "x": got "a", want a number; the column is numeric in the training data`},
		{name: "first missing value of the file", text: "x,y,r\n1,2,a\n?,2,?\n", kind: MissingValue, line: 3, column: 1,
			want: `line 3, column 1: missing value in column "x": got "?", want a value; fill it in, drop such rows by DropMissing, or leave the column out by Options.Ignore`},
		{name: "missing target before a missing value", text: "y,x,r\n1,2,a\n?,?,b\n", kind: MissingValue, line: 3, column: 1,
			want: `line 3, column 1: missing value in column "y": got "?", want a value; fill it in, drop such rows by DropMissing, or leave the column out by Options.Ignore`},
		{name: "missing column", text: "y,r\n1,a\n", kind: UnknownColumn, line: 1,
			want: `line 1: no such column: got "x" in the training data, want one of "y", "r"`},
		{name: "missing target", text: "x,r\n1,a\n", kind: UnknownColumn, line: 1,
			want: `line 1: no such column: got "y" in the training data, want one of "x", "r"; set Options.NoTarget if the new data have no target`},
		{name: "target is a feature", text: "x,r\n1,a\n", o: Options{Target: "x"}, kind: BadOptions, line: 1,
			want: `line 1: unusable options: got the target "x", a feature of the training data, want another target`},
		{name: "duplicate", text: "x,y,r,x\n1,1,a,2\n", kind: DuplicateName, line: 1, column: 7,
			want: `line 1, column 7: duplicate column name in column "x": got the name of field 1 as field 4, want every name once; rename one of them, or put the name in Options.Ignore`},
		{name: "other options", text: "x,y\n", o: Options{Columns: []string{"x"}}, kind: BadOptions,
			want: "unusable options: got Like together with Columns, Ignore, Categorical or Features, want Like alone; the Schema says all of these"},
	} {
		t.Run(w.name, func(t *testing.T) {
			w.o.Like = like
			_, err := ReadCSV(strings.NewReader(w.text), &w.o)
			w.check(t, err)
		})
	}
	for _, w := range []struct {
		wrong
		like Schema
	}{
		{wrong{name: "other format", want: "unusable options: got a Schema of a libsvm file, want one of a csv file; give training and new data in the same format"},
			Schema{Format: LIBSVM, Features: 2}},
		{wrong{name: "no columns", want: "unusable options: got a Schema with 0 features and 0 columns, want columns only for CSV; use the Schema of a Dataset"},
			Schema{Format: CSV}},
		{wrong{name: "column twice", want: `unusable options in column "x": got a Schema with the column twice, want once; use the Schema of a Dataset`},
			Schema{Format: CSV, Columns: []Column{{Name: "x"}, {Name: "x"}}}},
		{wrong{name: "bad reference", want: `unusable options in column "x": got a Schema with reference level "c", want one of the levels "a", "b"; use the Schema of a Dataset`},
			Schema{Format: CSV, Columns: []Column{{Name: "x", Levels: []string{"a", "b"}, Reference: "c"}}}},
		{wrong{name: "level twice", want: `unusable options in column "x": got a Schema with level "a" twice, want once; use the Schema of a Dataset`},
			Schema{Format: CSV, Columns: []Column{{Name: "x", Levels: []string{"a", "a"}, Reference: "a"}}}},
		{wrong{name: "one level", want: "unusable options: got a Schema with no columns, want at least one; use the Schema of a Dataset"},
			Schema{Format: CSV, Columns: []Column{{Name: "x", Levels: []string{"a"}, Reference: "a"}}}},
	} {
		t.Run(w.name, func(t *testing.T) {
			w.kind = BadOptions
			_, err := ReadCSV(strings.NewReader("x,y\n1,2\n"), &Options{Like: &w.like})
			w.check(t, err)
		})
	}
	_, err := ReadLIBSVM(strings.NewReader(flowers), &Options{Like: &Schema{Format: LIBSVM, Columns: []Column{{Name: "a"}}}})
	(&wrong{kind: BadOptions, want: `unusable options: got a Schema with 0 features, 1 columns and target "", want features only for LIBSVM; use the Schema of a Dataset`}).check(t, err)
}

func TestFormatNames(t *testing.T) {
	for _, f := range []Format{Auto, CSV, LIBSVM} {
		if g, err := ParseFormat(strings.ToUpper(f.String())); g != f || err != nil {
			t.Error(f, g, err)
		}
	}
	_, err := ParseFormat("xlsx")
	(&wrong{kind: BadOptions, want: `unusable options: got "xlsx", want format auto, csv or libsvm`}).check(t, err)
	var f Format
	if err := f.UnmarshalText([]byte("arff")); err == nil {
		t.Error("arff is no format")
	}
}
