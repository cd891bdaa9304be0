package dataset

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// header takes the names of the columns from the first record and decides what
// each is for.
func (r *csvReader) header(rec []string) *Error {
	r.headerLine, _ = r.csv.FieldPos(0)
	r.names = make([]string, len(rec))
	numbers := 0
	for i, s := range rec {
		r.names[i] = strings.Clone(strings.TrimSpace(s))
		if _, st := parseNumber(r.names[i]); st == isNumber {
			numbers++
		}
	}
	if r.opt.Header == HeaderChecked && numbers == len(rec) {
		return &Error{Kind: BadHeader, Line: r.headerLine, Got: "numbers only: " + list(r.names), Want: "names of columns",
			Hint: "if the file has no header, set Options.Header to NoHeader; if these are names, to HeaderTrusted"}
	}
	if r.opt.Header == NoHeader {
		for i := range r.names {
			r.names[i] = xName(i)
		}
	}
	if r.opt.Like != nil {
		return r.planLike(r.opt.Like)
	}
	return r.plan()
}

// headerError returns an error at a name in the header.
func (r *csvReader) headerError(kind Kind, field int) *Error {
	_, column := r.csv.FieldPos(field)
	return &Error{Kind: kind, Line: r.headerLine, Column: column}
}

// find returns the index of the column with the given name.
func (r *csvReader) find(name, option string) (int, *Error) {
	i := slices.Index(r.names, name)
	if i >= 0 {
		return i, nil
	}
	err := &Error{Kind: UnknownColumn, Line: r.headerLine, Got: quote(name) + " in " + option, Want: "one of " + list(r.names)}
	for _, s := range r.names {
		if strings.EqualFold(s, name) {
			err.Hint = "did you mean " + quote(s) + "?"
		}
	}
	return -1, err
}

// plan takes the roles of the columns from the options.
func (r *csvReader) plan() *Error {
	o := &r.opt
	for _, named := range []struct {
		option string
		names  []string
	}{
		{"Options.Columns", o.Columns},
		{"Options.Ignore", o.Ignore},
		{"Options.Categorical", slices.Sorted(maps.Keys(o.Categorical))},
	} {
		for _, name := range named.names {
			if _, err := r.find(name, named.option); err != nil {
				return err
			}
		}
	}
	ignored, wanted := set(o.Ignore), set(o.Columns)
	seen := make(map[string]int)
	for i, name := range r.names {
		if ignored[name] {
			continue
		}
		if name == "" {
			err := r.headerError(BadHeader, i)
			err.Got, err.Want = "an empty name", "a name for every column"
			err.Hint = `give the column a name, or put "" in Options.Ignore if it holds row numbers`
			return err
		}
		if first, ok := seen[name]; ok {
			return r.duplicate(first, i)
		}
		seen[name] = i
	}
	if err := r.planTarget(); err != nil {
		return err
	}
	for i, name := range r.names {
		if i == r.targetAt || ignored[name] || o.Columns != nil && !wanted[name] {
			continue
		}
		ref, cat := o.Categorical[name]
		r.addFeature(csvColumn{name: name, field: i, categorical: cat, reference: ref})
	}
	if len(r.features) == 0 {
		err := &Error{Kind: NoFeatures, Line: r.headerLine, Got: count(len(r.names), "column") + ": " + list(r.names),
			Want: "a column beside the target"}
		switch first := r.names[0]; {
		case isLIBSVM(first):
			err.Hint = "this looks like LIBSVM: set the format to LIBSVM"
		case len(r.names) == 1 && strings.ContainsAny(first, ",;\t"):
			err.Hint = "set Options.Comma to the separator of the file"
		case len(r.names) == 1:
			err.Hint = "set Options.NoTarget if the column is a feature"
		}
		return err
	}
	return nil
}

// duplicate returns the error for a name that two fields of the header share.
func (r *csvReader) duplicate(first, second int) *Error {
	err := r.headerError(DuplicateName, second)
	err.Name, err.Got = r.names[second], fmt.Sprintf("the name of field %d as field %d", first+1, second+1)
	err.Want, err.Hint = "every name once", "rename one of them, or put the name in Options.Ignore"
	return err
}

func set(names []string) map[string]bool {
	s := make(map[string]bool, len(names))
	for _, name := range names {
		s[name] = true
	}
	return s
}

// planTarget finds the target by its name or takes the last column.
func (r *csvReader) planTarget() *Error {
	o := &r.opt
	switch {
	case o.NoTarget:
		return nil
	case o.Target != "":
		i, err := r.find(o.Target, "Options.Target")
		if err != nil {
			return err
		}
		r.targetAt = i
	default:
		for i, name := range r.names {
			if !slices.Contains(o.Ignore, name) {
				r.targetAt = i
			}
		}
		if r.targetAt < 0 {
			return &Error{Kind: NoFeatures, Line: r.headerLine, Got: "all columns in Options.Ignore", Want: "a target and a feature"}
		}
	}
	r.targetName = r.names[r.targetAt]
	_, cat := o.Categorical[r.targetName]
	option := ""
	switch {
	case slices.Contains(o.Columns, r.targetName):
		option = "Options.Columns"
	case slices.Contains(o.Ignore, r.targetName):
		option = "Options.Ignore"
	case cat:
		option = "Options.Categorical"
	default:
		return nil
	}
	err := badOption("the target "+quote(r.targetName)+" in "+option, "features only",
		"Options.Target chooses the target, the last column if it is empty")
	err.Line = r.headerLine
	return err
}

// planLike finds the columns of the training data by their names.
func (r *csvReader) planLike(s *Schema) *Error {
	o := &r.opt
	used := make(map[string]bool)
	for _, c := range s.Columns {
		i, err := r.find(c.Name, "the training data")
		if err != nil {
			return err
		}
		used[c.Name] = true
		f := csvColumn{name: c.Name, field: i, categorical: c.categorical(), reference: c.Reference, levels: c.Levels, fixed: true}
		r.addFeature(f)
	}
	target := o.Target
	if target == "" && !o.NoTarget {
		target = s.Target
	}
	if target != "" {
		i, err := r.find(target, "the training data")
		if err != nil {
			err.Hint = strings.TrimPrefix(err.Hint+"; set Options.NoTarget if the new data have no target", "; ")
			return err
		}
		if used[target] {
			err := badOption("the target "+quote(target)+", a feature of the training data", "another target", "")
			err.Line = r.headerLine
			return err
		}
		r.targetAt, r.targetName = i, target
		used[target] = true
	}
	var extra []string
	seen := make(map[string]int)
	for i, name := range r.names {
		if !used[name] {
			if name != s.Target || !o.NoTarget {
				extra = append(extra, name)
			}
			continue
		}
		if first, ok := seen[name]; ok {
			return r.duplicate(first, i)
		}
		seen[name] = i
	}
	if extra != nil {
		r.notes = append(r.notes, "left out "+count(len(extra), "column")+" that the training data do not have: "+list(extra))
	}
	return nil
}

// addFeature appends a feature and gives it a place in the row.
func (r *csvReader) addFeature(c csvColumn) {
	if r.opt.Header != NoHeader {
		_, c.header = r.csv.FieldPos(c.field)
	}
	if c.categorical {
		c.slot = len(r.rowCat)
		r.rowCat = append(r.rowCat, 0)
		c.index = make(map[string]int32)
		for k, l := range c.levels {
			c.index[l] = int32(k)
		}
	} else {
		c.slot = len(r.rowNum)
		r.rowNum = append(r.rowNum, 0)
	}
	r.features = append(r.features, c)
}
