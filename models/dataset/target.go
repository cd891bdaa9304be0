package dataset

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A label is one value of a target: a number, so that +1, 1 and 1.0 are the
// same, or a text that is not a number.
type label struct {
	num  float64
	text int32 // index in target.texts, −1 for a number
}

// target holds the values of the target for each row.
type target struct {
	labels []label
	column []int32 // byte column in the line, for error messages
	texts  []string
	index  map[string]int32
}

func (t *target) addNumber(v float64, column int) {
	t.labels = append(t.labels, label{v, -1})
	t.column = append(t.column, int32(min(column, math.MaxInt32)))
}

func (t *target) addText(s string, column int) {
	k, ok := t.index[s]
	if !ok {
		if t.index == nil {
			t.index = make(map[string]int32)
		}
		k = int32(len(t.texts))
		s = strings.Clone(s) // s would keep the whole record in memory
		t.texts = append(t.texts, s)
		t.index[s] = k
	}
	t.labels = append(t.labels, label{0, k})
	t.column = append(t.column, int32(min(column, math.MaxInt32)))
}

func (t *target) subset(idx []int) target {
	s := target{texts: t.texts, index: t.index}
	if t.labels == nil {
		return s
	}
	for _, i := range idx {
		s.labels = append(s.labels, t.labels[i])
		s.column = append(s.column, t.column[i])
	}
	return s
}

// String returns the text of a label, the shortest one for a number.
func (t *target) String(l label) string {
	if l.text < 0 {
		return formatNumber(l.num)
	}
	return t.texts[l.text]
}

// find returns the label with the given text and whether that can occur at all.
func (t *target) find(s string) (label, bool) {
	s = strings.TrimSpace(s)
	if v, st := parseNumber(s); st == isNumber {
		return label{v, -1}, true
	}
	k, ok := t.index[s]
	return label{0, k}, ok
}

// Class is a value of the target.
type Class struct {
	Label string // for a number the shortest text: +1 and 1.0 are "1"
	Rows  int    // how many rows have it
}

// Classes returns the distinct values of the target, sorted by value if all are
// numbers and as texts otherwise; nil without a target.
func (d *Dataset) Classes() []Class {
	rows := make(map[label]int)
	for _, l := range d.target.labels {
		rows[l]++
	}
	var classes []Class
	numeric := true
	for l, n := range rows {
		classes = append(classes, Class{d.target.String(l), n})
		numeric = numeric && l.text < 0
	}
	compare := compareTexts(numeric)
	slices.SortFunc(classes, func(a, b Class) int { return compare(a.Label, b.Label) })
	return classes
}

func (d *Dataset) errNoTarget() *Error {
	return &Error{Kind: NoTarget, File: d.File, Want: "a target", Hint: "read the file without Options.NoTarget"}
}

// at returns an error of the target in the given row.
func (d *Dataset) at(kind Kind, row int) *Error {
	return &Error{Kind: kind, File: d.File, Line: d.Lines[row], Column: int(d.target.column[row]), Name: d.Schema.Target}
}

// Numeric returns the target as numbers. The error says where it is not.
func (d *Dataset) Numeric() ([]float64, error) {
	if d.target.labels == nil {
		return nil, d.errNoTarget()
	}
	y := make([]float64, len(d.target.labels))
	for i, l := range d.target.labels {
		if l.text >= 0 {
			err := d.at(NotNumeric, i)
			err.Got, err.Want = quote(d.target.texts[l.text]), "a number as target"
			err.Hint = "choose another target, or fit a classification"
			return nil, err
		}
		y[i] = l.num
	}
	return y, nil
}

// TwoClass returns a two-valued target as 0 and 1, where 1 is the label
// positive, and both labels. If positive is "", it is the larger of the two, by
// value if both are numbers (−1 < 1, 2 < 10) and as texts otherwise (B < M).
// The errors are OneClass, ManyClasses and, for a positive label that does not
// occur, UnknownLevel.
func (d *Dataset) TwoClass(positive string) (y []float64, neg, pos string, err error) {
	if d.target.labels == nil {
		return nil, "", "", d.errNoTarget()
	}
	var two []label
	third := -1
	for i, l := range d.target.labels {
		if slices.Contains(two, l) {
			continue
		}
		if len(two) == 2 {
			third = i
			break
		}
		two = append(two, l)
	}
	if third >= 0 {
		e := d.at(ManyClasses, third)
		e.Got, e.Want = listClasses(d.Classes()), "two labels"
		e.Hint = "leave out rows, join classes into one, or choose another target; Dataset.OneAgainstRest compares one with all others"
		return nil, "", "", e
	}
	if len(two) == 1 {
		return nil, "", "", &Error{Kind: OneClass, File: d.File, Name: d.Schema.Target,
			Got: listClasses(d.Classes()), Want: "two labels", Hint: "a classification needs rows of both classes"}
	}
	classes := d.Classes()
	neg, pos = classes[0].Label, classes[1].Label
	if positive != "" {
		l, ok := d.target.find(positive)
		if !ok || !slices.Contains(two, l) {
			return nil, "", "", &Error{Kind: UnknownLevel, File: d.File, Name: d.Schema.Target,
				Got: "positive label " + quote(positive), Want: quote(neg) + " or " + quote(pos)}
		}
		if d.target.String(l) == neg {
			neg, pos = pos, neg
		}
	}
	y, err = d.Binary(neg, pos)
	return y, neg, pos, err
}

// Binary returns the target as 0 where its label is neg and 1 where it is pos.
// It is for new data, which may have rows of one class only. The error says
// where there is another label.
func (d *Dataset) Binary(neg, pos string) ([]float64, error) {
	if d.target.labels == nil {
		return nil, d.errNoTarget()
	}
	l0, ok0 := d.target.find(neg)
	l1, ok1 := d.target.find(pos)
	y := make([]float64, len(d.target.labels))
	for i, l := range d.target.labels {
		switch {
		case ok1 && l == l1:
			y[i] = 1
		case ok0 && l == l0:
		default:
			err := d.at(UnknownLevel, i)
			err.Got, err.Want = "label "+quote(d.target.String(l)), quote(neg)+" or "+quote(pos)
			return nil, err
		}
	}
	return y, nil
}

// OneAgainstRest returns the target as 1 where its label is pos and 0 elsewhere.
// The errors are UnknownLevel if the label does not occur and OneClass if there
// is no other.
func (d *Dataset) OneAgainstRest(pos string) ([]float64, error) {
	if d.target.labels == nil {
		return nil, d.errNoTarget()
	}
	l1, ok := d.target.find(pos)
	y := make([]float64, len(d.target.labels))
	ones := 0
	for i, l := range d.target.labels {
		if ok && l == l1 {
			y[i] = 1
			ones++
		}
	}
	if ones == 0 || ones == len(y) {
		err := &Error{Kind: UnknownLevel, File: d.File, Name: d.Schema.Target,
			Got: "label " + quote(pos), Want: "one of " + listClasses(d.Classes())}
		if ones > 0 {
			err.Kind, err.Got, err.Want = OneClass, listClasses(d.Classes()), "a second label"
		}
		return nil, err
	}
	return y, nil
}

// maxClasses is the number of classes an error message shows.
const maxClasses = 5

// listClasses describes classes with their numbers of rows.
func listClasses(classes []Class) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", len(classes))
	if len(classes) == 1 {
		b.WriteString(" label: ")
	} else {
		b.WriteString(" labels: ")
	}
	for i, c := range classes {
		if i == maxClasses {
			b.WriteString(", ...")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s (%s)", quote(c.Label), count(c.Rows, "row"))
	}
	return b.String()
}
