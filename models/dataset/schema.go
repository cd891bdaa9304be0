package dataset

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Schema says how the fields of a file became the columns of a matrix. It can
// be kept as JSON beside a fitted model and given to Options.Like to code new
// data in the same way.
type Schema struct {
	Format Format
	// Target is the name of the target, "" for LIBSVM or without a target.
	Target string `json:",omitempty"`
	// Columns are the features of a CSV file in the order of the matrix.
	Columns []Column `json:",omitempty"`
	// Features is the number of columns of a LIBSVM file.
	Features int `json:",omitempty"`
}

// Column is a feature of a CSV file.
type Column struct {
	Name string
	// Levels are the sorted levels of a categorical column, nil for a numeric
	// column. All levels but the Reference have an indicator column.
	Levels    []string `json:",omitempty"`
	Reference string   `json:",omitempty"`
}

// categorical is true for a column with levels.
func (c *Column) categorical() bool { return c.Levels != nil }

// width is the number of matrix columns.
func (c *Column) width() int {
	if c.categorical() {
		return len(c.Levels) - 1
	}
	return 1
}

// Width returns the number of columns of the matrix.
func (s *Schema) Width() int {
	d := s.Features
	for i := range s.Columns {
		d += s.Columns[i].width()
	}
	return d
}

// Names returns the names of the columns of the matrix: the names in the header,
// column[level] for indicators, and x1, x2, ... for LIBSVM.
func (s *Schema) Names() []string {
	names := make([]string, 0, s.Width())
	for i := range s.Columns {
		c := &s.Columns[i]
		if !c.categorical() {
			names = append(names, c.Name)
			continue
		}
		for _, l := range c.Levels {
			if l != c.Reference {
				names = append(names, c.Name+"["+l+"]")
			}
		}
	}
	for j := range s.Features {
		names = append(names, xName(j))
	}
	return names
}

// xName is the name of the column with index j from 0.
func xName(j int) string { return "x" + strconv.Itoa(j+1) }

// check returns an error if s, which may come from a file, contradicts itself.
func (s *Schema) check() *Error {
	bad := func(name, got, want string) *Error {
		return &Error{Kind: BadOptions, Name: name, Got: "a Schema with " + got, Want: want,
			Hint: "use the Schema of a Dataset"}
	}
	switch {
	case s.Format == LIBSVM && (s.Features < 1 || s.Features > math.MaxInt32 || s.Columns != nil || s.Target != ""):
		return bad("", fmt.Sprintf("%d features, %d columns and target %s", s.Features, len(s.Columns), quote(s.Target)),
			"features only for LIBSVM")
	case s.Format == CSV && (s.Features != 0 || len(s.Columns) == 0):
		return bad("", fmt.Sprintf("%d features and %s", s.Features, count(len(s.Columns), "column")), "columns only for CSV")
	}
	seen := make(map[string]bool)
	for i := range s.Columns {
		c := &s.Columns[i]
		if seen[c.Name] || c.Name == s.Target && s.Target != "" {
			return bad(c.Name, "the column twice", "once")
		}
		seen[c.Name] = true
		if !c.categorical() {
			continue
		}
		if !slices.Contains(c.Levels, c.Reference) {
			return bad(c.Name, "reference level "+quote(c.Reference), "one of the levels "+list(c.Levels))
		}
		levels := make(map[string]bool)
		for _, l := range c.Levels {
			if levels[l] {
				return bad(c.Name, "level "+quote(l)+" twice", "once")
			}
			levels[l] = true
		}
	}
	if s.Width() == 0 {
		return bad("", "no columns", "at least one")
	}
	return nil
}

// MarshalText writes a format as its name.
func (f Format) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads a format from its name.
func (f *Format) UnmarshalText(b []byte) error {
	g, err := ParseFormat(string(b))
	if err != nil {
		return err
	}
	*f = g
	return nil
}
