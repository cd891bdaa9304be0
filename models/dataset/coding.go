package dataset

import (
	"fmt"
	"slices"
)

// finish codes the rows read and returns the data.
func (r *csvReader) finish() (*Dataset, *Error) {
	if len(r.lines) == 0 {
		return nil, r.noRows()
	}
	s, err := r.schema()
	if err != nil {
		return nil, err
	}
	e, err := r.code(s)
	if err != nil {
		err.Line = r.lastLine
		return nil, err
	}
	r.noteDropped(len(r.lines))
	d := &Dataset{Schema: s, Lines: r.lines, Dropped: r.dropped, Notes: r.notes, target: r.target}
	return d.with(e), nil
}

// noRows returns the error of a file without rows.
func (r *csvReader) noRows() *Error {
	err := &Error{Kind: NoRows, Line: max(r.lastLine, 1), Got: "a header only", Want: "rows of data"}
	if r.dropped.Rows > 0 {
		err.Got = fmt.Sprintf("%s, all dropped for missing values, the first in line %d", count(r.dropped.Rows, "row"), r.dropped.Lines[0])
		err.Hint = "leave columns with many missing values out by Options.Ignore"
	}
	return err
}

// noteDropped adds a note on rows that were dropped, where others were kept.
func (r *csvReader) noteDropped(kept int) {
	if r.dropped.Rows > 0 {
		r.notes = append(r.notes, fmt.Sprintf("dropped %s of %d with missing values, the first in line %d",
			count(r.dropped.Rows, "row"), r.dropped.Rows+kept, r.dropped.Lines[0]))
	}
}

// schema returns the coding of the columns.
func (r *csvReader) schema() (*Schema, *Error) {
	s := &Schema{Format: CSV, Target: r.targetName}
	for i := range r.features {
		c := &r.features[i]
		col, err := c.schema()
		if err != nil {
			err.Line = r.headerLine
			return nil, err
		}
		if len(col.Levels) == 1 && !c.fixed {
			r.notes = append(r.notes, fmt.Sprintf("categorical column %s has the one level %s and makes no column", quote(c.name), quote(col.Reference)))
		}
		s.Columns = append(s.Columns, col)
	}
	if s.Width() == 0 {
		return nil, &Error{Kind: NoFeatures, Line: r.headerLine, Got: "categorical columns with one level only", Want: "a feature that varies"}
	}
	seen := make(map[string]bool)
	for _, name := range s.Names() {
		if seen[name] {
			return nil, &Error{Kind: DuplicateName, Line: r.headerLine, Name: name, Got: "an indicator with the name of another column",
				Want: "every name once", Hint: "rename the column or the level"}
		}
		seen[name] = true
	}
	return s, nil
}

// schema returns the column with its levels sorted and its reference chosen.
func (c *csvColumn) schema() (Column, *Error) {
	col := Column{Name: c.name, Reference: c.reference}
	if !c.categorical {
		return col, nil
	}
	col.Levels = slices.Clone(c.levels)
	if c.fixed {
		return col, nil
	}
	slices.SortFunc(col.Levels, compareTexts(allNumbers(col.Levels)))
	if c.reference == "" {
		col.Reference = col.Levels[0]
	} else if !slices.Contains(col.Levels, c.reference) {
		return col, &Error{Kind: UnknownLevel, Column: c.header, Name: c.name,
			Got: "reference level " + quote(c.reference), Want: "one of " + list(col.Levels),
			Hint: "Options.Categorical names the reference level"}
	}
	return col, nil
}

// A place is where a feature goes in the matrix.
type place struct {
	slot   int
	column int   // of a numeric feature
	levels []int // for each level code its column, −1 for the reference; nil if numeric
}

// places returns the places of the features in the order of the matrix.
func (r *csvReader) places(s *Schema) []place {
	places := make([]place, len(r.features))
	next := 0
	for i := range r.features {
		c, col := &r.features[i], &s.Columns[i]
		p := place{slot: c.slot, column: next}
		if col.categorical() {
			p.levels = make([]int, len(c.levels))
			j := next
			for _, l := range col.Levels {
				if l == col.Reference {
					p.levels[c.index[l]] = -1
					continue
				}
				p.levels[c.index[l]] = j
				j++
			}
		}
		next += col.width()
		places[i] = p
	}
	return places
}

// code returns the matrix with categorical columns as indicators.
func (r *csvReader) code(s *Schema) (entries, *Error) {
	n, d := len(r.lines), s.Width()
	if len(r.rowCat) == 0 {
		e := entries{n: n, d: d, dense: r.num}
		return e.stored(r.opt.Storage)
	}
	places := r.places(s)
	// each calls f for the entries that are not 0, by rows and columns.
	each := func(f func(i, j int, v float64)) {
		for i := range n {
			num := r.num[i*len(r.rowNum):]
			cat := r.cat[i*len(r.rowCat):]
			for k := range places {
				p := &places[k]
				if p.levels == nil {
					if v := num[p.slot]; v != 0 {
						f(i, p.column, v)
					}
				} else if j := p.levels[cat[p.slot]]; j >= 0 {
					f(i, j, 1)
				}
			}
		}
	}
	nonzeros := 0
	each(func(int, int, float64) { nonzeros++ })
	storage := r.opt.Storage
	if storage == AutoStorage {
		storage = Dense
		if float64(nonzeros) < sparseBelow*float64(n)*float64(d) || !fitsDense(n, d) {
			storage = Sparse
		}
	}
	if storage == Dense {
		if !fitsDense(n, d) {
			return entries{}, tooLarge(n, d)
		}
		e := entries{n: n, d: d, dense: make([]float64, n*d)}
		each(func(i, j int, v float64) { e.dense[i*d+j] = v })
		return e, nil
	}
	e := entries{n: n, d: d, indptr: make([]int, n+1),
		indices: make([]int, 0, nonzeros), values: make([]float64, 0, nonzeros)}
	each(func(i, j int, v float64) {
		e.indices = append(e.indices, j)
		e.values = append(e.values, v)
		e.indptr[i+1] = len(e.indices)
	})
	for i := range n { // rows without entries
		e.indptr[i+1] = max(e.indptr[i+1], e.indptr[i])
	}
	return e, nil
}
