package dataset

import (
	"bytes"
	"errors"
	"math"
	"testing"
)

// checkRead checks what must hold of any input: an *Error with a line, or data
// that agree with themselves.
func checkRead(t *testing.T, d *Dataset, err error) {
	t.Helper()
	if err != nil {
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Line < 1 || e.Column < 0 || e.Error() == "" || e.Kind == "" {
			t.Fatalf("got %#v", err)
		}
		return
	}
	e := &d.entries
	n, p := d.X.Dims()
	if n < 1 || p < 1 || n != e.n || p != e.d || len(d.Lines) != n || d.Schema.Width() != p {
		t.Fatalf("%d × %d, with %d lines and width %d", n, p, len(d.Lines), d.Schema.Width())
	}
	if err := d.Schema.check(); err != nil {
		t.Fatal(err)
	}
	for i, line := range d.Lines {
		if line < 1 || i > 0 && line <= d.Lines[i-1] {
			t.Fatalf("lines %v", d.Lines)
		}
	}
	if e.sparse() != (e.dense == nil) || !e.sparse() && len(e.dense) != n*p {
		t.Fatalf("%d dense entries, sparse %v", len(e.dense), e.sparse())
	}
	e.each(func(j int, v float64) {
		if math.IsNaN(v) || math.IsInf(v, 0) || j >= p {
			t.Fatalf("column %d: %v", j, v)
		}
	})
	if d.target.labels != nil {
		rows := 0
		for _, c := range d.Classes() {
			rows += c.Rows
		}
		if y, err := d.Numeric(); len(d.target.labels) != n || rows != n || err == nil && len(y) != n {
			t.Fatalf("%d labels, %d rows in classes, %d rows", len(d.target.labels), rows, n)
		}
		if y, neg, pos, err := d.TwoClass(""); err == nil && (len(y) != n || neg == pos) {
			t.Fatalf("labels %q, %q", neg, pos)
		}
	}
	if n*p < 1e6 {
		if z, err := NewStandardizer(d).Apply(d); err != nil {
			t.Fatal(err)
		} else if got, _ := z.Dims(); got != n {
			t.Fatal(z)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{
		people, "", "a,b\n", "a,b\n1,2\n", "1,2\n3,4\n", "a,a\n1,2\n", "a,b\nx,2\n", "a,b\nNA,2\n3,4\n", "a,b\n1\n", "a,b\n1,\"x\ny\"\n",
		"a,b\n1,Inf\n", "\ufeffa,b\r\n1,2\r\n", "a;b\n1;2\n", "\"\",b\n1,2\n", "a,b\n1e308,1\n-1e308,0\n", "a,b\n\"1,2\n", "a,b\n 1 , 2 \n", "a\n\n1\n",
		"a,a[y],t\nx,1,0\ny,2,1\n", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", "\xff\xfea", "a,b\n0x1p3,1_0\n",
	} {
		for mode := range uint8(8) {
			f.Add([]byte(s), mode)
		}
	}
	f.Add(bytes.Repeat([]byte("1,2,"), 300), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, mode uint8) {
		o := &Options{}
		if mode&1 != 0 {
			o.Header = NoHeader
		}
		if mode&2 != 0 {
			o.Missing = DropMissing
		}
		if mode&4 != 0 {
			o.NoTarget = true
		}
		if mode&8 != 0 {
			o.Storage = Sparse
		}
		d, err := ReadCSV(bytes.NewReader(data), o)
		checkRead(t, d, err)
		// Each column that is found to hold a text is declared categorical.
		for range 8 {
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Kind != NotNumeric {
				break
			}
			if o.Categorical == nil {
				o.Categorical = make(map[string]string)
			}
			o.Categorical[e.Name] = ""
			d, err = ReadCSV(bytes.NewReader(data), o)
			checkRead(t, d, err)
		}
		if err != nil {
			return
		}
		// The file coded like itself is itself.
		again, err := ReadCSV(bytes.NewReader(data), &Options{Like: d.Schema, Header: o.Header, Missing: o.Missing, NoTarget: o.NoTarget, Storage: o.Storage})
		if err != nil {
			t.Fatal(err)
		}
		checkRead(t, again, err)
		a, b := d.entries.toSparse(), again.entries.toSparse()
		if len(a.values) != len(b.values) || a.d != b.d {
			t.Fatalf("%v, read again %v", d, again)
		}
		for k, v := range a.values {
			if b.values[k] != v || b.indices[k] != a.indices[k] {
				t.Fatalf("entry %d differs", k)
			}
		}
	})
}

func FuzzReadLIBSVM(f *testing.F) {
	for _, s := range []string{
		flowers, "", "1\n", "1 1:1\n", "+1 1:1 2:2\n-1 3:0\n", "1 0:1\n", "1 2:1 1:1\n", "1 1:1 1:1\n", "1 -1:1\n", "1 a:1\n", "1 1:nan\n", "1 1:1e999\n",
		"1,2 1:1\n", "1 qid:1 1:1\n", "1:1\n", "nan 1:1\n", "x 1:1\n", "1 99999999999999999999:1\n", "1 16777216:1\n", "# c\n\n1 1:1 # c\r\n", "1 1:\n", "1 1:1:1\n",
		"1 1:1e308\n1 1:-1e308\n", "\ufeff1 1:1", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", "1 1:1e-320\n1\n",
	} {
		for mode := range uint8(4) {
			f.Add([]byte(s), mode)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, mode uint8) {
		o := &Options{}
		if mode&1 != 0 {
			o.Features = 5
			if mode&2 != 0 {
				o.Extra = IgnoreExtra
			}
		} else if mode&2 != 0 {
			o.Storage = Sparse
		}
		d, err := ReadLIBSVM(bytes.NewReader(data), o)
		checkRead(t, d, err)
		if err != nil || o.Features > 0 {
			return
		}
		again, err := ReadLIBSVM(bytes.NewReader(data), &Options{Like: d.Schema, Storage: o.Storage})
		if err != nil {
			t.Fatal(err)
		}
		if a, b := d.String(), again.String(); a != b {
			t.Fatalf("%v, read again %v", a, b)
		}
	})
}
