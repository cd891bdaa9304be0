package dataset

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func targets(t *testing.T, values ...string) *Dataset {
	t.Helper()
	text := "x,y\n"
	for _, v := range values {
		text += "1," + v + "\n"
	}
	return mustCSV(t, text, nil)
}

func TestTwoClass(t *testing.T) {
	for _, test := range []struct {
		values   []string
		positive string
		y        []float64
		neg, pos string
	}{
		{[]string{"1", "-1", "+1", "1.0"}, "", []float64{1, 0, 1, 1}, "-1", "1"},
		{[]string{"1", "-1", "+1", "1.0"}, "-1.0", []float64{0, 1, 0, 0}, "1", "-1"},
		{[]string{"10", "9"}, "", []float64{1, 0}, "9", "10"},
		{[]string{"M", "B", " M "}, "", []float64{1, 0, 1}, "B", "M"},
		{[]string{"M", "B", "M"}, "B", []float64{0, 1, 0}, "M", "B"},
		{[]string{"0", "-0", "1e0"}, "", []float64{0, 0, 1}, "0", "1"},
		{[]string{"b10", "b9"}, "", []float64{0, 1}, "b10", "b9"},
		{[]string{"5", "none"}, "", []float64{0, 1}, "5", "none"},
	} {
		d := targets(t, test.values...)
		y, neg, pos, err := d.TwoClass(test.positive)
		if err != nil {
			t.Errorf("%q: %v", test.values, err)
			continue
		}
		if diff := cmp.Diff(test.y, y); diff != "" || neg != test.neg || pos != test.pos {
			t.Errorf("%q: negative %q, positive %q, %s", test.values, neg, pos, diff)
		}
		again, err := d.Binary(neg, pos)
		if diff := cmp.Diff(y, again); diff != "" || err != nil {
			t.Errorf("%q: %v %s", test.values, err, diff)
		}
		other, err := d.OneAgainstRest(pos)
		if diff := cmp.Diff(y, other); diff != "" || err != nil {
			t.Errorf("%q: %v %s", test.values, err, diff)
		}
	}
}

func TestTargetErrors(t *testing.T) {
	none := mustCSV(t, "x\n1\n", &Options{NoTarget: true})
	three := targets(t, "a", "b", "a", "c", "c", "c")
	two := targets(t, "1", "b", "1")
	one := targets(t, "7", "7.0")
	seven := targets(t, "6", "5", "4", "3", "2", "1", "10")
	y := func(d *Dataset, positive string) error {
		_, _, _, err := d.TwoClass(positive)
		return err
	}
	binary := func(d *Dataset, neg, pos string) error {
		_, err := d.Binary(neg, pos)
		return err
	}
	numeric := func(d *Dataset) error {
		_, err := d.Numeric()
		return err
	}
	rest := func(d *Dataset, pos string) error {
		_, err := d.OneAgainstRest(pos)
		return err
	}
	const untargeted = "no target: want a target; read the file without Options.NoTarget"
	const hint = "leave out rows, join classes into one, or choose another target; Dataset.OneAgainstRest compares one with all others"
	for _, test := range []struct {
		wrong
		err error
	}{
		{wrong{name: "no target, two", kind: NoTarget, want: untargeted}, y(none, "")},
		{wrong{name: "no target, numeric", kind: NoTarget, want: untargeted}, numeric(none)},
		{wrong{name: "no target, binary", kind: NoTarget, want: untargeted}, binary(none, "0", "1")},
		{wrong{name: "no target, rest", kind: NoTarget, want: untargeted}, rest(none, "1")},
		{wrong{name: "three", kind: ManyClasses, line: 5, column: 3,
			want: `line 5, column 3: more than two classes in column "y": got 3 labels: "a" (2 rows), "b" (1 row), "c" (3 rows), want two labels; ` + hint}, y(three, "")},
		{wrong{name: "seven", kind: ManyClasses, line: 4, column: 3,
			want: `line 4, column 3: more than two classes in column "y": got 7 labels: "1" (1 row), "2" (1 row), "3" (1 row), "4" (1 row), "5" (1 row), ..., want two labels; ` + hint}, y(seven, "")},
		{wrong{name: "one", kind: OneClass,
			want: `one class only in column "y": got 1 label: "7" (2 rows), want two labels; a classification needs rows of both classes`}, y(one, "")},
		{wrong{name: "no such positive", kind: UnknownLevel,
			want: `unknown level in column "y": got positive label "c", want "1" or "b"`}, y(two, "c")},
		{wrong{name: "no such number", kind: UnknownLevel,
			want: `unknown level in column "y": got positive label "2", want "1" or "b"`}, y(two, "2")},
		{wrong{name: "other label", kind: UnknownLevel, line: 5, column: 3,
			want: `line 5, column 3: unknown level in column "y": got label "c", want "b" or "a"`}, binary(three, "b", "a")},
		{wrong{name: "labels that never occur", kind: UnknownLevel, line: 2, column: 3,
			want: `line 2, column 3: unknown level in column "y": got label "a", want "p" or "q"`}, binary(three, "p", "q")},
		{wrong{name: "not numeric", kind: NotNumeric, line: 3, column: 3,
			want: `line 3, column 3: not a number in column "y": got "b", want a number as target; choose another target, or fit a classification`}, numeric(two)},
		{wrong{name: "rest without the one", kind: UnknownLevel,
			want: `unknown level in column "y": got label "d", want one of 3 labels: "a" (2 rows), "b" (1 row), "c" (3 rows)`}, rest(three, "d")},
		{wrong{name: "one without rest", kind: OneClass,
			want: `one class only in column "y": got 1 label: "7" (2 rows), want a second label`}, rest(one, "7")},
	} {
		t.Run(test.name, func(t *testing.T) { test.check(t, test.err) })
	}
}

func TestOneAgainstRest(t *testing.T) {
	y, err := targets(t, "2", "1", "3", "2.0").OneAgainstRest("2")
	if diff := cmp.Diff([]float64{1, 0, 0, 1}, y); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestTargetOfSubset(t *testing.T) {
	d := targets(t, "a", "b", "3", "a").Subset([]int{3, 2, 2})
	if diff := cmp.Diff([]Class{{"3", 2}, {"a", 1}}, d.Classes()); diff != "" {
		t.Error(diff)
	}
	y, err := d.Binary("3", "a")
	if diff := cmp.Diff([]float64{1, 0, 0}, y); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if diff := cmp.Diff([]int{5, 4, 4}, d.Lines); diff != "" {
		t.Error(diff)
	}
}
